import type { EscrowClient } from "prepaid-escrow";
import { EMPTY_RECEIPT } from "prepaid-escrow";

/** The receipt and the consumption that were settled last on a card. A moved card has a chain of receipts of its own. */
export async function settledReceipt(
  client: EscrowClient,
  cardId: string,
): Promise<{ readonly receipt: string; readonly cumulative: bigint }> {
  // One request, if the node allows it: the logs of a single card are few.
  const last = await client.history.lastSettlement(cardId, { chunk: Number.MAX_SAFE_INTEGER });
  if (last === undefined) return { receipt: EMPTY_RECEIPT, cumulative: (await client.card(cardId)).consumed };
  return { receipt: last.args.receipt, cumulative: last.args.cumulative };
}
