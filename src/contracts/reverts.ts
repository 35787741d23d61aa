import { Interface } from "ethers";
import type { ErrorDescription } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "./abi.js";
import { decodeCardId } from "./cardId.js";
import { CardStatus, DisputeKind, ExitRule, MerchantStatus, ProgramKind, nameOf } from "./enums.js";
import type { CardStatusName, DisputeKindName, ExitRuleName, MerchantStatusName, ProgramKindName } from "./enums.js";
import { overflownTime } from "../utils/overflow.js";
import { LAST_TIME, formatTime } from "../utils/units.js";

/* WHAT CAN BE THROWN */

/** Of an error whose name says all. */
export type NoFields = Readonly<Record<string, never>>;

/** The fields of every error of the escrow. Amounts in token base units, times in Unix seconds. */
export interface EscrowErrorFields {
  PolicyFieldOutOfBounds: { field: string; value: bigint; min: bigint; max: bigint };
  PolicyTokenWithoutCode: { token: string };
  PolicyTokenDecimalsTooMany: { token: string; decimals: bigint; max: bigint };
  PolicyUnknown: { policyId: bigint };
  PolicyTokenMismatch: { token: string; merchantToken: string };
  MerchantUnknown: { merchantId: bigint };
  MerchantStatusForbids: { merchantId: bigint; status: MerchantStatusName };
  MerchantOwnerOnly: { merchantId: bigint; caller: string; owner: string };
  MerchantOperatorOnly: { merchantId: bigint; account: string };
  MerchantNextOwnerOnly: { merchantId: bigint; caller: string; nextOwner: string };
  MerchantNothingPending: { merchantId: bigint };
  MerchantTooEarly: { merchantId: bigint; nowAt: bigint; notBefore: bigint };
  MerchantSettlementClosed: { merchantId: bigint; nowAt: bigint; windowEndedAt: bigint };
  MerchantFlagStands: { merchantId: bigint };
  MerchantOutstandingLeft: { merchantId: bigint; outstanding: bigint };
  MerchantTimeOutOfRange: { merchantId: bigint; time: bigint; min: bigint; max: bigint };
  MerchantCapExceeded: { merchantId: bigint; outstanding: bigint; cap: bigint };
  PoolNothingReleasable: { merchantId: bigint };
  PoolDepositShort: { merchantId: bigint; held: bigint; accounted: bigint };
  ProgramUnknown: { programId: bigint };
  ProgramAlreadyRetired: { programId: bigint };
  ProgramPolicyOutdated: { programId: bigint; policyId: bigint; merchantPolicyId: bigint };
  ProgramPriceOverLimit: { price: bigint; limit: bigint };
  ProgramUnitsOutOfBounds: { units: bigint; min: bigint; max: bigint };
  ProgramListPriceOutOfBounds: { listPrice: bigint; min: bigint; max: bigint };
  ProgramPriceZero: { kind: ProgramKindName };
  CardSerialTaken: { cardId: string };
  CardSerialNotNext: { cardId: string };
  CardPrincipalZero: NoFields;
  CardPriceMismatch: { principal: bigint; price: bigint };
  CardPrincipalOverLimit: { principal: bigint; limit: bigint };
  CardNotAPass: { programId: bigint };
  CardStartOutOfRange: { startsAt: bigint; min: bigint; max: bigint };
  CardNotOpen: { cardId: string; status: CardStatusName };
  CardOtherMerchant: { cardId: string; merchantId: bigint };
  CardHolderOnly: { cardId: string; caller: string; holder: string };
  CardExitPending: { cardId: string; executableAt: bigint };
  CardExitNotRequested: { cardId: string };
  CardExitTooEarly: { cardId: string; nowAt: bigint; executableAt: bigint };
  CardInDispute: { cardId: string; kind: DisputeKindName };
  CardNotInDispute: { cardId: string };
  CardComplaintTooEarly: { cardId: string; nowAt: bigint; complaintFrom: bigint };
  CardExitNotContestable: { cardId: string; rule: ExitRuleName };
  CardContestTooLate: { cardId: string; nowAt: bigint; executableAt: bigint };
  CardContestDismissed: { cardId: string };
  CardRulingOutOfTime: { cardId: string; nowAt: bigint; rulingFrom: bigint; rulingUntil: bigint };
  CardRulingPending: { cardId: string; nowAt: bigint; rulingUntil: bigint };
  CardAwardOnDismissal: { cardId: string; awarded: bigint };
  CardMovePending: { cardId: string; executableAt: bigint };
  CardMoveNotRequested: { cardId: string };
  CardMoveTooEarly: { cardId: string; nowAt: bigint; executableAt: bigint };
  CardMoveAlreadyDue: { cardId: string; nowAt: bigint; executableAt: bigint };
  CardMoveByRecovery: { cardId: string };
  CardNonceMismatch: { cardId: string; nonce: bigint; cardNonce: bigint };
  ExposureCardsUnordered: { cardId: string; previous: string };
  ExposureWithinLimit: { principal: bigint; limit: bigint };
  ExposureReported: { principal: bigint; highest: bigint };
  RecipientForbidden: { recipient: string };
  SignatureInvalid: { signer: string };
  SignatureExpired: { nowAt: bigint; deadline: bigint };
  SignatureDeadlineTooFar: { deadline: bigint; max: bigint };
  GasInsufficient: { available: bigint; needed: bigint };
}

