import { hexlify, isHexString, randomBytes } from "ethers";
import type { TypedDataDomain } from "ethers";

import type { ContractConsumption } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowClient } from "../client/client.js";
import { NodeUnreachableError } from "../client/errors.js";
import { RevertError } from "../contracts/reverts.js";
import type { EscrowEvent } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { EMPTY_RECEIPT, hashItem, nextReceipt, proveVisit } from "../actions/receipts.js";
import type { Visit, VisitProof } from "../actions/receipts.js";
import { consumptionRequest } from "../actions/signing.js";
import type { Token } from "../utils/token.js";
import { watchEvents } from "../watcher/index.js";
import type { WatchOptions } from "../watcher/index.js";
import { backoff, pause } from "../utils/waiting.js";
import { readBackup, writeBackup } from "./backup.js";
import type { RestoredVisit } from "./backup.js";
import { requireChargeable, urgencyOf } from "./cardState.js";
import type { KnownCard, KnownMerchant, Urgency } from "./cardState.js";
import { displayOf, parseSignature, unitsOf } from "./charge.js";
import type { AskedVisit, Charge, VisitOrder } from "./charge.js";
import {
  BookFailedError,
  CardNotUsableError,
  CardOfOtherMerchantError,
  CardStateTooOldError,
  CardUnknownError,
  OverFaceError,
  SignatureMalformedError,
  TillClockError,
  TillError,
  VisitNotAskedError,
  VisitRepeatedError,
  VisitStaleError,
  VisitUnknownError,
  VoucherSignerError,
} from "./errors.js";
import { decode, encode } from "../utils/json.js";
import { KnownState } from "./knownState.js";
import { Settler } from "./settler.js";
import type { BookedVisit, LostVisit, TillStore } from "./store.js";
import { Verifier, isSignedByContract } from "./verifier.js";

/** What a till is made of. */
export interface TillOptions {
  /** Connected to the escrow; with an operator's signer if the till is to settle. */
  readonly client: EscrowClient;
  readonly merchantId: bigint;
  /** The shop's name, as holders are shown it. */
  readonly shop: string;
  readonly store: TillStore;
  /** Blocks that must lie on top of a settlement until it is final. Default: 12. */
  readonly confirmations?: number;
  /**
   * How long after it was last read a card is served without asking the node, in seconds. Never longer than half its exit delay, so
   * that what is signed can still be settled. Default: 12 hours.
   */
  readonly offlineFor?: bigint;
  /**
   * How long what was read of a card and of the merchant is used for the next charges without asking the node again, in seconds.
   * Default: 0, so that each charge asks. For a row of visits one after the other; with {@link Till.follow} for longer.
   */
  readonly freshFor?: bigint;
  /** Unix time. Default: the computer's. */
  readonly clock?: () => bigint;
}

/** A card that may be charged, as the book and the chain have it. Units of its program. */
export interface ChargeableCard {
  readonly card: KnownCard;
  readonly consumed: bigint;
  readonly left: bigint;
}

/** What became of a signed visit. Either way it is in the book. */
export type Acceptance =
  | { readonly kind: "accepted"; readonly visit: BookedVisit }
  /** Not to be served before it is settled: see {@link Settler.settleNow}. */
  | { readonly kind: "settleFirst"; readonly visit: BookedVisit; readonly because: Urgency };

/** A visit, and that it is part of what a receipt on chain stands for. */
export interface BookedProof extends VisitProof {
  readonly item: string;
  readonly salt: string;
  /** The receipt the proof leads to: what the card was, or will be, settled with. */
  readonly settles: string;
}

/** Whose book a till keeps. */
function identityOf({ client, merchantId }: TillOptions): string {
  return `merchant ${merchantId} of escrow ${client.escrow} on chain ${client.chainId}`;
}

const DEFAULT_OFFLINE = 12n * 3_600n;

/** Seconds by which the clocks of tills at one book may differ, or a clock may be put right. */
const CLOCK_SLACK = 300n;

/**
 * A merchant's till: says what a holder has to sign for a visit, checks the signature without asking anybody, keeps it so that it is
 * never lost, and settles what it has ({@link Till.settler}).
 */
export class Till {
  /** Settles what the book has. */
  readonly settler: Settler;
  readonly #domain: TypedDataDomain;
  readonly #known: KnownState;
  readonly #offlineFor: bigint;

