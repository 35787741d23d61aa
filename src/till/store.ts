import type { EscrowOperation } from "../actions/calls.js";
import type { SkipReasonName } from "../contracts/enums.js";
import { BookMismatchError } from "./errors.js";

/** A visit the holder has signed, with all it takes to settle it and to prove it later. */
export interface BookedVisit {
  readonly cardId: string;
  /** The card's consumption after the visit, in units of its program. */
  readonly cumulative: bigint;
  /** The receipt before the visit, and after it. */
  readonly previous: string;
  readonly receipt: string;
  /** What was consumed, and the 32 random bytes that hide it. */
  readonly item: string;
  readonly salt: string;
  /** `r ‖ vs` of a key, 64 bytes; of a holder that is a contract whatever it takes. */
  readonly signature: string;
  /** Whether the holder is a contract (ERC-1271), whose word is good only once it is settled. */
  readonly contract: boolean;
  /** Unix time. */
  readonly acceptedAt: bigint;
}

/** The newest voucher of a card that is not known to be settled for good. It stands for all visits before it. */
export interface OpenVoucher {
  readonly visit: BookedVisit;
  /** Units settled for good. */
  readonly settled: bigint;
  /** When the oldest of the card's visits that are not settled was accepted, in Unix time. */
  readonly since: bigint;
}

/** Why a visit can no longer be settled: what the escrow says of its row, or that the final settlement window is over. */
export type LossReason = SkipReasonName | "WindowOver";

/** A visit that can no longer be settled. */
export interface LostVisit {
  readonly visit: BookedVisit;
  readonly reason: LossReason;
}

/** A row of a batch as the book remembers it. */
export interface SentRow {
  readonly cardId: string;
  readonly cumulative: bigint;
}

/** A settlement that was sent, or was about to be, and is not final. */
export interface SentBatch {
  readonly id: string;
  readonly operation: EscrowOperation;
  readonly rows: readonly SentRow[];
  readonly from: string;
  readonly nonce: number;
  /** Unknown if the wallet tells it only after sending and the process was ended in between. */
  readonly hash?: string;
  /** The signed transaction, where the wallet lets us have it: sent again if it is lost on the way. */
  readonly raw?: string;
  /** Unix time. */
  readonly sentAt: bigint;
}

/**
 * Where a till keeps its book. Small, so that it can be written for any database; what a promise was resolved for has reached
 * the disk. Every method fails with `BookFailedError` if the database does.
 *
 * A card's newest visit is its last one that is not lost. Several tills may use one book at once.
 */
export interface TillStore {
  /**
   * Whose book it is; binds an empty one.
   *
   * @throws BookMismatchError if it is another's.
   */
  bind(identity: string): Promise<void>;
  /** A card's newest visit. */
  newest(cardId: string): Promise<BookedVisit | undefined>;
  /**
   * Keeps a visit if the card's newest one still counts up to `after` (zero: has none), in one step.
   *
   * @returns Whether it was kept.
   */
  append(visit: BookedVisit, after: bigint): Promise<boolean>;
  /** All visits of a card, lost ones left out, oldest first. */
  visits(cardId: string): Promise<BookedVisit[]>;
  /** Cards whose newest visit counts further than what is settled, the longest waiting first. */
  open(): Promise<OpenVoucher[]>;
  /** Remembers that a card is settled up to `cumulative` for good. Less than is known changes nothing. */
  settle(cardId: string, cumulative: bigint): Promise<void>;
  /** Marks the visits of a card from `cumulative` on as lost. */
  lose(cardId: string, cumulative: bigint, reason: LossReason): Promise<void>;
  /** Visits that were lost, in the order they were accepted. */
  lost(): Promise<LostVisit[]>;
  /** Remembers something by its name: what was last read of a card, or of the merchant. */
  remember(values: Readonly<Record<string, string>>): Promise<void>;
  /** What is remembered by these names, in their order. */
  recall(names: readonly string[]): Promise<(string | undefined)[]>;
  /** Settlements that are not final, oldest first. */
  batches(): Promise<SentBatch[]>;
  /** Remembers a settlement, or what has become known of it. */
  keepBatch(batch: SentBatch): Promise<void>;
  /** Forgets a settlement that is final or gone. */
  dropBatch(id: string): Promise<void>;
  close(): Promise<void>;
}

