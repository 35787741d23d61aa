import { expect } from "chai";

import { WarningLevel } from "../../../src/contracts/enums.js";
import { advance, at, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { expectRefusal } from "../../helpers/refusals.js";
import {
  LOOSENING_DELAY,
  SURETY_NOTICE,
  deployRegister,
  flag,
  pay,
  placeSurety,
  report,
  said,
  setRule,
  standing,
} from "../../helpers/register.js";
import type { RegisterShop } from "../../helpers/register.js";

/** 40 % of 1 000: 400 are required, and 400 are there. */
async function deployCovered() {
  const shop = await deployRegister();
  await setRule(shop, { bps0: 4_000n });
  await report(shop, shop.reporter, 1_000n);
  await pay(shop, 400n);
  return shop;
}
const load = () => networkHelpers.loadFixture(deployCovered);

const refresh = (shop: RegisterShop) => shop.register.connect(shop.stranger).refreshWarnings(shop.merchantId);
const short = (observed: bigint, limit: bigint) => [
  "raised",
  1n,
  "DepositShort",
  observed,
  limit,
  WarningLevel.Warning,
];
const expiring = (left: bigint) => ["raised", 1n, "SuretyExpiring", left, SURETY_NOTICE, WarningLevel.Warning];
const overdue = (since: bigint, limit: bigint) => ["raised", 1n, "ReportOverdue", since, limit, WarningLevel.Warning];
const cleared = (kind: string) => ["cleared", 1n, kind];

describe("DepositRegister warnings", () => {
  describe("DepositShort", () => {
    for (const [reported, required] of [
      [1_000n, 400n],
      [1_001n, 401n],
      [1_002n, 401n],
    ] as const) {
      it(`is ${required > 400n ? "raised" : "not raised"} by a report that asks ${required} of a deposit of 400`, async () => {
        const shop = await load();
        const lines = await said(shop, report(shop, shop.reporter, reported));
        expect(lines).to.deep.equal(required > 400n ? [short(400n, required)] : []);
        expect(await standing(shop)).to.deep.equal(required > 400n ? ["DepositShort"] : []);
      });
    }

    it("is raised by a rule that asks more, and not again while it is up", async () => {
      const shop = await load();
      expect(await said(shop, setRule(shop, { bps0: 4_001n }))).to.deep.equal([short(400n, 401n)]);
      expect(await said(shop, setRule(shop, { bps0: 9_000n }))).to.deep.equal([]);
    });

    it("is cleared by the last unit that was missing, and not by one unit less", async () => {
      const shop = await load();
      const { register, liquidator, merchantId } = shop;
      await setRule(shop, { bps0: 5_000n });
      expect(await said(shop, register.connect(liquidator).deposit(merchantId, 99n))).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal(["DepositShort"]);
      const last = register.connect(liquidator).deposit(merchantId, 1n);
      expect(await said(shop, last)).to.deep.equal([cleared("DepositShort")]);
      expect(await standing(shop)).to.deep.equal([]);
    });

    it("is cleared by a surety and by a lower report of a reporter", async () => {
      const shop = await load();
      const { register, owner, bank, reporter, merchantId } = shop;
      await setRule(shop, { bps0: 5_000n });
      await register.connect(owner).nameSurety(merchantId, bank);
      const placed = register.connect(bank).placeSurety(merchantId, 100n, (await now()) + 100n * DAY);
      expect(await said(shop, placed)).to.deep.equal([cleared("DepositShort")]);
      await report(shop, reporter, 2_000n);
      expect(await standing(shop)).to.deep.equal(["DepositShort"]);
      expect(await said(shop, report(shop, reporter, 1_000n))).to.deep.equal([cleared("DepositShort")]);
    });

    it("is cleared by refreshing once a looser rule is in force, not before", async () => {
      const shop = await load();
      await setRule(shop, { bps0: 5_000n });
      await setRule(shop, { bps0: 4_000n });
      const { nextRuleAt } = await shop.register.rule(shop.merchantId);
      await at(nextRuleAt - 1n);
      expect(await said(shop, refresh(shop))).to.deep.equal([]);
      await at(nextRuleAt);
      expect(await said(shop, refresh(shop))).to.deep.equal([cleared("DepositShort")]);
    });

    it("is cleared by refreshing once the owner's lower figure is in force, not before", async () => {
      const shop = await load();
      await setRule(shop, { bps0: 5_000n });
      await report(shop, shop.owner, 800n);
      const { nextActsAt } = await shop.register.depositOf(shop.merchantId);
      expect(nextActsAt).to.equal((await now()) + LOOSENING_DELAY);
      await at(nextActsAt - 1n);
      expect(await said(shop, refresh(shop))).to.deep.equal([]);
      await at(nextActsAt);
      expect(await said(shop, refresh(shop))).to.deep.equal([cleared("DepositShort")]);
    });
  });

  describe("SuretyExpiring", () => {
    for (const [offset, raised] of [
      [-1n, false],
      [0n, true],
      [1n, true],
    ] as const) {
      it(`is ${raised ? "raised" : "not raised"} ${offset} seconds from 30 days before the end`, async () => {
        const shop = await load();
        const endsAt = await placeSurety(shop, 100n);
        await at(endsAt - SURETY_NOTICE + offset);
        const lines = await said(shop, refresh(shop));
        expect(lines).to.deep.equal(raised ? [expiring(SURETY_NOTICE - offset)] : []);
        expect(await standing(shop)).to.deep.equal(raised ? ["SuretyExpiring"] : []);
      });
    }

    it("comes with a deposit that is short when it no longer counts", async () => {
      const shop = await load();
      await setRule(shop, { bps0: 5_000n });
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt - SURETY_NOTICE);
      expect(await said(shop, refresh(shop))).to.deep.equal([short(400n, 500n), expiring(SURETY_NOTICE)]);
      expect(await standing(shop)).to.deep.equal(["DepositShort", "SuretyExpiring"]);
    });

    it("emits once that nothing is left after the end", async () => {
      const shop = await load();
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt + 5n);
      expect(await said(shop, refresh(shop))).to.deep.equal([expiring(0n)]);
      expect(await said(shop, refresh(shop))).to.deep.equal([]);
    });

    it("is cleared when the surety is prolonged, or taken back", async () => {
      const shop = await load();
      const { register, bank, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt - 1n);
      await refresh(shop);
      const later = (await now()) + 31n * DAY;
      const prolonged = register.connect(bank).placeSurety(merchantId, 0n, later);
      expect(await said(shop, prolonged)).to.deep.equal([cleared("SuretyExpiring")]);
      await at(later);
      await refresh(shop);
      expect(await standing(shop)).to.deep.equal(["SuretyExpiring"]);
      const taken = register.connect(bank).takeBackSurety(merchantId, bank);
      expect(await said(shop, taken)).to.deep.equal([cleared("SuretyExpiring")]);
      expect(await standing(shop)).to.deep.equal([]);
    });
  });

  describe("ReportOverdue", () => {
    const interval = 90n * DAY;

    for (const [offset, raised] of [
      [-1n, false],
      [0n, true],
      [1n, true],
    ] as const) {
      it(`is ${raised ? "raised" : "not raised"} ${offset} seconds from the end of the interval after a report's date`, async () => {
        const shop = await load();
        const asOf = (await now()) + 1n;
        await at(asOf + 10n * DAY);
        await report(shop, shop.owner, 1_000n, asOf);
        await setRule(shop, { bps0: 4_000n, reportDays: 90n });
        await at(asOf + interval + offset);
        const lines = await said(shop, refresh(shop));
        expect(lines).to.deep.equal(raised ? [overdue(interval + offset, interval)] : []);
        expect(await standing(shop)).to.deep.equal(raised ? ["ReportOverdue"] : []);
      });

      it(`is ${raised ? "raised" : "not raised"} ${offset} seconds from the end of the interval after a rule, without a report`, async () => {
        const shop = await networkHelpers.loadFixture(deployRegister);
        await setRule(shop, { bps0: 4_000n, reportDays: 90n });
        const { since } = await shop.register.rule(shop.merchantId);
        await at(since + interval + offset);
        const lines = await said(shop, refresh(shop));
        expect(lines).to.deep.equal(raised ? [overdue(interval + offset, interval)] : []);
      });
    }

    it("is cleared by a report in time, and not by one of too old a date", async () => {
      const shop = await load();
      const { owner, reporter } = shop;
      await setRule(shop, { bps0: 4_000n, reportDays: 30n });
      await advance(100n * DAY);
      await refresh(shop);
      const time = (await now()) + 10n;
      await at(time);
      expect(await said(shop, report(shop, owner, 1_000n, time - 30n * DAY))).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal(["ReportOverdue"]);
      await at(time + 1n);
      const lines = await said(shop, report(shop, reporter, 1_000n, time + 2n - 30n * DAY));
      expect(lines).to.deep.equal([cleared("ReportOverdue")]);
    });

    it("is raised by a rule that asks for reports sooner", async () => {
      const shop = await load();
      const asOf = (await shop.register.depositOf(shop.merchantId)).lastAsOf;
      await at(asOf + 10n * DAY);
      const set = shop.register
        .connect(shop.regulator)
        .setRule(
          shop.merchantId,
          { bps0: 4_000n, threshold1: 0n, bps1: 4_000n, threshold2: 0n, bps2: 4_000n, reportDays: 5n },
          asOf + 11n * DAY,
        );
      expect(await said(shop, set)).to.deep.equal([overdue(10n * DAY, 5n * DAY)]);
    });

    it("is never raised where no report is asked for", async () => {
      const shop = await load();
      await advance(5_000n * DAY);
      expect(await said(shop, refresh(shop))).to.deep.equal([]);
      expect((await shop.register.depositOf(shop.merchantId)).reportDueAt).to.equal(0n);
    });

    it("is cleared by refreshing once a rule that asks for none is in force", async () => {
      const shop = await load();
      await setRule(shop, { bps0: 4_000n, reportDays: 5n });
      await setRule(shop, { bps0: 4_000n });
      await advance(LOOSENING_DELAY - 10n);
      await refresh(shop);
      expect(await standing(shop)).to.deep.equal(["ReportOverdue"]);
      await advance(10n);
      expect(await said(shop, refresh(shop))).to.deep.equal([cleared("ReportOverdue")]);
    });
  });

  it("are all three up at once, in their order", async () => {
    const shop = await load();
    await setRule(shop, { bps0: 5_000n, reportDays: 5n });
    await placeSurety(shop, 100n);
    await advance(80n * DAY);
    await refresh(shop);
    expect(await standing(shop)).to.deep.equal(["DepositShort", "SuretyExpiring", "ReportOverdue"]);
    const levels = (await shop.register.warnings(shop.merchantId)).map(({ level }) => level);
    expect(levels).to.deep.equal([WarningLevel.Warning, WarningLevel.Warning, WarningLevel.Warning]);
  });

  it("follow time with a withdrawal too", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n);
    await pay(shop, 1n);
    await at(endsAt - SURETY_NOTICE);
    const lines = await said(shop, register.connect(owner).withdraw(merchantId, 1n));
    expect(lines).to.deep.equal([expiring(SURETY_NOTICE)]);
  });

  it("stay as they are under a default flag, and follow again once it is withdrawn", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    await setRule(shop, { bps0: 5_000n });
    await flag(shop);
    await pay(shop, 100n);
    await report(shop, shop.reporter, 1n);
    expect(await said(shop, refresh(shop))).to.deep.equal([]);
    expect(await standing(shop)).to.deep.equal(["DepositShort"]);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    expect(await said(shop, refresh(shop))).to.deep.equal([cleared("DepositShort")]);
  });

  it("are asked about merchants the escrow knows", async () => {
    const shop = await load();
    const { register } = shop;
    await expectRefusal(register.warnings(2n), register, "MerchantUnknown", 2n);
    await expectRefusal(register.refreshWarnings(2n), register, "MerchantUnknown", 2n);
    for (const view of [register.rule(2n), register.depositOf(2n), register.surety(2n), register.required(2n)]) {
      await expectRefusal(view, register, "MerchantUnknown", 2n);
    }
    await expectRefusal(register.distribution(2n), register, "MerchantUnknown", 2n);
    await expectRefusal(register.quoteClaim(2n, 0n, shop.holder, 1n), register, "MerchantUnknown", 2n);
  });
});
