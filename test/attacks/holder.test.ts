import { expect } from "chai";

import { ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../helpers/actions.js";
import { passPrice } from "../helpers/disputes.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { ACCRUAL_DELAY, COOLING_OFF, EVIDENCE, EXIT_DELAY, consume } from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound } from "./scene.js";

const PASS = 3_600n * TOKEN;
const passTerms = { kind: ProgramKind.Pass, price: PASS, units: 365n * DAY, listPrice: PASS };
const planTerms = {
  kind: ProgramKind.StoredValue,
  price: 3_000n * TOKEN,
  units: 4_000n * TOKEN,
  listPrice: 4_000n * TOKEN,
};

/** Asks to leave, and is paid one exit delay later; answers the rule and the refund. */
async function leave({ escrow, holder, stranger }: Shop, cardId: string): Promise<readonly [bigint, bigint]> {
  await escrow.connect(holder).requestExit(cardId);
  await advance(EXIT_DELAY);
  await escrow.connect(stranger).executeExit(cardId);
  const [closing] = await escrow.queryFilter(escrow.filters.CardRefunded(undefined, cardId));
  return [closing!.args.rule, closing!.args.refunded];
}

/** A program of another merchant, under the test policy with other fields. */
async function sold(
  shop: Shop,
  overrides: Parameters<typeof anotherPolicy>[1],
  terms: Parameters<typeof anotherProgram>[1],
) {
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, overrides) });
  return await anotherProgram(shop, terms, merchantId);
}

/** Seconds of a pass that are booked. */
const booked = async ({ escrow }: Shop, cardId: string): Promise<bigint> => (await escrow.card(cardId)).consumed;

/** A pass past its cooling-off, and when it began. */
async function runningPass(shop: Shop) {
  const cardId = await buyCard(shop, { program: shop.programs.pass });
  const openedAt = await now();
  await advance(10n * DAY);
  return { cardId, openedAt };
}

describe("Attack: a holder who regrets what was used", () => {
  it("passes, used to the sixth day and regretted, again and again: each turn pays for its six days", async () => {
    const shop = await loadShop();
    const cards = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const cardId = await buyCard(shop, { program: shop.programs.pass });
      await at((await now()) + 6n * DAY);
      expect(await leave(shop, cardId)).to.deep.equal([ExitRule.CoolingOff, PASS - passPrice(6n * DAY)]);
      cards.push(cardId);
    }
    await expectSound(shop, cards);
  });

  it("passes whose days would not count at all: no such program is published, unless the pass must be unused or a fee pays the days", async () => {
    const shop = await loadShop();
    const free = sold(shop, { coolingOffInFull: true }, passTerms);
    // 7 of 365 days, rounded up.
    await expectRefusal(free, shop.escrow, "ProgramCoolingOffFree", 0n, 192n);
    const capped = { coolingOffInFull: true, coolingOffFeeBps: 192n, feePriceBps: 192n };
    await expectRefusal(
      sold(shop, { ...capped, feeMax: TOKEN }, passTerms),
      shop.escrow,
      "ProgramCoolingOffFree",
      0n,
      192n,
    );
    const cardId = await buyCard(shop, { program: await sold(shop, capped, passTerms) });
    const [rule, refund] = await leave(shop, cardId);
    expect(rule).to.equal(ExitRule.CoolingOff);
    expect(PASS - refund).to.be.at.least(passPrice(COOLING_OFF));
  });

  it("four plans of 3 000 for 4 000, 500 eaten of each: the bonus on what was eaten is gained, and a policy that asks for unused ends it", async () => {
    const shop = await loadShop();
    for (const [coolingOffRequiresUnused, paid] of [
      [false, 1_500n * TOKEN],
      [true, 2_000n * TOKEN],
    ] as const) {
      const program = await sold(shop, { coolingOffRequiresUnused }, planTerms);
      let kept = 0n;
      for (let turn = 0; turn < 4; turn += 1) {
        const cardId = await buyCard(shop, { program });
        await consume(shop, cardId, 500n * TOKEN);
        const [, refund] = await leave(shop, cardId);
        kept += planTerms.price - refund;
      }
      expect(kept).to.equal(paid);
    }
  });
});

describe("Attack: a holder who plays for time on a pass", () => {
  it("pauses a pass by a request that its own recovery address ends: not a day of service is gained, and a till can end it by paying", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, operator, stranger } = shop;
    const { cardId, openedAt } = await runningPass(shop);
    const { cardId: second } = await runningPass(shop);
    await escrow.connect(holder).setRecovery(other);
    await escrow.connect(holder).requestExit(second);
    await escrow.connect(holder).requestExit(cardId);
    const requestedAt = await now();
    const yieldsAt = requestedAt + 2n * EXIT_DELAY;
    await at(yieldsAt - 1n);
    const tooEarly = escrow.connect(other).requestMove(cardId, other);
    await expectRefusal(tooEarly, escrow, "CardExitPending", cardId, requestedAt + EXIT_DELAY);
    await at(yieldsAt + 90n * DAY);
    await escrow.connect(other).requestMove(cardId, other);
    const pause = (await now()) - requestedAt;
    expect((await escrow.card(cardId)).openedAt).to.equal(openedAt + pause);
    await escrow.connect(holder).cancelMove(cardId);
    const time = (await now()) + 20n * DAY;
    await at(time);
    await escrow.connect(stranger).accrue([cardId]);
    expect(await booked(shop, cardId)).to.equal(time - ACCRUAL_DELAY - openedAt - pause);
    await expect(escrow.connect(operator).executeExit(second)).to.emit(escrow, "CardRefunded");
  });

  it("bought ahead and never begun, left and bought again for a later day: nothing is served, and nothing but a sale and a refund is gained", async () => {
    const shop = await loadShop();
    const cards = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const startsAt = (await now()) + 30n * DAY;
      const cardId = await buyCard(shop, { program: shop.programs.pass, startsAt });
      expect(await leave(shop, cardId)).to.deep.equal([ExitRule.CoolingOff, PASS]);
      cards.push(cardId);
    }
    await expectSound(shop, cards);
  });
});

describe("Attack: a holder who wastes a merchant's time", () => {
  it("asks to leave, is contested, and takes it back, again and again: the merchant is paid meanwhile, and no contest is used up", async () => {
    const shop = await loadShop();
    const { escrow, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await advance(COOLING_OFF);
    for (let turn = 1n; turn <= 5n; turn += 1n) {
      await consume(shop, cardId, turn);
      await escrow.connect(holder).requestExit(cardId);
      await escrow.connect(operator).contestExit(cardId, EVIDENCE);
      await escrow.connect(holder).cancelExit(cardId);
      await escrow.payOut(merchantId);
    }
    expect((await escrow.dispute(cardId)).contestDismissed).to.be.false;
    await expectSound(shop, [cardId]);
  });
});
