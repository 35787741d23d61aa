import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, ExitRule, MerchantStatus, WarningKind } from "../../../../src/contracts/enums.js";
import { anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  askToLeave,
  consume,
  loadBlockingShop,
  flagDefault,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";

const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

describe("refundCard", () => {
  const load = () => networkHelpers.loadFixture(deployShop);

  /** What the merchant gives back at its own will, long after cooling-off: all that remains, whatever the list price. */
  const kinds = [
    { program: "open", consumed: 400n * TOKEN, refund: 600n * TOKEN, kept: 400n * TOKEN },
    { program: "plan", consumed: 3_500n * TOKEN, refund: 375n * TOKEN, kept: 2_625n * TOKEN },
    { program: "count", consumed: 16n, refund: 240n * TOKEN, kept: 960n * TOKEN },
    { program: "count", consumed: 0n, refund: 1_200n * TOKEN, kept: 0n },
    { program: "count", consumed: 20n, refund: 0n, kept: 1_200n * TOKEN },
  ] as const;
  for (const { program, consumed, refund, kept } of kinds) {
    it(`pays all that remains of a card (${program}, ${consumed} consumed)`, async () => {
      const shop = await load();
      const { escrow, token, operator, holder, merchantId, vault } = shop;
      const cardId = await buyCard(shop, { program: shop.programs[program] });
      if (consumed > 0n) await consume(shop, cardId, consumed);
      await at((await now()) + COOLING_OFF);
      const refunded = escrow.connect(operator).refundCard(cardId);
      await expect(refunded)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, 0n, refund);
      await expect(refunded).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, kept);
      await expect(refunded).to.changeTokenBalances(ethers, token, [holder, vault], [refund, -refund]);
      const card = await escrow.card(cardId);
      expect([card.status, card.consumed]).to.deep.equal([CardStatus.Closed, consumed]);
    });
  }

  describe("of a pass", () => {
    for (const accrued of [false, true]) {
      it(`counts its time as booked${accrued ? ", with what was accrued before" : ""}: no second within the accrual delay`, async () => {
        const shop = await load();
        const { escrow, operator, holder, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.pass });
        const openedAt = await now();
        await at(openedAt + 100n * DAY);
        if (accrued) await escrow.accrue([cardId]);
        const booked = accrued ? passPrice(93n * DAY) : 0n;
        await at(openedAt + 106n * DAY);
        const refunded = escrow.connect(operator).refundCard(cardId);
        await expect(refunded)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, 0n, 3_600n * TOKEN - booked);
        await expect(refunded).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, booked);
      });
    }

    it("counts it to the pending request", async () => {
      const shop = await load();
      const { escrow, operator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      await at((await now()) + 100n * DAY);
      await askToLeave(shop, cardId);
      await at((await now()) + 3n * DAY);
      const released = passPrice(100n * DAY);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, released, 3_600n * TOKEN - released);
    });

    it("counts it to the request, however old that is", async () => {
      const shop = await load();
      const { escrow, operator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      await at((await now()) + 100n * DAY);
      const { lapsesAt } = await askToLeave(shop, cardId);
      await at(lapsesAt + 50n * DAY);
      const released = passPrice(100n * DAY);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, released, 3_600n * TOKEN - released);
    });

    it("counts a request after the last moment of service of a run-off to that moment", async () => {
      const shop = await load();
      const { escrow, operator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const { lastServiceAt } = await runOff(shop);
      await at(lastServiceAt + 5n * DAY);
      await askToLeave(shop, cardId);
      const released = passPrice(lastServiceAt - openedAt);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, released, 3_600n * TOKEN - released);
    });

    it("that has not begun pays the whole", async () => {
      const shop = await load();
      const { escrow, operator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass, startsAt: (await now()) + 20n * DAY });
      await at((await now()) + 10n * DAY);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, 0n, 3_600n * TOKEN);
    });
  });

  it("needs no delay, pending request or not", async () => {
    const shop = await load();
    const { escrow, token, operator, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await askToLeave(shop, cardId);
    await expect(escrow.connect(operator).refundCard(cardId)).to.changeTokenBalance(
      ethers,
      token,
      holder,
      1_200n * TOKEN,
    );
  });

  it("clears the merchant's cap warning", async () => {
    const shop = await load();
    const { escrow, operator, regulator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(regulator).setOutstandingCap(merchantId, 1_250n);
    expect(await escrow.warnings(merchantId)).to.have.length(1);
    await expect(escrow.connect(operator).refundCard(cardId))
      .to.emit(escrow, "WarningCleared")
      .withArgs(merchantId, WarningKind.OutstandingCap);
  });

  describe("is allowed", () => {
    it("to a suspended merchant", async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await suspend(shop);
      await expect(shop.escrow.connect(shop.operator).refundCard(cardId)).to.emit(shop.escrow, "CardRefunded");
    });

    it("in a run-off, also after its notice", async () => {
      const shop = await load();
      const first = await buyCard(shop, { program: shop.programs.count });
      const second = await buyCard(shop, { program: shop.programs.count });
      const { noticeEndsAt } = await runOff(shop);
      await expect(shop.escrow.connect(shop.operator).refundCard(first)).to.emit(shop.escrow, "CardRefunded");
      await at(noticeEndsAt);
      await expect(shop.escrow.connect(shop.operator).refundCard(second)).to.emit(shop.escrow, "CardRefunded");
      for (const cardId of [first, second]) {
        expect((await shop.escrow.card(cardId)).status).to.equal(CardStatus.Closed);
      }
    });
  });

  describe("is refused", () => {
    for (const role of ["owner", "holder", "payout", "regulator", "association", "admin", "stranger"] as const) {
      it(`to the ${role}`, async () => {
        const shop = await load();
        const cardId = await buyCard(shop, { program: shop.programs.count });
        await expect(shop.escrow.connect(shop[role]).refundCard(cardId))
          .to.be.revertedWithCustomError(shop.escrow, "MerchantOperatorOnly")
          .withArgs(shop.merchantId, shop[role]);
      });
    }

    it("to another merchant's operator", async () => {
      const shop = await load();
      const { escrow, owner, stranger, merchantId, programs } = shop;
      const second = await anotherMerchant(shop);
      await escrow.connect(owner).setOperator(second, stranger, true);
      const cardId = await buyCard(shop, { program: programs.count });
      await expect(escrow.connect(stranger).refundCard(cardId))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, stranger);
    });

    it("to an operator who was removed", async () => {
      const shop = await load();
      const { escrow, owner, operator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await escrow.connect(owner).setOperator(merchantId, operator, false);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator);
    });

    it("for a card that was never sold, and for a closed one", async () => {
      const shop = await load();
      const { escrow, operator, holder, programs } = shop;
      const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 0n });
      await expect(escrow.connect(operator).refundCard(unknown))
        .to.be.revertedWithCustomError(escrow, "CardNotOpen")
        .withArgs(unknown, CardStatus.None);
      const cardId = await buyCard(shop, { program: programs.count });
      await escrow.connect(operator).refundCard(cardId);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.be.revertedWithCustomError(escrow, "CardNotOpen")
        .withArgs(cardId, CardStatus.Closed);
    });

    it("after a flag: all are refunded alike when its window has ended", async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const { windowEndsAt } = await flagDefault(shop);
      for (const time of [windowEndsAt - 1n, windowEndsAt]) {
        await at(time);
        await expect(shop.escrow.connect(shop.operator).refundCard(cardId))
          .to.be.revertedWithCustomError(shop.escrow, "MerchantStatusForbids")
          .withArgs(shop.merchantId, MerchantStatus.Defaulted);
      }
    });

    it("while the token refuses the holder", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, operator, holder, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await blocking.setBlocked(holder, true);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.be.revertedWithCustomError(blocking, "AccountBlocked")
        .withArgs(holder);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    });
  });
});