/**
 * The fields of the deposit register's own errors; it shares those of merchants and recipients with the escrow. Amounts in token
 * base units, times in Unix seconds.
 */
export interface RegisterErrorFields {
  AmountZero: NoFields;
  RuleBpsTooHigh: { bps: bigint; max: bigint };
  RuleBpsFalling: { bps: bigint; previousBps: bigint };
  RuleThresholdFalling: { threshold: bigint; previousThreshold: bigint };
  RuleCureDatePassed: { cureBy: bigint; nowAt: bigint };
  ReportDateOutOfRange: { merchantId: bigint; asOf: bigint; min: bigint; max: bigint };
  ReportNotInTime: { merchantId: bigint; nowAt: bigint; dueAt: bigint };
  DepositNotReceived: { merchantId: bigint; held: bigint; accounted: bigint };
  DepositExceeded: { merchantId: bigint; amount: bigint; deposit: bigint };
  DepositBelowRequired: { merchantId: bigint; left: bigint; required: bigint };
  SuretyNamedOnly: { merchantId: bigint; caller: string; named: string };
  SuretyOfAnotherStands: { merchantId: bigint; party: string; amount: bigint };
  SuretyEndOutOfRange: { merchantId: bigint; endsAt: bigint; min: bigint; max: bigint };
  SuretyNone: { merchantId: bigint };
  SuretyPartyOnly: { merchantId: bigint; caller: string; party: string };
  SuretyNotEnded: { merchantId: bigint; nowAt: bigint; endsAt: bigint };
  SuretyBound: { merchantId: bigint };
  ClaimsRootMismatch: { root: string; claims: bigint };
  ClaimsAlreadyPublished: { merchantId: bigint; root: string };
  ClaimsNotPublished: { merchantId: bigint; root: string };
  ClaimsObjectionsEnded: { merchantId: bigint; nowAt: bigint; endedAt: bigint };
  ClaimsObjectionsUsed: { merchantId: bigint; objections: bigint; max: bigint };
  ClaimsObjectedBefore: { merchantId: bigint; caller: string };
  ClaimsNotOpen: { merchantId: bigint; nowAt: bigint; opensAt: bigint };
  ClaimsAlreadyOpen: { merchantId: bigint };
  ClaimNotListed: { merchantId: bigint; index: bigint };
  ClaimOverTotal: { merchantId: bigint; counted: bigint; claims: bigint };
  ClaimNothingDue: { merchantId: bigint; index: bigint; paid: bigint };
  ClaimAccountOnly: { merchantId: bigint; caller: string; account: string };
  SurplusNone: { merchantId: bigint; funds: bigint; claims: bigint };
  SurplusRefused: { merchantId: bigint };
}

