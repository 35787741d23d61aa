import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { DisputeKind, ExitRule, ProgramKind, SkipReason, WarningKind } from "../../src/contracts/enums.js";
import type { PolicyStruct } from "../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../helpers/actions.js";
import { ethers } from "../helpers/chain.js";
import { complain, contest, dismiss, passPrice, uphold } from "../helpers/disputes.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import {
  ACCRUAL_DELAY,
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  RULING_TIMEOUT,
  askToLeave,
  consume,
  flagDefault,
  runOff,
  suspend,
} from "../helpers/leaving.js";
import { RECOVERY_DELAY, askToRecover } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { moneyOf } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

const YEAR = 365n * DAY;
const PRICE = 3_600n * TOKEN;

/** A gym under rules of its own that sells a year's pass for 3 600 and 20 visits for 1 200. */
async function openGym(shop: Shop, rules: Partial<PolicyStruct> = {}) {
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
  const pass = { kind: ProgramKind.Pass, price: PRICE, units: YEAR, listPrice: PRICE };
  const visits = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
  return {
    ...shop,
    merchantId,
    programs: {
      ...shop.programs,
      pass: await anotherProgram(shop, pass, merchantId),
      count: await anotherProgram(shop, visits, merchantId),
    },
  };
}

/** What `account` gets by `act`. */
async function gained(shop: Shop, account: HardhatEthersSigner, act: () => Promise<unknown>): Promise<bigint> {
  const before = await purse(shop.token, account);
  await act();
  return (await purse(shop.token, account)) - before;
}

