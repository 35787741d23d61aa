import { expect } from "chai";

import { CardStatus, DisputeKind, ExitRule, MerchantStatus } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import {
  HOLDERS_CAUSE,
  ISSUERS_CAUSE,
  RULING_TIMEOUT,
  complain,
  complaintsOf,
  contest,
  loadCustomers,
  dismiss,
  disputes,
  passPrice,
  uphold,
} from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  ACCRUAL_DELAY,
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  flagDefault,
  loadBlockingShop,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { PASS_FEE, buyChargingPass, executor, loadChargingPass } from "./charging.js";

/** A shop whose token can refuse the holder, with two cards of the holder and one of `other`, all past cooling-off. */
async function loadBlocking() {
  const shop = await loadBlockingShop();
  const first = await buyCard(shop, { program: shop.programs.count });
  const second = await buyCard(shop, { program: shop.programs.count, serial: 1n });
  const others = await buyCard(shop, { program: shop.programs.count, holder: shop.other });
  await advance(COOLING_OFF);
  return { ...shop, first, second, others };
}

describe("disputes and supervision", () => {
  describe("under a flag", () => {
    for (const { name, kind, open } of disputes) {
      it(`can nobody rule on a ${name} or execute it`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, stranger, merchantId, cardId } = shop;
        const { rulingFrom, rulingUntil } = await open(shop, cardId);
        await at(rulingUntil - 2n * DAY);
        await flagDefault(shop);
        const forbidden = async (call: Promise<unknown>) => {
          await expectRefusal(call, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
        };
        expect(await now()).to.be.above(rulingFrom);
        await forbidden(dismiss(shop, cardId));
        await forbidden(uphold(shop, cardId, 0n));
        await at(rulingUntil);
        await forbidden(escrow.connect(stranger).executeDispute(cardId));
        await forbidden(escrow.connect(holder).executeExitTo(cardId, stranger));
        expect((await escrow.dispute(cardId)).kind).to.equal(kind);
      });

      it(`is a card in a ${name} refunded like every other`, async () => {
        const shop = await loadCustomers();
        const { escrow, token, holder, stranger, merchantId, cardId, othersCard } = shop;
        await open(shop, cardId);
        const { windowEndsAt } = await flagDefault(shop);
        await at(windowEndsAt);
        const refunded = escrow.connect(stranger).refundCards(merchantId, [cardId, othersCard]);
        await expect(refunded)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, ISSUERS_CAUSE);
        await expect(refunded).to.changeTokenBalance(ethers, token, holder, ISSUERS_CAUSE);
        expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
        expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
      });

      it(`is a card in a ${name} refunded where its holder says`, async () => {
        const shop = await loadCustomers();
        const { escrow, token, holder, stranger, merchantId, cardId } = shop;
        await open(shop, cardId);
        const { windowEndsAt } = await flagDefault(shop);
        await at(windowEndsAt);
        const refunded = escrow.connect(holder).executeExitTo(cardId, stranger);
        await expect(refunded)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, stranger, ExitRule.Default, 0n, ISSUERS_CAUSE);
        await expect(refunded).to.changeTokenBalances(ethers, token, [stranger, holder], [ISSUERS_CAUSE, 0n]);
        expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
      });

      it(`are visits of a card in a ${name} still settled`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, cardId } = shop;
        await open(shop, cardId);
        const { windowEndsAt } = await flagDefault(shop);
        await consume(shop, cardId, 6n);
        await at(windowEndsAt);
        await expect(escrow.refundCards(merchantId, [cardId]))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Default, 0n, 840n * TOKEN);
      });

      it(`goes a ${name} on when the flag is withdrawn, with the dates it had`, async () => {
        const shop = await loadCustomers();
        const { escrow, regulator, merchantId, cardId } = shop;
        const { openedAt, rulingFrom, rulingUntil } = await open(shop, cardId);
        const complaints = await complaintsOf(shop);
        await flagDefault(shop);
        await at(rulingFrom + DAY);
        await escrow.connect(regulator).withdrawDefault(merchantId);
        expect(openedAt).to.be.below(rulingFrom);
        const dispute = await escrow.dispute(cardId);
        expect([dispute.kind, dispute.rulingFrom, dispute.rulingUntil]).to.deep.equal([kind, rulingFrom, rulingUntil]);
        expect(await complaintsOf(shop)).to.deep.equal(complaints);
        await at(rulingUntil - 1n);
        await expect(uphold(shop, cardId, 0n)).to.emit(escrow, "DisputeUpheld");
      });

      it(`is a ${name} executed at once when its timeout ended under a flag that was withdrawn`, async () => {
        const shop = await loadCustomers();
        const { escrow, regulator, holder, merchantId, cardId } = shop;
        const { rulingUntil } = await open(shop, cardId);
        await at(rulingUntil - DAY);
        await flagDefault(shop);
        await at(rulingUntil + DAY);
        await escrow.connect(regulator).withdrawDefault(merchantId);
        await expect(escrow.connect(executor(shop, kind)).executeDispute(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
      });
    }

    it("can nobody complain", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, cardId } = shop;
      await flagDefault(shop);
      const complained = escrow.connect(holder).complain(cardId, EVIDENCE);
      await expectRefusal(complained, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
    });

    it("does no request end a complaint, and a complaint no refund", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, cardId } = shop;
      await complain(shop, cardId);
      await flagDefault(shop);
      const asked = escrow.connect(holder).requestExit(cardId);
      await expectRefusal(asked, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
      expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
    });

    it("can a holder take a contested request back", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, cardId } = shop;
      await contest(shop, cardId);
      await flagDefault(shop);
      await expect(escrow.connect(holder).cancelExit(cardId))
        .to.emit(escrow, "ExitCancelled")
        .withArgs(merchantId, cardId, holder, 2n);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
    });

    it("is a pass counted to its contested request, though that is older than any other could be", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt } = await contest(shop, pass);
      await advance(RULING_TIMEOUT + 100n * DAY);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      const time = passPrice(requestedAt - passOpenedAt);
      await expect(escrow.refundCards(merchantId, [pass]))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Default, time, 3_600n * TOKEN - time);
    });

    it("is a pass in complaint counted to the stop of service", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      await complain(shop, pass);
      await advance(20n * DAY);
      const { serviceStoppedAt, windowEndsAt } = await flagDefault(shop, (await now()) - 5n * DAY);
      await at(windowEndsAt);
      const time = passPrice(serviceStoppedAt - passOpenedAt);
      await expect(escrow.refundCards(merchantId, [pass]))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Default, time, 3_600n * TOKEN - time);
    });

    it("never lapses a contested request, a withdrawn flag or not", async () => {
      const shop = await loadChargingPass();
      const { escrow, regulator, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt } = await contest(shop, pass);
      await flagDefault(shop);
      await advance(6n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      // Lifted and long over: two exit delays, and the six days of the flag.
      await at(requestedAt + 300n * DAY);
      const forfeited = passPrice(requestedAt - passOpenedAt) + PASS_FEE;
      await expect(escrow.executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, forfeited, 3_600n * TOKEN - forfeited);
    });
  });

  describe("when the token refuses a holder in everybody's refund", () => {
    it("ends a complaint once, however often it is tried", async () => {
      const shop = await loadBlocking();
      const { escrow, blocking, holder, other, stranger, merchantId, first, others } = shop;
      await complain(shop, first);
      await complain(shop, others, other);
      const { windowEndsAt } = await flagDefault(shop);
      await blocking.setBlocked(holder, true);
      await at(windowEndsAt);
      // Twice in one batch, and in another.
      for (const batch of [[first, first], [first]]) {
        await expect(escrow.connect(stranger).refundCards(merchantId, batch))
          .to.emit(escrow, "RefundFailed")
          .withArgs(merchantId, first, holder, 1_200n * TOKEN);
        expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
        const { status, disputed } = await escrow.card(first);
        expect([status, disputed]).to.deep.equal([CardStatus.Open, false]);
      }
      await expect(escrow.connect(holder).executeExitTo(first, stranger)).to.changeTokenBalance(
        ethers,
        blocking,
        stranger,
        1_200n * TOKEN,
      );
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
    });

    it("leaves the claim of a contested exit, and what its pass is counted to", async () => {
      const shop = await loadBlocking();
      const { escrow, blocking, holder, stranger, merchantId } = shop;
      const pass = await buyChargingPass(shop);
      const { openedAt } = await escrow.card(pass);
      await advance(COOLING_OFF);
      const { requestedAt } = await contest(shop, pass);
      const { windowEndsAt } = await flagDefault(shop);
      await blocking.setBlocked(holder, true);
      await at(windowEndsAt);
      const time = passPrice(requestedAt - openedAt);
      const refund = 3_600n * TOKEN - time;
      await expect(escrow.refundCards(merchantId, [pass]))
        .to.emit(escrow, "RefundFailed")
        .withArgs(merchantId, pass, holder, refund);
      await advance(100n * DAY);
      await expect(escrow.connect(holder).executeExitTo(pass, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, stranger, ExitRule.Default, time, refund);
    });

    it("ends a complaint in a run-off once, and a new one is another", async () => {
      const shop = await loadBlocking();
      const { escrow, blocking, holder, stranger, merchantId, first } = shop;
      await complain(shop, first);
      const { noticeEndsAt } = await runOff(shop);
      await blocking.setBlocked(holder, true);
      await at(noticeEndsAt);
      await escrow.connect(stranger).refundCards(merchantId, [first]);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
      await complain(shop, first);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
      await escrow.connect(stranger).refundCards(merchantId, [first]);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });
  });

  describe("refundCards with another merchant's card in complaint", () => {
    for (const complaints of [0n, 1n]) {
      it(`names the card when the merchant itself has ${complaints}`, async () => {
        const shop = await loadCustomers();
        const { escrow, regulator, merchantId, cardId, othersCard } = shop;
        const second = await anotherMerchant(shop);
        await complain(shop, cardId);
        if (complaints === 1n) await complain(shop, othersCard, shop.other);
        await flagDefault(shop, undefined, second);
        const { windowEndsAt } = await flagDefault(shop);
        await at(windowEndsAt);
        const before = await complaintsOf(shop);
        const refunded = escrow.connect(regulator).refundCards(second, [cardId]);
        await expectRefusal(refunded, escrow, "CardOtherMerchant", cardId, second);
        expect(await complaintsOf(shop)).to.deep.equal(before);
        expect(await complaintsOf(shop, merchantId)).to.deep.equal([1n + complaints, before[1]]);
      });
    }
  });

  describe("in a run-off", () => {
    it("can a holder complain, before the last day of service and after it", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId, pass } = shop;
      const { lastServiceAt } = await runOff(shop);
      await complain(shop, cardId);
      await at(lastServiceAt + DAY);
      await complain(shop, pass);
      expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.Complaint);
      expect((await escrow.dispute(pass)).kind).to.equal(DisputeKind.Complaint);
    });

    for (const { name, kind, open } of disputes) {
      for (const { when, offset } of around) {
        it(`pays executing a ${name} ${offset < 0n ? "holder's cause" : "all"} ${when} the last day of service`, async () => {
          const shop = await loadCustomers();
          const { escrow, holder, merchantId, cardId } = shop;
          await open(shop, cardId);
          await advance(RULING_TIMEOUT - 5n * DAY);
          const { lastServiceAt } = await runOff(shop, 10n * DAY);
          await at(lastServiceAt + offset);
          const [rule, paid] = offset < 0n ? [ExitRule.RulingTimeout, HOLDERS_CAUSE] : [ExitRule.RunOff, ISSUERS_CAUSE];
          // What costs the holder nothing anyone executes.
          const caller = offset < 0n ? executor(shop, kind) : shop.stranger;
          await expect(escrow.connect(caller).executeDispute(cardId))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, rule, ISSUERS_CAUSE - paid, paid);
          expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        });

        it(`${offset < 0n ? "keeps" : "deletes"} the card's slot executing a ${name} ${when} the end of the notice`, async () => {
          const shop = await loadCustomers();
          const { escrow, holder, merchantId, cardId } = shop;
          await open(shop, cardId);
          await advance(DAY);
          const { noticeEndsAt } = await runOff(shop);
          await at(noticeEndsAt + offset);
          await expect(escrow.executeDispute(cardId))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.RunOff, 0n, ISSUERS_CAUSE);
          const { status } = await escrow.card(cardId);
          expect(status).to.equal(offset < 0n ? CardStatus.Closed : CardStatus.None);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        });
      }

      it(`is a card in a ${name} refunded after the notice like every other`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, stranger, merchantId, cardId } = shop;
        await open(shop, cardId);
        const { noticeEndsAt } = await runOff(shop);
        await at(noticeEndsAt);
        await expect(escrow.connect(stranger).refundCards(merchantId, [cardId]))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.RunOff, 0n, ISSUERS_CAUSE);
        expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
      });
    }

    it("waits no ruling longer than the notice", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, merchantId, cardId } = shop;
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt - DAY);
      const { rulingUntil } = await complain(shop, cardId);
      expect(rulingUntil).to.be.above(noticeEndsAt);
      await at(noticeEndsAt - 1n);
      const early = escrow.connect(holder).executeExitTo(cardId, stranger);
      await expectRefusal(early, escrow, "CardRulingPending", cardId, noticeEndsAt - 1n, rulingUntil);
      await at(noticeEndsAt);
      await expect(escrow.connect(holder).executeExitTo(cardId, stranger))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, stranger, ExitRule.RunOff, 0n, ISSUERS_CAUSE);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });

    it("can a contest from before be given up for a request that nobody can contest", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, operator, merchantId, cardId } = shop;
      await contest(shop, cardId);
      await runOff(shop);
      await escrow.connect(holder).cancelExit(cardId);
      const { executableAt } = await askToLeave(shop, cardId);
      const contested = escrow.connect(operator).contestExit(cardId, EVIDENCE);
      await expectRefusal(contested, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
      await at(executableAt);
      await expect(escrow.executeExit(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("is a pass in complaint counted to the last day of service", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { rulingUntil } = await complain(shop, pass);
      const { lastServiceAt } = await runOff(shop);
      await at(rulingUntil);
      const time = passPrice(lastServiceAt - passOpenedAt);
      await expect(escrow.executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RunOff, time, 3_600n * TOKEN - time);
    });

    it("leaves nothing to dispute once the merchant is closed", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, association, merchantId, programs, cardId, pass, othersCard } = shop;
      const spent = await buyCard(shop, { program: programs.count, serial: 1n });
      for (const visited of [cardId, spent]) await consume(shop, visited, 20n);
      await complain(shop, cardId);
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt);
      await escrow.connect(stranger).refundCards(merchantId, [pass, othersCard]);
      await escrow.connect(stranger).closeMerchant(merchantId);
      for (const call of [
        () => escrow.connect(holder).complain(spent, EVIDENCE),
        () => escrow.connect(stranger).executeDispute(cardId),
        () => escrow.connect(association).resolve(cardId, true, 0n, EVIDENCE),
      ]) {
        await expectRefusal(call(), escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Closed);
      }
    });
  });

  describe("while suspended", () => {
    for (const { name, kind, open } of disputes) {
      it(`is a ${name} opened, ruled on and executed as ever`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, programs, cardId } = shop;
        const second = await buyCard(shop, { program: programs.count });
        await consume(shop, second, 5n);
        await advance(COOLING_OFF);
        await suspend(shop);
        const { rulingFrom } = await open(shop, cardId);
        const { rulingUntil } = await open(shop, second);
        await at(rulingFrom);
        await expect(uphold(shop, cardId, 0n)).to.emit(escrow, "DisputeUpheld");
        await at(rulingUntil);
        await expect(escrow.connect(executor(shop, kind)).executeDispute(second))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, second, holder, ExitRule.RulingTimeout, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
      });
    }

    it("is a complaint about a pass opened, and executed by anyone: it costs no fee", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      await suspend(shop);
      const { rulingUntil } = await complain(shop, pass);
      await at(rulingUntil);
      const time = passPrice(rulingUntil - passOpenedAt);
      await expect(escrow.connect(stranger).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, time, 3_600n * TOKEN - time);
    });

    it("is a pass contested before paid without a fee", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, stranger, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      await suspend(shop);
      await at(rulingUntil);
      const time = passPrice(requestedAt - passOpenedAt);
      await expect(escrow.connect(stranger).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, time, 3_600n * TOKEN - time);
    });
  });

  describe("the merchant's own refund", () => {
    for (const { name, open } of disputes) {
      it(`ends a ${name} and pays all that remains`, async () => {
        const shop = await loadCustomers();
        const { escrow, token, holder, other, operator, merchantId, cardId, othersCard } = shop;
        await complain(shop, othersCard, other);
        await open(shop, cardId);
        const refunded = escrow.connect(operator).refundCard(cardId);
        await expect(refunded)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, 0n, ISSUERS_CAUSE);
        await expect(refunded).to.changeTokenBalance(ethers, token, holder, ISSUERS_CAUSE);
        const { status, disputed } = await escrow.card(cardId);
        expect([status, disputed]).to.deep.equal([CardStatus.Closed, false]);
        expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
      });
    }

    it("counts a contested pass to its request, and one in complaint as it is booked", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, operator, merchantId, programs, pass, passOpenedAt } = shop;
      const second = await buyCard(shop, { program: programs.pass, serial: 1n });
      const secondOpenedAt = await now();
      const accruedAt = secondOpenedAt + 2n * ACCRUAL_DELAY;
      await at(accruedAt);
      await escrow.accrue([second]);
      const { requestedAt } = await contest(shop, pass);
      await complain(shop, second);
      await advance(3n * EXIT_DELAY);
      const time = passPrice(requestedAt - passOpenedAt);
      await expect(escrow.connect(operator).refundCard(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.MerchantConsent, time, 3_600n * TOKEN - time);
      // Without a request nobody counts the time that is not booked.
      const booked = passPrice(ACCRUAL_DELAY);
      await expect(escrow.connect(operator).refundCard(second))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, second, holder, ExitRule.MerchantConsent, 0n, 3_600n * TOKEN - booked);
    });
  });

  it("leaves the holder of a disputed card two flags away from the refund at most", async () => {
    const shop = await loadCustomers();
    const { escrow, regulator, merchantId, cardId } = shop;
    const { openedAt } = await contest(shop, cardId);
    await at(openedAt + RULING_TIMEOUT - 1n);
    const first = await flagDefault(shop);
    await at(first.windowEndsAt - 1n);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const second = await flagDefault(shop);
    await expectRefusal(
      escrow.connect(regulator).withdrawDefault(merchantId),
      escrow,
      "MerchantFlagStands",
      merchantId,
    );
    await at(second.windowEndsAt);
    await expect(escrow.refundCards(merchantId, [cardId])).to.emit(escrow, "CardRefunded");
  });
});
