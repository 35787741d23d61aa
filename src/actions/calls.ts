import { Interface, getAddress } from "ethers";
import type { FunctionFragment, ParamType } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "../contracts/abi.js";
import type { DepositRule } from "../contracts/depositRule.js";
import { ProgramKind } from "../contracts/enums.js";
import type { ProgramKindName } from "../contracts/enums.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { Policy } from "../contracts/policy.js";

/* INPUT */

/** A program to publish. Amounts in token base units; `units` are base units, visits or seconds, depending on the kind. */
export interface ProgramTerms {
  readonly kind: ProgramKindName;
  readonly bearer: boolean;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  /** Whether the merchant charges none of the policy's fees for leaving. */
  readonly feeFree: boolean;
  readonly metadataURI: string;
}

/** One card to buy. */
export interface Purchase {
  readonly programId: bigint;
  readonly holder: string;
  /** Token base units. */
  readonly principal: bigint;
  readonly serial: bigint;
  /** Start of a pass, in Unix seconds; zero for now, and for every other kind. */
  readonly startsAt: bigint;
}

/** A voucher of a batch: the confirmed consumption, and its signature in the compact form (ERC-2098). */
export interface KeyVoucher {
  readonly cardId: string;
  readonly cumulative: bigint;
  readonly receipt: string;
  readonly r: string;
  readonly vs: string;
}

/** A voucher of a holder that is a contract (ERC-1271). */
export interface ContractVoucher {
  readonly cardId: string;
  readonly cumulative: bigint;
  readonly receipt: string;
  readonly signature: string;
}

/** A claim of a distribution: a leaf of the association's list, and its Merkle proof. */
export interface Claim {
  readonly index: bigint;
  readonly account: string;
  /** Token base units. */
  readonly amount: bigint;
  readonly proof: readonly string[];
}

interface OfMerchant {
  readonly merchantId: bigint;
}
interface OfCard {
  readonly cardId: string;
}
interface Vouchers extends OfMerchant {
  readonly vouchers: readonly KeyVoucher[];
}
interface Cards {
  readonly cardIds: readonly string[];
}
interface Signed {
  /** Last second at which the signature is valid, in Unix seconds. */
  readonly deadline: bigint;
  readonly signature: string;
}
interface SplitSignature {
  readonly v: bigint;
  readonly r: string;
  readonly s: string;
}

/**
 * The input of each operation of the escrow, by the name of its function. Amounts in token base units, times in Unix seconds,
 * evidence and decisions as hashes.
 */
