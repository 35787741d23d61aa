import { Fraction, excess, max, min } from "./fraction.js";

const BPS = 10_000n;

/** The fees of a policy, which go to the merchant. Amounts in token base units, shares in basis points. */
export interface Fees {
  readonly feeFlat: bigint;
  readonly feeMax: bigint;
  readonly feePriceBps: bigint;
  readonly feeRestBps: bigint;
  readonly coolingOffFeeBps: bigint;
}

/** What a closing depends on. */
export interface Facts {
  readonly principal: bigint;
  /** Zero for an open amount, which is spent one for one. */
  readonly units: bigint;
  /** Of all units, without discount. */
  readonly listPrice: bigint;
  readonly isPass: boolean;
  /** Units consumed as booked. */
  readonly booked: bigint;
  /** Seconds of a pass that have run by the moment of the closing, less what it was extended by; not above its units. */
  readonly ran: bigint;
  /** Whether the holder leaves in cooling-off. */
  readonly regretted: boolean;
  /** Whether the days of a pass do not count then. */
  readonly coolingOffInFull: boolean;
  /** Whether a pass closes before it begins. */
  readonly beforeStart: boolean;
  /** None where the policy has none, the program charges none, or the merchant's status forbids them. */
  readonly fees?: Fees | undefined;
}

/** What a closing pays, in token base units. */
export interface Closing {
  /** Units consumed. */
  readonly consumed: bigint;
  /** At issuer's cause. */
  readonly full: bigint;
  /** To a holder who leaves. */
  readonly holder: bigint;
  /** The part of `full - holder` that is a fee. */
  readonly fee: bigint;
}

/** One function for every closing. Every division is rounded in the holder's favour. */
export function closingOf(facts: Facts): Closing {
  const { principal, isPass, booked, regretted, fees } = facts;
  const used = isPass ? max(booked, facts.ran) : booked;
  const consumed = regretted && facts.coolingOffInFull ? booked : used;
  const full = leftAt(principal, facts, consumed);
  // Leaving later would count the days.
  const rest = leftAt(facts.listPrice, facts, used);
  const fee = fees === undefined ? 0n : min(feeForLeaving(fees, facts, used, rest), rest);
  const leaving = { consumed, full, holder: rest - fee, fee };
  if (!regretted) return leaving;
  const none = fees === undefined || (isPass && facts.beforeStart && booked === 0n);
  const feeOfRegret = none ? 0n : min(feeInCoolingOff(fees, principal), full);
  // A fee for cooling-off never makes it dearer than leaving later.
  const regret = { consumed, full, holder: full - feeOfRegret, fee: feeOfRegret };
  return regret.holder >= leaving.holder ? regret : leaving;
}

/** Principal less `price` for the consumed units, never below zero. */
function leftAt(price: bigint, { principal, units }: Facts, consumed: bigint): bigint {
  const spent = units === 0n ? consumed : new Fraction(price, units).times(consumed).floor();
  return excess(principal, spent);
}

/** Of a holder who leaves after cooling-off. */
function feeForLeaving(fees: Fees, { principal, isPass }: Facts, consumed: bigint, rest: bigint): bigint {
  const unused = consumed === 0n && !isPass;
  if (fees.feeFlat !== 0n && unused) return min(fees.feeFlat, half(principal));
  return limited(fees, principal, share(principal, fees.feePriceBps) + share(rest, fees.feeRestBps));
}

/** Of a holder who leaves in cooling-off. */
function feeInCoolingOff(fees: Fees, principal: bigint): bigint {
  return limited(fees, principal, share(principal, fees.coolingOffFeeBps));
}

function limited({ feeMax }: Fees, principal: bigint, fee: bigint): bigint {
  return min(feeMax === 0n ? fee : min(fee, feeMax), half(principal));
}

const half = (amount: bigint): bigint => new Fraction(amount, 2n).floor();
const share = (amount: bigint, bps: bigint): bigint => new Fraction(amount * bps, BPS).floor();