/** The fields of the errors of tokens, the role manager and the libraries in between that reach a caller of the escrow. */
export interface ForeignErrorFields {
  AccessManagedUnauthorized: { caller: string };
  AccessManagedRequiredDelay: { caller: string; delay: bigint };
  AccessManagerUnauthorizedAccount: { msgsender: string; roleId: bigint };
  AccessManagerLockedRole: { roleId: bigint };
  AccessManagerNotScheduled: { operationId: string };
  AccessManagerNotReady: { operationId: string };
  AccessManagerExpired: { operationId: string };
  AccessManagerBadConfirmation: NoFields;
  ERC20InsufficientBalance: { sender: string; balance: bigint; needed: bigint };
  ERC20InsufficientAllowance: { spender: string; allowance: bigint; needed: bigint };
  ERC20InvalidSender: { sender: string };
  ERC20InvalidReceiver: { receiver: string };
  ERC20InvalidApprover: { approver: string };
  ERC20InvalidSpender: { spender: string };
  ERC2612ExpiredSignature: { deadline: bigint };
  ERC2612InvalidSigner: { signer: string; owner: string };
  ERC3009InvalidSignature: NoFields;
  ERC3009InvalidAuthorizationTime: { validAfter: bigint; validBefore: bigint };
  ERC3009UsedAuthorization: { authorizer: string; nonce: string };
  InvalidAccountNonce: { account: string; currentNonce: bigint };
  ECDSAInvalidSignature: NoFields;
  ECDSAInvalidSignatureLength: { length: bigint };
  ECDSAInvalidSignatureS: { s: string };
  SafeERC20FailedOperation: { token: string };
  SafeCastOverflowedUintDowncast: { bits: bigint; value: bigint };
  WordFieldOverflow: { value: bigint; bits: bigint };
  ReentrancyGuardReentrantCall: NoFields;
  VaultCallerNotEscrow: { caller: string; escrow: string };
  VaultCallerNotRegister: { caller: string; register: string };
  /** `require` or `revert` with a text, as older tokens do. */
  Error: { message: string };
  /** A fault of the contract itself. */
  Panic: { code: bigint };
}

/** The fields of every error this package knows. */
export type RevertFields = EscrowErrorFields & RegisterErrorFields & ForeignErrorFields;

/** The name of an error this package knows. */
export type RevertName = keyof RevertFields;

/**
 * A call that a contract refused.
 *
 * The message says what was found, what is allowed and what to do next; `revert` and `fields` say the same to programs.
 */
export class RevertError<Name extends RevertName = RevertName> extends Error {
  override readonly name = "RevertError";

  /**
   * @param revert Name of the contract's error.
   * @param fields Its values.
   * @param options `cause`: the error of the library or node that carried it.
   */
  constructor(
    readonly revert: Name,
    readonly fields: RevertFields[Name],
    options?: ErrorOptions,
  ) {
    super(explain(revert, fields), options);
  }
}

/** A {@link RevertError} of any kind, told apart by `revert`. */
export type AnyRevertError = { [Name in RevertName]: RevertError<Name> }[RevertName];

/** A call that a contract refused with an error this package does not know. */
export class UnknownRevertError extends Error {
  override readonly name = "UnknownRevertError";
  /** First four bytes of the data. */
  readonly selector: string;

  /**
   * @param data What the contract answered, in hexadecimal.
   * @param options `cause`: the error of the library or node that carried it.
   */
  constructor(
    readonly data: string,
    options?: ErrorOptions,
  ) {
    const selector = data.slice(0, 10);
    super(
      data === "0x"
        ? "The contract refused without a reason. Next: check that the address is the contract's and that it is on this chain."
        : `The contract refused with an unknown error (${selector}). Next: look the selector up in the token's or wallet's ABI.`,
      options,
    );
    this.selector = selector;
  }
}

/* DECODING */