  private constructor(
    private readonly options: TillOptions,
    readonly token: Token,
    readonly verifier: Verifier,
  ) {
    this.#domain = options.client.domain;
    const clock = options.clock ?? (() => BigInt(Math.floor(Date.now() / 1_000)));
    this.#known = new KnownState(options.client, options.store, options.merchantId, token, clock);
    this.#offlineFor = options.offlineFor ?? DEFAULT_OFFLINE;
    this.settler = new Settler(this.#known, options.client, options.store, options.confirmations ?? 12);
  }

  /**
   * Opens a till.
   *
   * @throws BookMismatchError if the book is another merchant's, RevertError if there is no such merchant.
   */
  static async open(options: TillOptions): Promise<Till> {
    const { client, merchantId, store } = options;
    await store.bind(identityOf(options));
    const [token, verifier] = await Promise.all([client.tokenOf(merchantId), Verifier.create(client.domain)]);
    const till = new Till(options, token, verifier);
    await till.refreshMerchant();
    return till;
  }

  get merchantId(): bigint {
    return this.options.merchantId;
  }

  /** Unix time, by the till's clock. */
  now(): bigint {
    return this.#known.now();
  }

  /* CHARGING */

  /**
   * What a card has left to be charged: by the book's newest visit or by the chain, whichever is further.
   *
   * @throws What {@link charge} does about the card and the merchant.
   */
  async look(cardId: string): Promise<ChargeableCard> {
    const { card, consumed } = await this.#chargeable(cardId.toLowerCase());
    return { card, consumed, left: card.face - consumed };
  }

  /**
   * A visit for its holder to sign. Reads the card if the node answers; otherwise what was last read of it counts.
   *
   * @throws CardOfOtherMerchantError, CardNotUsableError, CardIsPassError, MerchantNotServingError, OverFaceError,
   * CardUnknownError, CardStateTooOldError, TillClockError, InvalidInputError.
   */
  async charge(order: VisitOrder): Promise<Charge> {
    const { cardId, item } = { ...order, cardId: order.cardId.toLowerCase() };
    const { holder } = decodeCardId(cardId);
    // Not every database keeps it.
    if (item.includes("\0"))
      throw new InvalidInputError("item", "a text with a zero byte", "any other text", "leave it out");
    if (order.salt !== undefined && !isHexString(order.salt, 32))
      throw new InvalidInputError("salt", order.salt, "0x and 64 hexadecimal digits", "leave it out");
    const { card, after, consumed, previous } = await this.#chargeable(cardId);
    const cumulative = consumed + unitsOf(order, card, this.token);
    if (cumulative > card.face) throw new OverFaceError(cardId, cumulative, card.face, card.face - consumed);
    const salt = order.salt ?? hexlify(randomBytes(32));
    const receipt = nextReceipt(previous, cardId, { cumulative, itemHash: hashItem(salt, item) });
    const request = consumptionRequest(this.#domain, holder, { cardId, cumulative, receipt });
    const display = displayOf(this.options.shop, item, card, this.token, consumed, cumulative);
    return { cardId, consumed, after, cumulative, previous, receipt, item, salt, request, display };
  }

  /**
   * Checks what a holder has signed and keeps it. Asks nobody: what was last read of the card and the merchant counts.
   *
   * When this has answered, the visit is in the book and will be settled whatever happens. `settleFirst` means that it must not be
   * served before that: the holder is a contract, or the card may be closed soon.
   *
   * @param charge What the holder was asked to sign.
   * @param signature 64 or 65 bytes in hexadecimal; of a contract whatever it takes.
   * @throws Everything {@link charge} does, and VisitStaleError, VisitRepeatedError, SignatureMalformedError,
   * SignatureMalleableError, VoucherSignerError, BookFailedError.
   */
  async accept(charge: AskedVisit, signature: string): Promise<Acceptance> {
    const { cardId, consumed, after, cumulative, previous, receipt, item, salt } = charge;
    const { store } = this.options;
    const [card, merchant] = await this.#known.both(cardId);
    if (card === undefined || merchant === undefined) throw new CardUnknownError(cardId);
    requireChargeable(card, merchant, this.merchantId);
    this.#requireFresh(card);
    if (card.consumed > consumed) throw new VisitStaleError(cardId, cumulative, card.consumed);
    if (cumulative > card.face) throw new OverFaceError(cardId, cumulative, card.face, card.face - consumed);
    const signed = this.#checked(card, charge, signature);
    const visit = { cardId, cumulative, previous, receipt, item, salt, ...signed, acceptedAt: this.now() };
    if (!(await store.append(visit, after))) throw await this.#explain(visit);
    const because = urgencyOf(card, merchant, this.now(), visit.contract, 0n);
    return because === undefined ? { kind: "accepted", visit } : { kind: "settleFirst", visit, because };
  }

  /**
   * Keeps a charge in the book until its holder has answered, so that the answer may come to another till of the book, or after a
   * restart. Of each card the last one counts.
   */
  async expect({ cardId, consumed, after, cumulative, previous, receipt, item, salt }: AskedVisit): Promise<void> {
    const asked: AskedVisit = { cardId, consumed, after, cumulative, previous, receipt, item, salt };
    await this.options.store.remember({ [`asked ${cardId}`]: encode(asked) });
  }

  /**
   * What a holder has signed of the charge that was {@link expect}ed last; otherwise as {@link accept}. A holder that is a contract
   * is asked whether the signature is its own (ERC-1271).
   *
   * @throws Everything {@link accept} does, and VisitNotAskedError; of a contract NodeUnreachableError too.
   */
  async acceptAnswer({ signature, ...answer }: ContractConsumption): Promise<Acceptance> {
    const { client, store } = this.options;
    const cardId = answer.cardId.toLowerCase();
    const [text] = await store.recall([`asked ${cardId}`]);
    const asked = text === undefined ? undefined : (decode(text) as AskedVisit);
    if (asked?.receipt !== answer.receipt || asked.cumulative !== answer.cumulative) {
      const kept = (await this.visits(cardId)).find(({ receipt }) => receipt === answer.receipt);
      if (kept !== undefined) throw new VisitRepeatedError(cardId, kept.cumulative, kept.acceptedAt);
      throw new VisitNotAskedError(cardId, answer.cumulative);
    }
    const [card] = await this.#latest(cardId);
    const { contract } = this.#checked(card, asked, signature);
    if (contract && !(await isSignedByContract(client, { ...asked, signature }))) {
      throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
    }
    return await this.accept(asked, signature);
  }

  /* LOOKING */

  /** The card as it was last read; `undefined` if it never was. */
  async card(cardId: string): Promise<KnownCard | undefined> {
    return await this.#known.card(cardId);
  }

  /** Cards as they were last read, by id; those never read are missing. */
  async cards(cardIds: readonly string[]): Promise<Map<string, KnownCard>> {
    return await this.#known.cards(cardIds);
  }

  /** The merchant as it was last read; `undefined` if it never was. */
  async merchant(): Promise<KnownMerchant | undefined> {
    return await this.#known.merchant();
  }

  /** Reads a card from the chain and keeps it. */
  async refresh(cardId: string): Promise<KnownCard> {
    return await this.#known.refresh(cardId);
  }

  /** Reads the merchant from the chain and keeps it. */
  async refreshMerchant(): Promise<KnownMerchant> {
    return await this.#known.refreshMerchant();
  }

  /**
   * Follows the chain: reads each of the merchant's cards again when something happens to it, and the merchant itself, so that the
   * till knows what to settle at once and can serve off line. Whatever is told, or taken back, only makes the till look: what counts
   * is what the contracts say then. Ends by the signal.
   *
   * @param options Where to watch from, see `watchEvents`; with a store of its own the place survives a restart.
   * @param onChange Told after each look.
   */
  async follow(
    options: Omit<WatchOptions, "contracts" | "events">,
    onChange?: (event: EscrowEvent) => void | Promise<void>,
  ): Promise<void> {
    const { client } = this.options;
    const contracts = { escrow: client.escrow };
    // Early rather than final: a look again costs little.
    for await (const { event } of watchEvents({ confirmations: 0, ...options, contracts })) {
      if (await this.#lookPatiently(event, options.signal)) await onChange?.(event);
    }
  }

  /* PROVING */

  /** The visits of a card, oldest first. */
  async visits(cardId: string): Promise<BookedVisit[]> {
    return await this.options.store.visits(cardId.toLowerCase());
  }

  /** The newest visit of each card that is not known to be settled for good; it stands for all before it. The longest waiting first. */
  async waiting(): Promise<BookedVisit[]> {
    return (await this.options.store.open()).map(({ visit }) => visit);
  }

  /** Visits that could not be settled and never will be, and why. */
  async lost(): Promise<LostVisit[]> {
    return await this.options.store.lost();
  }

  /**
   * A proof that a visit is part of what the card was, or will be, settled with; `verifyVisit(proof, proof.settles)` checks it.
   *
   * @param receipt The visit's own receipt.
   * @param settled The receipt of the card's last `ConsumptionSettled` event. Default: the newest receipt of the book.
   * @throws VisitUnknownError if the book does not have both, one after the other.
   */
  async proveVisit(cardId: string, receipt: string, settled?: string): Promise<BookedProof> {
    const visits = await this.visits(cardId);
    const index = visits.findIndex((visit) => visit.receipt === receipt);
    const visit = visits[index];
    if (visit === undefined) throw new VisitUnknownError(cardId, receipt);
    const chain = [visit];
    // Visits settled elsewhere in between begin a new chain.
    for (const next of visits.slice(index + 1)) {
      if (chain.at(-1)?.receipt === settled || next.previous !== chain.at(-1)?.receipt) break;
      chain.push(next);
    }
    const settles = chain.at(-1)?.receipt ?? receipt;
    if (settled !== undefined && settles !== settled) throw new VisitUnknownError(cardId, settled);
    const plain = chain.map(({ cumulative, salt, item }): Visit => ({ cumulative, itemHash: hashItem(salt, item) }));
    const proof = { ...proveVisit(visit.cardId, plain, 0), previous: visit.previous };
    return { ...proof, item: visit.item, salt: visit.salt, settles };
  }

  /* BACKUP */

  /**
   * A copy of what would be lost with the book: all visits of the cards with open vouchers, oldest first, as text. Like the book
   * it tells what was consumed.
   */
  async backup(): Promise<string> {
    const open = await this.options.store.open();
    const visits = await Promise.all(open.map(({ visit }) => this.visits(visit.cardId)));
    return writeBackup(identityOf(this.options), visits.flat());
  }

  /**
   * Brings visits back from a {@link backup}, into an empty book or beside what is in it. Each is checked as if its holder had just
   * signed it; what can still be settled will be. Doing it twice changes nothing.
   *
   * @returns What became of each, in the backup's order.
   * @throws InvalidInputError if it is no backup or was changed, BookMismatchError if it is of another merchant's book,
   * NodeUnreachableError, BookFailedError; what was kept before stays.
   */
  async restore(backup: string): Promise<RestoredVisit[]> {
    const outcomes: RestoredVisit[] = [];
    for (const visit of readBackup(backup, identityOf(this.options))) outcomes.push(await this.#restored(visit));
    return outcomes;
  }

  /* INSIDE */

  async #restored(visit: BookedVisit): Promise<RestoredVisit> {
    const { cardId, cumulative, receipt, signature } = visit;
    const { client, store } = this.options;
    const refused = (error: Error): RestoredVisit => ({ visit, outcome: "refused", error });
    let card: KnownCard;
    try {
      card = await this.refresh(cardId);
    } catch (error) {
      // A card that was never sold has no program to read.
      if (error instanceof RevertError) return refused(error);
      throw error;
    }
    if (card.merchantId !== this.merchantId)
      return refused(new CardOfOtherMerchantError(cardId, card.merchantId, this.merchantId));
    if ((await this.visits(cardId)).some((kept) => kept.receipt === receipt)) return { visit, outcome: "known" };
    if (cumulative <= card.consumed) return { visit, outcome: "settled" };
    if (card.status !== "Open") return refused(new CardNotUsableError(cardId, card.status));
    if (cumulative > card.face)
      return refused(new OverFaceError(cardId, cumulative, card.face, card.face - card.consumed));
    const after = (await store.newest(cardId))?.cumulative ?? 0n;
    if (cumulative <= after) return refused(new VisitStaleError(cardId, cumulative, after));
    const asked: AskedVisit = { ...visit, consumed: card.consumed, after };
    try {
      const checked = this.#checked(card, asked, signature);
      if (checked.contract && !(await isSignedByContract(client, { cardId, cumulative, receipt, signature })))
        throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
      // By this till's clock: one of a time to come would never be old enough to be settled.
      const acceptedAt = visit.acceptedAt < this.now() ? visit.acceptedAt : this.now();
      const restored = { ...visit, ...checked, acceptedAt };
      if (!(await store.append(restored, after))) throw await this.#explain(restored);
      return { visit: restored, outcome: "kept" };
    } catch (error) {
      if (error instanceof TillError && !(error instanceof BookFailedError)) return refused(error);
      throw error;
    }
  }

  /** A card that may be charged, and where its next visit begins. */
  async #chargeable(cardId: string) {
    const [card, merchant] = await this.#latest(cardId);
    requireChargeable(card, merchant, this.merchantId);
    const newest = await this.options.store.newest(cardId);
    const after = newest?.cumulative ?? 0n;
    const inBook = newest !== undefined && after >= card.consumed;
    const [consumed, previous] = inBook ? [after, newest.receipt] : [card.consumed, card.receipt];
    return { card, after, consumed, previous };
  }

  /** The card and the merchant as they are now, or as they were when the node last answered. */
  async #latest(cardId: string): Promise<[KnownCard, KnownMerchant]> {
    const [card, merchant] = await this.#known.both(cardId);
    try {
      return await Promise.all([
        this.#isFresh(card) ? card : this.refresh(cardId),
        this.#isFresh(merchant) ? merchant : this.refreshMerchant(),
      ]);
    } catch (error) {
      if (!(error instanceof NodeUnreachableError)) throw error;
      if (card === undefined || merchant === undefined) throw new CardUnknownError(cardId, { cause: error });
      this.#requireFresh(card);
      return [card, merchant];
    }
  }

  /** Whether what was read is so new that the node need not be asked again. */
  #isFresh<Read extends KnownCard | KnownMerchant>(known: Read | undefined): known is Read {
    if (known === undefined) return false;
    const age = this.now() - known.readAt;
    return age >= 0n && age < (this.options.freshFor ?? 0n);
  }

