import { getAddress } from "ethers";

import type { ProgramKindName } from "./enums.js";
import { InvalidInputError } from "../utils/invalidInput.js";

/** A day, in seconds. */
export const DAY = 86_400n;

/** The rules for a merchant, in the form of the escrow. Amounts in token base units, periods in seconds; a limit of zero is none. */
export interface Policy {
  readonly token: string;
  readonly exitDelay: bigint;
  readonly coolingOff: bigint;
  readonly coolingOffRequiresUnused: boolean;
  readonly unilateralExit: boolean;
  readonly rejectOverLimit: boolean;
  readonly rejectOverCap: boolean;
  readonly maxNamed: bigint;
  readonly maxBearer: bigint;
  readonly maxPassTerm: bigint;
  readonly maxCount: bigint;
  readonly maxListBps: bigint;
  readonly maxHolderExposure: bigint;
  readonly accrualDelay: bigint;
  readonly rulingTimeout: bigint;
  readonly runOffNotice: bigint;
  readonly finalSettlement: bigint;
  readonly complaintCount: bigint;
  readonly complaintBps: bigint;
  readonly maxAdvance: bigint;
  /** Fee for leaving with an unused card that is no pass. Zero: the shares below decide. */
  readonly feeFlat: bigint;
  /** Largest fee; zero for none. No fee is above half the principal either. */
  readonly feeMax: bigint;
  /** Fee for leaving, as a share of the principal in basis points. */
  readonly feePriceBps: bigint;
  /** Fee for leaving, as a share of what remains at the list price, in basis points. */
  readonly feeRestBps: bigint;
  /** Fee for leaving in cooling-off, as a share of the principal in basis points. */
  readonly coolingOffFeeBps: bigint;
  /** Cooling-off of a pass as a share of its term in basis points, where that is longer than `coolingOff`; at most 60 days. */
  readonly coolingOffTermBps: bigint;
  /** Whether the days of a pass are not counted when its holder leaves in cooling-off. */
  readonly coolingOffInFull: boolean;
}

/** The longest cooling-off that is a share of a pass's term, in seconds. Source: `MerchantRegistry._coolingOff`. */
const MAX_COOLING_OFF_SHARE = 60n * DAY;

/**
 * The cooling-off of the cards of a program, in seconds. For a pass it is the longer of the policy's period and its share of the term.
 *
 * @param program Its kind, and its units in seconds if it is a pass.
 * Source: `MerchantRegistry.publishProgram`.
 */
export function coolingOffOf(
  { coolingOff, coolingOffTermBps }: Pick<Policy, "coolingOff" | "coolingOffTermBps">,
  { kind, units }: { readonly kind: ProgramKindName; readonly units: bigint },
): bigint {
  if (kind !== "Pass") return coolingOff;
  const share = (units * coolingOffTermBps) / 10_000n;
  const most = share > MAX_COOLING_OFF_SHARE ? MAX_COOLING_OFF_SHARE : share;
  return most > coolingOff ? most : coolingOff;
}

/** Whether a policy has a fee for leaving. Source: `MerchantRegistry._hasFees`. */
export function hasFees(policy: Pick<Policy, "feeFlat" | "feePriceBps" | "feeRestBps" | "coolingOffFeeBps">): boolean {
  const { feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps } = policy;
  return [feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps].some((fee) => fee !== 0n);
}

/**
 * The longest pass under a policy, in seconds. Without a limit in the policy, ten years.
 * Source: `MerchantRegistry.publishProgram`.
 */
export function longestPassTerm({ maxPassTerm }: Pick<Policy, "maxPassTerm">): bigint {
  return maxPassTerm === 0n ? policyBounds.maxPassTerm.max : maxPassTerm;
}

/** A field of a policy that is a number. */
export type PolicyNumber = {
  [Field in keyof Policy]: Policy[Field] extends bigint ? Field : never;
}[keyof Policy];

/** The least and the greatest value of a field, both allowed. */
export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

const amount: Bounds = { min: 0n, max: 2n ** 88n - 1n };

/**
 * The bounds of the fields of every policy, in the units of {@link Policy}.
 *
 * {@link checkPolicy} also checks that the notice of a run-off is not shorter than the exit delay, and that the ruling timeout is at
 * least a day longer.
 * Source: `MerchantRegistry.addPolicy` and the widths of `struct Policy`.
 */
export const policyBounds: Readonly<Record<PolicyNumber, Bounds>> = {
  exitDelay: { min: DAY, max: 30n * DAY },
  coolingOff: { min: 0n, max: 30n * DAY },
  maxNamed: amount,
  maxBearer: amount,
  maxPassTerm: { min: 0n, max: 3_650n * DAY },
  maxCount: { min: 0n, max: 2n ** 32n - 1n },
  maxListBps: { min: 10_000n, max: 30_000n },
  maxHolderExposure: amount,
  accrualDelay: { min: 0n, max: 60n * DAY },
  rulingTimeout: { min: 7n * DAY, max: 90n * DAY },
  runOffNotice: { min: 7n * DAY, max: 90n * DAY },
  finalSettlement: { min: 3n * DAY, max: 30n * DAY },
  complaintCount: { min: 0n, max: 2n ** 16n - 1n },
  complaintBps: { min: 0n, max: 10_000n },
  maxAdvance: { min: 0n, max: 365n * DAY },
  feeFlat: amount,
  feeMax: amount,
  feePriceBps: { min: 0n, max: 3_000n },
  feeRestBps: { min: 0n, max: 5_000n },
  coolingOffFeeBps: { min: 0n, max: 1_000n },
  coolingOffTermBps: { min: 0n, max: 1_000n },
};

/** A field outside its bounds. */
export interface PolicyProblem extends Bounds {
  readonly field: PolicyNumber;
  readonly value: bigint;
}

/** The least value of a field under an exit delay, in seconds. */
function leastOf(field: PolicyNumber, exitDelay: bigint): bigint {
  if (field === "runOffNotice") return exitDelay;
  // The association can rule after the exit delay, and must have at least a day.
  return field === "rulingTimeout" ? exitDelay + DAY : 0n;
}

/** The fields of a policy that the escrow would refuse; empty if the policy is valid. */
export function checkPolicy(policy: Policy): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [field, bounds] of Object.entries(policyBounds) as [PolicyNumber, Bounds][]) {
    const least = leastOf(field, policy.exitDelay);
    const min = least > bounds.min ? least : bounds.min;
    const value = policy[field];
    if (value < min || value > bounds.max) problems.push({ field, value, min, max: bounds.max });
  }
  return problems;
}

/**
 * Checks a policy.
 *
 * @returns The policy with a checksummed token.
 *
 * @throws InvalidInputError if the token is no address or a field is outside its bounds.
 */
export function requirePolicy(policy: Policy): Policy {
  const [problem] = checkPolicy(policy);
  if (problem !== undefined) {
    const allowed = `${problem.min} to ${problem.max}`;
    throw new InvalidInputError(problem.field, problem.value, allowed, "choose a value the escrow accepts");
  }
  return { ...policy, token: tokenAddress(policy.token) };
}

/**
 * A token's address, checksummed.
 *
 * @throws InvalidInputError if it is no address.
 */
export function tokenAddress(token: string): string {
  try {
    return getAddress(token);
  } catch {
    throw new InvalidInputError("token", token, "an address with 40 hexadecimal digits", "give the token's address");
  }
}
