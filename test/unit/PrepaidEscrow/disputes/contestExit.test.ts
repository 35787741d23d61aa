import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, ExitRule, MerchantStatus, ProgramKind } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
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
  passPrice,
} from "../../../helpers/disputes.js";
import type { Customers } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  flagDefault,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { buyChargingAmounts, buyChargingPass, loadChargingPass } from "./charging.js";

/** An operator contests. */
const contestBy = async ({ escrow, operator }: Customers, cardId: string) =>
  await escrow.connect(operator).contestExit(cardId, EVIDENCE);

/** A merchant under other rules, and its programs: visits, and a pass. */
async function sellUnder(shop: Customers, rules: Parameters<typeof anotherPolicy>[1]) {
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
  const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
  const year = { kind: ProgramKind.Pass, price: 3_600n * TOKEN, units: 365n * DAY, listPrice: 3_600n * TOKEN };
  return {
    merchantId,
    count: await anotherProgram(shop, visits, merchantId),
    pass: await anotherProgram(shop, year, merchantId),
  };
}

describe("contestExit", () => {
  it("opens a dispute about the request, and emits its dates", async () => {
    const shop = await loadCustomers();
    const { escrow, operator, merchantId, cardId } = shop;
    const { requestedAt } = await askToLeave(shop, cardId);
    const openedAt = requestedAt + DAY;
    await at(openedAt);
    await expect(contestBy(shop, cardId))
      .to.emit(escrow, "ExitContested")
      .withArgs(merchantId, cardId, operator, openedAt + EXIT_DELAY, openedAt + RULING_TIMEOUT, EVIDENCE);
    const card = await escrow.card(cardId);
    // The request stands, and what the holder signs next carries the nonce the request left.
    expect([card.status, card.disputed, card.exitRequestedAt, card.nonce]).to.deep.equal([
      CardStatus.Open,
      true,
      requestedAt,
      1n,
    ]);
  });

  it("names the operator that contests, not who calls through it where that is a contract", async () => {
    const shop = await loadCustomers();
    const { escrow, owner, stranger, merchantId, cardId } = shop;
    const operator = await ethers.deployContract("Batch");
    await escrow.connect(owner).setOperator(merchantId, operator, true);
    const { requestedAt } = await askToLeave(shop, cardId);
    const openedAt = requestedAt + DAY;
    await at(openedAt);
    const contested = escrow.interface.encodeFunctionData("contestExit", [cardId, EVIDENCE]);
    await expect(operator.connect(stranger).run(escrow, [contested]))
      .to.emit(escrow, "ExitContested")
      .withArgs(merchantId, cardId, operator, openedAt + EXIT_DELAY, openedAt + RULING_TIMEOUT, EVIDENCE);
  });

  it("moves no money, and is no complaint", async () => {
    const shop = await loadCustomers();
    const { token, holder, vault, cardId } = shop;
    await askToLeave(shop, cardId);
    await expect(contestBy(shop, cardId)).to.changeTokenBalances(ethers, token, [holder, vault], [0n, 0n]);
    expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
  });

  it("is for the merchant's tills alone", async () => {
    const shop = await loadCustomers();
    const { escrow, merchantId, cardId } = shop;
    await askToLeave(shop, cardId);
    for (const caller of everybodyBut(shop, "operator")) {
      const contested = escrow.connect(caller).contestExit(cardId, EVIDENCE);
      await expectRefusal(contested, escrow, "MerchantOperatorOnly", merchantId, caller.address);
    }
  });

  it("is not for another merchant's tills, nor for one that was dismissed", async () => {
    const shop = await loadCustomers();
    const { escrow, owner, operator, stranger, merchantId, cardId } = shop;
    const second = await anotherMerchant(shop);
    await escrow.connect(owner).setOperator(second, stranger, true);
    await escrow.connect(owner).setOperator(merchantId, operator, false);
    await askToLeave(shop, cardId);
    for (const caller of [stranger, operator]) {
      const contested = escrow.connect(caller).contestExit(cardId, EVIDENCE);
      await expectRefusal(contested, escrow, "MerchantOperatorOnly", merchantId, caller.address);
    }
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "accepted" : "refused"} ${when} the end of the exit delay`, async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      const time = executableAt + offset;
      await at(time);
      const contested = contestBy(shop, cardId);
      if (offset < 0n) await expect(contested).to.emit(escrow, "ExitContested");
      else await expectRefusal(contested, escrow, "CardContestTooLate", cardId, time, executableAt);
    });
  }

  it("is refused without a request, and when that is taken back or has lapsed", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    await expectRefusal(contestBy(shop, cardId), escrow, "CardExitNotRequested", cardId);
    const { requestedAt } = await askToLeave(shop, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    await expectRefusal(contestBy(shop, cardId), escrow, "CardExitNotRequested", cardId);
    await askToLeave(shop, cardId);
    await at(requestedAt + 3n * EXIT_DELAY);
    await expectRefusal(contestBy(shop, cardId), escrow, "CardExitNotRequested", cardId);
  });

  it("is refused while a dispute is open", async () => {
    const shop = await loadCustomers();
    const { escrow, cardId, pass } = shop;
    await contest(shop, cardId);
    await expectRefusal(contestBy(shop, cardId), escrow, "CardInDispute", cardId, DisputeKind.Contest);
    await complain(shop, pass);
    await expectRefusal(contestBy(shop, pass), escrow, "CardInDispute", pass, DisputeKind.Complaint);
  });

  it("is refused for a card that was never sold, and for a closed one", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, operator, programs, cardId } = shop;
    const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
    await expectRefusal(contestBy(shop, unknown), escrow, "CardNotOpen", unknown, CardStatus.None);
    await askToLeave(shop, cardId);
    await escrow.connect(operator).refundCard(cardId);
    await expectRefusal(contestBy(shop, cardId), escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  describe("and cooling-off", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "accepted"} for a request made ${when} its end`, async () => {
        const shop = await loadCustomers();
        const { escrow, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const end = (await escrow.card(cardId)).openedAt + COOLING_OFF;
        await consume(shop, cardId, 1n);
        await at(end + offset);
        await askToLeave(shop, cardId);
        const contested = contestBy(shop, cardId);
        if (offset < 0n) await expectRefusal(contested, escrow, "CardExitNotContestable", cardId, ExitRule.CoolingOff);
        else await expect(contested).to.emit(escrow, "ExitContested");
      });
    }

    it("is refused for a card used in cooling-off, unless the policy asks for an unused one", async () => {
      const shop = await loadCustomers();
      const { escrow, programs } = shop;
      const { count } = await sellUnder(shop, { coolingOffRequiresUnused: true });
      for (const { program, visits, contestable } of [
        { program: programs.count, visits: 1n, contestable: false },
        { program: count, visits: 0n, contestable: false },
        { program: count, visits: 1n, contestable: true },
      ]) {
        const cardId = await buyCard(shop, { program });
        if (visits !== 0n) await consume(shop, cardId, visits);
        await askToLeave(shop, cardId);
        if (contestable) await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
        else
          await expectRefusal(contestBy(shop, cardId), escrow, "CardExitNotContestable", cardId, ExitRule.CoolingOff);
      }
    });

    it("takes a pass with a check-in for used, and one without for unused, whether it has begun or not", async () => {
      const shop = await loadCustomers();
      const { escrow } = shop;
      const rules = { coolingOffRequiresUnused: true };
      const used = await buyChargingPass(shop, { rules });
      const begun = await buyChargingPass(shop, { rules });
      const toCome = await buyChargingPass(shop, { rules, startsAt: (await now()) + 20n * DAY });
      await consume(shop, used, 1n);
      await advance(DAY);
      await askToLeave(shop, used);
      await expect(contestBy(shop, used)).to.emit(escrow, "ExitContested");
      for (const unused of [begun, toCome]) {
        await askToLeave(shop, unused);
        await expectRefusal(contestBy(shop, unused), escrow, "CardExitNotContestable", unused, ExitRule.CoolingOff);
      }
    });
  });

  it("is refused where the program lets holders leave at any time", async () => {
    const shop = await loadCustomers();
    const { escrow } = shop;
    const { count, pass } = await sellUnder(shop, { unilateralExit: true });
    const cards = [await buyCard(shop, { program: count }), await buyCard(shop, { program: pass })];
    await advance(COOLING_OFF);
    for (const cardId of cards) {
      await askToLeave(shop, cardId);
      await expectRefusal(contestBy(shop, cardId), escrow, "CardExitNotContestable", cardId, ExitRule.Unilateral);
    }
  });

  describe("where nothing is at stake, as the exit pays in full,", () => {
    /* 20 visits for 1 200, at 80 each without discount. */
    for (const [visits, refused] of [
      [0n, 1_200n * TOKEN],
      [1n, undefined],
      [19n, undefined],
      [20n, 0n],
    ] as const) {
      it(`is ${refused === undefined ? "accepted" : "refused"} after ${visits} of 20 visits at a discount`, async () => {
        const shop = await loadCustomers();
        const { escrow, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        if (visits !== 0n) await consume(shop, cardId, visits);
        await advance(COOLING_OFF);
        await askToLeave(shop, cardId);
        const contested = contestBy(shop, cardId);
        if (refused === undefined) await expect(contested).to.emit(escrow, "ExitContested");
        else await expectRefusal(contested, escrow, "CardExitPaysInFull", cardId, refused);
      });
    }

    it("is refused for an open amount, unless leaving costs a fee", async () => {
      const shop = await loadCustomers();
      const { escrow, programs } = shop;
      const plain = await buyCard(shop, { program: programs.open, principal: 500n * TOKEN });
      const [charged] = await buyChargingAmounts(shop, [500n * TOKEN]);
      for (const cardId of [plain, charged!]) await consume(shop, cardId, 120n * TOKEN);
      await advance(COOLING_OFF);
      await askToLeave(shop, plain);
      await expectRefusal(contestBy(shop, plain), escrow, "CardExitPaysInFull", plain, 380n * TOKEN);
      await askToLeave(shop, charged!);
      await expect(contestBy(shop, charged!)).to.emit(escrow, "ExitContested");
    });

    it("is refused for an unused card, unless leaving costs a flat fee", async () => {
      const shop = await loadCustomers();
      const { escrow, programs } = shop;
      const plain = await buyCard(shop, { program: programs.count });
      const charged = await buyCard(shop, { program: (await sellUnder(shop, { feeFlat: 1n })).count });
      await advance(COOLING_OFF);
      await askToLeave(shop, plain);
      await expectRefusal(contestBy(shop, plain), escrow, "CardExitPaysInFull", plain, 1_200n * TOKEN);
      await askToLeave(shop, charged);
      await expect(contestBy(shop, charged)).to.emit(escrow, "ExitContested");
    });

    it("is refused for a pass, unless leaving costs a fee that its program charges", async () => {
      const shop = await loadChargingPass();
      const { escrow, programs, pass } = shop;
      const plain = await buyCard(shop, { program: programs.pass });
      const free = await buyChargingPass(shop, { feeFree: true });
      await advance(COOLING_OFF);
      for (const cardId of [plain, free]) {
        const { openedAt } = await escrow.card(cardId);
        const { requestedAt } = await askToLeave(shop, cardId);
        const refund = 3_600n * TOKEN - passPrice(requestedAt - openedAt);
        await expectRefusal(contestBy(shop, cardId), escrow, "CardExitPaysInFull", cardId, refund);
      }
      await askToLeave(shop, pass);
      await expect(contestBy(shop, pass)).to.emit(escrow, "ExitContested");
    });

    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "accepted" : "refused"} for a request ${when} the end of a pass`, async () => {
        const shop = await loadChargingPass();
        const { escrow, pass, passOpenedAt } = shop;
        await at(passOpenedAt + 365n * DAY + offset);
        await askToLeave(shop, pass);
        const contested = contestBy(shop, pass);
        if (offset < 0n) await expect(contested).to.emit(escrow, "ExitContested");
        else await expectRefusal(contested, escrow, "CardExitPaysInFull", pass, 0n);
      });

      it(`is ${offset < 0n ? "refused" : "accepted"} if the exit falls due ${when} the end of a suspension, which waives the fee`, async () => {
        const shop = await loadChargingPass();
        const { escrow, pass, passOpenedAt } = shop;
        const until = await suspend(shop);
        await at(until - EXIT_DELAY + offset);
        const { requestedAt, executableAt } = await askToLeave(shop, pass);
        expect(executableAt).to.equal(until + offset);
        const contested = contestBy(shop, pass);
        const refund = 3_600n * TOKEN - passPrice(requestedAt - passOpenedAt);
        if (offset < 0n) await expectRefusal(contested, escrow, "CardExitPaysInFull", pass, refund);
        else await expect(contested).to.emit(escrow, "ExitContested");
      });
    }

    it("is refused for that after the other reasons: the rule, and the end of the exit delay", async () => {
      const shop = await loadCustomers();
      const { escrow, programs, pass } = shop;
      const fresh = await buyCard(shop, { program: programs.count });
      await askToLeave(shop, fresh);
      await expectRefusal(contestBy(shop, fresh), escrow, "CardExitNotContestable", fresh, ExitRule.CoolingOff);
      const { requestedAt, executableAt } = await askToLeave(shop, pass);
      const refund = 3_600n * TOKEN - passPrice(requestedAt - shop.passOpenedAt);
      await at(executableAt - 1n);
      await expectRefusal(contestBy(shop, pass), escrow, "CardExitPaysInFull", pass, refund);
      for (const time of [executableAt, executableAt + 1n]) {
        await at(time);
        await expectRefusal(contestBy(shop, pass), escrow, "CardContestTooLate", pass, time, executableAt);
      }
    });

    it("goes by what is settled when it is contested, not when the holder asked", async () => {
      const shop = await loadCustomers();
      const { escrow, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await advance(COOLING_OFF);
      await askToLeave(shop, cardId);
      await expectRefusal(contestBy(shop, cardId), escrow, "CardExitPaysInFull", cardId, 1_200n * TOKEN);
      await consume(shop, cardId, 1n);
      await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
    });
  });

  it("comes too late for a pass's request that is old, which has not lapsed", async () => {
    const shop = await loadChargingPass();
    const { escrow, pass } = shop;
    const { requestedAt, executableAt } = await askToLeave(shop, pass);
    const time = requestedAt + 3n * EXIT_DELAY;
    await at(time);
    await expectRefusal(contestBy(shop, pass), escrow, "CardContestTooLate", pass, time, executableAt);
  });

  describe("after a dismissal", () => {
    it("is refused on that card for ever, and free on another", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, cardId, pass } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      for (let i = 0; i < 2; i++) {
        await askToLeave(shop, cardId);
        await expectRefusal(contestBy(shop, cardId), escrow, "CardContestDismissed", cardId);
        await escrow.connect(holder).cancelExit(cardId);
      }
      await complain(shop, cardId);
      await askToLeave(shop, cardId);
      await expectRefusal(contestBy(shop, cardId), escrow, "CardContestDismissed", cardId);
      await askToLeave(shop, pass);
      await expect(contestBy(shop, pass)).to.emit(escrow, "ExitContested");
    });

    it("is refused on the card under its next holder too", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, other, operator, programs, cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      await escrow.connect(holder).requestMove(cardId, other);
      await escrow.connect(operator).consentMove(cardId, (await escrow.card(cardId)).nonce);
      await escrow.connect(other).executeMove(cardId, 1n);
      const moved = encodeCardId({ holder: other.address, programId: programs.count, serial: 1n });
      await askToLeave(shop, moved, other);
      await expectRefusal(contestBy(shop, moved), escrow, "CardContestDismissed", moved);
    });

    it("is free when it was a complaint that was dismissed", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      const { rulingFrom } = await complain(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      await askToLeave(shop, cardId);
      await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
    });
  });

  describe("makes the request wait", () => {
    it("beyond its exit delay and its lapse", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, cardId } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, cardId);
      const executableAt = requestedAt + EXIT_DELAY;
      for (const time of [executableAt, executableAt + EXIT_DELAY, rulingUntil - 1n]) {
        await at(time);
        const executed = escrow.connect(stranger).executeExit(cardId);
        await expectRefusal(executed, escrow, "CardInDispute", cardId, DisputeKind.Contest);
        expect((await escrow.card(cardId)).exitRequestedAt).to.equal(requestedAt);
        const again = escrow.connect(holder).requestExit(cardId);
        await expectRefusal(again, escrow, "CardExitPending", cardId, executableAt);
      }
      // Long after, it is still there.
      await at(rulingUntil + 400n * DAY);
      await expect(escrow.connect(stranger).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("and its holder can take it back, which ends the contest without a dismissal", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, cardId } = shop;
      await contest(shop, cardId);
      await expect(escrow.connect(holder).cancelExit(cardId))
        .to.emit(escrow, "ExitCancelled")
        .withArgs(merchantId, cardId, holder, 2n);
      const [card, dispute] = [await escrow.card(cardId), await escrow.dispute(cardId)];
      expect([card.disputed, card.exitRequestedAt]).to.deep.equal([false, 0n]);
      expect([dispute.kind, dispute.contestDismissed]).to.deep.equal([DisputeKind.None, false]);
      await askToLeave(shop, cardId);
      await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
    });

    it("and its holder can take that of a pass back, which gives no time back", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, pass, passOpenedAt } = shop;
      await contest(shop, pass);
      await advance(20n * DAY);
      await expect(escrow.connect(holder).cancelExit(pass)).to.not.emit(escrow, "PassExtended");
      const { openedAt, coolingOffOver } = await escrow.card(pass);
      expect([openedAt, coolingOffOver]).to.deep.equal([passOpenedAt, false]);
    });

    it("and a till can still agree to it", async () => {
      const shop = await loadCustomers();
      const { escrow, operator, holder, merchantId, cardId } = shop;
      await contest(shop, cardId);
      await expect(escrow.connect(operator).refundCard(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.MerchantConsent, 0n, ISSUERS_CAUSE);
    });
  });

  describe("by the merchant's status", () => {
    it("is accepted while it is suspended", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      await suspend(shop);
      await askToLeave(shop, cardId);
      await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
    });

    it("is refused in a run-off, for requests made before it too", async () => {
      const shop = await loadCustomers();
      const { escrow, merchantId, cardId, pass } = shop;
      await askToLeave(shop, cardId);
      await runOff(shop);
      await askToLeave(shop, pass);
      for (const requested of [cardId, pass]) {
        const contested = contestBy(shop, requested);
        await expectRefusal(contested, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.RunOff);
      }
    });

    it("is refused under a flag, and once it is withdrawn accepted for what is left of the exit delay", async () => {
      const shop = await loadCustomers();
      const { escrow, regulator, merchantId, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      await flagDefault(shop);
      const contested = contestBy(shop, cardId);
      await expectRefusal(contested, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
      await at(executableAt - 2n);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await at(executableAt - 1n);
      await expect(contestBy(shop, cardId)).to.emit(escrow, "ExitContested");
    });

    it("comes too late when the exit delay ended under a flag that was withdrawn", async () => {
      const shop = await loadCustomers();
      const { escrow, regulator, merchantId, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      await flagDefault(shop);
      await at(executableAt);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await at(executableAt + 1n);
      await expectRefusal(
        contestBy(shop, cardId),
        escrow,
        "CardContestTooLate",
        cardId,
        executableAt + 1n,
        executableAt,
      );
    });

    it("is refused for a closed merchant", async () => {
      const shop = await loadCustomers();
      const { escrow, stranger, merchantId, cardId, pass, othersCard } = shop;
      await consume(shop, cardId, 20n);
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt);
      await escrow.connect(stranger).refundCards(merchantId, [pass, othersCard]);
      await escrow.connect(stranger).closeMerchant(merchantId);
      const contested = contestBy(shop, cardId);
      await expectRefusal(contested, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Closed);
    });
  });

  it("costs the holder nothing that silence would not have cost", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, stranger, merchantId, cardId } = shop;
    const { rulingUntil } = await contest(shop, cardId);
    await at(rulingUntil);
    await expect(escrow.connect(stranger).executeDispute(cardId))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
  });
});
