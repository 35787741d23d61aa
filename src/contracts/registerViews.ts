import type { DepositRule } from "./depositRule.js";

/*
 * The results of the deposit register's views, as plain objects. Amounts in token base units, times in Unix seconds (zero: never, or not
 * pending), addresses checksummed. The register's interface explains each field.
 */

/** A merchant's deposit rule as it stands now. */
export interface RuleView {
  /** The rule in force; all zero if the merchant never had one. */
  readonly rule: DepositRule;
  readonly since: bigint;
  /** By when the merchant must meet the last tightening. */
  readonly cureBy: bigint;
  /** An announced looser rule; all zero without one. */
  readonly nextRule: DepositRule;
  readonly nextRuleAt: bigint;
}

/** A merchant's deposit as it stands now. */
export interface DepositView {
  /** The amount accounted to the deposit vault. */
  readonly deposit: bigint;
  /** The amount required, less the surety that counts. */
  readonly required: bigint;
  /** The reported balance outside the escrow that is in force, and its date. */
  readonly reported: bigint;
  readonly reportedAsOf: bigint;
  /** The latest date of any report, whether its figure is in force or not. */
  readonly lastAsOf: bigint;
  /** From when a report is overdue. */
  readonly reportDueAt: bigint;
  /** A lower figure of the owner that is not yet in force, and from when it will be. */
  readonly nextReported: bigint;
  readonly nextActsAt: bigint;
  /** A second, still lower figure, and from when it will be in force. */
  readonly laterReported: bigint;
  readonly laterActsAt: bigint;
  /** The last figure of a reporter, and its date. */
  readonly certified: bigint;
  readonly certifiedAsOf: bigint;
  readonly vault: string;
}

/** A merchant's surety as it stands now. */
export interface SuretyView {
  /** The account that may place the surety, named by the owner. */
  readonly named: string;
  /** The account that placed the present surety, or the last one. */
  readonly party: string;
  readonly amount: bigint;
  /** The part that counts towards the requirement now. */
  readonly counted: bigint;
  readonly endsAt: bigint;
  /** Whether a default flag binds it now. */
  readonly bound: boolean;
  readonly vault: string;
}

/** The distribution of a deposit under the present default flag; all zero without a flag. */
export interface DistributionView {
  /** Merkle root of the published list. */
  readonly root: string;
  /** Sum of the list. */
  readonly claims: bigint;
  readonly publishedAt: bigint;
  readonly objectionsEndAt: bigint;
  /** From when claims are paid. */
  readonly opensAt: bigint;
  /** Number of lists that were objected to. */
  readonly objections: bigint;
  /** Sum of the claims made so far, and the sum paid on them. */
  readonly counted: bigint;
  readonly paid: bigint;
  /** The part of `claims` that the funds cover: the rate is `funded / claims`. */
  readonly funded: bigint;
  /** The amount drawn from the surety and not repaid. */
  readonly drawn: bigint;
}

/** The amount paid on a claim, and the amount due now. */
export interface ClaimQuote {
  readonly paid: bigint;
  readonly due: bigint;
}
