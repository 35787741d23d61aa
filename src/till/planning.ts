import { decodeCardId } from "../contracts/cardId.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { releasedBy } from "../contracts/release.js";
import { urgencyOf } from "./cardState.js";
import type { KnownCard, KnownMerchant, Urgency } from "./cardState.js";
import type { BookedVisit, OpenVoucher, SentRow } from "./store.js";

/** Gas of a settlement: an upper estimate, held against measured ones by a test. */
export interface GasModel {
  /** The transaction, the pool, and the payout if there is one. */
  readonly base: bigint;
  readonly perRow: bigint;
  /** The first row of each program reads it. */
  readonly perProgram: bigint;
}

/** What it takes with the contracts of this package. */
export const SETTLE_GAS: GasModel = { base: 36_000n, perRow: 15_400n, perProgram: 4_000n };
/** What a payout in the same transaction adds. */
export const PAYOUT_GAS = 60_000n;
/** A contract may use 400 000 gas to check its signature. */
export const CONTRACT_ROW_GAS = 450_000n;

/** The most a batch is planned for: five sixths of what one transaction may have (EIP-7825), the rest is margin. */
export const BATCH_GAS = (2n ** 24n * 5n) / 6n;

/** What gas costs, and what the money in the cards is worth in the coin it is paid in. */
export interface GasMarket {
  /** Wei for a unit of gas. */
  readonly gasPrice: bigint;
  /** Wei for one whole token. */
  readonly weiPerToken: bigint;
}

/** How a merchant likes to settle. */
export interface PlanOptions {
  /** The longest a voucher waits, in seconds. Default: one day. */
  readonly maxAge?: bigint;
  /** The most rows of a batch. Default: what fits into a transaction. */
  readonly maxRows?: number;
  /** How many rows make a batch worth sending before they are old. Default: 100, from where a row hardly gets cheaper. */
  readonly enoughRows?: number;
  /** Seconds before the end of a run-off's notice from which nothing waits. Default: two days. */
  readonly ahead?: bigint;
  /** Without it gas counts for nothing. */
  readonly market?: GasMarket;
  /** Whether to be paid in the same transaction, if the merchant's status allows it. */
  readonly payOut?: boolean;
}

/** A row to be settled. */
export interface PlannedRow {
  readonly visit: BookedVisit;
  /** Token base units it releases to the merchant. */
  readonly worth: bigint;
  readonly urgency?: Urgency;
}

/** Why a batch should be sent: something cannot wait, a voucher is old, there are enough. */
export type SettleReason = Urgency | "Old" | "Enough";

/** What to settle now. */
export interface Plan {
  /** Whether to send it now. */
  readonly settle: boolean;
  readonly because: readonly SettleReason[];
  /** Rows of holders with keys, by program; and those of holders that are contracts, which go separately. */
  readonly rows: readonly PlannedRow[];
  readonly contractRows: readonly PlannedRow[];
  /** Vouchers that stay in the book: too many for one batch, or worth less than their own gas. */
  readonly left: number;
  readonly payOut: boolean;
  readonly gas: bigint;
  /** Token base units released by all rows. */
  readonly worth: bigint;
  /** Wei for the gas, and what the rows are worth in wei; only with a market. */
  readonly cost?: bigint;
  readonly value?: bigint;
  /** Whether the rows are worth more than their gas; true without a market. */
  readonly pays: boolean;
}

/** What a plan is made from. */
export interface PlanInput {
  readonly open: readonly OpenVoucher[];
  readonly cards: ReadonlyMap<string, KnownCard>;
  readonly merchant: KnownMerchant;
  /** Rows that were sent and are not final. */
  readonly inFlight: readonly SentRow[];
  /** Digits of the token after the point. */
  readonly decimals: number;
  /** Unix time, by the till's clock. */
  readonly now: bigint;
  readonly options: PlanOptions;
}

const DAY = 86_400n;

/**
 * Decides what to settle now. Without urgency a batch is sent when a voucher is old or there are enough of them, and only if it is
 * worth its gas; with urgency at once, and what is not urgent goes along if it pays for its own row.
 *
 * @throws InvalidInputError if `maxRows` is less than one.
 */
