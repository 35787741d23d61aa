import { expect } from "chai";

import { expectRefusal, expectRegulatorOnly } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";
import { bring } from "../../../helpers/statuses.js";
import type { Standing } from "../../../helpers/statuses.js";

const standings = ["Active", "Suspended", "Lapsed", "RunOff", "Closed", "Defaulted"] as const satisfies Standing[];

describe("setOutstandingCap", () => {
  for (const cap of [0n, 1n, 2n ** 48n - 1n]) {
    it(`sets a ceiling of ${cap} whole tokens and emits it`, async () => {
      const { escrow, regulator, merchantId } = await loadShop();
      await escrow.connect(regulator).setOutstandingCap(merchantId, 5n);
      await expect(escrow.connect(regulator).setOutstandingCap(merchantId, cap))
        .to.emit(escrow, "OutstandingCapSet")
        .withArgs(merchantId, cap);
      expect((await escrow.pool(merchantId)).outstandingCap).to.equal(cap);
    });
  }

  for (const standing of standings) {
    it(`is possible for a merchant that is ${standing}, and changes nothing else`, async () => {
      const shop = await loadShop();
      const { escrow, regulator, merchantId } = shop;
      await bring(shop, standing);
      const { status } = await escrow.merchant(merchantId);
      await escrow.connect(regulator).setOutstandingCap(merchantId, 9n);
      expect((await escrow.pool(merchantId)).outstandingCap).to.equal(9n);
      expect((await escrow.merchant(merchantId)).status).to.equal(status);
    });
  }

  it("refuses a merchant that was not registered", async () => {
    const { escrow, regulator } = await loadShop();
    for (const unknown of [0n, 2n]) {
      const set = escrow.connect(regulator).setOutstandingCap(unknown, 1n);
      await expectRefusal(set, escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the regulator alone", async () => {
    const shop = await loadShop();
    const { escrow, merchantId } = shop;
    await expectRegulatorOnly(shop, async (caller) => await escrow.connect(caller).setOutstandingCap(merchantId, 1n));
  });
});
