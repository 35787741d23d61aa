import type { EscrowOperation } from "../actions/calls.js";
import type { SkipReasonName } from "../contracts/enums.js";
import { BookMismatchError } from "./errors.js";

/** A signed consumption, with everything needed to settle it and to prove it later. */
export interface BookedVoucher {
  readonly cardId: string;
  /** Units consumed so far, this consumption included. */
  readonly cumulative: bigint;
  /** The receipts before and after this consumption. */
  readonly previous: string;
  readonly receipt: string;
  /** What was consumed, and the 32 random bytes that hide it. */
  readonly item: string;
  readonly salt: string;
  /** `r ‖ vs`, 64 bytes, in hexadecimal; any bytes if the holder is a contract. */
  readonly signature: string;
  /** Whether the holder is a contract (ERC-1271). It can change its answer until the voucher is settled. */
  readonly contract: boolean;
  /** In Unix seconds. */
  readonly acceptedAt: bigint;
}

/** The newest voucher of a card, if its settlement is not final yet. It stands for all earlier ones. */
export interface OpenVoucher {
  readonly voucher: BookedVoucher;
  /** Units whose settlement is final. */
  readonly settled: bigint;
  /** When the card's oldest voucher that is not settled was accepted, in Unix seconds. */
  readonly since: bigint;
}

/** Why a voucher can no longer be settled: the reason in `ConsumptionSkipped`, or the end of the final settlement window. */
export type LossReason = SkipReasonName | "WindowOver";

/** A voucher that can no longer be settled. */
export interface LostVoucher {
  readonly voucher: BookedVoucher;
  readonly reason: LossReason;
}

/** A voucher of a batch, as the book keeps it. */
export interface SentVoucher {
  readonly cardId: string;
  readonly cumulative: bigint;
}

/** A settlement that was sent, or was about to be sent, and is not final. */
export interface SentBatch {
  readonly id: string;
  readonly operation: EscrowOperation;
  readonly vouchers: readonly SentVoucher[];
  readonly from: string;
  readonly nonce: number;
  /** Missing if the wallet returns it only after sending and the process ended in between. */
  readonly hash?: string;
  /** The signed transaction, if the wallet returns it. It is sent again if the nodes lose it. */
  readonly raw?: string;
  /** In Unix seconds. */
  readonly sentAt: bigint;
}

/**
 * The book of a till. The interface is small, so that it can be written for any database. When a promise is resolved, the data has
 * reached the disk. Several tills may use one book at once. The newest voucher of a card is its last one that is not lost.
 *
 * Every method throws `BookFailedError` if the database fails.
 */
export interface TillStore {
  /**
   * Binds an empty book to a merchant; checks the merchant of any other book.
   *
   * @throws BookMismatchError if the book belongs to another merchant.
   */
  bind(identity: string): Promise<void>;
  /** The newest voucher of a card; `undefined` if there is none. */
  newest(cardId: string): Promise<BookedVoucher | undefined>;
  /**
   * Appends a voucher, in one step, if the cumulative of the card's newest voucher is still `after` (zero: if there is none).
   *
   * @returns Whether it was appended.
   */
  append(voucher: BookedVoucher, after: bigint): Promise<boolean>;
  /** All vouchers of a card but the lost ones, oldest first. */
  vouchers(cardId: string): Promise<BookedVoucher[]>;
  /** The newest vouchers whose cumulative is above the final settlements of their cards, the longest waiting first. */
  open(): Promise<OpenVoucher[]>;
  /** Records that settlements of a card up to `cumulative` are final. A lower figure than before changes nothing. */
  settle(cardId: string, cumulative: bigint): Promise<void>;
  /** Marks the vouchers of a card with this cumulative or a higher one as lost. */
  markLost(cardId: string, cumulative: bigint, reason: LossReason): Promise<void>;
  /** The lost vouchers, in the order in which they were accepted. */
  lost(): Promise<LostVoucher[]>;
  /** Keeps texts by their names, for instance the last readings of cards. */
  remember(values: Readonly<Record<string, string>>): Promise<void>;
  /** The texts kept by these names, in the order of the names. */
  recall(names: readonly string[]): Promise<(string | undefined)[]>;
  /** Settlements that are not final, oldest first. */
  batches(): Promise<SentBatch[]>;
  /** Keeps a settlement; replaces the one with the same id. */
  keepBatch(batch: SentBatch): Promise<void>;
  /** Forgets a settlement. */
  dropBatch(id: string): Promise<void>;
  close(): Promise<void>;
}

interface CardRecord {
  settled: bigint;
  readonly vouchers: (BookedVoucher & { lost?: LossReason })[];
}

/** A book in memory. It is lost when the process ends. */
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

  newest(cardId: string): Promise<BookedVoucher | undefined> {
    return Promise.resolve(this.#standing(cardId).at(-1));
  }

  append(voucher: BookedVoucher, after: bigint): Promise<boolean> {
    const isNext = (this.#standing(voucher.cardId).at(-1)?.cumulative ?? 0n) === after;
    if (isNext) this.#card(voucher.cardId).vouchers.push({ ...voucher });
    return Promise.resolve(isNext);
  }

  vouchers(cardId: string): Promise<BookedVoucher[]> {
    return Promise.resolve(this.#standing(cardId));
  }

  open(): Promise<OpenVoucher[]> {
    const open = [...this.#cards.entries()].flatMap(([cardId, { settled }]) => {
      const unsettled = this.#standing(cardId).filter(({ cumulative }) => cumulative > settled);
      const [oldest, voucher] = [unsettled[0], unsettled.at(-1)];
      return oldest === undefined || voucher === undefined ? [] : [{ voucher, settled, since: oldest.acceptedAt }];
    });
    return Promise.resolve(open.sort((a, b) => Number(a.since - b.since)));
  }

  settle(cardId: string, cumulative: bigint): Promise<void> {
    const card = this.#card(cardId);
    if (cumulative > card.settled) card.settled = cumulative;
    return Promise.resolve();
  }

  markLost(cardId: string, cumulative: bigint, reason: LossReason): Promise<void> {
    for (const voucher of this.#card(cardId).vouchers) {
      if (voucher.cumulative >= cumulative) voucher.lost ??= reason;
    }
    return Promise.resolve();
  }

  lost(): Promise<LostVoucher[]> {
    const all = [...this.#cards.values()].flatMap(({ vouchers }) => vouchers);
    const lost = all.flatMap(({ lost: reason, ...voucher }) => (reason === undefined ? [] : [{ voucher, reason }]));
    return Promise.resolve(lost.sort((a, b) => Number(a.voucher.acceptedAt - b.voucher.acceptedAt)));
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
    const card: CardRecord = { settled: 0n, vouchers: [] };
    this.#cards.set(cardId, card);
    return card;
  }

  #standing(cardId: string): BookedVoucher[] {
    const vouchers = this.#cards.get(cardId)?.vouchers ?? [];
    return vouchers.flatMap(({ lost, ...voucher }) => (lost === undefined ? [voucher] : []));
  }
}
