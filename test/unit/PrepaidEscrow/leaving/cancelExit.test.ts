import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus } from "../../../../src/contracts/enums.js";
import { at, buyCard, signExit } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { deployShop } from "../../../helpers/fixture.js";
import { askToLeave } from "../../../helpers/leaving.js";

async function load() {
  const shop = await networkHelpers.loadFixture(deployShop);
  return { ...shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
}

describe("cancelExit", () => {
  it("takes the request back and raises the nonce", async () => {
    const shop = await load();
    const { escrow, holder, merchantId, cardId } = shop;
    await askToLeave(shop, cardId);
    await expect(escrow.connect(holder).cancelExit(cardId))
      .to.emit(escrow, "ExitCancelled")
      .withArgs(merchantId, cardId, holder, 2n);
    const card = await escrow.card(cardId);
    expect([card.exitRequestedAt, card.nonce, card.status]).to.deep.equal([0n, 2n, CardStatus.Open]);
  });

  it("leaves nothing to execute", async () => {
    const shop = await load();
    const { escrow, holder, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    await at(executableAt);
    await expect(escrow.executeExit(cardId))
      .to.be.revertedWithCustomError(escrow, "CardExitNotRequested")
      .withArgs(cardId);
  });

  it("still works when the request is due", async () => {
    const shop = await load();
    const { escrow, holder, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    await escrow.connect(holder).cancelExit(cardId);
    expect((await escrow.card(cardId)).exitRequestedAt).to.equal(0n);
  });

  it("raises the nonce with nothing pending", async () => {
    const { escrow, holder, merchantId, cardId } = await load();
    await expect(escrow.connect(holder).cancelExit(cardId))
      .to.emit(escrow, "ExitCancelled")
      .withArgs(merchantId, cardId, holder, 1n);
    expect((await escrow.card(cardId)).nonce).to.equal(1n);
  });

  it("voids a request that is only signed", async () => {
    const { escrow, holder, relayer, cardId } = await load();
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
      .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
      .withArgs(holder);
  });

  it("wraps the nonce after 255, and a request signed for the new one is good", async () => {
    const { escrow, holder, relayer, merchantId, cardId } = await load();
    for (let i = 0; i < 255; i++) await escrow.connect(holder).cancelExit(cardId);
    await expect(escrow.connect(holder).cancelExit(cardId))
      .to.emit(escrow, "ExitCancelled")
      .withArgs(merchantId, cardId, holder, 0n);
    const { deadline, signature } = await signExit(escrow, holder, cardId, { nonce: 0n });
    await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
    expect((await escrow.card(cardId)).nonce).to.equal(1n);
  });

  for (const role of ["owner", "operator", "regulator", "association", "admin", "stranger"] as const) {
    it(`is not the ${role}'s to do`, async () => {
      const shop = await load();
      const { escrow, holder, cardId } = shop;
      await askToLeave(shop, cardId);
      await expect(escrow.connect(shop[role]).cancelExit(cardId))
        .to.be.revertedWithCustomError(escrow, "CardHolderOnly")
        .withArgs(cardId, shop[role], holder);
    });
  }

  it("is refused for a card that was never sold, and for a closed one", async () => {
    const { escrow, holder, operator, programs, cardId } = await load();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
    await expect(escrow.connect(holder).cancelExit(unknown))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(unknown, CardStatus.None);
    await escrow.connect(operator).refundCard(cardId);
    await expect(escrow.connect(holder).cancelExit(cardId))
      .to.be.revertedWithCustomError(escrow, "CardNotOpen")
      .withArgs(cardId, CardStatus.Closed);
  });
});
