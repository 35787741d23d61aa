import { expect } from "chai";

import { ExitRule, ProgramKind } from "../../../../src/contracts/enums.js";
import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
import { complain, contest, passPrice, uphold } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { COOLING_OFF, askToLeave, consume, flagDefault, runOff, suspend } from "../../../helpers/leaving.js";
import { SUSPENSION } from "../../../helpers/statuses.js";
import { loadShop } from "../../../helpers/shop.js";
import { purse } from "../../../attacks/scene.js";

const YEAR = 365n * DAY;
const PASS = 3_600n * TOKEN;
const VISITS = 1_200n * TOKEN;

/** A shop under a policy with these fees; its programs charge them unless said otherwise. */
async function charging(rules: Partial<PolicyStruct>, feeFree = false) {
  const shop = await loadShop();
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
  const pass = { kind: ProgramKind.Pass, price: PASS, units: YEAR, listPrice: PASS, feeFree };
  const visits = { kind: ProgramKind.Count, price: VISITS, units: 20n, listPrice: VISITS, feeFree };
  const open = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n, feeFree };
  const programs = {
    ...shop.programs,
    pass: await anotherProgram(shop, pass, merchantId),
    count: await anotherProgram(shop, visits, merchantId),
    open: await anotherProgram(shop, open, merchantId),
  };
  return { ...shop, merchantId, programs };
}

/** The holder asks to leave and is paid; answers the refund. The quote before must be what is paid. */
async function leave(shop: Shop, cardId: string): Promise<bigint> {
  const { escrow, token, holder } = shop;
  const { executableAt } = await askToLeave(shop, cardId);
  const { refund, forfeited, fee } = await escrow.quoteExit(cardId);
  expect(fee).to.be.at.most(forfeited);
  const before = await purse(token, holder);
  await at(executableAt);
  await escrow.executeExit(cardId);
  const paid = (await purse(token, holder)) - before;
  expect(paid, "the quote").to.equal(refund);
  return paid;
}

