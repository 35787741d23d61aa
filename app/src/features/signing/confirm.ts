import { hashItem, nextReceipt } from "prepaid-escrow";
import type { EscrowClient } from "prepaid-escrow";

import type { Database } from "../../chain/storage/database";
import { writeSignature } from "../../lib/links";
import type { ConsumptionLink } from "../../lib/links";
import { TILL_CHANNEL } from "./channel";

/** The hash of a visit's item, and the receipt that the holder signs. */
export function receiptOf({ cardId, cumulative, previous, item, salt }: ConsumptionLink): {
  readonly itemHash: string;
  readonly receipt: string;
} {
  const itemHash = hashItem(salt, item);
  return { itemHash, receipt: nextReceipt(previous, cardId, { cumulative, itemHash }) };
}

/**
 * Has the wallet sign a visit, keeps the signature in this browser, and hands it to a till in another window.
 *
 * @param client Signs with the holder's wallet.
 */
export async function confirmConsumption(
  client: EscrowClient,
  database: Database,
  visit: ConsumptionLink,
): Promise<void> {
  const { merchantId, cardId, from, cumulative, previous, item, salt } = visit;
  const { itemHash, receipt } = receiptOf(visit);
  // The signature stays as the wallet gives it: a wallet that is a contract signs in a form of its own.
  const request = client.consumptionRequest({ cardId, cumulative, receipt });
  const signature = await client.sign({ ...request, complete: (bytes) => bytes });
  await database.put("receipts", {
    ...{ cardId, from, cumulative, previous, receipt, item, salt, itemHash, signature },
    at: Date.now(),
  });
  const text = writeSignature(merchantId, { cardId, cumulative, receipt, signature });
  new BroadcastChannel(TILL_CHANNEL).postMessage({ merchantId, text });
}
