import { expect } from "chai";
import { MaxUint256 } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { ExitRule, MerchantStatus, WarningKind } from "../../src/contracts/enums.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
  signSettlement,
} from "../helpers/actions.js";
import { ethers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  FINAL_SETTLEMENT,
  askToLeave,
  consume,
  flagDefault,
  runOff,
} from "../helpers/leaving.js";
import { askToMove, idAt } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { moneyOf } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";
import { warningsIn } from "../helpers/warnings.js";
import { expectSound, purse } from "./scene.js";

const CHANGE_DELAY = 7n * DAY;

describe("Attack: a merchant that sees the flag come", () => {
  it("settles and is paid a second before it: what the holders signed, and not a unit more", async () => {
    const shop = await loadShop();
    const { escrow, token, operator, holder, payout, stranger, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 5n);
    await escrow.connect(operator).settleAndPayOut(merchantId, [voucher]);
    const { windowEndsAt } = await flagDefault(shop);
    expect(await purse(token, payout)).to.equal(300n * TOKEN);
    await at(windowEndsAt);
    const before = await purse(token, holder);
    await escrow.connect(stranger).refundCards(merchantId, [cardId]);
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    await expectSound(shop, []);
  });

  it("settles after it, by every way to settle: the vouchers are booked in the window, and nothing leaves before its end", async () => {
    const shop = await loadShop();
    const { escrow, token, operator, holder, payout, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const vouchers = [];
    for (const count of [1n, 2n, 3n]) vouchers.push(await signVoucher(escrow, holder, cardId, count));
    const { windowEndsAt } = await flagDefault(shop);
    await escrow.connect(operator).settle(merchantId, [vouchers[0]!]);
    await expectRefusal(
      escrow.connect(operator).settleAndPayOut(merchantId, [vouchers[1]!]),
      escrow,
      "MerchantStatusForbids",
      merchantId,
      MerchantStatus.Defaulted,
    );
    const signed = await signSettlement(escrow, operator, merchantId, [vouchers[1]!]);
    await escrow.settleWithSignature(merchantId, [vouchers[1]!], signed.deadline, operator, signed.signature);
    await at(windowEndsAt - 1n);
    await escrow.connect(operator).settle(merchantId, [vouchers[2]!]);
    expect(await purse(token, payout)).to.equal(0n);
    await at(windowEndsAt);
    await expectRefusal(
      escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 4n)]),
      escrow,
      "MerchantSettlementClosed",
    );
    // What goes out after the window leaves every holder covered, whoever is first.
    await escrow.payOut(merchantId);
    expect(await purse(token, payout)).to.equal(180n * TOKEN);
    await expectSound(shop, [cardId]);
  });

  it("changes its payout address in the window: the money waits, and the change is its owner's to see and cancel", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, payout, stranger, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    const { windowEndsAt } = await flagDefault(shop);
    await escrow.connect(owner).setPayout(merchantId, stranger);
    await at(windowEndsAt);
    await escrow.payOut(merchantId);
    expect([await purse(token, payout), await purse(token, stranger)]).to.deep.equal([300n * TOKEN, 0n]);
  });

  it("counts its passes up to the second before: no more than lies further back than the accrual delay", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, stranger, merchantId, programs } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 100n * DAY);
    await escrow.connect(stranger).accrue([pass]);
    await escrow.payOut(merchantId);
    // The gym closed a week ago, and the regulator names that day.
    await flagDefault(shop, openedAt + 93n * DAY);
    await advance(FINAL_SETTLEMENT);
    const before = await purse(token, holder);
    await escrow.refundCards(merchantId, [pass]);
    const served = (93n * DAY * 3_600n * TOKEN) / (365n * DAY);
    expect((await purse(token, holder)) - before).to.equal(3_600n * TOKEN - served);
  });

  it("starts a run-off first, closes first, or does both: the flag comes all the same, and what is on cards is paid", async () => {
    const shop = await loadShop();
    const { escrow, token, regulator, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt - 1n);
    const { windowEndsAt } = await flagDefault(shop);
    // The notice ends under the flag: refunds wait for the window, which is the last.
    await expectRefusal(escrow.refundCards(merchantId, [cardId]), escrow, "MerchantTooEarly");
    await expectRefusal(escrow.closeMerchant(merchantId), escrow, "MerchantStatusForbids");
    await at(windowEndsAt);
    const before = await purse(token, holder);
    await escrow.refundCards(merchantId, [cardId]);
    expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
    await expectRefusal(escrow.connect(regulator).withdrawDefault(merchantId), escrow, "MerchantSettlementClosed");
  });

  it("buys its own cards to dilute complaints or to hide behind: it locks its own money, and gets that money and no more", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, operator, merchantId, programs } = shop;
    await token.mint(owner, 100_000n * TOKEN);
    await token.connect(owner).approve(escrow, 100_000n * TOKEN);
    const before = await purse(token, owner);
    const victim = await buyCard(shop, { program: programs.count });
    const own = [];
    for (let i = 0; i < 5; i += 1) {
      own.push(await buyCard(shop, { program: programs.open, holder: owner, principal: 10_000n * TOKEN }));
    }
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, owner, own[0]!, 10_000n * TOKEN)]);
    await escrow.payOut(merchantId);
    for (const cardId of own.slice(1)) await escrow.connect(operator).refundCard(cardId);
    expect((await purse(token, owner)) + (await purse(token, shop.payout))).to.equal(before);
    await expectSound(shop, [victim, ...own]);
  });

  it("sells itself cards for the length of one transaction, with borrowed money: the Complaints warning stays up", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, holder, merchantId, programs } = shop;
    const complained = [];
    for (let i = 0; i < 4; i += 1) complained.push(await buyCard(shop, { program: programs.count }));
    const puppet = await ethers.deployContract("Batch");
    const lent = 100_000n * TOKEN;
    await token.mint(puppet, lent);
    const approval = token.interface.encodeFunctionData("approve", [await escrow.getAddress(), MaxUint256]);
    await puppet.run(token, [approval]);
    await escrow.connect(owner).setOperator(merchantId, puppet, true);
    const self = await puppet.getAddress();
    const idOf = (serial: bigint) => encodeCardId({ holder: self, programId: programs.open, serial });
    const [dust, large] = [idOf(0n), idOf(1n)];
    const call = escrow.interface;
    // No card can be complained about in its cooling-off, so this one was bought before.
    await puppet.run(escrow, [call.encodeFunctionData("buy", [programs.open, self, 1n, 0n])]);
    await advance(COOLING_OFF);
    for (const cardId of complained) await escrow.connect(holder).complain(cardId, EVIDENCE);
    const washing = puppet.run(escrow, [
      call.encodeFunctionData("buy", [programs.open, self, lent - 1n, 1n]),
      call.encodeFunctionData("complain", [dust, EVIDENCE]),
      call.encodeFunctionData("reviewWarnings", [merchantId]),
      call.encodeFunctionData("refundCard", [dust]),
      call.encodeFunctionData("reviewWarnings", [merchantId]),
      call.encodeFunctionData("refundCard", [large]),
    ]);
    expect(await warningsIn(escrow, washing, WarningKind.Complaints)).to.deep.equal([]);
    expect(await token.balanceOf(puppet)).to.equal(lent);
    expect((await escrow.warnings(merchantId)).map(({ kind }) => kind)).to.deep.equal([WarningKind.Complaints]);
  });
});

