import { expect } from "chai";
import { Wallet, id } from "ethers";

import { MerchantStatus, SkipReason } from "../../../../src/contracts/enums.js";
import {
  advance,
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
import {
  EVIDENCE,
  FINAL_SETTLEMENT,
  around,
  askToLeave,
  consume,
  flagDefault,
  runOff,
} from "../../../helpers/leaving.js";
import { bring } from "../../../helpers/statuses.js";

const load = () => networkHelpers.loadFixture(deployShop);
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

describe("flagDefault", () => {
  for (const standing of ["Active", "Suspended", "Lapsed", "RunOff", "Closed"] as const) {
    it(`flags a merchant that is ${standing}`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      await bring(shop, standing);
      const time = (await now()) + 100n;
      await at(time);
      await expect(escrow.connect(regulator).flagDefault(merchantId, time - 50n, EVIDENCE))
        .to.emit(escrow, "DefaultFlagged")
        .withArgs(merchantId, time - 50n, time + FINAL_SETTLEMENT, true, EVIDENCE);
      const merchant = await escrow.merchant(merchantId);
      expect(merchant.status).to.equal(MerchantStatus.Defaulted);
      expect([
        merchant.serviceStoppedAt,
        merchant.flaggedAt,
        merchant.windowEndsAt,
        merchant.withdrawnAt,
      ]).to.deep.equal([time - 50n, time, time + FINAL_SETTLEMENT, 0n]);
    });
  }

  it("flags a second time for good", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    await flagDefault(shop);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const withdrawnAt = await now();
    const time = withdrawnAt + 3n * DAY;
    await at(time);
    await expect(escrow.connect(regulator).flagDefault(merchantId, time, EVIDENCE))
      .to.emit(escrow, "DefaultFlagged")
      .withArgs(merchantId, time, time + FINAL_SETTLEMENT, false, EVIDENCE);
    const merchant = await escrow.merchant(merchantId);
    expect([merchant.flaggedAt, merchant.windowEndsAt, merchant.withdrawnAt]).to.deep.equal([
      time,
      time + FINAL_SETTLEMENT,
      withdrawnAt,
    ]);
  });

  for (const { when, offset } of around) {
    it(`is ${offset > 0n ? "refused" : "accepted"} with a stop of service ${when} now`, async () => {
      const { escrow, regulator, merchantId } = await load();
      const time = (await now()) + 100n;
      await at(time);
      const flagged = escrow.connect(regulator).flagDefault(merchantId, time + offset, EVIDENCE);
      if (offset > 0n) {
        await expect(flagged)
          .to.be.revertedWithCustomError(escrow, "MerchantTimeOutOfRange")
          .withArgs(merchantId, time + 1n, 0n, time);
      } else {
        await expect(flagged)
          .to.emit(escrow, "DefaultFlagged")
          .withArgs(merchantId, time + offset, time + FINAL_SETTLEMENT, true, EVIDENCE);
      }
    });
  }

  it("takes the window of the policy the merchant is under", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    const policyId = await anotherPolicy(shop, { finalSettlement: 30n * DAY });
    await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId);
    const time = (await now()) + 1n;
    await at(time);
    await expect(escrow.connect(regulator).flagDefault(merchantId, time, EVIDENCE))
      .to.emit(escrow, "DefaultFlagged")
      .withArgs(merchantId, time, time + 30n * DAY, true, EVIDENCE);
  });

  it("costs the same for one card and for two hundred", async () => {
    const shop = await load();
    const { escrow, regulator, payer, merchantId, programs } = shop;
    const second = await anotherMerchant(shop);
    const program = await anotherProgram(shop, { kind: 1n, price: TOKEN, units: 10n, listPrice: TOKEN }, second);
    await buyCard(shop, { program: programs.count });
    for (let i = 0; i < 200; i++) {
      await escrow.connect(payer).buy(program, new Wallet(id(`holder ${i}`)).address, TOKEN, 0n);
    }
    const stoppedAt = await now();
    const gasOf = async (merchant: bigint) => {
      const sent = await escrow.connect(regulator).flagDefault(merchant, stoppedAt, EVIDENCE);
      return (await sent.wait())!.gasUsed;
    };
    expect(await gasOf(second)).to.equal(await gasOf(merchantId));
  });

  it("stops sales, payouts, exits and the merchant's own refunds", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 1n);
    const { executableAt } = await askToLeave(shop, cardId);
    await flagDefault(shop);
    await at(executableAt);
    for (const attempt of [
      () => buyCard(shop, { program: programs.count }),
      () => escrow.payOut(merchantId),
      () => escrow.executeExit(cardId),
      () => escrow.connect(operator).refundCard(cardId),
    ]) {
      await expect(attempt())
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Defaulted);
    }
  });

  for (const { when, offset } of around) {
    const open = offset < 0n;
    it(`${open ? "lets anyone settle" : "lets nobody settle"} signed visits ${when} the window's end`, async () => {
      const shop = await load();
      const { escrow, holder, operator, stranger, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const voucher = await signVoucher(escrow, holder, cardId, 2n);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt + offset);
      const settled = escrow.connect(open ? stranger : operator).settle(merchantId, [voucher]);
      if (open) {
        await expect(settled)
          .to.emit(escrow, "ConsumptionSettled")
          .withArgs(merchantId, cardId, 120n * TOKEN, 2n, voucher.receipt);
      } else {
        await expect(settled)
          .to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed")
          .withArgs(merchantId, windowEndsAt + offset, windowEndsAt);
      }
    });

    it(`pays the merchant ${open ? "nothing" : "what was released"} ${when} the window's end`, async () => {
      const shop = await load();
      const { escrow, token, merchantId, payout, programs } = shop;
      await consume(shop, await buyCard(shop, { program: programs.count }), 2n);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt + offset);
      const paid = escrow.payOut(merchantId);
      if (open) {
        await expect(paid)
          .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
          .withArgs(merchantId, MerchantStatus.Defaulted);
      } else {
        await expect(paid)
          .to.emit(escrow, "PaidOut")
          .withArgs(merchantId, payout, 120n * TOKEN, 1_080n * TOKEN);
        await expect(paid).to.changeTokenBalance(ethers, token, payout, 120n * TOKEN);
      }
    });
  }

  it("does not let a settlement be paid out in the window", async () => {
    const shop = await load();
    const { escrow, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 2n);
    await flagDefault(shop);
    await expect(escrow.connect(operator).settleAndPayOut(merchantId, [voucher]))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Defaulted);
  });

  describe("lets passes be counted", () => {
    it("to the stop of service, and no further", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + 40n * DAY);
      await flagDefault(shop, openedAt + 10n * DAY);
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, cardId, passPrice(10n * DAY), 10n * DAY);
      await advance(DAY);
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "ConsumptionSkipped")
        .withArgs(cardId, SkipReason.Stale);
    });

    it("to a run-off's last moment of service, if that was earlier", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const { lastServiceAt } = await runOff(shop, 15n * DAY);
      await at(lastServiceAt + 10n * DAY);
      await flagDefault(shop, lastServiceAt + DAY);
      const served = lastServiceAt - openedAt;
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, cardId, passPrice(served), served);
    });

    it("to the stop of service, if that was before a run-off's last moment", async () => {
      const shop = await load();
      const { escrow, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      const { lastServiceAt } = await runOff(shop, 15n * DAY);
      await at(lastServiceAt + 10n * DAY);
      await flagDefault(shop, openedAt + 9n * DAY);
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "PassAccrued")
        .withArgs(merchantId, cardId, passPrice(9n * DAY), 9n * DAY);
    });

    it("no further than before, when service stopped earlier than was counted", async () => {
      const shop = await load();
      const { escrow, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.pass });
      const openedAt = await now();
      await at(openedAt + 40n * DAY);
      await escrow.accrue([cardId]);
      await flagDefault(shop, openedAt + 10n * DAY);
      await expect(escrow.accrue([cardId]))
        .to.emit(escrow, "ConsumptionSkipped")
        .withArgs(cardId, SkipReason.Stale);
      expect((await escrow.card(cardId)).consumed).to.equal(33n * DAY);
    });
  });

  it("concerns one merchant", async () => {
    const shop = await load();
    const second = await anotherMerchant(shop);
    await flagDefault(shop);
    expect((await shop.escrow.merchant(second)).status).to.equal(MerchantStatus.Active);
  });

  it("is refused while a flag is up, before and after its window", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    const { windowEndsAt } = await flagDefault(shop);
    for (const time of [windowEndsAt - 1n, windowEndsAt]) {
      await at(time);
      await expect(escrow.connect(regulator).flagDefault(merchantId, time, EVIDENCE))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Defaulted);
    }
  });

  it("is refused for a merchant nobody registered", async () => {
    const { escrow, regulator } = await load();
    await expect(escrow.connect(regulator).flagDefault(99n, await now(), EVIDENCE))
      .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
      .withArgs(99n);
  });
});
