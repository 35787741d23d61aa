import type { Wallet } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import type { MerchantStatusName, WarningKindName, WarningLevelName } from "../../src/contracts/enums.js";
import { remainingOf } from "./ledger.js";
import type { CardBook, ClosedBy } from "./ledger.js";
import type { Refusal } from "./refusals.js";
import { reconcile, reconcileDeposit } from "./reconciliation.js";
import type { DepositReconciliation, MerchantReconciliation } from "./reconciliation.js";
import type { StepName } from "./scenario.js";
import type { RegisteredMerchant, World } from "./world.js";

/** The result of a demo. Amounts are token base units; `--json` writes them as strings. */
export interface DemoResult {
  readonly scenario: {
    readonly file: string;
    readonly title: string;
    readonly preset: string;
    readonly currency: string;
    readonly tokenDecimals: number;
    readonly start: bigint;
  };
  readonly network: NetworkResult;
  readonly acts: readonly ActResult[];
  readonly warnings: readonly WarningResult[];
  readonly consumers: readonly ConsumerResult[];
  readonly crowds: readonly CrowdResult[];
  readonly claimants: readonly ClaimantsResult[];
  readonly merchants: readonly MerchantResult[];
  /** Whether every merchant's books add up. */
  readonly reconciled: boolean;
}

export interface NetworkResult {
  readonly escrow: string;
  readonly register: string;
  readonly token: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly gasUsed: bigint;
  readonly seconds: number;
}

export interface ActResult {
  readonly title: string;
  readonly steps: readonly StepResult[];
}

export interface StepResult {
  readonly day: number;
  readonly do: StepName;
  readonly text: string;
  /** The refusal of the step, as the scenario expected. */
  readonly refused?: Refusal;
}

export interface WarningResult {
  readonly day: number;
  readonly block: number;
  readonly merchant: string;
  readonly kind: WarningKindName;
  /** `Cleared` when a lasting warning ended. */
  readonly level: WarningLevelName | "Cleared";
  readonly observed?: bigint;
  readonly limit?: bigint;
  readonly cardId?: string;
  readonly text: string;
}

/** The payments and refunds of one person or group, in token base units. */
export interface CardAccount {
  readonly paid: bigint;
  /** Consumed, and released to the merchant. */
  readonly released: bigint;
  /** Discount taken back on leaving, to the merchant. */
  readonly forfeited: bigint;
  readonly refunded: bigint;
  /** Still on cards. */
  readonly remaining: bigint;
}

export interface ConsumerResult extends CardAccount {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Token balance of the wallet at the end. */
  readonly balance: bigint;
  /** Whether the wallet never had ether, so that it could not have sent a transaction. */
  readonly onlySigned: boolean;
  readonly cards: readonly CardResult[];
}

export interface CardResult extends CardAccount {
  readonly name: string;
  readonly cardId: string;
  readonly program: string;
  /** The reason for closing; `null` if the card is open. */
  readonly closedBy: ClosedBy | null;
}

export interface CrowdResult extends CardAccount {
  readonly id: string;
  /** The word for one person. */
  readonly name: string;
  readonly merchant: string;
  readonly people: number;
  readonly smallestRefund: bigint;
  readonly largestRefund: bigint;
}

/** The result of people who bought outside the escrow. */
export interface ClaimantsResult {
  readonly id: string;
  /** The word for one person. */
  readonly name: string;
  readonly merchant: string;
  readonly people: number;
  /** Sum of their claims in the published list; and the amount paid on them. */
  readonly owed: bigint;
  readonly paid: bigint;
  /** Number of people with a payment. */
  readonly paidPeople: number;
}

/** The result of a merchant at the deposit register. */
export interface DepositResult {
  readonly depositVault: string;
  readonly suretyVault: string;
  readonly reported: bigint;
  readonly required: bigint;
  /** Sum of the list of claims; the part that is funded; the amount paid. All zero without a default. */
  readonly claims: bigint;
  readonly funded: bigint;
  readonly paid: bigint;
  readonly reconciliation: DepositReconciliation;
}

export interface MerchantResult {
  readonly id: string;
  readonly name: string;
  readonly merchantId: bigint;
  readonly vault: string;
  readonly status: MerchantStatusName;
  /** Token balance of the payout wallet at the end. */
  readonly received: bigint;
  readonly reconciliation: MerchantReconciliation;
  /** `null` without a deposit. */
  readonly deposit: DepositResult | null;
}

