import { AbiCoder, ZeroAddress, ZeroHash, concat, getCreate2Address, keccak256, toBeHex } from "ethers";

import type { ClaimSkipReasonName, MerchantStatusName, WarningKindName } from "../../src/contracts/enums.js";
import type { EscrowModel } from "./escrow.js";
import { Fraction, excess, max, min } from "./fraction.js";
import type { TokenModel } from "./token.js";
import type { Merchant } from "./state.js";
import { require } from "./transaction.js";
import type { Transaction } from "./transaction.js";

const DAY = 86_400n;
const LOOSENING_DELAY = 30n * DAY;
const SURETY_NOTICE = 30n * DAY;
const SURETY_MAX_TERM = 3_650n * DAY;
const SURETY_BINDING = 365n * DAY;
const OBJECTION_PERIOD = 14n * DAY;
const MAX_OBJECTIONS = 3n;
const BPS = 10_000n;
const MAX_BPS = 20_000n;

export interface Rule {
  readonly bps0: bigint;
  readonly threshold1: bigint;
  readonly bps1: bigint;
  readonly threshold2: bigint;
  readonly bps2: bigint;
  readonly reportDays: bigint;
}

export const noRule: Rule = { bps0: 0n, threshold1: 0n, bps1: 0n, threshold2: 0n, bps2: 0n, reportDays: 0n };

/** A reported balance, the date it is of, and from when it counts. */
export interface Figure {
  readonly amount: bigint;
  readonly asOf: bigint;
  readonly actsAt: bigint;
}

/** A claim as it is sent, and whether it is in the published list as it stands there. */
export interface ClaimSent {
  readonly index: bigint;
  readonly account: string;
  readonly amount: bigint;
  /** The root the proof leads to. */
  readonly provesRoot: string;
}

export interface Account {
  deposit: bigint;
  depositVaultOpen: boolean;
  suretyVaultOpen: boolean;
  rule: Rule;
  ruleSince: bigint;
  cureBy: bigint;
  nextRule?: { readonly rule: Rule; readonly at: bigint } | undefined;
  /** Since when reports are asked for without a break. */
  reportsSince: bigint;
  /** The figure in force, and an owner's lower ones that wait: the second is lower still. */
  reported: { amount: bigint; asOf: bigint };
  waiting: Figure[];
  ownerAsOf: bigint;
  certified: { readonly amount: bigint; readonly asOf: bigint };
  suretyNamed: string;
  suretyParty: string;
  surety: bigint;
  suretyEndsAt: bigint;
  warnings: Set<WarningKindName>;
  /** The flag whose claims are open. */
  openUnder?: number;
  /** One distribution for each flag: the first, and the one after a withdrawal. */
  distributions: [Distribution, Distribution];
}

export interface Distribution {
  root: string;
  claims: bigint;
  publishedAt: bigint;
  objectedAt: bigint;
  objections: bigint;
  objectors: Set<"owner" | "surety">;
  suretyFree: boolean;
  drawn: bigint;
  /** What each claim has had, by leaf, and its amount: a claim that was paid anything is counted. */
  paidOn: Map<string, { readonly paid: bigint; readonly amount: bigint }>;
}

const emptyDistribution = (): Distribution => ({
  root: ZeroHash,
  claims: 0n,
  publishedAt: 0n,
  objectedAt: 0n,
  objections: 0n,
  objectors: new Set(),
  suretyFree: false,
  drawn: 0n,
  paidOn: new Map(),
});

const emptyAccount = (): Account => ({
  deposit: 0n,
  depositVaultOpen: false,
  suretyVaultOpen: false,
  rule: noRule,
  ruleSince: 0n,
  cureBy: 0n,
  reportsSince: 0n,
  reported: { amount: 0n, asOf: 0n },
  waiting: [],
  ownerAsOf: 0n,
  certified: { amount: 0n, asOf: 0n },
  suretyNamed: ZeroAddress,
  suretyParty: ZeroAddress,
  surety: 0n,
  suretyEndsAt: 0n,
  warnings: new Set(),
  distributions: [emptyDistribution(), emptyDistribution()],
});

