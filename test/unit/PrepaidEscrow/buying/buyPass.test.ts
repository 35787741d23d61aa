import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { ExitRule } from "../../../../src/contracts/enums.js";
import { anotherMerchant, anotherPolicy, anotherProgram, at, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { routes } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";

const ADVANCE = 30n * DAY;
const PRICE = 3_600n * TOKEN;
const passOf = (shop: Shop, programId = shop.programs.pass) =>
  encodeCardId({ holder: shop.holder.address, programId, serial: 0n });

/** The ways to buy a pass that begins later. */
const { buyPass, buyWithPermit, buyWithAuthorization } = routes;

for (const [name, buy] of Object.entries({ buyPass, buyWithPermit, buyWithAuthorization })) {
  describe(`${name}, of a pass that begins later`, () => {
    for (const [when, offset] of [
      ["at once", 0n],
      ["a second later", 1n],
      ["a second before the latest day", ADVANCE - 1n],
      ["on the latest day", ADVANCE],
    ] as const) {
      it(`sells one that begins ${when}, and emits it`, async () => {
        const shop = await loadShop();
        const { escrow, holder, payer, merchantId } = shop;
        const time = (await now()) + 100n;
        const startsAt = time + offset;
        await at(time);
        await expect(buy(shop, { startsAt }))
          .to.emit(escrow, "CardOpened")
          .withArgs(merchantId, passOf(shop), holder.address, payer.address, PRICE, startsAt, PRICE, PRICE);
        expect((await escrow.card(passOf(shop))).openedAt).to.equal(startsAt);
      });
    }

    for (const [when, offset] of [
      ["a second ago", -1n],
      ["a second after the latest day", ADVANCE + 1n],
    ] as const) {
      it(`refuses one that begins ${when}`, async () => {
        const shop = await loadShop();
        const time = (await now()) + 100n;
        await at(time);
        const args = [time + offset, time, time + ADVANCE];
        const bought = buy(shop, { startsAt: time + offset });
        await expectRefusal(bought, shop.escrow, "CardStartOutOfRange", ...args);
      });
    }

    it("refuses a start for a card that is no pass", async () => {
      const shop = await loadShop();
      const startsAt = (await now()) + DAY;
      for (const program of [shop.programs.open, shop.programs.plan, shop.programs.count]) {
        const { price } = await shop.escrow.program(program);
        const bought = buy(shop, { program, principal: price || TOKEN, startsAt });
        await expectRefusal(bought, shop.escrow, "CardNotAPass", program);
      }
    });
  });
}

describe("buyPass", () => {
  it("begins now when no start is given", async () => {
    const shop = await loadShop();
    const time = (await now()) + 100n;
    await at(time);
    await buyPass(shop, { startsAt: 0n });
    expect((await shop.escrow.card(passOf(shop))).openedAt).to.equal(time);
  });

  it("sells nothing but passes", async () => {
    const shop = await loadShop();
    for (const program of [shop.programs.open, shop.programs.plan, shop.programs.count]) {
      const { price } = await shop.escrow.program(program);
      const bought = buyPass(shop, { program, principal: price || TOKEN });
      await expectRefusal(bought, shop.escrow, "CardNotAPass", program);
    }
  });

  it("sells passes that begin at once, and no later, where the policy allows no advance", async () => {
    const shop = await loadShop();
    const policyId = await anotherPolicy(shop, { maxAdvance: 0n });
    const merchantId = await anotherMerchant(shop, { policyId });
    const pass = { kind: 2n, price: PRICE, units: 365n * DAY, listPrice: PRICE };
    const program = await anotherProgram(shop, pass, merchantId);
    const time = (await now()) + 100n;
    await at(time);
    const late = buyPass(shop, { program, startsAt: time + 1n });
    await expectRefusal(late, shop.escrow, "CardStartOutOfRange", time + 1n, time, time);
    await buyPass(shop, { program, startsAt: time });
    expect((await shop.escrow.card(passOf(shop, program))).openedAt).to.equal(time);
  });

  it("counts the days to regret from the start, and no time before it", async () => {
    const shop = await loadShop();
    const { escrow } = shop;
    const startsAt = (await now()) + 20n * DAY;
    await buyPass(shop, { startsAt });
    await networkHelpers.time.increaseTo(startsAt);
    const early = await escrow.quoteExit(passOf(shop));
    expect([early.rule, early.consumed, early.refund]).to.deep.equal([ExitRule.CoolingOff, 0n, PRICE]);
    await networkHelpers.time.increaseTo(startsAt + 7n * DAY - 1n);
    expect((await escrow.quoteExit(passOf(shop))).rule).to.equal(ExitRule.CoolingOff);
    await networkHelpers.time.increaseTo(startsAt + 7n * DAY);
    const late = await escrow.quoteExit(passOf(shop));
    expect([late.rule, late.consumed]).to.deep.equal([ExitRule.NoObjection, 7n * DAY]);
  });

  it("pays everything back to a holder who leaves before the start", async () => {
    const shop = await loadShop();
    const { escrow, token, holder } = shop;
    await buyPass(shop, { startsAt: (await now()) + ADVANCE - DAY });
    await escrow.connect(holder).requestExit(passOf(shop));
    await at((await now()) + 5n * DAY);
    await expect(escrow.executeExit(passOf(shop))).to.changeTokenBalance(ethers, token, holder, PRICE);
  });
});
