import { expect } from "chai";

import { CardStatus, MerchantStatus } from "../../../../src/contracts/enums.js";
import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { at, buyCard, now, signExit } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { EXIT_DELAY, around, askToLeave, flagDefault } from "../../../helpers/leaving.js";

const MAX_AGE = 30n * DAY;

async function load() {
  const shop = await networkHelpers.loadFixture(deployShop);
  return { ...shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
}

/** A card whose holder is a contract that does what the key of `holder` signs. */
async function loadContract() {
  const shop = await networkHelpers.loadFixture(deployShop);
  const wallet = await ethers.deployContract("KeyWallet", [shop.holder]);
  const address = await wallet.getAddress();
  await shop.escrow.connect(shop.payer).buy(shop.programs.count, address, 1_200n * TOKEN, 0n);
  const cardId = encodeCardId({ holder: address, programId: shop.programs.count, serial: 0n });
  return { ...shop, wallet, address, cardId };
}

describe("requestExitWithSignature", () => {
  it("is the holder's request, whoever brings it", async () => {
    const { escrow, holder, relayer, merchantId, cardId } = await load();
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    const requestedAt = (await now()) + 50n;
    await at(requestedAt);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.emit(escrow, "ExitRequested")
      .withArgs(merchantId, cardId, holder, requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY, 1n);
    const card = await escrow.card(cardId);
    expect([card.exitRequestedAt, card.nonce]).to.deep.equal([requestedAt, 1n]);
  });

  it("is good once", async () => {
    const { escrow, holder, relayer, cardId } = await load();
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
    await escrow.connect(holder).cancelExit(cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
      .withArgs(holder);
  });

  for (const nonce of [3n, 5n]) {
    it(`is refused with nonce ${nonce} when the card's is 4`, async () => {
      const { escrow, holder, relayer, cardId } = await load();
      for (let i = 0; i < 4; i++) await escrow.connect(holder).cancelExit(cardId);
      const { deadline, signature } = await signExit(escrow, holder, cardId, { nonce });
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(holder);
    });
  }

  for (const role of ["other", "operator", "owner", "regulator", "relayer"] as const) {
    it(`is refused with the ${role}'s signature`, async () => {
      const shop = await load();
      const { escrow, holder, relayer, cardId } = shop;
      const { deadline, signature } = await signExit(escrow, shop[role], cardId);
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(holder);
    });
  }

  it("is refused for another card than the one signed for", async () => {
    const shop = await load();
    const { escrow, holder, relayer, programs, cardId } = shop;
    const second = await buyCard(shop, { program: programs.count });
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(second, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
      .withArgs(holder);
  });

  it("is refused with another deadline than the one signed", async () => {
    const { escrow, holder, relayer, cardId } = await load();
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline + 1n, signature))
      .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
      .withArgs(holder);
  });

  it("is refused with a mutilated signature", async () => {
    const { escrow, holder, relayer, cardId } = await load();
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    for (const broken of ["0x", signature.slice(0, -2), `${signature}00`]) {
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, broken))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(holder);
    }
  });

  for (const { when, offset } of around) {
    it(`is ${offset > 0n ? "refused" : "accepted"} ${when} its deadline`, async () => {
      const { escrow, holder, relayer, cardId } = await load();
      const { deadline, signature } = await signExit(escrow, holder, cardId);
      await at(deadline + offset);
      const request = escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
      if (offset > 0n) {
        await expect(request)
          .to.be.revertedWithCustomError(escrow, "SignatureExpired")
          .withArgs(deadline + 1n, deadline);
      } else {
        await expect(request).to.emit(escrow, "ExitRequested");
      }
    });
  }

  for (const { when, offset } of around) {
    it(`is ${offset > 0n ? "refused" : "accepted"} with a deadline ${when} 30 days ahead`, async () => {
      const { escrow, holder, relayer, cardId } = await load();
      const time = (await now()) + 10n;
      const deadline = time + MAX_AGE + offset;
      const { signature } = await signExit(escrow, holder, cardId, { deadline });
      await at(time);
      const request = escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
      if (offset > 0n) {
        await expect(request)
          .to.be.revertedWithCustomError(escrow, "SignatureDeadlineTooFar")
          .withArgs(deadline, time + MAX_AGE);
      } else {
        await expect(request).to.emit(escrow, "ExitRequested");
      }
    });
  }

  it("is refused while a request is pending", async () => {
    const shop = await load();
    const { escrow, holder, relayer, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "CardExitPending")
      .withArgs(cardId, executableAt);
  });

  it("is accepted when the last request has lapsed", async () => {
    const shop = await load();
    const { escrow, holder, relayer, cardId } = shop;
    const { lapsesAt } = await askToLeave(shop, cardId);
    const { deadline, signature } = await signExit(escrow, holder, cardId, { deadline: lapsesAt + DAY });
    await at(lapsesAt);
    await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
    const card = await escrow.card(cardId);
    expect([card.exitRequestedAt, card.nonce]).to.deep.equal([lapsesAt, 2n]);
  });

  it("is refused for a closed card, and for one that was never sold", async () => {
    const { escrow, holder, operator, relayer, programs, cardId } = await load();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 1n });
    const signed = await signExit(escrow, holder, unknown);
    await expect(escrow.connect(relayer).requestExitWithSignature(unknown, signed.deadline, signed.signature))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(unknown, CardStatus.None);
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await escrow.connect(operator).refundCard(cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(cardId, CardStatus.Closed);
  });

  it("is refused after a flag", async () => {
    const shop = await load();
    const { escrow, holder, relayer, merchantId, cardId } = shop;
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await flagDefault(shop);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Defaulted);
  });

  describe("of a contract holder", () => {
    it("is accepted when the contract accepts the signature", async () => {
      const { escrow, holder, relayer, merchantId, address, cardId } = await loadContract();
      const { deadline, signature } = await signExit(escrow, holder, cardId);
      const requestedAt = (await now()) + 5n;
      await at(requestedAt);
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
        .to.emit(escrow, "ExitRequested")
        .withArgs(merchantId, cardId, address, requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY, 1n);
    });

    it("is refused when it does not", async () => {
      const { escrow, other, relayer, address, cardId } = await loadContract();
      const { deadline, signature } = await signExit(escrow, other, cardId);
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(address);
    });

    it("is paid to the contract", async () => {
      const { escrow, holder, relayer, stranger, token, address, cardId } = await loadContract();
      const { deadline, signature } = await signExit(escrow, holder, cardId);
      await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
      await at((await now()) + EXIT_DELAY);
      await escrow.connect(stranger).executeExit(cardId);
      expect(await token.balanceOf(address)).to.equal(1_200n * TOKEN);
    });
  });
});
