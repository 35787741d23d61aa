import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";

import { MerchantStatus } from "../../../../src/contracts/enums.js";
import { anotherPolicy, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import {
  EVIDENCE,
  EXIT_DELAY,
  around,
  askToLeave,
  consume,
  flagDefault,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";
import { SUSPENSION, bring } from "../../../helpers/statuses.js";

const load = () => networkHelpers.loadFixture(deployShop);
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/** Withdraws the flag at `time`. */
async function withdrawAt(shop: Shop, time: bigint): Promise<void> {
  await at(time);
  await shop.escrow.connect(shop.regulator).withdrawDefault(shop.merchantId);
}

/** Mines transactions in one block, in their order. */
async function inOneBlock(time: bigint, send: readonly (() => Promise<ContractTransactionResponse>)[]): Promise<void> {
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    for (const one of send) await one();
    await at(time);
    await networkHelpers.mine();
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
}

describe("withdrawDefault", () => {
  describe("brings the merchant back", () => {
    for (const standing of ["Active", "Suspended", "Lapsed"] as const) {
      it(`from ${standing} to Suspended, for 90 days from now`, async () => {
        const shop = await load();
        const { escrow, regulator, merchantId } = shop;
        await bring(shop, standing);
        const { flaggedAt, windowEndsAt, serviceStoppedAt } = await flagDefault(shop);
        const time = flaggedAt + 2n * DAY;
        await at(time);
        await expect(escrow.connect(regulator).withdrawDefault(merchantId))
          .to.emit(escrow, "DefaultWithdrawn")
          .withArgs(merchantId, MerchantStatus.Suspended, time + SUSPENSION, time);
        const merchant = await escrow.merchant(merchantId);
        expect([merchant.status, merchant.suspendedUntil]).to.deep.equal([MerchantStatus.Suspended, time + SUSPENSION]);
        expect([
          merchant.flaggedAt,
          merchant.windowEndsAt,
          merchant.serviceStoppedAt,
          merchant.withdrawnAt,
        ]).to.deep.equal([flaggedAt, windowEndsAt, serviceStoppedAt, time]);
      });
    }

    it("from a run-off to the run-off with its dates", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      const { lastServiceAt, noticeEndsAt } = await runOff(shop);
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + DAY);
      await expect(escrow.connect(regulator).withdrawDefault(merchantId))
        .to.emit(escrow, "DefaultWithdrawn")
        .withArgs(merchantId, MerchantStatus.RunOff, 0n, flaggedAt + DAY);
      const merchant = await escrow.merchant(merchantId);
      expect([merchant.status, merchant.lastServiceAt, merchant.noticeEndsAt]).to.deep.equal([
        MerchantStatus.RunOff,
        lastServiceAt,
        noticeEndsAt,
      ]);
    });

    it("from a run-off that began in a suspension to the run-off", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      const suspendedUntil = await suspend(shop);
      await escrow.connect(regulator).startRunOff(merchantId, (await now()) + DAY);
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + DAY);
      await expect(escrow.connect(regulator).withdrawDefault(merchantId))
        .to.emit(escrow, "DefaultWithdrawn")
        .withArgs(merchantId, MerchantStatus.RunOff, suspendedUntil, flaggedAt + DAY);
      expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.RunOff);
    });

    it("from a run-off whose notice ended under the flag, and everybody can be refunded", async () => {
      const shop = await load();
      const { escrow, token, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt - DAY);
      await flagDefault(shop);
      await withdrawAt(shop, noticeEndsAt + DAY);
      await expect(escrow.refundCards(merchantId, [cardId])).to.changeTokenBalance(
        ethers,
        token,
        holder,
        1_200n * TOKEN,
      );
    });

    it("from Closed to Closed, and the merchant is paid what it had earned", async () => {
      const shop = await load();
      const { escrow, token, regulator, payout, merchantId, programs } = shop;
      await consume(shop, await buyCard(shop, { program: programs.count }), 20n);
      await bring(shop, "Closed");
      const { flaggedAt } = await flagDefault(shop);
      await at(flaggedAt + DAY);
      await expect(escrow.connect(regulator).withdrawDefault(merchantId))
        .to.emit(escrow, "DefaultWithdrawn")
        .withArgs(merchantId, MerchantStatus.Closed, 0n, flaggedAt + DAY);
      expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Closed);
      await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 1_200n * TOKEN);
    });

    it("to Active, if the regulator ends the suspension", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId, programs } = shop;
      await flagDefault(shop);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await escrow.connect(regulator).resume(merchantId);
      await buyCard(shop, { program: programs.count });
      expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Active);
    });
  });

  describe("undoes what the flag did:", () => {
    it("only operators settle again", async () => {
      const shop = await load();
      const { escrow, regulator, stranger, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await flagDefault(shop);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await expect(escrow.connect(stranger).settle(merchantId, [await signVoucher(escrow, holder, cardId, 1n)]))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, stranger);
    });

    it("passes are counted past the stop of service", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + 20n * DAY);
      await flagDefault(shop, openedAt + 5n * DAY);
      await at(openedAt + 22n * DAY);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await escrow.connect(regulator).resume(merchantId);
      await at(openedAt + 30n * DAY);
      // All but the two days of the flag, and the accrual delay.
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, cardId, passPrice(21n * DAY), 21n * DAY);
    });

    it("nobody is refunded when the window's end has passed", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { windowEndsAt } = await flagDefault(shop);
      await withdrawAt(shop, windowEndsAt - 1n);
      await at(windowEndsAt);
      await expect(escrow.refundCards(merchantId, [cardId]))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Suspended);
    });

    it("holders leave as before", async () => {
      const shop = await load();
      const { escrow, token, regulator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await flagDefault(shop);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt);
      await expect(escrow.executeExit(cardId)).to.changeTokenBalance(ethers, token, holder, 1_200n * TOKEN);
    });
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "accepted" : "refused"} ${when} the window's end`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      const { windowEndsAt } = await flagDefault(shop);
      const time = windowEndsAt + offset;
      await at(time);
      const withdrawn = escrow.connect(regulator).withdrawDefault(merchantId);
      if (offset < 0n) {
        await expect(withdrawn)
          .to.emit(escrow, "DefaultWithdrawn")
          .withArgs(merchantId, MerchantStatus.Suspended, time + SUSPENSION, time);
      } else {
        await expect(withdrawn)
          .to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed")
          .withArgs(merchantId, time, windowEndsAt);
      }
    });
  }

  it("is refused for a second flag", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    await flagDefault(shop);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    await flagDefault(shop);
    await expect(escrow.connect(regulator).withdrawDefault(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantFlagStands")
      .withArgs(merchantId);
  });

  for (const standing of ["Active", "Suspended", "RunOff", "Closed"] as const) {
    it(`is refused for a merchant that is ${standing} and not flagged`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      await bring(shop, standing);
      await expect(escrow.connect(regulator).withdrawDefault(merchantId))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus[standing]);
    });
  }

  it("is refused for a merchant nobody registered", async () => {
    const { escrow, regulator } = await load();
    await expect(escrow.connect(regulator).withdrawDefault(99n))
      .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
      .withArgs(99n);
  });

  it("remembers when the flag was raised, whatever policy the merchant comes under", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    const { flaggedAt } = await flagDefault(shop);
    await withdrawAt(shop, flaggedAt + 3n * DAY);
    const policyId = await anotherPolicy(shop, { finalSettlement: 30n * DAY });
    await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId);
    expect((await escrow.merchant(merchantId)).flaggedAt).to.equal(flaggedAt);
  });

  describe("and pending exits", () => {
    /** A card whose exit was pending when a flag came two days later, which was withdrawn when it had been up for `up`. */
    async function flagged(up = 3n * DAY) {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const request = await askToLeave(shop, cardId);
      await at(request.requestedAt + 2n * DAY);
      const { flaggedAt } = await flagDefault(shop);
      await withdrawAt(shop, flaggedAt + up);
      return { shop, cardId, ...request, up };
    }

    it("lapse later by exactly the time the flag was up", async () => {
      const { shop, cardId, requestedAt, executableAt, lapsesAt, up } = await flagged();
      const quote = await shop.escrow.quoteExit(cardId);
      expect([quote.executableAt, quote.lapsesAt]).to.deep.equal([executableAt, lapsesAt + up]);
      expect((await shop.escrow.card(cardId)).exitRequestedAt).to.equal(requestedAt);
    });

    for (const { when, offset } of around) {
      it(`are ${offset < 0n ? "executed" : "refused"} ${when} that later lapse`, async () => {
        const { shop, cardId, lapsesAt, up } = await flagged();
        const { escrow, token, holder } = shop;
        await at(lapsesAt + up + offset);
        const executed = escrow.executeExit(cardId);
        if (offset < 0n) await expect(executed).to.changeTokenBalance(ethers, token, holder, 1_200n * TOKEN);
        else await expect(executed).to.be.revertedWithCustomError(escrow, "CardExitNotRequested").withArgs(cardId);
      });

      it(`are ${offset < 0n ? "kept" : "gone"}, if the flag came ${when} their lapse`, async () => {
        const shop = await load();
        const { escrow, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const { requestedAt, lapsesAt } = await askToLeave(shop, cardId);
        await at(lapsesAt + offset);
        const { flaggedAt } = await flagDefault(shop);
        await withdrawAt(shop, flaggedAt + DAY);
        const card = await escrow.card(cardId);
        expect(card.exitRequestedAt).to.equal(offset < 0n ? requestedAt : 0n);
        await at(flaggedAt + DAY + 1n);
        const executed = escrow.executeExit(cardId);
        // One second was left when the flag stopped the clock, and one second of it is used up.
        await expect(executed).to.be.revertedWithCustomError(escrow, "CardExitNotRequested").withArgs(cardId);
      });
    }

    for (const { when, offset } of around) {
      it(`are ${offset < 0n ? "too early" : "executed"} ${when} the end of the delay, flag or not`, async () => {
        const { shop, cardId, executableAt } = await flagged(DAY);
        const { escrow, token, holder } = shop;
        await at(executableAt + offset);
        const executed = escrow.executeExit(cardId);
        if (offset < 0n) {
          await expect(executed)
            .to.be.revertedWithCustomError(escrow, "CardExitTooEarly")
            .withArgs(cardId, executableAt - 1n, executableAt);
        } else {
          await expect(executed).to.changeTokenBalance(ethers, token, holder, 1_200n * TOKEN);
        }
      });
    }

    it("that are asked for after the withdrawal lapse as usual", async () => {
      const shop = await load();
      const { escrow, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { flaggedAt } = await flagDefault(shop);
      await withdrawAt(shop, flaggedAt + 3n * DAY);
      const { lapsesAt } = await askToLeave(shop, cardId);
      expect((await escrow.quoteExit(cardId)).lapsesAt).to.equal(lapsesAt);
      await at(lapsesAt);
      await expect(escrow.executeExit(cardId))
        .to.be.revertedWithCustomError(escrow, "CardExitNotRequested")
        .withArgs(cardId);
    });

    it("that are asked for in the block of the withdrawal lapse as usual", async () => {
      const shop = await load();
      const { escrow, regulator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const { flaggedAt } = await flagDefault(shop);
      const time = flaggedAt + 3n * DAY;
      await inOneBlock(time, [
        () => escrow.connect(regulator).withdrawDefault(merchantId, { gasLimit: 500_000n, gasPrice: 20n * 10n ** 9n }),
        () => escrow.connect(holder).requestExit(cardId, { gasLimit: 500_000n, gasPrice: 10n * 10n ** 9n }),
      ]);
      expect((await escrow.merchant(merchantId)).withdrawnAt).to.equal(time);
      expect((await escrow.card(cardId)).exitRequestedAt).to.equal(time);
      expect((await escrow.quoteExit(cardId)).lapsesAt).to.equal(time + 2n * EXIT_DELAY);
    });

    it("that are asked for in the block of the flag lapse later", async () => {
      const shop = await load();
      const { escrow, regulator, holder, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const time = (await now()) + DAY;
      const [first, second] = [20n, 10n].map((gwei) => ({ gasLimit: 500_000n, gasPrice: gwei * 10n ** 9n }));
      await inOneBlock(time, [
        () => escrow.connect(holder).requestExit(cardId, first!),
        () => escrow.connect(regulator).flagDefault(merchantId, time, EVIDENCE, second!),
      ]);
      await withdrawAt(shop, time + 3n * DAY);
      expect((await escrow.quoteExit(cardId)).lapsesAt).to.equal(time + 2n * EXIT_DELAY + 3n * DAY);
    });

    for (const { when, offset } of around) {
      it(`of a pass are known by a second flag ${when} two exit delays and the time of the first: they do not lapse`, async () => {
        const shop = await load();
        const { escrow, token, holder, merchantId, programs } = shop;
        const pass = await buyCard(shop, { program: programs.pass });
        const openedAt = await now();
        await at(openedAt + 30n * DAY);
        const { lapsesAt } = await askToLeave(shop, pass);
        await at(openedAt + 33n * DAY);
        const first = await flagDefault(shop);
        await withdrawAt(shop, first.flaggedAt + 4n * DAY);
        await at(lapsesAt + 4n * DAY + offset);
        const { windowEndsAt, serviceStoppedAt } = await flagDefault(shop, openedAt + 40n * DAY);
        expect(serviceStoppedAt).to.equal(openedAt + 40n * DAY);
        await at(windowEndsAt + 20n * DAY);
        const released = passPrice(30n * DAY);
        await expect(escrow.refundCards(merchantId, [pass])).to.changeTokenBalance(
          ethers,
          token,
          holder,
          3_600n * TOKEN - released,
        );
      });
    }
  });
});
