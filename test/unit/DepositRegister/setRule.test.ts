import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { at, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import { LOOSENING_DELAY, NO_TIER, deployRegister, report, ruleOf, setRule, standing } from "../../helpers/register.js";
import type { RegisterShop, Tiers } from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";
import { fieldsOf } from "../../helpers/struct.js";

const load = () => networkHelpers.loadFixture(deployRegister);
const none = ruleOf({ bps0: 0n, threshold1: 0n, bps1: 0n, threshold2: 0n, bps2: 0n });
/** Every field lies strictly inside its bounds, so that each can be moved both ways. */
const middle: Required<Tiers> = {
  bps0: 1_000n,
  threshold1: 500n,
  bps1: 2_000n,
  threshold2: 900n,
  bps2: 3_000n,
  reportDays: 90n,
};

async function ruleNow(shop: RegisterShop) {
  const view = await shop.register.rule(shop.merchantId);
  return { ...fieldsOf(view), rule: fieldsOf(view.rule), nextRule: fieldsOf(view.nextRule) };
}

/** What is required of a balance that a reporter has just certified. */
async function requiredOf(shop: RegisterShop, balance: bigint): Promise<bigint> {
  await report(shop, shop.reporter, balance);
  return await shop.register.required(shop.merchantId);
}

describe("DepositRegister setRule", () => {
  describe("tiers", () => {
    const tiers: Tiers = { bps0: 1_000n, threshold1: 1_000n, bps1: 4_000n, threshold2: 5_000n, bps2: 10_000n };
    for (const [balance, required] of [
      [0n, 0n],
      [999n, 100n],
      [1_000n, 100n],
      [1_001n, 401n],
      [4_999n, 2_000n],
      [5_000n, 2_000n],
      [5_001n, 5_001n],
      [NO_TIER, NO_TIER],
    ] as const) {
      it(`asks ${required} of a balance of ${balance}`, async () => {
        const shop = await load();
        await setRule(shop, tiers);
        expect(await requiredOf(shop, balance)).to.equal(required);
      });
    }

    it("asks the share of the second tier when both have one threshold", async () => {
      const shop = await load();
      await setRule(shop, { ...tiers, threshold2: 1_000n });
      expect(await requiredOf(shop, 1_001n)).to.equal(1_001n);
    });

    for (const [balance, bps, required] of [
      [1n, 1n, 1n],
      [9_999n, 1n, 1n],
      [10_000n, 1n, 1n],
      [10_001n, 1n, 2n],
      [3n, 20_000n, 6n],
      [NO_TIER, 20_000n, 2n * NO_TIER],
    ] as const) {
      it(`rounds the share of ${bps} basis points of ${balance} up to ${required}`, async () => {
        const shop = await load();
        await setRule(shop, { bps0: bps });
        expect(await requiredOf(shop, balance)).to.equal(required);
      });
    }

    it("asks nothing of a merchant without a rule", async () => {
      const shop = await load();
      expect(await requiredOf(shop, NO_TIER)).to.equal(0n);
      expect(await ruleNow(shop)).to.deep.equal({
        rule: none,
        since: 0n,
        cureBy: 0n,
        nextRule: none,
        nextRuleAt: 0n,
      });
    });

    for (const [name, tiers, error, args] of [
      ["a first share below the base", { bps0: 2n, threshold1: 1n, bps1: 1n }, "RuleBpsFalling", [1n, 2n]],
      ["a second share below the first", { bps0: 1n, bps1: 3n, bps2: 2n }, "RuleBpsFalling", [2n, 3n]],
      ["a share above twice the balance", { bps0: 20_001n }, "RuleBpsTooHigh", [20_001n, 20_000n]],
      ["a highest share above twice the balance", { bps0: 0n, bps2: 20_001n }, "RuleBpsTooHigh", [20_001n, 20_000n]],
      [
        "a second threshold below the first",
        { bps0: 0n, threshold1: 6n, threshold2: 5n },
        "RuleThresholdFalling",
        [5n, 6n],
      ],
    ] as const) {
      it(`refuses ${name}`, async () => {
        const shop = await load();
        const set = shop.register.connect(shop.regulator).setRule(shop.merchantId, ruleOf(tiers), (await now()) + DAY);
        await expectRefusal(set, shop.register, error, ...args);
      });
    }

    it("takes equal shares, equal thresholds and twice the balance", async () => {
      const shop = await load();
      await setRule(shop, { bps0: 20_000n, threshold1: 5n, threshold2: 5n });
      expect((await shop.register.rule(shop.merchantId)).rule.bps2).to.equal(20_000n);
    });
  });

  describe("tightening", () => {
    it("acts at once and names its cure date and what is required", async () => {
      const shop = await load();
      const { register, regulator, merchantId } = shop;
      await report(shop, shop.reporter, 1_001n);
      const time = (await now()) + 5n;
      await at(time);
      const rule = ruleOf(middle);
      await expect(register.connect(regulator).setRule(merchantId, rule, time + 10n * DAY))
        .to.emit(register, "RuleTightened")
        .withArgs(merchantId, Object.values(rule), time, time + 10n * DAY, 301n);
      expect(await register.required(merchantId)).to.equal(301n);
      expect(await ruleNow(shop)).to.deep.equal({
        rule,
        since: time,
        cureBy: time + 10n * DAY,
        nextRule: none,
        nextRuleAt: 0n,
      });
      expect(await standing(shop)).to.deep.equal(["DepositShort"]);
    });

    for (const [name, change] of [
      ["the same rule", {}],
      ["a higher base share", { bps0: 1_001n }],
      ["a higher first share", { bps1: 2_001n }],
      ["a higher second share", { bps2: 3_001n }],
      ["a lower first threshold", { threshold1: 499n }],
      ["a lower second threshold", { threshold2: 899n }],
      ["a shorter time to report", { reportDays: 89n }],
    ] as const) {
      it(`acts at once for ${name}, and ends a loosening that waits`, async () => {
        const shop = await load();
        const { register, merchantId } = shop;
        await setRule(shop, middle);
        await setRule(shop, { ...middle, bps0: 0n });
        const tighten = setRule(shop, { ...middle, ...change });
        await expect(tighten).to.emit(register, "RuleLooseningCancelled").withArgs(merchantId);
        await expect(tighten).to.emit(register, "RuleTightened");
        const { rule, nextRuleAt } = await register.rule(merchantId);
        expect(fieldsOf(rule)).to.deep.equal(ruleOf({ ...middle, ...change }));
        expect(nextRuleAt).to.equal(0n);
        await networkHelpers.time.increase(LOOSENING_DELAY);
        expect(fieldsOf((await register.rule(merchantId)).rule)).to.deep.equal(ruleOf({ ...middle, ...change }));
      });
    }

    it("emits nothing about a loosening when none waits", async () => {
      const shop = await load();
      await setRule(shop, middle);
      await expect(setRule(shop, { ...middle, bps0: 1_001n })).not.to.emit(shop.register, "RuleLooseningCancelled");
    });

    it("is asked for a time to report where there was none", async () => {
      const shop = await load();
      await setRule(shop, { ...middle, reportDays: 0n });
      await expect(setRule(shop, { ...middle, reportDays: 365n })).to.emit(shop.register, "RuleTightened");
    });

    for (const [name, offset, refused] of [
      ["before now", -1n, true],
      ["now", 0n, false],
      ["after now", 1n, false],
    ] as const) {
      it(`${refused ? "refuses" : "takes"} a cure date ${name}`, async () => {
        const { register, regulator, merchantId } = await load();
        const time = (await now()) + 5n;
        await at(time);
        const set = register.connect(regulator).setRule(merchantId, ruleOf(middle), time + offset);
        if (refused) await expectRefusal(set, register, "RuleCureDatePassed", time + offset, time);
        else await expect(set).to.emit(register, "RuleTightened");
      });
    }
  });

  describe("loosening", () => {
    for (const [name, change] of [
      ["a lower base share", { bps0: 999n }],
      ["a lower first share", { bps1: 1_999n }],
      ["a lower second share", { bps2: 2_999n }],
      ["a higher first threshold", { threshold1: 501n }],
      ["a higher second threshold", { threshold2: 901n }],
      ["a longer time to report", { reportDays: 91n }],
      ["no time to report", { reportDays: 0n }],
      [
        "less in one place and more in all others",
        { bps0: 999n, bps1: 9_000n, bps2: 9_000n, threshold1: 1n, threshold2: 1n, reportDays: 1n },
      ],
    ] as const) {
      it(`waits as a whole for ${name}, then takes effect by itself`, async () => {
        const shop = await load();
        const { register, regulator, merchantId } = shop;
        await setRule(shop, middle);
        const { cureBy, since } = await register.rule(merchantId);
        const [before, after] = [ruleOf(middle), ruleOf({ ...middle, ...change })];
        const time = (await now()) + 5n;
        const effectiveAt = time + LOOSENING_DELAY;
        await at(time);
        await expect(register.connect(regulator).setRule(merchantId, after, 0n))
          .to.emit(register, "RuleLooseningAnnounced")
          .withArgs(merchantId, Object.values(after), effectiveAt);
        const waiting = { rule: before, since, cureBy, nextRule: after, nextRuleAt: effectiveAt };
        expect(await ruleNow(shop)).to.deep.equal(waiting);
        await networkHelpers.time.increaseTo(effectiveAt - 1n);
        expect(await ruleNow(shop)).to.deep.equal(waiting);
        await networkHelpers.time.increaseTo(effectiveAt);
        const inForce = { rule: after, since: effectiveAt, cureBy, nextRule: none, nextRuleAt: 0n };
        expect(await ruleNow(shop)).to.deep.equal(inForce);
        await networkHelpers.time.increaseTo(effectiveAt + 1n);
        expect(await ruleNow(shop)).to.deep.equal(inForce);
      });
    }

    it("is required by the old rule until then", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await report(shop, shop.reporter, 1_000n);
      await setRule(shop, { bps0: 2_000n });
      const { nextRuleAt } = await register.rule(merchantId);
      await networkHelpers.time.increaseTo(nextRuleAt - 1n);
      expect(await register.required(merchantId)).to.equal(400n);
      await networkHelpers.time.increaseTo(nextRuleAt);
      expect(await register.required(merchantId)).to.equal(200n);
    });

    it("starts to wait again when another takes its place", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 2_000n });
      await networkHelpers.time.increase(LOOSENING_DELAY - 10n);
      await setRule(shop, { bps0: 3_000n });
      await networkHelpers.time.increase(20n);
      expect((await register.rule(merchantId)).rule.bps0).to.equal(4_000n);
      await networkHelpers.time.increase(LOOSENING_DELAY);
      expect((await register.rule(merchantId)).rule.bps0).to.equal(3_000n);
    });

    it("is what the next rule is compared with once it is in force", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 2_000n });
      await networkHelpers.time.increase(LOOSENING_DELAY);
      const set = setRule(shop, { bps0: 3_000n });
      await expect(set).to.emit(register, "RuleTightened");
      await expect(set).not.to.emit(register, "RuleLooseningCancelled");
      expect((await register.rule(merchantId)).rule.bps0).to.equal(3_000n);
    });

    it("is in force for the next rule from its very second on: there is nothing left to cancel", async () => {
      const shop = await load();
      const { register, regulator, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 2_000n });
      const { nextRuleAt } = await register.rule(merchantId);
      await at(nextRuleAt);
      const set = register.connect(regulator).setRule(merchantId, ruleOf({ bps0: 3_000n }), nextRuleAt);
      await expect(set).to.emit(register, "RuleTightened");
      await expect(set).not.to.emit(register, "RuleLooseningCancelled");
    });

    it("is kept when another loosening follows one in force", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 2_000n });
      await networkHelpers.time.increase(LOOSENING_DELAY);
      const { since } = await register.rule(merchantId);
      await setRule(shop, { bps0: 1_000n });
      const view = await register.rule(merchantId);
      expect([view.rule.bps0, view.since, view.nextRule.bps0]).to.deep.equal([2_000n, since, 1_000n]);
    });
  });

  for (const state of [
    "Active",
    "Suspended",
    "Lapsed",
    "RunOff",
    "Closed",
    "Defaulted",
  ] as const satisfies Standing[]) {
    it(`is possible for a merchant that is ${state}`, async () => {
      const shop = await load();
      await bring(shop, state);
      await expect(setRule(shop, middle)).to.emit(shop.register, "RuleTightened");
    });
  }

  it("refuses a merchant the escrow does not know", async () => {
    const { register, regulator, merchantId } = await load();
    const set = register.connect(regulator).setRule(merchantId + 1n, ruleOf(middle), (await now()) + DAY);
    await expectRefusal(set, register, "MerchantUnknown", merchantId + 1n);
  });

  it("is for the regulator alone", async () => {
    const shop = await load();
    const { register, merchantId } = shop;
    const cureBy = (await now()) + DAY;
    for (const caller of everybodyBut(shop, "regulator")) {
      const set = register.connect(caller).setRule(merchantId, ruleOf(middle), cureBy);
      await expectRefusal(set, register, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("touches no other merchant", async () => {
    const shop = await load();
    const { escrow, register, regulator, owner, payout, policyId } = shop;
    await escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "ipfs://another");
    await setRule(shop, middle);
    expect(fieldsOf((await register.rule(2n)).rule)).to.deep.equal(none);
    expect((await register.surety(2n)).party).to.equal(ZeroAddress);
    expect(await requiredOf({ ...shop, merchantId: 2n }, 1_000n * TOKEN)).to.equal(0n);
  });
});
