import { AbiCoder, ZeroHash, keccak256, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../utils/invalidInput.js";

/** The part of a consumption that goes into the card's chain of receipts. */
export interface ReceiptLink {
  /** Units consumed so far, this consumption included. */
  readonly cumulative: bigint;
  /** See {@link hashItem}. */
  readonly itemHash: string;
}

/** Proof that a settled receipt covers a consumption. */
export interface ConsumptionProof {
  readonly cardId: string;
  /** The receipt before the consumption; zero for the first consumption of a card. */
  readonly previous: string;
  readonly link: ReceiptLink;
  /** The consumptions after it, oldest first, up to the settled receipt. */
  readonly later: readonly ReceiptLink[];
}

/** The receipt of a card that has not been used. */
export const EMPTY_RECEIPT = ZeroHash;

const coder = AbiCoder.defaultAbiCoder();

/**
 * The salted hash of an item, which hides the item: keccak256(abi.encode(salt, keccak256(item))).
 *
 * @param salt 32 random bytes, new for every consumption. Till and holder keep them.
 * @param item What was consumed, in any notation. The hash is over its UTF-8 bytes.
 */
export function hashItem(salt: string, item: string): string {
  return keccak256(coder.encode(["bytes32", "bytes32"], [salt, keccak256(toUtf8Bytes(item))]));
}

/**
 * The receipt after a consumption: keccak256(abi.encode(previous, cardId, cumulative, itemHash)).
 *
 * @param previous The receipt before it; {@link EMPTY_RECEIPT} for a card's first consumption.
 * @param cardId The card.
 * @param link The consumption.
 */
export function nextReceipt(previous: string, cardId: string, link: ReceiptLink): string {
  return keccak256(
    coder.encode(["bytes32", "bytes32", "uint88", "bytes32"], [previous, cardId, link.cumulative, link.itemHash]),
  );
}

/**
 * The receipt that covers all these consumptions.
 *
 * @param cardId The card.
 * @param links Oldest first.
 * @param from The receipt before the first of them.
 */
export function receiptOf(cardId: string, links: readonly ReceiptLink[], from: string = EMPTY_RECEIPT): string {
  return links.reduce((receipt, link) => nextReceipt(receipt, cardId, link), from);
}

/**
 * Proves that the receipt of all `links` covers the one at `index`.
 *
 * @param cardId The card.
 * @param links Every consumption of the card up to the settled receipt, oldest first.
 * @param index Place of the consumption among them, from 0.
 * @throws InvalidInputError if there is no such consumption.
 */
export function proveConsumption(cardId: string, links: readonly ReceiptLink[], index: number): ConsumptionProof {
  const link = links[index];
  if (link === undefined) {
    throw new InvalidInputError("index", index, `0 to ${links.length - 1}`, "choose one of the recorded visits");
  }
  return {
    cardId,
    previous: receiptOf(cardId, links.slice(0, index)),
    link,
    later: links.slice(index + 1),
  };
}

/**
 * Whether a proof leads to the receipt that was settled on chain.
 *
 * @param proof See {@link proveConsumption}.
 * @param settled `receipt` of the card's last `ConsumptionSettled` event.
 */
export function verifyConsumption(proof: ConsumptionProof, settled: string): boolean {
  const links = [proof.link, ...proof.later];
  const rising = links.every((link, i) => i === 0 || link.cumulative > (links[i - 1]?.cumulative ?? 0n));
  return rising && receiptOf(proof.cardId, links, proof.previous) === settled.toLowerCase();
}