describe("Attack: a merchant that turns time into money", () => {
  it("refunds every pass of a shut gym in one transaction: it is paid no day of the suspension", async () => {
    const shop = await loadShop();
    const { escrow, holder, owner, stranger, merchantId, programs } = shop;
    const batch = await ethers.deployContract("Batch");
    await escrow.connect(owner).setOperator(merchantId, batch, true);
    const passes = [];
    for (let i = 0; i < 10; i += 1) passes.push(await buyCard(shop, { program: programs.pass }));
    await advance(20n * DAY);
    await escrow.accrue(passes);
    const booked = await Promise.all(passes.map(async (pass) => PRICE - (await escrow.remaining(pass))));
    const before = await moneyOf(shop);
    await suspend(shop);
    await advance(60n * DAY);
    const refunds = passes.map((pass) => escrow.interface.encodeFunctionData("refundCard", [pass]));
    const paid = await gained(shop, holder, async () => await batch.connect(stranger).run(escrow, refunds));
    expect(paid).to.equal(booked.reduce((sum, released) => sum + PRICE - released, 0n));
    expect((await moneyOf(shop)).releasable).to.equal(before.releasable);
  });

  it("consents at any moment: it is paid no second within the accrual delay, and `accrue` first gives it the rest", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 100n * DAY);
    await escrow.accrue([pass]);
    await at(openedAt + 106n * DAY);
    const paid = await gained(shop, holder, async () => await escrow.connect(operator).refundCard(pass));
    expect(paid).to.equal(PRICE - passPrice(100n * DAY - ACCRUAL_DELAY));
  });

  it("contests to let time run: what a dismissed contest took is given back to the second", async () => {
    const shop = await openGym(await loadShop(), { feePriceBps: 1_000n });
    const { escrow, holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 100n * DAY);
    const { requestedAt, rulingUntil } = await contest(shop, pass);
    const asked = await escrow.quoteExit(pass);
    const dismissedAt = rulingUntil - 1n;
    await expect(dismiss(shop, pass, dismissedAt))
      .to.emit(escrow, "PassExtended")
      .withArgs(shop.merchantId, pass, dismissedAt - requestedAt, openedAt + dismissedAt - requestedAt, true);
    await at(dismissedAt + 1n);
    await escrow.connect(holder).requestExit(pass);
    await advance(EXIT_DELAY);
    const paid = await gained(shop, holder, async () => await escrow.executeExit(pass));
    // One second has run since the dismissal.
    expect(paid).to.equal(PRICE - passPrice(100n * DAY + 1n) - PRICE / 10n);
    expect(asked.refund - paid).to.be.at.most(passPrice(1n) + 1n);
  });

  it("executes a complaint nobody ruled on to keep the discount: only the holder can", async () => {
    const shop = await loadShop();
    const { escrow, operator, stranger, association, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    const { rulingUntil } = await complain(shop, cardId);
    await at(rulingUntil);
    for (const caller of [operator, stranger, association]) {
      const executed = escrow.connect(caller).executeDispute(cardId);
      await expectRefusal(executed, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
    }
    expect(await gained(shop, holder, async () => await escrow.connect(holder).executeDispute(cardId))).to.equal(
      800n * TOKEN,
    );
  });

  it("is flagged, and the flag is withdrawn: no pass is charged for the window", async () => {
    const shop = await loadShop();
    const { escrow, regulator, holder, merchantId, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 50n * DAY);
    const { flaggedAt } = await flagDefault(shop);
    await at(flaggedAt + 6n * DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    await escrow.connect(regulator).resume(merchantId);
    await at(openedAt + 60n * DAY);
    const { executableAt } = await askToLeave(shop, pass);
    await at(executableAt);
    const paid = await gained(shop, holder, async () => await escrow.executeExit(pass));
    expect(paid).to.equal(PRICE - passPrice(54n * DAY));
  });

  it("buys and refunds its own card around a complaint: anyone has the warning looked at anew", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, operator, stranger, merchantId, programs } = shop;
    await token.mint(owner, 100_000n * TOKEN);
    await token.connect(owner).approve(escrow, 100_000n * TOKEN);
    const cards = [];
    for (let i = 0; i < 3; i += 1) cards.push(await buyCard(shop, { program: programs.count }));
    await advance(COOLING_OFF);
    for (const cardId of cards.slice(0, 2)) await complain(shop, cardId);
    const hiding = await buyCard(shop, { program: programs.open, holder: owner, principal: 90_000n * TOKEN });
    await complain(shop, cards[2]!);
    await escrow.connect(operator).refundCard(hiding);
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    await expect(escrow.connect(stranger).reviewWarnings(merchantId)).to.emit(escrow, "WarningRaised");
    expect((await escrow.warnings(merchantId)).map(({ kind }) => kind)).to.deep.equal([WarningKind.Complaints]);
    await expect(escrow.connect(stranger).reviewWarnings(merchantId)).to.not.emit(escrow, "WarningRaised");
  });

  it("pays out a lost key in the last second before a recovery: it cannot", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, relayer, programs } = shop;
    await escrow.connect(holder).setRecovery(relayer);
    const cardId = await buyCard(shop, { program: programs.count });
    const { executableAt, lapsesAt } = await askToRecover(shop, cardId);
    for (const time of [executableAt - 1n, executableAt, lapsesAt - 1n]) {
      await at(time);
      const refunded = escrow.connect(operator).refundCard(cardId);
      await expectRefusal(refunded, escrow, "CardMovePending", cardId, executableAt);
    }
    await at(lapsesAt);
    await expect(escrow.connect(operator).refundCard(cardId)).to.emit(escrow, "CardRefunded");
  });

  it("refunds a card whose holder moves it: that holder has the key", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, other, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(holder).requestMove(cardId, other);
    await expect(escrow.connect(operator).refundCard(cardId)).to.emit(escrow, "CardRefunded");
  });
});

