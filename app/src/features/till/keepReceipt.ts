import { hashItem } from "prepaid-escrow";
import type { Till } from "prepaid-escrow/till";
import type { BookedVoucher } from "prepaid-escrow/till";

import type { Database } from "../../chain/storage/database";

/** Keeps a consumption with those that were signed in this browser, so that the card's page can prove it too. */
export async function keepReceipt(database: Database, till: Till, voucher: BookedVoucher): Promise<void> {
  const { cardId, cumulative, previous, receipt, item, salt } = voucher;
  const [vouchers, card] = await Promise.all([till.vouchers(cardId), till.card(cardId)]);
  const before = vouchers[vouchers.findIndex((each) => each.receipt === receipt) - 1]?.cumulative ?? 0n;
  const from = card !== undefined && card.consumed > before ? card.consumed : before;
  const itemHash = hashItem(salt, item);
  // If the holder signed in this browser too, the signature is already here.
  const kept = await database.get("receipts", receipt);
  await database.put("receipts", {
    ...kept,
    ...{ cardId, from, cumulative, previous, receipt, item, salt, itemHash, at: Date.now() },
  });
}