  #requireFresh({ cardId, readAt, exitDelay }: KnownCard): void {
    const age = this.now() - readAt;
    if (age < -CLOCK_SLACK) throw new TillClockError(cardId, this.now(), readAt);
    const limit = this.#offlineFor < exitDelay / 2n ? this.#offlineFor : exitDelay / 2n;
    if (age > limit) throw new CardStateTooOldError(cardId, age, limit);
  }

  /** A signature as the book keeps it, once it is known to be good; or, of a contract, for the chain to judge. */
  #checked({ code }: KnownCard, charge: AskedVisit, signature: string): { signature: string; contract: boolean } {
    const { cardId, cumulative, receipt } = charge;
    try {
      const { r, vs } = parseSignature(signature);
      if (this.verifier.verify({ cardId, cumulative, receipt, r, vs })) {
        return { signature: r + vs.slice(2), contract: false };
      }
      if (!code) throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
    } catch (error) {
      if (!code) throw error;
    }
    if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(signature)) {
      throw new SignatureMalformedError(signature, "bytes in hexadecimal");
    }
    return { signature, contract: true };
  }

  /** Why a visit was not kept. */
  async #explain({ cardId, cumulative, receipt }: BookedVisit): Promise<Error> {
    const visits = await this.visits(cardId);
    const kept = visits.find((one) => one.receipt === receipt);
    if (kept !== undefined) return new VisitRepeatedError(cardId, cumulative, kept.acceptedAt);
    return new VisitStaleError(cardId, cumulative, visits.at(-1)?.cumulative ?? 0n);
  }

  /** Looks at what an event is about, and waits for a node that does not answer. */
  async #lookPatiently(event: EscrowEvent, signal?: AbortSignal): Promise<boolean> {
    for (let attempts = 1; signal?.aborted !== true; attempts += 1) {
      try {
        return await this.#look(event);
      } catch (error) {
        if (!(error instanceof NodeUnreachableError)) throw error;
        await pause(backoff(attempts, 500, 30_000), signal);
      }
    }
    return false;
  }

  /** Looks again at what an event is about. Answers whether it is of this merchant. */
  async #look({ name, args }: EscrowEvent): Promise<boolean> {
    const { merchantId, cardId, newCardId } = args as Readonly<Record<string, unknown>>;
    const of = typeof cardId === "string" && cardId !== EMPTY_RECEIPT ? cardId : undefined;
    const ours =
      merchantId === this.merchantId || (of !== undefined && (await this.card(of))?.merchantId === this.merchantId);
    if (!ours) return false;
    const cards = [of, newCardId].filter((id) => typeof id === "string");
    for (const id of cards) await this.refresh(id);
    if (of === undefined || name === "CardRefunded") await this.refreshMerchant();
    return true;
  }
}
