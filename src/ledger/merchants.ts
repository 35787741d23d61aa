import type { EscrowEventArgs } from "../contracts/events.js";
import { coolingOffOf, hasFees } from "../contracts/policy.js";
import { changeMerchant, known, merchantOf } from "./state.js";
import type { LedgerTables } from "./state.js";

/* What the events of policies, merchants, programs and supervision change: one function an event. */

const PAYOUT_CHANGE_DELAY = 7n * 86_400n;

/* POLICIES AND MERCHANTS */

export function policyAdded({ policies }: LedgerTables, { policyId, policy }: EscrowEventArgs<"PolicyAdded">): void {
  policies.set(policyId, policy);
}

export function merchantRegistered({ merchants }: LedgerTables, args: EscrowEventArgs<"MerchantRegistered">): void {
  const { merchantId, owner, payout, vault, token, policyId, metadataURI } = args;
  merchants.set(merchantId, {
    metadataURI,
    vault,
    token,
    owner,
    payout,
    nextPayout: undefined,
    nextOwner: undefined,
    policyId,
    operators: new Set(),
    status: "Active",
    suspendedUntil: 0n,
    lastServiceAt: 0n,
    noticeEndsAt: 0n,
    flag: undefined,
    withdrawn: undefined,
    outstanding: 0n,
    balance: 0n,
    outstandingCap: 0n,
    warnings: new Map(),
  });
}

export function merchantPolicySet(state: LedgerTables, args: EscrowEventArgs<"MerchantPolicySet">): void {
  changeMerchant(state, args.merchantId, { policyId: args.policyId });
}

export function outstandingCapSet(state: LedgerTables, args: EscrowEventArgs<"OutstandingCapSet">): void {
  changeMerchant(state, args.merchantId, { outstandingCap: args.outstandingCap });
}

export function operatorSet(state: LedgerTables, args: EscrowEventArgs<"OperatorSet">): void {
  const operators = new Set(merchantOf(state, args.merchantId).operators);
  if (args.enabled) operators.add(args.operator);
  else operators.delete(args.operator);
  changeMerchant(state, args.merchantId, { operators });
}

export function payoutChangeStarted(state: LedgerTables, args: EscrowEventArgs<"PayoutChangeStarted">): void {
  const { payout, nextPayout } = merchantOf(state, args.merchantId);
  // An earlier change that was due when this one was started has taken effect.
  const startedAt = args.effectiveAt - PAYOUT_CHANGE_DELAY;
  const inEffect = nextPayout !== undefined && startedAt >= nextPayout.at;
  changeMerchant(state, args.merchantId, {
    payout: inEffect ? nextPayout.to : payout,
    nextPayout: { to: args.payout, at: args.effectiveAt },
  });
}

export function payoutChangeCancelled(state: LedgerTables, args: EscrowEventArgs<"PayoutChangeCancelled">): void {
  changeMerchant(state, args.merchantId, { nextPayout: undefined });
}

export function ownershipTransferStarted(state: LedgerTables, args: EscrowEventArgs<"OwnershipTransferStarted">): void {
  changeMerchant(state, args.merchantId, { nextOwner: { to: args.newOwner, at: args.acceptableAt } });
}

export function ownershipTransferCancelled(
  state: LedgerTables,
  args: EscrowEventArgs<"OwnershipTransferCancelled">,
): void {
  changeMerchant(state, args.merchantId, { nextOwner: undefined });
}

export function ownershipTransferred(state: LedgerTables, args: EscrowEventArgs<"OwnershipTransferred">): void {
  changeMerchant(state, args.merchantId, { owner: args.newOwner, nextOwner: undefined });
}

/* POOLS */

/** Books the balances that `CardOpened` and `PoolUpdated` carry. */
export function poolUpdated(state: LedgerTables, args: EscrowEventArgs<"PoolUpdated">): void {
  const merchant = merchantOf(state, args.merchantId);
  merchant.outstanding = args.outstanding;
  merchant.balance = args.balance;
}

/** A payout takes everything releasable, so the balance left equals the outstanding value. */
export function paidOut(state: LedgerTables, { merchantId, outstanding }: EscrowEventArgs<"PaidOut">): void {
  changeMerchant(state, merchantId, { outstanding, balance: outstanding });
}

/* PROGRAMS */

export function programPublished(state: LedgerTables, args: EscrowEventArgs<"ProgramPublished">): void {
  const { programId, merchantId, policyId, terms } = args;
  const policy = known(state.policies, policyId, "policy");
  state.programs.set(programId, {
    merchantId,
    policyId,
    ...terms,
    feeFree: terms.feeFree || !hasFees(policy),
    retired: false,
    exitDelay: policy.exitDelay,
    coolingOff: coolingOffOf(policy, terms),
  });
}

export function programRetired({ programs }: LedgerTables, { programId }: EscrowEventArgs<"ProgramRetired">): void {
  programs.set(programId, { ...known(programs, programId, "program"), retired: true });
}

/* SUPERVISION */

export function merchantSuspended(state: LedgerTables, args: EscrowEventArgs<"MerchantSuspended">): void {
  changeMerchant(state, args.merchantId, { status: "Suspended", suspendedUntil: args.until });
}

export function merchantResumed(state: LedgerTables, args: EscrowEventArgs<"MerchantResumed">): void {
  changeMerchant(state, args.merchantId, { status: "Active", suspendedUntil: args.suspendedUntil });
}

export function runOffStarted(state: LedgerTables, args: EscrowEventArgs<"RunOffStarted">): void {
  const { merchantId, lastServiceAt, noticeEndsAt } = args;
  changeMerchant(state, merchantId, { status: "RunOff", lastServiceAt, noticeEndsAt });
}

export function merchantClosed(state: LedgerTables, { merchantId }: EscrowEventArgs<"MerchantClosed">): void {
  changeMerchant(state, merchantId, { status: "Closed" });
}

export function defaultFlagged(state: LedgerTables, args: EscrowEventArgs<"DefaultFlagged">): void {
  const { merchantId, serviceStoppedAt, windowEndsAt } = args;
  const { policyId } = merchantOf(state, merchantId);
  const flaggedAt = windowEndsAt - known(state.policies, policyId, "policy").finalSettlement;
  changeMerchant(state, merchantId, { status: "Defaulted", flag: { flaggedAt, serviceStoppedAt, windowEndsAt } });
}

export function defaultWithdrawn(state: LedgerTables, args: EscrowEventArgs<"DefaultWithdrawn">): void {
  const { merchantId, status, suspendedUntil, withdrawnAt } = args;
  const flaggedAt = merchantOf(state, merchantId).flag?.flaggedAt ?? 0n;
  changeMerchant(state, merchantId, { status, suspendedUntil, withdrawn: { flaggedAt, withdrawnAt } });
}