export interface RegisterSetting {
  readonly register: string;
  readonly regulator: string;
  readonly association: string;
  readonly reporter: string;
  readonly vaultCodeHash: string;
}

/** The deposit register as its documentation tells it; like {@link EscrowModel}, which it asks for its merchants. */
export class RegisterModel {
  state = { accounts: new Map<bigint, Account>() };

  constructor(
    readonly setting: RegisterSetting,
    readonly escrow: EscrowModel,
    readonly tokens: ReadonlyMap<string, TokenModel>,
  ) {}

  /* RULES AND REPORTS */

  setRule(tx: Transaction, merchantId: bigint, rule: Rule, cureBy: bigint): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.escrow.merchantOf(merchantId);
    const falling = (bps: bigint, previousBps: bigint): void => {
      require(bps >= previousBps, "RuleBpsFalling", { bps, previousBps });
    };
    falling(rule.bps1, rule.bps0);
    falling(rule.bps2, rule.bps1);
    require(rule.bps2 <= MAX_BPS, "RuleBpsTooHigh", { bps: rule.bps2, max: MAX_BPS });
    require(rule.threshold2 >= rule.threshold1, "RuleThresholdFalling", {
      threshold: rule.threshold2,
      previousThreshold: rule.threshold1,
    });
    const a = this.accountOf(merchantId);
    this.applyNextRule(a, tx.now);
    if (a.ruleSince !== 0n && asksLess(rule, a.rule)) {
      a.nextRule = { rule, at: tx.now + LOOSENING_DELAY };
      tx.emit("RuleLooseningAnnounced", { merchantId, rule, effectiveAt: a.nextRule.at });
    } else {
      require(cureBy >= tx.now, "RuleCureDatePassed", { cureBy, nowAt: tx.now });
      if (a.rule.reportDays === 0n) a.reportsSince = tx.now;
      Object.assign(a, { rule, ruleSince: tx.now, cureBy });
      if (a.nextRule !== undefined) tx.emit("RuleLooseningCancelled", { merchantId });
      a.nextRule = undefined;
      tx.emit("RuleTightened", { merchantId, rule, since: tx.now, cureBy, required: this.required(a, tx.now) });
    }
    this.refresh(tx, m, a);
  }

  reportOutstanding(tx: Transaction, merchantId: bigint, amount: bigint, asOf: bigint, evidence: string): void {
    const m = this.escrow.merchantOf(merchantId);
    const certified = tx.sender !== m.owner;
    if (certified) this.requireRole(tx, this.setting.reporter);
    const a = this.accountOf(merchantId);
    const earliest = (certified ? a.certified.asOf : a.ownerAsOf) + 1n;
    const inRange = asOf >= earliest && asOf <= tx.now;
    require(inRange, "ReportDateOutOfRange", { merchantId, asOf, min: earliest, max: tx.now });
    this.applyFigures(a, tx.now);
    if (certified) this.reportByReporter(a, amount, asOf);
    else this.reportByOwner(a, amount, asOf, tx.now + LOOSENING_DELAY);
    tx.emit("OutstandingReported", { merchantId, account: tx.sender, certified, amount, asOf, evidence });
    const [next, later] = a.waiting;
    tx.emit("ReportedFiguresSet", {
      merchantId,
      reported: a.reported.amount,
      reportedAsOf: a.reported.asOf,
      next: next?.amount ?? 0n,
      nextActsAt: next?.actsAt ?? 0n,
      later: later?.amount ?? 0n,
      laterActsAt: later?.actsAt ?? 0n,
      required: this.required(a, tx.now),
    });
    this.refresh(tx, m, a);
  }

  /** A higher figure counts at once and ends those that wait; a lower one waits; none is below a reporter's of the same day. */
  private reportByOwner(a: Account, said: bigint, saidOf: bigint, actsAt: bigint): void {
    a.ownerAsOf = saidOf;
    const covered = saidOf <= a.certified.asOf && said < a.certified.amount;
    const { amount, asOf } = covered ? a.certified : { amount: said, asOf: saidOf };
    const [next, later] = a.waiting;
    if (amount >= a.reported.amount) {
      a.reported = { amount, asOf };
      a.waiting = [];
    } else if (next === undefined) {
      a.waiting = [{ amount, asOf, actsAt }];
    } else if (amount >= next.amount) {
      // Less is taken off than was announced: the date stands.
      a.waiting = [{ amount, asOf, actsAt: next.actsAt }];
    } else {
      const announced = later !== undefined && amount >= later.amount;
      a.waiting = [next, { amount, asOf, actsAt: announced ? later.actsAt : actsAt }];
    }
  }

  private reportByReporter(a: Account, amount: bigint, asOf: bigint): void {
    a.certified = { amount, asOf };
    if (amount > a.reported.amount) a.waiting = [];
    if (amount >= a.reported.amount || asOf >= a.reported.asOf) a.reported = { amount, asOf };
    // What the owner said of the same or an earlier date no longer counts: its last word takes those before it along.
    const [next, later] = a.waiting;
    if (later !== undefined && later.asOf <= asOf) a.waiting = [];
    else if (next !== undefined && next.asOf <= asOf) a.waiting.shift();
    const first = a.waiting[0];
    if (first !== undefined && first.amount >= a.reported.amount) {
      a.reported = first;
      a.waiting.shift();
    }
  }

  refreshWarnings(tx: Transaction, merchantId: bigint): void {
    this.refresh(tx, this.escrow.merchantOf(merchantId), this.accountOf(merchantId));
  }

  /* DEPOSIT */

  deposit(tx: Transaction, merchantId: bigint, amount: bigint): void {
    const m = this.escrow.merchantOf(merchantId);
    require(amount !== 0n, "AmountZero");
    const a = this.accountOf(merchantId);
    this.openVault(tx, m, a, false);
    a.deposit += amount;
    tx.emit("Deposited", { merchantId, payer: tx.sender, amount, deposit: a.deposit });
    this.refresh(tx, m, a);
    this.tokenOf(m).take(tx, this.setting.register, tx.sender, this.vaultOf(m, false), amount);
  }

  bookDeposit(tx: Transaction, merchantId: bigint): void {
    const m = this.escrow.merchantOf(merchantId);
    const a = this.accountOf(merchantId);
    this.openVault(tx, m, a, false);
    const amount = this.tokenOf(m).balanceOf(this.vaultOf(m, false)) - a.deposit;
    require(amount > 0n, "AmountZero");
    a.deposit += amount;
    tx.emit("Deposited", { merchantId, payer: ZeroAddress, amount, deposit: a.deposit });
    this.refresh(tx, m, a);
  }

  withdraw(tx: Transaction, merchantId: bigint, amount: bigint): void {
    const m = this.ownedMerchant(tx, merchantId);
    const status = this.escrow.statusOf(m, tx.now);
    this.requireStatus(m, status === "Active" || status === "RunOff" || status === "Closed", status);
    require(amount !== 0n, "AmountZero");
    const a = this.accountOf(merchantId);
    const rule = this.ruleNow(a, tx.now).rule;
    if (rule.bps2 !== 0n || rule.reportDays !== 0n) {
      const dueAt = this.reportDueAt(a, tx.now);
      const inTime = (dueAt === 0n || tx.now < dueAt) && this.lastAsOf(a) !== 0n;
      require(inTime, "ReportNotInTime", { merchantId, nowAt: tx.now, dueAt });
    }
    require(amount <= a.deposit, "DepositExceeded", { merchantId, amount, deposit: a.deposit });
    const left = a.deposit - amount;
    const required = this.required(a, tx.now);
    require(left >= required, "DepositBelowRequired", { merchantId, left, required });
    const payout = this.escrow.payoutOf(m, tx.now);
    this.requireUsable(m, payout);
    a.deposit = left;
    tx.emit("Withdrawn", { merchantId, payout, amount, deposit: left, required });
    this.refresh(tx, m, a);
    this.tokenOf(m).move(tx, this.vaultOf(m, false), payout, amount);
  }

  /* SURETY */

  nameSurety(tx: Transaction, merchantId: bigint, surety: string): void {
    this.ownedMerchant(tx, merchantId);
    this.accountOf(merchantId).suretyNamed = surety;
    tx.emit("SuretyNamed", { merchantId, surety });
  }

  placeSurety(tx: Transaction, merchantId: bigint, amount: bigint, endsAt: bigint): void {
    const m = this.escrow.merchantOf(merchantId);
    const a = this.accountOf(merchantId);
    require(tx.sender === a.suretyNamed, "SuretyNamedOnly", { merchantId, caller: tx.sender, named: a.suretyNamed });
    const status = this.escrow.statusOf(m, tx.now);
    this.requireStatus(m, status !== "Defaulted", status);
    const free = a.surety === 0n || a.suretyParty === tx.sender;
    require(free, "SuretyOfAnotherStands", { merchantId, party: a.suretyParty, amount: a.surety });
    const earliest = max(tx.now + SURETY_NOTICE + 1n, a.suretyEndsAt);
    const latest = tx.now + SURETY_MAX_TERM;
    const inRange = endsAt >= earliest && endsAt <= latest;
    require(inRange, "SuretyEndOutOfRange", { merchantId, endsAt, min: earliest, max: latest });
    const balance = a.surety + amount;
    require(balance !== 0n && (amount !== 0n || endsAt !== a.suretyEndsAt), "AmountZero");
    this.openVault(tx, m, a, true);
    Object.assign(a, { suretyParty: tx.sender, surety: balance, suretyEndsAt: endsAt });
    tx.emit("SuretyPlaced", { merchantId, surety: tx.sender, added: amount, amount: balance, endsAt });
    this.refresh(tx, m, a);
    if (amount !== 0n) this.tokenOf(m).take(tx, this.setting.register, tx.sender, this.vaultOf(m, true), amount);
  }

  takeBackSurety(tx: Transaction, merchantId: bigint, recipient: string): void {
    const m = this.escrow.merchantOf(merchantId);
    const a = this.accountOf(merchantId);
    const { surety: amount, suretyParty: party, suretyEndsAt: endsAt } = a;
    require(amount !== 0n, "SuretyNone", { merchantId });
    const allowed = tx.sender === party || recipient === party;
    require(allowed, "SuretyPartyOnly", { merchantId, caller: tx.sender, party });
    require(tx.now >= endsAt, "SuretyNotEnded", { merchantId, nowAt: tx.now, endsAt });
    require(!this.isBound(m, a, tx.now), "SuretyBound", { merchantId });
    this.requireUsable(m, recipient);
    a.surety = 0n;
    tx.emit("SuretyTakenBack", { merchantId, surety: party, recipient, amount });
    this.refresh(tx, m, a);
    this.tokenOf(m).move(tx, this.vaultOf(m, true), recipient, amount);
  }

  /* DEFAULT */

  publishClaims(tx: Transaction, merchantId: bigint, root: string, claims: bigint, evidence: string): void {
    this.requireRole(tx, this.setting.association);
    const { m, a, d } = this.underFlag(merchantId, tx.now);
    require(d.publishedAt === 0n, "ClaimsAlreadyPublished", { merchantId, root: d.root });
    require((claims === 0n) === (root === ZeroHash), "ClaimsRootMismatch", { root, claims });
    const suretyBound = this.isBound(m, a, tx.now);
    Object.assign(d, { suretyFree: !suretyBound, root, claims, publishedAt: tx.now });
    const { objectionsEndAt, opensAt } = this.periodsOf(m, d);
    tx.emit("ClaimsPublished", { merchantId, root, claims, objectionsEndAt, opensAt, suretyBound, evidence });
  }

  objectToClaims(tx: Transaction, merchantId: bigint, root: string, evidence: string): void {
    const { m, a, d } = this.underFlag(merchantId, tx.now);
    let party: "owner" | "surety" | undefined;
    if (tx.sender === m.owner) party = "owner";
    else if (tx.sender === a.suretyParty && a.surety !== 0n) party = "surety";
    else this.requireRole(tx, this.setting.regulator);
    require(d.publishedAt !== 0n && d.root === root, "ClaimsNotPublished", { merchantId, root });
    const endedAt = d.publishedAt + OBJECTION_PERIOD;
    require(tx.now < endedAt, "ClaimsObjectionsEnded", { merchantId, nowAt: tx.now, endedAt });
    const used = { merchantId, objections: d.objections, max: MAX_OBJECTIONS };
    require(d.objections < MAX_OBJECTIONS, "ClaimsObjectionsUsed", used);
    const first = party === undefined || !d.objectors.has(party);
    require(first, "ClaimsObjectedBefore", { merchantId, caller: tx.sender });
    Object.assign(d, { root: ZeroHash, claims: 0n, publishedAt: 0n, objectedAt: tx.now });
    d.objections += 1n;
    if (party !== undefined) d.objectors.add(party);
    tx.emit("ClaimsObjected", {
      merchantId,
      root,
      objector: tx.sender,
      objections: d.objections,
      objectedAt: tx.now,
      evidence,
    });
  }

  openClaims(tx: Transaction, merchantId: bigint): void {
    require(this.accountOf(merchantId).openUnder === undefined, "ClaimsAlreadyOpen", { merchantId });
    this.opened(tx, merchantId);
  }

  claim(tx: Transaction, merchantId: bigint, claim: ClaimSent): void {
    this.pay(tx, merchantId, claim, claim.account);
  }

  claimTo(tx: Transaction, merchantId: bigint, claim: ClaimSent, recipient: string): void {
    const { account } = claim;
    require(tx.sender === account, "ClaimAccountOnly", { merchantId, caller: tx.sender, account });
    this.pay(tx, merchantId, claim, recipient);
  }

  private pay(tx: Transaction, merchantId: bigint, claim: ClaimSent, recipient: string): void {
    const { m, a, d } = this.opened(tx, merchantId);
    const { index } = claim;
    const { listed, had, counted, total } = this.assess(a, d, claim);
    require(listed, "ClaimNotListed", { merchantId, index });
    require(counted <= d.claims, "ClaimOverTotal", { merchantId, counted, claims: d.claims });
    require(total > had, "ClaimNothingDue", { merchantId, index, paid: had });
    this.requireUsable(m, recipient);
    this.book(a, d, claim, total, total - had);
    tx.emit("ClaimPaid", {
      merchantId,
      index,
      account: claim.account,
      recipient,
      amount: total - had,
      total,
      claimed: claim.amount,
    });
    this.emitDistribution(tx, merchantId, a, d);
    this.tokenOf(m).move(tx, this.vaultOf(m, false), recipient, total - had);
  }

  claimMany(tx: Transaction, merchantId: bigint, claims: readonly ClaimSent[]): void {
    const { m, a, d } = this.opened(tx, merchantId);
    for (const claim of claims) {
      const { index, account } = claim;
      const { listed, had, counted, total } = this.assess(a, d, claim);
      let reason: ClaimSkipReasonName | undefined;
      if (!listed) reason = "NotListed";
      else if (counted > d.claims) reason = "OverTotal";
      else if (total <= had) reason = "NothingDue";
      else if (!this.isUsable(m, account)) reason = "RecipientForbidden";
      else if (!this.tokenOf(m).accepts(this.vaultOf(m, false), account)) reason = "Refused";
      if (reason !== undefined) {
        tx.emit("ClaimSkipped", { merchantId, index, account, reason });
        continue;
      }
      this.book(a, d, claim, total, total - had);
      this.tokenOf(m).move(tx, this.vaultOf(m, false), account, total - had);
      tx.emit("ClaimPaid", {
        merchantId,
        index,
        account,
        recipient: account,
        amount: total - had,
        total,
        claimed: claim.amount,
      });
    }
    this.emitDistribution(tx, merchantId, a, d);
  }

  paySurplus(tx: Transaction, merchantId: bigint): void {
    const { m, a, d } = this.opened(tx, merchantId);
    const funds = a.deposit + this.paid(d);
    require(funds > d.claims, "SurplusNone", { merchantId, funds, claims: d.claims });
    const surplus = funds - d.claims;
    const toSurety = min(surplus, d.drawn);
    const toMerchant = surplus - toSurety;
    const [vault, suretyVault] = [this.vaultOf(m, false), this.vaultOf(m, true)];
    const token = this.tokenOf(m);
    const surety = a.suretyParty;
    let moved = false;
    if (toSurety !== 0n && token.accepts(vault, surety)) {
      moved = true;
      a.deposit -= toSurety;
      d.drawn -= toSurety;
      token.move(tx, vault, surety, toSurety);
      tx.emit("SuretyRepaid", { merchantId, surety, amount: toSurety, drawn: d.drawn, deposit: a.deposit });
    } else if (toSurety !== 0n && token.accepts(vault, suretyVault)) {
      moved = true;
      a.deposit -= toSurety;
      d.drawn -= toSurety;
      a.surety += toSurety;
      token.move(tx, vault, suretyVault, toSurety);
      const { deposit, surety: restored } = a;
      tx.emit("SuretyRestored", { merchantId, surety, amount: toSurety, restored, drawn: d.drawn, deposit });
    }
    const payout = this.escrow.payoutOf(m, tx.now);
    if (toMerchant !== 0n && this.isUsable(m, payout) && token.accepts(vault, payout)) {
      moved = true;
      a.deposit -= toMerchant;
      token.move(tx, vault, payout, toMerchant);
      tx.emit("SurplusPaid", { merchantId, payout, amount: toMerchant, deposit: a.deposit });
    }
    require(moved, "SurplusRefused", { merchantId });
  }

  /** The distribution whose claims are open; opens them when they are due. */
  private opened(tx: Transaction, merchantId: bigint): { m: Merchant; a: Account; d: Distribution } {
    const a = this.accountOf(merchantId);
    if (a.openUnder !== undefined) {
      return { m: this.escrow.merchantOf(merchantId), a, d: a.distributions[a.openUnder]! };
    }
    const { m, d } = this.underFlag(merchantId, tx.now);
    require(d.publishedAt !== 0n, "ClaimsNotPublished", { merchantId, root: ZeroHash });
    const { opensAt } = this.periodsOf(m, d);
    require(tx.now >= opensAt, "ClaimsNotOpen", { merchantId, nowAt: tx.now, opensAt });
    const amount = this.isBound(m, a, tx.now) ? min(excess(d.claims, a.deposit + this.paid(d)), a.surety) : 0n;
    if (amount !== 0n) {
      this.openVault(tx, m, a, false);
      const [from, to] = [this.vaultOf(m, true), this.vaultOf(m, false)];
      const surety = a.suretyParty;
      if (!this.tokenOf(m).accepts(from, to)) {
        tx.emit("SuretyDrawFailed", { merchantId, surety, amount });
        return { m, a, d };
      }
      this.tokenOf(m).move(tx, from, to, amount);
      a.deposit += amount;
      a.surety -= amount;
      d.drawn = amount;
      tx.emit("SuretyDrawn", { merchantId, surety, amount, suretyLeft: a.surety, deposit: a.deposit });
    }
    a.openUnder = flagNumber(m);
    tx.emit("ClaimsOpened", { merchantId, claims: d.claims, deposit: a.deposit, drawn: d.drawn });
    return { m, a, d };
  }

  private assess(
    a: Account,
    d: Distribution,
    claim: ClaimSent,
  ): { listed: boolean; had: bigint; counted: bigint; total: bigint } {
    const before = d.paidOn.get(leafOf(claim));
    const counted = this.counted(d) + (before === undefined ? claim.amount : 0n);
    const funds = a.deposit + this.paid(d);
    const total = counted > d.claims ? 0n : share(claim.amount, funds, d.claims);
    return { listed: claim.provesRoot === d.root && d.root !== ZeroHash, had: before?.paid ?? 0n, counted, total };
  }

  private book(a: Account, d: Distribution, claim: ClaimSent, total: bigint, more: bigint): void {
    a.deposit -= more;
    d.paidOn.set(leafOf(claim), { paid: total, amount: claim.amount });
  }

  private emitDistribution(tx: Transaction, merchantId: bigint, a: Account, d: Distribution): void {
    tx.emit("DistributionUpdated", {
      merchantId,
      counted: this.counted(d),
      paid: this.paid(d),
      deposit: a.deposit,
    });
  }

  /* WARNINGS */

  /** After a flag the distribution speaks, and warnings stay as they are. */
  private refresh(tx: Transaction, m: Merchant, a: Account): void {
    if (m.status === "Defaulted") return;
    const { now } = tx;
    const required = this.required(a, now);
    this.warn(tx, m.id, a, "DepositShort", a.deposit < required, a.deposit, required);
    const left = excess(a.suretyEndsAt, now);
    this.warn(tx, m.id, a, "SuretyExpiring", a.surety !== 0n && left <= SURETY_NOTICE, left, SURETY_NOTICE);
    const dueAt = this.reportDueAt(a, now);
    const limit = this.ruleNow(a, now).rule.reportDays * DAY;
    this.warn(tx, m.id, a, "ReportOverdue", dueAt !== 0n && now >= dueAt, now + limit - dueAt, limit);
  }

  private warn(
    tx: Transaction,
    merchantId: bigint,
    a: Account,
    kind: WarningKindName,
    is: boolean,
    observed: bigint,
    limit: bigint,
  ): void {
    if (is === a.warnings.has(kind)) return;
    if (is) {
      a.warnings.add(kind);
      tx.emit("WarningRaised", { merchantId, kind, cardId: ZeroHash, observed, limit, level: "Warning" });
    } else {
      a.warnings.delete(kind);
      tx.emit("WarningCleared", { merchantId, kind });
    }
  }

  /* WHAT FOLLOWS FROM THE RECORDS */

  accountOf(merchantId: bigint): Account {
    let account = this.state.accounts.get(merchantId);
    if (account === undefined) this.state.accounts.set(merchantId, (account = emptyAccount()));
    return account;
  }

  ruleNow(a: Account, now: bigint): { readonly rule: Rule; readonly since: bigint } {
    const next = a.nextRule;
    return next !== undefined && now >= next.at
      ? { rule: next.rule, since: next.at }
      : { rule: a.rule, since: a.ruleSince };
  }

  private applyNextRule(a: Account, now: bigint): void {
    const next = a.nextRule;
    if (next === undefined || now < next.at) return;
    if (a.rule.reportDays === 0n) a.reportsSince = next.at;
    Object.assign(a, { rule: next.rule, ruleSince: next.at });
    a.nextRule = undefined;
  }

  /** The figure in force and those that still wait. */
  figures(a: Account, now: bigint): { reported: Account["reported"]; waiting: Figure[] } {
    const due = a.waiting.filter(({ actsAt }) => now >= actsAt);
    const last = due.at(-1);
    if (last === undefined) return { reported: a.reported, waiting: a.waiting };
    return { reported: last, waiting: a.waiting.slice(a.waiting.indexOf(last) + 1) };
  }

  private applyFigures(a: Account, now: bigint): void {
    const { reported, waiting } = this.figures(a, now);
    a.reported = { amount: reported.amount, asOf: reported.asOf };
    a.waiting = [...waiting];
  }

  required(a: Account, now: bigint): bigint {
    const { rule } = this.ruleNow(a, now);
    const { amount } = this.figures(a, now).reported;
    let bps = rule.bps0;
    if (amount > rule.threshold2) bps = rule.bps2;
    else if (amount > rule.threshold1) bps = rule.bps1;
    return excess(new Fraction(amount * bps, BPS).ceil(), this.countedSurety(a, now));
  }

  countedSurety(a: Account, now: bigint): bigint {
    return now + SURETY_NOTICE < a.suretyEndsAt ? a.surety : 0n;
  }

  lastAsOf(a: Account): bigint {
    return max(a.ownerAsOf, a.certified.asOf);
  }

  /** From when a report is overdue; zero for never. */
  reportDueAt(a: Account, now: bigint): bigint {
    const { rule } = this.ruleNow(a, now);
    if (rule.reportDays === 0n) return 0n;
    const askedSince = a.rule.reportDays === 0n ? (a.nextRule?.at ?? 0n) : a.reportsSince;
    return (this.lastAsOf(a) || askedSince) + rule.reportDays * DAY;
  }

  isBound(m: Merchant, a: Account, now: bigint): boolean {
    if (m.status !== "Defaulted" || a.openUnder !== undefined) return false;
    const { flaggedAt } = this.escrow.flagOf(m);
    if (flaggedAt >= a.suretyEndsAt) return false;
    const d = a.distributions[flagNumber(m)];
    if (d.suretyFree) return false;
    return d.publishedAt !== 0n || now < max(a.suretyEndsAt, max(flaggedAt, d.objectedAt) + SURETY_BINDING);
  }

  counted(d: Distribution): bigint {
    return [...d.paidOn.values()].reduce((sum, { amount }) => sum + amount, 0n);
  }

  paid(d: Distribution): bigint {
    return [...d.paidOn.values()].reduce((sum, { paid }) => sum + paid, 0n);
  }

  periodsOf(m: Merchant, d: Distribution): { objectionsEndAt: bigint; opensAt: bigint } {
    const objectionsEndAt = d.publishedAt + OBJECTION_PERIOD;
    return { objectionsEndAt, opensAt: max(objectionsEndAt, this.escrow.flagOf(m).windowEndsAt) };
  }

  vaultOf(m: Merchant, forSurety: boolean): string {
    const salt = forSurety ? m.id + (1n << 255n) : m.id;
    return getCreate2Address(this.setting.register, toBeHex(salt, 32), this.setting.vaultCodeHash);
  }

  private openVault(tx: Transaction, m: Merchant, a: Account, forSurety: boolean): void {
    if (forSurety ? a.suretyVaultOpen : a.depositVaultOpen) return;
    if (forSurety) a.suretyVaultOpen = true;
    else a.depositVaultOpen = true;
    tx.emit("VaultOpened", { merchantId: m.id, vault: this.vaultOf(m, forSurety), token: m.token, forSurety });
  }

  tokenOf(m: Merchant): TokenModel {
    return this.tokens.get(m.token)!;
  }

  private underFlag(merchantId: bigint, now: bigint): { m: Merchant; a: Account; d: Distribution } {
    const m = this.escrow.merchantOf(merchantId);
    const status = this.escrow.statusOf(m, now);
    this.requireStatus(m, status === "Defaulted", status);
    const a = this.accountOf(merchantId);
    return { m, a, d: a.distributions[flagNumber(m)] };
  }

  /* CHECKS */

  private ownedMerchant(tx: Transaction, merchantId: bigint): Merchant {
    const m = this.escrow.merchantOf(merchantId);
    require(tx.sender === m.owner, "MerchantOwnerOnly", { merchantId, caller: tx.sender, owner: m.owner });
    return m;
  }

  private requireRole(tx: Transaction, account: string): void {
    require(tx.sender === account, "AccessManagedUnauthorized", { caller: tx.sender });
  }

  private requireStatus(m: Merchant, holds: boolean, status: MerchantStatusName): void {
    require(holds, "MerchantStatusForbids", { merchantId: m.id, status });
  }

  private isUsable(m: Merchant, account: string): boolean {
    const never = [ZeroAddress, this.setting.register, this.vaultOf(m, false), this.vaultOf(m, true), m.token];
    return !never.includes(account);
  }

  private requireUsable(m: Merchant, recipient: string): void {
    require(this.isUsable(m, recipient), "RecipientForbidden", { recipient });
  }
}

/** The first flag, or the one after a withdrawal. */
export function flagNumber(m: Merchant): 0 | 1 {
  return m.withdrawn === undefined ? 0 : 1;
}

/** amount × min(1, funds ÷ claims), rounded down. */
export function share(amount: bigint, funds: bigint, claims: bigint): bigint {
  return funds >= claims ? amount : new Fraction(funds, claims).times(amount).floor();
}

export function leafOf({ index, account, amount }: Omit<ClaimSent, "provesRoot">): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "address", "uint256"], [index, account, amount]);
  return keccak256(concat([keccak256(encoded)]));
}

function asksLess(rule: Rule, than: Rule): boolean {
  const reportsLater = than.reportDays !== 0n && (rule.reportDays === 0n || rule.reportDays > than.reportDays);
  const lower = rule.bps0 < than.bps0 || rule.bps1 < than.bps1 || rule.bps2 < than.bps2;
  return lower || rule.threshold1 > than.threshold1 || rule.threshold2 > than.threshold2 || reportsLater;
}
