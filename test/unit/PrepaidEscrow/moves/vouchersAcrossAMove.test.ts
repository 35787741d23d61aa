import { expect } from "chai";

import { SkipReason } from "../../../../src/contracts/enums.js";
import { at, buyCard, now, signExit, signVoucher } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { EXIT_DELAY, around, consume } from "../../../helpers/leaving.js";
import { askToMove, askToRecover, idAt, loadCard, loadRecoverable, moveAtOnce } from "../../../helpers/moves.js";
import type { Sold } from "../../../helpers/moves.js";
import { expectRefusal } from "../../../helpers/refusals.js";

const VISIT = 60n * TOKEN;

/** Settles a voucher and returns its outcome. */
async function settle(sold: Sold, voucher: Awaited<ReturnType<typeof signVoucher>>) {
  return await sold.escrow.connect(sold.operator).settle(sold.merchantId, [voucher]);
}

describe("A visit signed on a card that is to move", () => {
  for (const { when, offset } of around) {
    it(`is settled ${when} the end of the delay, as long as nobody has executed the move`, async () => {
      const sold = await loadCard();
      const { escrow, holder, merchantId, cardId } = sold;
      const { executableAt } = await askToMove(sold, cardId);
      const voucher = await signVoucher(escrow, holder, cardId, 3n);
      await at(executableAt + offset);
      await expect(settle(sold, voucher))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cardId, 3n * VISIT, 3n, voucher.receipt);
    });
  }

  it("is the merchant's though it was signed in the last second of the delay, settled in the same", async () => {
    const sold = await loadCard();
    const { escrow, token, holder, other, payout, merchantId, cardId } = sold;
    const { executableAt } = await askToMove(sold, cardId);
    const voucher = await signVoucher(escrow, holder, cardId, 20n);
    await at(executableAt - 1n);
    await settle(sold, voucher);
    await at(executableAt);
    await escrow.executeMove(cardId, 0n);
    expect(await escrow.remaining(idAt(cardId, other))).to.equal(0n);
    await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 1_200n * TOKEN);
  });

  it("keeps its whole delay whatever the holder does: cancel, ask again, ask for somebody else", async () => {
    const sold = await loadCard();
    const { escrow, holder, operator, payer, stranger, merchantId, cardId } = sold;
    await askToMove(sold, cardId);
    const voucher = await signVoucher(escrow, holder, cardId, 3n);
    const signedAt = await now();
    await escrow.connect(holder).cancelMove(cardId);
    const { executableAt } = await askToMove(sold, cardId, payer);
    expect(executableAt - signedAt).to.be.greaterThan(EXIT_DELAY - 1n);
    await at(executableAt - 2n);
    const early = escrow.connect(stranger).executeMove(cardId, 0n);
    await expectRefusal(early, escrow, "CardMoveTooEarly", cardId, executableAt - 2n, executableAt);
    await at(executableAt - 1n);
    await expect(escrow.connect(operator).settle(merchantId, [voucher])).to.emit(escrow, "ConsumptionSettled");
  });

  it("gets its whole delay when the holder replaces a recovery address's request that is due", async () => {
    const sold = await loadRecoverable();
    const { escrow, holder, merchantId, cardId } = sold;
    const recovery = await askToRecover(sold, cardId);
    await at(recovery.executableAt);
    const { executableAt } = await askToMove(sold, cardId);
    const voucher = await signVoucher(escrow, holder, cardId, 1n);
    await at(executableAt - 1n);
    await expect(settle(sold, voucher))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cardId, VISIT, 1n, voucher.receipt);
  });

  it("is worth nothing once the card has moved: an event reports it, and the rest of the batch is booked", async () => {
    const sold = await loadCard();
    const { escrow, holder, operator, other, merchantId, programs, cardId } = sold;
    const second = await buyCard(sold, { program: programs.count });
    const late = await signVoucher(escrow, holder, cardId, 3n);
    const good = await signVoucher(escrow, holder, second, 1n);
    const moved = await moveAtOnce(sold, cardId);
    const settled = escrow.connect(operator).settle(merchantId, [late, good]);
    await expect(settled).to.emit(escrow, "ConsumptionSkipped").withArgs(cardId, SkipReason.CardNotOpen);
    await expect(settled).to.emit(escrow, "ConsumptionSettled").withArgs(merchantId, second, VISIT, 1n, good.receipt);
    expect(await escrow.remaining(moved)).to.equal(1_200n * TOKEN);
    expect(await escrow.holderOf(moved)).to.equal(other.address);
  });

  it("cannot be settled on the new id: the old holder's signature is not the new one's", async () => {
    const sold = await loadCard();
    const { escrow, holder, operator, merchantId, cardId } = sold;
    const moved = await moveAtOnce(sold, cardId);
    const forged = await signVoucher(escrow, holder, moved, 3n);
    await expect(escrow.connect(operator).settle(merchantId, [forged]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(moved, SkipReason.BadSignature);
    const replayed = { ...(await signVoucher(escrow, holder, cardId, 3n)), cardId: moved };
    await expect(escrow.connect(operator).settle(merchantId, [replayed]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(moved, SkipReason.BadSignature);
  });

  it("is counted on by the new holder, who signs for the visits before as well", async () => {
    const sold = await loadCard();
    const { escrow, other, operator, merchantId, cardId } = sold;
    await consume(sold, cardId, 5n);
    const moved = await moveAtOnce(sold, cardId);
    const stale = await signVoucher(escrow, other, moved, 5n);
    await expect(escrow.connect(operator).settle(merchantId, [stale]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(moved, SkipReason.Stale);
    const voucher = await signVoucher(escrow, other, moved, 6n);
    await expect(escrow.connect(operator).settle(merchantId, [voucher]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, moved, VISIT, 6n, voucher.receipt);
    const over = await signVoucher(escrow, other, moved, 21n);
    await expect(escrow.connect(operator).settle(merchantId, [over]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(moved, SkipReason.OverFace);
  });

  it("cannot be signed ahead for the new id before the card is there", async () => {
    const sold = await loadCard();
    const { escrow, other, operator, merchantId, cardId } = sold;
    const voucher = await signVoucher(escrow, other, idAt(cardId, other), 1n);
    await expect(escrow.connect(operator).settle(merchantId, [voucher]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(idAt(cardId, other), SkipReason.CardNotOpen);
  });
});

describe("A request to leave signed before a move", () => {
  it("is void as soon as the holder asks for the move", async () => {
    const sold = await loadCard();
    const { escrow, holder, cardId } = sold;
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await askToMove(sold, cardId);
    const call = escrow.requestExitWithSignature(cardId, deadline, signature);
    await expectRefusal(call, escrow, "SignatureInvalid", holder.address);
  });

  it("closes nothing at the new id, even with the nonce the card has there", async () => {
    const sold = await loadCard();
    const { escrow, holder, other, cardId } = sold;
    const { deadline, signature } = await signExit(escrow, holder, cardId, {
      nonce: 1n,
      deadline: (await now()) + 10n * DAY,
    });
    const moved = await moveAtOnce(sold, cardId);
    const old = escrow.requestExitWithSignature(cardId, deadline, signature);
    await expectRefusal(old, escrow, "CardNotOpen", cardId, 2n);
    const call = escrow.requestExitWithSignature(moved, deadline, signature);
    await expectRefusal(call, escrow, "SignatureInvalid", other.address);
  });

  it("ends the move where it carries the nonce the move has raised", async () => {
    const sold = await loadCard();
    const { escrow, holder, stranger, cardId } = sold;
    const { executableAt } = await askToMove(sold, cardId);
    const { deadline, signature } = await signExit(escrow, holder, cardId, { nonce: 1n });
    await escrow.connect(stranger).requestExitWithSignature(cardId, deadline, signature);
    await at(executableAt);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });
});
