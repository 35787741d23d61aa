import { decodeCardId } from "../contracts/cardId.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { releasedBy } from "../contracts/release.js";
import { urgencyOf } from "./cardState.js";
import type { KnownCard, KnownMerchant, Urgency } from "./cardState.js";
import type { BookedVoucher, OpenVoucher, SentVoucher } from "./store.js";

/** Gas of a settlement: an upper estimate, which a test compares with measured values. */
export interface GasModel {
  /** For the transaction and the pool. */
  readonly base: bigint;
  readonly perVoucher: bigint;
  /** For reading a program, once in a batch. */
  readonly perProgram: bigint;
}

/** For the contracts of this package. */
export const SETTLE_GAS: GasModel = { base: 36_000n, perVoucher: 15_400n, perProgram: 4_000n };
/** Additional gas of a payout in the same transaction. */
export const PAYOUT_GAS = 60_000n;
/** Gas of a contract holder's voucher: the contract may use 400 000 gas to check its signature. */
export const CONTRACT_VOUCHER_GAS = 450_000n;

/** Gas limit of a planned batch: five sixths of the limit of a transaction (EIP-7825). The rest is margin. */
export const BATCH_GAS = (2n ** 24n * 5n) / 6n;

/** The price of gas, and of the token in the coin that pays for gas. */
export interface GasMarket {
  /** Wei per unit of gas. */
  readonly gasPrice: bigint;
  /** Wei per whole token. */
  readonly weiPerToken: bigint;
}

/** A merchant's preferences for settling. */
export interface PlanOptions {
  /** Longest wait of a voucher, in seconds. Default: one day. */
  readonly maxAge?: bigint;
  /** Largest number of vouchers in a batch. Default: as many as fit into a transaction. */
  readonly maxVouchers?: number;
  /** Number of vouchers that makes a batch due before any is old. Default: 100; larger batches save little gas. */
  readonly enoughVouchers?: number;
  /** Time before the end of a run-off's notice in which no voucher waits, in seconds. Default: two days. */
  readonly ahead?: bigint;
  /** Default: none; gas is then ignored. */
  readonly market?: GasMarket;
  /** Whether to pay out in the same transaction, if the merchant's status allows it. Default: no. */
  readonly payOut?: boolean;
}

/** A voucher to settle. */
export interface PlannedVoucher {
  readonly voucher: BookedVoucher;
  /** The amount that it releases to the merchant, in token base units. */
  readonly worth: bigint;
  readonly urgency?: Urgency;
}

/** Why a batch is due: a voucher cannot wait, a voucher is old, or there are enough vouchers. */
export type SettleReason = Urgency | "Old" | "Enough";

/** A proposed settlement. */
export interface SettlementPlan {
  /** Whether to send it now. */
  readonly settle: boolean;
  readonly because: readonly SettleReason[];
  /** Vouchers of holders with keys, ordered by program; vouchers of contract holders, which need their own transaction. */
  readonly vouchers: readonly PlannedVoucher[];
  readonly contractVouchers: readonly PlannedVoucher[];
  /** Number of vouchers left for later: too many for one batch, or worth less than their own gas. */
  readonly left: number;
  readonly payOut: boolean;
  readonly gas: bigint;
  /** The amount that all planned vouchers release, in token base units. */
  readonly worth: bigint;
  /** Cost of the gas and worth of the vouchers, in wei. Only with a market. */
  readonly cost?: bigint;
  readonly value?: bigint;
  /** Whether the vouchers are worth at least their gas; true without a market. */
  readonly pays: boolean;
}

/** The input of a plan. */
export interface PlanInput {
  readonly open: readonly OpenVoucher[];
  readonly cards: ReadonlyMap<string, KnownCard>;
  readonly merchant: KnownMerchant;
  /** Vouchers that were sent and whose settlement is not final. */
  readonly inFlight: readonly SentVoucher[];
  /** `decimals()` of the token. */
  readonly decimals: number;
  /** The time by the till's clock, in Unix seconds. */
  readonly now: bigint;
  readonly options: PlanOptions;
}

const DAY = 86_400n;

/**
 * Plans a settlement. An urgent voucher makes the batch due at once; other vouchers are added if each is worth its own gas. Without an
 * urgent voucher, the batch is due when a voucher is old or there are enough vouchers, and only if the batch is worth its gas.
 *
 * @throws InvalidInputError if `maxVouchers` is less than one.
 */
