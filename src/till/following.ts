import { EMPTY_RECEIPT } from "../actions/receipts.js";
import { NodeUnreachableError } from "../client/errors.js";
import type { EscrowEvent } from "../contracts/events.js";
import { backoff, pause } from "../utils/waiting.js";
import type { KnownState } from "./knownState.js";

/**
 * Reads the card and the merchant of an event again. Repeats the reading while the node does not answer.
 *
 * @returns Whether the event concerns the till's merchant; false if the signal was aborted first.
 */
export async function refreshAfter(known: KnownState, event: EscrowEvent, signal?: AbortSignal): Promise<boolean> {
  for (let attempts = 1; signal?.aborted !== true; attempts += 1) {
    try {
      return await refreshOnce(known, event);
    } catch (error) {
      if (!(error instanceof NodeUnreachableError)) throw error;
      await pause(backoff(attempts, 500, 30_000), signal);
    }
  }
  return false;
}

async function refreshOnce(known: KnownState, { name, args }: EscrowEvent): Promise<boolean> {
  const { merchantId, cardId, newCardId } = args as Readonly<Record<string, unknown>>;
  // A warning about no particular card carries a card id of zero.
  const card = typeof cardId === "string" && cardId !== EMPTY_RECEIPT ? cardId : undefined;
  const ours =
    merchantId === known.merchantId ||
    (card !== undefined && (await known.card(card))?.merchantId === known.merchantId);
  if (!ours) return false;
  for (const id of [card, newCardId]) if (typeof id === "string") await known.refresh(id);
  if (card === undefined || name === "CardRefunded") await known.refreshMerchant();
  return true;
}
