import type { Bounds } from "./policy.js";

/** The highest share of a deposit rule: twice the reported balance. Source: `Rules.MAX_BPS` of the deposit register. */
export const MAX_DEPOSIT_BPS = 20_000;

/** The longest time between two reports, in days: the largest `uint16`. */
export const MAX_REPORT_DAYS = 65_535;

/** The threshold of a tier that does not exist: the largest `uint96`, which no balance exceeds. */
export const NO_THRESHOLD = 2n ** 96n - 1n;

/**
 * The deposit that a merchant must keep for the balance of cards it sold outside the escrow, in the form of the deposit register.
 *
 * The highest tier whose threshold lies strictly below the reported balance applies to the whole of it. A tier that does not
 * exist has {@link NO_THRESHOLD} and the share of the tier before it. Shares in basis points, thresholds in token base units;
 * `reportDays` is the time from the date of a report until the next is due, in days; zero for no reports.
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

/** The fields of a deposit rule that the register would refuse; empty if the rule is valid. */
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
 * The deposit that a rule requires for a balance, before any surety.
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
