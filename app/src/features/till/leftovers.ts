import type { Till } from "prepaid-escrow/till";
import type { TillStore } from "prepaid-escrow/till";

import type { Settings } from "../../chain/node/settings";

type Left = NonNullable<Settings["development"]>["vouchers"][number]["vouchers"];

/** On a local chain: puts the vouchers that the demo left unsettled into the book, once. */
export async function takeOver(till: Till, store: TillStore, left: Left): Promise<void> {
  const [before] = await store.recall(["taken over"]);
  if (before !== undefined) return;
  for (const { r, vs, cumulative, ...voucher } of left) {
    const booked = { ...voucher, cumulative: BigInt(cumulative), signature: r + vs.slice(2), contract: false };
    if (!till.verifier.verify({ ...booked, r, vs })) continue;
    await till.refresh(voucher.cardId);
    await store.append({ ...booked, acceptedAt: till.now() }, 0n);
  }
  await store.remember({ "taken over": "yes" });
}
