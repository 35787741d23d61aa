import { hexlify, isHexString, randomBytes } from "ethers";
import type { TypedDataDomain } from "ethers";

import type { ContractVoucher } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowClient } from "../client/client.js";
import { NodeUnreachableError } from "../client/errors.js";
import type { EscrowEvent } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { hashItem, nextReceipt } from "../actions/receipts.js";
import { consumptionRequest } from "../actions/signing.js";
import type { Token } from "../utils/token.js";
import { watchEvents } from "../watcher/index.js";
import type { WatchOptions } from "../watcher/index.js";
import { readBackup, writeBackup } from "./backup.js";
import type { RestoredVoucher } from "./backup.js";
import { requireUsable, urgencyOf } from "./cardState.js";
import type { KnownCard, KnownMerchant, Urgency } from "./cardState.js";
import { displayOf, unitsOf } from "./consumptionRequest.js";
import type { PendingConsumption, ConsumptionRequest, ConsumptionOrder } from "./consumptionRequest.js";
import {
  CardIsPassError,
  CardStateTooOldError,
  CardUnknownError,
  OverFaceError,
  TillClockError,
  VoucherNotRequestedError,
  VoucherRepeatedError,
  RequestStaleError,
  VoucherSignerError,
} from "./errors.js";
import { decode, encode } from "../utils/json.js";
import { refreshAfter } from "./following.js";
import { KnownState } from "./knownState.js";
import { proveBookedConsumption } from "./proving.js";
import type { BookedProof } from "./proving.js";
import { restoreVoucher, whyNotAppended } from "./restoring.js";
import { Settler } from "./settler.js";
import { checkSignature } from "./signatures.js";
import type { BookedVoucher, LostVoucher, TillStore } from "./store.js";
import { Verifier, isSignedByContract } from "./verifier.js";

/** The parts of a till. */
export interface TillOptions {
  /** Connected to the escrow. Settling needs the signer of an operator. */
  readonly client: EscrowClient;
  readonly merchantId: bigint;
  /** Name of the shop, which holders see when they sign. */
  readonly shop: string;
  readonly store: TillStore;
  /** Number of blocks that must follow a settlement until it counts as final. Default: 12. */
  readonly confirmations?: number;
  /**
   * How long a card can be served offline after it was last read, in seconds; at most half the card's exit delay, so that a signed
   * voucher can still be settled. Default: 12 hours.
   */
  readonly offlineFor?: bigint;
  /**
   * How long a reading of a card or the merchant serves further requests without another reading, in seconds. Default: 0, so that each
   * request reads. A few seconds fit several requests in a row; with {@link Till.follow} it can be longer.
   */
  readonly freshFor?: bigint;
  /** The time in Unix seconds. Default: the computer's clock. */
  readonly clock?: () => bigint;
}

/** A card that can be used. `consumed` (the higher one of the book's and the chain's) and `left` are in units of its program. */
export interface UsableCard {
  readonly card: KnownCard;
  readonly consumed: bigint;
  readonly left: bigint;
}

/** The result of accepting a signed consumption. The voucher is in the book in both cases. */
export type Acceptance =
  | { readonly kind: "accepted"; readonly voucher: BookedVoucher }
  /** The voucher must be settled before serving: see {@link Settler.settleNow}. */
  | { readonly kind: "settleFirst"; readonly voucher: BookedVoucher; readonly because: Urgency };

/** Names the merchant whose vouchers the book holds. */
function identityOf({ client, merchantId }: TillOptions): string {
  return `merchant ${merchantId} of escrow ${client.escrow} on chain ${client.chainId}`;
}

const DEFAULT_OFFLINE = 12n * 3_600n;

/** Greatest difference between the clocks of tills that share a book, and greatest correction of a clock, in seconds. */
const CLOCK_SLACK = 300n;

/**
 * A merchant's till. It asks holders to sign consumptions, checks the signatures offline, keeps the vouchers in its book, and settles
 * them ({@link Till.settler}).
 */
