import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus } from "../../../../src/contracts/enums.js";
import { at, buyCard, now } from "../../../helpers/actions.js";
import { fieldsOf } from "../../../helpers/answers.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { around, askToLeave, consume, flagDefault } from "../../../helpers/leaving.js";

const load = () => networkHelpers.loadFixture(deployShop);

describe("card", () => {
  it("answers a card as booked", async () => {
    const shop = await load();
    const { escrow, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const openedAt = await now();
    const plain = { disputed: false, moving: false, coolingOffOver: false };
    const fresh = { status: CardStatus.Open, principal: 1_200n * TOKEN, consumed: 0n, openedAt, ...plain };
    expect(fieldsOf(await escrow.card(cardId))).to.deep.equal({ ...fresh, exitRequestedAt: 0n, nonce: 0n });
    await consume(shop, cardId, 3n);
    const { requestedAt } = await askToLeave(shop, cardId);
    expect(fieldsOf(await escrow.card(cardId))).to.deep.equal({
      ...fresh,
      consumed: 3n,
      exitRequestedAt: requestedAt,
      nonce: 1n,
    });
  });

  it("answers when a pass that was bought in advance begins", async () => {
    const shop = await load();
    const startsAt = (await now()) + 20n * DAY;
    const cardId = await buyCard(shop, { program: shop.programs.pass, startsAt });
    expect((await shop.escrow.card(cardId)).openedAt).to.equal(startsAt);
  });

  it("does not count a pass's time before it is accrued", async () => {
    const shop = await load();
    const { escrow, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.pass });
    await at((await now()) + 50n * DAY);
    expect((await escrow.card(cardId, { blockTag: "pending" })).consumed).to.equal(0n);
    expect(await escrow.remaining(cardId, { blockTag: "pending" })).to.equal(3_600n * TOKEN);
    await escrow.accrue([cardId]);
    expect((await escrow.card(cardId)).consumed).to.equal(43n * DAY);
    expect(await escrow.remaining(cardId)).to.equal(3_600n * TOKEN - (43n * 3_600n * TOKEN) / 365n);
  });

  for (const { when, offset } of around) {
    it(`answers ${offset < 0n ? "the request" : "none"} ${when} its lapse`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const { requestedAt, lapsesAt } = await askToLeave(shop, cardId);
      await at(lapsesAt + offset);
      const card = await shop.escrow.card(cardId, { blockTag: "pending" });
      expect(card.exitRequestedAt).to.equal(offset < 0n ? requestedAt : 0n);
      expect(card.nonce).to.equal(1n);
    });
  }

  it("answers a request to leave a pass for ever: it does not lapse", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.pass });
    const { requestedAt, lapsesAt } = await askToLeave(shop, cardId);
    await at(lapsesAt + 1_000n * DAY);
    expect((await shop.escrow.card(cardId, { blockTag: "pending" })).exitRequestedAt).to.equal(requestedAt);
  });

  it("answers a request that was pending at a flag for as long as the flag is up", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    const { requestedAt, lapsesAt } = await askToLeave(shop, cardId);
    await flagDefault(shop);
    await at(lapsesAt + 100n * DAY);
    expect((await shop.escrow.card(cardId, { blockTag: "pending" })).exitRequestedAt).to.equal(requestedAt);
  });

  it("keeps what a closed card was, and no request", async () => {
    const shop = await load();
    const { escrow, operator, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const openedAt = await now();
    await consume(shop, cardId, 3n);
    await askToLeave(shop, cardId);
    await escrow.connect(operator).refundCard(cardId);
    expect(fieldsOf(await escrow.card(cardId))).to.deep.equal({
      status: CardStatus.Closed,
      principal: 1_200n * TOKEN,
      consumed: 3n,
      openedAt,
      exitRequestedAt: 0n,
      nonce: 1n,
      disputed: false,
      moving: false,
      coolingOffOver: false,
    });
  });

  it("answers nothing for an id that was never sold", async () => {
    const { escrow, holder, programs } = await load();
    for (const programId of [programs.count, 99n]) {
      const unknown = encodeCardId({ holder: holder.address, programId, serial: 5n });
      expect(await escrow.card(unknown)).to.deep.equal([CardStatus.None, 0n, 0n, 0n, 0n, 0n, false, false, false]);
      expect(await escrow.remaining(unknown)).to.equal(0n);
      expect(await escrow.quoteExit(unknown)).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
    }
  });
});

describe("remaining", () => {
  it("is the principal less what is booked, rounded in the holder's favour", async () => {
    const shop = await load();
    const { escrow, holder, other, operator, programs } = shop;
    const plan = await buyCard(shop, { program: programs.plan });
    expect(await escrow.remaining(plan)).to.equal(3_000n * TOKEN);
    // 3 of 4 base units are released: 0.75 a unit, floored.
    await consume(shop, plan, 1n, holder);
    expect(await escrow.remaining(plan)).to.equal(3_000n * TOKEN);
    await consume(shop, plan, 3n, holder);
    expect(await escrow.remaining(plan)).to.equal(3_000n * TOKEN - 2n);
    const open = await buyCard(shop, { program: programs.open, holder: other, principal: 777n });
    await consume(shop, open, 700n, other);
    expect(await escrow.remaining(open)).to.equal(77n);
    await escrow.connect(operator).refundCard(open);
    expect(await escrow.remaining(open)).to.equal(0n);
  });

  it("sums to what is outstanding", async () => {
    const shop = await load();
    const { escrow, merchantId, programs } = shop;
    const cards = [];
    for (const program of Object.values(programs)) cards.push(await buyCard(shop, { program }));
    await consume(shop, cards[0]!, 123n);
    await consume(shop, cards[1]!, 1_001n);
    await consume(shop, cards[2]!, 7n);
    const remaining = await Promise.all(cards.map((cardId) => escrow.remaining(cardId)));
    const { outstanding } = await escrow.pool(merchantId);
    expect(remaining.reduce((sum, one) => sum + one, 0n)).to.equal(outstanding);
  });
});

describe("cardIdOf and holderOf", () => {
  it("put holder, program and serial side by side, and find the holder again", async () => {
    const { escrow, holder } = await load();
    for (const [programId, serial] of [
      [3n, 0n],
      [1n, 7n],
      [2n ** 32n - 1n, 2n ** 64n - 1n],
    ] as const) {
      const cardId = await escrow.cardIdOf(holder, programId, serial);
      expect(BigInt(cardId)).to.equal((BigInt(holder.address) << 96n) | (programId << 64n) | serial);
      expect(await escrow.holderOf(cardId)).to.equal(holder.address);
    }
  });

  it("return the id that a purchase returns", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    expect(await shop.escrow.cardIdOf(shop.holder, shop.programs.count, 0n)).to.equal(cardId);
  });
});
