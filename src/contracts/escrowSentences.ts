import { LAST_TIME, formatTime } from "../utils/units.js";
import type { EscrowErrorFields } from "./revertFields.js";
import { capital, cardName, statusAdvice } from "./revertWords.js";
import type { Sentences } from "./revertWords.js";

/** The problem and the next step of each error of the escrow. Amounts are in token base units. */
export const escrowSentences: Sentences<EscrowErrorFields> = {
  PolicyFieldOutOfBounds: (e) => [
    `The policy's ${e.field} is ${e.value}; allowed: ${e.min} to ${e.max}`,
    "choose a value within these bounds",
  ],
  PolicyTokenWithoutCode: (e) => [
    `The policy's token ${e.token} is no contract`,
    "give the address of an ERC-20 token on this chain",
  ],
  PolicyTokenDecimalsTooMany: (e) => [
    `Token ${e.token} has ${e.decimals} decimals; allowed: at most ${e.max}`,
    "choose a token with fewer decimals",
  ],
  PolicyUnknown: (e) => [`There is no policy ${e.policyId}`, "add it, or give the id of one that was added"],
  PolicyTokenMismatch: (e) => [
    `The policy is under token ${e.token}, the merchant under ${e.merchantToken}`,
    "choose a policy under the merchant's token; a merchant's token never changes",
  ],
  MerchantUnknown: (e) => [`There is no merchant ${e.merchantId}`, "give the id from its MerchantRegistered event"],
  MerchantStatusForbids: (e) => [
    `Merchant ${e.merchantId} is ${e.status}, which does not allow this`,
    statusAdvice[e.status],
  ],
  MerchantOwnerOnly: (e) => [
    `${e.caller} is not the owner of merchant ${e.merchantId}, ${e.owner} is`,
    "send it from the owner's account",
  ],
  MerchantOperatorOnly: (e) => [
    `${e.account} is not an operator of merchant ${e.merchantId}`,
    "have the owner enable it with setOperator, or use an enabled till",
  ],
  MerchantNextOwnerOnly: (e) => [
    `${e.caller} is not the next owner of merchant ${e.merchantId}, ${e.nextOwner} is`,
    "accept from the account the ownership is offered to, or have it offered again",
  ],
  MerchantNothingPending: (e) => [`Nothing is pending for merchant ${e.merchantId}`, "there is nothing to cancel"],
  MerchantTooEarly: (e) => [
    `It is ${formatTime(e.nowAt)}; merchant ${e.merchantId} allows this from ${formatTime(e.notBefore)}`,
    "try again then",
  ],
  MerchantSettlementClosed: (e) => [
    `It is ${formatTime(e.nowAt)}; the final window of merchant ${e.merchantId} ended at ${formatTime(e.windowEndedAt)}`,
    "nothing can be settled any more; refundCards pays the holders",
  ],
  MerchantFlagStands: (e) => [
    `The flag of merchant ${e.merchantId} is its second, and only the first can be withdrawn`,
    "let the final window end and refund the cards",
  ],
  MerchantOutstandingLeft: (e) => [
    `Merchant ${e.merchantId} still owes holders ${e.outstanding} base units; allowed: 0`,
    "refund its cards first with refundCards",
  ],
  MerchantTimeOutOfRange: (e) => [
    `The time for merchant ${e.merchantId} is ${formatTime(e.time)}; ` +
      `allowed: ${formatTime(e.min)} to ${formatTime(e.max)}`,
    "choose a time between them",
  ],
  MerchantCapExceeded: (e) => [
    `The sale would take merchant ${e.merchantId} to ${e.outstanding} base units; allowed: ${e.cap}`,
    "sell less, settle what is consumed, or ask the regulator for a higher cap",
  ],
  PoolNothingReleasable: (e) => [
    `Merchant ${e.merchantId} has nothing to be paid out`,
    "settle confirmed consumption first",
  ],
  PoolDepositShort: (e) => [
    `The vault of merchant ${e.merchantId} holds ${e.held} base units; accounted: ${e.accounted}`,
    "the token keeps a fee or misreports balances; use a policy under another token",
  ],
  ProgramUnknown: (e) => [`There is no program ${e.programId}`, "give the id from its ProgramPublished event"],
  ProgramAlreadyRetired: (e) => [`Program ${e.programId} is retired`, "choose a program that is on sale"],
  ProgramPolicyOutdated: (e) => [
    `Program ${e.programId} is under policy ${e.policyId}, its merchant now under ${e.merchantPolicyId}`,
    "have the merchant publish it again under its policy",
  ],
  ProgramCoolingOffFree: (e) => [
    `The fee for leaving in cooling-off is ${e.feeBps} basis points of the price; ` +
      `allowed: at least ${e.neededBps}, as the days of a pass are not counted`,
    "publish it under a policy whose cooling-off asks for an unused card or for such a fee without a ceiling",
  ],
  ProgramPriceOverLimit: (e) => [
    `The price is ${e.price} base units; allowed: ${e.limit}`,
    "lower the price, or sell several cards",
  ],
  ProgramUnitsOutOfBounds: (e) => [
    `The program has ${e.units} units; allowed: ${e.min} to ${e.max}`,
    "choose a number its kind and the policy allow",
  ],
  ProgramListPriceOutOfBounds: (e) => [
    `The list price is ${e.listPrice} base units; allowed: ${e.min} to ${e.max}`,
    "give the price of all units without discount",
  ],
  ProgramPriceZero: (e) => [`A ${e.kind} program has price 0`, "give it a price; only stored value can be sold open"],
  CardSerialTaken: (e) => [`${capital(cardName(e.cardId))} exists`, "take the lowest free serial"],
  CardSerialNotNext: (e) => [
    `There is no ${cardName(e.cardId)}, and neither a purchase sent by somebody else nor a move may leave a gap there`,
    "take the lowest free serial",
  ],
  CardPrincipalZero: () => ["The principal is 0 base units", "pay more than nothing"],
  CardPriceMismatch: (e) => [
    `The principal is ${e.principal} base units; the program's price: ${e.price}`,
    "pay exactly the price",
  ],
  CardPrincipalOverLimit: (e) => [
    `The principal is ${e.principal} base units; allowed: ${e.limit}`,
    "pay less on one card",
  ],
  CardNotAPass: (e) => [
    `Program ${e.programId} sells no passes: only a pass can start later or be extended`,
    "leave the start or the extension out, or choose a pass",
  ],
  CardStartOutOfRange: (e) => [
    `The pass would start at ${formatTime(e.startsAt)}; allowed: ${formatTime(e.min)} to ${formatTime(e.max)}`,
    "choose a start between them, or a shorter extension",
  ],
  CardNotOpen: (e) => [
    `${capital(cardName(e.cardId))} is ${e.status === "None" ? "unknown" : "closed"}`,
    e.status === "None" ? "check holder, program and serial" : "nothing is left on it",
  ],
  CardOtherMerchant: (e) => [
    `${capital(cardName(e.cardId))} is not of merchant ${e.merchantId}`,
    "send each card to its own merchant",
  ],
  CardHolderOnly: (e) => [
    `${e.caller} is not the holder of ${cardName(e.cardId)}`,
    `send it from ${e.holder}, or relay a request signed by it`,
  ],
  CardExitPending: (e) => [
    `${capital(cardName(e.cardId))} has a request to leave already`,
    `execute it from ${formatTime(e.executableAt)}, or cancel it first`,
  ],
  CardExitNotRequested: (e) => [
    `${capital(cardName(e.cardId))} has no request to leave, or it has lapsed`,
    "request the exit first",
  ],
  CardExitTooEarly: (e) => [
    `It is ${formatTime(e.nowAt)}; ${cardName(e.cardId)} can be left from ${formatTime(e.executableAt)}`,
    "try again then; the merchant can refund it at once",
  ],
  CardInDispute: (e) => [
    `${capital(cardName(e.cardId))} is in dispute (${e.kind.toLowerCase()})`,
    e.kind === "Contest"
      ? "wait for the ruling, execute the dispute if there is none in time, or let the holder cancel the exit"
      : "wait for the ruling, or let the holder request the exit, which ends the complaint",
  ],
  CardNotInDispute: (e) => [
    `${capital(cardName(e.cardId))} is not in dispute`,
    "check the card; the dispute may have ended",
  ],
  CardInCoolingOff: (e) => [
    `It is ${formatTime(e.nowAt)}; ${cardName(e.cardId)} is in cooling-off ` +
      (e.until <= LAST_TIME
        ? `until ${formatTime(e.until)}`
        : "for good, because its merchant stopped to serve in it") +
      ", and leaving pays without a ruling",
    e.until <= LAST_TIME ? "request the exit; a complaint is accepted afterwards" : "request the exit",
  ],
  CardComplaintPending: (e) => [
    `It is ${formatTime(e.nowAt)}; the complaint about ${cardName(e.cardId)} can be ended from ${formatTime(e.endsAt)}`,
    "try again then; its holder can end it before by requesting the exit",
  ],
  CardNoComplaint: (e) => [
    `The dispute about ${cardName(e.cardId)} is a ${e.kind.toLowerCase()}; allowed: a complaint`,
    e.kind === "Contest"
      ? "resolve it, or execute it when the time to rule is over"
      : "check the card; the dispute may have ended",
  ],
  CardComplaintTooEarly: (e) => [
    `It is ${formatTime(e.nowAt)}; after the last complaint about ${cardName(e.cardId)} ` +
      `the next one can be made from ${formatTime(e.complaintFrom)}`,
    "try again then, or request the exit",
  ],
  CardExitNotContestable: (e) => [
    `The holder of ${cardName(e.cardId)} leaves by the rule ${e.rule}, which cannot be contested`,
    "settle what is signed before the exit is executed",
  ],
  CardExitPaysInFull: (e) => [
    `The exit of ${cardName(e.cardId)} pays ${e.refund} base units, all that remains: there is nothing to contest`,
    "settle what is signed before the exit is executed",
  ],
  CardContestTooLate: (e) => [
    `It is ${formatTime(e.nowAt)}; the exit of ${cardName(e.cardId)} could be contested until ${formatTime(e.executableAt)}`,
    "the exit goes ahead",
  ],
  CardContestDismissed: (e) => [
    `An exit of ${cardName(e.cardId)} was contested and dismissed before`,
    "settle what is signed before the exit is executed",
  ],
  CardRulingOutOfTime: (e) => [
    `It is ${formatTime(e.nowAt)}; the dispute about ${cardName(e.cardId)} can be ruled on ` +
      `from ${formatTime(e.rulingFrom)} until ${formatTime(e.rulingUntil)}`,
    "rule within this time; afterwards the dispute can be executed",
  ],
  CardRulingPending: (e) => [
    `It is ${formatTime(e.nowAt)}; the dispute about ${cardName(e.cardId)} can be ruled on until ${formatTime(e.rulingUntil)}`,
    "execute it then, if there is no ruling",
  ],
  CardAwardOnDismissal: (e) => [
    `The dispute about ${cardName(e.cardId)} is dismissed with an award of ${e.awarded} base units; allowed: 0`,
    "uphold it, or award nothing",
  ],
  CardMovePending: (e) => [
    `${capital(cardName(e.cardId))} has a move pending, which is due at ${formatTime(e.executableAt)}`,
    "execute it then, or let the holder cancel it first",
  ],
  CardMoveNotRequested: (e) => [
    `${capital(cardName(e.cardId))} has no move pending, or it has lapsed`,
    "request the move first",
  ],
  CardMoveTooEarly: (e) => [
    `It is ${formatTime(e.nowAt)}; ${cardName(e.cardId)} can be moved from ${formatTime(e.executableAt)}`,
    "try again then; if the holder asked for the move, the merchant can consent to it at once",
  ],
  CardMoveAlreadyDue: (e) => [
    `It is ${formatTime(e.nowAt)}; ${cardName(e.cardId)} can be moved since ${formatTime(e.executableAt)}`,
    "no consent is needed any more: execute the move",
  ],
  CardMoveByRecovery: (e) => [
    `The move of ${cardName(e.cardId)} was requested by the holder's recovery address`,
    "nobody can shorten its time; execute it when it is due",
  ],
  CardNonceMismatch: (e) => [
    `The consent is to the request with nonce ${e.nonce}; ${cardName(e.cardId)} has nonce ${e.cardNonce}`,
    "look at the request that is pending now, and consent to its nonce",
  ],
  ExposureCardsUnordered: (e) => [
    `${capital(cardName(e.cardId))} is not above ${e.previous}, or not of the same holder`,
    "report open cards of one holder, their ids in rising order",
  ],
  ExposureWithinLimit: (e) => [
    `The cards have ${e.principal} base units of principal together; the limit is ${e.limit} (0: none)`,
    "there is nothing to report",
  ],
  ExposureReported: (e) => [
    `The cards have ${e.principal} base units of principal together; ${e.highest} was reported before`,
    `report again when there is more, or from ${formatTime(e.repeatableFrom)}`,
  ],
  RecipientForbidden: (e) => [
    `${e.recipient} cannot use money: it is zero, a vault, the token or this contract`,
    "name an account of a person or company",
  ],
  SignatureInvalid: (e) => [
    `The signature is not one of ${e.signer}`,
    "sign again with that account, on this chain, with the card's current nonce",
  ],
  SignatureExpired: (e) => [
    `It is ${formatTime(e.nowAt)}; the signature was good until ${formatTime(e.deadline)}`,
    "sign again with a later deadline",
  ],
  SignatureDeadlineTooFar: (e) => [
    `The deadline is ${formatTime(e.deadline)}; allowed: at most ${formatTime(e.max)}`,
    "sign again with an earlier deadline",
  ],
  GasInsufficient: (e) => [
    `${e.available} gas is left to check a contract holder's signature; needed: ${e.needed}`,
    "send the transaction with a higher gas limit or with fewer vouchers",
  ],
};
