import { expect } from "chai";
import { MaxUint256, ZeroHash } from "ethers";

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
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  flagDefault,
} from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf } from "../../../helpers/settling.js";
import { buyChargingPass, loadChargingPass } from "./charging.js";

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
    await advance(COOLING_OFF);
    for (const complained of [cardId, pass, open, spent]) await complain(shop, complained);
    await complain(shop, othersCard, other);
    // 900 of the used card, the pass as booked, 250, nothing, and a card not used.
    expect(await complaintsOf(shop)).to.deep.equal([5n, (900n + 3_600n + 250n + 1_200n) * TOKEN]);
  });

  describe("and cooling-off", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} its end, of a card that is used or not`, async () => {
        for (const visits of [0n, 5n]) {
          const shop = await loadCustomers();
          const { escrow, holder, programs } = shop;
          const fresh = await buyCard(shop, { program: programs.count });
          const end = (await now()) + COOLING_OFF;
          if (visits !== 0n) await consume(shop, fresh, visits);
          await at(end + offset);
          const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
          if (offset < 0n) await expectRefusal(complained, escrow, "CardInCoolingOff", fresh, end - 1n, end);
          else await expect(complained).to.emit(escrow, "ComplaintOpened");
        }
      });

      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} the end of a pass's that begins later`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, programs } = shop;
        const startsAt = (await now()) + 20n * DAY;
        const toCome = await buyCard(shop, { program: programs.pass, startsAt });
        const end = startsAt + COOLING_OFF;
        await at(end + offset);
        const complained = escrow.connect(holder).complain(toCome, EVIDENCE);
        if (offset < 0n) await expectRefusal(complained, escrow, "CardInCoolingOff", toCome, end - 1n, end);
        else await expect(complained).to.emit(escrow, "ComplaintOpened");
      });

      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} its end, which a withdrawn flag put off`, async () => {
        const shop = await loadCustomers();
        const { escrow, regulator, holder, merchantId, programs } = shop;
        const fresh = await buyCard(shop, { program: programs.count });
        const end = (await now()) + COOLING_OFF + 4n * DAY;
        const { flaggedAt } = await flagDefault(shop);
        await at(flaggedAt + 4n * DAY);
        await escrow.connect(regulator).withdrawDefault(merchantId);
        await at(end + offset);
        const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
        if (offset < 0n) await expectRefusal(complained, escrow, "CardInCoolingOff", fresh, end - 1n, end);
        else await expect(complained).to.emit(escrow, "ComplaintOpened");
      });
    }

    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} its end where that is a share of the term`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder } = shop;
        const fresh = await buyChargingPass(shop, { rules: { coolingOffTermBps: 1_000n } });
        // A tenth of a year.
        const end = (await escrow.card(fresh)).openedAt + (365n * DAY) / 10n;
        await at(end + offset);
        const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
        if (offset < 0n) await expectRefusal(complained, escrow, "CardInCoolingOff", fresh, end - 1n, end);
        else await expect(complained).to.emit(escrow, "ComplaintOpened");
      });
    }

    it("is refused of an unused card where the policy asks for that, and accepted once it is used", async () => {
      const shop = await loadCustomers();
      const { escrow, holder } = shop;
      const fresh = await buyChargingPass(shop, { rules: { coolingOffRequiresUnused: true } });
      const end = (await escrow.card(fresh)).openedAt + COOLING_OFF;
      const time = end - DAY;
      await at(time);
      const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
      await expectRefusal(complained, escrow, "CardInCoolingOff", fresh, time, end);
      // The first check-in.
      await consume(shop, fresh, 1n);
      await expect(escrow.connect(holder).complain(fresh, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    it("is accepted of a pass that was extended after it, though it begins anew", async () => {
      const shop = await loadCustomers();
      const { escrow, operator, holder, pass } = shop;
      await escrow.connect(operator).extendPasses([pass], 30n * DAY);
      expect((await escrow.card(pass)).openedAt).to.be.above(await now());
      await expect(escrow.connect(holder).complain(pass, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused for good" : "accepted"} where service stopped ${when} its end`, async () => {
        const shop = await loadCustomers();
        const { escrow, owner, holder, merchantId, programs } = shop;
        const fresh = await buyCard(shop, { program: programs.count });
        const end = (await now()) + COOLING_OFF;
        await escrow.connect(owner).startRunOff(merchantId, end + offset);
        // A request made now pays all that remains, whenever it is made.
        await at(end + 5n * DAY);
        const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
        if (offset < 0n) await expectRefusal(complained, escrow, "CardInCoolingOff", fresh, end + 5n * DAY, MaxUint256);
        else await expect(complained).to.emit(escrow, "ComplaintOpened");
      });
    }

    it("is accepted at once where there is none", async () => {
      const shop = await loadCustomers();
      const { escrow, holder } = shop;
      const fresh = await buyChargingPass(shop, { rules: { coolingOff: 0n } });
      await expect(escrow.connect(holder).complain(fresh, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
    });

    it("is refused for a request to leave that is pending before it is refused for cooling-off", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, programs } = shop;
      const fresh = await buyCard(shop, { program: programs.count });
      const { executableAt } = await askToLeave(shop, fresh);
      const complained = escrow.connect(holder).complain(fresh, EVIDENCE);
      await expectRefusal(complained, escrow, "CardExitPending", fresh, executableAt);
    });
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
    const shop = await loadChargingPass();
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
      const { escrow, holder, stranger, merchantId, cardId } = shop;
      const { lapsesAt } = await askToLeave(shop, cardId);
      await at(lapsesAt);
      const { rulingUntil } = await complain(shop, cardId);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.Complaint);
      expect((await escrow.card(cardId)).exitRequestedAt).to.equal(0n);
      await at(rulingUntil);
      // It is no contest: only the holder executes it.
      const byAnother = escrow.connect(stranger).executeDispute(cardId);
      await expectRefusal(byAnother, escrow, "CardHolderOnly", cardId, stranger.address, holder.address);
      await expect(escrow.connect(holder).executeDispute(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });

    for (const { when, offset } of around) {
      it(`is refused about a pass ${when} the moment another card's request would lapse: a pass's does not`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
        const { requestedAt, executableAt, lapsesAt } = await askToLeave(shop, pass);
        await at(lapsesAt + offset);
        const complained = escrow.connect(holder).complain(pass, EVIDENCE);
        await expectRefusal(complained, escrow, "CardExitPending", pass, executableAt);
        expect((await escrow.card(pass)).exitRequestedAt).to.equal(requestedAt);
        // It is counted to the request, however long that is ago.
        await at(lapsesAt + 50n * DAY);
        const time = passPrice(requestedAt - passOpenedAt);
        await expect(escrow.executeExit(pass))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, pass, holder, ExitRule.NoObjection, time, 3_600n * TOKEN - time);
      });
    }

    it("is accepted about a pass once its request is taken back, and counts its time to the closing", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      const { lapsesAt } = await askToLeave(shop, pass);
      await at(lapsesAt);
      await escrow.connect(holder).cancelExit(pass);
      const { rulingUntil } = await complain(shop, pass);
      await at(rulingUntil);
      const time = passPrice(rulingUntil - passOpenedAt);
      await expect(escrow.connect(stranger).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, time, 3_600n * TOKEN - time);
    });

    it("is ended by a new one", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, other, merchantId, cardId, othersCard } = shop;
      await complain(shop, othersCard, other);
      await complain(shop, cardId);
      const requestedAt = (await now()) + 10n;
      await at(requestedAt);
      const [executableAt, lapsesAt] = [requestedAt + EXIT_DELAY, requestedAt + 2n * EXIT_DELAY];
      expect(await logsOf(escrow, escrow.connect(holder).requestExit(cardId))).to.deep.equal([
        ["ExitRequested", merchantId, cardId, holder.address, executableAt, lapsesAt, 2n],
        ["ComplaintEnded", merchantId, cardId, requestedAt + RULING_TIMEOUT, ZeroHash],
      ]);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
      const card = await escrow.card(cardId);
      expect([card.disputed, card.exitRequestedAt, card.nonce]).to.deep.equal([false, requestedAt, 2n]);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
      expect(await complaintFromOf(escrow, cardId)).to.equal(requestedAt + RULING_TIMEOUT);
    });

    it("is ended by one about a pass, which names no lapse", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass } = shop;
      await complain(shop, pass);
      const requestedAt = (await now()) + 10n;
      await at(requestedAt);
      expect(await logsOf(escrow, escrow.connect(holder).requestExit(pass))).to.deep.equal([
        ["ExitRequested", merchantId, pass, holder.address, requestedAt + EXIT_DELAY, 0n, 2n],
        ["ComplaintEnded", merchantId, pass, requestedAt + RULING_TIMEOUT, ZeroHash],
      ]);
    });

    it("is ended by a signed one", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, relayer, merchantId, cardId } = shop;
      await complain(shop, cardId);
      const { deadline, signature } = await signExit(escrow, holder, cardId);
      const requestedAt = (await now()) + 10n;
      await at(requestedAt);
      await expect(escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature))
        .to.emit(escrow, "ComplaintEnded")
        .withArgs(merchantId, cardId, requestedAt + RULING_TIMEOUT, ZeroHash);
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

    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} ${when} the end of a ruling timeout after one the holder gave up`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, cardId } = shop;
        await complain(shop, cardId);
        const { requestedAt } = await askToLeave(shop, cardId);
        await escrow.connect(holder).cancelExit(cardId);
        const complaintFrom = requestedAt + RULING_TIMEOUT;
        await at(complaintFrom + offset);
        const again = escrow.connect(holder).complain(cardId, EVIDENCE);
        if (offset < 0n) {
          await expectRefusal(again, escrow, "CardComplaintTooEarly", cardId, complaintFrom - 1n, complaintFrom);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        } else {
          await expect(again).to.emit(escrow, "ComplaintOpened");
          expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
        }
      });
    }

    it("does not wait after a request that ended no complaint", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      await expect(escrow.connect(holder).requestExit(cardId)).to.not.emit(escrow, "ComplaintEnded");
      await escrow.connect(holder).cancelExit(cardId);
      expect(await complaintFromOf(escrow, cardId)).to.equal(0n);
      await expect(escrow.connect(holder).complain(cardId, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
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