describe("The fee for leaving", () => {
  /** 20 visits for 1 200 without a discount, some of them used: the rest is 60 a visit. */
  const cases: readonly [string, Partial<PolicyStruct>, consumed: bigint, fee: bigint][] = [
    ["none", {}, 5n, 0n],
    ["a share of the price", { feePriceBps: 1_000n }, 5n, 120n * TOKEN],
    ["a share of the rest", { feeRestBps: 2_000n }, 5n, 180n * TOKEN],
    ["both", { feePriceBps: 1_000n, feeRestBps: 2_000n }, 5n, 300n * TOKEN],
    ["both, up to a largest fee", { feePriceBps: 1_000n, feeRestBps: 2_000n, feeMax: 200n * TOKEN }, 5n, 200n * TOKEN],
    ["at most half the price", { feePriceBps: 3_000n, feeRestBps: 5_000n }, 0n, 600n * TOKEN],
    ["at most what is left", { feePriceBps: 3_000n }, 19n, 60n * TOKEN],
    ["nothing of a card that is used up", { feePriceBps: 3_000n }, 20n, 0n],
    ["a flat fee, while unused", { feeFlat: 150n * TOKEN, feePriceBps: 1_000n }, 0n, 150n * TOKEN],
    ["a flat fee, at most half the price", { feeFlat: 5_000n * TOKEN }, 0n, 600n * TOKEN],
    ["the shares in place of the flat fee, once used", { feeFlat: 150n * TOKEN, feePriceBps: 100n }, 1n, 12n * TOKEN],
    ["a flat fee whatever the largest fee is", { feeFlat: 150n * TOKEN, feeMax: 10n * TOKEN }, 0n, 150n * TOKEN],
    ["a share, rounded down", { feePriceBps: 1n, feeRestBps: 1n }, 3n, (12n * TOKEN) / 100n + (102n * TOKEN) / 1_000n],
  ];
  for (const [name, rules, consumed, fee] of cases) {
    it(`is ${name}`, async () => {
      const shop = await charging(rules);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      if (consumed !== 0n) await consume(shop, cardId, consumed);
      await advance(COOLING_OFF);
      const rest = VISITS - 60n * TOKEN * consumed;
      expect(await leave(shop, cardId)).to.equal(rest - fee);
    });
  }

  it("goes to the merchant, not to the platform", async () => {
    const shop = await charging({ feePriceBps: 1_000n });
    const { escrow, token, payout, merchantId } = shop;
    const cardId = await buyCard(shop, { program: shop.programs.count });
    await advance(COOLING_OFF);
    await leave(shop, cardId);
    await escrow.payOut(merchantId);
    expect(await purse(token, payout)).to.equal(120n * TOKEN);
    expect(await token.balanceOf(await escrow.getAddress())).to.equal(0n);
  });

  it("is not charged by a program that says so, which shows", async () => {
    for (const [feeFree, rules] of [
      [true, { feePriceBps: 1_000n }],
      [false, { feePriceBps: 1_000n }],
      [false, { feeMax: 10n * TOKEN }],
    ] as const) {
      const shop = await charging(rules, feeFree);
      const charges = !feeFree && "feePriceBps" in rules;
      expect((await shop.escrow.program(shop.programs.count)).feeFree).to.equal(!charges);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      expect(await leave(shop, cardId)).to.equal(charges ? VISITS - 120n * TOKEN : VISITS);
    }
  });

  it("is taken of an open amount and of a pass too; a pass has no flat fee", async () => {
    const shop = await charging({ feePriceBps: 1_000n, feeFlat: 1n });
    const { programs } = shop;
    const open = await buyCard(shop, { program: programs.open, principal: 1_000n * TOKEN });
    await consume(shop, open, 400n * TOKEN);
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await advance(COOLING_OFF);
    expect(await leave(shop, open)).to.equal(500n * TOKEN);
    await at(openedAt + 73n * DAY);
    expect(await leave(shop, pass)).to.equal(PASS - passPrice(73n * DAY) - 360n * TOKEN);
  });

  describe("in cooling-off", () => {
    it("is a share of the price", async () => {
      const shop = await charging({ feePriceBps: 3_000n, coolingOffFeeBps: 500n });
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await consume(shop, cardId, 5n);
      expect((await shop.escrow.quoteExit(cardId)).rule).to.equal(ExitRule.CoolingOff);
      expect(await leave(shop, cardId)).to.equal(900n * TOKEN - 60n * TOKEN);
    });

    it("is without effect where leaving later would be cheaper", async () => {
      const shop = await charging({ feePriceBps: 100n, coolingOffFeeBps: 1_000n });
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const quote = await shop.escrow.quoteExit(cardId);
      expect([quote.rule, quote.fee]).to.deep.equal([ExitRule.CoolingOff, 12n * TOKEN]);
      expect(await leave(shop, cardId)).to.equal(VISITS - 12n * TOKEN);
    });

    it("is not taken of a pass that has not begun", async () => {
      const shop = await charging({ feePriceBps: 3_000n, coolingOffFeeBps: 1_000n });
      const startsAt = (await now()) + 20n * DAY;
      const pass = await buyCard(shop, { program: shop.programs.pass, startsAt });
      await at(startsAt - 1n);
      const { requestedAt, executableAt } = await askToLeave(shop, pass);
      expect(requestedAt).to.equal(startsAt - 1n);
      await at(executableAt);
      await expect(shop.escrow.executeExit(pass))
        .to.emit(shop.escrow, "CardRefunded")
        .withArgs(shop.merchantId, pass, shop.holder, ExitRule.CoolingOff, 0n, PASS);
    });

    it("is taken of a pass from its first second", async () => {
      const shop = await charging({ feePriceBps: 3_000n, coolingOffFeeBps: 1_000n });
      const startsAt = (await now()) + 20n * DAY;
      const pass = await buyCard(shop, { program: shop.programs.pass, startsAt });
      await at(startsAt);
      expect(await leave(shop, pass)).to.equal(PASS - 360n * TOKEN);
    });

    for (const [name, units, period] of [
      ["a share of the term, where that is longer", 200n * DAY, 20n * DAY],
      ["the policy's period, where that is longer", 50n * DAY, 7n * DAY],
      ["60 days at most", 700n * DAY, 60n * DAY],
    ] as const) {
      it(`lasts ${name}`, async () => {
        const shop = await charging({ coolingOffTermBps: 1_000n });
        const terms = { kind: ProgramKind.Pass, price: PASS, units, listPrice: PASS };
        const pass = await buyCard(shop, { program: await anotherProgram(shop, terms, shop.merchantId) });
        const openedAt = await now();
        for (const [offset, rule] of [
          [-1n, ExitRule.CoolingOff],
          [0n, ExitRule.NoObjection],
          [1n, ExitRule.NoObjection],
        ] as const) {
          await at(openedAt + period + offset);
          await shop.escrow.accrue([]);
          expect((await shop.escrow.quoteExit(pass)).rule).to.equal(rule);
        }
      });
    }
  });

  describe("is not taken", () => {
    it("while the merchant is suspended, and again once the suspension is over", async () => {
      const shop = await charging({ feePriceBps: 1_000n });
      const first = await buyCard(shop, { program: shop.programs.count });
      const second = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      const until = await suspend(shop, shop.merchantId);
      expect(await leave(shop, first)).to.equal(VISITS);
      await at(until - 1n);
      // Falls due after the suspension.
      expect(await leave(shop, second)).to.equal(VISITS - 120n * TOKEN);
      expect(SUSPENSION).to.be.above(0n);
    });

    it("in a run-off", async () => {
      const shop = await charging({ feePriceBps: 1_000n });
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      await runOff(shop, 20n * DAY, shop.merchantId);
      expect(await leave(shop, cardId)).to.equal(VISITS);
    });

    it("by consent, and after a default", async () => {
      const shop = await charging({ feePriceBps: 1_000n });
      const { escrow, token, operator, holder, merchantId, programs } = shop;
      const agreed = await buyCard(shop, { program: programs.count });
      const left = await buyCard(shop, { program: programs.count });
      await advance(COOLING_OFF);
      const before = await purse(token, holder);
      await escrow.connect(operator).refundCard(agreed);
      const { windowEndsAt } = await flagDefault(shop, undefined, merchantId);
      await at(windowEndsAt);
      await escrow.refundCards(merchantId, [left]);
      expect((await purse(token, holder)) - before).to.equal(2n * VISITS);
    });
  });

  describe("and disputes", () => {
    it("is what a contest is about, where there is no discount", async () => {
      const shop = await charging({ feePriceBps: 1_000n });
      const { escrow, token, holder } = shop;
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      const { rulingFrom } = await contest(shop, cardId);
      await at(rulingFrom);
      const before = await purse(token, holder);
      await uphold(shop, cardId, VISITS - 50n * TOKEN);
      expect((await purse(token, holder)) - before).to.equal(VISITS - 50n * TOKEN);
      expect((await escrow.card(cardId)).disputed).to.equal(false);
    });

    it("is taken of a complaint nobody ruled on: complaining would dodge it", async () => {
      const shop = await charging({ feePriceBps: 1_000n });
      const { escrow, token, holder } = shop;
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      const { rulingUntil } = await complain(shop, cardId);
      await at(rulingUntil);
      const before = await purse(token, holder);
      await escrow.connect(holder).executeDispute(cardId);
      expect((await purse(token, holder)) - before).to.equal(VISITS - 120n * TOKEN);
    });
  });
});
