import { hashItem } from "prepaid-escrow";
import type { Till } from "prepaid-escrow/till";
import type { BookedVisit } from "prepaid-escrow/till";

import type { Database } from "../../chain/storage/database";

/** Keeps a visit with those that were signed in this browser, so that the card's page can prove it too. */
export async function keepReceipt(database: Database, till: Till, visit: BookedVisit): Promise<void> {
  const { cardId, cumulative, previous, receipt, item, salt } = visit;
  const [visits, card] = await Promise.all([till.visits(cardId), till.card(cardId)]);
  const before = visits[visits.findIndex((each) => each.receipt === receipt) - 1]?.cumulative ?? 0n;
  const from = card !== undefined && card.consumed > before ? card.consumed : before;
  const itemHash = hashItem(salt, item);
  // If the holder signed in this browser too, the signature is already here.
  const kept = await database.get("receipts", receipt);
  await database.put("receipts", {
    ...kept,
    ...{ cardId, from, cumulative, previous, receipt, item, salt, itemHash, at: Date.now() },
  });
}
