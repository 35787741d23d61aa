import { expect } from "chai";

import { ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../helpers/actions.js";
import { DECISION, RULING_TIMEOUT, passPrice } from "../helpers/disputes.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { ACCRUAL_DELAY, COOLING_OFF, EVIDENCE, EXIT_DELAY, FINAL_SETTLEMENT, consume } from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound } from "./scene.js";

const PASS = 3_600n * TOKEN;

/** A pass that has run for `served` seconds at the next block, and when it began. */
async function passAfter(shop: Shop, served: bigint, program = shop.programs.pass) {
  const cardId = await buyCard(shop, { program });
  const openedAt = await now();
  await at(openedAt + served);
  return { cardId, openedAt };
}

/** What a closing paid the holder, and released to the merchant. */
async function paid({ escrow }: Shop, cardId: string) {
  const [closing] = await escrow.queryFilter(escrow.filters.CardRefunded(undefined, cardId));
  return { rule: closing!.args.rule, refund: closing!.args.refunded, released: closing!.args.released };
}

describe("Attack: a shut gym that wants the time of its passes", () => {
  it("pays every pass back before the flag: it is paid what was booked, and the holders all the rest", async () => {
    const shop = await loadShop();
    const { escrow, operator } = shop;
    const { cardId, openedAt } = await passAfter(shop, 40n * DAY);
    await escrow.accrue([cardId]);
    await at(openedAt + 60n * DAY);
    await escrow.connect(operator).refundCard(cardId);
    const refund = PASS - passPrice(40n * DAY - ACCRUAL_DELAY);
    expect(await paid(shop, cardId)).to.deep.equal({ rule: ExitRule.MerchantConsent, refund, released: 0n });
    await expectSound(shop, [cardId]);
  });

  it("pays every pass back in a suspension, in which nothing is booked: not a second of it is paid", async () => {
    const shop = await loadShop();
    const { escrow, regulator, operator, stranger, merchantId } = shop;
    const { cardId, openedAt } = await passAfter(shop, 40n * DAY);
    await escrow.connect(stranger).accrue([cardId]);
    await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
    await at(openedAt + 100n * DAY);
    await escrow.connect(stranger).accrue([cardId]);
    await escrow.connect(operator).refundCard(cardId);
    const { refund } = await paid(shop, cardId);
    expect(refund).to.equal(PASS - passPrice(40n * DAY - ACCRUAL_DELAY));
  });

  it("contests a request and loses: the time of the contest is given back, in which the pass was not served", async () => {
    const shop = await loadShop();
    const { escrow, holder, operator, association } = shop;
    const policyId = await anotherPolicy(shop, { feePriceBps: 1_000n });
    const terms = { kind: ProgramKind.Pass, price: PASS, units: 365n * DAY, listPrice: PASS };
    const program = await anotherProgram(shop, terms, await anotherMerchant(shop, { policyId }));
    const { cardId, openedAt } = await passAfter(shop, 100n * DAY, program);
    await escrow.connect(holder).requestExit(cardId);
    await escrow.connect(operator).contestExit(cardId, EVIDENCE);
    await at((await now()) + RULING_TIMEOUT - 1n);
    await escrow.connect(association).resolve(cardId, false, 0n, DECISION);
    const dismissedAt = await now();
    expect((await escrow.card(cardId)).openedAt).to.equal(openedAt + dismissedAt - (openedAt + 100n * DAY));
    // The holder asks again at once, and cannot be contested.
    await at(dismissedAt + DAY);
    await escrow.connect(holder).requestExit(cardId);
    await advance(EXIT_DELAY);
    await escrow.executeExit(cardId);
    const { refund } = await paid(shop, cardId);
    expect(refund).to.equal(PASS - passPrice(101n * DAY) - PASS / 10n);
  });

  it("counts the time of a mistaken flag: the clock of every pass stood still", async () => {
    const shop = await loadShop();
    const { escrow, holder, regulator, merchantId } = shop;
    const { cardId, openedAt } = await passAfter(shop, 50n * DAY);
    await escrow.connect(regulator).flagDefault(merchantId, openedAt, EVIDENCE);
    const flaggedAt = await now();
    await at(flaggedAt + FINAL_SETTLEMENT - 1n);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const pause = (await now()) - flaggedAt;
    await at(openedAt + 80n * DAY);
    await escrow.connect(holder).requestExit(cardId);
    await advance(EXIT_DELAY);
    await escrow.executeExit(cardId);
    expect((await paid(shop, cardId)).refund).to.equal(PASS - passPrice(80n * DAY - pause));
  });

  it("lets a request lie, so that the pass burns: the request does not lapse, and pays the same", async () => {
    const shop = await loadShop();
    const { escrow, holder, stranger } = shop;
    const { cardId } = await passAfter(shop, 10n * DAY);
    await escrow.connect(holder).requestExit(cardId);
    await advance(365n * DAY);
    await escrow.connect(stranger).executeExit(cardId);
    expect((await paid(shop, cardId)).refund).to.equal(PASS - passPrice(10n * DAY));
  });
});

describe("Attack: a merchant that turns a complaint against its holder", () => {
  it("executes a complaint that nobody ruled on, to keep the discount: the holder alone can", async () => {
    const shop = await loadShop();
    const { escrow, holder, operator, stranger, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    await escrow.connect(holder).complain(cardId, EVIDENCE);
    await at((await escrow.dispute(cardId)).rulingUntil);
    for (const person of [operator, stranger]) {
      const executed = escrow.connect(person).executeDispute(cardId);
      await expectRefusal(executed, escrow, "CardHolderOnly", cardId, person.address, holder.address);
    }
    await escrow.connect(holder).executeDispute(cardId);
    expect((await paid(shop, cardId)).rule).to.equal(ExitRule.RulingTimeout);
  });

  it("has a complaint about a pass ruled on late: the award counts no time after the complaint, nor what could have been shut before", async () => {
    const shop = await loadShop();
    const { escrow, holder, association } = shop;
    const { cardId } = await passAfter(shop, 100n * DAY);
    await escrow.connect(holder).complain(cardId, EVIDENCE);
    await at((await escrow.dispute(cardId)).rulingUntil - 1n);
    await escrow.connect(association).resolve(cardId, true, PASS, DECISION);
    expect((await paid(shop, cardId)).refund).to.equal(PASS - passPrice(100n * DAY - ACCRUAL_DELAY));
  });

  it("pays a card back a second before a recovery is due: refused, for the key may be lost", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, operator, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(holder).setRecovery(other);
    await escrow.connect(other).requestMove(cardId, other);
    const { executableAt } = await escrow.pendingMove(cardId);
    await at(executableAt - 1n);
    const refund = escrow.connect(operator).refundCard(cardId);
    await expectRefusal(refund, escrow, "CardMovePending", cardId, executableAt);
    await at(executableAt);
    await escrow.executeMove(cardId, 0n);
  });
});
