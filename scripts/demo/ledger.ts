import { id } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import type { ExitRuleName, ProgramKindName } from "../../src/contracts/enums.js";
import { decodeEvent } from "../../src/contracts/events.js";
import type { EscrowEvent, RawLog } from "../../src/contracts/events.js";

/** The book of one card, from the events, in token base units. */
export interface CardBook {
  readonly cardId: string;
  readonly merchantId: bigint;
  readonly holder: string;
  readonly payer: string;
  /** Price of the card; zero for the id of a card that came from another holder. */
  readonly principal: bigint;
  /** Remaining principal when the card came from another holder; and when it went to one. */
  movedIn: bigint;
  movedOut: bigint;
  /** Consumed, to the merchant. */
  released: bigint;
  /** Discount taken back on leaving, to the merchant. */
  forfeited: bigint;
  refunded: bigint;
  /** The reason for closing; `undefined` while the card is open. */
  closedBy: ClosedBy | undefined;
}

/** The exit rule of a refund, or `Moved` if the card got another id with another holder. */
export type ClosedBy = ExitRuleName | "Moved";

/** The remaining principal of a card, in token base units. */
export function remainingOf(card: CardBook): bigint {
  return card.principal + card.movedIn - card.movedOut - card.released - card.forfeited - card.refunded;
}

/** The book of one merchant, from the events, in token base units. */
export interface MerchantBook {
  readonly merchantId: bigint;
  readonly vault: string;
  /** Σ principal of cards sold. */
  deposits: bigint;
  released: bigint;
  forfeited: bigint;
  payouts: bigint;
  refunds: bigint;
  readonly vaultFlow: VaultFlow;
}

/** The token's transfers to and from a vault, in token base units. */
export interface VaultFlow {
  in: bigint;
  out: bigint;
}

/** The book of one merchant at the deposit register, from the events, in token base units. */
export interface DepositBook {
  readonly merchantId: bigint;
  /** Paid into the deposit, by anyone. */
  paidIn: bigint;
  /** Taken out by the merchant. */
  withdrawn: bigint;
  /** Placed by the surety's party; and taken back by it. */
  placed: bigint;
  takenBack: bigint;
  /** Moved from the surety's vault to the deposit, and back. */
  drawn: bigint;
  restored: bigint;
  /** Surplus paid to the surety's party; and to the merchant. */
  repaid: bigint;
  surplus: bigint;
  /** The amount paid on each claim, by the number of its line. */
  readonly claims: Map<bigint, bigint>;
  readonly depositFlow: VaultFlow;
  readonly suretyFlow: VaultFlow;
}

/** The movements since the last {@link DemoLedger.turnPage}. */
export interface Page {
  /** The cards with a movement, in the order of the first one. */
  readonly cards: readonly CardMovement[];
  /** The merchants with a movement at the deposit register. */
  readonly deposits: ReadonlySet<bigint>;
}

/** The movement of one card since the last {@link DemoLedger.turnPage}, in token base units. */
export interface CardMovement {
  readonly card: CardBook;
  paid: bigint;
  released: bigint;
  forfeited: bigint;
  refunded: bigint;
}

const TRANSFER = id("Transfer(address,address,uint256)");

/**
 * The books of all cards and merchants, kept from events of the escrow and the deposit register and the transfers of the token. They use
 * no view of the contracts, so that they can be compared with the contracts.
 */
export class DemoLedger {
  readonly merchants = new Map<bigint, MerchantBook>();
  readonly cards = new Map<string, CardBook>();
  /** By merchant. Merchants without a deposit rule, report or payment have none. */
  readonly deposits = new Map<bigint, DepositBook>();

  readonly #contracts: ReadonlySet<string>;
  readonly #token: string;
  readonly #vaults = new Map<string, VaultFlow>();
  readonly #kinds = new Map<bigint, ProgramKindName>();
  #page = new Map<string, CardMovement>();
  #depositsOfPage = new Set<bigint>();

  constructor(addresses: { readonly escrow: string; readonly register: string; readonly token: string }) {
    this.#contracts = new Set([addresses.escrow.toLowerCase(), addresses.register.toLowerCase()]);
    this.#token = addresses.token.toLowerCase();
  }

