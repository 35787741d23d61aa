import { getAddress } from "ethers";

import { InvalidInputError } from "../utils/invalidInput.js";

/** Seconds of a day. */
export const DAY = 86_400n;

/** The rules a merchant is under, as the escrow takes them. Amounts in token base units, periods in seconds; a limit of zero is none. */
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
  readonly maxTerm: bigint;
  readonly maxSessions: bigint;
  readonly maxListBps: bigint;
  readonly maxHolderExposure: bigint;
  readonly accrualDelay: bigint;
  readonly rulingTimeout: bigint;
  readonly runOffNotice: bigint;
  readonly finalSettlement: bigint;
  readonly complaintCount: bigint;
  readonly complaintBps: bigint;
  readonly maxAdvance: bigint;
}

/**
 * The longest pass under a policy, in seconds; where it names none the escrow takes ten years.
 * Source: `MerchantRegistry.publishProgram`.
 */
export function longestTerm({ maxTerm }: Pick<Policy, "maxTerm">): bigint {
  return maxTerm === 0n ? policyBounds.maxTerm.max : maxTerm;
}

/** A field of a policy that is a number. */
export type PolicyNumber = {
  [Field in keyof Policy]: Policy[Field] extends bigint ? Field : never;
}[keyof Policy];

/** The least and the most a field may be, both included. */
export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

const amount: Bounds = { min: 0n, max: 2n ** 88n - 1n };

/**
 * The bounds every policy keeps, in the units of {@link Policy}.
 *
 * The notice of a run-off must also be no shorter than the exit delay, and the ruling timeout a day longer at least;
 * {@link checkPolicy} looks at that.
 * Source: `MerchantRegistry.addPolicy` and the widths of `struct Policy`.
 */
export const policyBounds: Readonly<Record<PolicyNumber, Bounds>> = {
  exitDelay: { min: DAY, max: 30n * DAY },
  coolingOff: { min: 0n, max: 30n * DAY },
  maxNamed: amount,
  maxBearer: amount,
  maxTerm: { min: 0n, max: 3_650n * DAY },
  maxSessions: { min: 0n, max: 2n ** 32n - 1n },
  maxListBps: { min: 10_000n, max: 30_000n },
  maxHolderExposure: amount,
  accrualDelay: { min: 0n, max: 60n * DAY },
  rulingTimeout: { min: 7n * DAY, max: 90n * DAY },
  runOffNotice: { min: 7n * DAY, max: 90n * DAY },
  finalSettlement: { min: 3n * DAY, max: 30n * DAY },
  complaintCount: { min: 0n, max: 2n ** 16n - 1n },
  complaintBps: { min: 0n, max: 10_000n },
  maxAdvance: { min: 0n, max: 365n * DAY },
};

/** A field outside its bounds. */
export interface PolicyProblem extends Bounds {
  readonly field: PolicyNumber;
  readonly value: bigint;
}

/** What the exit delay asks of another field. */
function leastOf(field: PolicyNumber, exitDelay: bigint): bigint {
  if (field === "runOffNotice") return exitDelay;
  // The association can rule once the exit delay is over: it has a day for it at least.
  return field === "rulingTimeout" ? exitDelay + DAY : 0n;
}

/** Every field of a policy that the escrow would refuse; empty if it would take the policy. */
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
 * A policy with a checksummed token, found good.
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
 * @throws InvalidInputError if it is none.
 */
export function tokenAddress(token: string): string {
  try {
    return getAddress(token);
  } catch {
    throw new InvalidInputError("token", token, "an address with 40 hexadecimal digits", "give the token's address");
  }
}