const foreignErrors = [
  "error AccessManagedUnauthorized(address caller)",
  "error AccessManagedRequiredDelay(address caller, uint32 delay)",
  "error AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId)",
  "error AccessManagerLockedRole(uint64 roleId)",
  "error AccessManagerNotScheduled(bytes32 operationId)",
  "error AccessManagerNotReady(bytes32 operationId)",
  "error AccessManagerExpired(bytes32 operationId)",
  "error AccessManagerBadConfirmation()",
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error ERC20InvalidSender(address sender)",
  "error ERC20InvalidReceiver(address receiver)",
  "error ERC20InvalidApprover(address approver)",
  "error ERC20InvalidSpender(address spender)",
  "error ERC2612ExpiredSignature(uint256 deadline)",
  "error ERC2612InvalidSigner(address signer, address owner)",
  "error ERC3009InvalidSignature()",
  "error ERC3009InvalidAuthorizationTime(uint256 validAfter, uint256 validBefore)",
  "error ERC3009UsedAuthorization(address authorizer, bytes32 nonce)",
  "error InvalidAccountNonce(address account, uint256 currentNonce)",
  "error ECDSAInvalidSignature()",
  "error ECDSAInvalidSignatureLength(uint256 length)",
  "error ECDSAInvalidSignatureS(bytes32 s)",
  "error SafeERC20FailedOperation(address token)",
  "error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
  "error WordFieldOverflow(uint256 value, uint256 bits)",
  "error ReentrancyGuardReentrantCall()",
  "error VaultCallerNotEscrow(address caller, address escrow)",
  "error VaultCallerNotRegister(address caller, address register)",
];

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const registerAbi = IDepositRegister__factory.createInterface();
const foreignAbi = new Interface(foreignErrors);

/** The errors of the language itself, whose only field has no name in an ABI. */
const builtinFields: Readonly<Record<string, string>> = { Error: "message", Panic: "code" };

/** Fields that are numbers of an enumeration on chain and names here. */
const enumFields: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, bigint>>>>>> = {
  MerchantStatusForbids: { status: MerchantStatus },
  CardNotOpen: { status: CardStatus },
  CardInDispute: { kind: DisputeKind },
  CardExitNotContestable: { rule: ExitRule },
  ProgramPriceZero: { kind: ProgramKind },
};

/**
 * What a contract answered when it refused.
 *
 * @param data The revert data in hexadecimal.
 * @param options `cause`: the error that carried it.
 * @returns A {@link RevertError}, or an {@link UnknownRevertError} for an error of another contract.
 */
export function decodeRevert(data: string, options?: ErrorOptions): AnyRevertError | UnknownRevertError {
  const parsed = parse(data);
  if (parsed === null || !isRevertName(parsed.name)) return new UnknownRevertError(data, options);
  const values: Record<string, unknown> = {};
  for (const [i, input] of parsed.fragment.inputs.entries()) {
    values[input.name || (builtinFields[parsed.name] ?? "")] = parsed.args[i];
  }
  for (const [field, names] of Object.entries(enumFields[parsed.name] ?? {})) {
    values[field] = nameOf(names, values[field] as bigint);
  }
  // The fields' names and types are those of the ABI.
  return new RevertError(parsed.name, values as never, options) as AnyRevertError;
}

/**
 * Finds the revert inside whatever a provider, wallet or node threw.
 *
 * @param error Anything caught around a call or transaction.
 * @returns The decoded revert; `undefined` if no contract refused (no connection, rejected by the user, ...).
 */
export function findRevert(error: unknown): AnyRevertError | UnknownRevertError | undefined {
  if (error instanceof UnknownRevertError) return error;
  if (error instanceof RevertError) return error as AnyRevertError;
  const data = findData(error, 0);
  return data === undefined ? undefined : decodeRevert(data, { cause: error });
}

/** Whether an error is a contract's refusal of this name, with its fields typed. */
export function isRevert<Name extends RevertName>(error: unknown, name: Name): error is RevertError<Name> {
  return error instanceof RevertError && (error.revert as RevertName) === name;
}

