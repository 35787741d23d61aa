import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, MerchantStatus } from "../../../../src/contracts/enums.js";
import { advance, at, buyCard, now } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { EXIT_DELAY, around, askToLeave, consume, flagDefault, runOff } from "../../../helpers/leaving.js";

async function load() {
  const shop = await networkHelpers.loadFixture(deployShop);
  return { ...shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
}

describe("requestExit", () => {
  it("notes the request, raises the nonce and emits when it falls due and lapses", async () => {
    const { escrow, holder, merchantId, cardId } = await load();
    const requestedAt = (await now()) + 100n;
    await at(requestedAt);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.emit(escrow, "ExitRequested")
      .withArgs(merchantId, cardId, holder, requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY, 1n);
    const card = await escrow.card(cardId);
    expect(card.exitRequestedAt).to.equal(requestedAt);
    expect(card.nonce).to.equal(1n);
    expect(card.status).to.equal(CardStatus.Open);
  });

  it("moves no money", async () => {
    const { escrow, holder, merchantId, cardId, token, vault } = await load();
    await escrow.connect(holder).requestExit(cardId);
    expect(await token.balanceOf(vault)).to.equal(1_200n * TOKEN);
    expect(await escrow.pool(merchantId)).to.deep.equal([1_200n * TOKEN, 1_200n * TOKEN, 0n]);
    expect(await escrow.remaining(cardId)).to.equal(1_200n * TOKEN);
  });

  for (const role of ["owner", "operator", "regulator", "association", "admin", "payer", "stranger"] as const) {
    it(`is not the ${role}'s to make`, async () => {
      const shop = await load();
      const { escrow, holder, cardId } = shop;
      await expect(escrow.connect(shop[role]).requestExit(cardId))
        .to.be.revertedWithCustomError(escrow, "CardHolderOnly")
        .withArgs(cardId, shop[role], holder);
    });
  }

  it("is refused for a card that was never sold", async () => {
    const { escrow, holder, programs } = await load();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 9n });
    await expect(escrow.connect(holder).requestExit(unknown))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(unknown, CardStatus.None);
  });

  it("is refused for a closed card", async () => {
    const { escrow, holder, operator, cardId } = await load();
    await escrow.connect(operator).refundCard(cardId);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(cardId, CardStatus.Closed);
  });

  it("is refused while a request is pending", async () => {
    const shop = await load();
    const { escrow, holder, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.be.revertedWithCustomError(escrow, "CardExitPending")
      .withArgs(cardId, executableAt);
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "refused" : "accepted again"} ${when} the lapse of the last request`, async () => {
      const shop = await load();
      const { escrow, holder, merchantId, cardId } = shop;
      const { executableAt, lapsesAt } = await askToLeave(shop, cardId);
      const time = lapsesAt + offset;
      await at(time);
      const request = escrow.connect(holder).requestExit(cardId);
      if (offset < 0n) {
        await expect(request).to.be.revertedWithCustomError(escrow, "CardExitPending").withArgs(cardId, executableAt);
      } else {
        await expect(request)
          .to.emit(escrow, "ExitRequested")
          .withArgs(merchantId, cardId, holder, time + EXIT_DELAY, time + 2n * EXIT_DELAY, 2n);
        expect((await escrow.card(cardId)).exitRequestedAt).to.equal(time);
      }
    });
  }

  it("is accepted again after a cancellation, with the next nonce", async () => {
    const shop = await load();
    const { escrow, holder, cardId } = shop;
    await askToLeave(shop, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    await askToLeave(shop, cardId);
    expect((await escrow.card(cardId)).nonce).to.equal(3n);
  });

  it("wraps the nonce after 255", async () => {
    const { escrow, holder, merchantId, cardId } = await load();
    for (let i = 0; i < 255; i++) await escrow.connect(holder).cancelExit(cardId);
    expect((await escrow.card(cardId)).nonce).to.equal(255n);
    const requestedAt = (await now()) + 1n;
    await at(requestedAt);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.emit(escrow, "ExitRequested")
      .withArgs(merchantId, cardId, holder, requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY, 0n);
    const card = await escrow.card(cardId);
    expect([card.nonce, card.status, card.principal]).to.deep.equal([0n, CardStatus.Open, 1_200n * TOKEN]);
  });

  it("is refused after a flag, whose window replaces it", async () => {
    const shop = await load();
    const { escrow, holder, merchantId, cardId } = shop;
    await flagDefault(shop);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Defaulted);
  });

  it("is refused once the merchant is closed", async () => {
    const shop = await load();
    const { escrow, holder, merchantId, cardId } = shop;
    await consume(shop, cardId, 20n);
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await escrow.closeMerchant(merchantId);
    await expect(escrow.connect(holder).requestExit(cardId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Closed);
  });

  it("is open for a pass that has not begun", async () => {
    const shop = await load();
    const { escrow, holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass, startsAt: (await now()) + 20n * DAY });
    await advance(DAY);
    await expect(escrow.connect(holder).requestExit(pass)).to.emit(escrow, "ExitRequested");
  });

  it("concerns one card only", async () => {
    const shop = await load();
    const { escrow, holder, other, programs, cardId } = shop;
    const second = await buyCard(shop, { program: programs.count });
    const theirs = await buyCard(shop, { program: programs.count, holder: other });
    await escrow.connect(holder).requestExit(cardId);
    for (const untouched of [second, theirs]) {
      const card = await escrow.card(untouched);
      expect([card.exitRequestedAt, card.nonce]).to.deep.equal([0n, 0n]);
    }
  });
});
