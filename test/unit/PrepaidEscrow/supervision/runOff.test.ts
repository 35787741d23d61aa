import { expect } from "chai";
import { toBeHex } from "ethers";

import { MerchantStatus, SkipReason } from "../../../../src/contracts/enums.js";
import { anotherPolicy, at, buyCard, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import {
  EVIDENCE,
  RUN_OFF_NOTICE,
  around,
  consume,
  flagDefault,
  loadBlockingShop,
  runOff,
  suspend,
} from "../../../helpers/leaving.js";

const load = () => networkHelpers.loadFixture(deployShop);
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

describe("startRunOff", () => {
  it("ends sales and emits when service and notice end", async () => {
    const shop = await load();
    const { escrow, owner, merchantId, programs } = shop;
    const time = (await now()) + 10n;
    const lastServiceAt = time + 12n * DAY;
    await at(time);
    await expect(escrow.connect(owner).startRunOff(merchantId, lastServiceAt))
      .to.emit(escrow, "RunOffStarted")
      .withArgs(merchantId, lastServiceAt, time + RUN_OFF_NOTICE);
    const merchant = await escrow.merchant(merchantId);
    expect([merchant.status, merchant.lastServiceAt, merchant.noticeEndsAt]).to.deep.equal([
      MerchantStatus.RunOff,
      lastServiceAt,
      time + RUN_OFF_NOTICE,
    ]);
    await expect(buyCard(shop, { program: programs.count }))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.RunOff);
  });

  it("lets the merchant settle and be paid on", async () => {
    const shop = await load();
    const { escrow, token, merchantId, payout, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const { noticeEndsAt } = await runOff(shop);
    await consume(shop, cardId, 2n);
    await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 120n * TOKEN);
    await at(noticeEndsAt + DAY);
    await consume(shop, cardId, 3n);
    await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 60n * TOKEN);
  });

  it("lets passes be counted to the last moment of service, and no further", async () => {
    const shop = await load();
    const { escrow, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    const { lastServiceAt } = await runOff(shop);
    await at(lastServiceAt + 20n * DAY);
    const served = lastServiceAt - openedAt;
    await expect(escrow.accrue([cardId]))
      .to.emit(escrow, "PassAccrued")
      .withArgs(merchantId, cardId, passPrice(served), served);
    await at(lastServiceAt + 30n * DAY);
    await expect(escrow.accrue([cardId]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cardId, SkipReason.Stale);
  });

  it("takes the notice of the policy the merchant is under", async () => {
    const shop = await load();
    const { escrow, regulator, owner, merchantId } = shop;
    const policyId = await anotherPolicy(shop, { runOffNotice: 90n * DAY });
    await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId);
    const time = (await now()) + 10n;
    await at(time);
    await expect(escrow.connect(owner).startRunOff(merchantId, time + DAY))
      .to.emit(escrow, "RunOffStarted")
      .withArgs(merchantId, time + DAY, time + 90n * DAY);
  });

  for (const role of ["owner", "regulator"] as const) {
    it(`is the ${role}'s to start from Active`, async () => {
      const shop = await load();
      const { escrow, merchantId } = shop;
      const time = (await now()) + 10n;
      await at(time);
      await expect(escrow.connect(shop[role]).startRunOff(merchantId, time))
        .to.emit(escrow, "RunOffStarted")
        .withArgs(merchantId, time, time + RUN_OFF_NOTICE);
    });
  }

  it("is the regulator's to start from Suspended, not the owner's", async () => {
    const shop = await load();
    const { escrow, owner, regulator, merchantId } = shop;
    await suspend(shop);
    const time = (await now()) + 10n;
    await at(time);
    await expect(escrow.connect(owner).startRunOff(merchantId, time))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
    await at(time);
    await expect(escrow.connect(regulator).startRunOff(merchantId, time))
      .to.emit(escrow, "RunOffStarted")
      .withArgs(merchantId, time, time + RUN_OFF_NOTICE);
    expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.RunOff);
  });

  it("is the regulator's to start from Suspended, be its address lower than the owner's or higher", async () => {
    const { escrow, regulator, payout, policyId } = await load();
    for (const owner of [1n, 2n ** 160n - 1n].map((account) => toBeHex(account, 20))) {
      const args = [owner, payout, policyId, 0n, "ipfs://another"] as const;
      const merchantId = await escrow.connect(regulator).registerMerchant.staticCall(...args);
      await escrow.connect(regulator).registerMerchant(...args);
      await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
      const started = escrow.connect(regulator).startRunOff(merchantId, (await now()) + DAY);
      await expect(started).to.emit(escrow, "RunOffStarted");
    }
  });

  for (const role of ["owner", "regulator"] as const) {
    it(`is refused to a contract that the ${role} calls`, async () => {
      const shop = await load();
      const { escrow, merchantId } = shop;
      const through = await ethers.deployContract("Batch");
      const start = escrow.interface.encodeFunctionData("startRunOff", [merchantId, (await now()) + DAY]);
      await expect(through.connect(shop[role]).run(escrow, [start]))
        .to.be.revertedWithCustomError(escrow, "AccessManagedUnauthorized")
        .withArgs(through);
    });
  }

  it("is not the owner's to start from Suspended either where a contract is the owner, whoever calls it", async () => {
    const shop = await load();
    const { escrow, regulator, payout, policyId, stranger } = shop;
    const owner = await ethers.deployContract("Batch");
    const args = [owner, payout, policyId, 0n, "ipfs://another"] as const;
    const merchantId = await escrow.connect(regulator).registerMerchant.staticCall(...args);
    await escrow.connect(regulator).registerMerchant(...args);
    await suspend(shop, merchantId);
    const start = escrow.interface.encodeFunctionData("startRunOff", [merchantId, (await now()) + DAY]);
    await expect(owner.connect(stranger).run(escrow, [start]))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
  });

  it("is the owner's again once a suspension has lapsed", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    const until = await suspend(shop);
    await at(until);
    await escrow.connect(shop.owner).startRunOff(merchantId, until + DAY);
    expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.RunOff);
  });

  const refused = ["admin", "association", "reporter", "operator", "payout", "holder", "stranger"] as const;
  for (const role of refused) {
    it(`is refused to the ${role}`, async () => {
      const shop = await load();
      const { escrow, merchantId } = shop;
      await expect(escrow.connect(shop[role]).startRunOff(merchantId, (await now()) + DAY))
        .to.be.revertedWithCustomError(escrow, "AccessManagedUnauthorized")
        .withArgs(shop[role]);
    });
  }

  describe("takes a last moment of service between now and the end of the notice:", () => {
    const moments = [
      { name: "one second ago", offset: -1n, good: false },
      { name: "now", offset: 0n, good: true },
      { name: "in one second", offset: 1n, good: true },
      { name: "one second before the end", offset: RUN_OFF_NOTICE - 1n, good: true },
      { name: "the end", offset: RUN_OFF_NOTICE, good: true },
      { name: "one second after the end", offset: RUN_OFF_NOTICE + 1n, good: false },
    ];
    for (const { name, offset, good } of moments) {
      it(`${name} is ${good ? "accepted" : "refused"}`, async () => {
        const { escrow, owner, merchantId } = await load();
        const time = (await now()) + 10n;
        await at(time);
        const started = escrow.connect(owner).startRunOff(merchantId, time + offset);
        if (good) {
          await expect(started)
            .to.emit(escrow, "RunOffStarted")
            .withArgs(merchantId, time + offset, time + RUN_OFF_NOTICE);
        } else {
          await expect(started)
            .to.be.revertedWithCustomError(escrow, "MerchantTimeOutOfRange")
            .withArgs(merchantId, time + offset, time, time + RUN_OFF_NOTICE);
        }
      });
    }
  });

  it("is refused a second time, and after a flag", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    await runOff(shop);
    await expect(escrow.connect(regulator).startRunOff(merchantId, (await now()) + DAY))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.RunOff);
    await flagDefault(shop);
    await expect(escrow.connect(regulator).startRunOff(merchantId, (await now()) + DAY))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Defaulted);
  });

  it("is refused for a merchant nobody registered", async () => {
    const { escrow, regulator } = await load();
    await expect(escrow.connect(regulator).startRunOff(99n, (await now()) + DAY))
      .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
      .withArgs(99n);
  });
});