  /** The movements since the last call. */
  turnPage(): Page {
    const page = { cards: [...this.#page.values()], deposits: this.#depositsOfPage };
    this.#page = new Map();
    this.#depositsOfPage = new Set();
    return page;
  }

  /** Books a log of the escrow, of the register or of the token; logs must come in the order of the chain, each once. */
  book(log: RawLog): void {
    const address = log.address.toLowerCase();
    if (address === this.#token) {
      if (log.topics[0] === TRANSFER) this.bookTransfer(log);
    } else if (this.#contracts.has(address)) {
      const event = decodeEvent(log);
      if (event !== undefined) this.bookEvent(event);
    }
  }

  protected bookTransfer({ topics, data }: RawLog): void {
    const [, from, to] = topics;
    const amount = BigInt(data);
    const source = this.#vaults.get(accountIn(from));
    const target = this.#vaults.get(accountIn(to));
    if (source !== undefined) source.out += amount;
    if (target !== undefined) target.in += amount;
  }

  /** Books an event of the escrow. Events that move no money are ignored: rules, requests, supervision and warnings. */
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
      // The merchant's part at a closing is the time of a pass, or else the discount taken back; and the fee, where there is one.
      const isPass = this.#kinds.get(decodeCardId(cardId).programId) === "Pass";
      const given = isPass ? { released } : { forfeited: released };
      this.#move(cardId, { ...given, refunded }).card.closedBy = rule;
    } else if (event.name === "CardMoved") {
      this.#change(event.args.cardId, event.args.newCardId, event.args.to);
    } else if (event.name === "PaidOut") {
      this.#merchant(event.args.merchantId).payouts += event.args.amount;
    } else {
      this.#bookDeposit(event);
    }
  }

  /** Books an event of the register. Rules, reports and lists of claims move no money, but open the book of a merchant. */
  #bookDeposit(event: EscrowEvent): void {
    if (movesDeposit(event)) {
      this.#deposit(event.args.merchantId)[depositMoves[event.name]] += event.args.amount;
    } else if (event.name === "SuretyPlaced") {
      this.#deposit(event.args.merchantId).placed += event.args.added;
    } else if (event.name === "ClaimPaid") {
      const { merchantId, index, amount } = event.args;
      const { claims } = this.#deposit(merchantId);
      claims.set(index, (claims.get(index) ?? 0n) + amount);
    } else if (event.name === "VaultOpened") {
      const { merchantId, vault, forSurety } = event.args;
      const { depositFlow, suretyFlow } = this.#deposit(merchantId);
      this.#vaults.set(vault.toLowerCase(), forSurety ? suretyFlow : depositFlow);
    } else if (
      event.name === "RuleTightened" ||
      event.name === "RuleLooseningAnnounced" ||
      event.name === "OutstandingReported" ||
      event.name === "SuretyNamed" ||
      event.name === "ClaimsPublished"
    ) {
      this.#deposit(event.args.merchantId);
    }
  }

  #deposit(merchantId: bigint): DepositBook {
    this.#depositsOfPage.add(merchantId);
    const book = this.deposits.get(merchantId) ?? {
      merchantId,
      paidIn: 0n,
      withdrawn: 0n,
      placed: 0n,
      takenBack: 0n,
      drawn: 0n,
      restored: 0n,
      repaid: 0n,
      surplus: 0n,
      claims: new Map<bigint, bigint>(),
      depositFlow: { in: 0n, out: 0n },
      suretyFlow: { in: 0n, out: 0n },
    };
    this.deposits.set(merchantId, book);
    return book;
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
    this.#vaults.set(vault.toLowerCase(), book.vaultFlow);
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

/** The field of a deposit's book that the amount of an event is added to. */
const depositMoves = {
  Deposited: "paidIn",
  Withdrawn: "withdrawn",
  SuretyTakenBack: "takenBack",
  SuretyDrawn: "drawn",
  SuretyRestored: "restored",
  SuretyRepaid: "repaid",
  SurplusPaid: "surplus",
} as const;

function movesDeposit(event: EscrowEvent): event is Extract<EscrowEvent, { name: keyof typeof depositMoves }> {
  return Object.hasOwn(depositMoves, event.name);
}

/** The address in a topic, in lower case. */
function accountIn(topic = ""): string {
  return `0x${topic.slice(-40).toLowerCase()}`;
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new RangeError(`The ledger has never heard of ${what}.`);
  return value;
}
