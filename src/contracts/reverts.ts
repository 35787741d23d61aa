import { Interface } from "ethers";
import type { ErrorDescription } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "./abi.js";
import { CardStatus, DisputeKind, ExitRule, MerchantStatus, ProgramKind, nameOf } from "./enums.js";
import type { RevertFields, RevertName } from "./revertFields.js";
import { explain, sentences } from "./revertSentences.js";

export type * from "./revertFields.js";

/* THE ERRORS */

/**
 * A call that a contract refused.
 *
 * The message names the value, the limit and the next step. Programs read the same from `revert` and `fields`.
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

/** A {@link RevertError} of any kind; `revert` is the discriminant. */
export type AnyRevertError = { [Name in RevertName]: RevertError<Name> }[RevertName];

/** A call that a contract refused with an error of another ABI. */
export class UnknownRevertError extends Error {
  override readonly name = "UnknownRevertError";
  /** First four bytes of the data. */
  readonly selector: string;

  /**
   * @param data The revert data, in hexadecimal.
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

/** The errors of Solidity itself. Their field has no name in an ABI. */
const builtinFields: Readonly<Record<string, string>> = { Error: "message", Panic: "code" };

/** Fields that are numbers of an enumeration on chain, and names in this package. */
const enumFields: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, bigint>>>>>> = {
  MerchantStatusForbids: { status: MerchantStatus },
  CardNotOpen: { status: CardStatus },
  CardInDispute: { kind: DisputeKind },
  CardNoComplaint: { kind: DisputeKind },
  CardExitNotContestable: { rule: ExitRule },
  ProgramPriceZero: { kind: ProgramKind },
};

/**
 * Decodes the refusal of a contract.
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
  // Names and types of the fields are those of the ABI.
  return new RevertError(parsed.name, values as never, options) as AnyRevertError;
}

/**
 * Finds the refusal of a contract inside an error of a provider, wallet or node.
 *
 * @param error The error that a call or transaction threw.
 * @returns The decoded revert; `undefined` if the cause is another one (no connection, rejected by the user, ...).
 */
export function findRevert(error: unknown): AnyRevertError | UnknownRevertError | undefined {
  if (error instanceof UnknownRevertError) return error;
  if (error instanceof RevertError) return error as AnyRevertError;
  const data = findData(error, 0);
  return data === undefined ? undefined : decodeRevert(data, { cause: error });
}

/** Whether an error is the refusal of this name; narrows the type of its fields. */
export function isRevert<Name extends RevertName>(error: unknown, name: Name): error is RevertError<Name> {
  return error instanceof RevertError && (error.revert as RevertName) === name;
}

function parse(data: string): ErrorDescription | null {
  try {
    return escrowAbi.parseError(data) ?? registerAbi.parseError(data) ?? foreignAbi.parseError(data);
  } catch {
    // The selector is known, but the data does not fit it.
    return null;
  }
}

function isRevertName(name: string): name is RevertName {
  return Object.hasOwn(sentences, name);
}

/** Searches nested errors for revert data: every provider puts it under `data`, at another depth. */
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
