import { expect } from "chai";

import { CardStatus } from "../../../../src/contracts/enums.js";
import { at, now } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { DAY } from "../../../helpers/fixture.js";
import { EXIT_DELAY, around } from "../../../helpers/leaving.js";
import { askToMove, askToRecover, idAt, loadCard, loadRecoverable, wordOf } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";

describe("consentMove", () => {
  it("makes the move due at once, and lapse an exit delay later", async () => {
    const shop = await loadCard();
    const { escrow, holder, operator, other, merchantId, cardId } = shop;
    const { requestedAt } = await askToMove(shop, cardId);
    const word = await wordOf(escrow, cardId);
    const time = requestedAt + DAY;
    await at(time);
    await expect(escrow.connect(operator).consentMove(cardId, 1n))
      .to.emit(escrow, "MoveConsented")
      .withArgs(merchantId, cardId, operator, time, time + EXIT_DELAY);
    const move = await escrow.pendingMove(cardId);
    expect([move.to, move.by, move.executableAt, move.lapsesAt]).to.deep.equal([
      other.address,
      holder.address,
      time,
      time + EXIT_DELAY,
    ]);
    expect(await wordOf(escrow, cardId)).to.equal(word);
  });

  it("names the operator that consents, not who calls through it where that is a contract", async () => {
    const shop = await loadCard();
    const { escrow, owner, stranger, merchantId, cardId } = shop;
    const operator = await ethers.deployContract("Batch");
    await escrow.connect(owner).setOperator(merchantId, operator, true);
    const { requestedAt } = await askToMove(shop, cardId);
    const time = requestedAt + DAY;
    await at(time);
    const consent = escrow.interface.encodeFunctionData("consentMove", [cardId, 1n]);
    await expect(operator.connect(stranger).run(escrow, [consent]))
      .to.emit(escrow, "MoveConsented")
      .withArgs(merchantId, cardId, operator, time, time + EXIT_DELAY);
  });

  it("lets anyone execute in the same second", async () => {
    const shop = await loadCard();
    const { escrow, operator, other, stranger, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(operator).consentMove(cardId, 1n);
    await escrow.connect(stranger).executeMove(cardId, 0n);
    expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
  });

  for (const { when, offset } of around) {
    it(`is followed by a lapse: executing ${when} it is ${offset < 0n ? "done" : "refused"}`, async () => {
      const shop = await loadCard();
      const { escrow, operator, cardId } = shop;
      await askToMove(shop, cardId);
      await escrow.connect(operator).consentMove(cardId, 1n);
      await at((await now()) + EXIT_DELAY + offset);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) await expect(call).to.emit(escrow, "CardMoved");
      else await expectRefusal(call, escrow, "CardMoveNotRequested", cardId);
    });

    it(`is ${offset < 0n ? "accepted" : "refused"} ${when} the moment the move is due without it`, async () => {
      const shop = await loadCard();
      const { escrow, operator, merchantId, cardId } = shop;
      const { executableAt } = await askToMove(shop, cardId);
      const time = executableAt + offset;
      await at(time);
      const call = escrow.connect(operator).consentMove(cardId, 1n);
      if (offset < 0n) {
        await expect(call)
          .to.emit(escrow, "MoveConsented")
          .withArgs(merchantId, cardId, operator, time, time + EXIT_DELAY);
      } else {
        await expectRefusal(call, escrow, "CardMoveAlreadyDue", cardId, time, executableAt);
      }
    });
  }

  it("cannot be given again, so that no operator keeps a move from lapsing that its holder has given up", async () => {
    const shop = await loadCard();
    const { escrow, operator, stranger, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(operator).consentMove(cardId, 1n);
    const consentedAt = await now();
    for (const time of [consentedAt + 1n, consentedAt + EXIT_DELAY - 1n]) {
      await at(time);
      const again = escrow.connect(operator).consentMove(cardId, 1n);
      await expectRefusal(again, escrow, "CardMoveAlreadyDue", cardId, time, consentedAt);
    }
    await at(consentedAt + EXIT_DELAY);
    await expectRefusal(escrow.connect(stranger).executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is an operator's of this merchant alone", async () => {
    const shop = await loadCard();
    const { escrow, merchantId, cardId } = shop;
    await askToMove(shop, cardId);
    for (const caller of everybodyBut(shop, "operator")) {
      const call = escrow.connect(caller).consentMove(cardId, 1n);
      await expectRefusal(call, escrow, "MerchantOperatorOnly", merchantId, caller.address);
    }
  });

  it("is not a former operator's", async () => {
    const shop = await loadCard();
    const { escrow, owner, operator, merchantId, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(owner).setOperator(merchantId, operator, false);
    const call = escrow.connect(operator).consentMove(cardId, 1n);
    await expectRefusal(call, escrow, "MerchantOperatorOnly", merchantId, operator.address);
  });

  it("is refused under another nonce than the request's: no later request is consented to unseen", async () => {
    const shop = await loadCard();
    const { escrow, holder, operator, other, payer, cardId } = shop;
    await askToMove(shop, cardId, other);
    await escrow.connect(holder).cancelMove(cardId);
    await askToMove(shop, cardId, payer);
    for (const nonce of [0n, 1n, 3n]) {
      const call = escrow.connect(operator).consentMove(cardId, nonce);
      await expectRefusal(call, escrow, "CardNonceMismatch", cardId, nonce, 2n);
    }
    await expect(escrow.connect(operator).consentMove(cardId, 2n)).to.emit(escrow, "MoveConsented");
  });

  it("is refused for a move that a recovery address asked for", async () => {
    const shop = await loadRecoverable();
    const { escrow, operator, cardId } = shop;
    await askToRecover(shop, cardId);
    const call = escrow.connect(operator).consentMove(cardId, 0n);
    await expectRefusal(call, escrow, "CardMoveByRecovery", cardId);
  });

  it("is refused if no move was asked for, or it was cancelled", async () => {
    const shop = await loadCard();
    const { escrow, holder, operator, cardId } = shop;
    await expectRefusal(escrow.connect(operator).consentMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
    await askToMove(shop, cardId);
    await escrow.connect(holder).cancelMove(cardId);
    await expectRefusal(escrow.connect(operator).consentMove(cardId, 1n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is refused once the request has lapsed, and revives nothing", async () => {
    const shop = await loadCard();
    const { escrow, operator, cardId } = shop;
    const { lapsesAt } = await askToMove(shop, cardId);
    await at(lapsesAt);
    await expectRefusal(escrow.connect(operator).consentMove(cardId, 1n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is refused for a card that is closed", async () => {
    const shop = await loadCard();
    const { escrow, operator, cardId } = shop;
    await askToMove(shop, cardId);
    await escrow.connect(operator).refundCard(cardId);
    const call = escrow.connect(operator).consentMove(cardId, 1n);
    await expectRefusal(call, escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });
});