export class Till {
  /** Settles the vouchers of the book. */
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
   * @throws BookMismatchError if the book belongs to another merchant.
   * @throws RevertError if there is no such merchant.
   * @throws NodeUnreachableError if the node does not answer.
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

  /** The time by the till's clock, in Unix seconds. */
  now(): bigint {
    return this.#known.now();
  }

  /* CHARGING */

  /**
   * A card and the units it has left. The higher cumulative of the book's and the chain's counts.
   *
   * @throws TillError (a subclass) as {@link requestConsumption} does for the card and the merchant.
   */
  async usableCard(cardId: string): Promise<UsableCard> {
    const { card, consumed } = await this.#usable(cardId.toLowerCase());
    return { card, consumed, left: card.face - consumed };
  }

  /**
   * A consumption for its holder to sign. The till reads the card from the node; if the node does not answer, the last reading counts.
   *
   * @throws CardOfOtherMerchantError, CardIsPassError, CardNotUsableError or MerchantNotServingError if the card cannot be used here.
   * @throws OverFaceError if the consumption takes more units than the card has left.
   * @throws CardUnknownError, CardStateTooOldError or TillClockError if the node does not answer and the last reading cannot be used.
   * @throws InvalidInputError if the price or the item cannot be used.
   */
  async requestConsumption(order: ConsumptionOrder): Promise<ConsumptionRequest> {
    const { cardId, item } = { ...order, cardId: order.cardId.toLowerCase() };
    const { holder } = decodeCardId(cardId);
    // PostgreSQL stores no zero byte in a text.
    if (item.includes("\0"))
      throw new InvalidInputError("item", "a text with a zero byte", "any other text", "leave it out");
    if (order.salt !== undefined && !isHexString(order.salt, 32))
      throw new InvalidInputError("salt", order.salt, "0x and 64 hexadecimal digits", "leave it out");
    const { card, after, consumed, previous } = await this.#usable(cardId);
    if (card.kind === "Pass" && consumed >= card.face) throw new CardIsPassError(cardId);
    const cumulative = consumed + unitsOf(order, card, this.token);
    if (cumulative > card.face) throw new OverFaceError(cardId, cumulative, card.face, card.face - consumed);
    const salt = order.salt ?? hexlify(randomBytes(32));
    const receipt = nextReceipt(previous, cardId, { cumulative, itemHash: hashItem(salt, item) });
    const toSign = consumptionRequest(this.#domain, holder, { cardId, cumulative, receipt });
    const display = displayOf(this.options.shop, item, card, this.token, consumed, cumulative);
    return { cardId, consumed, after, cumulative, previous, receipt, item, salt, toSign, display };
  }

  /**
   * Checks a signed consumption and appends it to the book. It needs no network: the last reading of the card and the merchant counts.
   *
   * Once the promise is resolved, the voucher is in the book. `settleFirst` means that it must be settled before the merchant serves: the
   * holder is a contract, or the card may close soon.
   *
   * @param request The consumption that the holder was asked to sign.
   * @param signature 64 or 65 bytes in hexadecimal; any number of bytes if the holder is a contract.
   * @throws TillError (a subclass) as {@link requestConsumption} does.
   * @throws RequestStaleError if another consumption was booked or settled since the request.
   * @throws VoucherRepeatedError if the voucher is in the book already.
   * @throws SignatureMalformedError, SignatureMalleableError or VoucherSignerError if the signature is not the holder's.
   * @throws BookFailedError if the book cannot be written.
   */
  async accept(request: PendingConsumption, signature: string): Promise<Acceptance> {
    const { cardId, consumed, after, cumulative, previous, receipt, item, salt } = request;
    const { store } = this.options;
    const [card, merchant] = await this.#known.both(cardId);
    if (card === undefined || merchant === undefined) throw new CardUnknownError(cardId);
    requireUsable(card, merchant, this.merchantId);
    this.#requireFresh(card);
    if (card.consumed > consumed) throw new RequestStaleError(cardId, cumulative, card.consumed);
    if (cumulative > card.face) throw new OverFaceError(cardId, cumulative, card.face, card.face - consumed);
    const signed = checkSignature(this.verifier, card, request, signature);
    const voucher = { cardId, cumulative, previous, receipt, item, salt, ...signed, acceptedAt: this.now() };
    if (!(await store.append(voucher, after))) throw await whyNotAppended(store, voucher);
    const because = urgencyOf(card, merchant, this.now(), voucher.contract, 0n);
    return because === undefined ? { kind: "accepted", voucher } : { kind: "settleFirst", voucher, because };
  }

  /**
   * Keeps a request in the book until its holder has signed it. Another till with the same book can then accept the signature, also
   * after a restart. The last request for a card replaces earlier ones.
   */
  async keepRequest({
    cardId,
    consumed,
    after,
    cumulative,
    previous,
    receipt,
    item,
    salt,
  }: PendingConsumption): Promise<void> {
    const asked: PendingConsumption = { cardId, consumed, after, cumulative, previous, receipt, item, salt };
    await this.options.store.remember({ [`request ${cardId}`]: encode(asked) });
  }

  /**
   * Accepts the signature for the request that was kept last ({@link keepRequest}), as {@link accept} does. If the holder is a contract,
   * the till calls it to check the signature (ERC-1271).
   *
   * @throws TillError (a subclass) as {@link accept} does.
   * @throws VoucherNotRequestedError if the voucher is not for that request.
   * @throws NodeUnreachableError if the holder is a contract and the node does not answer.
   */
  async acceptVoucher({ signature, ...answer }: ContractVoucher): Promise<Acceptance> {
    const { client, store } = this.options;
    const cardId = answer.cardId.toLowerCase();
    const [text] = await store.recall([`request ${cardId}`]);
    const asked = text === undefined ? undefined : (decode(text) as PendingConsumption);
    if (asked?.receipt !== answer.receipt || asked.cumulative !== answer.cumulative) {
      const kept = (await this.vouchers(cardId)).find(({ receipt }) => receipt === answer.receipt);
      if (kept !== undefined) throw new VoucherRepeatedError(cardId, kept.cumulative, kept.acceptedAt);
      throw new VoucherNotRequestedError(cardId, answer.cumulative);
    }
    const [card] = await this.#latest(cardId);
    const { contract } = checkSignature(this.verifier, card, asked, signature);
    if (contract && !(await isSignedByContract(client, { ...asked, signature }))) {
      throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
    }
    return await this.accept(asked, signature);
  }

  /* LOOKING */

  /** The last reading of a card; `undefined` if it was never read. */
  async card(cardId: string): Promise<KnownCard | undefined> {
    return await this.#known.card(cardId);
  }

  /** The last readings of cards, by card id. Cards that were never read are missing. */
  async cards(cardIds: readonly string[]): Promise<Map<string, KnownCard>> {
    return await this.#known.cards(cardIds);
  }

  /** The last reading of the merchant; `undefined` if it was never read. */
  async merchant(): Promise<KnownMerchant | undefined> {
    return await this.#known.merchant();
  }

  /**
   * Reads a card from the chain and keeps the reading.
   *
   * @throws NodeUnreachableError if the node does not answer, RevertError if the card was never sold.
   */
  async refresh(cardId: string): Promise<KnownCard> {
    return await this.#known.refresh(cardId);
  }

  /**
   * Reads the merchant from the chain and keeps the reading.
   *
   * @throws NodeUnreachableError if the node does not answer.
   */
  async refreshMerchant(): Promise<KnownMerchant> {
    return await this.#known.refreshMerchant();
  }

  /**
   * Follows the chain until the signal is aborted. After each chain event, the till reads the card and the merchant again: it then knows
   * which vouchers to settle at once, and can serve offline.
   *
   * @param options Where to watch from, see `watchEvents`. With a store of its own, the position survives a restart.
   * @param onChange Called after each reading.
   * @throws WatchError (a subclass) as `watchEvents` does.
   */
  async follow(
    options: Omit<WatchOptions, "contracts" | "events">,
    onChange?: (event: EscrowEvent) => void | Promise<void>,
  ): Promise<void> {
    const { client } = this.options;
    const contracts = { escrow: client.escrow };
    // Without confirmations an event arrives sooner. If it is removed later, the till has read once too often.
    for await (const { event } of watchEvents({ confirmations: 0, ...options, contracts })) {
      if (await refreshAfter(this.#known, event, options.signal)) await onChange?.(event);
    }
  }

  /* PROVING */

  /** The vouchers of a card, oldest first. */
  async vouchers(cardId: string): Promise<BookedVoucher[]> {
    return await this.options.store.vouchers(cardId.toLowerCase());
  }

  /** The newest voucher of each card whose settlement is not final, the longest waiting first. It stands for all before it. */
  async waiting(): Promise<BookedVoucher[]> {
    return (await this.options.store.open()).map(({ voucher }) => voucher);
  }

  /** Vouchers that can never be settled, and why. */
  async lost(): Promise<LostVoucher[]> {
    return await this.options.store.lost();
  }

  /**
   * A proof that a settled receipt, or one to be settled, covers a consumption. `verifyConsumption(proof, proof.settles)` checks it.
   *
   * @param receipt The receipt of the consumption.
   * @param settled The receipt of the card's last `ConsumptionSettled` event. Default: the newest receipt of the book.
   * @throws VoucherUnknownError if the book does not have both receipts, one after the other.
   */
  async proveConsumption(cardId: string, receipt: string, settled?: string): Promise<BookedProof> {
    return proveBookedConsumption(await this.vouchers(cardId), cardId, receipt, settled);
  }

  /* BACKUP */

  /**
   * A copy of the vouchers of all cards with open vouchers, as text, oldest first: the merchant would lose money with them. The text
   * shows what was consumed, as the book does.
   */
  async backup(): Promise<string> {
    const open = await this.options.store.open();
    const vouchers = await Promise.all(open.map(({ voucher }) => this.vouchers(voucher.cardId)));
    return writeBackup(identityOf(this.options), vouchers.flat());
  }

  /**
   * Appends the vouchers of a {@link backup} to the book. Each passes the checks of a newly signed consumption. Restoring twice changes
   * nothing.
   *
   * @returns The outcome of each voucher, in the order of the backup.
   * @throws InvalidInputError if the text is no backup or was changed.
   * @throws BookMismatchError if it is of another merchant's book.
   * @throws NodeUnreachableError if the node does not answer, BookFailedError if the book fails. Vouchers restored before stay.
   */
  async restore(backup: string): Promise<RestoredVoucher[]> {
    const { client, store } = this.options;
    const parts = { client, store, known: this.#known, verifier: this.verifier };
    const outcomes: RestoredVoucher[] = [];
    for (const voucher of readBackup(backup, identityOf(this.options)))
      outcomes.push(await restoreVoucher(parts, voucher));
    return outcomes;
  }

  /* INSIDE */

  /** A card that can be used, and the cumulative and receipt that its next consumption builds on. */
  async #usable(cardId: string) {
    const [card, merchant] = await this.#latest(cardId);
    requireUsable(card, merchant, this.merchantId);
    const newest = await this.options.store.newest(cardId);
    const after = newest?.cumulative ?? 0n;
    const inBook = newest !== undefined && after >= card.consumed;
    const [consumed, previous] = inBook ? [after, newest.receipt] : [card.consumed, card.receipt];
    return { card, after, consumed, previous };
  }

  /** The card and the merchant as they are now; the last readings if the node does not answer. */
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

  /** Whether a reading is new enough to serve without another one. */
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
}
