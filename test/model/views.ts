import { ZeroAddress, ZeroHash } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import type {
  CardView,
  DisputeView,
  ExitQuote,
  MerchantView,
  MoveView,
  ProgramView,
  WarningView,
} from "../../src/contracts/views.js";
import type { EscrowModel } from "./escrow.js";
import { excess, max, min } from "./fraction.js";
import { flagNumber, leafOf, noRule, share } from "./register.js";
import type { RegisterModel, Rule } from "./register.js";

/* What the contracts' views must answer, from the model's records. */

export function merchantView(model: EscrowModel, merchantId: bigint, now: bigint): MerchantView {
  const m = model.merchantOf(merchantId);
  const waiting = m.payoutChange !== undefined && now < m.payoutChange.effectiveAt ? m.payoutChange : undefined;
  const complaints = model.complaintsOf(merchantId);
  return {
    status: model.statusOf(m, now),
    owner: m.owner,
    payout: model.payoutOf(m, now),
    vault: m.vault,
    token: m.token,
    policyId: m.policyId,
    nextOwner: m.ownershipChange?.to ?? ZeroAddress,
    ownershipAcceptableAt: m.ownershipChange?.acceptableAt ?? 0n,
    nextPayout: waiting?.to ?? ZeroAddress,
    payoutChangesAt: waiting?.effectiveAt ?? 0n,
    suspendedUntil: m.suspendedUntil,
    lastServiceAt: m.runOff?.lastServiceAt ?? 0n,
    noticeEndsAt: m.runOff?.noticeEndsAt ?? 0n,
    serviceStoppedAt: m.flag?.serviceStoppedAt ?? 0n,
    flaggedAt: (m.status === "Defaulted" ? m.flag?.flaggedAt : m.withdrawn?.flaggedAt) ?? 0n,
    windowEndsAt: m.flag?.windowEndsAt ?? 0n,
    withdrawnAt: m.withdrawn?.withdrawnAt ?? 0n,
    complaintCount: complaints.count,
    complaintValue: complaints.value,
  };
}

export function poolView(model: EscrowModel, merchantId: bigint) {
  const { balance, cap } = model.merchantOf(merchantId);
  return { outstanding: model.outstanding(merchantId), balance, outstandingCap: cap };
}

export function warningsView(model: EscrowModel, merchantId: bigint): WarningView[] {
  const m = model.merchantOf(merchantId);
  const standing: WarningView[] = [];
  if (m.capWarning !== undefined) standing.push({ kind: "OutstandingCap", level: m.capWarning });
  if (m.complaintsWarning) standing.push({ kind: "Complaints", level: "Warning" });
  return standing;
}

export function programView(model: EscrowModel, programId: bigint): ProgramView {
  const { merchantId, policyId, kind, bearer, retired, price, units, listPrice, feeFree } =
    model.state.programs.get(programId)!;
  return { merchantId, policyId, kind, bearer, retired, price, units, listPrice, feeFree };
}

export function cardView(model: EscrowModel, cardId: string, now: bigint): CardView {
  const card = model.state.cards.get(cardId);
  if (card === undefined) {
    return {
      status: "None",
      principal: 0n,
      consumed: 0n,
      openedAt: 0n,
      exitRequestedAt: 0n,
      nonce: 0n,
      disputed: false,
      moving: false,
      coolingOffOver: false,
    };
  }
  return {
    status: card.open ? "Open" : "Closed",
    principal: card.principal,
    consumed: card.consumed,
    openedAt: card.openedAt,
    exitRequestedAt: card.open ? model.pendingExit(cardId, now) : 0n,
    nonce: card.nonce,
    disputed: card.dispute !== undefined,
    moving: model.pendingMove(cardId, now) !== undefined,
    coolingOffOver: card.coolingOffOver,
  };
}

export function disputeView(model: EscrowModel, cardId: string): DisputeView {
  const card = model.state.cards.get(cardId);
  const dispute = card?.dispute;
  return {
    kind: dispute?.kind ?? "None",
    value: dispute?.value ?? 0n,
    rulingFrom: dispute?.rulingFrom ?? 0n,
    rulingUntil: dispute?.rulingUntil ?? 0n,
    complaintFrom: model.state.complaintFrom.get(cardId) ?? 0n,
    contestDismissed: card?.contestDismissed ?? false,
  };
}

export function moveView(model: EscrowModel, cardId: string, now: bigint): MoveView {
  const move = model.pendingMove(cardId, now);
  if (move === undefined) return { to: ZeroAddress, by: ZeroAddress, executableAt: 0n, lapsesAt: 0n };
  const { m, policy } = model.originOf(cardId);
  const { holder } = decodeCardId(cardId);
  return {
    to: move.to,
    by: move.naming === undefined ? holder : model.state.recoveries.get(holder)!.account,
    executableAt: move.notBefore,
    lapsesAt: model.lapsesAt(m, move.requestedAt, move.notBefore, policy.exitDelay),
  };
}

export function quoteView(model: EscrowModel, cardId: string, now: bigint): ExitQuote {
  const card = model.state.cards.get(cardId);
  const nothing = { refund: 0n, forfeited: 0n, fee: 0n, released: 0n, consumed: 0n, executableAt: 0n, lapsesAt: 0n };
  if (!card?.open) return { rule: "None", ...nothing };
  const { m } = model.originOf(cardId);
  const moment = model.reckonedAt(cardId, now);
  if (m.status === "Defaulted") {
    return { ...model.quote(cardId, moment, now), executableAt: model.flagOf(m).windowEndsAt, lapsesAt: 0n };
  }
  const dates = datesOfLeaving(model, cardId, now);
  const { rule, ...amounts } = model.quote(cardId, moment, max(now, dates.executableAt));
  const ownName = rule === "RunOff" || !closesByDispute(model, cardId, now);
  return { rule: ownName ? rule : "RulingTimeout", ...amounts, ...dates };
}

