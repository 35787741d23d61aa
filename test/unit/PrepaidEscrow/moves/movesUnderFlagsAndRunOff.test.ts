import { expect } from "chai";

import { CardStatus, ExitRule, MerchantStatus, SkipReason } from "../../../../src/contracts/enums.js";
import { advance, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  RUN_OFF_NOTICE,
  around,
  askToLeave,
  consume,
  flagDefault,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import {
  RECOVERY_DELAY,
  askToMove,
  askToRecover,
  idAt,
  loadCard,
  loadRecoverable,
  moveAtOnce,
} from "../../../helpers/moves.js";
import type { Sold } from "../../../helpers/moves.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { moneyOf } from "../../../helpers/settling.js";

/** Withdraws the flag in the block after `flagUp` seconds; answers when. */
async function withdrawAfter(sold: Sold, flagUp: bigint): Promise<bigint> {
  const { escrow, regulator, merchantId } = sold;
  const { flaggedAt } = await escrow.merchant(merchantId);
  await at(flaggedAt + flagUp);
  await escrow.connect(regulator).withdrawDefault(merchantId);
  return flaggedAt + flagUp;
}

describe("Moves of a suspended merchant's cards", () => {
  it("are asked for, consented to and executed as ever", async () => {
    const sold = await loadCard();
    const { escrow, other, cardId } = sold;
    await suspend(sold);
    const moved = await moveAtOnce(sold, cardId);
    expect((await escrow.card(moved)).status).to.equal(CardStatus.Open);
    expect(await escrow.holderOf(moved)).to.equal(other.address);
  });
});

describe("Moves under a flag", () => {
  it("are refused, asked for before or not, and the flag's own refund goes to the holder", async () => {
    const sold = await loadRecoverable();
    const { escrow, token, holder, friend, operator, other, merchantId, programs, cardId } = sold;
    const pending = await buyCard(sold, { program: programs.count });
    await askToMove(sold, pending);
    const { windowEndsAt } = await flagDefault(sold);
    const calls = [
      () => escrow.connect(holder).requestMove(cardId, other),
      () => escrow.connect(friend).requestMove(cardId, other),
      () => escrow.connect(operator).consentMove(pending, 1n),
      () => escrow.executeMove(pending, 0n),
    ];
    // In the window, and after it.
    for (const time of [windowEndsAt - 10n, windowEndsAt]) {
      await networkHelpers.time.increaseTo(time);
      for (const call of calls) {
        await expectRefusal(call(), escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
      }
    }
    const refunded = escrow.refundCards(merchantId, [cardId, pending]);
    await expect(refunded).to.changeTokenBalances(ethers, token, [holder, other], [2_400n * TOKEN, 0n]);
  });

  it("are refused after a second flag, which stands", async () => {
    const sold = await loadCard();
    const { escrow, merchantId, cardId } = sold;
    await flagDefault(sold);
    await withdrawAfter(sold, DAY);
    const { executableAt } = await askToMove(sold, cardId);
    await flagDefault(sold);
    await at(executableAt);
    const call = escrow.executeMove(cardId, 0n);
    await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
  });

  it("stay pending, and their clock stands still: a holder can still end one", async () => {
    const sold = await loadCard();
    const { escrow, holder, cardId } = sold;
    const { lapsesAt } = await askToMove(sold, cardId);
    await at(lapsesAt - 1n);
    await flagDefault(sold);
    await advance(6n * DAY);
    expect((await escrow.card(cardId)).moving).to.equal(true);
    await expect(escrow.connect(holder).cancelMove(cardId)).to.emit(escrow, "MoveCancelled");
  });
});

describe("Moves after a flag was withdrawn", () => {
  it("go on: the delay has run on, so that a move that fell due under the flag is executed at once", async () => {
    const sold = await loadCard();
    const { escrow, other, cardId } = sold;
    const { executableAt } = await askToMove(sold, cardId);
    await at(executableAt - DAY);
    await flagDefault(sold);
    const withdrawnAt = await withdrawAfter(sold, 2n * DAY);
    await at(withdrawnAt + 1n);
    await escrow.executeMove(cardId, 0n);
    expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
  });

  it("still wait for their delay", async () => {
    const sold = await loadCard();
    const { escrow, cardId } = sold;
    const { executableAt } = await askToMove(sold, cardId);
    await flagDefault(sold);
    await withdrawAfter(sold, DAY);
    await at(executableAt - 1n);
    const early = escrow.executeMove(cardId, 0n);
    await expectRefusal(early, escrow, "CardMoveTooEarly", cardId, executableAt - 1n, executableAt);
    await at(executableAt);
    await expect(escrow.executeMove(cardId, 0n)).to.emit(escrow, "CardMoved");
  });

  for (const { when, offset } of around) {
    it(`lapse later by the time the flag was up: ${when} that one is ${offset < 0n ? "executed" : "gone"}`, async () => {
      const sold = await loadCard();
      const { escrow, cardId } = sold;
      const { lapsesAt } = await askToMove(sold, cardId);
      await advance(DAY);
      await flagDefault(sold);
      await withdrawAfter(sold, 3n * DAY);
      const later = lapsesAt + 3n * DAY;
      expect((await escrow.pendingMove(cardId)).lapsesAt).to.equal(later);
      await at(later + offset);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) await expect(call).to.emit(escrow, "CardMoved");
      else await expectRefusal(call, escrow, "CardMoveNotRequested", cardId);
    });

    it(`lapse later only if they were pending: a flag ${when} the lapse ${offset < 0n ? "saves one" : "does not"}`, async () => {
      const sold = await loadCard();
      const { escrow, regulator, merchantId, cardId } = sold;
      const { executableAt, lapsesAt } = await askToMove(sold, cardId);
      await at(lapsesAt + offset);
      await escrow.connect(regulator).flagDefault(merchantId, executableAt, EVIDENCE);
      const withdrawnAt = await withdrawAfter(sold, 2n * DAY);
      const saved = offset < 0n;
      expect((await escrow.pendingMove(cardId)).lapsesAt).to.equal(saved ? withdrawnAt + 1n : 0n);
      expect((await escrow.card(cardId)).moving).to.equal(saved);
    });
  }

  it("lapse no later if they were asked for after it", async () => {
    const sold = await loadCard();
    const { escrow, cardId } = sold;
    await flagDefault(sold);
    await withdrawAfter(sold, 3n * DAY);
    const { lapsesAt } = await askToMove(sold, cardId);
    expect((await escrow.pendingMove(cardId)).lapsesAt).to.equal(lapsesAt);
    await at(lapsesAt);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  it("lapse no later for a consent given after it, though asked for before", async () => {
    const sold = await loadCard();
    const { escrow, operator, merchantId, cardId } = sold;
    await askToMove(sold, cardId);
    await flagDefault(sold);
    const withdrawnAt = await withdrawAfter(sold, DAY);
    const time = withdrawnAt + DAY;
    await at(time);
    await expect(escrow.connect(operator).consentMove(cardId, 1n))
      .to.emit(escrow, "MoveConsented")
      .withArgs(merchantId, cardId, operator, time, time + EXIT_DELAY);
    expect((await escrow.pendingMove(cardId)).lapsesAt).to.equal(time + EXIT_DELAY);
  });

  it("lapse later if consent was given before the flag", async () => {
    const sold = await loadCard();
    const { escrow, operator, cardId } = sold;
    await askToMove(sold, cardId);
    await escrow.connect(operator).consentMove(cardId, 1n);
    const lapsesAt = (await now()) + EXIT_DELAY;
    await flagDefault(sold);
    await withdrawAfter(sold, 6n * DAY);
    expect((await escrow.pendingMove(cardId)).lapsesAt).to.equal(lapsesAt + 6n * DAY);
    await at(lapsesAt + 6n * DAY - 1n);
    await expect(escrow.executeMove(cardId, 0n)).to.emit(escrow, "CardMoved");
  });

  it("by a recovery address lapse later too, and fall due at their thirty days", async () => {
    const sold = await loadRecoverable();
    const { escrow, cardId } = sold;
    const { executableAt, lapsesAt } = await askToRecover(sold, cardId);
    await at(executableAt - DAY);
    await flagDefault(sold);
    await withdrawAfter(sold, 4n * DAY);
    const move = await escrow.pendingMove(cardId);
    expect([move.executableAt, move.lapsesAt]).to.deep.equal([executableAt, lapsesAt + 4n * DAY]);
    await at(lapsesAt + 4n * DAY - 1n);
    await expect(escrow.executeMove(cardId, 0n)).to.emit(escrow, "CardMoved");
  });
});

describe("Moves in a run-off", () => {
  for (const { when, offset } of around) {
    it(`are ${offset < 0n ? "executed" : "refused"} ${when} the end of the notice`, async () => {
      const sold = await loadCard();
      const { escrow, other, merchantId, cardId } = sold;
      const { noticeEndsAt } = await runOff(sold);
      await at(noticeEndsAt - EXIT_DELAY - DAY);
      await askToMove(sold, cardId);
      await at(noticeEndsAt + offset);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) {
        await expect(call).to.emit(escrow, "CardMoved");
        expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
      } else {
        await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
      }
    });

    for (const who of ["holder", "friend"] as const) {
      it(`are ${offset < 0n ? "asked for" : "refused"} ${when} the end of the notice by the ${who}`, async () => {
        const sold = await loadRecoverable();
        const { escrow, other, merchantId, cardId } = sold;
        const { noticeEndsAt } = await runOff(sold);
        await at(noticeEndsAt + offset);
        const call = escrow.connect(sold[who]).requestMove(cardId, other);
        if (offset < 0n) await expect(call).to.emit(escrow, "MoveRequested");
        else await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
      });
    }

    it(`are ${offset < 0n ? "consented to" : "refused the consent"} ${when} the end of the notice`, async () => {
      const sold = await loadCard();
      const { escrow, operator, merchantId, cardId } = sold;
      const { noticeEndsAt } = await runOff(sold);
      await at(noticeEndsAt - DAY);
      await askToMove(sold, cardId);
      await at(noticeEndsAt + offset);
      const call = escrow.connect(operator).consentMove(cardId, 1n);
      if (offset < 0n) await expect(call).to.emit(escrow, "MoveConsented");
      else await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
    });
  }

  it("give the new holder the refund after the notice, and the old id nothing", async () => {
    const sold = await loadCard();
    const { escrow, token, holder, other, merchantId, cardId } = sold;
    await consume(sold, cardId, 5n);
    const { noticeEndsAt } = await runOff(sold);
    const moved = await moveAtOnce(sold, cardId);
    const pending = await askToMove(sold, moved, holder, other);
    expect(pending.executableAt).to.be.lessThan(noticeEndsAt);
    await at(noticeEndsAt);
    const refunded = escrow.refundCards(merchantId, [cardId, moved]);
    await expect(refunded).to.changeTokenBalances(ethers, token, [holder, other], [0n, 900n * TOKEN]);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
    expect((await escrow.card(moved)).status).to.equal(CardStatus.None);
    expect((await moneyOf(sold)).outstanding).to.equal(0n);
  });

  it("are refused once the merchant is closed", async () => {
    const sold = await loadCard();
    const { escrow, holder, operator, other, merchantId, cardId } = sold;
    await consume(sold, cardId, 20n);
    const { noticeEndsAt } = await runOff(sold);
    await at(noticeEndsAt - DAY);
    await askToMove(sold, cardId);
    await at(noticeEndsAt);
    await escrow.closeMerchant(merchantId);
    for (const call of [
      () => escrow.connect(holder).requestMove(cardId, other),
      () => escrow.connect(operator).consentMove(cardId, 1n),
      () => escrow.executeMove(cardId, 0n),
    ]) {
      await expectRefusal(call(), escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Closed);
    }
  });

  it("by a recovery address can be too late for the notice, and then end with the refund to the holder's address", async () => {
    const sold = await loadRecoverable();
    const { escrow, token, holder, merchantId, cardId } = sold;
    const { noticeEndsAt } = await runOff(sold);
    const { executableAt } = await askToRecover(sold, cardId);
    expect(executableAt - noticeEndsAt).to.equal(RECOVERY_DELAY - RUN_OFF_NOTICE + 1n);
    await at(executableAt);
    const call = escrow.executeMove(cardId, 0n);
    await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
    const refunded = escrow.refundCards(merchantId, [cardId]);
    await expect(refunded).to.changeTokenBalance(ethers, token, holder, 1_200n * TOKEN);
  });

  it("are refused after the notice even when a flag came and was withdrawn in between", async () => {
    const sold = await loadCard();
    const { escrow, merchantId, cardId } = sold;
    const { noticeEndsAt } = await runOff(sold);
    await at(noticeEndsAt - DAY);
    await askToMove(sold, cardId);
    await flagDefault(sold);
    await withdrawAfter(sold, 6n * DAY);
    const call = escrow.executeMove(cardId, 0n);
    await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
  });

  /*
   * A card of the old holder is closed at issuer's cause before the notice ends. Were its slot deleted, a move could give its
   * id to another card, and visits signed for the closed card would be settled on that one.
   */
  describe("take no id of a card that was closed before the notice ended", () => {
    type Leave = (sold: Sold, cardId: string) => Promise<unknown>;
    const leave = async (sold: Sold, cardId: string): Promise<void> => {
      await at((await askToLeave(sold, cardId)).executableAt);
    };
    const ways: Readonly<Record<string, { rule: bigint; close: Leave }>> = {
      executeExit: {
        rule: ExitRule.RunOff,
        async close(sold, cardId) {
          await leave(sold, cardId);
          return sold.escrow.executeExit(cardId);
        },
      },
      executeExitTo: {
        rule: ExitRule.RunOff,
        async close(sold, cardId) {
          await leave(sold, cardId);
          return sold.escrow.connect(sold.holder).executeExitTo(cardId, sold.holder);
        },
      },
      executeDispute: {
        rule: ExitRule.RunOff,
        async close(sold, cardId) {
          await at((await sold.escrow.dispute(cardId)).rulingUntil);
          return sold.escrow.executeDispute(cardId);
        },
      },
      refundCard: {
        rule: ExitRule.MerchantConsent,
        close: async ({ escrow, operator }, cardId) => await escrow.connect(operator).refundCard(cardId),
      },
    };
    for (const [name, { rule, close }] of Object.entries(ways)) {
      it(`by ${name}: signed visits are not replayed on a card moved there`, async () => {
        const sold = await loadCard();
        const { escrow, holder, operator, other, merchantId, programs, cardId: left } = sold;
        const theirs = await buyCard(sold, { program: programs.count, holder: other });
        const voucher = await signVoucher(escrow, holder, left, 20n);
        await advance(COOLING_OFF);
        if (name === "executeDispute") {
          await escrow.connect(holder).complain(left, EVIDENCE);
          // So that the time to rule ends before the notice.
          await advance(DAY);
        }
        await runOff(sold, 60n);
        await advance(120n);
        await expect(close(sold, left))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, left, holder, rule, 0n, 1_200n * TOKEN);
        expect((await escrow.card(left)).status).to.equal(CardStatus.Closed);

        await escrow.connect(other).requestMove(theirs, holder);
        await escrow.connect(operator).consentMove(theirs, 1n);
        await expectRefusal(escrow.executeMove(theirs, 0n), escrow, "CardSerialTaken", left);
        await escrow.executeMove(theirs, 1n);
        await expect(escrow.connect(operator).settle(merchantId, [voucher]))
          .to.emit(escrow, "ConsumptionSkipped")
          .withArgs(left, SkipReason.CardNotOpen);
        expect((await escrow.card(idAt(left, holder, 1n))).consumed).to.equal(0n);
      });
    }

    it("but after the notice slots are deleted, and no move can take them any more", async () => {
      const sold = await loadCard();
      const { escrow, other, holder, merchantId, programs, cardId } = sold;
      const theirs = await buyCard(sold, { program: programs.count, holder: other });
      const { noticeEndsAt } = await runOff(sold);
      await at(noticeEndsAt - DAY);
      await askToMove(sold, theirs, holder, other);
      await at(noticeEndsAt);
      await escrow.refundCards(merchantId, [cardId]);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
      const call = escrow.executeMove(theirs, 0n);
      await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
    });
  });
});
