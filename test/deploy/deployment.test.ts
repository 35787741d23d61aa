import { expect } from "chai";

import { RoleId } from "../../src/roles.js";
import { deployShop } from "../helpers/fixture.js";
import { networkHelpers } from "../helpers/chain.js";
import { buyCard, signRow } from "../helpers/actions.js";

describe("deployment", () => {
  it("x", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const card = await buyCard(shop, { program: shop.programs.session });
    const row = await signRow(shop.escrow, shop.holder, card, 1n);
    await expect(shop.escrow.connect(shop.operator).settle(1n, [row])).to.emit(shop.escrow, "ConsumptionSettled");
    expect(RoleId.Admin).to.equal(0n);
  });
});
