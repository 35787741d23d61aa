import { AbiCoder, Signature, TypedDataEncoder, concat, keccak256 } from "ethers";
import type { TypedDataDomain, TypedDataField } from "ethers";

/** The message that a holder signs to confirm consumption. */
export interface ConsumptionMessage {
  readonly cardId: string;
  /** Units consumed so far, this consumption included. */
  readonly cumulative: bigint;
  /** Head of the card's receipt chain. */
  readonly receipt: string;
}

/** The message that an operator signs so that anyone can relay a batch. */
export interface SettlementMessage {
  readonly merchantId: bigint;
  readonly consumptions: readonly ConsumptionMessage[];
  /** Last second at which the signature is valid, in Unix seconds; at most 30 days ahead. */
  readonly deadline: bigint;
}

/** The message that a holder signs to leave without sending a transaction. */
export interface ExitRequestMessage {
  readonly cardId: string;
  /** The card's current nonce. */
  readonly nonce: bigint;
  /** Last second at which the signature is valid, in Unix seconds; at most 30 days ahead. */
  readonly deadline: bigint;
}

/** The message that a holder signs to complain without sending a transaction. */
export interface ComplaintMessage {
  readonly cardId: string;
  /** Hash of the holder's evidence. */
  readonly evidence: string;
  /** The card's current nonce. */
  readonly nonce: bigint;
  /** Last second at which the signature is valid, in Unix seconds; at most 30 days ahead. */
  readonly deadline: bigint;
}

/** The message that a payer signs so that a vault can take the price of one card (ERC-3009). */
export interface ReceiveAuthorizationMessage {
  readonly from: string;
  /** The merchant's vault. */
  readonly to: string;
  /** Principal in token base units. */
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** See {@link purchaseNonce}. */
  readonly nonce: string;
}

/** The message that a payer signs so that the escrow can take the price of a card (ERC-2612). */
export interface PermitMessage {
  readonly owner: string;
  /** The escrow. */
  readonly spender: string;
  /** Principal in token base units. */
  readonly value: bigint;
  /** The owner's permit nonce at the token. */
  readonly nonce: bigint;
  readonly deadline: bigint;
}

/** The one purchase that an ERC-3009 authorization can pay for. */
export interface AuthorizedPurchase {
  readonly escrow: string;
  readonly programId: bigint;
  readonly holder: string;
  /** In token base units. */
  readonly principal: bigint;
  /** Start of a pass, in Unix seconds; zero for now, and for every other kind. */
  readonly startsAt: bigint;
  /** 32 random bytes. */
  readonly salt: string;
}

/** A signature in the compact form of ERC-2098, as in the vouchers of a batch. */
export interface CompactSignature {
  readonly r: string;
  readonly vs: string;
}

