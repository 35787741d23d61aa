import { expect } from "chai";

import { ExitRule, SkipReason } from "../../src/contracts/enums.js";
import { advance, at, buyCard, now, signExit, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  RULING_TIMEOUT,
  askToLeave,
  consume,
  flagDefault,
  runOff,
} from "../helpers/leaving.js";
import { RECOVERY_DELAY, idAt } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { logsOf } from "../helpers/settling.js";
import type { SignedVoucher } from "../helpers/actions.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

/** What five of twenty visits for 1 200 are worth to the merchant. */
const FIVE_VISITS = 300n * TOKEN;

/** A card past its cooling-off, and a visit that is signed, served and not yet settled. */
async function deployServed() {
  const shop = await loadShop();
  const { escrow, holder, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.count });
  await advance(COOLING_OFF);
  return { ...shop, cardId, voucher: await signVoucher(escrow, holder, cardId, 5n) };
}
type Served = Awaited<ReturnType<typeof deployServed>>;
const load = () => networkHelpers.loadFixture(deployServed);

const settle = async ({ escrow, operator, merchantId }: Served, voucher: SignedVoucher) =>
  await logsOf(escrow, escrow.connect(operator).settle(merchantId, [voucher]));

describe("Attack: a holder signs, is served, and tries to be gone before the till settles", () => {
  /** Each way begins with an act of the holder, and is executed at the earliest second it can be. */
  const ways: Readonly<
    Record<string, (shop: Served) => Promise<{ readonly due: bigint; readonly close: () => Promise<unknown> }>>
  > = {
    "by leaving": async (shop) => {
      const { executableAt } = await askToLeave(shop, shop.cardId);
      return { due: executableAt, close: () => shop.escrow.executeExit(shop.cardId) };
    },
    "by a signed request that a friend relays": async (shop) => {
      const { deadline, signature } = await signExit(shop.escrow, shop.holder, shop.cardId);
      await shop.escrow.connect(shop.stranger).requestExitWithSignature(shop.cardId, deadline, signature);
      return { due: (await now()) + EXIT_DELAY, close: () => shop.escrow.executeExit(shop.cardId) };
    },
    "by leaving to another address": async (shop) => {
      const { executableAt } = await askToLeave(shop, shop.cardId);
      const escrow = shop.escrow.connect(shop.holder);
      return { due: executableAt, close: () => escrow.executeExitTo(shop.cardId, shop.other) };
    },
    "by moving the card to an accomplice": async (shop) => {
      await shop.escrow.connect(shop.holder).requestMove(shop.cardId, shop.other);
      return { due: (await now()) + EXIT_DELAY, close: () => shop.escrow.executeMove(shop.cardId, 0n) };
    },
    "by having a recovery address move it": async (shop) => {
      await shop.escrow.connect(shop.holder).setRecovery(shop.relayer);
      await shop.escrow.connect(shop.relayer).requestMove(shop.cardId, shop.other);
      return { due: (await now()) + RECOVERY_DELAY, close: () => shop.escrow.executeMove(shop.cardId, 0n) };
    },
    "by complaining and waiting for nobody to rule": async (shop) => {
      await shop.escrow.connect(shop.holder).complain(shop.cardId, EVIDENCE);
      return {
        due: (await now()) + RULING_TIMEOUT,
        close: () => shop.escrow.connect(shop.holder).executeDispute(shop.cardId),
      };
    },
    "by complaining to an accomplice at the association": async (shop) => {
      const { escrow, association, cardId } = shop;
      await escrow.connect(shop.holder).complain(cardId, EVIDENCE);
      const close = () => escrow.connect(association).resolve(cardId, true, 2n ** 88n - 1n, EVIDENCE);
      return { due: (await escrow.dispute(cardId)).rulingFrom, close };
    },
    "by asking to leave in a run-off, whose notice ends before the delay": async (shop) => {
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt - DAY);
      await askToLeave(shop, shop.cardId);
      return { due: noticeEndsAt, close: () => shop.escrow.refundCards(shop.merchantId, [shop.cardId]) };
    },
    "by naming another address when a flag's window ends": async (shop) => {
      const { windowEndsAt } = await flagDefault(shop);
      const escrow = shop.escrow.connect(shop.holder);
      return { due: windowEndsAt, close: () => escrow.executeExitTo(shop.cardId, shop.other) };
    },
    "by ending a complaint with a request to leave": async (shop) => {
      await shop.escrow.connect(shop.holder).complain(shop.cardId, EVIDENCE);
      const { executableAt } = await askToLeave(shop, shop.cardId);
      return { due: executableAt, close: () => shop.escrow.executeExit(shop.cardId) };
    },
  };

  for (const [name, begin] of Object.entries(ways)) {
    it(`${name}: a till that settles in the last second before it is due is paid for the visit`, async () => {
      const shop = await load();
      const { due, close } = await begin(shop);
      await at(due - 1n);
      const [booked] = await settle(shop, shop.voucher);
      expect(booked?.[0]).to.equal("ConsumptionSettled");
      await at(due);
      await close();
      expect(await shop.escrow.releasable(shop.merchantId)).to.be.at.least(FIVE_VISITS);
    });

    it(`${name}: not a second earlier, however it is tried`, async () => {
      const shop = await load();
      const { due, close } = await begin(shop);
      await at(due - 1n);
      await expect(close()).to.be.revert(ethers);
      const [booked] = await settle(shop, await signVoucher(shop.escrow, shop.holder, shop.cardId, 6n));
      expect(booked?.[0]).to.equal("ConsumptionSettled");
    });
  }

  it("by signing again once the request is due: that visit can be dodged, and the till could read it from the card", async () => {
    const shop = await load();
    const { escrow, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    // What a till reads before it serves: a request is pending, and it is due.
    expect((await escrow.card(cardId)).exitRequestedAt).to.not.equal(0n);
    expect((await escrow.quoteExit(cardId)).executableAt).to.be.at.most(executableAt);
    await escrow.executeExit(cardId);
    const [log] = await settle(shop, shop.voucher);
    expect(log).to.deep.equal(["ConsumptionSkipped", cardId, SkipReason.CardNotOpen]);
  });

  it("by asking to leave in cooling-off, after the visit: the visit is settled all the same, only the rest is paid back", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 5n);
    const { executableAt } = await askToLeave(shop, cardId);
    await escrow.connect(operator).settle(merchantId, [voucher]);
    const before = await purse(token, holder);
    await at(executableAt);
    await escrow.executeExit(cardId);
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    expect(await escrow.releasable(merchantId)).to.equal(FIVE_VISITS);
  });

  it("by letting requests lapse and asking again for ever: each gives the till its whole delay, and the visit stays good", async () => {
    const shop = await load();
    for (let i = 0; i < 5; i += 1) {
      const { lapsesAt } = await askToLeave(shop, shop.cardId);
      await at(lapsesAt);
    }
    const [booked] = await settle(shop, shop.voucher);
    expect(booked?.[0]).to.equal("ConsumptionSettled");
  });

  it("by a stale voucher that a hostile relayer brings first: the lower cumulative is booked first, and the higher one books the rest", async () => {
    const shop = await load();
    const { escrow, holder, cardId, merchantId } = shop;
    await settle(shop, await signVoucher(escrow, holder, cardId, 2n));
    await settle(shop, shop.voucher);
    await settle(shop, await signVoucher(escrow, holder, cardId, 2n));
    expect(await escrow.releasable(merchantId)).to.equal(FIVE_VISITS);
  });
});