function parse(data: string): ErrorDescription | null {
  try {
    return escrowAbi.parseError(data) ?? registerAbi.parseError(data) ?? foreignAbi.parseError(data);
  } catch {
    // A known selector before data that does not fit it.
    return null;
  }
}

function isRevertName(name: string): name is RevertName {
  return Object.hasOwn(explanations, name);
}

/** Revert data lies at different depths with every provider, under `data`. */
function findData(error: unknown, depth: number): string | undefined {
  if (typeof error !== "object" || error === null || depth > 5) return undefined;
  const record = error as Readonly<Record<string, unknown>>;
  if (typeof record.data === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(record.data)) return record.data;
  for (const key of ["data", "error", "info", "cause"]) {
    const data = findData(record[key], depth + 1);
    if (data !== undefined) return data;
  }
  return undefined;
}

/* EXPLAINING */

type Explanation<Fields> = (fields: Fields) => readonly [problem: string, next: string];

function explain<Name extends RevertName>(name: Name, fields: RevertFields[Name]): string {
  const [problem, next] = explanations[name](fields);
  return `${problem}. Next: ${next}.`;
}

/** A card as people tell cards apart. */
function cardName(cardId: string): string {
  const { holder, programId, serial } = decodeCardId(cardId);
  return `card ${serial} of ${holder} in program ${programId}`;
}

/** A number that does not fit its field: a time past the end of 32-bit time, or an amount. */
function overflow(fields: { readonly value: bigint; readonly bits: bigint }): readonly [string, string] {
  const time = overflownTime(fields);
  if (time === undefined) return [`${fields.value} does not fit ${fields.bits} bits`, "use a smaller amount"];
  return [
    `It would end ${time - LAST_TIME} seconds after ${formatTime(LAST_TIME)}, the last moment these contracts can keep`,
    "what was begun in time goes on; begin anew with contracts of a later version",
  ];
}

