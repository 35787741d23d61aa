import { id } from "ethers";

import { decodeCardId } from "../../src/cardId.js";
import type { ExitRuleName, ProgramKindName } from "../../src/enums.js";
import { decodeEvent } from "../../src/events.js";
import type { EscrowEvent, RawLog } from "../../src/events.js";

/** What the events say of one card, in token base units. */
export interface CardBook {
  readonly cardId: string;
  readonly merchantId: bigint;
  readonly holder: string;
  readonly payer: string;
  /** Paid for it; zero for the id of a card that came from another holder. */
  readonly principal: bigint;
  /** What remained when the card came from another holder, or went to one. */
  movedIn: bigint;
  movedOut: bigint;
  /** Consumed, to the merchant. */
  released: bigint;
  /** Discount taken back on leaving, to the merchant. */
  forfeited: bigint;
  refunded: bigint;
  /** Why it was closed; `undefined` while it is open. */
  closedBy: ClosedBy | undefined;
}

/** The rule a card was paid by, or that it went to another holder under another id. */
export type ClosedBy = ExitRuleName | "Moved";

/** What remains on a card, in token base units. */
export function remainingOf(card: CardBook): bigint {
  return card.principal + card.movedIn - card.movedOut - card.released - card.forfeited - card.refunded;
}

/** What the events say of one merchant, in token base units. */
export interface MerchantBook {
  readonly merchantId: bigint;
  readonly vault: string;
  /** Σ principal of cards sold. */
  deposits: bigint;
  released: bigint;
  forfeited: bigint;
  payouts: bigint;
  refunds: bigint;
  /** What the token's transfers brought to the vault and took from it. */
  readonly vaultFlow: { in: bigint; out: bigint };
}

/** What happened to one card since {@link Ledger.turnPage}, in token base units. */
export interface CardMovement {
  readonly card: CardBook;
  paid: bigint;
  released: bigint;
  forfeited: bigint;
  refunded: bigint;
}

const TRANSFER = id("Transfer(address,address,uint256)");

/**
 * Everybody's books, kept from the events of the escrow and the transfers of the token alone. Nothing is read from the state
 * of the contracts, so that it can be compared with them.
 */
export class Ledger {
  readonly merchants = new Map<bigint, MerchantBook>();
  readonly cards = new Map<string, CardBook>();

  readonly #escrow: string;
  readonly #token: string;
  readonly #vaults = new Map<string, MerchantBook>();
  readonly #kinds = new Map<bigint, ProgramKindName>();
  #page = new Map<string, CardMovement>();

  constructor(addresses: { readonly escrow: string; readonly token: string }) {
    this.#escrow = addresses.escrow.toLowerCase();
    this.#token = addresses.token.toLowerCase();
  }

