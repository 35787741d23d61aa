import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { ExitRule, SkipReason } from "../../../../src/contracts/enums.js";
import { anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { complain, passPrice } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { ACCRUAL_DELAY, COOLING_OFF, askToLeave, flagDefault } from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf } from "../../../helpers/settling.js";
import { loadShop } from "../../../helpers/shop.js";

const YEAR = 365n * DAY;
const PRICE = 3_600n * TOKEN;

/** The test shop with a year's pass of the holder, and when it began. */
async function loadPass() {
  const shop = await loadShop();
  const pass = await buyCard(shop, { program: shop.programs.pass });
  return { ...shop, pass, openedAt: await now() };
}

describe("extendPasses", () => {
  it("begins a pass later by the given seconds, and says so", async () => {
    const { escrow, operator, merchantId, pass, openedAt } = await loadPass();
    await at(openedAt + 20n * DAY);
    await expect(escrow.connect(operator).extendPasses([pass], 14n * DAY))
      .to.emit(escrow, "PassExtended")
      .withArgs(merchantId, pass, 14n * DAY, openedAt + 14n * DAY, true);
    const card = await escrow.card(pass);
    expect([card.openedAt, card.consumed, card.principal]).to.deep.equal([openedAt + 14n * DAY, 0n, PRICE]);
  });

  it("gives back exactly the time: what is left to count, when it ends, and what leaving pays", async () => {
    const shop = await loadPass();
    const { escrow, operator, merchantId, pass, openedAt } = shop;
    await at(openedAt + 20n * DAY);
    await escrow.connect(operator).extendPasses([pass], 14n * DAY);
    const { requestedAt, executableAt } = await (async () => {
      await at(openedAt + 40n * DAY);
      return await askToLeave(shop, pass);
    })();
    await at(executableAt);
    const consumed = requestedAt - openedAt - 14n * DAY;
    await expect(escrow.executeExit(pass))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, pass, shop.holder, ExitRule.NoObjection, passPrice(consumed), PRICE - passPrice(consumed));
  });

  it("lets the pass count on to its new end", async () => {
    const { escrow, operator, merchantId, pass, openedAt } = await loadPass();
    await escrow.connect(operator).extendPasses([pass], 30n * DAY);
    const end = openedAt + 30n * DAY + YEAR + ACCRUAL_DELAY;
    await at(end - 1n);
    await expect(escrow.accrue([pass]))
      .to.emit(escrow, "PassAccrued")
      .withArgs(merchantId, pass, passPrice(YEAR - 1n), YEAR - 1n);
    await at(end);
    await expect(escrow.accrue([pass])).to.emit(escrow, "PassAccrued");
    expect(await escrow.remaining(pass)).to.equal(0n);
  });

  it("takes nothing back that is booked: time counts again once it has caught up", async () => {
    const { escrow, operator, pass, openedAt } = await loadPass();
    await at(openedAt + 30n * DAY);
    await escrow.accrue([pass]);
    const booked = (await escrow.card(pass)).consumed;
    await escrow.connect(operator).extendPasses([pass], 10n * DAY);
    await at(openedAt + 40n * DAY);
    await expect(escrow.accrue([pass]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(pass, SkipReason.Stale);
    await at(openedAt + 40n * DAY + 1n);
    await escrow.accrue([pass]);
    expect((await escrow.card(pass)).consumed).to.equal(booked + 1n);
  });

  describe("and cooling-off", () => {
    for (const { when, offset, over } of [
      { when: "a second before its end", offset: -1n, over: false },
      { when: "at its end", offset: 0n, over: true },
      { when: "a second after its end", offset: 1n, over: true },
    ]) {
      it(`${over ? "begins no second one" : "moves with it"}, ${when}`, async () => {
        const { escrow, operator, pass, openedAt } = await loadPass();
        await at(openedAt + COOLING_OFF + offset);
        await escrow.connect(operator).extendPasses([pass], DAY);
        expect((await escrow.card(pass)).coolingOffOver).to.equal(over);
        await at(openedAt + COOLING_OFF + DAY - 1n);
        await escrow.accrue([]);
        expect((await escrow.quoteExit(pass)).rule).to.equal(over ? ExitRule.NoObjection : ExitRule.CoolingOff);
      });
    }
  });

  it("goes to 365 days ahead and no further, in one step or in many", async () => {
    const { escrow, operator, pass, openedAt } = await loadPass();
    const time = openedAt + 10n * DAY;
    await at(time);
    const most = time + YEAR - openedAt;
    const tooFar = escrow.connect(operator).extendPasses([pass], most + 1n);
    await expectRefusal(tooFar, escrow, "CardStartOutOfRange", time + YEAR + 1n, openedAt, time + YEAR);
    await at(time + 1n);
    await escrow.connect(operator).extendPasses([pass], most + 1n);
    expect((await escrow.card(pass)).openedAt).to.equal(time + YEAR + 1n);
    await at(time + 2n);
    const again = escrow.connect(operator).extendPasses([pass], 2n);
    await expectRefusal(again, escrow, "CardStartOutOfRange", time + YEAR + 3n, time + YEAR + 1n, time + YEAR + 2n);
  });

  it("skips what it cannot extend, and extends the rest", async () => {
    const shop = await loadPass();
    const { escrow, operator, holder, merchantId, programs, pass, openedAt } = shop;
    const visits = await buyCard(shop, { program: programs.count });
    const leaving = await buyCard(shop, { program: programs.pass });
    const complained = await buyCard(shop, { program: programs.pass });
    const closed = await buyCard(shop, { program: programs.pass });
    const never = encodeCardId({ holder: holder.address, programId: programs.pass, serial: 9n });
    await at(openedAt + 20n * DAY);
    await escrow.connect(holder).requestExit(leaving);
    await complain(shop, complained);
    await escrow.connect(operator).refundCard(closed);
    const cards = [visits, leaving, complained, closed, never, pass];
    expect(await logsOf(escrow, escrow.connect(operator).extendPasses(cards, DAY))).to.deep.equal([
      ["ConsumptionSkipped", visits, SkipReason.NotAPass],
      ["ConsumptionSkipped", leaving, SkipReason.Waiting],
      ["ConsumptionSkipped", complained, SkipReason.Waiting],
      ["ConsumptionSkipped", closed, SkipReason.CardNotOpen],
      ["ConsumptionSkipped", never, SkipReason.CardNotOpen],
      ["PassExtended", merchantId, pass, DAY, openedAt + DAY, true],
    ]);
  });

  it("extends by the clock that stood still under a withdrawn flag", async () => {
    const shop = await loadPass();
    const { escrow, operator, regulator, merchantId, pass, openedAt } = shop;
    await at(openedAt + 20n * DAY);
    const { flaggedAt } = await flagDefault(shop);
    await at(flaggedAt + 5n * DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const pause = 5n * DAY;
    // 30 days on the clock lie past the flag, so the start lies the pause later.
    await escrow.connect(operator).extendPasses([pass], 30n * DAY);
    expect((await escrow.card(pass)).openedAt).to.equal(openedAt + 30n * DAY + pause);
  });

  it("skips an extension by nothing", async () => {
    const { escrow, operator, pass } = await loadPass();
    const logs = await logsOf(escrow, escrow.connect(operator).extendPasses([pass], 0n));
    expect(logs).to.deep.equal([["ConsumptionSkipped", pass, SkipReason.Stale]]);
  });

  it("does nothing for no card", async () => {
    const { escrow, stranger } = await loadPass();
    expect(await logsOf(escrow, escrow.connect(stranger).extendPasses([], DAY))).to.deep.equal([]);
  });

  it("is for the tills of the pass's own merchant", async () => {
    const shop = await loadPass();
    const { escrow, owner, stranger, merchantId, pass } = shop;
    for (const caller of everybodyBut(shop, "operator")) {
      const extended = escrow.connect(caller).extendPasses([pass], DAY);
      await expectRefusal(extended, escrow, "MerchantOperatorOnly", merchantId, caller.address);
    }
    const second = await anotherMerchant(shop);
    await escrow.connect(owner).setOperator(second, stranger, true);
    const extended = escrow.connect(stranger).extendPasses([pass], DAY);
    await expectRefusal(extended, escrow, "MerchantOperatorOnly", merchantId, stranger.address);
  });

  it("is refused once the start is past what a card can say", async () => {
    const { escrow, operator, holder, programs, ...shop } = await loadPass();
    await at(2n ** 32n - 10n * DAY);
    const pass = await buyCard({ ...shop, escrow, operator, holder, programs }, { program: programs.pass });
    const extended = escrow.connect(operator).extendPasses([pass], 10n * DAY);
    await expect(extended).to.be.revert(ethers);
    expect((await escrow.card(pass)).openedAt).to.be.below(2n ** 32n);
  });
});
