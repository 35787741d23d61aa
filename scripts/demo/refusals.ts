import type { RevertName } from "../../src/contracts/reverts.js";

/**
 * The refusals of the escrow and of the deposit register that a scenario can expect of a step, each with its meaning for a sentence about
 * the step ("refused: ...").
 */
export const refusals = {
  MerchantStatusForbids: "the merchant's status does not allow it",
  MerchantTooEarly: "it is not yet time",
  MerchantSettlementClosed: "the final settlement window is over",
  MerchantFlagStands: "a second flag stands",
  MerchantOutstandingLeft: "customers' money is still in the pool",
  MerchantTimeOutOfRange: "that moment is outside the period allowed",
  MerchantCapExceeded: "it would take the merchant over its ceiling",
  PoolNothingReleasable: "nothing has been consumed that is not paid out",
  CardPrincipalOverLimit: "the card would be over its limit",
  CardNotOpen: "the card is closed",
  CardExitPending: "a request to leave is pending already",
  CardExitNotRequested: "nobody has asked to leave, or the request has lapsed",
  CardExitTooEarly: "the request to leave is not due yet",
  CardInDispute: "the card is in dispute",
  CardNotInDispute: "the card is not in dispute",
  CardInCoolingOff: "the holder can still leave within cooling-off, which pays as much",
  CardComplaintPending: "the holder still has time to leave without a ruling",
  CardNoComplaint: "the dispute is no complaint",
  CardComplaintTooEarly: "the complaint before ended not long ago",
  CardExitNotContestable: "that request to leave cannot be contested",
  CardExitPaysInFull: "leaving takes nothing from the holder",
  CardContestTooLate: "the time to contest is over",
  CardContestDismissed: "an exit of this card was contested and dismissed before",
  CardRulingOutOfTime: "it is too early or too late for a ruling",
  CardRulingPending: "there is still time for a ruling",
  CardMovePending: "a move is pending already",
  CardMoveNotRequested: "nobody has asked for a move, or the request has lapsed",
  CardMoveTooEarly: "the move is not due yet",
  CardMoveByRecovery: "a recovery address has asked, and its time cannot be shortened",
  ReportDateOutOfRange: "that date or a later one has been reported already",
  ReportNotInTime: "a report is missing or overdue",
  DepositExceeded: "there is not so much in the deposit",
  DepositBelowRequired: "less than what is required would be left",
  SuretyNamedOnly: "the merchant has named somebody else",
  SuretyOfAnotherStands: "the surety of somebody else stands",
  SuretyNone: "no surety stands",
  SuretyNotEnded: "the surety has not ended",
  SuretyBound: "the default flag binds it until the claims are paid",
  ClaimsAlreadyPublished: "a list stands already",
  ClaimsNotOpen: "the time for objections or the final settlement window is not over",
  SurplusNone: "there is no more than the claims need",
} as const satisfies Partial<Record<RevertName, string>>;

/** The name of a refusal a scenario can expect. */
export type Refusal = keyof typeof refusals;

/** Whether a scenario can expect this error of the contracts. */
export function isRefusal(name: string): name is Refusal {
  return Object.hasOwn(refusals, name);
}
