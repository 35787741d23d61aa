import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import {
  CardStatus,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  SkipReason,
} from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import {
  DECISION,
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
import type { Customers } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import {
  ACCRUAL_DELAY,
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  loadBlockingShop,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { arm, deployShopUnder, disarm } from "../../../helpers/tokens.js";
import { PASS_FEE, executor, loadChargingPass } from "./charging.js";

/** A shop under a token that calls back, with two cards past their cooling-off, each with five visits settled. */
async function loadReentrant() {
  const shop = await deployShopUnder("ReentrantToken");
  const cardId = await buyCard(shop, { program: shop.programs.count });
  const second = await buyCard(shop, { program: shop.programs.count, serial: 1n });
  // Without a visit nothing would be at stake, and nothing to contest.
  for (const visited of [cardId, second]) await consume(shop, visited, 5n);
  await advance(COOLING_OFF);
  return { ...shop, cardId, second };
}

/** The price of 20 visits under rules of one's choice. */
async function sellUnder(shop: Customers, rules: Parameters<typeof anotherPolicy>[1]) {
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
  const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
  return { merchantId, program: await anotherProgram(shop, visits, merchantId) };
}

describe("executeDispute", () => {
  for (const { name, kind, open } of disputes) {
    describe(`of a ${name}`, () => {
      for (const { when, offset } of around) {
        it(`is ${offset < 0n ? "refused" : `done, by ${kind === DisputeKind.Complaint ? "its holder" : "anyone"},`} ${when} the end of the ruling timeout`, async () => {
          const shop = await loadCustomers();
          const { escrow, token, holder, stranger, vault, merchantId, cardId } = shop;
          const { rulingUntil } = await open(shop, cardId);
          const { outstanding, balance } = await escrow.pool(merchantId);
          const time = rulingUntil + offset;
          await at(time);
          const executed = escrow.connect(executor(shop, kind)).executeDispute(cardId);
          if (offset < 0n) {
            await expectRefusal(executed, escrow, "CardRulingPending", cardId, time, rulingUntil);
            return;
          }
          await expect(executed)
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
          await expect(executed)
            .to.emit(escrow, "PoolUpdated")
            .withArgs(merchantId, outstanding - ISSUERS_CAUSE, balance - HOLDERS_CAUSE);
          await expect(executed).to.changeTokenBalances(
            ethers,
            token,
            [holder, vault, stranger],
            [HOLDERS_CAUSE, -HOLDERS_CAUSE, 0n],
          );
          const card = await escrow.card(cardId);
          expect([card.status, card.disputed]).to.deep.equal([CardStatus.Closed, false]);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        });

        it(`is ${offset < 0n ? "refused" : "done"} to a recipient the holder names ${when} that end`, async () => {
          const shop = await loadCustomers();
          const { escrow, token, holder, stranger, merchantId, cardId } = shop;
          const { rulingUntil } = await open(shop, cardId);
          const time = rulingUntil + offset;
          await at(time);
          const executed = escrow.connect(holder).executeExitTo(cardId, stranger);
          if (offset < 0n) {
            await expectRefusal(executed, escrow, "CardRulingPending", cardId, time, rulingUntil);
            return;
          }
          await expect(executed)
            .to.emit(escrow, "CardRefunded")
            .withArgs(
              merchantId,
              cardId,
              stranger,
              ExitRule.RulingTimeout,
              ISSUERS_CAUSE - HOLDERS_CAUSE,
              HOLDERS_CAUSE,
            );
          await expect(executed).to.changeTokenBalances(ethers, token, [stranger, holder], [HOLDERS_CAUSE, 0n]);
          expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        });
      }

      it("pays less for each visit settled meanwhile", async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, cardId } = shop;
        const { rulingUntil } = await open(shop, cardId);
        await at(rulingUntil);
        await consume(shop, cardId, 7n);
        await expect(escrow.connect(executor(shop, kind)).executeDispute(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, 140n * TOKEN, 640n * TOKEN);
      });

      it("is done once", async () => {
        const shop = await loadCustomers();
        const { escrow, cardId } = shop;
        const { rulingUntil } = await open(shop, cardId);
        await at(rulingUntil);
        const caller = executor(shop, kind);
        await escrow.connect(caller).executeDispute(cardId);
        const again = escrow.connect(caller).executeDispute(cardId);
        await expectRefusal(again, escrow, "CardNotOpen", cardId, CardStatus.Closed);
      });

      it("is done while the merchant is suspended", async () => {
        const shop = await loadCustomers();
        const { escrow, cardId } = shop;
        const { rulingUntil } = await open(shop, cardId);
        await at(rulingUntil - 1n);
        await suspend(shop);
        await at(rulingUntil);
        await expect(escrow.connect(executor(shop, kind)).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
      });

      it("fails while the token refuses the holder, who is then paid elsewhere", async () => {
        const shop = await loadBlockingShop();
        const { escrow, blocking, holder, stranger, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        await consume(shop, cardId, 5n);
        await advance(COOLING_OFF);
        const { rulingUntil } = await open(shop, cardId);
        await blocking.setBlocked(holder, true);
        await at(rulingUntil);
        const executed = escrow.connect(executor(shop, kind)).executeDispute(cardId);
        await expectRefusal(executed, blocking, "AccountBlocked", holder.address);
        await expect(escrow.connect(holder).executeExitTo(cardId, stranger)).to.changeTokenBalance(
          ethers,
          blocking,
          stranger,
          HOLDERS_CAUSE,
        );
        expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
      });

      it("waits for the ruling timeout of the program's own policy", async () => {
        const shop = await loadCustomers();
        const { escrow, regulator } = shop;
        const { merchantId, program } = await sellUnder(shop, { rulingTimeout: 10n * DAY });
        const cardId = await buyCard(shop, { program });
        await consume(shop, cardId, 5n);
        await escrow
          .connect(regulator)
          .setMerchantPolicy(merchantId, await anotherPolicy(shop, { rulingTimeout: 90n * DAY }));
        await advance(COOLING_OFF);
        const { openedAt } = await open(shop, cardId);
        await at(openedAt + 10n * DAY - 1n);
        const early = escrow.executeDispute(cardId);
        const end = openedAt + 10n * DAY;
        await expectRefusal(early, escrow, "CardRulingPending", cardId, end - 1n, end);
        await at(end);
        await expect(escrow.connect(executor(shop, kind)).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
      });
    });
  }

  it("is refused for a card without a dispute, a dismissed one included", async () => {
    const shop = await loadCustomers();
    const { escrow, cardId, pass } = shop;
    await expectRefusal(escrow.executeDispute(cardId), escrow, "CardNotInDispute", cardId);
    await askToLeave(shop, pass);
    await expectRefusal(escrow.executeDispute(pass), escrow, "CardNotInDispute", pass);
    const { rulingFrom, rulingUntil } = await complain(shop, cardId);
    await dismiss(shop, cardId, rulingFrom);
    await at(rulingUntil);
    await expectRefusal(escrow.executeDispute(cardId), escrow, "CardNotInDispute", cardId);
  });

  it("is refused for a card that was never sold", async () => {
    const { escrow, holder, programs } = await loadCustomers();
    const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
    await expectRefusal(escrow.executeDispute(unknown), escrow, "CardNotOpen", unknown, CardStatus.None);
  });

  it("ends one complaint and no other", async () => {
    const shop = await loadCustomers();
    const { escrow, other, cardId, othersCard } = shop;
    const { rulingUntil } = await complain(shop, cardId);
    await complain(shop, othersCard, other);
    await consume(shop, cardId, 9n);
    await at(rulingUntil);
    await escrow.connect(shop.holder).executeDispute(cardId);
    expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
  });

  describe("of a complaint, by anyone but its holder,", () => {
    it("is refused where it costs the holder the discount", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const { rulingUntil } = await complain(shop, cardId);
      await at(rulingUntil);
      for (const caller of everybodyBut(shop, "holder")) {
        const executed = escrow.connect(caller).executeDispute(cardId);
        await expectRefusal(executed, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
      }
    });

    it("is refused where it costs the holder the fee, and done where a suspension waives that", async () => {
      for (const { offset } of around) {
        const shop = await loadChargingPass();
        const { escrow, holder, stranger, pass } = shop;
        const { rulingUntil } = await complain(shop, pass);
        const suspendedUntil = await suspend(shop);
        expect(suspendedUntil).to.be.above(rulingUntil);
        await at(suspendedUntil + offset);
        const executed = escrow.connect(stranger).executeDispute(pass);
        if (offset < 0n) await expect(executed).to.emit(escrow, "CardRefunded");
        else await expectRefusal(executed, escrow, "CardHolderOnly", pass, stranger.address, holder.address);
      }
    });

    it("comes too early before it is the holder's alone", async () => {
      const shop = await loadCustomers();
      const { escrow, stranger, cardId } = shop;
      const { rulingUntil } = await complain(shop, cardId);
      await at(rulingUntil - 1n);
      const executed = escrow.connect(stranger).executeDispute(cardId);
      await expectRefusal(executed, escrow, "CardRulingPending", cardId, rulingUntil - 1n, rulingUntil);
    });

    it("is done where it costs nothing: without a discount, and from a run-off's last day on", async () => {
      const shop = await loadCustomers();
      const { escrow, stranger, programs, cardId } = shop;
      const open = await buyCard(shop, { program: programs.open });
      await advance(COOLING_OFF);
      const { rulingUntil } = await complain(shop, open);
      await at(rulingUntil);
      await expect(escrow.connect(stranger).executeDispute(open)).to.emit(escrow, "CardRefunded");
      const second = await complain(shop, cardId);
      await advance(20n * DAY);
      const { noticeEndsAt, lastServiceAt } = await runOff(shop, 5n * DAY);
      expect(second.rulingUntil).to.be.above(lastServiceAt).and.to.be.below(noticeEndsAt);
      await at(second.rulingUntil);
      await expect(escrow.connect(stranger).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });
  });

  it("closes a complaint at holder's cause too where holders leave at any time", async () => {
    const shop = await loadCustomers();
    const { escrow, holder } = shop;
    const { merchantId, program } = await sellUnder(shop, { unilateralExit: true });
    const cardId = await buyCard(shop, { program });
    await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    const { rulingUntil } = await complain(shop, cardId);
    await at(rulingUntil);
    await expect(escrow.connect(shop.holder).executeDispute(cardId))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.RulingTimeout, 100n * TOKEN, HOLDERS_CAUSE);
  });

  describe("of a pass", () => {
    it("counts a complaint to its closing, without the accrual delay", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { rulingUntil } = await complain(shop, pass);
      await at(rulingUntil + 3n * DAY);
      const time = passPrice(rulingUntil + 3n * DAY - passOpenedAt);
      await expect(escrow.connect(shop.holder).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, time, 3_600n * TOKEN - time);
    });

    it("counts a contested exit to the request", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      await at(rulingUntil + 3n * DAY);
      const forfeited = passPrice(requestedAt - passOpenedAt) + PASS_FEE;
      await expect(escrow.connect(shop.stranger).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, forfeited, 3_600n * TOKEN - forfeited);
    });

    it("counts neither to more than its end", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass } = shop;
      await advance(400n * DAY);
      const { rulingUntil } = await complain(shop, pass);
      await at(rulingUntil);
      await expect(escrow.connect(shop.holder).executeDispute(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.RulingTimeout, 3_600n * TOKEN, 0n);
    });

    for (const { name, kind, open } of disputes) {
      it(`waits with the count while a ${name} is open`, async () => {
        const shop = await loadChargingPass();
        const { escrow, pass } = shop;
        await advance(20n * DAY);
        const { rulingFrom } = await open(shop, pass);
        await expect(escrow.accrue([pass]))
          .to.emit(escrow, "ConsumptionSkipped")
          .withArgs(pass, SkipReason.Waiting);
        await at(rulingFrom);
        await expect(escrow.accrue([pass]))
          .to.emit(escrow, "ConsumptionSkipped")
          .withArgs(pass, SkipReason.Waiting);
        expect((await escrow.dispute(pass)).kind).to.equal(kind);
        expect((await escrow.card(pass)).consumed).to.equal(0n);
      });

      for (const { when, offset } of around) {
        it(`${offset < 0n ? "still waits" : "counts on"} ${when} the end of the time to rule on a ${name}`, async () => {
          const shop = await loadChargingPass();
          const { escrow, merchantId, pass, passOpenedAt } = shop;
          await advance(20n * DAY);
          const { rulingUntil } = await open(shop, pass);
          const { exitRequestedAt } = await escrow.card(pass);
          const time = rulingUntil + offset;
          await at(time);
          const accrued = escrow.accrue([pass]);
          if (offset < 0n) {
            await expect(accrued).to.emit(escrow, "ConsumptionSkipped").withArgs(pass, SkipReason.Waiting);
            return;
          }
          const until = kind === DisputeKind.Contest ? exitRequestedAt : time - ACCRUAL_DELAY;
          const seconds = until - passOpenedAt;
          await expect(accrued).to.emit(escrow, "PassAccrued").withArgs(merchantId, pass, passPrice(seconds), seconds);
        });
      }

      it(`catches up once the ${name} is dismissed`, async () => {
        const shop = await loadChargingPass();
        const { escrow, merchantId, pass, passOpenedAt } = shop;
        await advance(20n * DAY);
        const { rulingFrom } = await open(shop, pass);
        // A contested pass is extended by the time since the request.
        const { exitRequestedAt } = await escrow.card(pass);
        const extension = kind === DisputeKind.Contest ? rulingFrom - exitRequestedAt : 0n;
        await dismiss(shop, pass, rulingFrom);
        await at(rulingFrom + 1n);
        const seconds = rulingFrom + 1n - ACCRUAL_DELAY - passOpenedAt - extension;
        await expect(escrow.accrue([pass]))
          .to.emit(escrow, "PassAccrued")
          .withArgs(merchantId, pass, passPrice(seconds), seconds);
      });
    }

    it("catches up to the request that ends a complaint", async () => {
      const shop = await loadCustomers();
      const { escrow, merchantId, pass, passOpenedAt } = shop;
      await complain(shop, pass);
      const { requestedAt, lapsesAt } = await askToLeave(shop, pass);
      await at(lapsesAt - 1n);
      const seconds = requestedAt - passOpenedAt;
      await expect(escrow.accrue([pass]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, pass, passPrice(seconds), seconds);
    });
  });

  /* Whatever has happened, a holder who meets with silence leaves within these times. */
  describe("lets a holder out though merchant and association are silent", () => {
    it("one ruling timeout after a complaint", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      const { openedAt } = await complain(shop, cardId);
      await at(openedAt + RULING_TIMEOUT);
      await expect(escrow.connect(shop.holder).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("one exit delay after a complaint the holder gives up", async () => {
      const shop = await loadCustomers();
      const { escrow, cardId } = shop;
      await complain(shop, cardId);
      const { requestedAt } = await askToLeave(shop, cardId);
      await at(requestedAt + EXIT_DELAY);
      await expect(escrow.executeExit(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("an exit delay and a ruling timeout after a request contested at the last moment", async () => {
      const shop = await loadCustomers();
      const { escrow, operator, cardId } = shop;
      const { requestedAt, executableAt } = await askToLeave(shop, cardId);
      await at(executableAt - 1n);
      await escrow.connect(operator).contestExit(cardId, EVIDENCE);
      await at(requestedAt + EXIT_DELAY + RULING_TIMEOUT - 1n);
      await expect(escrow.executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("one more exit delay after a dismissal at the last moment", async () => {
      const shop = await loadCustomers();
      const { escrow, operator, cardId } = shop;
      const { requestedAt, executableAt } = await askToLeave(shop, cardId);
      await at(executableAt - 1n);
      await escrow.connect(operator).contestExit(cardId, EVIDENCE);
      const { rulingUntil } = await escrow.dispute(cardId);
      await dismiss(shop, cardId, rulingUntil - 1n);
      await at(rulingUntil);
      await askToLeave(shop, cardId);
      await expectRefusal(
        escrow.connect(operator).contestExit(cardId, EVIDENCE),
        escrow,
        "CardContestDismissed",
        cardId,
      );
      await at(rulingUntil + EXIT_DELAY);
      await expect(escrow.executeExit(cardId)).to.emit(escrow, "CardRefunded");
      expect(await now()).to.be.below(requestedAt + 2n * EXIT_DELAY + RULING_TIMEOUT);
    });

    it("after every dispute the card can have had, one of each dismissed", async () => {
      const shop = await loadCustomers();
      const { escrow, operator, cardId } = shop;
      const complaint = await complain(shop, cardId);
      await dismiss(shop, cardId, complaint.rulingUntil - 1n);
      const contested = await contest(shop, cardId);
      await dismiss(shop, cardId, contested.rulingUntil - 1n);
      const { executableAt } = await askToLeave(shop, cardId);
      const again = escrow.connect(operator).contestExit(cardId, EVIDENCE);
      await expectRefusal(again, escrow, "CardContestDismissed", cardId);
      await at(executableAt);
      await expect(escrow.executeExit(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("a ruling timeout after the second complaint, the first having been dismissed", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const first = await complain(shop, cardId);
      await dismiss(shop, cardId, first.rulingUntil - 1n);
      await at(first.rulingUntil - 1n + RULING_TIMEOUT);
      await escrow.connect(holder).complain(cardId, EVIDENCE);
      await at(first.rulingUntil - 1n + 2n * RULING_TIMEOUT);
      await expect(escrow.connect(shop.holder).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });
  });

  describe("with a token that calls back", () => {
    for (const { name, kind, open } of disputes) {
      for (const ending of ["executeDispute", "executeExitTo", "resolve"] as const) {
        it(`lets nobody in while ${ending} pays for a ${name}`, async () => {
          const shop = await loadReentrant();
          const { escrow, holder, cardId, second } = shop;
          const { rulingFrom, rulingUntil } = await open(shop, cardId);
          await open(shop, second);
          const end = async () => {
            if (ending === "resolve") return await uphold(shop, cardId, 0n);
            if (ending === "executeDispute") return await escrow.connect(executor(shop, kind)).executeDispute(cardId);
            return await escrow.connect(holder).executeExitTo(cardId, holder);
          };
          await at((ending === "resolve" ? rulingFrom : rulingUntil) + DAY);
          for (const data of [
            escrow.interface.encodeFunctionData("executeDispute", [second]),
            escrow.interface.encodeFunctionData("resolve", [second, true, 0n, DECISION]),
            escrow.interface.encodeFunctionData("complain", [second, EVIDENCE]),
            escrow.interface.encodeFunctionData("complainWithSignature", [second, EVIDENCE, 0n, "0x"]),
            escrow.interface.encodeFunctionData("contestExit", [second, EVIDENCE]),
          ]) {
            await arm(shop, "transfer", await escrow.getAddress(), data);
            await expectRefusal(end(), escrow, "ReentrancyGuardReentrantCall");
          }
          await disarm(shop);
          await expect(end()).to.emit(escrow, "CardRefunded");
        });
      }

      it(`has closed the card and booked the end of a ${name} before it pays`, async () => {
        const shop = await loadReentrant();
        const { escrow, mock, merchantId, cardId, second } = shop;
        const { rulingUntil } = await open(shop, cardId);
        await open(shop, second);
        const [before] = await complaintsOf(shop);
        const question = escrow.interface.encodeFunctionData("merchant", [merchantId]);
        await arm(shop, "transfer", await escrow.getAddress(), question);
        await at(rulingUntil + DAY);
        await escrow.connect(executor(shop, kind)).executeDispute(cardId);
        const [seen] = escrow.interface.decodeFunctionResult("merchant", await mock.answer()) as unknown as [
          { readonly status: bigint; readonly complaintCount: bigint },
        ];
        const left = before === 0n ? 0n : before - 1n;
        expect([seen.status, seen.complaintCount]).to.deep.equal([MerchantStatus.Active, left]);
      });
    }
  });
});