export function planSettlement({ open, cards, merchant, inFlight, decimals, now, options }: PlanInput): Plan {
  const { maxAge = DAY, enoughRows = 100, ahead = 2n * DAY, market, maxRows = Number.MAX_SAFE_INTEGER } = options;
  if (!(maxRows >= 1)) throw new InvalidInputError("maxRows", maxRows, "1 or more", "leave it out");
  const payOut = options.payOut === true && ["Active", "RunOff"].includes(merchant.status);
  const sent = new Map<string, bigint>();
  for (const { cardId, cumulative } of inFlight) {
    if (cumulative > (sent.get(cardId) ?? 0n)) sent.set(cardId, cumulative);
  }
  const inWei = (units: bigint): bigint => (units * (market?.weiPerToken ?? 0n)) / 10n ** BigInt(decimals);

  const candidates = open.flatMap(({ visit, since }) => {
    const card = cards.get(visit.cardId);
    // Not read, settled by somebody else, or past settling: the next look decides what becomes of it.
    if (card?.status !== "Open" || card.consumed >= visit.cumulative) return [];
    const onItsWay = sent.get(visit.cardId);
    if (onItsWay !== undefined && onItsWay >= visit.cumulative) return [];
    const { principal, units } = card;
    const worth = releasedBy(visit.cumulative, principal, units) - releasedBy(card.consumed, principal, units);
    const urgency = urgencyOf(card, merchant, now, visit.contract, ahead);
    // What is on its way does not wait; of the visits after it the newest one stands for all.
    const waiting = onItsWay === undefined ? since : visit.acceptedAt;
    return [{ visit, worth, since: waiting, ...(urgency === undefined ? {} : { urgency }) }];
  });
  const chosen = candidates
    .filter(
      ({ worth, urgency }) =>
        urgency !== undefined || market === undefined || inWei(worth) >= SETTLE_GAS.perRow * market.gasPrice,
    )
    // Urgent ones first, then the oldest.
    .sort((a, b) => Number(a.urgency === undefined) - Number(b.urgency === undefined) || Number(a.since - b.since));

  const rows: (typeof chosen)[number][] = [];
  const contractRows: (typeof chosen)[number][] = [];
  const programs = new Set<bigint>();
  let gas = 0n;
  let contractGas = 0n;
  for (const row of chosen) {
    if (rows.length + contractRows.length >= maxRows) break;
    if (row.visit.contract) {
      const more = contractGas + CONTRACT_ROW_GAS;
      if (SETTLE_GAS.base + more > BATCH_GAS) continue;
      contractGas = more;
      contractRows.push(row);
      continue;
    }
    const { programId } = decodeCardId(row.visit.cardId);
    const more = gas + SETTLE_GAS.perRow + (programs.has(programId) ? 0n : SETTLE_GAS.perProgram);
    if (SETTLE_GAS.base + (payOut ? PAYOUT_GAS : 0n) + more > BATCH_GAS) break;
    programs.add(programId);
    gas = more;
    rows.push(row);
  }
  if (rows.length > 0) gas += SETTLE_GAS.base + (payOut ? PAYOUT_GAS : 0n);
  if (contractRows.length > 0) gas += SETTLE_GAS.base + contractGas;
  // Rows of one program side by side read it once.
  rows.sort((a, b) => compare(a.visit.cardId.slice(42, 50), b.visit.cardId.slice(42, 50)));

  const all = [...rows, ...contractRows];
  const worth = all.reduce((sum, row) => sum + row.worth, 0n);
  const money = market === undefined ? undefined : { cost: gas * market.gasPrice, value: inWei(worth) };
  const pays = money === undefined || money.value >= money.cost;
  const because = new Set<SettleReason>(all.flatMap(({ urgency }) => (urgency === undefined ? [] : [urgency])));
  const urgent = because.size > 0;
  if (all.some(({ since }) => now - since >= maxAge)) because.add("Old");
  if (all.length >= enoughRows) because.add("Enough");
  return {
    settle: all.length > 0 && (urgent || (because.size > 0 && pays)),
    because: [...because],
    rows: rows.map(planned),
    contractRows: contractRows.map(planned),
    left: candidates.length - all.length,
    payOut: payOut && rows.length > 0,
    gas,
    worth,
    ...money,
    pays,
  };
}

function planned({ visit, worth, urgency }: PlannedRow): PlannedRow {
  return { visit, worth, ...(urgency === undefined ? {} : { urgency }) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
