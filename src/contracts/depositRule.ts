import type { Bounds } from "./policy.js";

/** The highest share of a deposit rule: twice the reported balance. Source: `Rules.MAX_BPS` of the deposit register. */
export const MAX_DEPOSIT_BPS = 20_000;

/** The longest time between two reports, in days: what `uint16` holds. */
export const MAX_REPORT_DAYS = 65_535;

/** The threshold of a tier that does not exist: no balance lies above the largest `uint96`. */
export const NO_THRESHOLD = 2n ** 96n - 1n;

/**
 * What a merchant must keep for the balance of the cards it sold outside the escrow, as the deposit register takes it.
 *
 * The highest tier whose threshold lies strictly below the reported balance applies to the whole of it. A tier that does not
 * exist has {@link NO_THRESHOLD} and the share of the tier before it. Shares in basis points, thresholds in token base units;
 * `reportDays` is the time from the date of a report to when the next must be there, zero for none.
 */
export interface DepositRule {
  readonly bps0: bigint;
  readonly threshold1: bigint;
  readonly bps1: bigint;
  readonly threshold2: bigint;
  readonly bps2: bigint;
  readonly reportDays: bigint;
}

/** A field of a deposit rule outside its bounds. */
export interface DepositRuleProblem extends Bounds {
  readonly field: keyof DepositRule;
  readonly value: bigint;
}

/** Every field of a deposit rule that the register would refuse; empty if it would take the rule. */
export function checkDepositRule(rule: DepositRule): readonly DepositRuleProblem[] {
  const highest = BigInt(MAX_DEPOSIT_BPS);
  const bounds: Readonly<Record<keyof DepositRule, Bounds>> = {
    bps0: { min: 0n, max: highest },
    threshold1: { min: 0n, max: NO_THRESHOLD },
    bps1: { min: rule.bps0, max: highest },
    threshold2: { min: rule.threshold1, max: NO_THRESHOLD },
    bps2: { min: rule.bps1, max: highest },
    reportDays: { min: 0n, max: BigInt(MAX_REPORT_DAYS) },
  };
  return (Object.entries(bounds) as [keyof DepositRule, Bounds][])
    .map(([field, { min, max }]) => ({ field, value: rule[field], min, max }))
    .filter(({ value, min, max }) => value < min || value > max);
}

/**
 * What a deposit rule asks for a balance, before any surety.
 *
 * @param rule See {@link DepositRule}.
 * @param reported The balance outside the escrow, in token base units.
 * @returns Token base units, rounded up.
 */
export function requiredDeposit(rule: DepositRule, reported: bigint): bigint {
  const { bps0, threshold1, bps1, threshold2, bps2 } = rule;
  const bps = reported > threshold2 ? bps2 : reported > threshold1 ? bps1 : bps0;
  return (reported * bps + 9_999n) / 10_000n;
}