describe("Attack: an exit is front-run and sandwiched", () => {
  it("by the merchant, with every act it has in the block before: the holder is paid by the rule, for what was signed", async () => {
    const shop = await load();
    const { escrow, token, owner, operator, holder, stranger, cardId, merchantId, programs, voucher } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt - 1n);
    await escrow.connect(operator).settle(merchantId, [voucher]);
    const before = await purse(token, holder);
    // Nothing of this is in the way of an exit that is due.
    await escrow.connect(owner).retireProgram(programs.count);
    await escrow.connect(owner).setPayout(merchantId, stranger);
    await expectRefusal(escrow.connect(operator).contestExit(cardId, EVIDENCE), escrow, "CardContestTooLate");
    await escrow.payOut(merchantId);
    await expect(escrow.connect(stranger).executeExit(cardId))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder.address, ExitRule.NoObjection, 100n * TOKEN, 800n * TOKEN);
    expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
    await expectSound(shop, [cardId]);
  });

  it("by the merchant, with a count of a pass before the request is mined: no second is booked that was not already due", async () => {
    const shop = await loadShop();
    const { escrow, programs, merchantId, stranger } = shop;
    const pass = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 100n * DAY);
    await escrow.connect(stranger).accrue([pass]);
    expect((await escrow.card(pass)).consumed).to.equal(93n * DAY);
    const { requestedAt, executableAt } = await askToLeave(shop, pass);
    await at(executableAt - 1n);
    await escrow.connect(stranger).accrue([pass]);
    await at(executableAt);
    await escrow.executeExit(pass);
    const time = requestedAt - openedAt;
    expect(await escrow.releasable(merchantId)).to.equal((time * 3_600n * TOKEN) / (365n * DAY));
  });

  it("by a stranger who executes it first: the holder has the money, and the holder's own call finds the card closed", async () => {
    const shop = await load();
    const { escrow, token, holder, other, stranger, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    const before = await purse(token, holder);
    await at(executableAt);
    await escrow.connect(stranger).executeExit(cardId);
    await expectRefusal(escrow.connect(holder).executeExitTo(cardId, other), escrow, "CardNotOpen");
    expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
  });

  it("by a relayer that keeps a signed request until cooling-off is over: the discount, unless the deadline comes first", async () => {
    const shop = await loadShop();
    const { escrow, holder, relayer, merchantId, programs } = shop;
    const [careless, careful] = [
      await buyCard(shop, { program: programs.count }),
      await buyCard(shop, { program: programs.count }),
    ];
    // The later card's last second to think better of it; the earlier one's is over by then.
    const lastRegret = (await now()) + COOLING_OFF - 1n;
    for (const cardId of [careless, careful]) await consume(shop, cardId, 3n);
    const open = await signExit(escrow, holder, careless, { deadline: lastRegret + DAY });
    const bounded = await signExit(escrow, holder, careful, { deadline: lastRegret });
    await at(lastRegret + 1n);
    await escrow.connect(relayer).requestExitWithSignature(careless, open.deadline, open.signature);
    const late = escrow.connect(relayer).requestExitWithSignature(careful, bounded.deadline, bounded.signature);
    await expectRefusal(late, escrow, "SignatureExpired");
    await advance(EXIT_DELAY);
    await expect(escrow.executeExit(careless))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, careless, holder.address, ExitRule.NoObjection, 60n * TOKEN, 960n * TOKEN);
  });

  it("by a merchant that pays back in full first: the holder has more, not less", async () => {
    const shop = await load();
    const { escrow, token, operator, holder, cardId, voucher, merchantId } = shop;
    await escrow.connect(operator).settle(merchantId, [voucher]);
    const { executableAt } = await askToLeave(shop, cardId);
    const before = await purse(token, holder);
    await at(executableAt);
    await escrow.connect(operator).refundCard(cardId);
    await expectRefusal(escrow.executeExit(cardId), escrow, "CardNotOpen");
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
  });

  it("by consent and lapse: a till that consents to a move too early loses a visit, and never gets a card it cannot settle", async () => {
    const shop = await load();
    const { escrow, operator, holder, other, cardId } = shop;
    await escrow.connect(holder).requestMove(cardId, other);
    await escrow.connect(operator).consentMove(cardId, (await escrow.card(cardId)).nonce);
    await escrow.executeMove(cardId, 0n);
    expect((await settle(shop, shop.voucher))[0]).to.deep.equal(["ConsumptionSkipped", cardId, SkipReason.CardNotOpen]);
    // The new holder's card is the merchant's to settle as the old one was: nothing of its principal is gone.
    const moved = idAt(cardId, other);
    const voucher = await signVoucher(escrow, other, moved, 5n);
    expect((await settle(shop, voucher))[0]?.[0]).to.equal("ConsumptionSettled");
    await expectSound(shop, [moved, cardId]);
  });

  it("by a consent that was meant for another request: the nonce it names is gone", async () => {
    const shop = await load();
    const { escrow, operator, holder, other, stranger, cardId } = shop;
    await escrow.connect(holder).requestMove(cardId, other);
    const seen = (await escrow.card(cardId)).nonce;
    // The holder swaps the request in the block of the consent.
    await escrow.connect(holder).cancelMove(cardId);
    await escrow.connect(holder).requestMove(cardId, stranger);
    const consent = escrow.connect(operator).consentMove(cardId, seen);
    await expectRefusal(consent, escrow, "CardNonceMismatch", cardId, seen, seen + 1n);
  });
});