export interface EscrowInputs {
  addPolicy: { readonly policy: Policy };
  registerMerchant: {
    readonly owner: string;
    readonly payout: string;
    readonly policyId: bigint;
    /** Whole tokens, not base units; zero for none. */
    readonly outstandingCap: bigint;
    readonly metadataURI: string;
  };
  setMerchantPolicy: OfMerchant & { readonly policyId: bigint };
  /** In whole tokens, not base units; zero for none. */
  setOutstandingCap: OfMerchant & { readonly outstandingCap: bigint };
  setOperator: OfMerchant & { readonly operator: string; readonly enabled: boolean };
  setPayout: OfMerchant & { readonly payout: string };
  cancelPayout: OfMerchant;
  transferOwnership: OfMerchant & { readonly newOwner: string };
  cancelOwnershipTransfer: OfMerchant;
  acceptOwnership: OfMerchant;
  publishProgram: OfMerchant & { readonly terms: ProgramTerms };
  retireProgram: { readonly programId: bigint };
  buy: Omit<Purchase, "startsAt">;
  buyPass: Purchase;
  buyWithPermit: SplitSignature & { readonly purchase: Purchase; readonly deadline: bigint };
  buyWithAuthorization: SplitSignature & {
    readonly purchase: Purchase;
    readonly payer: string;
    readonly validAfter: bigint;
    readonly validBefore: bigint;
    readonly salt: string;
  };
  settle: Vouchers;
  settleAndPayOut: Vouchers;
  settleWithSignature: Vouchers & Signed & { readonly operator: string };
  settleContractHolders: OfMerchant & { readonly vouchers: readonly ContractVoucher[] };
  accrue: Cards;
  /** In seconds. */
  extendPasses: Cards & { readonly extension: bigint };
  payOut: OfMerchant;
  requestExit: OfCard;
  requestExitWithSignature: OfCard & Signed;
  cancelExit: OfCard;
  executeExit: OfCard;
  executeExitTo: OfCard & { readonly recipient: string };
  refundCard: OfCard;
  complain: OfCard & { readonly evidence: string };
  complainWithSignature: OfCard & Signed & { readonly evidence: string };
  contestExit: OfCard & { readonly evidence: string };
  resolve: OfCard & { readonly upheld: boolean; readonly awarded: bigint; readonly decision: string };
  /** In seconds. */
  resolveByExtension: OfCard & { readonly extension: bigint; readonly decision: string };
  executeDispute: OfCard;
  endComplaint: OfCard;
  requestMove: OfCard & { readonly to: string };
  consentMove: OfCard & { readonly nonce: bigint };
  cancelMove: OfCard;
  executeMove: OfCard & { readonly serial: bigint };
  setRecovery: { readonly recovery: string };
  suspend: OfMerchant & { readonly evidence: string };
  resume: OfMerchant;
  startRunOff: OfMerchant & { readonly lastServiceAt: bigint };
  closeMerchant: OfMerchant;
  flagDefault: OfMerchant & { readonly serviceStoppedAt: bigint; readonly evidence: string };
  withdrawDefault: OfMerchant;
  refundCards: OfMerchant & Cards;
  reportHolderExposure: OfMerchant & Cards;
  reviewWarnings: OfMerchant;
}

/** The input of each operation of the deposit register, by the name of its function. Amounts in token base units, times in Unix seconds. */
export interface RegisterInputs {
  setRule: OfMerchant & { readonly rule: DepositRule; readonly cureBy: bigint };
  reportOutstanding: OfMerchant & { readonly amount: bigint; readonly asOf: bigint; readonly evidence: string };
  refreshWarnings: OfMerchant;
  deposit: OfMerchant & { readonly amount: bigint };
  bookDeposit: OfMerchant;
  withdraw: OfMerchant & { readonly amount: bigint };
  nameSurety: OfMerchant & { readonly surety: string };
  placeSurety: OfMerchant & { readonly amount: bigint; readonly endsAt: bigint };
  takeBackSurety: OfMerchant & { readonly recipient: string };
  publishClaims: OfMerchant & { readonly root: string; readonly claims: bigint; readonly evidence: string };
  objectToClaims: OfMerchant & { readonly root: string; readonly evidence: string };
  openClaims: OfMerchant;
  claim: OfMerchant & { readonly claim: Claim };
  claimTo: OfMerchant & { readonly claim: Claim; readonly recipient: string };
  claimMany: OfMerchant & { readonly claims: readonly Claim[] };
  paySurplus: OfMerchant;
}

/** The input of the one operation of a token that this package needs. */
export interface TokenInputs {
  /** Allows `spender` to take up to `value` base units from the sender. */
  approve: { readonly spender: string; readonly value: bigint };
}

/** The name of a function of the escrow that changes something. */
export type EscrowOperation = keyof EscrowInputs;

/** The name of a function of the deposit register that changes something. */
export type RegisterOperation = keyof RegisterInputs;

/* OUTPUT */

/** A transaction without a sender. It has no value, because none of the contracts accepts ether. */
export interface Call {
  readonly to: string;
  readonly data: string;
}

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const registerAbi = IDepositRegister__factory.createInterface();
const tokenAbi = new Interface(["function approve(address spender, uint256 value) returns (bool)"]);

/**
 * The call of an operation of the escrow.
 *
 * @param escrow The escrow's address.
 * @param operation Name of the function.
 * @param input Its values, by the names of the function's parameters.
 * @throws InvalidInputError if a value does not fit its parameter.
 */
