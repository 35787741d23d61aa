import { EMPTY_RECEIPT, decodeCardId, decodeEvents, isEvent, topicOf } from "prepaid-escrow";
import type { EscrowClient } from "prepaid-escrow";

/** What was settled last on a card: its receipt and its consumption. A moved card has a chain of its own. */
export async function settledReceipt(
  client: EscrowClient,
  cardId: string,
): Promise<{ readonly receipt: string; readonly cumulative: bigint }> {
  decodeCardId(cardId);
  const logs = await client.provider.getLogs({
    address: client.escrow,
    topics: [topicOf("ConsumptionSettled"), null, cardId],
    fromBlock: client.deployBlock,
  });
  const last = decodeEvents(logs)
    .filter((event) => isEvent(event, "ConsumptionSettled"))
    .at(-1);
  if (last === undefined) return { receipt: EMPTY_RECEIPT, cumulative: (await client.card(cardId)).consumed };
  return { receipt: last.args.receipt, cumulative: last.args.cumulative };
}
