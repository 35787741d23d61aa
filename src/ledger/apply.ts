import type { DecodedEvent, EscrowEventArgs, EscrowEventName } from "../contracts/events.js";
import * as accounts from "./accounts.js";
import * as cards from "./cards.js";
import * as merchants from "./merchants.js";
import type { LedgerTables, Moment } from "./state.js";
import * as warnings from "./warnings.js";

type Apply<Name extends EscrowEventName> = (state: LedgerTables, args: EscrowEventArgs<Name>, moment: Moment) => void;

/** For events that change no state, or whose change another event of the same call carries. */
const nothing = (): void => undefined;

/** The function of each event. A table rather than a switch: one line an event, and the type demands every event. */
const functions: { readonly [Name in EscrowEventName]: Apply<Name> } = {
  /* MERCHANTS AND PROGRAMS */
  PolicyAdded: merchants.policyAdded,
  MerchantRegistered: merchants.merchantRegistered,
  MerchantPolicySet: merchants.merchantPolicySet,
  OutstandingCapSet: merchants.outstandingCapSet,
  OperatorSet: merchants.operatorSet,
  PayoutChangeStarted: merchants.payoutChangeStarted,
  PayoutChangeCancelled: merchants.payoutChangeCancelled,
  OwnershipTransferStarted: merchants.ownershipTransferStarted,
  OwnershipTransferCancelled: merchants.ownershipTransferCancelled,
  OwnershipTransferred: merchants.ownershipTransferred,
  ProgramPublished: merchants.programPublished,
  ProgramRetired: merchants.programRetired,
  PoolUpdated: merchants.poolUpdated,
  PaidOut: merchants.paidOut,

  /* SUPERVISION */
  MerchantSuspended: merchants.merchantSuspended,
  MerchantResumed: merchants.merchantResumed,
  RunOffStarted: merchants.runOffStarted,
  MerchantClosed: merchants.merchantClosed,
  DefaultFlagged: merchants.defaultFlagged,
  DefaultWithdrawn: merchants.defaultWithdrawn,
  WarningRaised: warnings.warningRaised,
  WarningCleared: warnings.warningCleared,

  /* CARDS */
  CardOpened: cards.cardOpened,
  ConsumptionSettled: cards.consumptionSettled,
  ConsumptionSkipped: nothing,
  PassAccrued: cards.consumptionSettled,
  PassExtended: cards.passExtended,
  ExitRequested: cards.exitRequested,
  ExitCancelled: cards.exitCancelled,
  CardRefunded: cards.cardRefunded,
  RefundFailed: cards.refundFailed,

  /* DISPUTES AND MOVES */
  ComplaintOpened: cards.complaintOpened,
  ExitContested: cards.exitContested,
  ComplaintEnded: cards.complaintEnded,
  DisputeDismissed: cards.disputeDismissed,
  DisputeUpheld: nothing,
  MoveRequested: cards.moveRequested,
  MoveConsented: cards.moveConsented,
  MoveCancelled: cards.moveCancelled,
  CardMoved: cards.cardMoved,
  RecoverySet: cards.recoverySet,

  /* DEPOSIT REGISTER: RULES, REPORTS, DEPOSIT AND SURETY */
  RuleTightened: accounts.ruleTightened,
  RuleLooseningAnnounced: accounts.ruleLooseningAnnounced,
  RuleLooseningCancelled: nothing,
  OutstandingReported: accounts.outstandingReported,
  ReportedFiguresSet: accounts.reportedFiguresSet,
  VaultOpened: accounts.vaultOpened,
  Deposited: accounts.depositChanged,
  Withdrawn: accounts.depositChanged,
  SurplusPaid: accounts.depositChanged,
  SuretyNamed: accounts.suretyNamed,
  SuretyPlaced: accounts.suretyPlaced,
  SuretyTakenBack: accounts.suretyTakenBack,

  /* DEPOSIT REGISTER: DISTRIBUTION */
  ClaimsPublished: accounts.claimsPublished,
  ClaimsObjected: accounts.claimsObjected,
  ClaimsOpened: accounts.claimsOpened,
  ClaimPaid: nothing,
  ClaimSkipped: nothing,
  DistributionUpdated: accounts.distributionUpdated,
  SuretyDrawn: accounts.suretyDrawn,
  SuretyDrawFailed: nothing,
  SuretyRepaid: accounts.suretyRepaid,
  SuretyRestored: accounts.suretyRestored,
};

/**
 * Applies one event to the state.
 *
 * @throws RangeError if an earlier event is missing, or the time of the event's block is needed and missing.
 */
export function applyEvent<Name extends EscrowEventName>(
  state: LedgerTables,
  event: DecodedEvent<Name> & Moment,
): void {
  functions[event.name](state, event.args, event);
}
