import type { DepositRule } from "./depositRule.js";

/*
 * What the deposit register answers, as plain objects. Amounts in token base units, times in Unix seconds (zero: never, or not
 * pending), addresses checksummed. The register's interface explains each field.
 */

/** A merchant's deposit rule as it stands now. */
export interface RuleView {
  /** In force; all zero if the merchant never had one. */
  readonly rule: DepositRule;
  readonly since: bigint;
  /** By when the last tightening is to be met. */
  readonly cureBy: bigint;
  /** A rule that asks less and waits; all zero if none does. */
  readonly nextRule: DepositRule;
  readonly nextRuleAt: bigint;
}

/** A merchant's deposit as it stands now. */
export interface DepositView {
  /** What is accounted to the deposit vault. */
  readonly deposit: bigint;
  /** What must be there, the surety that counts taken off. */
  readonly required: bigint;
  /** The balance outside the escrow that is in force, and the date it is of. */
  readonly reported: bigint;
  readonly reportedAsOf: bigint;
  /** The latest date reported by anyone, whether its figure is in force or not. */
  readonly lastAsOf: bigint;
  /** From when a report is overdue. */
  readonly reportDueAt: bigint;
  /** A lower figure of the owner that waits, and when it acts. */
  readonly nextReported: bigint;
  readonly nextActsAt: bigint;
  /** A figure lower still, reported while the first waits. */
  readonly laterReported: bigint;
  readonly laterActsAt: bigint;
  /** The last figure of a reporter, and its date. */
  readonly certified: bigint;
  readonly certifiedAsOf: bigint;
  readonly vault: string;
}

/** A merchant's surety as it stands now. */
export interface SuretyView {
  /** Whom the owner named: who may place the surety. */
  readonly named: string;
  /** Who placed the one that stands, or stood last. */
  readonly party: string;
  readonly amount: bigint;
  /** What of it counts towards the requirement now. */
  readonly counted: bigint;
  readonly endsAt: bigint;
  /** Whether a default flag binds it now. */
  readonly bound: boolean;
  readonly vault: string;
}

/** The distribution of a deposit under the default flag that is up; all zero without a flag. */
export interface DistributionView {
  /** Merkle root of the list that stands. */
  readonly root: string;
  /** Sum of the list. */
  readonly claims: bigint;
  readonly publishedAt: bigint;
  readonly objectionsEndAt: bigint;
  /** From when claims are paid. */
  readonly opensAt: bigint;
  /** How many lists were objected to. */
  readonly objections: bigint;
  /** Sum of the claims that came forward, and what they were paid. */
  readonly counted: bigint;
  readonly paid: bigint;
  /** What of `claims` there is money for: the rate is `funded / claims`. */
  readonly funded: bigint;
  /** What was drawn from the surety and not given back. */
  readonly drawn: bigint;
}

/** What a claim has had, and what it would be paid now. */
export interface ClaimQuote {
  readonly paid: bigint;
  readonly due: bigint;
}
