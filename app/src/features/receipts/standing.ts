import { verifyConsumption } from "prepaid-escrow";

import type { Database, StoredReceipt } from "../../chain/storage/database";

/** Whether the settled receipt proves a visit. */
export type Standing = "proved" | "signed" | "unproved";

/** The visits of a card that this browser knows, oldest first. */
export async function receiptsOf(database: Database, cardId: string): Promise<StoredReceipt[]> {
  const found = await database.getAllFromIndex("receipts", "card", cardId);
  return found.sort((a, b) => (a.cumulative < b.cumulative ? -1 : a.cumulative > b.cumulative ? 1 : a.at - b.at));
}

/**
 * The standing of each visit: settled and proved, signed only, or neither.
 *
 * @param entries Oldest first.
 * @param settled Receipt of the card's last settled voucher and its consumption; zero before the first.
 */
export function standings(
  entries: readonly StoredReceipt[],
  settled: { readonly receipt: string; readonly cumulative: bigint },
): Standing[] {
  const head = entries.findIndex(({ receipt }) => receipt === settled.receipt);
  return entries.map(({ cardId, previous, cumulative, itemHash }, i) => {
    if (cumulative > settled.cumulative) return "signed";
    if (head < i) return "unproved";
    const proof = { cardId, previous, link: { cumulative, itemHash }, later: entries.slice(i + 1, head + 1) };
    return verifyConsumption(proof, settled.receipt) ? "proved" : "unproved";
  });
}