/** EIP-712 types of the messages, by name of the struct that is signed. Source: `contracts/logic/TypedData.sol`. */
export const typedDataTypes = {
  Consumption: {
    Consumption: [
      { name: "cardId", type: "bytes32" },
      { name: "cumulative", type: "uint88" },
      { name: "receipt", type: "bytes32" },
    ],
  },
  Settlement: {
    Settlement: [
      { name: "merchantId", type: "uint32" },
      { name: "consumptions", type: "Consumption[]" },
      { name: "deadline", type: "uint48" },
    ],
    Consumption: [
      { name: "cardId", type: "bytes32" },
      { name: "cumulative", type: "uint88" },
      { name: "receipt", type: "bytes32" },
    ],
  },
  ExitRequest: {
    ExitRequest: [
      { name: "cardId", type: "bytes32" },
      { name: "nonce", type: "uint8" },
      { name: "deadline", type: "uint48" },
    ],
  },
  Complaint: {
    Complaint: [
      { name: "cardId", type: "bytes32" },
      { name: "evidence", type: "bytes32" },
      { name: "nonce", type: "uint8" },
      { name: "deadline", type: "uint48" },
    ],
  },
  ReceiveWithAuthorization: {
    ReceiveWithAuthorization: [
      { name: "from", type: "address" },
      { name: "to", type: "address" },
      { name: "value", type: "uint256" },
      { name: "validAfter", type: "uint256" },
      { name: "validBefore", type: "uint256" },
      { name: "nonce", type: "bytes32" },
    ],
  },
  Permit: {
    Permit: [
      { name: "owner", type: "address" },
      { name: "spender", type: "address" },
      { name: "value", type: "uint256" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ],
  },
} satisfies Record<string, Record<string, TypedDataField[]>>;

/** Each message by the name of its struct. */
export interface TypedDataMessages {
  readonly Consumption: ConsumptionMessage;
  readonly Settlement: SettlementMessage;
  readonly ExitRequest: ExitRequestMessage;
  readonly Complaint: ComplaintMessage;
  readonly ReceiveWithAuthorization: ReceiveAuthorizationMessage;
  readonly Permit: PermitMessage;
}

/** A message that can be signed. */
export type TypedDataName = keyof TypedDataMessages;

/** One encoder for each message: creating an encoder is slow, because it parses the types. */
const encoders = {
  Consumption: TypedDataEncoder.from(typedDataTypes.Consumption),
  Settlement: TypedDataEncoder.from(typedDataTypes.Settlement),
  ExitRequest: TypedDataEncoder.from(typedDataTypes.ExitRequest),
  Complaint: TypedDataEncoder.from(typedDataTypes.Complaint),
  ReceiveWithAuthorization: TypedDataEncoder.from(typedDataTypes.ReceiveWithAuthorization),
  Permit: TypedDataEncoder.from(typedDataTypes.Permit),
} satisfies Record<TypedDataName, TypedDataEncoder>;

/** The parameter of a wallet's `eth_signTypedData_v4`, ready for `JSON.stringify`. */
export interface TypedDataPayload {
  readonly types: Record<string, TypedDataField[]>;
  readonly domain: Record<string, unknown>;
  readonly primaryType: string;
  readonly message: Record<string, unknown>;
}

/**
 * The EIP-712 domain of an escrow: name `PrepaidEscrow`, version `1` (`eip712Domain()` of the contract returns the same).
 *
 * @param chainId The chain the escrow is on.
 * @param escrow The escrow's address.
 */
export function escrowDomain(chainId: bigint, escrow: string): TypedDataDomain {
  return { name: "PrepaidEscrow", version: "1", chainId, verifyingContract: escrow };
}

/**
 * The hash that a wallet signs.
 *
 * @param domain See {@link escrowDomain}; for the messages to a token, the domain of the token.
 * @param name Name of the message.
 * @param message Its fields.
 */
export function typedDataDigest<Name extends TypedDataName>(
  domain: TypedDataDomain,
  name: Name,
  message: TypedDataMessages[Name],
): string {
  return keccak256(concat(["0x1901", hashDomain(domain), encoders[name].hash(message)]));
}

/** The hash of the domain used last: a till or a relayer signs thousands of messages in one domain. */
let lastDomain: { readonly key: string; readonly hash: string } | undefined;

function hashDomain(domain: TypedDataDomain): string {
  const { name, version, chainId, verifyingContract, salt } = domain;
  const key = JSON.stringify([name, version, String(chainId), verifyingContract, salt]);
  if (lastDomain?.key !== key) lastDomain = { key, hash: TypedDataEncoder.hashDomain(domain) };
  return lastDomain.hash;
}

/**
 * The same message for a wallet behind JSON-RPC (`eth_signTypedData_v4`).
 *
 * @param domain See {@link escrowDomain}.
 * @param name Name of the message.
 * @param message Its fields.
 */
export function typedDataPayload<Name extends TypedDataName>(
  domain: TypedDataDomain,
  name: Name,
  message: TypedDataMessages[Name],
): TypedDataPayload {
  return TypedDataEncoder.getPayload(domain, typedDataTypes[name], { ...message }) as TypedDataPayload;
}

/**
 * A signature in its compact form (ERC-2098).
 *
 * @param signature 65 or 64 bytes in hexadecimal.
 * @throws TypeError (of ethers) if it is neither.
 */
export function compactSignature(signature: string): CompactSignature {
  const { r, yParityAndS } = Signature.from(signature);
  return { r, vs: yParityAndS };
}

/**
 * The nonce of the ERC-3009 authorization that pays for one purchase:
 * keccak256(abi.encode(escrow, programId, holder, principal, startsAt, salt)).
 *
 * Source: `PrepaidEscrow.buyWithAuthorization`.
 */
export function purchaseNonce(purchase: AuthorizedPurchase): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["address", "uint32", "address", "uint88", "uint32", "bytes32"],
      [purchase.escrow, purchase.programId, purchase.holder, purchase.principal, purchase.startsAt, purchase.salt],
    ),
  );
}
