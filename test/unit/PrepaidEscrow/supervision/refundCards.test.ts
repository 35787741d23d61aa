import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, ExitRule, MerchantStatus, ProgramKind, WarningKind } from "../../../../src/contracts/enums.js";
import { anotherMerchant, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import {
  around,
  askToLeave,
  consume,
  flagDefault,
  loadBlockingShop,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";

const load = () => networkHelpers.loadFixture(deployShop);
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/** Flags the merchant; the next transaction is mined when its window has ended. */
async function passWindow(shop: Shop, stoppedAt?: bigint) {
  const flag = await flagDefault(shop, stoppedAt, shop.merchantId);
  await at(flag.windowEndsAt);
  return flag;
}

describe("refundCards", () => {
  describe("opens", () => {
    for (const { when, offset } of around) {
      it(`${offset < 0n ? "not yet" : "to anyone"} ${when} the end of the window after a flag`, async () => {
        const shop = await load();
        const { escrow, stranger, holder, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const { windowEndsAt } = await flagDefault(shop);
        await at(windowEndsAt + offset);
        const refunded = escrow.connect(stranger).refundCards(merchantId, [cardId]);
        if (offset < 0n) {
          await expect(refunded)
            .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
            .withArgs(merchantId, windowEndsAt - 1n, windowEndsAt);
        } else {
          await expect(refunded)
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, 1_200n * TOKEN);
        }
      });

      it(`${offset < 0n ? "not yet" : "to anyone"} ${when} the end of a run-off's notice`, async () => {
        const shop = await load();
        const { escrow, stranger, holder, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const { noticeEndsAt } = await runOff(shop);
        await at(noticeEndsAt + offset);
        const refunded = escrow.connect(stranger).refundCards(merchantId, [cardId]);
        if (offset < 0n) {
          await expect(refunded)
            .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
            .withArgs(merchantId, noticeEndsAt - 1n, noticeEndsAt);
        } else {
          await expect(refunded)
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.RunOff, 0n, 1_200n * TOKEN);
        }
      });
    }

    it("not for a merchant that does business, is suspended, or is closed", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await consume(shop, cardId, 20n);
      const forbids = async (status: bigint) => {
        await expect(escrow.refundCards(merchantId, [cardId]))
          .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
          .withArgs(merchantId, status);
      };
      await forbids(MerchantStatus.Active);
      const until = await suspend(shop);
      await forbids(MerchantStatus.Suspended);
      await at(until);
      const { noticeEndsAt } = await runOff(shop, DAY * 100n);
      await at(noticeEndsAt);
      await escrow.closeMerchant(merchantId);
      await forbids(MerchantStatus.Closed);
    });

    it("not for a merchant whose suspension has lapsed: it does business again", async () => {
      const shop = await load();
      const { escrow, merchantId } = shop;
      await at(await suspend(shop));
      await expect(escrow.refundCards(merchantId, []))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Active);
    });

    it("not for a merchant nobody registered", async () => {
      const { escrow } = await load();
      await expect(escrow.refundCards(99n, [])).to.be.revertedWithCustomError(escrow, "MerchantUnknown").withArgs(99n);
    });

    it("during a second flag when its own window has ended", async () => {
      const shop = await load();
      const { escrow, token, regulator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const first = await flagDefault(shop);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await at(first.windowEndsAt - DAY);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt - 1n);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
        .withArgs(merchantId, windowEndsAt - 1n, windowEndsAt);
      await at(windowEndsAt);
      await expect(escrow.refundCards(merchantId, [cardId])).to.changeTokenBalance(
        ethers,
        token,
        holder,
        1_200n * TOKEN,
      );
    });
  });

  describe("pays", () => {
    it("each holder all that remains on each card, of all programs, and deletes the cards", async () => {
      const shop = await load();
      const { escrow, token, stranger, holder, other, merchantId, vault, programs } = shop;
      const open = await buyCard(shop, { program: programs.open });
      const plan = await buyCard(shop, { program: programs.plan, holder: other });
      const count = await buyCard(shop, { program: programs.count });
      const pass = await buyCard(shop, { program: programs.pass, holder: other });
      const openedAt = await now();
      await consume(shop, open, 250n * TOKEN);
      await consume(shop, plan, 3_500n * TOKEN, other);
      await consume(shop, count, 16n);
      await at(openedAt + 50n * DAY);
      await passWindow(shop, openedAt + 40n * DAY);

      const counted = passPrice(40n * DAY);
      const refunds = [
        { cardId: open, to: holder, released: 0n, refund: 750n * TOKEN },
        { cardId: plan, to: other, released: 0n, refund: 375n * TOKEN },
        { cardId: count, to: holder, released: 0n, refund: 240n * TOKEN },
        { cardId: pass, to: other, released: counted, refund: 3_600n * TOKEN - counted },
      ];
      const refunded = escrow.connect(stranger).refundCards(
        merchantId,
        refunds.map(({ cardId }) => cardId),
      );
      for (const { cardId, to, released, refund } of refunds) {
        await expect(refunded)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, to, ExitRule.Default, released, refund);
      }
      const earned = (250n + 2_625n + 960n) * TOKEN + counted;
      await expect(refunded).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, earned);
      await expect(refunded).to.changeTokenBalances(
        ethers,
        token,
        [holder, other, vault],
        [990n * TOKEN, 3_975n * TOKEN - counted, counted - 4_965n * TOKEN],
      );
      for (const { cardId } of refunds) {
        expect(await escrow.card(cardId)).to.deep.equal([CardStatus.None, 0n, 0n, 0n, 0n, 0n, false, false, false]);
        expect(await escrow.remaining(cardId)).to.equal(0n);
      }
      expect(await escrow.releasable(merchantId)).to.equal(earned);
    });

    it("one event closes the batch", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cards = [
        await buyCard(shop, { program: programs.count }),
        await buyCard(shop, { program: programs.count }),
      ];
      await passWindow(shop);
      const receipt = (await (await escrow.refundCards(merchantId, cards)).wait())!;
      const names = receipt.logs
        .map((log) => escrow.interface.parseLog(log)?.name)
        .filter((name) => name !== undefined);
      expect(names).to.deep.equal(["CardRefunded", "CardRefunded", "PoolUpdated"]);
    });

    it("nothing for an empty batch", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      await buyCard(shop, { program: programs.count });
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, []))
        .to.emit(escrow, "PoolUpdated")
        .withArgs(merchantId, 1_200n * TOKEN, 1_200n * TOKEN);
    });

    it("nothing for a card that is used up, and deletes it", async () => {
      const shop = await load();
      const { escrow, token, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await consume(shop, cardId, 20n);
      await passWindow(shop);
      const refunded = escrow.refundCards(merchantId, [cardId]);
      await expect(refunded)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, 0n);
      await expect(refunded).to.not.emit(token, "Transfer");
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
    });

    it("holders who are about to leave too, and all of it", async () => {
      const shop = await load();
      const { escrow, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await consume(shop, cardId, 5n);
      await at((await now()) + 20n * DAY);
      await askToLeave(shop, cardId);
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, 900n * TOKEN);
    });

    it("a card once, however often it is named", async () => {
      const shop = await load();
      const { escrow, token, holder, vault, merchantId, programs } = shop;
      const first = await buyCard(shop, { program: programs.count });
      const second = await buyCard(shop, { program: programs.count });
      await passWindow(shop);
      const refunded = escrow.refundCards(merchantId, [first, second, first, first]);
      await expect(refunded).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, 0n);
      await expect(refunded).to.changeTokenBalances(ethers, token, [holder, vault], [2_400n * TOKEN, -2_400n * TOKEN]);
      await expect(escrow.refundCards(merchantId, [first, second])).to.changeTokenBalance(ethers, token, vault, 0n);
    });

    it("past cards that are closed or were never sold", async () => {
      const shop = await load();
      const { escrow, token, operator, holder, merchantId, programs } = shop;
      const closed = await buyCard(shop, { program: programs.count });
      await escrow.connect(operator).refundCard(closed);
      const cardId = await buyCard(shop, { program: programs.count });
      const never = encodeCardId({ holder: holder.address, programId: programs.count, serial: 7n });
      const noProgram = encodeCardId({ holder: holder.address, programId: 99n, serial: 0n });
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [closed, never, noProgram, cardId])).to.changeTokenBalance(
        ethers,
        token,
        holder,
        1_200n * TOKEN,
      );
      expect((await escrow.card(closed)).status).to.equal(CardStatus.Closed);
    });

    it("the merchant, from the window's end, what was released, and leaves what holders can claim", async () => {
      const shop = await load();
      const { escrow, token, payout, merchantId, programs } = shop;
      const pass = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const count = await buyCard(shop, { program: programs.count });
      await consume(shop, count, 3n);
      await at(openedAt + 50n * DAY);
      const { windowEndsAt } = await passWindow(shop, openedAt + 40n * DAY);
      await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 180n * TOKEN);
      await at(windowEndsAt + 1n);
      await escrow.refundCards(merchantId, [pass, count]);
      await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, passPrice(40n * DAY));
      expect(await token.balanceOf(shop.vault)).to.equal(0n);
    });

    it("and clears the merchant's cap warning", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await escrow.connect(regulator).setOutstandingCap(merchantId, 1_000n);
      expect(await escrow.warnings(merchantId)).to.have.length(1);
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.emit(escrow, "WarningCleared")
        .withArgs(merchantId, WarningKind.OutstandingCap);
    });
  });

  describe("counts a pass", () => {
    interface Stop {
      readonly name: string;
      /** Days after the pass began. */
      readonly stoppedAt: bigint;
      readonly counted: bigint;
      readonly accrued?: boolean;
      readonly requestedAt?: bigint;
      readonly lastServiceAt?: bigint;
    }
    // All are flagged fifty days after the pass began; by `accrued`, 43 of them were counted by then.
    const stops: readonly Stop[] = [
      { name: "to the stop of service", stoppedAt: 20n, counted: 20n },
      { name: "to the stop of service, if less was accrued", stoppedAt: 47n, accrued: true, counted: 47n },
      { name: "as it was accrued, if service stopped earlier", stoppedAt: 20n, accrued: true, counted: 43n },
      { name: "not at all, if service stopped before it began", stoppedAt: -1n, counted: 0n },
      { name: "to the pending request, if service stopped later", stoppedAt: 50n, requestedAt: 46n, counted: 46n },
      { name: "to the stop of service, if the request came later", stoppedAt: 40n, requestedAt: 46n, counted: 40n },
      { name: "to the request, however old: it does not lapse", stoppedAt: 45n, requestedAt: 29n, counted: 29n },
      { name: "to a run-off's last service before the stop", stoppedAt: 45n, lastServiceAt: 41n, counted: 41n },
      { name: "to the stop before a run-off's last service", stoppedAt: 35n, lastServiceAt: 41n, counted: 35n },
    ];
    for (const { name, stoppedAt, counted, accrued, requestedAt, lastServiceAt } of stops) {
      it(name, async () => {
        const shop = await load();
        const { escrow, holder, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.pass });
        const openedAt = await now();
        const day = (n: bigint) => openedAt + n * DAY;
        if (lastServiceAt !== undefined) {
          await at(day(25n));
          await escrow.connect(shop.owner).startRunOff(merchantId, day(lastServiceAt));
        }
        if (requestedAt !== undefined) {
          await at(day(requestedAt));
          await escrow.connect(holder).requestExit(cardId);
        }
        await at(day(50n));
        if (accrued === true) await escrow.accrue([cardId]);
        const booked = accrued === true ? passPrice(43n * DAY) : 0n;
        await passWindow(shop, day(stoppedAt));
        const refund = 3_600n * TOKEN - passPrice(counted * DAY);
        await expect(escrow.refundCards(merchantId, [cardId]))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Default, passPrice(counted * DAY) - booked, refund);
      });
    }

    it("to the last moment of service, after a run-off's notice", async () => {
      const shop = await load();
      const { escrow, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const { lastServiceAt, noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt);
      const released = passPrice(lastServiceAt - openedAt);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.RunOff, released, 3_600n * TOKEN - released);
    });

    it("not at all, if it has not begun when service stops", async () => {
      const shop = await load();
      const { escrow, token, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass, startsAt: (await now()) + 20n * DAY });
      await at((await now()) + 10n * DAY);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt + 30n * DAY);
      await expect(escrow.refundCards(merchantId, [cardId])).to.changeTokenBalance(
        ethers,
        token,
        holder,
        3_600n * TOKEN,
      );
    });
  });

  describe("refuses", () => {
    it("another merchant's card, and pays nobody in that batch", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const second = await anotherMerchant(shop);
      const terms = { kind: ProgramKind.Count, price: 100n, units: 10n, listPrice: 100n };
      const theirs = await buyCard(shop, { program: await anotherProgram(shop, terms, second) });
      const cardId = await buyCard(shop, { program: programs.count });
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [cardId, theirs]))
        .to.be.revertedWithCustomError(escrow, "CardOtherMerchant")
        .withArgs(theirs, merchantId);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    });

    it("another merchant's card in front of the merchant's own", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const second = await anotherMerchant(shop);
      const terms = { kind: ProgramKind.Count, price: 100n, units: 10n, listPrice: 100n };
      const theirs = await buyCard(shop, { program: await anotherProgram(shop, terms, second) });
      const cardId = await buyCard(shop, { program: programs.count });
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [theirs, cardId]))
        .to.be.revertedWithCustomError(escrow, "CardOtherMerchant")
        .withArgs(theirs, merchantId);
    });

    it("to let a refunded card's id be sold again, after a default or at the end of a run-off", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId, programs } = shop;
      const forbids = async (status: bigint) => {
        await expect(buyCard(shop, { program: programs.count, serial: 0n }))
          .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
          .withArgs(merchantId, status);
      };
      const cardId = await buyCard(shop, { program: programs.count });
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt);
      await escrow.refundCards(merchantId, [cardId]);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
      await forbids(MerchantStatus.RunOff);
      await flagDefault(shop);
      await forbids(MerchantStatus.Defaulted);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await forbids(MerchantStatus.RunOff);
      await escrow.closeMerchant(merchantId);
      await forbids(MerchantStatus.Closed);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await forbids(MerchantStatus.Defaulted);
    });
  });

  describe("when the token blocks a holder", () => {
    async function loadBlocked() {
      const shop = await loadBlockingShop();
      const blocked = await buyCard(shop, { program: shop.programs.count });
      const free = await buyCard(shop, { program: shop.programs.count, holder: shop.other });
      await shop.blocking.setBlocked(shop.holder, true);
      const flag = await passWindow(shop);
      return { ...shop, blocked, free, ...flag };
    }

    it("skips that holder, emits it, and pays the others", async () => {
      const { escrow, blocking, holder, other, merchantId, vault, blocked, free } = await loadBlocked();
      const refunded = escrow.refundCards(merchantId, [blocked, free]);
      await expect(refunded)
        .to.emit(escrow, "RefundFailed")
        .withArgs(merchantId, blocked, holder, 1_200n * TOKEN);
      await expect(refunded)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, free, other, ExitRule.Default, 0n, 1_200n * TOKEN);
      await expect(refunded)
        .to.emit(escrow, "PoolUpdated")
        .withArgs(merchantId, 1_200n * TOKEN, 1_200n * TOKEN);
      await expect(refunded).to.changeTokenBalances(
        ethers,
        blocking,
        [holder, other, vault],
        [0n, 1_200n * TOKEN, -1_200n * TOKEN],
      );
      expect((await escrow.card(blocked)).status).to.equal(CardStatus.Open);
      expect(await escrow.remaining(blocked)).to.equal(1_200n * TOKEN);
    });

    it("keeps the claim, which the holder takes to another address", async () => {
      const { escrow, blocking, holder, stranger, merchantId, blocked } = await loadBlocked();
      await escrow.refundCards(merchantId, [blocked]);
      await expect(escrow.connect(holder).executeExitTo(blocked, stranger)).to.changeTokenBalance(
        ethers,
        blocking,
        stranger,
        1_200n * TOKEN,
      );
    });

    it("pays the holder when the token lets go", async () => {
      const { escrow, blocking, holder, merchantId, blocked } = await loadBlocked();
      await escrow.refundCards(merchantId, [blocked]);
      await blocking.setBlocked(holder, false);
      await expect(escrow.refundCards(merchantId, [blocked])).to.changeTokenBalance(
        ethers,
        blocking,
        holder,
        1_200n * TOKEN,
      );
    });

    it("does not release the time of a pass it could not refund", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, holder, stranger, payout, merchantId, programs } = shop;
      const pass = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + 50n * DAY);
      await blocking.setBlocked(holder, true);
      await passWindow(shop, openedAt + 40n * DAY);
      await escrow.refundCards(merchantId, [pass]);
      expect(await escrow.releasable(merchantId)).to.equal(0n);
      await escrow.connect(holder).executeExitTo(pass, stranger);
      await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, blocking, payout, passPrice(40n * DAY));
    });

    it("asks nothing of the token for a card that is used up", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await consume(shop, cardId, 20n);
      await blocking.setBlocked(holder, true);
      await passWindow(shop);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, 0n);
    });
  });
});
