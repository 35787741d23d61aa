import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { DisputeKind, ExitRule } from "../../../../src/contracts/enums.js";
import { advance, anotherPolicy, at, buyCard, now } from "../../../helpers/actions.js";
import {
  HOLDERS_CAUSE,
  ISSUERS_CAUSE,
  RULING_TIMEOUT,
  complain,
  contest,
  loadCustomers,
  dismiss,
  passPrice,
  uphold,
} from "../../../helpers/disputes.js";
import type { Customers } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { COOLING_OFF, EXIT_DELAY, around, askToLeave, consume, flagDefault, runOff } from "../../../helpers/leaving.js";
import { fieldsOf } from "../../../helpers/struct.js";
import { PASS_FEE, loadChargingPass } from "./charging.js";

/** A card about which there was no dispute. */
const nothing = {
  kind: DisputeKind.None,
  value: 0n,
  rulingFrom: 0n,
  rulingUntil: 0n,
  complaintFrom: 0n,
  contestDismissed: false,
};

const disputeOf = async ({ escrow }: Customers, cardId: string) => fieldsOf(await escrow.dispute(cardId));

/** The quote of the block that is mined at `time`. */
async function quoteAt({ escrow }: Customers, cardId: string, time: bigint) {
  await at(time);
  return fieldsOf(await escrow.quoteExit(cardId, { blockTag: "pending" }));
}