/** The message of each error: what was found against what is allowed, and what to do. Amounts are in token base units. */
const explanations: { readonly [Name in RevertName]: Explanation<RevertFields[Name]> } = {
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
    `Program ${e.programId} sells no passes, so its cards begin at once`,
    "leave the start out, or choose a pass",
  ],
  CardStartOutOfRange: (e) => [
    `The pass would start at ${formatTime(e.startsAt)}; allowed: ${formatTime(e.min)} to ${formatTime(e.max)}`,
    "choose a start between them",
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
  CardComplaintTooEarly: (e) => [
    `It is ${formatTime(e.nowAt)}; after a dismissed complaint about ${cardName(e.cardId)} ` +
      `the next one can be made from ${formatTime(e.complaintFrom)}`,
    "try again then, or request the exit",
  ],
  CardExitNotContestable: (e) => [
    `The holder of ${cardName(e.cardId)} leaves by the rule ${e.rule}, which cannot be contested`,
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
    "rule within this time; afterwards anyone can execute the dispute",
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
    `${capital(cardName(e.cardId))} has a move pending already`,
    `execute it from ${formatTime(e.executableAt)}, or let the holder cancel it first`,
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
    "report again when there is more",
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
    "send the transaction with a higher gas limit or with fewer rows",
  ],

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

  AccessManagedUnauthorized: (e) => [
    `${e.caller} does not have the role this function asks for`,
    "send it from an account with the role, or have the administrator grant it",
  ],
  AccessManagedRequiredDelay: (e) => [
    `${e.caller} may do this only ${e.delay} seconds after scheduling it`,
    "schedule it at the AccessManager and execute it after the delay",
  ],
  AccessManagerUnauthorizedAccount: (e) => [
    `${e.msgsender} does not have role ${e.roleId}`,
    "send it from an account with that role",
  ],
  AccessManagerLockedRole: (e) => [`Role ${e.roleId} cannot be changed`, "choose another role"],
  AccessManagerNotScheduled: (e) => [`Operation ${e.operationId} is not scheduled`, "schedule it first"],
  AccessManagerNotReady: (e) => [`Operation ${e.operationId} is not due yet`, "wait for the end of its delay"],
  AccessManagerExpired: (e) => [`Operation ${e.operationId} has expired`, "schedule it again"],
  AccessManagerBadConfirmation: () => [
    "The address that confirms the renunciation is not the sender's",
    "name the sending account",
  ],
  ERC20InsufficientBalance: (e) => [
    `${e.sender} has ${e.balance} base units; needed: ${e.needed}`,
    "put the difference on that account",
  ],
  ERC20InsufficientAllowance: (e) => [
    `${e.spender} may take ${e.allowance} base units; needed: ${e.needed}`,
    "approve the escrow at the token for the whole amount",
  ],
  ERC20InvalidSender: (e) => [`Tokens cannot be sent from ${e.sender}`, "use another account"],
  ERC20InvalidReceiver: (e) => [
    `Tokens cannot be sent to ${e.receiver}`,
    "make the authorization out to the merchant's vault",
  ],
  ERC20InvalidApprover: (e) => [`${e.approver} cannot approve`, "use another account"],
  ERC20InvalidSpender: (e) => [`${e.spender} cannot be approved`, "approve the escrow"],
  ERC2612ExpiredSignature: (e) => [
    `The permit was good until ${formatTime(e.deadline)}`,
    "sign another with a later deadline",
  ],
  ERC2612InvalidSigner: (e) => [
    `The permit is signed by ${e.signer}; the payer is ${e.owner}`,
    "sign it with the payer's account and current permit nonce",
  ],
  ERC3009InvalidSignature: () => [
    "The authorization is not signed by the payer for exactly this purchase",
    "sign it again with the program, holder, principal, start and salt that are sent",
  ],
  ERC3009InvalidAuthorizationTime: (e) => [
    `The authorization is good after ${formatTime(e.validAfter)} and before ${formatTime(e.validBefore)}`,
    "submit it between them, or sign another",
  ],
  ERC3009UsedAuthorization: (e) => [
    `Authorization ${e.nonce} of ${e.authorizer} was used or cancelled`,
    "sign another with a new salt",
  ],
  InvalidAccountNonce: (e) => [`The nonce of ${e.account} is ${e.currentNonce}`, "sign again with that nonce"],
  ECDSAInvalidSignature: () => ["The signature recovers to nobody", "sign again and send all of it"],
  ECDSAInvalidSignatureLength: (e) => [`The signature has ${e.length} bytes; allowed: 65`, "send all of it"],
  ECDSAInvalidSignatureS: (e) => [`The signature's s is ${e.s}, in the upper half`, "sign with another wallet"],
  SafeERC20FailedOperation: (e) => [
    `Token ${e.token} refused the transfer`,
    "check balance, allowance and whether the token blocks one of the accounts",
  ],
  SafeCastOverflowedUintDowncast: overflow,
  WordFieldOverflow: overflow,
  ReentrancyGuardReentrantCall: () => [
    "The token called the escrow back during a transfer",
    "use a policy under a token without hooks",
  ],
  VaultCallerNotEscrow: (e) => [`${e.caller} is not the escrow ${e.escrow}`, "call the escrow, not the vault"],
  VaultCallerNotRegister: (e) => [
    `${e.caller} is not the register ${e.register}`,
    "call the deposit register, not the vault",
  ],
  Error: (e) => [`The contract refused: ${e.message}`, "see the token's documentation for this text"],
  Panic: (e) => [`The contract failed with panic 0x${e.code.toString(16)}`, "report this with the transaction"],
};

const statusAdvice: Readonly<Record<MerchantStatusName, string>> = {
  None: "check the merchant's id",
  Active: "only a merchant that is suspended, closing or defaulted allows it",
  Suspended: "wait for the end of the suspension, or for the regulator to resume it",
  RunOff: "the merchant is closing: it sells no more, and its cards are refunded",
  Closed: "the merchant is closed and does no more business",
  Defaulted: "cards are refunded when the final window is over",
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