/** A contest decides how a card closes, and a complaint does once the time to rule on it is over. */
function closesByDispute(model: EscrowModel, cardId: string, now: bigint): boolean {
  const { dispute } = model.state.cards.get(cardId)!;
  return dispute !== undefined && (dispute.kind === "Contest" || now >= dispute.rulingUntil);
}

/** When the card can be closed, and when that chance ends: zero if it does not. */
function datesOfLeaving(model: EscrowModel, cardId: string, now: bigint): { executableAt: bigint; lapsesAt: bigint } {
  const { dispute } = model.state.cards.get(cardId)!;
  const { m, program, policy } = model.originOf(cardId);
  const since = model.pendingExit(cardId, now) || now;
  let executableAt = since + policy.exitDelay;
  let lapsesAt = program.kind === "Pass" ? 0n : model.lapsesAt(m, since, executableAt, policy.exitDelay);
  if (dispute !== undefined && closesByDispute(model, cardId, now)) {
    executableAt = dispute.rulingUntil;
    lapsesAt = dispute.kind === "Contest" ? 0n : model.complaintEndsAt(cardId);
  }
  const noticeFirst = m.status === "RunOff" && m.runOff!.noticeEndsAt < executableAt;
  return noticeFirst ? { executableAt: m.runOff!.noticeEndsAt, lapsesAt: 0n } : { executableAt, lapsesAt };
}

/* THE REGISTER */

export function ruleView(model: RegisterModel, merchantId: bigint, now: bigint) {
  const a = model.accountOf(merchantId);
  const { rule, since } = model.ruleNow(a, now);
  const waits = a.nextRule !== undefined && now < a.nextRule.at;
  const nextRule: Rule = waits ? a.nextRule!.rule : noRule;
  return { rule, since, cureBy: a.cureBy, nextRule, nextRuleAt: waits ? a.nextRule!.at : 0n };
}

export function depositView(model: RegisterModel, merchantId: bigint, now: bigint) {
  const a = model.accountOf(merchantId);
  const { reported, waiting } = model.figures(a, now);
  const [next, later] = waiting;
  return {
    deposit: a.deposit,
    required: model.required(a, now),
    reported: reported.amount,
    reportedAsOf: reported.asOf,
    lastAsOf: model.lastAsOf(a),
    reportDueAt: model.reportDueAt(a, now),
    nextReported: next?.amount ?? 0n,
    nextActsAt: next?.actsAt ?? 0n,
    laterReported: later?.amount ?? 0n,
    laterActsAt: later?.actsAt ?? 0n,
    certified: a.certified.amount,
    certifiedAsOf: a.certified.asOf,
    vault: model.vaultOf(model.escrow.merchantOf(merchantId), false),
  };
}

export function suretyView(model: RegisterModel, merchantId: bigint, now: bigint) {
  const a = model.accountOf(merchantId);
  const m = model.escrow.merchantOf(merchantId);
  return {
    named: a.suretyNamed,
    party: a.suretyParty,
    amount: a.surety,
    counted: model.countedSurety(a, now),
    endsAt: a.suretyEndsAt,
    bound: model.isBound(m, a, now),
    vault: model.vaultOf(m, true),
  };
}

export function distributionView(model: RegisterModel, merchantId: bigint, now: bigint) {
  const m = model.escrow.merchantOf(merchantId);
  const a = model.accountOf(merchantId);
  const view = {
    root: ZeroHash,
    claims: 0n,
    publishedAt: 0n,
    objectionsEndAt: 0n,
    opensAt: 0n,
    objections: 0n,
    counted: 0n,
    paid: 0n,
    funded: 0n,
    drawn: 0n,
  };
  if (m.status !== "Defaulted") return view;
  const d = a.distributions[flagNumber(m)];
  const { objections } = d;
  if (d.publishedAt === 0n) return { ...view, objections };
  const { root, claims, publishedAt, drawn } = d;
  const funded = min(claims, fundsOf(model, merchantId, now));
  const rest = { counted: model.counted(d), paid: model.paid(d), funded, drawn };
  return { root, claims, publishedAt, ...model.periodsOf(m, d), objections, ...rest };
}

function fundsOf(model: RegisterModel, merchantId: bigint, now: bigint): bigint {
  const m = model.escrow.merchantOf(merchantId);
  const a = model.accountOf(merchantId);
  const toDraw = model.isBound(m, a, now) ? a.surety : 0n;
  return a.deposit + model.paid(a.distributions[flagNumber(m)]) + toDraw;
}

/** What a claim has had, and what is due to it now. */
export function claimQuote(
  model: RegisterModel,
  merchantId: bigint,
  claim: { readonly index: bigint; readonly account: string; readonly amount: bigint },
  now: bigint,
): readonly [bigint, bigint] {
  const m = model.escrow.merchantOf(merchantId);
  if (m.status !== "Defaulted") return [0n, 0n];
  const d = model.accountOf(merchantId).distributions[flagNumber(m)];
  const before = d.paidOn.get(leafOf(claim));
  const had = before?.paid ?? 0n;
  const counted = model.counted(d) + (before === undefined ? claim.amount : 0n);
  if (counted > d.claims) return [had, 0n];
  return [had, excess(share(claim.amount, fundsOf(model, merchantId, now), d.claims), had)];
}

export function registerWarningsView(model: RegisterModel, merchantId: bigint): WarningView[] {
  const { warnings } = model.accountOf(merchantId);
  const kinds = ["DepositShort", "SuretyExpiring", "ReportOverdue"] as const;
  return kinds.filter((kind) => warnings.has(kind)).map((kind) => ({ kind, level: "Warning" }));
}