describe("closeMerchant", () => {
  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "refused" : "done by anyone"} ${when} the end of the notice`, async () => {
      const shop = await load();
      const { escrow, stranger, merchantId } = shop;
      const { noticeEndsAt } = await runOff(shop);
      await at(noticeEndsAt + offset);
      const closed = escrow.connect(stranger).closeMerchant(merchantId);
      if (offset < 0n) {
        await expect(closed)
          .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
          .withArgs(merchantId, noticeEndsAt - 1n, noticeEndsAt);
      } else {
        await expect(closed).to.emit(escrow, "MerchantClosed").withArgs(merchantId);
        expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Closed);
      }
    });
  }

  it("waits until nothing is outstanding", async () => {
    const shop = await load();
    const { escrow, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.open, principal: 1n });
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await expect(escrow.closeMerchant(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantOutstandingLeft")
      .withArgs(merchantId, 1n);
    await escrow.refundCards(merchantId, [cardId]);
    await expect(escrow.closeMerchant(merchantId)).to.emit(escrow, "MerchantClosed").withArgs(merchantId);
  });

  it("waits for a holder whom the token blocks", async () => {
    const shop = await loadBlockingShop();
    const { escrow, blocking, holder, stranger, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const { noticeEndsAt } = await runOff(shop, DAY, merchantId);
    await blocking.setBlocked(holder, true);
    await at(noticeEndsAt);
    await escrow.refundCards(merchantId, [cardId]);
    await expect(escrow.closeMerchant(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantOutstandingLeft")
      .withArgs(merchantId, 1_200n * TOKEN);
    await escrow.connect(holder).executeExitTo(cardId, stranger);
    await expect(escrow.closeMerchant(merchantId)).to.emit(escrow, "MerchantClosed").withArgs(merchantId);
  });

  it("leaves the merchant what it earned", async () => {
    const shop = await load();
    const { escrow, token, merchantId, payout, programs } = shop;
    await consume(shop, await buyCard(shop, { program: programs.count }), 20n);
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await escrow.closeMerchant(merchantId);
    await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 1_200n * TOKEN);
    expect(await escrow.pool(merchantId)).to.deep.equal([0n, 0n, 0n]);
  });

  it("is refused without a run-off", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    const forbids = async (status: bigint) => {
      await expect(escrow.closeMerchant(merchantId))
        .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
        .withArgs(merchantId, status);
    };
    await forbids(MerchantStatus.Active);
    await suspend(shop);
    await forbids(MerchantStatus.Suspended);
    await flagDefault(shop);
    await forbids(MerchantStatus.Defaulted);
  });

  it("is refused a second time", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await escrow.closeMerchant(merchantId);
    await expect(escrow.closeMerchant(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Closed);
  });

  it("is refused for a merchant nobody registered", async () => {
    const { escrow } = await load();
    await expect(escrow.closeMerchant(99n)).to.be.revertedWithCustomError(escrow, "MerchantUnknown").withArgs(99n);
  });
});
