import type { CardStatusName, DisputeKindName, ExitRuleName, MerchantStatusName, ProgramKindName } from "./enums.js";

/* The errors of the contracts, and their fields. */

/** The fields of an error without any. */
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
  ProgramCoolingOffFree: { feeBps: bigint; neededBps: bigint };
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
  CardInCoolingOff: { cardId: string; nowAt: bigint; until: bigint };
  CardComplaintPending: { cardId: string; nowAt: bigint; endsAt: bigint };
  CardNoComplaint: { cardId: string; kind: DisputeKindName };
  CardComplaintTooEarly: { cardId: string; nowAt: bigint; complaintFrom: bigint };
  CardExitNotContestable: { cardId: string; rule: ExitRuleName };
  CardExitPaysInFull: { cardId: string; refund: bigint };
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
  ExposureReported: { principal: bigint; highest: bigint; repeatableFrom: bigint };
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

/** The fields of every error that this package can decode. */
export type RevertFields = EscrowErrorFields & RegisterErrorFields & ForeignErrorFields;

/** The name of an error that this package can decode. */
export type RevertName = keyof RevertFields;
