import { formatTime } from "../utils/units.js";
import type { RegisterErrorFields } from "./revertFields.js";
import type { Sentences } from "./revertWords.js";

/** The problem and the next step of each error of the deposit register. Amounts are in token base units. */
export const registerSentences: Sentences<RegisterErrorFields> = {
  AmountZero: () => ["The amount is 0 base units", "move more than nothing, or change the end of the surety"],
  RuleBpsTooHigh: (e) => [`The share is ${e.bps} basis points; allowed: at most ${e.max}`, "ask for a lower share"],
  RuleBpsFalling: (e) => [
    `The share is ${e.bps} basis points after a tier with ${e.previousBps}`,
    "let shares stay or rise from tier to tier; a missing tier repeats the one before",
  ],
  RuleThresholdFalling: (e) => [
    `The second threshold is ${e.threshold} base units; the first: ${e.previousThreshold}`,
    "give the thresholds in rising order; a missing tier has the largest uint96",
  ],
  RuleCureDatePassed: (e) => [
    `The deposit would be due by ${formatTime(e.cureBy)}; it is ${formatTime(e.nowAt)}`,
    "name a date to come",
  ],
  ReportDateOutOfRange: (e) => [
    `The balance of merchant ${e.merchantId} is of ${formatTime(e.asOf)}; ` +
      `allowed: ${formatTime(e.min)} to ${formatTime(e.max)}`,
    "report a balance of a date after the last report and not in the future",
  ],
  ReportNotInTime: (e) => [
    `It is ${formatTime(e.nowAt)}; ` +
      `a report of merchant ${e.merchantId} has been due since ${e.dueAt === 0n ? "the beginning (0)" : formatTime(e.dueAt)}`,
    "report the balance first with reportOutstanding",
  ],
  DepositNotReceived: (e) => [
    `The vault of merchant ${e.merchantId} holds ${e.held} base units; accounted: ${e.accounted}`,
    "the token keeps a fee or misreports balances; use another",
  ],
  DepositExceeded: (e) => [
    `${e.amount} base units are asked of merchant ${e.merchantId}; deposited: ${e.deposit}`,
    "withdraw less",
  ],
  DepositBelowRequired: (e) => [
    `${e.left} base units would be left of the deposit of merchant ${e.merchantId}; required: ${e.required}`,
    "withdraw less, place a surety, or report a lower balance",
  ],
  SuretyNamedOnly: (e) => [
    `${e.caller} may not place a surety for merchant ${e.merchantId}, ${e.named} may`,
    "have the owner name the account with nameSurety",
  ],
  SuretyOfAnotherStands: (e) => [
    `A surety of ${e.amount} base units by ${e.party} stands for merchant ${e.merchantId}`,
    "place yours once it has been taken back",
  ],
  SuretyEndOutOfRange: (e) => [
    `The surety for merchant ${e.merchantId} would end at ${formatTime(e.endsAt)}; ` +
      `allowed: ${formatTime(e.min)} to ${formatTime(e.max)}`,
    "choose an end between them",
  ],
  SuretyNone: (e) => [`No surety stands for merchant ${e.merchantId}`, "there is nothing to take back"],
  SuretyPartyOnly: (e) => [
    `${e.caller} is not the surety of merchant ${e.merchantId}, ${e.party} is`,
    "send it from there, or let it go to that account",
  ],
  SuretyNotEnded: (e) => [
    `It is ${formatTime(e.nowAt)}; the surety for merchant ${e.merchantId} ends at ${formatTime(e.endsAt)}`,
    "take it back then",
  ],
  SuretyBound: (e) => [
    `A default flag binds the surety for merchant ${e.merchantId}`,
    "open the claims when they are due; what is left is free after that",
  ],
  ClaimsRootMismatch: (e) => [
    `The list has root ${e.root} and ${e.claims} base units of claims`,
    "give both, or zero for both if nobody has a claim",
  ],
  ClaimsAlreadyPublished: (e) => [
    `List ${e.root} stands for merchant ${e.merchantId}`,
    "another can be published after an objection to it",
  ],
  ClaimsNotPublished: (e) => [
    `List ${e.root} does not stand for merchant ${e.merchantId}`,
    "read distribution for the one that does, or wait for the association to publish it",
  ],
  ClaimsObjectionsEnded: (e) => [
    `It is ${formatTime(e.nowAt)}; the list of merchant ${e.merchantId} could be objected to until ${formatTime(e.endedAt)}`,
    "nothing can be objected any more",
  ],
  ClaimsObjectionsUsed: (e) => [
    `${e.objections} lists of merchant ${e.merchantId} were objected to; allowed: ${e.max}`,
    "this list stands",
  ],
  ClaimsObjectedBefore: (e) => [
    `${e.caller} has objected to a list of merchant ${e.merchantId} already`,
    "ask the regulator, who may still object",
  ],
  ClaimsNotOpen: (e) => [
    `It is ${formatTime(e.nowAt)}; claims on merchant ${e.merchantId} open at ${formatTime(e.opensAt)}`,
    "try again then",
  ],
  ClaimsAlreadyOpen: (e) => [`Claims on merchant ${e.merchantId} are open already`, "claim"],
  ClaimNotListed: (e) => [
    `Claim ${e.index} is not in the list of merchant ${e.merchantId} as it was sent`,
    "send index, account, amount and proof as the published list has them",
  ],
  ClaimOverTotal: (e) => [
    `With this one, claims of ${e.counted} base units on merchant ${e.merchantId} would be counted; ` +
      `published: ${e.claims}`,
    "ask the association: its list sums to more than it published",
  ],
  ClaimNothingDue: (e) => [
    `Claim ${e.index} on merchant ${e.merchantId} has had ${e.paid} base units, all that there is for it now`,
    "claim again when more money has come",
  ],
  ClaimAccountOnly: (e) => [
    `${e.caller} is not the claimant on merchant ${e.merchantId}, ${e.account} is`,
    "send it from there, or use claim, which pays that account",
  ],
  SurplusNone: (e) => [
    `There are ${e.funds} base units for the claims on merchant ${e.merchantId}; claimed: ${e.claims}`,
    "nothing is left over; claims come first",
  ],
  SurplusRefused: (e) => [
    `The token refuses everybody the surplus of merchant ${e.merchantId} would go to`,
    "have the owner change the payout address, or wait until the token lets them",
  ],
};