export function planSettlement({ open, cards, merchant, inFlight, decimals, now, options }: PlanInput): SettlementPlan {
  const {
    maxAge = DAY,
    enoughVouchers = 100,
    ahead = 2n * DAY,
    market,
    maxVouchers = Number.MAX_SAFE_INTEGER,
  } = options;
  if (!(maxVouchers >= 1)) throw new InvalidInputError("maxVouchers", maxVouchers, "1 or more", "leave it out");
  const payOut = options.payOut === true && ["Active", "RunOff"].includes(merchant.status);
  const sent = new Map<string, bigint>();
  for (const { cardId, cumulative } of inFlight) {
    if (cumulative > (sent.get(cardId) ?? 0n)) sent.set(cardId, cumulative);
  }
  const inWei = (units: bigint): bigint => (units * (market?.weiPerToken ?? 0n)) / 10n ** BigInt(decimals);

  const candidates = open.flatMap(({ voucher, since }) => {
    const card = cards.get(voucher.cardId);
    // The card was not read, or the voucher is settled or cannot be: `reconcile` decides.
    if (card?.status !== "Open" || card.consumed >= voucher.cumulative) return [];
    const onItsWay = sent.get(voucher.cardId);
    if (onItsWay !== undefined && onItsWay >= voucher.cumulative) return [];
    const { principal, units } = card;
    const worth = releasedBy(voucher.cumulative, principal, units) - releasedBy(card.consumed, principal, units);
    const urgency = urgencyOf(card, merchant, now, voucher.contract, ahead);
    // A sent voucher does not wait. The newest voucher after it covers the others after it.
    const waiting = onItsWay === undefined ? since : voucher.acceptedAt;
    return [{ voucher, worth, since: waiting, ...(urgency === undefined ? {} : { urgency }) }];
  });
  const chosen = candidates
    .filter(
      ({ worth, urgency }) =>
        urgency !== undefined || market === undefined || inWei(worth) >= SETTLE_GAS.perVoucher * market.gasPrice,
    )
    // Urgent ones first, then the oldest.
    .sort((a, b) => Number(a.urgency === undefined) - Number(b.urgency === undefined) || Number(a.since - b.since));

  const vouchers: (typeof chosen)[number][] = [];
  const contractVouchers: (typeof chosen)[number][] = [];
  const programs = new Set<bigint>();
  let gas = 0n;
  let contractGas = 0n;
  for (const candidate of chosen) {
    if (vouchers.length + contractVouchers.length >= maxVouchers) break;
    if (candidate.voucher.contract) {
      const more = contractGas + CONTRACT_VOUCHER_GAS;
      if (SETTLE_GAS.base + more > BATCH_GAS) continue;
      contractGas = more;
      contractVouchers.push(candidate);
      continue;
    }
    const { programId } = decodeCardId(candidate.voucher.cardId);
    const more = gas + SETTLE_GAS.perVoucher + (programs.has(programId) ? 0n : SETTLE_GAS.perProgram);
    if (SETTLE_GAS.base + (payOut ? PAYOUT_GAS : 0n) + more > BATCH_GAS) break;
    programs.add(programId);
    gas = more;
    vouchers.push(candidate);
  }
  if (vouchers.length > 0) gas += SETTLE_GAS.base + (payOut ? PAYOUT_GAS : 0n);
  if (contractVouchers.length > 0) gas += SETTLE_GAS.base + contractGas;
  // The escrow reads a program once for adjacent vouchers of it.
  vouchers.sort((a, b) => compare(a.voucher.cardId.slice(42, 50), b.voucher.cardId.slice(42, 50)));

  const all = [...vouchers, ...contractVouchers];
  const worth = all.reduce((sum, candidate) => sum + candidate.worth, 0n);
  const money = market === undefined ? undefined : { cost: gas * market.gasPrice, value: inWei(worth) };
  const pays = money === undefined || money.value >= money.cost;
  const because = new Set<SettleReason>(all.flatMap(({ urgency }) => (urgency === undefined ? [] : [urgency])));
  const urgent = because.size > 0;
  if (all.some(({ since }) => now - since >= maxAge)) because.add("Old");
  if (all.length >= enoughVouchers) because.add("Enough");
  return {
    settle: all.length > 0 && (urgent || (because.size > 0 && pays)),
    because: [...because],
    vouchers: vouchers.map(planned),
    contractVouchers: contractVouchers.map(planned),
    left: candidates.length - all.length,
    payOut: payOut && vouchers.length > 0,
    gas,
    worth,
    ...money,
    pays,
  };
}

function planned({ voucher, worth, urgency }: PlannedVoucher): PlannedVoucher {
  return { voucher, worth, ...(urgency === undefined ? {} : { urgency }) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
