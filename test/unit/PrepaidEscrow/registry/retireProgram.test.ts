import { expect } from "chai";

import { advance, buyCard, signVoucher } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { expectOwnerOnly, expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

describe("retireProgram", () => {
  it("ends the sale of a program and emits it", async () => {
    const shop = await loadShop();
    const { escrow, owner, programs, merchantId } = shop;
    await expect(escrow.connect(owner).retireProgram(programs.count))
      .to.emit(escrow, "ProgramRetired")
      .withArgs(programs.count, merchantId);
    expect((await escrow.program(programs.count)).retired).to.equal(true);
    const bought = buyCard(shop, { program: programs.count });
    await expectRefusal(bought, escrow, "ProgramAlreadyRetired", programs.count);
  });

  it("leaves the merchant's other programs on sale", async () => {
    const shop = await loadShop();
    const { escrow, owner, programs } = shop;
    await escrow.connect(owner).retireProgram(programs.count);
    for (const program of [programs.open, programs.plan, programs.pass]) {
      expect((await escrow.program(program)).retired).to.equal(false);
      const cardId = await buyCard(shop, { program });
      expect((await escrow.card(cardId)).principal).to.not.equal(0n);
    }
  });

  it("leaves cards their visits and their way out", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, operator, holder, programs, merchantId } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(owner).retireProgram(programs.count);
    const voucher = await signVoucher(escrow, holder, cardId, 1n);
    await expect(escrow.connect(operator).settle(merchantId, [voucher]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cardId, 60n * TOKEN, 1n, voucher.receipt);
    await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    await expect(escrow.executeExit(cardId)).to.changeTokenBalance(ethers, token, holder, 1_140n * TOKEN);
  });

  it("happens once", async () => {
    const { escrow, owner, programs } = await loadShop();
    await escrow.connect(owner).retireProgram(programs.plan);
    const again = escrow.connect(owner).retireProgram(programs.plan);
    await expectRefusal(again, escrow, "ProgramAlreadyRetired", programs.plan);
  });

  it("refuses a program that was not published", async () => {
    const { escrow, owner } = await loadShop();
    for (const unknown of [0n, 5n]) {
      await expectRefusal(escrow.connect(owner).retireProgram(unknown), escrow, "ProgramUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, programs } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).retireProgram(programs.plan);
    });
  });
});
