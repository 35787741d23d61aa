import { id } from "ethers";

import type { MerchantStatusName } from "../../src/contracts/enums.js";
import { advance, now } from "./actions.js";
import { DAY } from "./fixture.js";
import type { Shop } from "./fixture.js";

/** A status a registered merchant can be in, and the one a suspension leaves when it lapses. */
export type Standing = Exclude<MerchantStatusName, "None"> | "Lapsed";

/** How long a suspension lasts. */
export const SUSPENSION = 90n * DAY;

/**
 * Brings an active merchant into a status. Into `Closed` it must have sold nothing; `Lapsed` and `Closed` let time pass.
 */
export async function bring(shop: Shop, standing: Standing, merchantId: bigint = shop.merchantId): Promise<void> {
  const escrow = shop.escrow.connect(shop.regulator);
  const evidence = id("evidence");
  const runOff = async () => await escrow.startRunOff(merchantId, (await now()) + DAY);
  switch (standing) {
    case "Active":
      break;
    case "Suspended":
      await escrow.suspend(merchantId, evidence);
      break;
    case "Lapsed":
      await escrow.suspend(merchantId, evidence);
      await advance(SUSPENSION);
      break;
    case "RunOff":
      await runOff();
      break;
    case "Closed":
      await runOff();
      await advance(30n * DAY);
      await escrow.closeMerchant(merchantId);
      break;
    case "Defaulted":
      await escrow.flagDefault(merchantId, await now(), evidence);
      break;
  }
}