describe("Attack: flags, withdrawals and the clocks of others", () => {
  it("a flag cannot revive what had lapsed, nor end what had not, seconds before a lapse, at it, and after it", async () => {
    for (const offset of [-10n, -2n, 0n, 1n]) {
      const shop = await loadShop();
      const { escrow, regulator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { lapsesAt } = await askToLeave(shop, cardId);
      await at(lapsesAt + offset);
      await flagDefault(shop);
      await advance(3n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      const executed = escrow.executeExit(cardId);
      if (offset < 0n) await expect(executed).to.emit(escrow, "CardRefunded");
      else await expectRefusal(executed, escrow, "CardExitNotRequested", cardId);
    }
  });

  it("a consent, a lapse and a flag race for one move: it is executed once, to whom the holder named, or not at all", async () => {
    const shop = await loadShop();
    const { escrow, regulator, operator, merchantId, programs, other } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const { lapsesAt } = await askToMove(shop, cardId);
    await at(lapsesAt - 10n);
    await expectRefusal(
      escrow.connect(operator).consentMove(cardId, (await escrow.card(cardId)).nonce),
      escrow,
      "CardMoveAlreadyDue",
    );
    await at(lapsesAt - 5n);
    await flagDefault(shop);
    await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "MerchantStatusForbids");
    await advance(3n * DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    await escrow.executeMove(cardId, 0n);
    await expectRefusal(escrow.executeMove(cardId, 1n), escrow, "CardNotOpen");
    expect(await escrow.remaining(idAt(cardId, other))).to.equal(1_200n * TOKEN);
    await expectSound(shop, [cardId, idAt(cardId, other)]);
  });

  it("a holder who has moved a card, and the recovery address of that holder, have no say over it any more", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(holder).setRecovery(shop.relayer);
    await askToMove(shop, cardId);
    await advance(EXIT_DELAY);
    await escrow.executeMove(cardId, 0n);
    const moved = idAt(cardId, other);
    // Neither the old holder nor the old holder's friend can act on the card any more.
    for (const person of [holder, shop.relayer]) {
      for (const call of [
        () => escrow.connect(person).requestMove(moved, person),
        () => escrow.connect(person).requestExit(moved),
        () => escrow.connect(person).cancelExit(moved),
      ]) {
        await expectRefusal(call(), escrow, "CardHolderOnly", moved, person.address, other.address);
      }
    }
  });
});

describe("Attack: spam", () => {
  it("complaints by everybody: they warn, stop nothing, cost the merchant no unit, and all end with their cards", async () => {
    const shop = await loadShop();
    const { escrow, token, payout, merchantId, programs } = shop;
    const crowd = [shop.holder, shop.other, shop.payer];
    const cards: string[] = [];
    for (const person of crowd) {
      for (let i = 0; i < 10; i += 1) {
        cards.push(await buyCard(shop, { program: programs.open, holder: person, principal: 1n }));
      }
    }
    await advance(COOLING_OFF);
    for (const [i, cardId] of cards.entries()) {
      await escrow.connect(crowd[Math.floor(i / 10)]).complain(cardId, EVIDENCE);
    }
    const [warning] = await escrow.warnings(merchantId);
    expect(warning?.kind).to.equal(WarningKind.Complaints);
    // Business goes on: it sells, settles and is paid.
    const honest = await buyCard(shop, { program: programs.count });
    await consume(shop, honest, 5n);
    await escrow.payOut(merchantId);
    expect(await purse(token, payout)).to.equal(300n * TOKEN);
    for (const [i, cardId] of cards.entries()) await escrow.connect(crowd[Math.floor(i / 10)]).requestExit(cardId);
    const { complaintCount, complaintValue } = await escrow.merchant(merchantId);
    expect([complaintCount, complaintValue]).to.deep.equal([0n, 0n]);
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    await expectSound(shop, [...cards, honest]);
  });

  it("a holder who complains, gives up and complains again: each turn waits a ruling timeout, and the count is never more than one", async () => {
    const shop = await loadShop();
    const { escrow, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await advance(COOLING_OFF);
    for (let turn = 0; turn < 5; turn += 1) {
      await escrow.connect(holder).complain(cardId, EVIDENCE);
      expect((await escrow.merchant(merchantId)).complaintCount).to.equal(1n);
      await escrow.connect(holder).requestExit(cardId);
      await escrow.connect(holder).cancelExit(cardId);
      const { complaintFrom } = await escrow.dispute(cardId);
      await at(complaintFrom - 1n);
      const early = escrow.connect(holder).complain(cardId, EVIDENCE);
      await expectRefusal(early, escrow, "CardComplaintTooEarly", cardId, complaintFrom - 1n, complaintFrom);
      await at(complaintFrom);
    }
    const { complaintCount, complaintValue } = await escrow.merchant(merchantId);
    expect([complaintCount, complaintValue]).to.deep.equal([0n, 0n]);
  });

  it("a till that contests every request of every card: each holder is out a ruling timeout later, and the merchant has the discount at most", async () => {
    const shop = await loadShop();
    const { escrow, token, operator, holder, stranger, programs } = shop;
    const cards = [];
    for (let i = 0; i < 3; i += 1) cards.push(await buyCard(shop, { program: programs.count }));
    for (const cardId of cards) await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    const before = await purse(token, holder);
    for (const cardId of cards) {
      await askToLeave(shop, cardId);
      await escrow.connect(operator).contestExit(cardId, EVIDENCE);
    }
    await at((await escrow.dispute(cards[2]!)).rulingUntil);
    for (const cardId of cards) {
      await expect(escrow.connect(stranger).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    }
    expect((await purse(token, holder)) - before).to.equal(3n * 800n * TOKEN);
    await expectSound(shop, cards);
  });

  it("cards bought to fill a ceiling and left in cooling-off: sales stop while the money is locked, and a till makes room at once", async () => {
    const shop = await loadShop();
    const { escrow, token, regulator, operator, holder, other: attacker } = shop;
    const strict = await anotherPolicy(shop, { rejectOverCap: true });
    const merchantId = await anotherMerchant(shop, { policyId: strict, outstandingCap: 5_000n });
    const terms = { kind: 0n, price: 0n, units: 0n, listPrice: 0n };
    const program = await anotherProgram(shop, terms, merchantId);
    const before = await purse(token, attacker);
    const block = await buyCard(shop, { program, holder: attacker, principal: 5_000n * TOKEN });
    const { executableAt } = await askToLeave(shop, block, attacker);
    await expectRefusal(buyCard(shop, { program, principal: 1n }), escrow, "MerchantCapExceeded");
    // Waiting costs the attacker the use of the money, and the merchant the sales of an exit delay: a refund ends both.
    await escrow.connect(operator).refundCard(block);
    expect(await purse(token, attacker)).to.equal(before);
    const honest = await buyCard(shop, { program, principal: 5_000n * TOKEN, holder });
    // Or the regulator raises the ceiling.
    await escrow.connect(regulator).setOutstandingCap(merchantId, 10_000n);
    await buyCard(shop, { program, holder: attacker, principal: 5_000n * TOKEN });
    expect(await escrow.remaining(honest)).to.equal(5_000n * TOKEN);
    expect(executableAt > (await now())).to.be.true;
  });

  it("a move is front-run at every serial it is sent with: it goes through as soon as it is sent at the one after, for as long as it is due", async () => {
    const shop = await loadShop();
    const { escrow, payer, stranger, other, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.open });
    const { executableAt } = await askToMove(shop, cardId);
    await at(executableAt);
    for (let serial = 0n; serial < 5n; serial += 1n) {
      await escrow.connect(payer).buy(programs.open, other, 1n, serial);
      const taken = escrow.connect(stranger).executeMove(cardId, serial);
      await expectRefusal(taken, escrow, "CardSerialTaken", idAt(cardId, other, serial));
    }
    await escrow.connect(stranger).executeMove(cardId, 5n);
    expect(await escrow.remaining(idAt(cardId, other, 5n))).to.equal(1_000n * TOKEN);
  });

  it("a recovery address that asks again after every objection: it costs the holder one call for all cards to be rid of it", async () => {
    const shop = await loadShop();
    const { escrow, holder, relayer: friend, stranger, programs } = shop;
    await escrow.connect(holder).setRecovery(friend);
    const cards = [];
    for (let i = 0; i < 5; i += 1) cards.push(await buyCard(shop, { program: programs.open }));
    for (const cardId of cards) await escrow.connect(friend).requestMove(cardId, stranger);
    await escrow.connect(holder).cancelMove(cards[0]!);
    await escrow.connect(friend).requestMove(cards[0]!, stranger);
    await escrow.connect(holder).setRecovery(holder);
    await advance(31n * DAY);
    for (const cardId of cards) {
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
      await expectRefusal(escrow.connect(friend).requestMove(cardId, friend), escrow, "CardHolderOnly");
    }
  });
});

describe("Attack: with a merchant's own keys", () => {
  it("a thief of the owner's key redirects payouts: not for seven days, and the owner's cancellation ends it each time", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, payout, stranger, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    for (let i = 1n; i <= 3n; i += 1n) {
      await escrow.connect(owner).setPayout(merchantId, stranger);
      await advance(CHANGE_DELAY - 10n);
      await escrow.connect(owner).cancelPayout(merchantId);
      await consume(shop, cardId, i);
      await escrow.payOut(merchantId);
    }
    expect([await purse(token, payout), await purse(token, stranger)]).to.deep.equal([180n * TOKEN, 0n]);
  });

  it("a seller of the business leaves a payout address that changes after the sale: the buyer sees it and cancels it in time", async () => {
    const shop = await loadShop();
    const { escrow, token, owner: seller, payout, other: buyer, stranger, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(seller).transferOwnership(merchantId, buyer);
    const { ownershipAcceptableAt } = await escrow.merchant(merchantId);
    await at(ownershipAcceptableAt - 10n);
    await escrow.connect(seller).setPayout(merchantId, stranger);
    await at(ownershipAcceptableAt);
    await escrow.connect(buyer).acceptOwnership(merchantId);
    const taken = await escrow.merchant(merchantId);
    expect([taken.owner, taken.nextPayout]).to.deep.equal([buyer.address, stranger.address]);
    // The tills are still the seller's too.
    expect(await escrow.isOperator(merchantId, operator)).to.be.true;
    await escrow.connect(buyer).cancelPayout(merchantId);
    await escrow.connect(buyer).setOperator(merchantId, operator, false);
    await advance(CHANGE_DELAY);
    await expectRefusal(escrow.connect(operator).settle(merchantId, []), escrow, "MerchantOperatorOnly");
    await escrow.connect(buyer).setOperator(merchantId, buyer, true);
    await escrow.connect(buyer).settleAndPayOut(merchantId, [await signVoucher(escrow, shop.holder, cardId, 1n)]);
    expect([await purse(token, payout), await purse(token, stranger)]).to.deep.equal([60n * TOKEN, 0n]);
  });

  it("an owner who changes policy, programs and prices under sold cards: their terms are those of the day of sale", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, regulator, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    await advance(COOLING_OFF);
    const dear = await anotherPolicy(shop, {
      maxListBps: 30_000n,
      exitDelay: 30n * DAY,
      rulingTimeout: 90n * DAY,
      runOffNotice: 30n * DAY,
    });
    await escrow.connect(regulator).setMerchantPolicy(merchantId, dear);
    await escrow.connect(owner).retireProgram(programs.count);
    await anotherProgram(shop, { kind: 1n, price: 1_200n * TOKEN, units: 1n, listPrice: 3_600n * TOKEN });
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    await expectRefusal(escrow.connect(operator).contestExit(cardId, EVIDENCE), escrow, "CardContestTooLate");
    const before = await purse(token, holder);
    await expect(escrow.executeExit(cardId))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder.address, ExitRule.NoObjection, 100n * TOKEN, 800n * TOKEN);
    expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
  });

  it("a run-off announced to last to the end of the notice, with every till gone: holders leave without anybody's help", async () => {
    const shop = await loadShop();
    const { escrow, token, owner, operator, holder, other, stranger, merchantId, programs } = shop;
    const cards = [
      await buyCard(shop, { program: programs.count }),
      await buyCard(shop, { program: programs.plan, holder: other }),
    ] as const;
    await escrow.connect(owner).startRunOff(merchantId, (await now()) + 30n * DAY);
    await escrow.connect(owner).setOperator(merchantId, operator, false);
    const { noticeEndsAt } = await escrow.merchant(merchantId);
    await at(noticeEndsAt);
    const before = [await purse(token, holder), await purse(token, other)];
    await escrow.connect(stranger).refundCards(merchantId, [...cards]);
    expect((await purse(token, holder)) - before[0]!).to.equal(1_200n * TOKEN);
    expect((await purse(token, other)) - before[1]!).to.equal(3_000n * TOKEN);
    await escrow.connect(stranger).closeMerchant(merchantId);
    expect((await moneyOf(shop)).held).to.equal(0n);
  });
});
