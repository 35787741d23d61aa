import { expect } from "chai";
import hre from "hardhat";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, ExitRule, SkipReason } from "../../../../src/contracts/enums.js";
import { advance, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  ACCRUAL_DELAY,
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
} from "../../../helpers/leaving.js";
import {
  MOVING,
  askToMove,
  dismissComplaint,
  dismissContest,
  idAt,
  loadCard,
  loadRecoverable,
  moveAtOnce,
  wordOf,
} from "../../../helpers/moves.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { logsOf, moneyOf } from "../../../helpers/settling.js";
import { fieldsOf } from "../../../helpers/struct.js";

/** Price of a time of the year's pass, floored. */
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/** A card whose move to `other` is due with the next transaction. */
async function loadDue() {
  const sold = await loadCard();
  const times = await askToMove(sold, sold.cardId);
  await at(times.executableAt);
  return { ...sold, ...times };
}

describe("executeMove", () => {
  it("gives the card to its new holder under a new id, and emits that alone", async () => {
    const { escrow, other, stranger, merchantId, cardId } = await loadDue();
    await networkHelpers.mine();
    const newCardId = idAt(cardId, other);
    expect(await escrow.connect(stranger).executeMove.staticCall(cardId, 0n)).to.equal(newCardId);
    expect(await logsOf(escrow, escrow.connect(stranger).executeMove(cardId, 0n))).to.deep.equal([
      ["CardMoved", merchantId, cardId, other.address, newCardId],
    ]);
    expect((await escrow.card(newCardId)).status).to.equal(CardStatus.Open);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
    expect(await escrow.holderOf(newCardId)).to.equal(other.address);
  });

  it("moves no money: what is outstanding, booked and held stays, and only the id of it changes", async () => {
    const shop = await loadDue();
    const { escrow, token, vault, holder, other, cardId } = shop;
    const money = await moneyOf(shop);
    const executed = escrow.executeMove(cardId, 0n);
    await expect(executed).to.changeTokenBalances(ethers, token, [vault, holder, other], [0n, 0n, 0n]);
    expect(await moneyOf(shop)).to.deep.equal(money);
    expect(await escrow.remaining(cardId)).to.equal(0n);
    expect(await escrow.remaining(idAt(cardId, other))).to.equal(1_200n * TOKEN);
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "too early" : "done"} ${when} the moment the move is due`, async () => {
      const shop = await loadCard();
      const { escrow, cardId } = shop;
      const { executableAt } = await askToMove(shop, cardId);
      const time = executableAt + offset;
      await at(time);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) await expectRefusal(call, escrow, "CardMoveTooEarly", cardId, time, executableAt);
      else await expect(call).to.emit(escrow, "CardMoved");
    });

    it(`is ${offset < 0n ? "done" : "refused"} ${when} the lapse, an exit delay after that`, async () => {
      const shop = await loadCard();
      const { escrow, cardId } = shop;
      const { lapsesAt } = await askToMove(shop, cardId);
      await at(lapsesAt + offset);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) await expect(call).to.emit(escrow, "CardMoved");
      else await expectRefusal(call, escrow, "CardMoveNotRequested", cardId);
    });
  }

  for (const role of ["holder", "other", "owner", "operator", "regulator", "stranger"] as const) {
    it(`can be called by the ${role}, and gives the card to nobody but whom the holder named`, async () => {
      const shop = await loadDue();
      const { escrow, other, cardId } = shop;
      await escrow.connect(shop[role]).executeMove(cardId, 0n);
      expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
    });
  }

  it("is refused for a card without a pending move", async () => {
    const { escrow, cardId } = await loadCard();
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
  });

  it("is refused for a card that was never sold", async () => {
    const { escrow, holder, programs } = await loadCard();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 9n });
    await expectRefusal(escrow.executeMove(unknown, 0n), escrow, "CardNotOpen", unknown, CardStatus.None);
  });

  it("is refused a second time", async () => {
    const { escrow, cardId } = await loadDue();
    await escrow.executeMove(cardId, 0n);
    await expectRefusal(escrow.executeMove(cardId, 1n), escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  it("has one gas cost, however many cards the new holder has and whatever the new holder is", async function () {
    // Code that counts what it reaches costs more.
    if (hre.globalOptions.coverage) this.skip();
    const shop = await loadCard();
    const { escrow, manager, holder, operator, other, programs, cardId } = shop;
    for (let i = 0; i < 5; i++) await buyCard(shop, { program: programs.count, holder: other });
    const second = await buyCard(shop, { program: programs.count });
    const gas: bigint[] = [];
    const contract = await manager.getAddress();
    for (const [id, to, serial] of [
      [cardId, other.address, 5n],
      [second, contract, 0n],
    ] as const) {
      await escrow.connect(holder).requestMove(id, to);
      await escrow.connect(operator).consentMove(id, 1n);
      const receipt = await (await escrow.executeMove(id, serial)).wait();
      gas.push(receipt!.gasUsed);
    }
    // A serial above zero costs the reading of the one before it.
    expect(gas[0]! - gas[1]!)
      .to.be.greaterThan(0n)
      .and.lessThan(5_000n);
    expect(gas[0]!).to.be.lessThan(100_000n);
  });

  describe("takes a serial", () => {
    /** `other` has cards of the serials 0 and 1; a move to `other` is due. */
    async function loadTwoTaken() {
      const sold = await loadCard();
      const { programs, other } = sold;
      const taken = await buyCard(sold, { program: programs.count, holder: other });
      await buyCard(sold, { program: programs.count, holder: other });
      const { executableAt } = await askToMove(sold, sold.cardId);
      await at(executableAt);
      return { ...sold, taken };
    }

    it("that is free and the one after a taken one", async () => {
      const { escrow, other, cardId } = await loadTwoTaken();
      await escrow.executeMove(cardId, 2n);
      expect((await escrow.card(idAt(cardId, other, 2n))).principal).to.equal(1_200n * TOKEN);
    });

    it("that is not taken already", async () => {
      const { escrow, other, cardId } = await loadTwoTaken();
      for (const serial of [0n, 1n]) {
        const id = idAt(cardId, other, serial);
        await expectRefusal(escrow.executeMove(cardId, serial), escrow, "CardSerialTaken", id);
      }
    });

    it("that leaves no gap, even at the end of all serials", async () => {
      const { escrow, other, cardId } = await loadTwoTaken();
      for (const serial of [3n, 4n, 2n ** 64n - 1n]) {
        const previous = idAt(cardId, other, serial - 1n);
        await expectRefusal(escrow.executeMove(cardId, serial), escrow, "CardSerialNotNext", previous);
      }
    });

    it("that no closed card has, and follows a closed card's", async () => {
      const { escrow, operator, other, cardId, taken } = await loadTwoTaken();
      await escrow.connect(operator).refundCard(taken);
      await escrow.connect(operator).refundCard(idAt(cardId, other, 1n));
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardSerialTaken", taken);
      await expect(escrow.executeMove(cardId, 2n)).to.emit(escrow, "CardMoved");
    });

    it("of the same program: cards of other programs and other holders do not count", async () => {
      const sold = await loadCard();
      const { escrow, other, payer, programs, cardId } = sold;
      await buyCard(sold, { program: programs.plan, holder: other });
      await buyCard(sold, { program: programs.count, holder: payer });
      const { executableAt } = await askToMove(sold, cardId);
      await at(executableAt);
      await expectRefusal(escrow.executeMove(cardId, 1n), escrow, "CardSerialNotNext", idAt(cardId, other));
      await expect(escrow.executeMove(cardId, 0n)).to.emit(escrow, "CardMoved");
    });

    it("and can wait for a sale that took the one it was to have", async () => {
      const sold = await loadCard();
      const { escrow, other, programs, cardId } = sold;
      const { executableAt } = await askToMove(sold, cardId);
      await at(executableAt);
      const bought = await buyCard(sold, { program: programs.count, holder: other });
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardSerialTaken", bought);
      await expect(escrow.executeMove(cardId, 1n)).to.emit(escrow, "CardMoved");
    });
  });

  describe("leaves of the old id", () => {
    it("a closed card that keeps what was booked", async () => {
      const sold = await loadCard();
      const { escrow, cardId } = sold;
      await consume(sold, cardId, 5n);
      const openedAt = (await escrow.card(cardId)).openedAt;
      await moveAtOnce(sold, cardId);
      expect(fieldsOf(await escrow.card(cardId))).to.deep.equal({
        status: CardStatus.Closed,
        principal: 1_200n * TOKEN,
        consumed: 5n,
        openedAt,
        exitRequestedAt: 0n,
        nonce: 1n,
        disputed: false,
        moving: false,
        coolingOffOver: false,
      });
    });

    it("nothing that can be asked for, settled, refunded or bought", async () => {
      const sold = await loadCard();
      const { escrow, holder, operator, other, payer, merchantId, programs, cardId } = sold;
      const voucher = await signVoucher(escrow, holder, cardId, 3n);
      await moveAtOnce(sold, cardId);
      await expect(escrow.connect(operator).settle(merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSkipped")
        .withArgs(cardId, SkipReason.CardNotOpen);
      await expectRefusal(
        escrow.connect(payer).buy(programs.count, holder, 1_200n * TOKEN, 0n),
        escrow,
        "CardSerialTaken",
        cardId,
      );
      const refused = [
        () => escrow.connect(holder).requestExit(cardId),
        () => escrow.connect(holder).cancelExit(cardId),
        () => escrow.connect(holder).complain(cardId, EVIDENCE),
        () => escrow.connect(holder).requestMove(cardId, other),
        () => escrow.connect(holder).cancelMove(cardId),
        () => escrow.connect(holder).executeExitTo(cardId, holder),
        () => escrow.connect(operator).refundCard(cardId),
        () => escrow.connect(operator).consentMove(cardId, 1n),
      ];
      for (const call of refused) await expectRefusal(call(), escrow, "CardNotOpen", cardId, CardStatus.Closed);
      expect((await escrow.card(idAt(cardId, other))).consumed).to.equal(0n);
    });

    it("a serial that no card can take again, the moved one included", async () => {
      const sold = await loadCard();
      const { escrow, holder, operator, other, cardId } = sold;
      const moved = await moveAtOnce(sold, cardId);
      await escrow.connect(other).requestMove(moved, holder);
      await escrow.connect(operator).consentMove(moved, 2n);
      await expectRefusal(escrow.executeMove(moved, 0n), escrow, "CardSerialTaken", cardId);
      await escrow.executeMove(moved, 1n);
      expect((await escrow.card(idAt(cardId, holder, 1n))).status).to.equal(CardStatus.Open);
    });
  });

  describe("copies the card bit for bit but for the pending move", () => {
    /** Executes the due move of `cardId` and expects the same word at the new id. */
    async function expectSame(sold: Awaited<ReturnType<typeof loadCard>>, cardId: string) {
      const { escrow, other } = sold;
      const word = await wordOf(escrow, cardId);
      expect(word & MOVING).to.equal(MOVING);
      await escrow.executeMove(cardId, 0n);
      const newCardId = idAt(cardId, other);
      expect(await wordOf(escrow, newCardId)).to.equal(word - MOVING);
      return newCardId;
    }

    it("what was used of it, when it began, its nonce, and a request to leave that has lapsed", async () => {
      const sold = await loadCard();
      const { escrow, holder, cardId } = sold;
      await consume(sold, cardId, 7n);
      for (let i = 0; i < 3; i++) await escrow.connect(holder).cancelExit(cardId);
      const { requestedAt, lapsesAt } = await askToLeave(sold, cardId);
      await at(lapsesAt);
      const { executableAt } = await askToMove(sold, cardId);
      await at(executableAt);
      expect(((await wordOf(escrow, cardId)) >> 208n) & 0xffffffffn).to.equal(requestedAt);
      const newCardId = await expectSame(sold, cardId);
      const card = await escrow.card(newCardId);
      expect([card.consumed, card.nonce, card.exitRequestedAt]).to.deep.equal([7n, 5n, 0n]);
      await expectRefusal(escrow.executeExit(newCardId), escrow, "CardExitNotRequested", newCardId);
    });

    it("that the merchant's contest was dismissed, which it cannot repeat against the new holder", async () => {
      const sold = await loadCard();
      const { escrow, other, operator, cardId } = sold;
      await consume(sold, cardId, 5n);
      await advance(COOLING_OFF);
      await dismissContest(sold, cardId);
      const { executableAt } = await askToMove(sold, cardId);
      await at(executableAt);
      const newCardId = await expectSame(sold, cardId);
      expect((await escrow.dispute(newCardId)).contestDismissed).to.equal(true);
      await escrow.connect(other).requestExit(newCardId);
      const contest = escrow.connect(operator).contestExit(newCardId, EVIDENCE);
      await expectRefusal(contest, escrow, "CardContestDismissed", newCardId);
    });

    it("and with it the wait for the next complaint", async () => {
      const sold = await loadCard();
      const { escrow, other, cardId } = sold;
      await advance(COOLING_OFF);
      const complaintFrom = await dismissComplaint(sold, cardId);
      const { executableAt } = await askToMove(sold, cardId);
      await at(executableAt);
      const newCardId = await expectSame(sold, cardId);
      expect(fieldsOf(await escrow.dispute(newCardId))).to.deep.equal({
        kind: DisputeKind.None,
        value: 0n,
        rulingFrom: 0n,
        rulingUntil: 0n,
        complaintFrom,
        contestDismissed: false,
      });
      await at(complaintFrom - 1n);
      const early = escrow.connect(other).complain(newCardId, EVIDENCE);
      await expectRefusal(early, escrow, "CardComplaintTooEarly", newCardId, complaintFrom - 1n, complaintFrom);
      await at(complaintFrom);
      await expect(escrow.connect(other).complain(newCardId, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    it("but no wait where there was none", async () => {
      const sold = await loadCard();
      const moved = await moveAtOnce(sold, sold.cardId);
      await advance(COOLING_OFF);
      await expect(sold.escrow.connect(sold.other).complain(moved, EVIDENCE)).to.emit(sold.escrow, "ComplaintOpened");
    });

    it("the clock of a pass, which runs on and is charged once", async () => {
      const sold = await loadCard();
      const { escrow, other, operator, merchantId, programs } = sold;
      const pass = await buyCard(sold, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + 20n * DAY);
      await escrow.accrue([pass]);
      const { executableAt } = await askToMove(sold, pass);
      await at(executableAt);
      const moved = await expectSame(sold, pass);
      const time = openedAt + 40n * DAY;
      await at(time);
      const [first, second] = [20n * DAY - ACCRUAL_DELAY, 40n * DAY - ACCRUAL_DELAY];
      await expect(escrow.accrue([moved]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, moved, passPrice(second) - passPrice(first), second);
      await at(openedAt + 41n * DAY);
      // By consent its time counts as booked.
      const refund = 3_600n * TOKEN - passPrice(second);
      await expect(escrow.connect(operator).refundCard(moved))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, moved, other, ExitRule.MerchantConsent, 0n, refund);
    });

    it("the start of an extended pass, and that its cooling-off is over", async () => {
      const sold = await loadCard();
      const { escrow, operator, programs } = sold;
      const pass = await buyCard(sold, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + COOLING_OFF);
      await escrow.connect(operator).extendPasses([pass], 60n * DAY);
      const { executableAt } = await askToMove(sold, pass);
      await at(executableAt);
      const card = await escrow.card(await expectSame(sold, pass));
      expect([card.openedAt, card.coolingOffOver]).to.deep.equal([openedAt + 60n * DAY, true]);
    });

    it("the start of a pass that has not begun", async () => {
      const sold = await loadCard();
      const { escrow, programs } = sold;
      const startsAt = (await now()) + 20n * DAY;
      const pass = await buyCard(sold, { program: programs.pass, startsAt });
      const { executableAt } = await askToMove(sold, pass);
      await at(executableAt);
      const moved = await expectSame(sold, pass);
      expect((await escrow.card(moved)).openedAt).to.equal(startsAt);
    });
  });

  for (const { when, offset } of around) {
    it(`does not restart the cooling-off: ${when} its end it is ${offset < 0n ? "still open" : "over"}`, async () => {
      const sold = await loadCard();
      const { escrow, other, cardId } = sold;
      const { openedAt } = await escrow.card(cardId);
      const moved = await moveAtOnce(sold, cardId);
      await at(openedAt + COOLING_OFF + offset);
      await escrow.connect(other).requestExit(moved);
      const { rule } = await escrow.quoteExit(moved);
      expect(rule).to.equal(offset < 0n ? ExitRule.CoolingOff : ExitRule.NoObjection);
    });
  }

  it("gives the new holder the card's rights, and the old holder none", async () => {
    const sold = await loadCard();
    const { escrow, token, holder, other, merchantId, cardId } = sold;
    await consume(sold, cardId, 5n);
    const moved = await moveAtOnce(sold, cardId);
    await consume(sold, moved, 8n, other);
    await advance(COOLING_OFF);
    const refused = escrow.connect(holder).requestExit(moved);
    await expectRefusal(refused, escrow, "CardHolderOnly", moved, holder.address, other.address);
    await escrow.connect(other).requestExit(moved);
    await advance(EXIT_DELAY);
    // 8 visits: 480 released, and 640 at list price.
    const executed = escrow.executeExit(moved);
    await expect(executed)
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, moved, other, ExitRule.NoObjection, 160n * TOKEN, 560n * TOKEN);
    await expect(executed).to.changeTokenBalance(ethers, token, other, 560n * TOKEN);
  });

  it("can be followed by another move, under a nonce that goes on", async () => {
    const sold = await loadCard();
    const { escrow, other, payer, cardId } = sold;
    const moved = await moveAtOnce(sold, cardId);
    const again = await moveAtOnce(sold, moved, payer, 0n, other);
    const card = await escrow.card(again);
    expect([card.status, card.nonce, await escrow.holderOf(again)]).to.deep.equal([CardStatus.Open, 2n, payer.address]);
  });

  it("moves a card to another id of the same holder", async () => {
    const sold = await loadCard();
    const { escrow, holder, cardId } = sold;
    const moved = await moveAtOnce(sold, cardId, holder, 1n);
    expect((await escrow.card(moved)).status).to.equal(CardStatus.Open);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
  });

  it("carries no recovery along: the new holder's is its own", async () => {
    const sold = await loadRecoverable();
    const { escrow, friend, holder, other, payer, cardId } = sold;
    const moved = await moveAtOnce(sold, cardId);
    const call = escrow.connect(friend).requestMove(moved, friend);
    await expectRefusal(call, escrow, "CardHolderOnly", moved, friend.address, other.address);
    expect(await escrow.recoveryOf(other)).to.equal(ethers.ZeroAddress);
    await escrow.connect(other).setRecovery(payer);
    await expect(escrow.connect(payer).requestMove(moved, holder)).to.emit(escrow, "MoveRequested");
  });

  it("leaves no pending move at the new id", async () => {
    const { escrow, other, cardId } = await loadDue();
    await escrow.executeMove(cardId, 0n);
    const moved = idAt(cardId, other);
    expect((await escrow.pendingMove(moved)).executableAt).to.equal(0n);
    await expectRefusal(escrow.connect(other).cancelMove(moved), escrow, "CardMoveNotRequested", moved);
  });
});