describe("Attack: a holder that takes more than was paid for", () => {
  it("regrets a pass day after day: where the days do not count, the first visit ends it", async () => {
    const shop = await openGym(await loadShop(), { coolingOffInFull: true, coolingOffRequiresUnused: true });
    const { escrow, operator, holder, merchantId, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    await advance(3n * DAY);
    const regret = await escrow.quoteExit(pass);
    expect([regret.rule, regret.refund, regret.released]).to.deep.equal([ExitRule.CoolingOff, PRICE, 0n]);
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, pass, 1n)]);
    expect((await escrow.card(pass)).consumed).to.equal(1n);
    const { rule, refund } = await escrow.quoteExit(pass);
    expect(rule).to.equal(ExitRule.NoObjection);
    expect(refund).to.be.below(PRICE - passPrice(3n * DAY) + 1n);
  });

  it("leaves a pass on the last day of a cooling-off in full, whose fee covers the days: it pays the days or the fee", async () => {
    const rules = { coolingOff: 30n * DAY, coolingOffInFull: true, coolingOffFeeBps: 1_000n };
    for (const [day, refund] of [
      [0n, PRICE],
      [29n, PRICE - passPrice(29n * DAY)],
    ] as const) {
      const shop = await openGym(await loadShop(), rules);
      const { escrow, holder, programs } = shop;
      const pass = await buyCard(shop, { program: programs.pass });
      await at((await now()) + day * DAY + (day === 0n ? 1n : 0n));
      const { executableAt } = await askToLeave(shop, pass);
      await at(executableAt);
      const paid = await gained(shop, holder, async () => await escrow.executeExit(pass));
      // A fee for leaving is not charged: the fee of 360 is dearer than the days of leaving later.
      expect(paid).to.equal(day === 0n ? refund - passPrice(1n) : refund);
    }
  });

  it("signs more than a second for a pass, or one where nobody asks whether it is unused: neither is booked", async () => {
    const asked = await openGym(await loadShop(), { coolingOffRequiresUnused: true });
    const { escrow, operator, holder } = asked;
    const unasked = await openGym(asked);
    for (const [gym, cumulative] of [
      [asked, 2n],
      [asked, YEAR],
      [unasked, 1n],
    ] as const) {
      const pass = await buyCard(gym, { program: gym.programs.pass });
      const voucher = await signVoucher(escrow, holder, pass, cumulative);
      await expect(escrow.connect(operator).settle(gym.merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSkipped")
        .withArgs(pass, SkipReason.Pass);
    }
  });

  it("leaves a pass one second after its start, and on day 3: nothing is contestable, and nothing is kept", async () => {
    for (const rules of [{ coolingOffRequiresUnused: true }, {}]) {
      for (const time of [1n, 3n * DAY]) {
        const shop = await openGym(await loadShop(), {
          ...rules,
          coolingOffInFull: "coolingOffRequiresUnused" in rules,
        });
        const { escrow, operator, holder, programs } = shop;
        const pass = await buyCard(shop, { program: programs.pass });
        await at((await now()) + time);
        const { executableAt } = await askToLeave(shop, pass);
        const contested = escrow.connect(operator).contestExit(pass, EVIDENCE);
        await expectRefusal(contested, escrow, "CardExitNotContestable", pass, ExitRule.CoolingOff);
        await at(executableAt);
        const paid = await gained(shop, holder, async () => await escrow.executeExit(pass));
        expect(paid).to.equal("coolingOffRequiresUnused" in rules ? PRICE : PRICE - passPrice(time));
      }
    }
  });

  it("complains in cooling-off: asking to leave pays as much and sooner, and the refusal says until when", async () => {
    const shop = await loadShop();
    const { escrow, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const end = (await now()) + COOLING_OFF;
    await at(end - 1n);
    const refused = escrow.connect(holder).complain(cardId, EVIDENCE);
    await expectRefusal(refused, escrow, "CardInCoolingOff", cardId, end - 1n, end);
    await at(end);
    await expect(escrow.connect(holder).complain(cardId, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
  });

  it("complains again and again to stop a pass from counting: each further complaint waits", async () => {
    const shop = await loadShop();
    const { escrow, holder, stranger, merchantId, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await advance(COOLING_OFF);
    const { rulingUntil } = await complain(shop, pass);
    await at(rulingUntil - 1n);
    await expect(escrow.accrue([pass]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(pass, SkipReason.Waiting);
    await at(rulingUntil);
    const counted = rulingUntil - ACCRUAL_DELAY - openedAt;
    await expect(escrow.accrue([pass]))
      .to.emit(escrow, "PassAccrued")
      .withArgs(merchantId, pass, passPrice(counted), counted);
    // Taken back by a request to leave.
    await escrow.connect(holder).requestExit(pass);
    const complaintFrom = (await now()) + RULING_TIMEOUT;
    expect((await escrow.dispute(pass)).complaintFrom).to.equal(complaintFrom);
    await escrow.connect(holder).cancelExit(pass);
    await at(complaintFrom - 1n);
    const early = escrow.connect(holder).complain(pass, EVIDENCE);
    await expectRefusal(early, escrow, "CardComplaintTooEarly", pass, complaintFrom - 1n, complaintFrom);
    await at(complaintFrom);
    const second = await complain(shop, pass);
    // Not executed, and ended by anyone.
    const endsAt = second.rulingUntil + EXIT_DELAY;
    await at(endsAt - 1n);
    await expectRefusal(escrow.endComplaint(pass), escrow, "CardComplaintPending", pass, endsAt - 1n, endsAt);
    await at(endsAt);
    await expect(escrow.connect(stranger).endComplaint(pass)).to.emit(escrow, "ComplaintEnded");
    expect((await escrow.dispute(pass)).complaintFrom).to.equal(endsAt + RULING_TIMEOUT);
  });

  it("asks to leave and cancels to stop the time: cancelling charges all of it", async () => {
    const shop = await loadShop();
    const { escrow, holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 50n * DAY);
    await escrow.connect(holder).requestExit(pass);
    await at(openedAt + 100n * DAY);
    await escrow.connect(holder).cancelExit(pass);
    expect((await escrow.quoteExit(pass)).consumed).to.equal(100n * DAY);
  });

  it("is extended after cooling-off: no second one begins", async () => {
    const shop = await openGym(await loadShop(), { feePriceBps: 1_000n });
    const { escrow, operator, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    await advance(COOLING_OFF);
    await escrow.connect(operator).extendPasses([pass], 365n * DAY);
    const { openedAt, coolingOffOver } = await escrow.card(pass);
    expect(coolingOffOver).to.equal(true);
    await at(openedAt + 1n);
    expect((await escrow.quoteExit(pass)).rule).to.equal(ExitRule.NoObjection);
  });
});

describe("A holder whose rights depend on nobody's goodwill", () => {
  it("keeps cooling-off when its merchant extends the pass after the last day of service", async () => {
    for (const act of ["till", "nobody"] as const) {
      const shop = await openGym(await loadShop(), { coolingOffInFull: true, coolingOffRequiresUnused: true });
      const { escrow, operator, holder, merchantId, programs } = shop;
      const pass = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const { noticeEndsAt } = await runOff(shop, 5n * DAY, merchantId);
      await at(openedAt + 20n * DAY);
      if (act === "till") await escrow.connect(operator).extendPasses([pass], 1n);
      await at(noticeEndsAt);
      const paid = await gained(shop, holder, async () => await escrow.refundCards(merchantId, [pass]));
      expect(paid).to.equal(PRICE);
    }
  });

  it("leaves a pass however late the request is executed, as of the request", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, stranger, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 10n * DAY);
    await escrow.connect(holder).requestExit(pass);
    await at(openedAt + 3n * YEAR);
    await escrow.accrue([pass]);
    const paid = await gained(shop, holder, async () => await escrow.connect(stranger).executeExit(pass));
    expect(paid).to.equal(PRICE - passPrice(10n * DAY));
    expect(operator.address).to.not.equal(holder.address);
  });

  it("recovers a pass that an old request would lock: two exit delays after it, with the time given back", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, relayer, programs } = shop;
    await escrow.connect(holder).setRecovery(relayer);
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 50n * DAY);
    await escrow.connect(holder).requestExit(pass);
    const yieldsAt = openedAt + 50n * DAY + 2n * EXIT_DELAY;
    await at(yieldsAt - 1n);
    const early = escrow.connect(relayer).requestMove(pass, other);
    await expectRefusal(early, escrow, "CardExitPending", pass, openedAt + 50n * DAY + EXIT_DELAY);
    await at(yieldsAt);
    const byHolder = escrow.connect(holder).requestMove(pass, other);
    await expectRefusal(byHolder, escrow, "CardExitPending", pass, openedAt + 50n * DAY + EXIT_DELAY);
    const asked = yieldsAt + 1n;
    await at(asked);
    await expect(escrow.connect(relayer).requestMove(pass, other))
      .to.emit(escrow, "PassExtended")
      .withArgs(shop.merchantId, pass, asked - openedAt - 50n * DAY, asked - 50n * DAY, true);
    expect((await escrow.card(pass)).exitRequestedAt).to.equal(0n);
    await at(asked + RECOVERY_DELAY);
    await escrow.executeMove(pass, 0n);
    const moved = encodeCardId({ holder: other.address, programId: programs.pass, serial: 0n });
    const card = await escrow.card(moved);
    expect([card.openedAt, card.coolingOffOver]).to.deep.equal([asked - 50n * DAY, true]);
  });

  it("recovers a pass that was regretted: what was left of its cooling-off is left again", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, relayer, merchantId, programs } = shop;
    await escrow.connect(holder).setRecovery(relayer);
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 3n * DAY);
    await escrow.connect(holder).requestExit(pass);
    const asked = openedAt + 33n * DAY;
    await at(asked);
    await expect(escrow.connect(relayer).requestMove(pass, other))
      .to.emit(escrow, "PassExtended")
      .withArgs(merchantId, pass, 30n * DAY, openedAt + 30n * DAY, false);
    await at(asked + 4n * DAY - 1n);
    await escrow.accrue([]);
    expect((await escrow.quoteExit(pass)).rule).to.equal(ExitRule.CoolingOff);
    await at(asked + 4n * DAY);
    await escrow.accrue([]);
    expect((await escrow.quoteExit(pass)).rule).to.equal(ExitRule.NoObjection);
  });

  it("complains about a shut gym and is paid, by the ruling, up to the accrual delay before the complaint", async () => {
    const shop = await loadShop();
    const { holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 100n * DAY);
    const { rulingFrom } = await complain(shop, pass);
    await at(rulingFrom + 20n * DAY);
    const paid = await gained(shop, holder, async () => await uphold(shop, pass, PRICE));
    expect(paid).to.equal(PRICE - passPrice(100n * DAY - ACCRUAL_DELAY));
  });

  it("is quoted what is paid: a request that falls due after the last day of service, and a card anyone can close now", async () => {
    const shop = await loadShop();
    const { escrow, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    const { lastServiceAt } = await runOff(shop, 3n * DAY);
    const { executableAt } = await askToLeave(shop, cardId);
    expect(executableAt).to.be.above(lastServiceAt);
    const quote = await escrow.quoteExit(cardId);
    expect([quote.rule, quote.refund, quote.executableAt]).to.deep.equal([ExitRule.RunOff, 900n * TOKEN, executableAt]);
    await at(executableAt);
    expect(await gained(shop, holder, async () => await escrow.executeExit(cardId))).to.equal(quote.refund);
  });

  it("is quoted the end of the time to rule on a complaint, once it is over, and not five days more", async () => {
    const shop = await loadShop();
    const { escrow, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await advance(COOLING_OFF);
    const { rulingUntil } = await complain(shop, cardId);
    await at(rulingUntil + DAY);
    await escrow.accrue([]);
    const { rule, executableAt, lapsesAt } = await escrow.quoteExit(cardId);
    expect([rule, executableAt, lapsesAt]).to.deep.equal([
      ExitRule.RulingTimeout,
      rulingUntil,
      rulingUntil + EXIT_DELAY,
    ]);
  });

  it("is not kept waiting by a contest where nothing is at stake", async () => {
    const shop = await loadShop();
    const { escrow, operator, programs } = shop;
    const cards = [
      { cardId: await buyCard(shop, { program: programs.pass }), whole: false },
      { cardId: await buyCard(shop, { program: programs.open }), whole: true },
      { cardId: await buyCard(shop, { program: programs.count }), whole: true },
    ];
    await advance(COOLING_OFF);
    for (const { cardId } of cards) {
      await askToLeave(shop, cardId);
      const { refund } = await escrow.quoteExit(cardId);
      const contested = escrow.connect(operator).contestExit(cardId, EVIDENCE);
      await expectRefusal(contested, escrow, "CardExitPaysInFull", cardId, refund);
    }
  });

  it("keeps the claim whatever the order of acts, and the books stay sound", async () => {
    const shop = await openGym(await loadShop(), { feePriceBps: 3_000n, feeRestBps: 5_000n });
    const { escrow, operator, holder, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    await advance(COOLING_OFF + 10n * DAY);
    await contest(shop, pass);
    expect((await escrow.dispute(pass)).kind).to.equal(DisputeKind.Contest);
    await escrow.connect(operator).refundCard(pass);
    expect(await purse(shop.token, holder)).to.be.above(0n);
    await expectSound(shop, [pass]);
  });
});