interface CardRecord {
  settled: bigint;
  readonly visits: (BookedVisit & { lost?: LossReason })[];
}

/** A book for as long as the process lives. */
export class MemoryTillStore implements TillStore {
  #identity: string | undefined;
  readonly #cards = new Map<string, CardRecord>();
  readonly #values = new Map<string, string>();
  readonly #batches = new Map<string, SentBatch>();

  bind(identity: string): Promise<void> {
    this.#identity ??= identity;
    if (this.#identity !== identity) return Promise.reject(new BookMismatchError(this.#identity, identity));
    return Promise.resolve();
  }

  newest(cardId: string): Promise<BookedVisit | undefined> {
    return Promise.resolve(this.#standing(cardId).at(-1));
  }

  append(visit: BookedVisit, after: bigint): Promise<boolean> {
    const isNext = (this.#standing(visit.cardId).at(-1)?.cumulative ?? 0n) === after;
    if (isNext) this.#card(visit.cardId).visits.push({ ...visit });
    return Promise.resolve(isNext);
  }

  visits(cardId: string): Promise<BookedVisit[]> {
    return Promise.resolve(this.#standing(cardId));
  }

  open(): Promise<OpenVoucher[]> {
    const open = [...this.#cards.entries()].flatMap(([cardId, { settled }]) => {
      const unsettled = this.#standing(cardId).filter(({ cumulative }) => cumulative > settled);
      const [oldest, visit] = [unsettled[0], unsettled.at(-1)];
      return oldest === undefined || visit === undefined ? [] : [{ visit, settled, since: oldest.acceptedAt }];
    });
    return Promise.resolve(open.sort((a, b) => Number(a.since - b.since)));
  }

  settle(cardId: string, cumulative: bigint): Promise<void> {
    const card = this.#card(cardId);
    if (cumulative > card.settled) card.settled = cumulative;
    return Promise.resolve();
  }

  lose(cardId: string, cumulative: bigint, reason: LossReason): Promise<void> {
    for (const visit of this.#card(cardId).visits) {
      if (visit.cumulative >= cumulative) visit.lost ??= reason;
    }
    return Promise.resolve();
  }

  lost(): Promise<LostVisit[]> {
    const all = [...this.#cards.values()].flatMap(({ visits }) => visits);
    const lost = all.flatMap(({ lost: reason, ...visit }) => (reason === undefined ? [] : [{ visit, reason }]));
    return Promise.resolve(lost.sort((a, b) => Number(a.visit.acceptedAt - b.visit.acceptedAt)));
  }

  remember(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
    return Promise.resolve();
  }

  recall(names: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.resolve(names.map((name) => this.#values.get(name)));
  }

  batches(): Promise<SentBatch[]> {
    return Promise.resolve([...this.#batches.values()]);
  }

  keepBatch(batch: SentBatch): Promise<void> {
    this.#batches.set(batch.id, batch);
    return Promise.resolve();
  }

  dropBatch(id: string): Promise<void> {
    this.#batches.delete(id);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #card(cardId: string): CardRecord {
    const known = this.#cards.get(cardId);
    if (known !== undefined) return known;
    const card: CardRecord = { settled: 0n, visits: [] };
    this.#cards.set(cardId, card);
    return card;
  }

  #standing(cardId: string): BookedVisit[] {
    const visits = this.#cards.get(cardId)?.visits ?? [];
    return visits.flatMap(({ lost, ...visit }) => (lost === undefined ? [visit] : []));
  }
}