export function escrowCall<Name extends EscrowOperation>(
  escrow: string,
  operation: Name,
  input: EscrowInputs[Name],
): Call {
  return build(escrow, escrowAbi, escrowAbi.getFunction(operation), input);
}

/**
 * The call of an operation of the deposit register.
 *
 * @param register The register's address.
 * @param operation Name of the function.
 * @param input Its values, by the names of the function's parameters.
 * @throws InvalidInputError if a value does not fit its parameter.
 */
export function registerCall<Name extends RegisterOperation>(
  register: string,
  operation: Name,
  input: RegisterInputs[Name],
): Call {
  return build(register, registerAbi, registerAbi.getFunction(operation), input);
}

/**
 * The approval that `buy` and `deposit` need: it lets a contract take tokens of the sender.
 *
 * @param token The token's address.
 * @param input `spender`: escrow or register; `value`: the allowance in token base units.
 * @throws InvalidInputError if a value does not fit.
 */
export function approveCall(token: string, input: TokenInputs["approve"]): Call {
  return build(token, tokenAbi, tokenAbi.getFunction("approve"), input);
}

function build(to: string, abi: Interface, fragment: FunctionFragment | null, input: object): Call {
  if (fragment === null) throw new TypeError("The operation is not in the ABI.");
  const values = fragment.inputs.map((type) => fit(type, plainName(type), fieldOf(input, type)));
  return Object.freeze({ to: address("to", to), data: abi.encodeFunctionData(fragment, values) });
}

/** Without the underscore at the end of parameters that have the name of a function of the contract. */
function plainName(type: ParamType): string {
  return type.name.replace(/_$/, "");
}

function fieldOf(input: object, type: ParamType): unknown {
  return (input as Readonly<Record<string, unknown>>)[plainName(type)];
}

/* CHECKING */

/**
 * Checks that a value fits its type, before the encoder does: ethers' own messages name overflows and code points.
 *
 * @throws InvalidInputError if it does not fit.
 */
function fit(type: ParamType, field: string, value: unknown): unknown {
  if (type.arrayChildren !== null) {
    const child = type.arrayChildren;
    return (value as readonly unknown[]).map((item, i) => fit(child, `${field}[${i}]`, item));
  }
  if (type.components !== null) {
    return type.components.map((part) => fit(part, `${field}.${plainName(part)}`, fieldOf(value as object, part)));
  }
  if (type.type === "address") return address(field, value);
  // The only enumeration among the inputs.
  if (field.endsWith(".kind")) return ProgramKind[value as ProgramKindName];
  const [, bits] = /^uint(\d+)$/.exec(type.type) ?? [];
  if (bits !== undefined) return fitNumber(field, value, BigInt(bits));
  const [, bytes] = /^bytes(\d*)$/.exec(type.type) ?? [];
  if (bytes !== undefined) return hexadecimal(field, value, bytes);
  return value;
}

function address(field: string, value: unknown): string {
  try {
    return getAddress(String(value));
  } catch {
    throw new InvalidInputError(
      field,
      String(value),
      "an address with 40 hexadecimal digits",
      "check it for typing errors",
    );
  }
}

/** @throws InvalidInputError if the number does not fit the bits. */
export function fitNumber(field: string, value: unknown, bits: bigint): bigint {
  const max = 2n ** bits - 1n;
  if (typeof value === "bigint" && value >= 0n && value <= max) return value;
  throw new InvalidInputError(field, String(value), `0 to ${max}`, "give a number that fits, as a bigint");
}

function hexadecimal(field: string, value: unknown, bytes: string): string {
  const digits = bytes === "" ? "*" : `{${bytes}}`;
  if (typeof value === "string" && new RegExp(`^0x(?:[0-9a-fA-F]{2})${digits}$`).test(value)) return value;
  const allowed =
    bytes === "" ? "0x and hexadecimal digits, two a byte" : `0x and ${Number(bytes) * 2} hexadecimal digits`;
  throw new InvalidInputError(field, String(value), allowed, "give the whole value");
}
