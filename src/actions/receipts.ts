import { AbiCoder, ZeroHash, keccak256, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../utils/invalidInput.js";

/** The part of a visit that goes into the card's chain of receipts. */
export interface Visit {
  /** Consumption of the card after the visit, in units of its program. */
  readonly cumulative: bigint;
  /** See {@link hashItem}. */
  readonly itemHash: string;
}

/** Proof that a settled receipt covers a visit. */
export interface VisitProof {
  readonly cardId: string;
  /** The receipt before the visit; zero for the first visit of a card. */
  readonly previous: string;
  readonly visit: Visit;
  /** The visits after it, oldest first, up to the settled receipt. */
  readonly later: readonly Visit[];
}

/** The receipt of a card that has not been used. */
export const EMPTY_RECEIPT = ZeroHash;

const coder = AbiCoder.defaultAbiCoder();

/**
 * The salted hash of an item, which hides the item: keccak256(abi.encode(salt, keccak256(item))).
 *
 * @param salt 32 random bytes, new for every visit. Till and holder keep them.
 * @param item What was consumed, in any notation. The hash is over its UTF-8 bytes.
 */
export function hashItem(salt: string, item: string): string {
  return keccak256(coder.encode(["bytes32", "bytes32"], [salt, keccak256(toUtf8Bytes(item))]));
}

/**
 * The receipt after a visit: keccak256(abi.encode(previous, cardId, cumulative, itemHash)).
 *
 * @param previous The receipt before it; {@link EMPTY_RECEIPT} for a card's first visit.
 * @param cardId The card.
 * @param visit The visit.
 */
export function nextReceipt(previous: string, cardId: string, visit: Visit): string {
  return keccak256(
    coder.encode(["bytes32", "bytes32", "uint88", "bytes32"], [previous, cardId, visit.cumulative, visit.itemHash]),
  );
}

/**
 * The receipt that covers all these visits.
 *
 * @param cardId The card.
 * @param visits Oldest first.
 * @param from The receipt before the first of them.
 */
export function receiptOf(cardId: string, visits: readonly Visit[], from: string = EMPTY_RECEIPT): string {
  return visits.reduce((receipt, visit) => nextReceipt(receipt, cardId, visit), from);
}

/**
 * Proves that the receipt of all `visits` covers the one at `index`.
 *
 * @param cardId The card.
 * @param visits Every visit of the card up to the settled receipt, oldest first.
 * @param index Place of the visit among them, from 0.
 * @throws InvalidInputError if there is no such visit.
 */
export function proveVisit(cardId: string, visits: readonly Visit[], index: number): VisitProof {
  const visit = visits[index];
  if (visit === undefined) {
    throw new InvalidInputError("index", index, `0 to ${visits.length - 1}`, "choose one of the recorded visits");
  }
  return {
    cardId,
    previous: receiptOf(cardId, visits.slice(0, index)),
    visit,
    later: visits.slice(index + 1),
  };
}

/**
 * Whether a proof leads to the receipt that was settled on chain.
 *
 * @param proof See {@link proveVisit}.
 * @param settled `receipt` of the card's last `ConsumptionSettled` event.
 */
export function verifyVisit(proof: VisitProof, settled: string): boolean {
  const visits = [proof.visit, ...proof.later];
  const rising = visits.every((visit, i) => i === 0 || visit.cumulative > (visits[i - 1]?.cumulative ?? 0n));
  return rising && receiptOf(proof.cardId, visits, proof.previous) === settled.toLowerCase();
}
