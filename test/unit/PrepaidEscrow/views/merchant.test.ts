import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { MerchantStatus, WarningKind, WarningLevel } from "../../../../src/contracts/enums.js";
import { anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { fieldsOf } from "../../../helpers/answers.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import { RUN_OFF_NOTICE, around, consume, flagDefault, runOff, suspend } from "../../../helpers/leaving.js";

const CHANGE_DELAY = 7n * DAY;
const load = () => networkHelpers.loadFixture(deployShop);

describe("merchant", () => {
  it("answers everything about a merchant", async () => {
    const { escrow, token, owner, payout, policyId, merchantId, vault } = await load();
    expect(fieldsOf(await escrow.merchant(merchantId))).to.deep.equal({
      status: MerchantStatus.Active,
      owner: owner.address,
      payout: payout.address,
      vault,
      token: await token.getAddress(),
      policyId,
      nextOwner: ZeroAddress,
      ownershipAcceptableAt: 0n,
      nextPayout: ZeroAddress,
      payoutChangesAt: 0n,
      suspendedUntil: 0n,
      lastServiceAt: 0n,
      noticeEndsAt: 0n,
      serviceStoppedAt: 0n,
      flaggedAt: 0n,
      windowEndsAt: 0n,
      withdrawnAt: 0n,
      complaintCount: 0n,
      complaintValue: 0n,
    });
  });

  for (const { when, offset } of around) {
    it(`answers the ${offset < 0n ? "old" : "new"} payout address ${when} the end of its seven days`, async () => {
      const { escrow, owner, payout, stranger, merchantId } = await load();
      await escrow.connect(owner).setPayout(merchantId, stranger);
      const changesAt = (await now()) + CHANGE_DELAY;
      await at(changesAt + offset);
      const merchant = await escrow.merchant(merchantId, { blockTag: "pending" });
      expect([merchant.payout, merchant.nextPayout, merchant.payoutChangesAt]).to.deep.equal(
        offset < 0n ? [payout.address, stranger.address, changesAt] : [stranger.address, ZeroAddress, 0n],
      );
    });
  }

  it("answers who is offered the ownership, and from when", async () => {
    const { escrow, owner, stranger, merchantId } = await load();
    await escrow.connect(owner).transferOwnership(merchantId, stranger);
    const acceptableAt = (await now()) + CHANGE_DELAY;
    const offered = await escrow.merchant(merchantId);
    expect([offered.owner, offered.nextOwner, offered.ownershipAcceptableAt]).to.deep.equal([
      owner.address,
      stranger.address,
      acceptableAt,
    ]);
    await at(acceptableAt);
    await escrow.connect(stranger).acceptOwnership(merchantId);
    const accepted = await escrow.merchant(merchantId);
    expect([accepted.owner, accepted.nextOwner, accepted.ownershipAcceptableAt]).to.deep.equal([
      stranger.address,
      ZeroAddress,
      0n,
    ]);
  });

  it("keeps the dates of a suspension, a run-off and a flag", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    const suspendedUntil = await suspend(shop);
    const startedAt = suspendedUntil + DAY;
    await at(startedAt);
    await escrow.connect(shop.owner).startRunOff(merchantId, startedAt + 3n * DAY);
    const { flaggedAt, serviceStoppedAt, windowEndsAt } = await flagDefault(shop);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const withdrawnAt = await now();
    const { status, ...rest } = fieldsOf(await escrow.merchant(merchantId));
    expect(status).to.equal(MerchantStatus.RunOff);
    expect(rest).to.deep.include({
      suspendedUntil,
      lastServiceAt: startedAt + 3n * DAY,
      noticeEndsAt: startedAt + RUN_OFF_NOTICE,
      flaggedAt,
      serviceStoppedAt,
      windowEndsAt,
      withdrawnAt,
    });
  });

  it("is refused for an id nobody was given", async () => {
    const { escrow } = await load();
    for (const unknown of [0n, 2n]) {
      await expect(escrow.merchant(unknown)).to.be.revertedWithCustomError(escrow, "MerchantUnknown").withArgs(unknown);
    }
  });
});

describe("vaultOf", () => {
  it("answers the vault before the merchant is registered", async () => {
    const shop = await load();
    const foretold = await shop.escrow.vaultOf(2n);
    expect(await anotherMerchant(shop)).to.equal(2n);
    expect((await shop.escrow.merchant(2n)).vault).to.equal(foretold);
    expect(foretold).to.not.equal(shop.vault);
  });

  it("answers the vault that holds the money", async () => {
    const shop = await load();
    await buyCard(shop, { program: shop.programs.count });
    expect(await shop.token.balanceOf(await shop.escrow.vaultOf(1n))).to.equal(1_200n * TOKEN);
  });
});

