import { expect } from "chai";
import { ZeroHash } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, ExitRule } from "../../../../src/contracts/enums.js";
import { advance, at, buyCard, now, signExit } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import {
  HOLDERS_CAUSE,
  ISSUERS_CAUSE,
  RULING_TIMEOUT,
  complain,
  complaintFromOf,
  complaintsOf,
  contest,
  loadCustomers,
  dismiss,
  passPrice,
} from "../../../helpers/disputes.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { EVIDENCE, EXIT_DELAY, around, askToLeave, consume } from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";

describe("complain", () => {
  it("opens a dispute and emits its value, its dates and the card's next nonce", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, merchantId, cardId } = shop;
    const openedAt = (await now()) + 50n;
    await at(openedAt);
    await expect(escrow.connect(holder).complain(cardId, EVIDENCE))
      .to.emit(escrow, "ComplaintOpened")
      .withArgs(
        merchantId,
        cardId,
        holder,
        ISSUERS_CAUSE,
        openedAt + EXIT_DELAY,
        openedAt + RULING_TIMEOUT,
        1n,
        EVIDENCE,
      );
    const card = await escrow.card(cardId);
    expect([card.status, card.disputed, card.nonce, card.exitRequestedAt]).to.deep.equal([
      CardStatus.Open,
      true,
      1n,
      0n,
    ]);
    expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
  });

  it("moves no money", async () => {
    const { escrow, token, holder, vault, cardId } = await loadCustomers();
    await expect(escrow.connect(holder).complain(cardId, ZeroHash)).to.changeTokenBalances(
      ethers,
      token,
      [holder, vault],
      [0n, 0n],
    );
  });

  it("adds to the merchant's open complaints what remains of each card", async () => {
    const shop = await loadCustomers();
    const { other, programs, cardId, pass, othersCard } = shop;
    const open = await buyCard(shop, { program: programs.open, principal: 250n * TOKEN });
    const spent = await buyCard(shop, { program: programs.count, serial: 1n });
    await consume(shop, spent, 20n);
    for (const complained of [cardId, pass, open, spent]) await complain(shop, complained);
    await complain(shop, othersCard, other);
    // 900 of the used card, the pass as booked, 250, nothing, and a card not used.
    expect(await complaintsOf(shop)).to.deep.equal([5n, (900n + 3_600n + 250n + 1_200n) * TOKEN]);
  });

  it("is possible in cooling-off too", async () => {
    const shop = await loadCustomers();
    const { escrow, programs } = shop;
    const fresh = await buyCard(shop, { program: programs.count });
    await complain(shop, fresh);
    expect((await escrow.dispute(fresh)).kind).to.equal(DisputeKind.Complaint);
  });

  it("is the holder's alone", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    for (const caller of everybodyBut(shop, "holder")) {
      const complained = escrow.connect(caller).complain(cardId, EVIDENCE);
      await expectRefusal(complained, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
    }
  });

  it("is refused for a card that was never sold, and for a closed one", async () => {
    const { escrow, holder, operator, programs, cardId } = await loadCustomers();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
    const onUnknown = escrow.connect(holder).complain(unknown, EVIDENCE);
    await expectRefusal(onUnknown, escrow, "CardNotOpen", unknown, CardStatus.None);
    await escrow.connect(operator).refundCard(cardId);
    const onClosed = escrow.connect(holder).complain(cardId, EVIDENCE);
    await expectRefusal(onClosed, escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  it("is refused while a dispute about the card is open", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId, pass } = shop;
    await complain(shop, cardId);
    const again = escrow.connect(holder).complain(cardId, EVIDENCE);
    await expectRefusal(again, escrow, "CardInDispute", cardId, DisputeKind.Complaint);
    await contest(shop, pass);
    const overContest = escrow.connect(holder).complain(pass, EVIDENCE);
    await expectRefusal(overContest, escrow, "CardInDispute", pass, DisputeKind.Contest);
    expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
  });

  it("ends a pending move", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, other, stranger, cardId } = shop;
    await escrow.connect(holder).requestMove(cardId, other);
    expect((await escrow.card(cardId)).moving).to.equal(true);
    await complain(shop, cardId);
    expect((await escrow.card(cardId)).moving).to.equal(false);
    await advance(EXIT_DELAY);
    const moved = escrow.connect(stranger).executeMove(cardId, 1n);
    await expectRefusal(moved, escrow, "CardMoveNotRequested", cardId);
  });

  it("voids what the holder had signed", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, relayer, cardId } = shop;
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await complain(shop, cardId);
    const request = escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
    await expectRefusal(request, escrow, "SignatureInvalid", holder.address);
  });

  it("wraps the nonce after 255", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    for (let i = 0; i < 255; i++) await escrow.connect(holder).cancelExit(cardId);
    expect((await escrow.card(cardId)).nonce).to.equal(255n);
    await complain(shop, cardId);
    const card = await escrow.card(cardId);
    expect([card.nonce, card.status, card.disputed]).to.deep.equal([0n, CardStatus.Open, true]);
  });

  describe("and a request to leave", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} the request's lapse`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, cardId } = shop;
        const { executableAt, lapsesAt } = await askToLeave(shop, cardId);
        await at(lapsesAt + offset);
        const complained = escrow.connect(holder).complain(cardId, EVIDENCE);
        if (offset < 0n) await expectRefusal(complained, escrow, "CardExitPending", cardId, executableAt);
        else await expect(complained).to.emit(escrow, "ComplaintOpened");
      });
    }

    it("is accepted once the request is taken back", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      await askToLeave(shop, cardId);
      await escrow.connect(holder).cancelExit(cardId);
      await expect(escrow.connect(holder).complain(cardId, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    it("takes nothing over from one that has lapsed", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      const { lapsesAt } = await askToLeave(shop, pass);
      await at(lapsesAt);
      const { rulingUntil } = await complain(shop, pass);
      expect((await escrow.dispute(pass)).kind).to.equal(DisputeKind.Complaint);
      expect((await escrow.card(pass)).exitRequestedAt).to.equal(0n);
      await at(rulingUntil);
      const time = passPrice(rulingUntil - passOpenedAt);
      await expect(escrow.connect(stranger).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, time, 3_600n * TOKEN - time);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });

    it("is ended by a new one", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, other, merchantId, cardId, othersCard } = shop;
      await complain(shop, othersCard, other);
      await complain(shop, cardId);
      const requestedAt = (await now()) + 10n;
      await at(requestedAt);
      await expect(escrow.connect(holder).requestExit(cardId))
        .to.emit(escrow, "ExitRequested")
        .withArgs(merchantId, cardId, holder, requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY, 2n);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
      const card = await escrow.card(cardId);
      expect([card.disputed, card.exitRequestedAt, card.nonce]).to.deep.equal([false, requestedAt, 2n]);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
    });

    it("is ended by a signed one", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, relayer, cardId } = shop;
      await complain(shop, cardId);
      const { deadline, signature } = await signExit(escrow, holder, cardId);
      await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
    });

    it("is ended once by a request and not again by the closing", async () => {
      const shop = await loadCustomers();
      const { escrow, other, holder, stranger, merchantId, cardId, othersCard } = shop;
      await complain(shop, othersCard, other);
      await complain(shop, cardId);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
    });

    it("may follow at once when the holder has given the first up", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      await complain(shop, cardId);
      await askToLeave(shop, cardId);
      await escrow.connect(holder).cancelExit(cardId);
      await complain(shop, cardId);
      expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
    });

    it("goes on when the holder cancels an exit that is not there", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, cardId } = shop;
      const { rulingFrom, rulingUntil } = await complain(shop, cardId);
      await expect(escrow.connect(holder).cancelExit(cardId))
        .to.emit(escrow, "ExitCancelled")
        .withArgs(merchantId, cardId, holder, 2n);
      const dispute = await escrow.dispute(cardId);
      expect([dispute.kind, dispute.rulingFrom, dispute.rulingUntil]).to.deep.equal([
        DisputeKind.Complaint,
        rulingFrom,
        rulingUntil,
      ]);
      expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
    });
  });

  describe("after a dismissed one", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} the end of a ruling timeout`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, cardId } = shop;
        const { rulingFrom } = await complain(shop, cardId);
        await dismiss(shop, cardId, rulingFrom);
        const complaintFrom = rulingFrom + RULING_TIMEOUT;
        await at(complaintFrom + offset);
        const again = escrow.connect(holder).complain(cardId, EVIDENCE);
        if (offset < 0n) {
          await expectRefusal(again, escrow, "CardComplaintTooEarly", cardId, complaintFrom - 1n, complaintFrom);
        } else {
          await expect(again).to.emit(escrow, "ComplaintOpened");
          expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
        }
      });
    }

    it("waits as long whatever the holder does to the card meanwhile", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const { rulingFrom } = await complain(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      await askToLeave(shop, cardId);
      await escrow.connect(holder).cancelExit(cardId);
      const complaintFrom = rulingFrom + RULING_TIMEOUT;
      expect(await complaintFromOf(escrow, cardId)).to.equal(complaintFrom);
      const time = (await now()) + 1n;
      await at(time);
      const again = escrow.connect(holder).complain(cardId, EVIDENCE);
      await expectRefusal(again, escrow, "CardComplaintTooEarly", cardId, time, complaintFrom);
    });

    it("does not wait for another card of the same holder", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId, pass } = shop;
      const { rulingFrom } = await complain(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      await expect(escrow.connect(holder).complain(pass, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    it("does not wait where a contest was dismissed", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      await expect(escrow.connect(holder).complain(cardId, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });
  });
});