describe("the views of a dispute", () => {
  describe("dispute", () => {
    it("is empty for a card without one, and for one that was never sold", async () => {
      const shop = await loadCustomers();
      const { holder, programs, cardId } = shop;
      const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
      expect(await disputeOf(shop, cardId)).to.deep.equal(nothing);
      expect(await disputeOf(shop, unknown)).to.deep.equal(nothing);
      await askToLeave(shop, cardId);
      expect(await disputeOf(shop, cardId)).to.deep.equal(nothing);
    });

    it("returns a complaint's value and dates, while it is open", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const { rulingFrom, rulingUntil } = await complain(shop, cardId);
      const open = { ...nothing, kind: DisputeKind.Complaint, value: ISSUERS_CAUSE, rulingFrom, rulingUntil };
      expect(await disputeOf(shop, cardId)).to.deep.equal(open);
      await consume(shop, cardId, 6n);
      expect(await disputeOf(shop, cardId)).to.deep.equal(open);
      await dismiss(shop, cardId, rulingFrom);
      const complaintFrom = rulingFrom + RULING_TIMEOUT;
      expect(await disputeOf(shop, cardId)).to.deep.equal({ ...nothing, complaintFrom });
    });

    it("returns a contest's dates and no value, though a complaint had one", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      await complain(shop, cardId);
      const { requestedAt, rulingFrom, rulingUntil } = await contest(shop, cardId);
      // The request took the complaint back.
      const complaintFrom = requestedAt + RULING_TIMEOUT;
      expect(await disputeOf(shop, cardId)).to.deep.equal({
        ...nothing,
        kind: DisputeKind.Contest,
        rulingFrom,
        rulingUntil,
        complaintFrom,
      });
      await dismiss(shop, cardId, rulingFrom);
      expect(await disputeOf(shop, cardId)).to.deep.equal({ ...nothing, complaintFrom, contestDismissed: true });
    });

    it("returns both marks that earlier ones left beside the one that is open", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const first = await complain(shop, cardId);
      await dismiss(shop, cardId, first.rulingFrom);
      const second = await contest(shop, cardId);
      await dismiss(shop, cardId, second.rulingFrom);
      const complaintFrom = first.rulingFrom + RULING_TIMEOUT;
      expect(await disputeOf(shop, cardId)).to.deep.equal({ ...nothing, complaintFrom, contestDismissed: true });
      await at(complaintFrom);
      const { rulingFrom, rulingUntil } = await complain(shop, cardId);
      expect(await disputeOf(shop, cardId)).to.deep.equal({
        kind: DisputeKind.Complaint,
        value: ISSUERS_CAUSE,
        rulingFrom,
        rulingUntil,
        complaintFrom,
        contestDismissed: true,
      });
    });

    it("is over with the card", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await at(rulingFrom);
      await uphold(shop, cardId, 0n);
      expect(await disputeOf(shop, cardId)).to.deep.equal(nothing);
    });
  });

  describe("card", () => {
    it("shows a contested request long after another would have lapsed", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, cardId);
      await at(rulingUntil + DAY);
      const { disputed, exitRequestedAt } = await escrow.card(cardId, { blockTag: "pending" });
      expect([disputed, exitRequestedAt]).to.deep.equal([true, requestedAt]);
    });

    it("shows a complaint, and no request that lapsed before it", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      const { lapsesAt } = await askToLeave(shop, cardId);
      await at(lapsesAt);
      await complain(shop, cardId);
      const { disputed, exitRequestedAt } = await escrow.card(cardId);
      expect([disputed, exitRequestedAt]).to.deep.equal([true, 0n]);
    });
  });

  describe("quoteExit", () => {
    it("returns for a card in complaint what a request made now would bring", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const { openedAt } = await complain(shop, cardId);
      const time = openedAt + DAY;
      expect(await quoteAt(shop, cardId, time)).to.deep.equal({
        rule: ExitRule.NoObjection,
        refund: HOLDERS_CAUSE,
        forfeited: ISSUERS_CAUSE - HOLDERS_CAUSE,
        fee: 0n,
        released: 0n,
        consumed: 5n,
        executableAt: time + EXIT_DELAY,
        lapsesAt: time + 2n * EXIT_DELAY,
      });
    });

    for (const { when, offset } of around) {
      it(`says of a complaint that silence brings it from the end of the time to rule on: ${when}`, async () => {
        const shop = await loadCustomers();
        const { cardId } = shop;
        const { rulingUntil } = await complain(shop, cardId);
        const time = rulingUntil + offset;
        const { rule, refund, executableAt, lapsesAt } = await quoteAt(shop, cardId, time);
        expect([rule, refund, executableAt, lapsesAt]).to.deep.equal(
          offset < 0n
            ? [ExitRule.NoObjection, HOLDERS_CAUSE, time + EXIT_DELAY, time + 2n * EXIT_DELAY]
            : [ExitRule.RulingTimeout, HOLDERS_CAUSE, rulingUntil, rulingUntil + EXIT_DELAY],
        );
      });
    }

    it("says that a complaint is open longer by the time of a withdrawn flag", async () => {
      const shop = await loadCustomers();
      const { escrow, regulator, merchantId, cardId } = shop;
      const { rulingUntil } = await complain(shop, cardId);
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + 4n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      const { executableAt, lapsesAt } = await quoteAt(shop, cardId, rulingUntil);
      expect([executableAt, lapsesAt]).to.deep.equal([rulingUntil, rulingUntil + EXIT_DELAY + 4n * DAY]);
    });

    it("returns for a pass in complaint that its time counts to now, and is what executing pays", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { rulingUntil } = await complain(shop, pass);
      const time = rulingUntil + DAY;
      const consumed = time - passOpenedAt;
      const released = passPrice(consumed);
      const refund = 3_600n * TOKEN - released - PASS_FEE;
      expect(await quoteAt(shop, pass, time)).to.deep.equal({
        rule: ExitRule.RulingTimeout,
        refund,
        forfeited: PASS_FEE,
        fee: PASS_FEE,
        released,
        consumed,
        executableAt: rulingUntil,
        lapsesAt: rulingUntil + EXIT_DELAY,
      });
      await expect(escrow.connect(holder).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, released + PASS_FEE, refund);
    });

    for (const { moment, after } of [
      { moment: "at once", after: 1n },
      { moment: "when the request alone would have lapsed", after: 2n * EXIT_DELAY },
      { moment: "when it can be executed", after: RULING_TIMEOUT + DAY },
    ]) {
      it(`returns for a contested exit ${moment} that it pays by the ruling timeout without a ruling`, async () => {
        const shop = await loadCustomers();
        const { cardId } = shop;
        const { openedAt, rulingUntil } = await contest(shop, cardId);
        expect(await quoteAt(shop, cardId, openedAt + after)).to.deep.equal({
          rule: ExitRule.RulingTimeout,
          refund: HOLDERS_CAUSE,
          forfeited: ISSUERS_CAUSE - HOLDERS_CAUSE,
          fee: 0n,
          released: 0n,
          consumed: 5n,
          executableAt: rulingUntil,
          lapsesAt: 0n,
        });
      });
    }

    it("counts a contested pass to the request, and is what executing pays", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      const consumed = requestedAt - passOpenedAt;
      const released = passPrice(consumed);
      expect(await quoteAt(shop, pass, rulingUntil)).to.deep.equal({
        rule: ExitRule.RulingTimeout,
        refund: 3_600n * TOKEN - released - PASS_FEE,
        forfeited: PASS_FEE,
        fee: PASS_FEE,
        released,
        consumed,
        executableAt: rulingUntil,
        lapsesAt: 0n,
      });
      await expect(escrow.executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(
          merchantId,
          pass,
          holder,
          ExitRule.RulingTimeout,
          released + PASS_FEE,
          3_600n * TOKEN - released - PASS_FEE,
        );
    });

    it("returns for a contested exit in a run-off what it pays when it falls due: all, where service has stopped by then", async () => {
      const shop = await loadChargingPass();
      const { cardId, pass } = shop;
      const { rulingUntil } = await contest(shop, pass);
      const { noticeEndsAt, lastServiceAt } = await runOff(shop, 10n * DAY);
      // Contested before the run-off, so its ruling timeout ends before the notice.
      expect(rulingUntil).to.be.above(lastServiceAt).and.to.be.below(noticeEndsAt);
      for (const { offset } of around) {
        const { rule, forfeited, fee, executableAt, lapsesAt } = await quoteAt(shop, pass, lastServiceAt + offset);
        expect([rule, forfeited, fee]).to.deep.equal([ExitRule.RunOff, 0n, 0n]);
        expect([executableAt, lapsesAt]).to.deep.equal([rulingUntil, 0n]);
      }
      expect((await quoteAt(shop, cardId, lastServiceAt + 2n)).rule).to.equal(ExitRule.RunOff);
    });

    it("returns for a contested exit in a run-off that its timeout ends before the last day of service, and what waiting for that brings", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const { rulingUntil } = await contest(shop, cardId);
      await advance(15n * DAY);
      const { noticeEndsAt, lastServiceAt } = await runOff(shop, 20n * DAY);
      expect(rulingUntil).to.be.below(lastServiceAt);
      for (const { offset } of around) {
        const { rule, refund, executableAt, lapsesAt } = await quoteAt(shop, cardId, lastServiceAt + offset);
        const [named, paid] = offset < 0n ? [ExitRule.RulingTimeout, HOLDERS_CAUSE] : [ExitRule.RunOff, ISSUERS_CAUSE];
        expect([rule, refund, executableAt, lapsesAt]).to.deep.equal([named, paid, rulingUntil, 0n]);
      }
      expect(noticeEndsAt).to.be.above(lastServiceAt);
    });

    it("returns for a contested exit the end of the notice where the ruling timeout is longer", async () => {
      const shop = await loadCustomers();
      const { escrow, regulator, owner, merchantId, cardId } = shop;
      const { rulingUntil } = await contest(shop, cardId);
      // The notice is the merchant's current policy's: the shortest there is.
      const short = await anotherPolicy(shop, { runOffNotice: 7n * DAY });
      await escrow.connect(regulator).setMerchantPolicy(merchantId, short);
      const lastServiceAt = (await now()) + 5n * DAY;
      await escrow.connect(owner).startRunOff(merchantId, lastServiceAt);
      const noticeEndsAt = (await now()) + 7n * DAY;
      expect(noticeEndsAt).to.be.below(rulingUntil);
      expect(await quoteAt(shop, cardId, noticeEndsAt - DAY)).to.deep.equal({
        rule: ExitRule.RunOff,
        refund: ISSUERS_CAUSE,
        forfeited: 0n,
        fee: 0n,
        released: 0n,
        consumed: 5n,
        executableAt: noticeEndsAt,
        lapsesAt: 0n,
      });
    });

    it("returns for a contested exit after a flag the refund at the end of the window, as for everybody", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      await contest(shop, cardId);
      const { windowEndsAt } = await flagDefault(shop);
      expect(await quoteAt(shop, cardId, windowEndsAt - 1n)).to.deep.equal({
        rule: ExitRule.Default,
        refund: ISSUERS_CAUSE,
        forfeited: 0n,
        fee: 0n,
        released: 0n,
        consumed: 5n,
        executableAt: windowEndsAt,
        lapsesAt: 0n,
      });
    });

    it("knows nothing of a dispute that was dismissed", async () => {
      const shop = await loadCustomers();
      const { cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      const quote = await quoteAt(shop, cardId, rulingFrom + DAY);
      expect([quote.rule, quote.executableAt, quote.lapsesAt]).to.deep.equal([
        ExitRule.NoObjection,
        rulingFrom + DAY + EXIT_DELAY,
        rulingFrom + DAY + 2n * EXIT_DELAY,
      ]);
    });
  });

  describe("merchant", () => {
    it("counts the complaints that are open", async () => {
      const shop = await loadChargingPass();
      const { escrow, merchantId, cardId, pass, programs } = shop;
      const fresh = await buyCard(shop, { program: programs.open, principal: 50n * TOKEN });
      await advance(COOLING_OFF);
      const counts = async () => {
        const { complaintCount, complaintValue } = await escrow.merchant(merchantId);
        return [complaintCount, complaintValue];
      };
      expect(await counts()).to.deep.equal([0n, 0n]);
      await complain(shop, cardId);
      await complain(shop, fresh);
      await contest(shop, pass);
      expect(await counts()).to.deep.equal([2n, ISSUERS_CAUSE + 50n * TOKEN]);
      await askToLeave(shop, cardId);
      expect(await counts()).to.deep.equal([1n, 50n * TOKEN]);
    });
  });
});
