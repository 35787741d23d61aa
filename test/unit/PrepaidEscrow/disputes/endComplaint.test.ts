import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, MerchantStatus } from "../../../../src/contracts/enums.js";
import { advance, at } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { RULING_TIMEOUT, complain, complaintsOf, contest, dismiss, loadCustomers } from "../../../helpers/disputes.js";
import { DAY } from "../../../helpers/fixture.js";
import { EVIDENCE, EXIT_DELAY, flagDefault } from "../../../helpers/leaving.js";
import { idAt } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { ZeroHash } from "ethers";

describe("endComplaint", () => {
  it("ends a complaint that its holder has not executed within an exit delay, without effect", async () => {
    const shop = await loadCustomers();
    const { escrow, token, holder, stranger, vault, merchantId, cardId } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    const endsAt = rulingUntil + EXIT_DELAY;
    await at(endsAt);
    const ended = escrow.connect(stranger).endComplaint(cardId);
    await expect(ended)
      .to.emit(escrow, "ComplaintEnded")
      .withArgs(merchantId, cardId, endsAt + RULING_TIMEOUT, ZeroHash);
    await expect(ended).to.changeTokenBalances(ethers, token, [holder, vault], [0n, 0n]);
    const { kind, complaintFrom } = await escrow.dispute(cardId);
    expect([kind, complaintFrom]).to.deep.equal([DisputeKind.None, endsAt + RULING_TIMEOUT]);
    expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
  });

  it("is for anyone, from that moment on and not before", async () => {
    const shop = await loadCustomers();
    const { escrow, cardId } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    const endsAt = rulingUntil + EXIT_DELAY;
    for (const caller of everybodyBut(shop)) {
      await expect(escrow.connect(caller).endComplaint.staticCall(cardId)).to.be.revertedWithCustomError(
        escrow,
        "CardComplaintPending",
      );
    }
    await at(endsAt - 1n);
    await expectRefusal(escrow.endComplaint(cardId), escrow, "CardComplaintPending", cardId, endsAt - 1n, endsAt);
    await at(endsAt + 1n);
    await expect(escrow.endComplaint(cardId)).to.emit(escrow, "ComplaintEnded");
  });

  it("leaves the holder an exit delay to execute it, and the last second of that too", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    await at(rulingUntil + EXIT_DELAY - 1n);
    await expect(escrow.connect(holder).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
  });

  it("waits longer by the time a withdrawn flag was up", async () => {
    const shop = await loadCustomers();
    const { escrow, regulator, merchantId, cardId } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    await advance(DAY);
    const { flaggedAt } = await flagDefault(shop);
    await expectRefusal(
      escrow.endComplaint(cardId),
      escrow,
      "MerchantStatusForbids",
      merchantId,
      MerchantStatus.Defaulted,
    );
    await at(flaggedAt + 4n * DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const endsAt = rulingUntil + EXIT_DELAY + 4n * DAY;
    await at(endsAt - 1n);
    await expectRefusal(escrow.endComplaint(cardId), escrow, "CardComplaintPending", cardId, endsAt - 1n, endsAt);
    await at(endsAt);
    await expect(escrow.endComplaint(cardId)).to.emit(escrow, "ComplaintEnded");
  });

  it("is refused where there is no complaint: none was made, it was dismissed, or the exit is contested", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, programs, cardId, othersCard, other } = shop;
    await expectRefusal(escrow.endComplaint(cardId), escrow, "CardNotInDispute", cardId);
    const { rulingFrom } = await complain(shop, othersCard, other);
    await dismiss(shop, othersCard, rulingFrom);
    await expectRefusal(escrow.endComplaint(othersCard), escrow, "CardNotInDispute", othersCard);
    await contest(shop, cardId);
    await expectRefusal(escrow.endComplaint(cardId), escrow, "CardNoComplaint", cardId, DisputeKind.Contest);
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 9n });
    await expectRefusal(escrow.endComplaint(unknown), escrow, "CardNotOpen", unknown, CardStatus.None);
  });

  it("makes the next complaint wait, wherever the card goes", async () => {
    const shop = await loadCustomers();
    const { escrow, operator, holder, other, cardId } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    await at(rulingUntil + EXIT_DELAY);
    await escrow.endComplaint(cardId);
    const { complaintFrom } = await escrow.dispute(cardId);
    await escrow.connect(holder).requestMove(cardId, other);
    await escrow.connect(operator).consentMove(cardId, (await escrow.card(cardId)).nonce);
    await escrow.executeMove(cardId, 1n);
    const moved = idAt(cardId, other, 1n);
    await at(complaintFrom - 1n);
    const early = escrow.connect(other).complain(moved, EVIDENCE);
    await expectRefusal(early, escrow, "CardComplaintTooEarly", moved, complaintFrom - 1n, complaintFrom);
    await at(complaintFrom);
    await expect(escrow.connect(other).complain(moved, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
  });
});
