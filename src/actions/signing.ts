import { Signature } from "ethers";
import type { TypedDataDomain, TypedDataField } from "ethers";

import { fitNumber } from "./calls.js";
import type { EscrowInputs, Purchase, KeyVoucher } from "./calls.js";
import {
  compactSignature,
  purchaseNonce,
  typedDataDigest,
  typedDataPayload,
  typedDataTypes,
} from "../contracts/typedData.js";
import type { ConsumptionMessage, TypedDataMessages, TypedDataName, TypedDataPayload } from "../contracts/typedData.js";

/**
 * A message for a wallet to sign, and the call that its signature completes.
 *
 * Give `payload` to a wallet behind JSON-RPC (`eth_signTypedData_v4`), or domain, types and message to ethers' `signTypedData`. Then
 * `complete` returns the input of the call, which anyone may send.
 */
export interface SigningRequest<Result> {
  /** The account that must sign. */
  readonly signer: string;
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly message: Record<string, unknown>;
  readonly payload: TypedDataPayload;
  /** The hash that a wallet signs, for keys that sign hashes. */
  readonly digest: string;
  /** The input of the call, from the signature. */
  readonly complete: (signature: string) => Result;
}

function request<Name extends TypedDataName, Result>(
  signer: string,
  domain: TypedDataDomain,
  name: Name,
  message: TypedDataMessages[Name],
  complete: (signature: string) => Result,
): SigningRequest<Result> {
  const types: Record<string, TypedDataField[]> = typedDataTypes[name];
  const fields: Record<string, unknown> = { ...message };
  for (const { name: field, type } of types[name] ?? []) {
    const [, bits] = /^uint(\d+)$/.exec(type) ?? [];
    if (bits !== undefined) fitNumber(field, fields[field], BigInt(bits));
  }
  return Object.freeze({
    signer,
    domain,
    types,
    message: fields,
    // Computed on use: a till that serves thousands of cards needs only one of them.
    get payload() {
      return typedDataPayload(domain, name, message);
    },
    get digest() {
      return typedDataDigest(domain, name, message);
    },
    complete,
  });
}

/**
 * The request that a holder signs a consumption.
 *
 * @param domain See `escrowDomain`.
 * @param holder The holder in the card's id.
 * @param message The card's cumulative, this consumption included.
 * @returns A request whose signature completes a voucher of a batch.
 */
export function consumptionRequest(
  domain: TypedDataDomain,
  holder: string,
  message: ConsumptionMessage,
): SigningRequest<KeyVoucher> {
  return request(holder, domain, "Consumption", message, (signature) => ({
    ...message,
    ...compactSignature(signature),
  }));
}

/**
 * The request that an operator signs a batch, so that anyone can relay it.
 *
 * @param operator An operator of the merchant.
 * @param batch The merchant, its vouchers, and the last second at which the signature is valid, at most 30 days ahead.
 * @returns A request whose signature completes the input of `settleWithSignature`.
 */
export function settlementRequest(
  domain: TypedDataDomain,
  operator: string,
  batch: { readonly merchantId: bigint; readonly vouchers: readonly KeyVoucher[]; readonly deadline: bigint },
): SigningRequest<EscrowInputs["settleWithSignature"]> {
  const { merchantId, vouchers, deadline } = batch;
  const consumptions = vouchers.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
  return request(operator, domain, "Settlement", { merchantId, consumptions, deadline }, (signature) => ({
    ...batch,
    operator,
    signature,
  }));
}

/**
 * The request that a holder signs to leave.
 *
 * @param message The card, its current nonce, and the last second at which the signature is valid, at most 30 days ahead.
 * @returns A request whose signature completes the input of `requestExitWithSignature`.
 */
export function exitRequest(
  domain: TypedDataDomain,
  holder: string,
  message: TypedDataMessages["ExitRequest"],
): SigningRequest<EscrowInputs["requestExitWithSignature"]> {
  const { cardId, deadline } = message;
  return request(holder, domain, "ExitRequest", message, (signature) => ({ cardId, deadline, signature }));
}

/**
 * The request that a holder signs a complaint.
 *
 * @param message The card, the hash of the evidence, the card's current nonce, and the last second of the signature's validity.
 * @returns A request whose signature completes the input of `complainWithSignature`.
 */
export function complaintRequest(
  domain: TypedDataDomain,
  holder: string,
  message: TypedDataMessages["Complaint"],
): SigningRequest<EscrowInputs["complainWithSignature"]> {
  const { cardId, evidence, deadline } = message;
  return request(holder, domain, "Complaint", message, (signature) => ({ cardId, evidence, deadline, signature }));
}

/** A purchase by an ERC-3009 authorization. */
export interface AuthorizationTerms {
  readonly escrow: string;
  /** The merchant's vault, which takes the price. */
  readonly vault: string;
  readonly payer: string;
  readonly purchase: Purchase;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** 32 random bytes. */
  readonly salt: string;
}

/**
 * The request that a payer authorizes the payment for one card, which anyone can relay (ERC-3009).
 *
 * @param domain The token's domain.
 * @returns A request whose signature completes the input of `buyWithAuthorization`.
 */
export function authorizationRequest(
  domain: TypedDataDomain,
  terms: AuthorizationTerms,
): SigningRequest<EscrowInputs["buyWithAuthorization"]> {
  const { escrow, vault, payer, purchase, validAfter, validBefore, salt } = terms;
  const nonce = purchaseNonce({ ...purchase, escrow, salt });
  const message = { from: payer, to: vault, value: purchase.principal, validAfter, validBefore, nonce };
  return request(payer, domain, "ReceiveWithAuthorization", message, (signature) => {
    return { purchase, payer, validAfter, validBefore, salt, ...split(signature) };
  });
}

/** A purchase with a permit. */
export interface PermitTerms {
  readonly escrow: string;
  readonly payer: string;
  readonly purchase: Purchase;
  /** The payer's permit nonce at the token. */
  readonly nonce: bigint;
  readonly deadline: bigint;
}

/**
 * The request that a payer permits the escrow to take the price of one card (ERC-2612). The payer sends the purchase.
 *
 * @param domain The token's domain.
 * @returns A request whose signature completes the input of `buyWithPermit`.
 */
export function permitRequest(
  domain: TypedDataDomain,
  terms: PermitTerms,
): SigningRequest<EscrowInputs["buyWithPermit"]> {
  const { escrow, payer, purchase, nonce, deadline } = terms;
  const message = { owner: payer, spender: escrow, value: purchase.principal, nonce, deadline };
  return request(payer, domain, "Permit", message, (signature) => ({ purchase, deadline, ...split(signature) }));
}

function split(signature: string) {
  const { v, r, s } = Signature.from(signature);
  return { v: BigInt(v), r, s };
}