  /** The cards that moved since the last call, in the order they did. */
  turnPage(): readonly CardMovement[] {
    const page = [...this.#page.values()];
    this.#page = new Map();
    return page;
  }

  /** Books a log of the escrow or of the token; logs must come in the order of the chain, each once. */
  book(log: RawLog): void {
    const address = log.address.toLowerCase();
    if (address === this.#token) {
      if (log.topics[0] === TRANSFER) this.bookTransfer(log);
    } else if (address === this.#escrow) {
      const event = decodeEvent(log);
      if (event !== undefined) this.bookEvent(event);
    }
  }

  protected bookTransfer({ topics, data }: RawLog): void {
    const [, from, to] = topics;
    const amount = BigInt(data);
    const source = this.#vaults.get(accountIn(from));
    const target = this.#vaults.get(accountIn(to));
    if (source !== undefined) source.vaultFlow.out += amount;
    if (target !== undefined) target.vaultFlow.in += amount;
  }

  /** Rules, requests, supervision and warnings move no money: their events are passed over. */
  protected bookEvent(event: EscrowEvent): void {
    if (event.name === "MerchantRegistered") {
      this.#register(event.args.merchantId, event.args.vault);
    } else if (event.name === "CardOpened") {
      this.#open(event.args);
    } else if (event.name === "ConsumptionSettled" || event.name === "PassAccrued") {
      this.#move(event.args.cardId, { released: event.args.released });
    } else if (event.name === "ProgramPublished") {
      this.#kinds.set(event.args.programId, event.args.terms.kind);
    } else if (event.name === "CardRefunded") {
      const { cardId, rule, released, refunded } = event.args;
      // What a closing gives the merchant is a pass's time, or the discount taken back.
      const isPass = this.#kinds.get(decodeCardId(cardId).programId) === "Term";
      const given = isPass ? { released } : { forfeited: released };
      this.#move(cardId, { ...given, refunded }).card.closedBy = rule;
    } else if (event.name === "CardMoved") {
      this.#change(event.args.cardId, event.args.newCardId, event.args.to);
    } else if (event.name === "PaidOut") {
      this.#merchant(event.args.merchantId).payouts += event.args.amount;
    }
  }

  #register(merchantId: bigint, vault: string): void {
    const book: MerchantBook = {
      merchantId,
      vault,
      deposits: 0n,
      released: 0n,
      forfeited: 0n,
      payouts: 0n,
      refunds: 0n,
      vaultFlow: { in: 0n, out: 0n },
    };
    this.merchants.set(merchantId, book);
    this.#vaults.set(vault.toLowerCase(), book);
  }

  #open(args: { merchantId: bigint; cardId: string; holder: string; payer: string; principal: bigint }): void {
    const { merchantId, cardId, holder, payer, principal } = args;
    const card: CardBook = {
      cardId,
      merchantId,
      holder,
      payer,
      principal,
      movedIn: 0n,
      movedOut: 0n,
      released: 0n,
      forfeited: 0n,
      refunded: 0n,
      closedBy: undefined,
    };
    this.cards.set(cardId, card);
    this.#merchant(merchantId).deposits += principal;
    this.#movement(card).paid += principal;
  }

  #change(cardId: string, newCardId: string, holder: string): void {
    const card = found(this.cards.get(cardId), `card ${cardId}`);
    const moved = remainingOf(card);
    const none = { principal: 0n, movedOut: 0n, released: 0n, forfeited: 0n, refunded: 0n };
    const next: CardBook = { ...card, ...none, cardId: newCardId, holder, movedIn: moved };
    this.cards.set(newCardId, next);
    card.movedOut = moved;
    card.closedBy = "Moved";
    this.#movement(card);
    this.#movement(next);
  }

  #move(cardId: string, moved: { released?: bigint; forfeited?: bigint; refunded?: bigint }): CardMovement {
    const { released = 0n, forfeited = 0n, refunded = 0n } = moved;
    const card = found(this.cards.get(cardId), `card ${cardId}`);
    const merchant = this.#merchant(card.merchantId);
    card.released += released;
    card.forfeited += forfeited;
    card.refunded += refunded;
    merchant.released += released;
    merchant.forfeited += forfeited;
    merchant.refunds += refunded;
    const movement = this.#movement(card);
    movement.released += released;
    movement.forfeited += forfeited;
    movement.refunded += refunded;
    return movement;
  }

  #movement(card: CardBook): CardMovement {
    const movement = this.#page.get(card.cardId) ?? { card, paid: 0n, released: 0n, forfeited: 0n, refunded: 0n };
    this.#page.set(card.cardId, movement);
    return movement;
  }

  #merchant(merchantId: bigint): MerchantBook {
    return found(this.merchants.get(merchantId), `merchant ${merchantId}`);
  }
}

/** The address in a topic, in small letters. */
function accountIn(topic = ""): string {
  return `0x${topic.slice(-40).toLowerCase()}`;
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new RangeError(`The ledger has never heard of ${what}.`);
  return value;
}
