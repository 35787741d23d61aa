import { expect } from "chai";

import { ExitRule, MerchantStatus, ProgramKind } from "../../../../src/contracts/enums.js";
import { advance, anotherPolicy, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { expectRefusal, expectRegulatorOnly } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";
import { bring } from "../../../helpers/statuses.js";
import { openShopUnder } from "../../../helpers/tokens.js";

/** The shop with a stricter policy to move to: other delays, no time to regret, no consent needed to leave. */
async function deployMove() {
  const shop = await loadShop();
  const strict = await anotherPolicy(shop, {
    exitDelay: 10n * DAY,
    coolingOff: 0n,
    unilateralExit: true,
    finalSettlement: 21n * DAY,
    runOffNotice: 45n * DAY,
  });
  const move = async (policyId = strict) =>
    await shop.escrow.connect(shop.regulator).setMerchantPolicy(shop.merchantId, policyId);
  return { ...shop, strict, move };
}

const load = () => networkHelpers.loadFixture(deployMove);
const count = { kind: ProgramKind.Count, price: 100n * TOKEN, units: 10n, listPrice: 150n * TOKEN };

describe("setMerchantPolicy", () => {
  it("moves the merchant and emits it", async () => {
    const { escrow, merchantId, strict, move } = await load();
    await expect(move()).to.emit(escrow, "MerchantPolicySet").withArgs(merchantId, strict);
    expect((await escrow.merchant(merchantId)).policyId).to.equal(strict);
  });

  it("ends the sale of every program published under the old policy", async () => {
    const shop = await load();
    const { escrow, programs, policyId, strict, move } = shop;
    await move();
    for (const program of Object.values(programs)) {
      const args = [program, policyId, strict];
      await expectRefusal(buyCard(shop, { program }), escrow, "ProgramPolicyOutdated", ...args);
    }
  });

  it("lets the owner publish under the new policy, and sells that", async () => {
    const shop = await load();
    const { escrow, strict, move } = shop;
    await move();
    const program = await anotherProgram(shop, count);
    expect((await escrow.program(program)).policyId).to.equal(strict);
    const cardId = await buyCard(shop, { program });
    expect((await escrow.card(cardId)).principal).to.equal(100n * TOKEN);
  });

  it("sells the old programs again when the merchant comes back", async () => {
    const shop = await load();
    const { escrow, programs, policyId, move } = shop;
    await move();
    const program = await anotherProgram(shop, count);
    await move(policyId);
    const cardId = await buyCard(shop, { program: programs.count });
    expect((await escrow.card(cardId)).principal).to.equal(1_200n * TOKEN);
    await expectRefusal(buyCard(shop, { program }), escrow, "ProgramPolicyOutdated", program, shop.strict, policyId);
  });

  it("leaves the cards of old programs their exit delay", async () => {
    const shop = await load();
    const { escrow, holder, programs, move } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await move();
    await escrow.connect(holder).requestExit(cardId);
    const due = (await now()) + 5n * DAY;
    await at(due - 1n);
    await expectRefusal(escrow.executeExit(cardId), escrow, "CardExitTooEarly", cardId, due - 1n, due);
    await at(due);
    await expect(escrow.executeExit(cardId)).to.changeTokenBalance(ethers, shop.token, holder, 1_200n * TOKEN);
  });

  it("leaves the cards of old programs their days to regret and the merchant's right to contest", async () => {
    const shop = await load();
    const { escrow, programs, move } = shop;
    const old = await buyCard(shop, { program: programs.count });
    await move();
    const fresh = await buyCard(shop, { program: await anotherProgram(shop, count) });
    expect((await escrow.quoteExit(old)).rule).to.equal(ExitRule.CoolingOff);
    expect((await escrow.quoteExit(fresh)).rule).to.equal(ExitRule.Unilateral);
    await advance(7n * DAY);
    expect((await escrow.quoteExit(old)).rule).to.equal(ExitRule.NoObjection);
    expect((await escrow.quoteExit(fresh)).rule).to.equal(ExitRule.Unilateral);
  });

  it("gives a later default the window of the new policy", async () => {
    const { escrow, regulator, merchantId, move } = await load();
    await move();
    await escrow.connect(regulator).flagDefault(merchantId, await now(), ethers.ZeroHash);
    expect((await escrow.merchant(merchantId)).windowEndsAt).to.equal((await now()) + 21n * DAY);
  });

  it("gives a later run-off the notice of the new policy", async () => {
    const { escrow, owner, merchantId, move } = await load();
    await move();
    await escrow.connect(owner).startRunOff(merchantId, (await now()) + DAY);
    expect((await escrow.merchant(merchantId)).noticeEndsAt).to.equal((await now()) + 45n * DAY);
  });

  for (const standing of ["Active", "Suspended", "Lapsed"] as const) {
    it(`is possible for a merchant that is ${standing}`, async () => {
      const shop = await load();
      await bring(shop, standing);
      const before = (await shop.escrow.merchant(shop.merchantId)).status;
      await shop.move();
      const { status, policyId } = await shop.escrow.merchant(shop.merchantId);
      expect({ status, policyId }).to.deep.equal({ status: before, policyId: shop.strict });
    });
  }

  for (const standing of ["RunOff", "Closed", "Defaulted"] as const) {
    it(`is refused for a merchant that is ${standing}`, async () => {
      const shop = await load();
      await bring(shop, standing);
      const args = [shop.merchantId, MerchantStatus[standing]];
      await expectRefusal(shop.move(), shop.escrow, "MerchantStatusForbids", ...args);
    });
  }

  it("refuses a policy under another token", async () => {
    const shop = await load();
    const another = await ethers.deployContract("TestToken");
    const second = await openShopUnder(shop, await ethers.getContractAt("TestToken", await another.getAddress()));
    const args = [await another.getAddress(), await shop.token.getAddress()];
    await expectRefusal(shop.move(second.policyId), shop.escrow, "PolicyTokenMismatch", ...args);
  });

  it("refuses a policy that was not added", async () => {
    const { escrow, strict, move } = await load();
    for (const unknown of [0n, strict + 1n]) await expectRefusal(move(unknown), escrow, "PolicyUnknown", unknown);
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, regulator, policyId } = await load();
    for (const unknown of [0n, 2n]) {
      const moved = escrow.connect(regulator).setMerchantPolicy(unknown, policyId);
      await expectRefusal(moved, escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the regulator alone", async () => {
    const shop = await load();
    const { escrow, merchantId, strict } = shop;
    await expectRegulatorOnly(shop, async (caller) => {
      return await escrow.connect(caller).setMerchantPolicy(merchantId, strict);
    });
  });
});
