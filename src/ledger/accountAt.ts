import { ZeroHash } from "ethers";

import type { DepositRule } from "../contracts/depositRule.js";
import type { DepositView, DistributionView, RuleView, SuretyView } from "../contracts/registerViews.js";
import { OBJECTION_PERIOD } from "./accounts.js";
import type { LedgerAccount } from "./ledgerViews.js";
import { standing } from "./merchantAt.js";
import { NO_RULE, accountOf, distributionOf, merchantOf } from "./state.js";
import type { AccountRow, LedgerTables } from "./state.js";

const DAY = 86_400n;
const SURETY_NOTICE = 30n * DAY;
const SURETY_BINDING = 365n * DAY;
const BPS = 10_000n;

/**
 * A merchant's account as the register's views would return it.
 *
 * @param now In Unix seconds.
 * @throws RangeError if the event of the merchant's registration is missing.
 */
export function accountAt(state: LedgerTables, merchantId: bigint, now: bigint): LedgerAccount {
  const row = accountOf(state, merchantId);
  const rule = ruleAt(row, now);
  const surety = suretyAt(row, isBound(state, merchantId, now), now);
  return {
    rule,
    deposit: depositAt(row, rule.rule, surety.counted, now),
    surety,
    distribution: distributionAt(state, merchantId, surety.bound),
    warnings: standing(row.warnings),
  };
}

/** The rule in force, and the announced one. An announced rule takes effect without an event. */
function ruleAt({ rule, ruleSince: since, cureBy, nextRule }: AccountRow, now: bigint): RuleView {
  if (nextRule === undefined) return { rule, since, cureBy, nextRule: NO_RULE, nextRuleAt: 0n };
  if (now < nextRule.at) return { rule, since, cureBy, nextRule: nextRule.rule, nextRuleAt: nextRule.at };
  return { rule: nextRule.rule, since: nextRule.at, cureBy, nextRule: NO_RULE, nextRuleAt: 0n };
}

function suretyAt(row: AccountRow, bound: boolean, now: bigint): SuretyView {
  return {
    named: row.named,
    party: row.party,
    amount: row.surety,
    counted: now + SURETY_NOTICE < row.suretyEndsAt ? row.surety : 0n,
    endsAt: row.suretyEndsAt,
    bound,
    vault: row.suretyVault,
  };
}

/**
 * The deposit, and the reported figures it is measured by.
 *
 * @param rule In force at `now`.
 * @param suretyCounted The part of the surety that counts at `now`, in token base units.
 */
function depositAt(row: AccountRow, rule: DepositRule, suretyCounted: bigint, now: bigint): DepositView {
  const { deposit, waiting, ownerAsOf, certified, depositVault } = row;
  const due = waiting.filter(({ actsAt }) => now >= actsAt).length;
  const reported = waiting[due - 1] ?? row.reported;
  const [nextFigure, laterFigure] = waiting.slice(due);
  return {
    deposit,
    required: max(requiredOf(rule, reported.amount) - suretyCounted, 0n),
    reported: reported.amount,
    reportedAsOf: reported.asOf,
    lastAsOf: max(ownerAsOf, certified.asOf),
    reportDueAt: reportDueAt(row, rule),
    nextReported: nextFigure?.amount ?? 0n,
    nextActsAt: nextFigure?.actsAt ?? 0n,
    laterReported: laterFigure?.amount ?? 0n,
    laterActsAt: laterFigure?.actsAt ?? 0n,
    certified: certified.amount,
    certifiedAsOf: certified.asOf,
    vault: depositVault,
  };
}

/** From when a report is overdue, in Unix seconds; zero if the rule in force demands none. */
function reportDueAt(
  { rule: last, nextRule, reportsSince, ownerAsOf, certified }: AccountRow,
  rule: DepositRule,
): bigint {
  if (rule.reportDays === 0n) return 0n;
  const demandedSince = last.reportDays === 0n ? (nextRule?.at ?? 0n) : reportsSince;
  return (max(ownerAsOf, certified.asOf) || demandedSince) + rule.reportDays * DAY;
}

/** The deposit that a rule requires for a reported balance, before any surety; rounded up. In token base units. */
function requiredOf(rule: DepositRule, reported: bigint): bigint {
  let bps = rule.bps0;
  if (reported > rule.threshold2) bps = rule.bps2;
  else if (reported > rule.threshold1) bps = rule.bps1;
  return (reported * bps + BPS - 1n) / BPS;
}

/** Whether a default flag binds the surety. */
function isBound(state: LedgerTables, merchantId: bigint, now: bigint): boolean {
  const { status, flag } = merchantOf(state, merchantId);
  const { suretyEndsAt, claimsOpen } = accountOf(state, merchantId);
  const { publishedAt, objectedAt, suretyFree } = distributionOf(state, merchantId);
  if (status !== "Defaulted" || flag === undefined || flag.flaggedAt >= suretyEndsAt) return false;
  if (claimsOpen || suretyFree) return false;
  return publishedAt !== 0n || now < max(suretyEndsAt, max(flag.flaggedAt, objectedAt) + SURETY_BINDING);
}

function distributionAt(state: LedgerTables, merchantId: bigint, suretyBound: boolean): DistributionView {
  const { status, flag } = merchantOf(state, merchantId);
  const { deposit, surety } = accountOf(state, merchantId);
  const { root, claims, publishedAt, objections, counted, paid, drawn } = distributionOf(state, merchantId);
  const noList = { root: ZeroHash, claims: 0n, publishedAt: 0n, objectionsEndAt: 0n, opensAt: 0n };
  const nothingPaid = { counted: 0n, paid: 0n, funded: 0n, drawn: 0n };
  if (status !== "Defaulted" || flag === undefined) return { ...noList, objections: 0n, ...nothingPaid };
  if (publishedAt === 0n) return { ...noList, objections, ...nothingPaid };
  const objectionsEndAt = publishedAt + OBJECTION_PERIOD;
  const opensAt = max(objectionsEndAt, flag.windowEndsAt);
  const funded = min(claims, deposit + paid + (suretyBound ? surety : 0n));
  return { root, claims, publishedAt, objectionsEndAt, opensAt, objections, counted, paid, funded, drawn };
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
