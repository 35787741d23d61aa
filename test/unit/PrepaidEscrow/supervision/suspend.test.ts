import { expect } from "chai";

import { ExitRule, MerchantStatus, SkipReason } from "../../../../src/contracts/enums.js";
import { anotherMerchant, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { EVIDENCE, around, askToLeave, consume, flagDefault, runOff, suspend } from "../../../helpers/leaving.js";
import { SUSPENSION } from "../../../helpers/statuses.js";

const load = () => networkHelpers.loadFixture(deployShop);

describe("suspend", () => {
  it("emits until when, and why", async () => {
    const { escrow, regulator, merchantId } = await load();
    const time = (await now()) + 10n;
    await at(time);
    await expect(escrow.connect(regulator).suspend(merchantId, EVIDENCE))
      .to.emit(escrow, "MerchantSuspended")
      .withArgs(merchantId, time + SUSPENSION, EVIDENCE);
    const merchant = await escrow.merchant(merchantId);
    expect([merchant.status, merchant.suspendedUntil]).to.deep.equal([MerchantStatus.Suspended, time + SUSPENSION]);
  });

  it("stops sales and payouts, and neither visits nor exits", async () => {
    const shop = await load();
    const { escrow, token, operator, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 1n);
    await suspend(shop);
    await expect(buyCard(shop, { program: programs.count }))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
    await expect(escrow.payOut(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
    const voucher = await signVoucher(escrow, holder, cardId, 2n);
    await expect(escrow.connect(operator).settleAndPayOut(merchantId, [voucher]))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
    await expect(escrow.connect(operator).settle(merchantId, [voucher]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cardId, 60n * TOKEN, 2n, voucher.receipt);
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    const executed = escrow.executeExit(cardId);
    await expect(executed)
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder, ExitRule.CoolingOff, 0n, 1_080n * TOKEN);
    await expect(executed).to.changeTokenBalance(ethers, token, holder, 1_080n * TOKEN);
  });

  it("makes passes wait, which catch up afterwards", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await at(openedAt + 20n * DAY);
    await suspend(shop);
    await at(openedAt + 30n * DAY);
    await expect(escrow.accrue([cardId]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cardId, SkipReason.Waiting);
    await escrow.connect(regulator).resume(merchantId);
    await at(openedAt + 47n * DAY);
    const counted = 40n * DAY;
    await expect(escrow.accrue([cardId]))
      .to.emit(escrow, "PassAccrued")
      .withArgs(merchantId, cardId, (counted * 3_600n * TOKEN) / (365n * DAY), counted);
  });

  for (const { when, offset } of around) {
    const lapsed = offset >= 0n;
    it(`${lapsed ? "has lapsed" : "still stands"} ${when} the end of 90 days`, async () => {
      const shop = await load();
      const { escrow, token, merchantId, payout, programs } = shop;
      await consume(shop, await buyCard(shop, { program: programs.count }), 1n);
      const until = await suspend(shop);
      await at(until + offset);
      const paid = escrow.payOut(merchantId);
      if (lapsed) {
        await expect(paid).to.changeTokenBalance(ethers, token, payout, 60n * TOKEN);
        expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Active);
        await buyCard(shop, { program: programs.count });
      } else {
        await expect(paid)
          .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
          .withArgs(merchantId, MerchantStatus.Suspended);
        const { status } = await escrow.merchant(merchantId, { blockTag: "pending" });
        expect(status).to.equal(MerchantStatus.Suspended);
      }
    });

    it(`${lapsed ? "can be repeated" : "cannot be repeated"} ${when} 90 days after a lapse`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      const until = await suspend(shop);
      const time = until + SUSPENSION + offset;
      await at(time);
      const again = escrow.connect(regulator).suspend(merchantId, EVIDENCE);
      if (lapsed) {
        await expect(again)
          .to.emit(escrow, "MerchantSuspended")
          .withArgs(merchantId, time + SUSPENSION, EVIDENCE);
        expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Suspended);
      } else {
        await expect(again)
          .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
          .withArgs(merchantId, time, until + SUSPENSION);
      }
    });

    it(`${lapsed ? "can be repeated" : "cannot be repeated"} ${when} 90 days after it was ended`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      await suspend(shop);
      await escrow.connect(regulator).resume(merchantId);
      const endedAt = await now();
      const time = endedAt + SUSPENSION + offset;
      await at(time);
      const again = escrow.connect(regulator).suspend(merchantId, EVIDENCE);
      if (lapsed) {
        await expect(again)
          .to.emit(escrow, "MerchantSuspended")
          .withArgs(merchantId, time + SUSPENSION, EVIDENCE);
      } else {
        await expect(again)
          .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
          .withArgs(merchantId, time, endedAt + SUSPENSION);
      }
    });
  }

  it("concerns one merchant", async () => {
    const shop = await load();
    const second = await anotherMerchant(shop);
    await suspend(shop);
    expect((await shop.escrow.merchant(second)).status).to.equal(MerchantStatus.Active);
    await suspend(shop, second);
  });

  describe("is refused", () => {
    it("for a merchant that is suspended", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      await suspend(shop);
      await expect(escrow.connect(regulator).suspend(merchantId, EVIDENCE))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Suspended);
    });

    it("for a merchant that closes, or is flagged", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      await runOff(shop);
      await expect(escrow.connect(regulator).suspend(merchantId, EVIDENCE))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.RunOff);
      await flagDefault(shop);
      await expect(escrow.connect(regulator).suspend(merchantId, EVIDENCE))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, MerchantStatus.Defaulted);
    });

    it("for a merchant nobody registered", async () => {
      const { escrow, regulator } = await load();
      await expect(escrow.connect(regulator).suspend(99n, EVIDENCE))
        .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
        .withArgs(99n);
    });
  });
});

describe("resume", () => {
  it("ends a suspension", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId, programs } = shop;
    await suspend(shop);
    const time = (await now()) + DAY;
    await at(time);
    await expect(escrow.connect(regulator).resume(merchantId))
      .to.emit(escrow, "MerchantResumed")
      .withArgs(merchantId, time);
    const merchant = await escrow.merchant(merchantId);
    expect([merchant.status, merchant.suspendedUntil]).to.deep.equal([MerchantStatus.Active, time]);
    await buyCard(shop, { program: programs.count });
  });

  it("is refused for a merchant that does business", async () => {
    const { escrow, regulator, merchantId } = await load();
    await expect(escrow.connect(regulator).resume(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Active);
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "accepted" : "needless, and refused,"} ${when} the lapse`, async () => {
      const shop = await load();
      const { escrow, regulator, merchantId } = shop;
      const until = await suspend(shop);
      await at(until + offset);
      const resumed = escrow.connect(regulator).resume(merchantId);
      if (offset < 0n) {
        await expect(resumed)
          .to.emit(escrow, "MerchantResumed")
          .withArgs(merchantId, until + offset);
      } else {
        await expect(resumed)
          .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
          .withArgs(merchantId, MerchantStatus.Active);
      }
    });
  }

  it("is refused for a merchant nobody registered", async () => {
    const { escrow, regulator } = await load();
    await expect(escrow.connect(regulator).resume(99n))
      .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
      .withArgs(99n);
  });
});
