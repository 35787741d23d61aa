import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { anotherMerchant } from "../../../helpers/actions.js";

import { expectOwnerOnly, expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

describe("setOperator", () => {
  it("adds a till, which can then settle", async () => {
    const { escrow, owner, stranger, merchantId } = await loadShop();
    expect(await escrow.isOperator(merchantId, stranger)).to.equal(false);
    await expect(escrow.connect(owner).setOperator(merchantId, stranger, true))
      .to.emit(escrow, "OperatorSet")
      .withArgs(merchantId, stranger.address, true);
    expect(await escrow.isOperator(merchantId, stranger)).to.equal(true);
    await expect(escrow.connect(stranger).settle(merchantId, [])).to.emit(escrow, "PoolUpdated");
  });

  it("removes a till, which can then settle no more", async () => {
    const { escrow, owner, operator, merchantId } = await loadShop();
    await expect(escrow.connect(owner).setOperator(merchantId, operator, false))
      .to.emit(escrow, "OperatorSet")
      .withArgs(merchantId, operator.address, false);
    expect(await escrow.isOperator(merchantId, operator)).to.equal(false);
    const settled = escrow.connect(operator).settle(merchantId, []);
    await expectRefusal(settled, escrow, "MerchantOperatorOnly", merchantId, operator.address);
  });

  it("gives the owner itself no till", async () => {
    const { escrow, owner, merchantId } = await loadShop();
    const settled = escrow.connect(owner).settle(merchantId, []);
    await expectRefusal(settled, escrow, "MerchantOperatorOnly", merchantId, owner.address);
  });

  it("keeps the tills of two merchants apart", async () => {
    const shop = await loadShop();
    const { escrow, owner, stranger, merchantId } = shop;
    const second = await anotherMerchant(shop);
    await escrow.connect(owner).setOperator(second, stranger, true);
    expect(await escrow.isOperator(second, stranger)).to.equal(true);
    expect(await escrow.isOperator(merchantId, stranger)).to.equal(false);
  });

  it("refuses a till nobody is", async () => {
    const { escrow, owner, merchantId } = await loadShop();
    const set = escrow.connect(owner).setOperator(merchantId, ZeroAddress, true);
    await expectRefusal(set, escrow, "RecipientForbidden", ZeroAddress);
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner, stranger } = await loadShop();
    for (const unknown of [0n, 2n]) {
      const set = escrow.connect(owner).setOperator(unknown, stranger, true);
      await expectRefusal(set, escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, stranger } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).setOperator(merchantId, stranger, true);
    });
  });
});
