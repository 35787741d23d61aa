import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, ExitRule, MerchantStatus } from "../../../../src/contracts/enums.js";
import { anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { around, askToLeave, consume, loadBlockingShop, flagDefault, runOff } from "../../../helpers/leaving.js";
import { wordOf } from "../../../helpers/moves.js";

async function load() {
  const shop = await networkHelpers.loadFixture(deployShop);
  const cardId = await buyCard(shop, { program: shop.programs.count });
  await consume(shop, cardId, 5n);
  const pass = await buyCard(shop, { program: shop.programs.pass });
  return { ...shop, cardId, pass, passOpenedAt: await now() };
}

const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

describe("executeExitTo", () => {
  describe("while the merchant does business", () => {
    it("pays the recipient the holder names, by the rule of the request", async () => {
      const shop = await load();
      const { escrow, token, holder, stranger, merchantId, vault, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      const executed = escrow.connect(holder).executeExitTo(cardId, stranger);
      await expect(executed)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, stranger, ExitRule.CoolingOff, 0n, 900n * TOKEN);
      await expect(executed)
        .to.emit(escrow, "PoolUpdated")
        .withArgs(merchantId, 3_600n * TOKEN, 3_900n * TOKEN);
      await expect(executed).to.changeTokenBalances(
        ethers,
        token,
        [stranger, holder, vault],
        [900n * TOKEN, 0n, -900n * TOKEN],
      );
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
    });

    it("gives a holder whom the token blocks the money at another address", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, holder, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { executableAt } = await askToLeave(shop, cardId);
      await blocking.setBlocked(holder, true);
      await at(executableAt);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger)).to.changeTokenBalance(
        ethers,
        blocking,
        stranger,
        1_200n * TOKEN,
      );
    });

    it("needs a request", async () => {
      const { escrow, holder, stranger, cardId } = await load();
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger))
        .to.be.revertedWithCustomError(escrow, "CardExitNotRequested")
        .withArgs(cardId);
    });

    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "done"} ${when} the end of the delay`, async () => {
        const shop = await load();
        const { escrow, holder, stranger, cardId } = shop;
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt + offset);
        const executed = escrow.connect(holder).executeExitTo(cardId, stranger);
        if (offset < 0n) {
          await expect(executed)
            .to.be.revertedWithCustomError(escrow, "CardExitTooEarly")
            .withArgs(cardId, executableAt - 1n, executableAt);
        } else {
          await expect(executed).to.emit(escrow, "CardRefunded");
        }
      });
    }
  });

  describe("is refused", () => {
    for (const role of ["owner", "operator", "regulator", "association", "admin", "stranger"] as const) {
      it(`to the ${role}`, async () => {
        const shop = await load();
        const { escrow, holder, cardId } = shop;
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        await expect(escrow.connect(shop[role]).executeExitTo(cardId, shop[role]))
          .to.be.revertedWithCustomError(escrow, "CardHolderOnly")
          .withArgs(cardId, shop[role], holder);
      });
    }

    it("for a recipient that could not use the money", async () => {
      const shop = await load();
      const { escrow, token, holder, vault, cardId } = shop;
      const secondVault = await escrow.vaultOf(await anotherMerchant(shop));
      const { executableAt } = await askToLeave(shop, cardId);
      for (const recipient of [ZeroAddress, await escrow.getAddress(), await token.getAddress(), vault, secondVault]) {
        await at(executableAt);
        await expect(escrow.connect(holder).executeExitTo(cardId, recipient))
          .to.be.revertedWithCustomError(escrow, "RecipientForbidden")
          .withArgs(recipient);
      }
    });

    it("for a card that was never sold, and for a closed one", async () => {
      const { escrow, holder, operator, stranger, programs, cardId } = await load();
      const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
      await expect(escrow.connect(holder).executeExitTo(unknown, stranger))
        .to.be.revertedWithCustomError(escrow, "CardNotOpen")
        .withArgs(unknown, CardStatus.None);
      await escrow.connect(operator).refundCard(cardId);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger))
        .to.be.revertedWithCustomError(escrow, "CardNotOpen")
        .withArgs(cardId, CardStatus.Closed);
    });
  });

  describe("after a flag", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "done without a request"} ${when} the window's end`, async () => {
        const shop = await load();
        const { escrow, token, holder, stranger, merchantId, cardId } = shop;
        const { windowEndsAt } = await flagDefault(shop);
        await at(windowEndsAt + offset);
        const executed = escrow.connect(holder).executeExitTo(cardId, stranger);
        if (offset < 0n) {
          await expect(executed)
            .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
            .withArgs(merchantId, MerchantStatus.Defaulted);
          return;
        }
        await expect(executed)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, stranger, ExitRule.Default, 0n, 900n * TOKEN);
        await expect(executed)
          .to.emit(escrow, "PoolUpdated")
          .withArgs(merchantId, 3_600n * TOKEN, 3_900n * TOKEN);
        await expect(executed).to.changeTokenBalance(ethers, token, stranger, 900n * TOKEN);
        expect(await wordOf(escrow, cardId)).to.equal(0n);
      });
    }

    it("is refused in the window also with a request that fell due before the flag", async () => {
      const shop = await load();
      const { escrow, holder, merchantId, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await flagDefault(shop);
      await expect(escrow.connect(holder).executeExitTo(cardId, holder))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Defaulted);
    });

    it("counts a pass to the stop of service", async () => {
      const shop = await load();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      await at(passOpenedAt + 40n * DAY);
      const { windowEndsAt } = await flagDefault(shop, passOpenedAt + 30n * DAY);
      await at(windowEndsAt);
      const released = passPrice(30n * DAY);
      await expect(escrow.connect(holder).executeExitTo(pass, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, stranger, ExitRule.Default, released, 3_600n * TOKEN - released);
    });

    it("counts a pass to a request that was pending at the flag", async () => {
      const shop = await load();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      await at(passOpenedAt + 30n * DAY);
      await askToLeave(shop, pass);
      await at(passOpenedAt + 33n * DAY);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      const released = passPrice(30n * DAY);
      await expect(escrow.connect(holder).executeExitTo(pass, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, stranger, ExitRule.Default, released, 3_600n * TOKEN - released);
    });

    for (const { when, offset } of around) {
      it(`counts a pass to its request when the flag came ${when} two exit delays after it`, async () => {
        const shop = await load();
        const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
        await at(passOpenedAt + 30n * DAY);
        const { lapsesAt } = await askToLeave(shop, pass);
        await at(lapsesAt + offset);
        const { windowEndsAt, flaggedAt } = await flagDefault(shop, lapsesAt - DAY);
        expect(flaggedAt).to.equal(lapsesAt + offset);
        await at(windowEndsAt);
        const released = passPrice(30n * DAY);
        await expect(escrow.connect(holder).executeExitTo(pass, stranger))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, pass, stranger, ExitRule.Default, released, 3_600n * TOKEN - released);
      });
    }

    it("still refuses strangers and useless recipients", async () => {
      const shop = await load();
      const { escrow, holder, stranger, vault, cardId } = shop;
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await expect(escrow.connect(stranger).executeExitTo(cardId, stranger))
        .to.be.revertedWithCustomError(escrow, "CardHolderOnly")
        .withArgs(cardId, stranger, holder);
      await expect(escrow.connect(holder).executeExitTo(cardId, vault))
        .to.be.revertedWithCustomError(escrow, "RecipientForbidden")
        .withArgs(vault);
    });

    it("pays once", async () => {
      const shop = await load();
      const { escrow, holder, stranger, cardId } = shop;
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await escrow.connect(holder).executeExitTo(cardId, stranger);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger))
        .to.be.revertedWithCustomError(escrow, "CardNotOpen")
        .withArgs(cardId, CardStatus.None);
    });
  });

  describe("in a run-off", () => {
    for (const { when, offset } of around) {
      it(`${offset < 0n ? "needs a request" : "needs none"} ${when} the end of the notice`, async () => {
        const shop = await load();
        const { escrow, token, holder, stranger, merchantId, cardId } = shop;
        const { noticeEndsAt } = await runOff(shop);
        await at(noticeEndsAt + offset);
        const executed = escrow.connect(holder).executeExitTo(cardId, stranger);
        if (offset < 0n) {
          await expect(executed).to.be.revertedWithCustomError(escrow, "CardExitNotRequested").withArgs(cardId);
          return;
        }
        await expect(executed)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, stranger, ExitRule.RunOff, 0n, 900n * TOKEN);
        await expect(executed).to.changeTokenBalance(ethers, token, stranger, 900n * TOKEN);
        expect(await wordOf(escrow, cardId)).to.equal(0n);
      });
    }

    it("executes a request that is due before the notice ends", async () => {
      const shop = await load();
      const { escrow, holder, stranger, merchantId, cardId } = shop;
      const { lastServiceAt, noticeEndsAt } = await runOff(shop);
      await at(lastServiceAt);
      const { executableAt } = await askToLeave(shop, cardId);
      expect(executableAt).to.be.lessThan(noticeEndsAt);
      await at(executableAt);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, stranger, ExitRule.RunOff, 0n, 900n * TOKEN);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
    });

    it("does not wait for a request that is not due when the notice has ended", async () => {
      const shop = await load();
      const { escrow, token, holder, stranger, cardId } = shop;
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt - 2n);
      await askToLeave(shop, cardId);
      await at(noticeEndsAt);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger)).to.changeTokenBalance(
        ethers,
        token,
        stranger,
        900n * TOKEN,
      );
    });

    it("counts a pass to the last moment of service", async () => {
      const shop = await load();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      const { lastServiceAt, noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt);
      const released = passPrice(lastServiceAt - passOpenedAt);
      await expect(escrow.connect(holder).executeExitTo(pass, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, stranger, ExitRule.RunOff, released, 3_600n * TOKEN - released);
    });
  });
});
