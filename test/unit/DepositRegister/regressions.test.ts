import { expect } from "chai";

import { advance, at, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { expectRefusal } from "../../helpers/refusals.js";
import {
  LOOSENING_DELAY,
  OBJECTION_PERIOD,
  SURETY_BINDING,
  deployRegister,
  flag,
  listOf,
  pay,
  placeSurety,
  publish,
  report,
  ruleOf,
  setRule,
  standing,
} from "../../helpers/register.js";

const load = () => networkHelpers.loadFixture(deployRegister);

/** What was wrong once, each under the name of what went wrong. */
describe("DepositRegister regressions", () => {
  describe("a surety whose term still ran was free of a flag after 365 days without a list, for nobody's good", () => {
    for (const [late, drawn] of [
      [-1n, 100n],
      [0n, 0n],
      [1n, 0n],
    ] as const) {
      it(`answers for ${drawn} of a list that comes ${late} seconds from its end, later than a year after the flag`, async () => {
        const shop = await load();
        const { register, association, holder, merchantId } = shop;
        const endsAt = await placeSurety(shop, 100n, 1_000n * DAY);
        const { flaggedAt } = await flag(shop);
        expect(endsAt > flaggedAt + SURETY_BINDING).to.equal(true);
        const { root, total } = listOf([{ account: holder.address, amount: 121n }]);
        await at(endsAt + late);
        await register.connect(association).publishClaims(merchantId, root, total, root);
        await at(endsAt + late + OBJECTION_PERIOD);
        await expect(register.openClaims(merchantId))
          .to.emit(register, "ClaimsOpened")
          .withArgs(merchantId, 121n, drawn, drawn);
      });
    }

    it("may be taken back at its end where no list came in a year", async () => {
      const shop = await load();
      const { register, bank, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n, 1_000n * DAY);
      await flag(shop);
      await at(endsAt - 1n);
      expect((await register.surety(merchantId)).bound).to.equal(true);
      await at(endsAt);
      await expect(register.connect(bank).takeBackSurety(merchantId, bank))
        .to.emit(register, "SuretyTakenBack")
        .withArgs(merchantId, bank.address, bank.address, 100n);
    });
  });

  describe("an owner's lower figure that waited undid a reporter's raise before anybody could answer", () => {
    it("is ended by a raise, even of an earlier date", async () => {
      const shop = await load();
      const { register, owner, reporter, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await pay(shop, 2_000n);
      const day0 = await now();
      await report(shop, reporter, 1_000n, day0 - 100n * DAY);
      await report(shop, owner, 0n, day0 - DAY);
      await advance(29n * DAY);
      await report(shop, reporter, 5_000n, day0 - 2n * DAY);
      const { nextReported, nextActsAt } = await register.depositOf(merchantId);
      expect([nextReported, nextActsAt]).to.deep.equal([0n, 0n]);
      await advance(2n * DAY);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "DepositBelowRequired", merchantId, 1_999n, 2_000n);
    });

    for (const [amount, waits] of [
      [999n, true],
      [1_000n, true],
      [1_001n, false],
    ] as const) {
      it(`${waits ? "goes on" : "is ended"} where 1000 are in force and a reporter says ${amount}`, async () => {
        const shop = await load();
        const { register, owner, reporter, merchantId } = shop;
        const day0 = await now();
        await report(shop, owner, 1_000n, day0 - 10n * DAY);
        await report(shop, owner, 500n, day0);
        await report(shop, owner, 400n, day0 + 1n);
        const actsAt = (await register.depositOf(merchantId)).nextActsAt;
        expect(actsAt).to.equal((await now()) - 1n + LOOSENING_DELAY);
        await report(shop, reporter, amount, day0 - DAY);
        const { nextReported, nextActsAt, laterReported } = await register.depositOf(merchantId);
        expect([nextReported, nextActsAt, laterReported]).to.deep.equal(waits ? [500n, actsAt, 400n] : [0n, 0n, 0n]);
      });
    }
  });

  describe("another rule cleared ReportOverdue although nobody had ever reported", () => {
    const dueAt = async (shop: Awaited<ReturnType<typeof load>>) =>
      (await shop.register.depositOf(shop.merchantId)).reportDueAt;

    it("counts from when reports were first asked for, through a tighter rule and a looser one", async () => {
      const shop = await load();
      const { register, regulator, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n, reportDays: 30n });
      const asked = await now();
      await advance(31n * DAY);
      await register.refreshWarnings(merchantId);
      expect(await standing(shop)).to.deep.equal(["ReportOverdue"]);

      await setRule(shop, { bps0: 4_000n, reportDays: 30n });
      expect(await standing(shop)).to.deep.equal(["ReportOverdue"]);
      await setRule(shop, { bps0: 3_000n, reportDays: 31n });
      await advance(LOOSENING_DELAY);
      await register.refreshWarnings(merchantId);
      expect((await register.rule(merchantId)).rule.bps0).to.equal(3_000n);
      expect(await dueAt(shop)).to.equal(asked + 31n * DAY);
      expect(await standing(shop)).to.deep.equal(["ReportOverdue"]);

      await register
        .connect(regulator)
        .setRule(merchantId, ruleOf({ bps0: 3_500n, reportDays: 10n }), await now().then((t) => t + DAY));
      expect(await dueAt(shop)).to.equal(asked + 10n * DAY);
      await report(shop, shop.owner, 0n);
      expect(await standing(shop)).to.deep.equal([]);
    });

    it("counts from the rule that begins to ask, where the one before asked for none", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await advance(5n * DAY);
      await setRule(shop, { bps0: 4_000n, reportDays: 30n });
      expect(await dueAt(shop)).to.equal((await register.rule(merchantId)).since + 30n * DAY);
    });

    it("counts from a looser rule's own beginning where that one begins to ask", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 3_000n, reportDays: 30n });
      const { nextRuleAt } = await register.rule(merchantId);
      await at(nextRuleAt - 1n);
      await register.refreshWarnings(merchantId);
      expect(await dueAt(shop)).to.equal(0n);
      await at(nextRuleAt);
      await register.refreshWarnings(merchantId);
      expect(await dueAt(shop)).to.equal(nextRuleAt + 30n * DAY);
      // Booked by the next rule, and not begun anew.
      await advance(3n * DAY);
      await setRule(shop, { bps0: 3_000n, reportDays: 20n });
      expect(await dueAt(shop)).to.equal(nextRuleAt + 20n * DAY);
    });
  });

  it("an owner who ran away used up every objection, and left none against a bad list", async () => {
    const shop = await load();
    const { register, owner, regulator, stranger, merchantId } = shop;
    await flag(shop);
    const list = listOf([{ account: stranger.address, amount: 100n }]);
    await publish(shop, list);
    await register.connect(owner).objectToClaims(merchantId, list.root, list.root);
    await publish(shop, list);
    const again = register.connect(owner).objectToClaims(merchantId, list.root, list.root);
    await expectRefusal(again, register, "ClaimsObjectedBefore", merchantId, owner.address);
    const time = (await now()) + 5n;
    await at(time);
    await expect(register.connect(regulator).objectToClaims(merchantId, list.root, list.root))
      .to.emit(register, "ClaimsObjected")
      .withArgs(merchantId, list.root, regulator.address, 2n, time, list.root);
  });

  it("a reporter's figure that holds an owner's lower one up was emitted with the owner's older date", async () => {
    const shop = await load();
    const { register, owner, reporter, merchantId } = shop;
    const day0 = await now();
    await report(shop, reporter, 1_000n, day0);
    await expect(report(shop, owner, 900n, day0 - DAY))
      .to.emit(register, "ReportedFiguresSet")
      .withArgs(merchantId, 1_000n, day0, 0n, 0n, 0n, 0n, 0n);
    expect((await register.depositOf(merchantId)).reportedAsOf).to.equal(day0);
  });

  it("claims stay open to a list published after an objection while a long surety runs", async () => {
    const shop = await load();
    const { register, owner, holder, merchantId } = shop;
    await placeSurety(shop, 100n, 2_000n * DAY);
    await flag(shop);
    const list = listOf([{ account: holder.address, amount: 100n }]);
    await advance(2n * SURETY_BINDING);
    await publish(shop, list);
    await register.connect(owner).objectToClaims(merchantId, list.root, list.root);
    await advance(2n * SURETY_BINDING);
    await publish(shop, list);
    await advance(OBJECTION_PERIOD);
    await expect(register.claim(merchantId, list.claim(0)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 100n, 100n, 100n);
  });
});
