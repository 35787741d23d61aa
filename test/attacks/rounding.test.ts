import { expect } from "chai";

import { ProgramKind } from "../../src/contracts/enums.js";
import { advance, anotherPolicy, anotherProgram, at, buyCard, now } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { DAY } from "../helpers/fixture.js";
import { COOLING_OFF, FINAL_SETTLEMENT, askToLeave, consume, flagDefault } from "../helpers/leaving.js";
import { deployRegister, distribute, listOf, pay, report, setRule } from "../helpers/register.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

/** Twenty visits for 7 base units: a visit is worth 0.35, so every count is rounded. */
async function deployFarm() {
  const shop = await loadShop();
  const terms = { kind: ProgramKind.Count, price: 7n, units: 20n, listPrice: 11n };
  const program = await anotherProgram(shop, terms);
  return { ...shop, program };
}
const load = () => networkHelpers.loadFixture(deployFarm);

describe("Attack: farms of dust and rounding", () => {
  for (const visits of [1n, 2n, 3n, 19n]) {
    it(`forty cards of ${visits} visits each, left in cooling-off: less than a base unit is gained on each`, async () => {
      const shop = await load();
      const { escrow, token, holder, merchantId, program } = shop;
      const before = await purse(token, holder);
      const cards: string[] = [];
      for (let i = 0; i < 40; i += 1) {
        const cardId = await buyCard(shop, { program });
        await consume(shop, cardId, visits);
        cards.push(cardId);
      }
      const requested = [];
      for (const cardId of cards) requested.push(await askToLeave(shop, cardId));
      await at(requested.at(-1)!.executableAt);
      for (const cardId of cards) await escrow.executeExit(cardId);
      const paid = before - (await purse(token, holder));
      const exact = Number(40n * visits * 7n) / 20;
      expect(exact - Number(paid)).to.be.within(0, 40 * (19 / 20));
      expect(await escrow.releasable(merchantId)).to.equal(paid);
      await expectSound(shop, cards);
    });
  }

  it("a card settled one visit at a time, or all at once, releases the same to the unit: splitting gains nobody anything", async () => {
    const shop = await load();
    const { escrow, merchantId, program } = shop;
    const [slow, fast] = [await buyCard(shop, { program }), await buyCard(shop, { program })];
    for (let visit = 1n; visit <= 20n; visit += 1n) await consume(shop, slow, visit);
    expect(await escrow.releasable(merchantId)).to.equal(7n);
    await consume(shop, fast, 20n);
    expect(await escrow.releasable(merchantId)).to.equal(14n);
    await expectSound(shop, [slow, fast]);
  });

  it("a pass counted every day, or once, releases the same to the unit", async () => {
    const shop = await loadShop();
    const { escrow } = shop;
    const terms = { kind: ProgramKind.Pass, price: 7n, units: 30n * DAY, listPrice: 7n };
    const prompt = await anotherPolicy(shop, { accrualDelay: 0n, coolingOff: 0n });
    await escrow.connect(shop.regulator).setMerchantPolicy(shop.merchantId, prompt);
    const program = await anotherProgram(shop, terms);
    const [slow, fast] = [await buyCard(shop, { program }), await buyCard(shop, { program })];
    const end = (await now()) + 31n * DAY;
    for (let day = 0; day < 30; day += 1) {
      await advance(DAY);
      await escrow.accrue([slow]);
    }
    await at(end);
    await escrow.accrue([slow, fast]);
    expect(await escrow.remaining(slow)).to.equal(0n);
    expect(await escrow.remaining(fast)).to.equal(0n);
    await expectSound(shop, [slow, fast]);
  });

  it("leaving at the list price, on dust: the merchant is never short of what was consumed by a unit a card", async () => {
    const shop = await load();
    const { escrow, token, holder, program } = shop;
    const gained = [];
    for (const visits of [1n, 5n, 10n, 12n, 13n, 19n, 20n]) {
      const snapshot = await networkHelpers.takeSnapshot();
      const cardId = await buyCard(shop, { program });
      await consume(shop, cardId, visits);
      await advance(COOLING_OFF);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      const before = await purse(token, holder);
      await escrow.executeExit(cardId);
      const refund = (await purse(token, holder)) - before;
      const exact = Math.max(0, 7 - Number(visits * 11n) / 20);
      gained.push(Number(refund) - exact);
      await snapshot.restore();
    }
    for (const gain of gained) expect(gain).to.be.within(0, 1);
  });

  it("a default over a crowd of rounded cards: the pool is emptied to the unit, nobody is short and nothing is over", async () => {
    const shop = await load();
    const { escrow, token, holder, other, payout, merchantId, program } = shop;
    const cards: string[] = [];
    for (let i = 1n; i <= 20n; i += 1n) {
      const person = i % 2n === 0n ? holder : other;
      const cardId = await buyCard(shop, { program, holder: person });
      await consume(shop, cardId, i, person);
      cards.push(cardId);
    }
    await flagDefault(shop);
    await advance(FINAL_SETTLEMENT);
    await escrow.refundCards(merchantId, cards);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(shop.vault)).to.equal(0n);
    // 20 × 7 paid in; floor(7 i ÷ 20) released of each.
    const released = Array.from({ length: 20 }, (_, i) => Math.floor((7 * (i + 1)) / 20)).reduce((a, b) => a + b);
    expect(await purse(token, payout)).to.equal(BigInt(released));
    await expectSound(shop, []);
  });

  it("a deposit shared out among many claims of one base unit: no account gains by splitting its claim", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, token, holder, other, merchantId } = shop;
    await pay(shop, 33n);
    // One claim of fifty, and fifty claims of one, on a third of the money.
    const lines = [
      { account: holder.address, amount: 50n },
      ...Array.from({ length: 50 }, () => ({ account: other.address, amount: 1n })),
    ];
    const list = listOf(lines);
    await distribute(shop, list);
    const before = [await purse(token, holder), await purse(token, other)];
    await register.claimMany(
      merchantId,
      lines.map((_, i) => list.claim(i)),
    );
    expect((await purse(token, holder)) - before[0]!).to.equal(16n);
    // A share below a unit waits for more money; it is not rounded up.
    expect((await purse(token, other)) - before[1]!).to.equal(0n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(17n);
  });

  it("a balance reported in dust: what is required is rounded up, so that no split of it asks for less", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, reporter, merchantId } = shop;
    await setRule(shop, { bps0: 3_333n });
    for (const [reported, required] of [
      [1n, 1n],
      [2n, 1n],
      [3n, 1n],
      [4n, 2n],
      [10_000n, 3_333n],
    ] as const) {
      await report(shop, reporter, reported);
      expect(await register.required(merchantId)).to.equal(required);
      await advance(1n);
    }
  });
});