describe("isOperator", () => {
  it("follows the owner, merchant by merchant", async () => {
    const shop = await load();
    const { escrow, owner, operator, stranger, merchantId } = shop;
    expect(await escrow.isOperator(merchantId, operator)).to.be.true;
    expect(await escrow.isOperator(merchantId, stranger)).to.be.false;
    expect(await escrow.isOperator(merchantId, owner)).to.be.false;
    await escrow.connect(owner).setOperator(merchantId, stranger, true);
    await escrow.connect(owner).setOperator(merchantId, operator, false);
    expect(await escrow.isOperator(merchantId, stranger)).to.be.true;
    expect(await escrow.isOperator(merchantId, operator)).to.be.false;
    expect(await escrow.isOperator(2n, stranger)).to.be.false;
  });
});

describe("pool and releasable", () => {
  it("follow a card's life", async () => {
    const shop = await load();
    const { escrow, operator, regulator, merchantId, programs } = shop;
    const answers = async (outstanding: bigint, balance: bigint) => {
      const pool = await escrow.pool(merchantId);
      expect([pool.outstanding, pool.balance, pool.outstandingCap]).to.deep.equal([
        outstanding * TOKEN,
        balance * TOKEN,
        9_000n,
      ]);
      expect(await escrow.releasable(merchantId)).to.equal((balance - outstanding) * TOKEN);
    };
    await escrow.connect(regulator).setOutstandingCap(merchantId, 9_000n);
    await answers(0n, 0n);
    const cardId = await buyCard(shop, { program: programs.count });
    await answers(1_200n, 1_200n);
    await consume(shop, cardId, 5n);
    await answers(900n, 1_200n);
    await escrow.payOut(merchantId);
    await answers(900n, 900n);
    await consume(shop, cardId, 6n);
    await escrow.connect(operator).refundCard(cardId);
    await answers(0n, 60n);
  });

  it("keep merchants apart", async () => {
    const shop = await load();
    const second = await anotherMerchant(shop, { outstandingCap: 7n });
    await buyCard(shop, { program: shop.programs.count });
    expect(await shop.escrow.pool(second)).to.deep.equal([0n, 0n, 7n]);
    expect(await shop.escrow.releasable(second)).to.equal(0n);
  });

  it("take no notice of tokens that were sent to the vault", async () => {
    const shop = await load();
    await buyCard(shop, { program: shop.programs.count });
    await shop.token.connect(shop.other).transfer(shop.vault, 500n * TOKEN);
    expect((await shop.escrow.pool(1n)).balance).to.equal(1_200n * TOKEN);
    expect(await shop.escrow.releasable(1n)).to.equal(0n);
  });

  it("know nothing of an id nobody was given", async () => {
    const { escrow } = await load();
    await expect(escrow.pool(99n)).to.be.revertedWithCustomError(escrow, "MerchantUnknown").withArgs(99n);
    expect(await escrow.releasable(99n)).to.equal(0n);
  });
});

describe("warnings", () => {
  it("answer the cap's warning with its level, and none when it is down", async () => {
    const shop = await load();
    const { escrow, regulator, operator, merchantId, programs } = shop;
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    await escrow.connect(regulator).setOutstandingCap(merchantId, 10_000n);
    const cards = [];
    for (let i = 0; i < 7; i++) cards.push(await buyCard(shop, { program: programs.count }));
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    cards.push(await buyCard(shop, { program: programs.count }));
    expect(await escrow.warnings(merchantId)).to.deep.equal([[WarningKind.OutstandingCap, WarningLevel.Notice]]);
    cards.push(await buyCard(shop, { program: programs.count }));
    expect(await escrow.warnings(merchantId)).to.deep.equal([[WarningKind.OutstandingCap, WarningLevel.Warning]]);
    for (const cardId of cards) await escrow.connect(operator).refundCard(cardId);
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
  });

  it("are refused for an id nobody was given", async () => {
    const { escrow } = await load();
    await expect(escrow.warnings(99n)).to.be.revertedWithCustomError(escrow, "MerchantUnknown").withArgs(99n);
  });
});

describe("a run-off", () => {
  it("is answered as such, whatever time it is", async () => {
    const shop = await load();
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt + 365n * DAY);
    const merchant = await shop.escrow.merchant(shop.merchantId, { blockTag: "pending" });
    expect(merchant.status).to.equal(MerchantStatus.RunOff);
  });
});
