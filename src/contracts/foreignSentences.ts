import { formatTime } from "../utils/units.js";
import type { ForeignErrorFields } from "./revertFields.js";
import { overflow } from "./revertWords.js";
import type { Sentences } from "./revertWords.js";

/** The problem and the next step of each error of tokens, the role manager and libraries. Amounts are in token base units. */
export const foreignSentences: Sentences<ForeignErrorFields> = {
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
