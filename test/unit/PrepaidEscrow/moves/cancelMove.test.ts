import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus } from "../../../../src/contracts/enums.js";
import { at } from "../../../helpers/actions.js";
import { around, askToLeave, flagDefault, runOff } from "../../../helpers/leaving.js";
import { MOVING, askToMove, askToRecover, loadCard, loadRecoverable, wordOf } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";

describe("cancelMove", () => {
  it("ends a pending move, and touches nothing else of the card", async () => {
    const shop = await loadCard();
    const { escrow, holder, merchantId, cardId } = shop;
    const { executableAt } = await askToMove(shop, cardId);
    const word = await wordOf(escrow, cardId);
    await expect(escrow.connect(holder).cancelMove(cardId))
      .to.emit(escrow, "MoveCancelled")
      .withArgs(merchantId, cardId, holder);
    expect(await wordOf(escrow, cardId)).to.equal(word - MOVING);
    expect((await escrow.pendingMove(cardId)).executableAt).to.equal(0n);
    await at(executableAt);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is the holder's alone", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, cardId } = shop;
    await askToMove(shop, cardId);
    for (const caller of everybodyBut(shop, "holder")) {
      const call = escrow.connect(caller).cancelMove(cardId);
      await expectRefusal(call, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
    }
  });

  it("is not the recovery address's, not even of its own request", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, friend, cardId } = shop;
    await askToRecover(shop, cardId);
    const call = escrow.connect(friend).cancelMove(cardId);
    await expectRefusal(call, escrow, "CardHolderOnly", cardId, friend.address, holder.address);
  });

  it("is refused if no move was asked for", async () => {
    const { escrow, holder, cardId } = await loadCard();
    await expectRefusal(escrow.connect(holder).cancelMove(cardId), escrow, "CardMoveNotRequested", cardId);
  });

  it("is refused a second time", async () => {
    const shop = await loadCard();
    const { escrow, holder, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(holder).cancelMove(cardId);
    await expectRefusal(escrow.connect(holder).cancelMove(cardId), escrow, "CardMoveNotRequested", cardId);
  });

  it("cancels no request to leave", async () => {
    const shop = await loadCard();
    const { escrow, holder, cardId } = shop;
    const { requestedAt } = await askToLeave(shop, cardId);
    await expectRefusal(escrow.connect(holder).cancelMove(cardId), escrow, "CardMoveNotRequested", cardId);
    expect((await escrow.card(cardId)).exitRequestedAt).to.equal(requestedAt);
  });

  it("is refused for a card that was never sold, and for a closed one", async () => {
    const shop = await loadCard();
    const { escrow, holder, operator, programs, cardId } = shop;
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 9n });
    await expectRefusal(escrow.connect(holder).cancelMove(unknown), escrow, "CardNotOpen", unknown, CardStatus.None);
    await askToMove(shop, cardId);
    await escrow.connect(operator).refundCard(cardId);
    await expectRefusal(escrow.connect(holder).cancelMove(cardId), escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  it("stops a move the merchant has consented to", async () => {
    const shop = await loadCard();
    const { escrow, holder, operator, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(operator).consentMove(cardId, 1n);
    await escrow.connect(holder).cancelMove(cardId);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "accepted" : "refused"} ${when} the lapse`, async () => {
      const shop = await loadCard();
      const { escrow, holder, cardId } = shop;
      const { lapsesAt } = await askToMove(shop, cardId);
      await at(lapsesAt + offset);
      const call = escrow.connect(holder).cancelMove(cardId);
      if (offset < 0n) await expect(call).to.emit(escrow, "MoveCancelled");
      else await expectRefusal(call, escrow, "CardMoveNotRequested", cardId);
    });
  }

  it("is open while a flag is up, so that nothing is left to execute when it is withdrawn", async () => {
    const shop = await loadCard();
    const { escrow, holder, regulator, merchantId, cardId } = shop;
    const { executableAt } = await askToMove(shop, cardId);
    await flagDefault(shop);
    await expect(escrow.connect(holder).cancelMove(cardId)).to.emit(escrow, "MoveCancelled");
    await escrow.connect(regulator).withdrawDefault(merchantId);
    await at(executableAt);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is open after the notice of a run-off", async () => {
    const shop = await loadCard();
    const { escrow, holder, cardId } = shop;
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt - 1n);
    await askToMove(shop, cardId);
    await at(noticeEndsAt);
    await expect(escrow.connect(holder).cancelMove(cardId)).to.emit(escrow, "MoveCancelled");
  });
});
