import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import {
  CardStatus,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  WarningKind,
  WarningLevel,
} from "../../../../src/contracts/enums.js";
import {
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  loadBlockingShop,
  flagDefault,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import { wordOf } from "../../../helpers/moves.js";

/** A day's price of the year's pass, floored: days × 3 600 ÷ 365. */
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

interface Visited {
  readonly shop: Shop;
  readonly cardId: string;
  readonly openedAt: bigint;
}

/** Lets the cooling-off pass, the holder ask to leave, and the delay; the next transaction is mined when the exit is due. */
async function dueAfterCoolingOff({ shop, cardId, openedAt }: Visited) {
  await at(openedAt + COOLING_OFF);
  const request = await askToLeave(shop, cardId);
  await at(request.executableAt);
  return request;
}

describe("executeExit", () => {
  const load = () => networkHelpers.loadFixture(deployShop);

  /** A card of the test merchant. */
  async function sell(program: keyof Shop["programs"] = "count"): Promise<Visited> {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs[program] });
    return { shop, cardId, openedAt: await now() };
  }

  /** A twenty-visit card for 1 200 of a merchant under another policy. */
  async function sellUnder(rules: Parameters<typeof anotherPolicy>[1]): Promise<Visited & { merchantId: bigint }> {
    const shop = await load();
    const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
    const program = await anotherProgram(
      shop,
      { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN },
      merchantId,
    );
    const cardId = await buyCard(shop, { program });
    return { shop, cardId, openedAt: await now(), merchantId };
  }

  describe("pays", () => {
    it("closes the card, pays the holder, and emits how much went where", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, token, holder, stranger, merchantId, vault } = shop;
      await consume(shop, cardId, 5n);
      await dueAfterCoolingOff(sold);
      const executed = escrow.connect(stranger).executeExit(cardId);
      // 5 visits: 300 released; at list price they cost 400.
      await expect(executed)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, 100n * TOKEN, 800n * TOKEN);
      await expect(executed)
        .to.emit(escrow, "PoolUpdated")
        .withArgs(merchantId, 0n, 400n * TOKEN);
      await expect(executed).to.changeTokenBalances(ethers, token, [holder, vault], [800n * TOKEN, -800n * TOKEN]);
      const card = await escrow.card(cardId);
      expect([card.status, card.principal, card.consumed]).to.deep.equal([CardStatus.Closed, 1_200n * TOKEN, 5n]);
      expect(await escrow.remaining(cardId)).to.equal(0n);
    });

    it("leaves what is forfeited to the merchant, who is paid it with the rest", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, token, merchantId, payout } = shop;
      await consume(shop, cardId, 5n);
      await dueAfterCoolingOff(sold);
      await escrow.executeExit(cardId);
      expect(await escrow.releasable(merchantId)).to.equal(400n * TOKEN);
      await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 400n * TOKEN);
    });

    it("leaves other cards as they are", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, merchantId, programs, other } = shop;
      const theirs = await buyCard(shop, { program: programs.plan, holder: other });
      await dueAfterCoolingOff(sold);
      await escrow.executeExit(cardId);
      expect(await escrow.remaining(theirs)).to.equal(3_000n * TOKEN);
      expect(await escrow.pool(merchantId)).to.deep.equal([3_000n * TOKEN, 3_000n * TOKEN, 0n]);
    });

    for (const role of ["holder", "owner", "operator", "regulator", "stranger"] as const) {
      it(`can be executed by the ${role}, and pays the holder`, async () => {
        const sold = await sell();
        const { shop, cardId } = sold;
        await dueAfterCoolingOff(sold);
        await expect(shop.escrow.connect(shop[role]).executeExit(cardId)).to.changeTokenBalance(
          ethers,
          shop.token,
          shop.holder,
          1_200n * TOKEN,
        );
      });
    }

    it("honours a visit that is settled while the exit is pending", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, operator, merchantId, holder } = shop;
      const signed = await signVoucher(escrow, holder, cardId, 3n);
      const { executableAt } = await dueAfterCoolingOff(sold);
      await at(executableAt - 1n);
      await escrow.connect(operator).settle(merchantId, [signed]);
      await at(executableAt);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, 60n * TOKEN, 960n * TOKEN);
    });

    it("keeps the id of a closed card from being sold again", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, holder, programs } = shop;
      await dueAfterCoolingOff(sold);
      await escrow.executeExit(cardId);
      await expect(buyCard(shop, { program: programs.count, holder, serial: 0n }))
        .to.be.revertedWithCustomError(escrow, "CardSerialTaken")
        .withArgs(cardId);
    });

    it("goes on while the merchant is suspended", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      await suspend(shop);
      await dueAfterCoolingOff(sold);
      await expect(shop.escrow.executeExit(cardId)).to.changeTokenBalance(
        ethers,
        shop.token,
        shop.holder,
        1_200n * TOKEN,
      );
    });

    it("lowers the merchant's cap warning", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      const { escrow, regulator, merchantId } = shop;
      await escrow.connect(regulator).setOutstandingCap(merchantId, 1_000n);
      expect(await escrow.warnings(merchantId)).to.deep.equal([[WarningKind.OutstandingCap, WarningLevel.Warning]]);
      await dueAfterCoolingOff(sold);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "WarningCleared")
        .withArgs(merchantId, WarningKind.OutstandingCap);
      expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    });
  });

  describe("within cooling-off", () => {
    for (const { when, offset } of around) {
      const [rule, refund, forfeited] =
        offset < 0n ? [ExitRule.CoolingOff, 1_020n, 0n] : [ExitRule.NoObjection, 960n, 60n];
      it(`pays ${refund} of a card of 1 200 after three visits, asked for ${when} its end`, async () => {
        const { shop, cardId, openedAt } = await sell();
        const { escrow, merchantId, holder } = shop;
        await consume(shop, cardId, 3n);
        await at(openedAt + COOLING_OFF + offset);
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        await expect(escrow.executeExit(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, rule, forfeited * TOKEN, refund * TOKEN);
      });
    }

    it("runs from each payment", async () => {
      const { shop, cardId, openedAt } = await sell();
      const { escrow, merchantId, holder, programs } = shop;
      await at(openedAt + COOLING_OFF);
      const second = await buyCard(shop, { program: programs.count });
      for (const card of [cardId, second]) {
        await consume(shop, card, 1n);
        await askToLeave(shop, card);
      }
      await at((await now()) + EXIT_DELAY);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, 20n * TOKEN, 1_120n * TOKEN);
      await expect(escrow.executeExit(second))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, second, holder, ExitRule.CoolingOff, 0n, 1_140n * TOKEN);
    });

    it("does not exist under a policy without it", async () => {
      const { shop, cardId, merchantId } = await sellUnder({ coolingOff: 0n });
      await consume(shop, cardId, 3n);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(shop.escrow.executeExit(cardId))
        .to.emit(shop.escrow, "CardRefunded")
        .withArgs(merchantId, cardId, shop.holder, ExitRule.NoObjection, 60n * TOKEN, 960n * TOKEN);
    });

    describe("where the card must be unused", () => {
      const unused = () => sellUnder({ coolingOffRequiresUnused: true });

      it("pays the whole of an unused card", async () => {
        const { shop, cardId, merchantId } = await unused();
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        await expect(shop.escrow.executeExit(cardId))
          .to.emit(shop.escrow, "CardRefunded")
          .withArgs(merchantId, cardId, shop.holder, ExitRule.CoolingOff, 0n, 1_200n * TOKEN);
      });

      it("pays a used card at list price", async () => {
        const { shop, cardId, merchantId } = await unused();
        await consume(shop, cardId, 1n);
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        await expect(shop.escrow.executeExit(cardId))
          .to.emit(shop.escrow, "CardRefunded")
          .withArgs(merchantId, cardId, shop.holder, ExitRule.NoObjection, 20n * TOKEN, 1_120n * TOKEN);
      });

      it("counts a visit that is settled after the request", async () => {
        const { shop, cardId, merchantId } = await unused();
        const { executableAt } = await askToLeave(shop, cardId);
        await consume(shop, cardId, 1n);
        await at(executableAt);
        await expect(shop.escrow.executeExit(cardId))
          .to.emit(shop.escrow, "CardRefunded")
          .withArgs(merchantId, cardId, shop.holder, ExitRule.NoObjection, 20n * TOKEN, 1_120n * TOKEN);
      });

      for (const { when, offset } of around) {
        it(`takes a pass as unused whose holder asks ${when} its begin, and counts its time`, async () => {
          const shop = await load();
          const { escrow, holder } = shop;
          const policyId = await anotherPolicy(shop, { coolingOffRequiresUnused: true });
          const merchantId = await anotherMerchant(shop, { policyId });
          const price = 3_600n * TOKEN;
          const terms = { kind: ProgramKind.Pass, price, units: 365n * DAY, listPrice: price };
          const program = await anotherProgram(shop, terms, merchantId);
          const startsAt = (await now()) + 3n * DAY;
          const cardId = await buyCard(shop, { program, startsAt });
          await at(startsAt + offset);
          const { executableAt } = await askToLeave(shop, cardId);
          await at(executableAt);
          const released = offset > 0n ? passPrice(1n) : 0n;
          expect(passPrice(1n)).to.equal(114n);
          await expect(escrow.executeExit(cardId))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, cardId, holder, ExitRule.CoolingOff, released, price - released);
        });

        it(`takes a pass as used whose first visit was signed, asked for ${when} the end of seven days`, async () => {
          const shop = await load();
          const { escrow, holder } = shop;
          const policyId = await anotherPolicy(shop, { coolingOffRequiresUnused: true, coolingOffInFull: true });
          const merchantId = await anotherMerchant(shop, { policyId });
          const price = 3_600n * TOKEN;
          const terms = { kind: ProgramKind.Pass, price, units: 365n * DAY, listPrice: price };
          const program = await anotherProgram(shop, terms, merchantId);
          const [unused, used] = [await buyCard(shop, { program }), await buyCard(shop, { program })];
          const { openedAt } = await escrow.card(unused);
          await consume(shop, used, 1n);
          await at(openedAt + COOLING_OFF + offset);
          const { requestedAt, executableAt } = await askToLeave(shop, unused);
          await at(requestedAt + 1n);
          const second = await askToLeave(shop, used);
          await at(executableAt);
          const time = offset < 0n ? 0n : passPrice(COOLING_OFF + offset);
          const rule = offset < 0n ? ExitRule.CoolingOff : ExitRule.NoObjection;
          await expect(escrow.executeExit(unused))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, unused, holder, rule, time, price - time);
          const { openedAt: usedFrom } = await escrow.card(used);
          const counted = passPrice(second.requestedAt - usedFrom) - passPrice(1n);
          await at(second.executableAt + 1n);
          await expect(escrow.executeExit(used))
            .to.emit(escrow, "CardRefunded")
            .withArgs(merchantId, used, holder, ExitRule.NoObjection, counted, price - passPrice(1n) - counted);
        });
      }
    });

    for (const { when, offset } of around) {
      it(`runs from a pass's begin: asked for ${when} seven days after it`, async () => {
        const shop = await load();
        const { escrow, holder, merchantId, programs } = shop;
        const startsAt = (await now()) + 20n * DAY;
        const cardId = await buyCard(shop, { program: programs.pass, startsAt });
        await at(startsAt + COOLING_OFF + offset);
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        const rule = offset < 0n ? ExitRule.CoolingOff : ExitRule.NoObjection;
        const released = passPrice(COOLING_OFF + offset);
        await expect(escrow.executeExit(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, rule, released, 3_600n * TOKEN - released);
      });
    }
  });

  describe("at holder's cause", () => {
    it("follows the policy that lets holders leave at any time", async () => {
      const sold = await sellUnder({ unilateralExit: true });
      const { shop, cardId, merchantId } = sold;
      await consume(shop, cardId, 5n);
      await dueAfterCoolingOff(sold);
      await expect(shop.escrow.executeExit(cardId))
        .to.emit(shop.escrow, "CardRefunded")
        .withArgs(merchantId, cardId, shop.holder, ExitRule.Unilateral, 100n * TOKEN, 800n * TOKEN);
    });

    it("pays by cooling-off first, also where holders leave at any time", async () => {
      const { shop, cardId, merchantId } = await sellUnder({ unilateralExit: true });
      await consume(shop, cardId, 5n);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(shop.escrow.executeExit(cardId))
        .to.emit(shop.escrow, "CardRefunded")
        .withArgs(merchantId, cardId, shop.holder, ExitRule.CoolingOff, 0n, 900n * TOKEN);
    });

    // Visits of a card of 20 for 1 200: 60 released each, 80 at list price.
    const visits = [
      { consumed: 0n, refund: 1_200n, forfeited: 0n },
      { consumed: 1n, refund: 1_120n, forfeited: 20n },
      { consumed: 14n, refund: 80n, forfeited: 280n },
      { consumed: 15n, refund: 0n, forfeited: 300n },
      { consumed: 16n, refund: 0n, forfeited: 240n },
      { consumed: 20n, refund: 0n, forfeited: 0n },
    ];
    for (const { consumed, refund, forfeited } of visits) {
      it(`pays ${refund} and forfeits ${forfeited} after ${consumed} visits of 20`, async () => {
        const sold = await sell();
        const { shop, cardId } = sold;
        const { escrow, token, holder, merchantId } = shop;
        if (consumed > 0n) await consume(shop, cardId, consumed);
        await dueAfterCoolingOff(sold);
        const executed = escrow.executeExit(cardId);
        await expect(executed)
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, forfeited * TOKEN, refund * TOKEN);
        await expect(executed).to.changeTokenBalance(ethers, token, holder, refund * TOKEN);
        expect(await escrow.pool(merchantId)).to.deep.equal([0n, (1_200n - refund) * TOKEN, 0n]);
      });
    }

    // Face spent of a plan of 4 000 for 3 000.
    const spent = [
      { consumed: 1_000n, refund: 2_000n, forfeited: 250_000_000n },
      { consumed: 2_999n, refund: 1n, forfeited: 749_750_000n },
      { consumed: 3_000n, refund: 0n, forfeited: 750_000_000n },
      { consumed: 3_500n, refund: 0n, forfeited: 375_000_000n },
    ];
    for (const { consumed, refund, forfeited } of spent) {
      it(`pays ${refund} of a plan of 3 000 for 4 000 after ${consumed} are spent`, async () => {
        const sold = await sell("plan");
        const { shop, cardId } = sold;
        const { escrow, holder, merchantId } = shop;
        await consume(shop, cardId, consumed * TOKEN);
        await dueAfterCoolingOff(sold);
        await expect(escrow.executeExit(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, forfeited, refund * TOKEN);
      });
    }

    it("forfeits nothing of a card spent one for one", async () => {
      const sold = await sell("open");
      const { shop, cardId } = sold;
      await consume(shop, cardId, 400n * TOKEN);
      await dueAfterCoolingOff(sold);
      await expect(shop.escrow.executeExit(cardId))
        .to.emit(shop.escrow, "CardRefunded")
        .withArgs(shop.merchantId, cardId, shop.holder, ExitRule.NoObjection, 0n, 600n * TOKEN);
    });

    it("rounds in the holder's favour", async () => {
      const shop = await load();
      const { escrow, holder, merchantId } = shop;
      const terms = { kind: ProgramKind.Count, price: 1_000n, units: 3n, listPrice: 1_100n };
      const cardId = await buyCard(shop, { program: await anotherProgram(shop, terms) });
      const openedAt = await now();
      await consume(shop, cardId, 2n);
      await dueAfterCoolingOff({ shop, cardId, openedAt });
      // 666.67 released, 733.33 at list price: both floored.
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, 67n, 267n);
    });
  });

  describe("in a run-off", () => {
    for (const { when, offset } of around) {
      const [rule, refund, forfeited] = offset < 0n ? [ExitRule.NoObjection, 800n, 100n] : [ExitRule.RunOff, 900n, 0n];
      it(`pays ${refund} after five visits, executed ${when} the last moment of service`, async () => {
        const { shop, cardId } = await sell();
        const { escrow, merchantId, holder } = shop;
        await consume(shop, cardId, 5n);
        const { lastServiceAt } = await runOff(shop, 20n * DAY);
        await at(lastServiceAt - EXIT_DELAY - 1n);
        await askToLeave(shop, cardId);
        await at(lastServiceAt + offset);
        await expect(escrow.executeExit(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, rule, forfeited * TOKEN, refund * TOKEN);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
      });

      it(`${offset < 0n ? "keeps" : "deletes"} the slot of a card left ${when} the end of the notice`, async () => {
        const { shop, cardId } = await sell();
        const { escrow } = shop;
        const { noticeEndsAt } = await runOff(shop);
        await at(noticeEndsAt - EXIT_DELAY - 1n);
        await askToLeave(shop, cardId);
        await at(noticeEndsAt + offset);
        await escrow.executeExit(cardId);
        // Until then a move could take the id anew, and with it old signatures.
        if (offset < 0n) expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
        else expect(await wordOf(escrow, cardId)).to.equal(0n);
      });
    }

    it("counts a pass to the last moment of service, if the request came later", async () => {
      const { shop, cardId, openedAt } = await sell("pass");
      const { escrow, merchantId, holder } = shop;
      const { lastServiceAt } = await runOff(shop, 20n * DAY);
      await at(lastServiceAt + DAY);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      const released = passPrice(lastServiceAt - openedAt);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.RunOff, released, 3_600n * TOKEN - released);
    });

    it("counts a pass to the request, if that came first", async () => {
      const { shop, cardId, openedAt } = await sell("pass");
      const { escrow, merchantId, holder } = shop;
      const { lastServiceAt } = await runOff(shop, 20n * DAY);
      await at(lastServiceAt - 3n * DAY);
      const { requestedAt, executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      const released = passPrice(requestedAt - openedAt);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.RunOff, released, 3_600n * TOKEN - released);
    });
  });

  describe("of a pass", () => {
    it("counts its time to the request, without the accrual delay", async () => {
      const { shop, cardId, openedAt } = await sell("pass");
      const { escrow, merchantId, holder } = shop;
      await at(openedAt + 100n * DAY);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt + DAY);
      const released = passPrice(100n * DAY);
      const executed = escrow.executeExit(cardId);
      await expect(executed)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, released, 3_600n * TOKEN - released);
      await expect(executed).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, released);
    });

    it("counts only what was not accrued before", async () => {
      const { shop, cardId, openedAt } = await sell("pass");
      const { escrow, merchantId, holder } = shop;
      await at(openedAt + 50n * DAY);
      await escrow.accrue([cardId]);
      await at(openedAt + 100n * DAY);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      const released = passPrice(100n * DAY);
      const before = passPrice(43n * DAY);
      const executed = escrow.executeExit(cardId);
      await expect(executed)
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, released - before, 3_600n * TOKEN - released);
      await expect(executed).to.emit(escrow, "PoolUpdated").withArgs(merchantId, 0n, released);
    });

    for (const { when, offset } of around) {
      it(`asked for ${when} its end pays the seconds that are left`, async () => {
        const { shop, cardId, openedAt } = await sell("pass");
        const { escrow, merchantId, holder } = shop;
        await at(openedAt + 365n * DAY + offset);
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt);
        const released = offset < 0n ? passPrice(365n * DAY - 1n) : 3_600n * TOKEN;
        await expect(escrow.executeExit(cardId))
          .to.emit(escrow, "CardRefunded")
          .withArgs(merchantId, cardId, holder, ExitRule.NoObjection, released, 3_600n * TOKEN - released);
      });
    }

    it("that has not begun pays the whole", async () => {
      const shop = await load();
      const { escrow, merchantId, holder, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass, startsAt: (await now()) + 3n * DAY });
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(escrow.executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder, ExitRule.CoolingOff, 0n, 3_600n * TOKEN);
    });
  });

  describe("in time", () => {
    for (const { when, offset } of around) {
      it(`is ${offset < 0n ? "refused" : "done"} ${when} the end of the delay`, async () => {
        const { shop, cardId } = await sell();
        const { escrow } = shop;
        const { executableAt } = await askToLeave(shop, cardId);
        await at(executableAt + offset);
        const executed = escrow.executeExit(cardId);
        if (offset < 0n) {
          await expect(executed)
            .to.be.revertedWithCustomError(escrow, "CardExitTooEarly")
            .withArgs(cardId, executableAt - 1n, executableAt);
        } else {
          await expect(executed).to.emit(escrow, "CardRefunded");
        }
      });

      it(`is ${offset < 0n ? "done" : "refused"} ${when} the lapse`, async () => {
        const { shop, cardId } = await sell();
        const { escrow } = shop;
        const { lapsesAt } = await askToLeave(shop, cardId);
        await at(lapsesAt + offset);
        const executed = escrow.executeExit(cardId);
        if (offset < 0n) {
          await expect(executed).to.emit(escrow, "CardRefunded");
        } else {
          await expect(executed).to.be.revertedWithCustomError(escrow, "CardExitNotRequested").withArgs(cardId);
        }
      });
    }

    it("follows the policy's delay", async () => {
      const { shop, cardId } = await sellUnder({
        exitDelay: 30n * DAY,
        rulingTimeout: 31n * DAY,
        runOffNotice: 40n * DAY,
      });
      const { requestedAt } = await askToLeave(shop, cardId);
      await at(requestedAt + 30n * DAY - 1n);
      await expect(shop.escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(shop.escrow, "CardExitTooEarly")
        .withArgs(cardId, requestedAt + 30n * DAY - 1n, requestedAt + 30n * DAY);
      await at(requestedAt + 60n * DAY - 1n);
      await expect(shop.escrow.executeExit(cardId)).to.emit(shop.escrow, "CardRefunded");
    });
  });

  describe("is refused", () => {
    it("without a request", async () => {
      const { shop, cardId } = await sell();
      await expect(shop.escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(shop.escrow, "CardExitNotRequested")
        .withArgs(cardId);
    });

    it("for a card that was never sold", async () => {
      const { shop } = await sell();
      const cardId = encodeCardId({ holder: shop.other.address, programId: shop.programs.count, serial: 0n });
      await expect(shop.escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(shop.escrow, "CardNotOpen")
        .withArgs(cardId, CardStatus.None);
    });

    it("a second time", async () => {
      const sold = await sell();
      const { shop, cardId } = sold;
      await dueAfterCoolingOff(sold);
      await shop.escrow.executeExit(cardId);
      await expect(shop.escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(shop.escrow, "CardNotOpen")
        .withArgs(cardId, CardStatus.Closed);
    });

    it("after a flag, whose window replaces it", async () => {
      const { shop, cardId } = await sell();
      const { executableAt } = await askToLeave(shop, cardId);
      await flagDefault(shop);
      await at(executableAt);
      await expect(shop.escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(shop.escrow, "MerchantStatusForbids")
        .withArgs(shop.merchantId, MerchantStatus.Defaulted);
    });

    it("while the token refuses the holder, and the request stands", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, holder, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { requestedAt, executableAt } = await askToLeave(shop, cardId);
      await blocking.setBlocked(holder, true);
      await at(executableAt);
      await expect(escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(blocking, "AccountBlocked")
        .withArgs(holder);
      const card = await escrow.card(cardId);
      expect([card.status, card.exitRequestedAt]).to.deep.equal([CardStatus.Open, requestedAt]);
      await blocking.setBlocked(holder, false);
      await expect(escrow.executeExit(cardId)).to.changeTokenBalance(ethers, blocking, holder, 1_200n * TOKEN);
    });

    it("but not where nothing is left to pay, for which the token is not asked", async () => {
      const shop = await loadBlockingShop();
      const { escrow, blocking, holder, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await consume(shop, cardId, 20n);
      const { executableAt } = await askToLeave(shop, cardId);
      await blocking.setBlocked(holder, true);
      await at(executableAt);
      await escrow.executeExit(cardId);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Closed);
    });
  });
});
