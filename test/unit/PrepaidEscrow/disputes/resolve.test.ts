import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, ExitRule, ProgramKind } from "../../../../src/contracts/enums.js";
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
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf } from "../../../helpers/settling.js";
import { deployShopUnder } from "../../../helpers/tokens.js";
import { PASS_FEE, buyChargingAmounts, buyChargingPass, loadChargingPass } from "./charging.js";

const MAX_UINT88 = 2n ** 88n - 1n;

describe("resolve", () => {
  it("is the association's alone", async () => {
    const shop = await loadCustomers();
    const { escrow, cardId } = shop;
    const { rulingFrom } = await complain(shop, cardId);
    await at(rulingFrom);
    for (const caller of everybodyBut(shop, "association")) {
      const ruled = escrow.connect(caller).resolve(cardId, true, 0n, DECISION);
      await expectRefusal(ruled, escrow, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("is refused for a card without a dispute, a closed one, and one that was never sold", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, operator, programs, cardId } = shop;
    const unknown = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
    await expectRefusal(uphold(shop, unknown, 0n), escrow, "CardNotOpen", unknown, CardStatus.None);
    await expectRefusal(dismiss(shop, cardId), escrow, "CardNotInDispute", cardId);
    await askToLeave(shop, cardId);
    await expectRefusal(uphold(shop, cardId, 0n), escrow, "CardNotInDispute", cardId);
    await escrow.connect(operator).refundCard(cardId);
    await expectRefusal(dismiss(shop, cardId), escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  for (const { name, open } of disputes) {
    for (const upheld of [true, false]) {
      const ruling = upheld ? "upholds" : "dismisses";
      for (const { when, offset } of around) {
        it(`${ruling} a ${name} ${offset < 0n ? "not yet" : "from now on"} ${when} the start of its period`, async () => {
          const shop = await loadCustomers();
          const { escrow, cardId } = shop;
          const { rulingFrom, rulingUntil } = await open(shop, cardId);
          const time = rulingFrom + offset;
          await at(time);
          const ruled = upheld ? uphold(shop, cardId, 0n) : dismiss(shop, cardId);
          if (offset < 0n) {
            await expectRefusal(ruled, escrow, "CardRulingOutOfTime", cardId, time, rulingFrom, rulingUntil);
          } else {
            await expect(ruled).to.emit(escrow, upheld ? "DisputeUpheld" : "DisputeDismissed");
          }
        });

        it(`${ruling} a ${name} ${offset < 0n ? "still" : "no more"} ${when} the end of its period`, async () => {
          const shop = await loadCustomers();
          const { escrow, cardId } = shop;
          const { rulingFrom, rulingUntil } = await open(shop, cardId);
          const time = rulingUntil + offset;
          await at(time);
          const ruled = upheld ? uphold(shop, cardId, 0n) : dismiss(shop, cardId);
          if (offset < 0n) {
            await expect(ruled).to.emit(escrow, upheld ? "DisputeUpheld" : "DisputeDismissed");
          } else {
            await expectRefusal(ruled, escrow, "CardRulingOutOfTime", cardId, time, rulingFrom, rulingUntil);
          }
        });
      }
    }
  }

  it("keeps to the ruling timeout of the program's own policy when the merchant is under another", async () => {
    const shop = await loadCustomers();
    const { escrow, regulator, merchantId, cardId } = shop;
    await escrow
      .connect(regulator)
      .setMerchantPolicy(merchantId, await anotherPolicy(shop, { exitDelay: 2n * DAY, rulingTimeout: 60n * DAY }));
    const { openedAt } = await complain(shop, cardId);
    const { rulingFrom, rulingUntil } = await escrow.dispute(cardId);
    expect([rulingFrom, rulingUntil]).to.deep.equal([openedAt + EXIT_DELAY, openedAt + RULING_TIMEOUT]);
    await dismiss(shop, cardId, rulingFrom);
    expect((await escrow.dispute(cardId)).complaintFrom).to.equal(rulingFrom + RULING_TIMEOUT);
  });

  it("leaves a day to rule under the shortest timeout a policy may have", async () => {
    const shop = await loadCustomers();
    const { escrow } = shop;
    const policyId = await anotherPolicy(shop, {
      exitDelay: 30n * DAY,
      rulingTimeout: 31n * DAY,
      runOffNotice: 30n * DAY,
    });
    const merchantId = await anotherMerchant(shop, { policyId });
    const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
    const program = await anotherProgram(shop, visits, merchantId);
    const cardId = await buyCard(shop, { program });
    await advance(COOLING_OFF);
    const { openedAt } = await complain(shop, cardId);
    await at(openedAt + 31n * DAY - 1n);
    await expect(uphold(shop, cardId, 0n)).to.emit(escrow, "DisputeUpheld");
  });

  describe("dismissing a complaint", () => {
    it("ends it without effect", async () => {
      const shop = await loadCustomers();
      const { escrow, token, holder, vault, merchantId, cardId } = shop;
      const { rulingFrom } = await complain(shop, cardId);
      const before = await escrow.pool(merchantId);
      const dismissed = dismiss(shop, cardId, rulingFrom);
      await expect(dismissed)
        .to.emit(escrow, "DisputeDismissed")
        .withArgs(merchantId, cardId, DisputeKind.Complaint, rulingFrom + RULING_TIMEOUT, DECISION);
      await expect(dismissed).to.not.emit(escrow, "CardRefunded");
      await expect(dismissed).to.changeTokenBalances(ethers, token, [holder, vault], [0n, 0n]);
      const card = await escrow.card(cardId);
      expect([card.status, card.disputed, card.exitRequestedAt, card.consumed, card.nonce]).to.deep.equal([
        CardStatus.Open,
        false,
        0n,
        5n,
        1n,
      ]);
      expect(await escrow.pool(merchantId)).to.deep.equal(before);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });

    it("ends no other complaint", async () => {
      const shop = await loadCustomers();
      const { other, cardId, othersCard } = shop;
      await complain(shop, othersCard, other);
      const { rulingFrom } = await complain(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
    });

    it("subtracts what was added, though visits were settled meanwhile", async () => {
      const shop = await loadCustomers();
      const { other, cardId, othersCard } = shop;
      await complain(shop, othersCard, other);
      const { rulingFrom } = await complain(shop, cardId);
      await consume(shop, cardId, 12n);
      expect(await complaintsOf(shop)).to.deep.equal([2n, 2_100n * TOKEN]);
      await dismiss(shop, cardId, rulingFrom);
      expect(await complaintsOf(shop)).to.deep.equal([1n, 1_200n * TOKEN]);
    });

    it("keeps nobody from leaving", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, merchantId, cardId } = shop;
      const { rulingFrom } = await complain(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
    });
  });

  describe("dismissing a contested exit", () => {
    it("ends the request, and the card goes on", async () => {
      const shop = await loadCustomers();
      const { escrow, token, holder, stranger, vault, merchantId, cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      const dismissed = dismiss(shop, cardId, rulingFrom);
      await expect(dismissed)
        .to.emit(escrow, "DisputeDismissed")
        .withArgs(merchantId, cardId, DisputeKind.Contest, 0n, DECISION);
      await expect(dismissed).to.changeTokenBalances(ethers, token, [holder, vault], [0n, 0n]);
      const [card, dispute] = [await escrow.card(cardId), await escrow.dispute(cardId)];
      expect([card.status, card.disputed, card.exitRequestedAt, card.nonce]).to.deep.equal([
        CardStatus.Open,
        false,
        0n,
        1n,
      ]);
      expect([dispute.kind, dispute.contestDismissed, dispute.complaintFrom]).to.deep.equal([
        DisputeKind.None,
        true,
        0n,
      ]);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
      const executed = escrow.connect(stranger).executeExit(cardId);
      await expectRefusal(executed, escrow, "CardExitNotRequested", cardId);
      await consume(shop, cardId, 6n);
      expect((await escrow.card(cardId)).consumed).to.equal(6n);
    });

    it("lets the holder ask again and leave after one exit delay", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, stranger, merchantId, cardId } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      await dismiss(shop, cardId, rulingFrom);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
    });

    it("extends a pass by the time since the request, in which its holder did not use it", async () => {
      const shop = await loadChargingPass();
      const { escrow, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      const dismissedAt = rulingUntil - 1n;
      const extension = dismissedAt - requestedAt;
      const startsAt = passOpenedAt + extension;
      expect(await logsOf(escrow, dismiss(shop, pass, dismissedAt))).to.deep.equal([
        ["DisputeDismissed", merchantId, pass, DisputeKind.Contest, 0n, DECISION],
        ["PassExtended", merchantId, pass, extension, startsAt, true],
      ]);
      const card = await escrow.card(pass);
      expect([card.status, card.openedAt, card.consumed, card.exitRequestedAt, card.disputed]).to.deep.equal([
        CardStatus.Open,
        startsAt,
        0n,
        0n,
        false,
      ]);
      expect((await escrow.dispute(pass)).contestDismissed).to.equal(true);
      // It begins no second cooling-off.
      expect(card.coolingOffOver).to.equal(true);
      expect((await escrow.quoteExit(pass)).rule).to.equal(ExitRule.NoObjection);
    });

    it("leaves the holder of a pass as much as the request would have had, asking again at once", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingFrom } = await contest(shop, pass);
      await dismiss(shop, pass, rulingFrom);
      await at(rulingFrom + 1n);
      const { executableAt } = await askToLeave(shop, pass);
      await at(executableAt);
      const forfeited = passPrice(requestedAt + 1n - passOpenedAt) + PASS_FEE;
      await expect(escrow.executeExit(pass))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.NoObjection, forfeited, 3_600n * TOKEN - forfeited);
    });

    it("does not extend a pass by the time of a withdrawn flag, which does not count anyway", async () => {
      const shop = await loadChargingPass();
      const { escrow, regulator, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingFrom } = await contest(shop, pass);
      await advance(DAY);
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + 3n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      const extension = rulingFrom - requestedAt - 3n * DAY;
      await expect(dismiss(shop, pass, rulingFrom))
        .to.emit(escrow, "PassExtended")
        .withArgs(merchantId, pass, extension, passOpenedAt + extension, true);
    });

    for (const { when, offset } of around) {
      it(`extends a pass by ${offset > 0n ? "its own time alone" : "nothing"}, dismissed ${when} its beginning`, async () => {
        const shop = await loadCustomers();
        const { escrow, merchantId } = shop;
        const startsAt = (await now()) + 20n * DAY;
        const pass = await buyChargingPass(shop, { rules: { coolingOff: 0n }, startsAt });
        await at(startsAt - 10n * DAY);
        const { rulingFrom, rulingUntil } = await contest(shop, pass);
        expect(startsAt).to.be.above(rulingFrom).and.to.be.below(rulingUntil);
        const dismissed = dismiss(shop, pass, startsAt + offset);
        if (offset > 0n) {
          await expect(dismissed)
            .to.emit(escrow, "PassExtended")
            .withArgs(merchantId, pass, 1n, startsAt + 1n, true);
        } else {
          await expect(dismissed).to.emit(escrow, "DisputeDismissed");
          await expect(dismissed).to.not.emit(escrow, "PassExtended");
        }
        const { openedAt, disputed } = await escrow.card(pass);
        expect([openedAt, disputed]).to.deep.equal([offset > 0n ? startsAt + 1n : startsAt, false]);
      });
    }

    it("extends neither another kind of card nor a pass whose holder's complaint is dismissed", async () => {
      const shop = await loadChargingPass();
      const { escrow, cardId, pass, passOpenedAt } = shop;
      const { rulingFrom } = await contest(shop, cardId);
      const about = await complain(shop, pass);
      const openedAt = (await escrow.card(cardId)).openedAt;
      await expect(dismiss(shop, cardId, rulingFrom)).to.not.emit(escrow, "PassExtended");
      await expect(dismiss(shop, pass, about.rulingFrom)).to.not.emit(escrow, "PassExtended");
      expect((await escrow.card(cardId)).openedAt).to.equal(openedAt);
      const { openedAt: after, coolingOffOver } = await escrow.card(pass);
      expect([after, coolingOffOver]).to.deep.equal([passOpenedAt, false]);
    });

    it("counts the pass on, from where it was", async () => {
      const shop = await loadChargingPass();
      const { escrow, stranger, pass, passOpenedAt, merchantId } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      await dismiss(shop, pass, rulingUntil - 1n);
      await at(rulingUntil + 10n * DAY);
      // Nothing between the request and the dismissal.
      const seconds = requestedAt - passOpenedAt + (rulingUntil + 3n * DAY - (rulingUntil - 1n));
      await expect(escrow.connect(stranger).accrue([pass]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, pass, passPrice(seconds), seconds);
    });
  });

  for (const { name, open } of disputes) {
    it(`awards nothing when it dismisses a ${name}`, async () => {
      const shop = await loadCustomers();
      const { escrow, association, cardId } = shop;
      const { rulingFrom } = await open(shop, cardId);
      await at(rulingFrom);
      const ruled = escrow.connect(association).resolve(cardId, false, 1n, DECISION);
      await expectRefusal(ruled, escrow, "CardAwardOnDismissal", cardId, 1n);
    });

    it(`decides a ${name} once`, async () => {
      const shop = await loadChargingPass();
      const { escrow, cardId, pass } = shop;
      const { rulingFrom } = await open(shop, cardId);
      await open(shop, pass);
      await dismiss(shop, cardId, rulingFrom + 10n);
      await expectRefusal(uphold(shop, cardId, 0n), escrow, "CardNotInDispute", cardId);
      await uphold(shop, pass, 0n);
      await expectRefusal(uphold(shop, pass, 0n), escrow, "CardNotOpen", pass, CardStatus.Closed);
    });
  }

  for (const { name, kind, open } of disputes) {
    describe(`upholding a ${name}`, () => {
      for (const { awarded, paid } of [
        { awarded: 0n, paid: HOLDERS_CAUSE },
        { awarded: HOLDERS_CAUSE - 1n, paid: HOLDERS_CAUSE },
        { awarded: HOLDERS_CAUSE, paid: HOLDERS_CAUSE },
        { awarded: HOLDERS_CAUSE + 1n, paid: HOLDERS_CAUSE + 1n },
        { awarded: ISSUERS_CAUSE - 1n, paid: ISSUERS_CAUSE - 1n },
        { awarded: ISSUERS_CAUSE, paid: ISSUERS_CAUSE },
        { awarded: ISSUERS_CAUSE + 1n, paid: ISSUERS_CAUSE },
        { awarded: MAX_UINT88, paid: ISSUERS_CAUSE },
      ]) {
        it(`pays ${paid} for an award of ${awarded}`, async () => {
          const shop = await loadCustomers();
          const { escrow, token, holder, association, vault, merchantId, cardId } = shop;
          const { rulingFrom } = await open(shop, cardId);
          const { outstanding, balance } = await escrow.pool(merchantId);
          await at(rulingFrom);
          const ruled = uphold(shop, cardId, awarded);
          await expect(ruled).to.emit(escrow, "DisputeUpheld").withArgs(merchantId, cardId, kind, awarded, DECISION);
          await expect(ruled)
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.Ruling, ISSUERS_CAUSE - paid, paid);
          await expect(ruled)
            .to.emit(escrow, "PoolUpdated")
            .withArgs(merchantId, outstanding - ISSUERS_CAUSE, balance - paid);
          await expect(ruled).to.changeTokenBalances(ethers, token, [holder, vault, association], [paid, -paid, 0n]);
          const card = await escrow.card(cardId);
          expect([card.status, card.disputed, card.exitRequestedAt]).to.deep.equal([CardStatus.Closed, false, 0n]);
          expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.None);
          expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
        });
      }

      it("meets the bounds that visits settled in the dispute leave", async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, cardId } = shop;
        const { rulingFrom } = await open(shop, cardId);
        await consume(shop, cardId, 6n);
        await at(rulingFrom);
        // Six visits: 1 200 − 6 × 80 at least, 1 200 − 6 × 60 at most.
        await expect(uphold(shop, cardId, 850n * TOKEN))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Ruling, 0n, 840n * TOKEN);
      });

      it("pays nothing when nothing is left to award", async () => {
        const shop = await loadCustomers();
        const { escrow, token, holder, vault, merchantId, cardId } = shop;
        const { rulingFrom } = await open(shop, cardId);
        await consume(shop, cardId, 20n);
        await at(rulingFrom);
        const ruled = uphold(shop, cardId, MAX_UINT88);
        await expect(ruled)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Ruling, 0n, 0n);
        await expect(ruled).to.not.emit(token, "Transfer");
        expect(await token.balanceOf(vault)).to.equal((3_600n + 1_200n + 1_200n) * TOKEN);
      });

      it("awards the discount where the list price of what was used eats the rest", async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, cardId } = shop;
        await consume(shop, cardId, 18n);
        const { rulingFrom } = await open(shop, cardId);
        await at(rulingFrom);
        // 18 × 80 is more than was paid; 120 have not been consumed.
        await expect(uphold(shop, cardId, 50n * TOKEN))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Ruling, 70n * TOKEN, 50n * TOKEN);
      });

      it("counts a plan's bonus as the discount it is", async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, programs } = shop;
        const plan = await buyCard(shop, { program: programs.plan });
        await consume(shop, plan, 1_000n * TOKEN);
        await at((await now()) + 8n * DAY);
        const { rulingFrom } = await open(shop, plan);
        await at(rulingFrom);
        // 3 000 − 1 000 at list price, 3 000 − 750 as paid.
        await expect(uphold(shop, plan, 2_100n * TOKEN))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, plan, holder, ExitRule.Ruling, 150n * TOKEN, 2_100n * TOKEN);
      });

      /* 500 without a discount, 120 spent; a tenth of the price is the fee. */
      for (const { awarded, paid } of [
        { awarded: 0n, paid: 330n * TOKEN },
        { awarded: 330n * TOKEN - 1n, paid: 330n * TOKEN },
        { awarded: 330n * TOKEN, paid: 330n * TOKEN },
        { awarded: 330n * TOKEN + 1n, paid: 330n * TOKEN + 1n },
        { awarded: 380n * TOKEN - 1n, paid: 380n * TOKEN - 1n },
        { awarded: 380n * TOKEN, paid: 380n * TOKEN },
        { awarded: 380n * TOKEN + 1n, paid: 380n * TOKEN },
      ]) {
        it(`pays ${paid} for an award of ${awarded} where there is no discount but a fee`, async () => {
          const shop = await loadCustomers();
          const { escrow, holder, merchantId } = shop;
          const card = (await buyChargingAmounts(shop, [500n * TOKEN]))[0]!;
          await consume(shop, card, 120n * TOKEN);
          await advance(COOLING_OFF);
          const { rulingFrom } = await open(shop, card);
          await at(rulingFrom);
          await expect(uphold(shop, card, awarded))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, card, holder, ExitRule.Ruling, 380n * TOKEN - paid, paid);
        });
      }

      it("leaves no choice for a card that was bought without a discount, while a suspension waives its fee", async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId } = shop;
        const card = (await buyChargingAmounts(shop, [500n * TOKEN]))[0]!;
        await consume(shop, card, 120n * TOKEN);
        await at((await now()) + 8n * DAY);
        const { rulingFrom } = await open(shop, card);
        await suspend(shop);
        await at(rulingFrom);
        await expect(uphold(shop, card, 0n))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, card, holder, ExitRule.Ruling, 0n, 380n * TOKEN);
      });

      it("fails as a whole while the token refuses the holder", async () => {
        const shop = await loadBlockingShop();
        const { escrow, blocking, holder, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        // Without a visit nothing would be at stake, and nothing to contest.
        await consume(shop, cardId, 5n);
        await at((await now()) + 8n * DAY);
        const { rulingFrom } = await open(shop, cardId);
        const complaints = await complaintsOf(shop);
        await blocking.setBlocked(holder, true);
        await at(rulingFrom);
        await expectRefusal(uphold(shop, cardId, 0n), blocking, "AccountBlocked", holder.address);
        expect((await escrow.dispute(cardId)).kind).to.equal(kind);
        expect(await complaintsOf(shop)).to.deep.equal(complaints);
      });

      it("fails as a whole when the token only says that it failed", async () => {
        const shop = await deployShopUnder("FalseToken");
        const { escrow, mock, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        // Without a visit nothing would be at stake, and nothing to contest.
        await consume(shop, cardId, 5n);
        await at((await now()) + 8n * DAY);
        const { rulingFrom } = await open(shop, cardId);
        await mock.setRefusing(true);
        await at(rulingFrom);
        const token = await mock.getAddress();
        await expectRefusal(uphold(shop, cardId, 0n), escrow, "SafeERC20FailedOperation", token);
        expect((await escrow.dispute(cardId)).kind).to.equal(kind);
      });
    });
  }

  it("leaves no choice in a complaint about a card that was bought without a discount or a fee", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, merchantId, programs } = shop;
    const card = await buyCard(shop, { program: programs.open, principal: 500n * TOKEN });
    await consume(shop, card, 120n * TOKEN);
    await at((await now()) + 8n * DAY);
    const { rulingFrom } = await complain(shop, card);
    await at(rulingFrom);
    await expect(uphold(shop, card, 0n))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, card, holder, ExitRule.Ruling, 0n, 380n * TOKEN);
  });

  describe("upholding for a pass", () => {
    /* The pass is 27 days old when its holder complains, and the ruling comes at the last moment. */
    for (const { award, most, less } of [
      { award: "one base unit below the most", most: true, less: 1n },
      { award: "the most", most: true, less: 0n },
      { award: "one base unit above the most", most: true, less: -1n },
      { award: "one base unit below what the holder gets anyway", most: false, less: 1n },
      { award: "what the holder gets anyway", most: false, less: 0n },
      { award: "one base unit above what the holder gets anyway", most: false, less: -1n },
    ]) {
      it(`keeps an award for a complaint within its bounds: ${award}`, async () => {
        const shop = await loadChargingPass();
        const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
        await at(passOpenedAt + 27n * DAY);
        const { openedAt, rulingUntil } = await complain(shop, pass);
        const ruledAt = rulingUntil - 1n;
        // Time counts only to the accrual delay before the complaint: the pass could have been shut since.
        const highest = 3_600n * TOKEN - passPrice(openedAt - ACCRUAL_DELAY - passOpenedAt);
        const lowest = 3_600n * TOKEN - passPrice(ruledAt - passOpenedAt) - PASS_FEE;
        const awarded = (most ? highest : lowest) - less;
        const paid = awarded > highest ? highest : awarded < lowest ? lowest : awarded;
        await at(ruledAt);
        const ruled = uphold(shop, pass, awarded);
        await expect(ruled)
          .to.emit(escrow, "DisputeUpheld")
          .withArgs(merchantId, pass, DisputeKind.Complaint, awarded, DECISION);
        await expect(ruled)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, pass, holder, ExitRule.Ruling, 3_600n * TOKEN - paid, paid);
      });
    }

    for (const { when, offset } of around) {
      it(`awards at most all of a pass whose holder complains ${when} an accrual delay after its beginning`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId } = shop;
        const pass = await buyChargingPass(shop, { rules: { coolingOff: 0n } });
        const { openedAt } = await escrow.card(pass);
        await at(openedAt + ACCRUAL_DELAY + offset);
        const { rulingFrom } = await complain(shop, pass);
        await at(rulingFrom);
        const time = offset > 0n ? passPrice(1n) : 0n;
        await expect(uphold(shop, pass, MAX_UINT88))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, pass, holder, ExitRule.Ruling, time, 3_600n * TOKEN - time);
      });
    }

    it("awards nothing that is booked, though an extension put the time before it", async () => {
      const shop = await loadChargingPass();
      const { escrow, operator, holder, merchantId, pass, passOpenedAt } = shop;
      await at(passOpenedAt + 37n * DAY);
      await escrow.accrue([pass]);
      await escrow.connect(operator).extendPasses([pass], 25n * DAY);
      const { rulingFrom } = await complain(shop, pass);
      await at(rulingFrom);
      // 30 days are booked and released; of the new beginning only 17 have run.
      const booked = passPrice(30n * DAY);
      await expect(uphold(shop, pass, MAX_UINT88))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Ruling, 0n, 3_600n * TOKEN - booked);
    });

    it("counts a complaint's time to the stop of service where that is earlier, and not what is after", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { lastServiceAt } = await runOff(shop, DAY);
      await at(lastServiceAt + ACCRUAL_DELAY + DAY);
      const { rulingFrom } = await complain(shop, pass);
      await at(rulingFrom);
      const time = passPrice(lastServiceAt - passOpenedAt);
      await expect(uphold(shop, pass, MAX_UINT88))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Ruling, time, 3_600n * TOKEN - time);
    });

    it("counts no time of a flag that was withdrawn before the complaint", async () => {
      const shop = await loadChargingPass();
      const { escrow, regulator, holder, merchantId, pass, passOpenedAt } = shop;
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + 3n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await at(flaggedAt + 20n * DAY);
      const { openedAt, rulingFrom } = await complain(shop, pass);
      await at(rulingFrom);
      const time = passPrice(openedAt - ACCRUAL_DELAY - 3n * DAY - passOpenedAt);
      await expect(uphold(shop, pass, MAX_UINT88))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Ruling, time, 3_600n * TOKEN - time);
    });

    it("counts a complaint to the ruling, without the accrual delay", async () => {
      const shop = await loadCustomers();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { rulingFrom } = await complain(shop, pass);
      await at(rulingFrom);
      const time = passPrice(rulingFrom - passOpenedAt);
      await expect(uphold(shop, pass, 0n))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Ruling, time, 3_600n * TOKEN - time);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
    });

    it("counts a contested exit to the request, and no award changes that", async () => {
      const shop = await loadChargingPass();
      const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
      const { requestedAt, rulingUntil } = await contest(shop, pass);
      await at(rulingUntil - 1n);
      const time = passPrice(requestedAt - passOpenedAt);
      await expect(uphold(shop, pass, MAX_UINT88))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, pass, holder, ExitRule.Ruling, time, 3_600n * TOKEN - time);
    });

    it("pays a contested exit's fee back or not, as it awards", async () => {
      for (const [awarded, fee] of [
        [0n, PASS_FEE],
        [MAX_UINT88, 0n],
      ] as const) {
        const shop = await loadChargingPass();
        const { escrow, holder, merchantId, pass, passOpenedAt } = shop;
        const { requestedAt, rulingFrom } = await contest(shop, pass);
        await at(rulingFrom);
        const time = passPrice(requestedAt - passOpenedAt);
        await expect(uphold(shop, pass, awarded))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, pass, holder, ExitRule.Ruling, time + fee, 3_600n * TOKEN - time - fee);
      }
    });
  });

  it("pays no more in cooling-off for a card that is used, where the policy asks for an unused one", async () => {
    const shop = await loadCustomers();
    const { escrow, holder } = shop;
    const policyId = await anotherPolicy(shop, { coolingOff: 30n * DAY, coolingOffRequiresUnused: true });
    const merchantId = await anotherMerchant(shop, { policyId });
    const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
    const cardId = await buyCard(shop, { program: await anotherProgram(shop, visits, merchantId) });
    // Unused, it is not in dispute at all: a request to leave pays all.
    const end = (await now()) + 30n * DAY;
    const time = end - 29n * DAY;
    await at(time);
    const complained = escrow.connect(holder).complain(cardId, EVIDENCE);
    await expectRefusal(complained, escrow, "CardInCoolingOff", cardId, time, end);
    await consume(shop, cardId, 5n);
    const { rulingFrom } = await complain(shop, cardId);
    expect(rulingFrom).to.be.below(end);
    await at(rulingFrom);
    await expect(uphold(shop, cardId, 0n))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.Ruling, ISSUERS_CAUSE - HOLDERS_CAUSE, HOLDERS_CAUSE);
  });

  it("is bound by what the holder could have had where holders leave at any time", async () => {
    const shop = await loadCustomers();
    const { escrow, holder } = shop;
    const policyId = await anotherPolicy(shop, { unilateralExit: true });
    const merchantId = await anotherMerchant(shop, { policyId });
    const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
    const cardId = await buyCard(shop, { program: await anotherProgram(shop, visits, merchantId) });
    await consume(shop, cardId, 5n);
    await at((await now()) + 8n * DAY);
    const { rulingFrom } = await complain(shop, cardId);
    await at(rulingFrom);
    await expect(uphold(shop, cardId, 0n))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.Ruling, 100n * TOKEN, HOLDERS_CAUSE);
  });

  for (const { name, open } of disputes) {
    for (const { when, offset } of around) {
      it(`pays ${offset < 0n ? "the award" : "all"} for a ${name} ${when} a run-off's last day of service`, async () => {
        const shop = await loadCustomers();
        const { escrow, holder, merchantId, cardId } = shop;
        await open(shop, cardId);
        const { lastServiceAt } = await runOff(shop, 10n * DAY);
        await at(lastServiceAt + offset);
        const paid = offset < 0n ? HOLDERS_CAUSE : ISSUERS_CAUSE;
        await expect(uphold(shop, cardId, 0n))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.Ruling, ISSUERS_CAUSE - paid, paid);
      });
    }
  }

  it("keeps the slot of a card it closes, even after a run-off's notice", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, merchantId, cardId } = shop;
    const { noticeEndsAt } = await runOff(shop, 10n * DAY);
    await at(noticeEndsAt - 10n * DAY);
    await complain(shop, cardId);
    await at(noticeEndsAt);
    await expect(uphold(shop, cardId, 0n))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.Ruling, 0n, ISSUERS_CAUSE);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
  });
});