/** Adds up the books of cards. */
export function accountOf(cards: Iterable<CardBook>): CardAccount {
  const sum = { paid: 0n, released: 0n, forfeited: 0n, refunded: 0n, remaining: 0n };
  for (const card of cards) {
    sum.paid += card.principal;
    sum.released += card.released;
    sum.forfeited += card.forfeited;
    sum.refunded += card.refunded;
    sum.remaining += remainingOf(card);
  }
  return sum;
}

/** The results of the named consumers. */
export async function consumerResults(world: World): Promise<ConsumerResult[]> {
  const { cast, ledger, scenario } = world;
  const books = [...ledger.cards.values()];
  const results: ConsumerResult[] = [];
  for (const { id, name } of scenario.consumers) {
    const wallet: Wallet = cast.consumer(id);
    const { address } = wallet;
    const named = [...world.cards.values()].filter(({ holder }) => holder === id);
    const paid = books.filter(({ payer }) => payer === address).reduce((sum, { principal }) => sum + principal, 0n);
    results.push({
      id,
      name,
      address,
      ...accountOf(books.filter(({ holder }) => holder === address)),
      paid,
      balance: await world.balanceOf(address),
      onlySigned: (await world.chain.provider.getBalance(address)) === 0n,
      cards: named.map((card) => {
        const book = ledger.cards.get(card.cardId);
        return {
          name: card.name,
          cardId: card.cardId,
          program: card.program.reference,
          ...accountOf(book === undefined ? [] : [book]),
          closedBy: book?.closedBy ?? null,
        };
      }),
    });
  }
  return results;
}

/** The results of the crowds. */
export function crowdResults(world: World): CrowdResult[] {
  return world.scenario.crowds.map(({ id, name, program }) => {
    const books = (world.crowds.get(id) ?? []).flatMap(({ cardId }) => world.ledger.cards.get(cardId) ?? []);
    const refunds = books.map(({ refunded }) => refunded).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return {
      id,
      name,
      merchant: program.merchant,
      people: books.length,
      ...accountOf(books),
      smallestRefund: refunds[0] ?? 0n,
      largestRefund: refunds.at(-1) ?? 0n,
    };
  });
}

/** The results of people who bought outside the escrow. */
export function claimantsResults(world: World): ClaimantsResult[] {
  return world.scenario.claimants.map(({ id, name, merchant, count }) => {
    const published = world.claimLists.get(merchant);
    const list = published?.people.id === id ? published.list : undefined;
    const paid =
      list === undefined
        ? []
        : [...(world.ledger.deposits.get(world.merchant(merchant).merchantId)?.claims.values() ?? [])];
    return {
      id,
      name,
      merchant,
      people: count,
      owed: list?.claims ?? 0n,
      paid: paid.reduce((sum, amount) => sum + amount, 0n),
      paidPeople: paid.length,
    };
  });
}

/** The results of the merchants: their books beside the figures on chain. */
export async function merchantResults(world: World): Promise<MerchantResult[]> {
  const results: MerchantResult[] = [];
  for (const merchant of world.merchants.values()) {
    const book = world.ledger.merchants.get(merchant.merchantId);
    if (book === undefined) throw new RangeError(`The books know nothing of ${merchant.name}.`);
    const { status, ...chain } = await world.onChain(merchant);
    const { id, name, merchantId, vault } = merchant;
    const received = await world.balanceOf(world.cast.merchant(id).payout.address);
    const reconciliation = reconcile(world.ledger, book, chain);
    const deposit = await depositResult(world, merchant);
    results.push({ id, name, merchantId, vault, status, received, reconciliation, deposit });
  }
  return results;
}

async function depositResult(world: World, merchant: RegisteredMerchant): Promise<DepositResult | null> {
  const book = world.ledger.deposits.get(merchant.merchantId);
  const standing = await world.depositStanding(merchant);
  if (book === undefined || standing === undefined) return null;
  const { depositVault, suretyVault, reported, required, claims, funded, paid, ...chain } = standing;
  const reconciliation = reconcileDeposit(book, chain);
  return { depositVault, suretyVault, reported, required, claims, funded, paid, reconciliation };
}

/** The name of a card's holder: a consumer's name, or the word for one person of a crowd. */
export function holderName(world: World, cardId: string): string {
  const { holder } = decodeCardId(cardId);
  const consumer = world.scenario.consumers.find(({ id }) => world.cast.consumer(id).address === holder);
  if (consumer !== undefined) return consumer.name;
  const crowd = world.cast.crowdOf(holder);
  return crowd === undefined ? holder : `a ${world.crowd(crowd).name}`;
}

/** A result as JSON. Chain numbers are strings. */
export function toJson(result: DemoResult): string {
  return `${JSON.stringify(result, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2)}\n`;
}
