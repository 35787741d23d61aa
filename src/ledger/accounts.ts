import { ZeroHash } from "ethers";

import type { EscrowEventArgs } from "../contracts/events.js";
import { accountOf, changeAccount, changeDistribution } from "./state.js";
import type { AccountRow, LedgerTables } from "./state.js";

/* What the events of the deposit register change: one function an event. */

const DAY = 86_400n;
const LOOSENING_DELAY = 30n * DAY;
export const OBJECTION_PERIOD = 14n * DAY;

/* RULES AND REPORTS */

export function ruleTightened(state: LedgerTables, args: EscrowEventArgs<"RuleTightened">): void {
  const { merchantId, rule, since, cureBy } = args;
  const before = withRuleOf(accountOf(state, merchantId), since);
  const reportsSince = before.rule.reportDays === 0n ? since : before.reportsSince;
  changeAccount(state, merchantId, { rule, ruleSince: since, cureBy, nextRule: undefined, reportsSince });
}

export function ruleLooseningAnnounced(state: LedgerTables, args: EscrowEventArgs<"RuleLooseningAnnounced">): void {
  const { merchantId, rule, effectiveAt } = args;
  const before = withRuleOf(accountOf(state, merchantId), effectiveAt - LOOSENING_DELAY);
  changeAccount(state, merchantId, { ...before, nextRule: { rule, at: effectiveAt } });
}

/** The account with the rule in force at `now`: an announced rule takes effect without an event. */
function withRuleOf(account: AccountRow, now: bigint): AccountRow {
  const { nextRule, rule, reportsSince } = account;
  if (nextRule === undefined || now < nextRule.at) return account;
  return {
    ...account,
    rule: nextRule.rule,
    ruleSince: nextRule.at,
    nextRule: undefined,
    reportsSince: rule.reportDays === 0n ? nextRule.at : reportsSince,
  };
}

export function outstandingReported(state: LedgerTables, args: EscrowEventArgs<"OutstandingReported">): void {
  const { merchantId, amount, asOf } = args;
  if (args.certified) {
    changeAccount(state, merchantId, { justReported: undefined, certified: { amount, asOf } });
    return;
  }
  const { certified } = accountOf(state, merchantId);
  // A reporter's figure of the same or a later date outweighs a lower one of the owner.
  const outweighed = asOf <= certified.asOf && amount < certified.amount;
  changeAccount(state, merchantId, { justReported: outweighed ? certified : { amount, asOf }, ownerAsOf: asOf });
}

export function reportedFiguresSet(state: LedgerTables, args: EscrowEventArgs<"ReportedFiguresSet">): void {
  const { waiting: before, justReported } = accountOf(state, args.merchantId);
  const figures = [
    { amount: args.next, actsAt: args.nextActsAt },
    { amount: args.later, actsAt: args.laterActsAt },
  ].filter(({ actsAt }) => actsAt !== 0n);
  const waiting = figures.map((figure, i) => {
    // The figure an owner has just reported waits last. Any other figure was waiting before.
    const same = before.find(({ amount, actsAt }) => amount === figure.amount && actsAt === figure.actsAt);
    const latest = i === figures.length - 1 ? justReported : undefined;
    return { ...figure, asOf: latest?.asOf ?? same?.asOf ?? 0n };
  });
  const reported = { amount: args.reported, asOf: args.reportedAsOf };
  changeAccount(state, args.merchantId, { waiting, reported });
}

/* DEPOSIT AND SURETY */

export function vaultOpened(state: LedgerTables, args: EscrowEventArgs<"VaultOpened">): void {
  const { merchantId, vault, forSurety } = args;
  changeAccount(state, merchantId, forSurety ? { suretyVault: vault } : { depositVault: vault });
}

/** Books the deposit left that `Deposited`, `Withdrawn` and `SurplusPaid` carry. */
export function depositChanged(
  state: LedgerTables,
  { merchantId, deposit }: Pick<EscrowEventArgs<"Deposited">, "merchantId" | "deposit">,
): void {
  changeAccount(state, merchantId, { deposit });
}

export function suretyNamed(state: LedgerTables, { merchantId, surety }: EscrowEventArgs<"SuretyNamed">): void {
  changeAccount(state, merchantId, { named: surety });
}

export function suretyPlaced(state: LedgerTables, args: EscrowEventArgs<"SuretyPlaced">): void {
  const { merchantId, surety: party, amount: surety, endsAt: suretyEndsAt } = args;
  changeAccount(state, merchantId, { party, surety, suretyEndsAt });
}

export function suretyTakenBack(state: LedgerTables, { merchantId }: EscrowEventArgs<"SuretyTakenBack">): void {
  changeAccount(state, merchantId, { surety: 0n });
}

/* DISTRIBUTION */

export function claimsPublished(state: LedgerTables, args: EscrowEventArgs<"ClaimsPublished">): void {
  const { merchantId, root, claims, objectionsEndAt, suretyBound } = args;
  const publishedAt = objectionsEndAt - OBJECTION_PERIOD;
  changeDistribution(state, merchantId, { root, claims, publishedAt, suretyFree: !suretyBound });
}

export function claimsObjected(state: LedgerTables, args: EscrowEventArgs<"ClaimsObjected">): void {
  const { merchantId, objections, objectedAt } = args;
  const noList = { root: ZeroHash, claims: 0n, publishedAt: 0n };
  changeDistribution(state, merchantId, { ...noList, objections, objectedAt });
}

export function suretyDrawn(state: LedgerTables, args: EscrowEventArgs<"SuretyDrawn">): void {
  const { merchantId, suretyLeft: surety, deposit } = args;
  changeAccount(state, merchantId, { surety, deposit });
}

export function claimsOpened(state: LedgerTables, args: EscrowEventArgs<"ClaimsOpened">): void {
  const { merchantId, deposit, drawn } = args;
  changeAccount(state, merchantId, { deposit, claimsOpen: true });
  changeDistribution(state, merchantId, { drawn });
}

export function distributionUpdated(state: LedgerTables, args: EscrowEventArgs<"DistributionUpdated">): void {
  const { merchantId, deposit, counted, paid } = args;
  changeAccount(state, merchantId, { deposit });
  changeDistribution(state, merchantId, { counted, paid });
}

/** Books the parts that `SuretyRepaid` and `SuretyRestored` share. */
export function suretyRepaid(
  state: LedgerTables,
  { merchantId, deposit, drawn }: Pick<EscrowEventArgs<"SuretyRepaid">, "merchantId" | "deposit" | "drawn">,
): void {
  changeAccount(state, merchantId, { deposit });
  changeDistribution(state, merchantId, { drawn });
}

export function suretyRestored(state: LedgerTables, args: EscrowEventArgs<"SuretyRestored">): void {
  suretyRepaid(state, args);
  changeAccount(state, args.merchantId, { surety: args.restored });
}
