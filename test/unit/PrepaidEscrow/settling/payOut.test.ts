import { expect } from "chai";

import { MerchantStatus } from "../../../../src/contracts/enums.js";
import type { BlockingToken, TestToken } from "../../../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { EVIDENCE, deployTill, logsOf, moneyOf, situations } from "../../../helpers/settling.js";
import { openShopUnder } from "../../../helpers/tokens.js";

/** The till with 300 released and not paid. */
async function deployEarned() {
  const till = await deployTill();
  const { escrow, operator, holder, merchantId, cards } = till;
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.count, 5n)]);
  return till;
}

/** A merchant under a token whose issuer blocks accounts, with 300 released and not paid; and the first one's card. */
async function deployBlockable() {
  const till = await deployTill();
  const blocking: BlockingToken = await ethers.deployContract("BlockingToken");
  const token: TestToken = await ethers.getContractAt("TestToken", await blocking.getAddress());
  const shop = { ...(await openShopUnder(till, token)), blocking };
  const { escrow, operator, holder, merchantId, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.count });
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 5n)]);
  return { ...shop, first: till.merchantId, firstCard: till.cards.count, cardId };
}

describe("payOut", () => {
  const load = () => networkHelpers.loadFixture(deployEarned);

  it("pays what is released, and nothing that holders can still use", async () => {
    const till = await load();
    const { escrow, token, stranger, merchantId, payout, vault } = till;
    const { outstanding } = await moneyOf(till);
    const sent = escrow.connect(stranger).payOut(merchantId);
    expect(await logsOf(escrow, sent)).to.deep.equal([
      ["PaidOut", merchantId, payout.address, 300n * TOKEN, outstanding],
    ]);
    await expect(sent).to.changeTokenBalances(ethers, token, [vault, payout], [-300n * TOKEN, 300n * TOKEN]);
    expect(await moneyOf(till)).to.deep.equal({
      outstanding,
      balance: outstanding,
      releasable: 0n,
      held: outstanding,
    });
  });

  it("leaves tokens that somebody has sent to the vault where they are", async () => {
    const till = await load();
    const { escrow, token, stranger, holder, merchantId, payout, vault } = till;
    await token.connect(holder).transfer(vault, 77n);
    await expect(escrow.connect(stranger).payOut(merchantId)).to.changeTokenBalance(
      ethers,
      token,
      payout,
      300n * TOKEN,
    );
    const { outstanding, held } = await moneyOf(till);
    expect(held).to.equal(outstanding + 77n);
  });

  it("pays one base unit", async () => {
    const till = await load();
    const { escrow, token, stranger, operator, holder, merchantId, cards, payout } = till;
    await escrow.connect(stranger).payOut(merchantId);
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.open, 1n)]);
    await expect(escrow.connect(stranger).payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, 1n);
  });

  it("pays what a holder forfeits by leaving", async () => {
    const till = await load();
    const { escrow, token, stranger, holder, merchantId, cards, payout } = till;
    await escrow.connect(stranger).payOut(merchantId);
    await advance(8n * DAY);
    await escrow.connect(holder).requestExit(cards.count);
    await advance(5n * DAY);
    await escrow.connect(stranger).executeExit(cards.count);
    // Five visits at the list price of 80 instead of 60.
    await expect(escrow.connect(stranger).payOut(merchantId)).to.changeTokenBalance(
      ethers,
      token,
      payout,
      100n * TOKEN,
    );
  });

  it("has nothing to pay a second time", async () => {
    const { escrow, stranger, merchantId } = await load();
    await escrow.connect(stranger).payOut(merchantId);
    await expect(escrow.connect(stranger).payOut(merchantId))
      .to.be.revertedWithCustomError(escrow, "PoolNothingReleasable")
      .withArgs(merchantId);
  });

  it("has nothing to pay where nothing was consumed, suspended or not", async () => {
    const { escrow, regulator, stranger, secondId } = await load();
    const refused = () =>
      expect(escrow.connect(stranger).payOut(secondId))
        .to.be.revertedWithCustomError(escrow, "PoolNothingReleasable")
        .withArgs(secondId);
    await refused();
    await escrow.connect(regulator).suspend(secondId, EVIDENCE);
    await refused();
  });

  it("does not know a merchant nobody registered", async () => {
    const { escrow, stranger } = await load();
    for (const unknown of [0n, 99n]) {
      await expect(escrow.connect(stranger).payOut(unknown))
        .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
        .withArgs(unknown);
    }
  });

  for (const { name, status, paysOut, enter } of situations) {
    it(`${name}: ${paysOut ? "pays" : "is refused"}`, async () => {
      const till = await load();
      const { escrow, token, stranger, merchantId, payout, vault, cards } = till;
      const { openedAt } = await escrow.card(cards.pass);
      const time = await enter(till);
      const before = await moneyOf(till);
      // A merchant that has closed has earned the time of its passes to the last day of service as well.
      const passSeconds = status === MerchantStatus.Closed ? (await escrow.merchant(1n)).lastServiceAt - openedAt : 0n;
      const earned = 300n * TOKEN + (passSeconds * 3_600n * TOKEN) / (365n * DAY);
      // Without an estimate a refused transaction is mined too, at the time that was set for it.
      const sent = escrow.connect(stranger).payOut(merchantId, { gasLimit: 1_000_000n });
      if (paysOut) {
        await expect(sent).to.emit(escrow, "PaidOut").withArgs(merchantId, payout.address, earned, before.outstanding);
        await expect(sent).to.changeTokenBalances(ethers, token, [vault, payout], [-earned, earned]);
      } else {
        await expect(sent).to.be.revertedWithCustomError(escrow, "MerchantStatusForbids").withArgs(merchantId, status);
        expect(await moneyOf(till)).to.deep.equal(before);
      }
      expect(await now(), "the transaction was mined at the boundary").to.equal(time);
    });
  }

  it("pays after the window only what no holder can claim, before and after their refunds", async () => {
    const till = await load();
    const { escrow, token, regulator, stranger, holder, other, merchantId, cards, payout } = till;
    await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
    await advance(7n * DAY);
    const { outstanding } = await moneyOf(till);
    const paid = escrow.connect(stranger).payOut(merchantId);
    await expect(paid).to.changeTokenBalance(ethers, token, payout, 300n * TOKEN);
    const refunded = escrow.connect(stranger).refundCards(merchantId, Object.values(cards));
    const passUsed = (await escrow.quoteExit(cards.pass)).released;
    await expect(refunded).to.changeTokenBalances(
      ethers,
      token,
      [holder, other],
      [outstanding - 1_200n * TOKEN - passUsed, 1_200n * TOKEN],
    );
    await expect(escrow.connect(stranger).payOut(merchantId)).to.changeTokenBalance(ethers, token, payout, passUsed);
    expect(await moneyOf(till)).to.deep.equal({ outstanding: 0n, balance: 0n, releasable: 0n, held: 0n });
  });

  for (const [when, offset] of [
    ["a second before it is in effect: the old one", -1n],
    ["as it comes into effect: the new one", 0n],
    ["a second later: the new one", 1n],
  ] as const) {
    it(`pays, when a new payout address was named, ${when}`, async () => {
      const till = await load();
      const { escrow, token, owner, stranger, relayer, merchantId, payout } = till;
      await escrow.connect(owner).setPayout(merchantId, stranger);
      const { payoutChangesAt } = await escrow.merchant(merchantId);
      const [paid, unpaid] = offset < 0n ? [payout, stranger] : [stranger, payout];
      const { outstanding } = await moneyOf(till);
      await at(payoutChangesAt + offset);
      const sent = escrow.connect(relayer).payOut(merchantId);
      await expect(sent)
        .to.emit(escrow, "PaidOut")
        .withArgs(merchantId, paid.address, 300n * TOKEN, outstanding);
      await expect(sent).to.changeTokenBalances(ethers, token, [paid, unpaid], [300n * TOKEN, 0n]);
      expect(await now()).to.equal(payoutChangesAt + offset);
      expect((await escrow.merchant(merchantId)).payout).to.equal(paid.address);
    });
  }

  describe("to an address the token blocks", () => {
    const loadBlocked = async () => {
      const shop = await networkHelpers.loadFixture(deployBlockable);
      await shop.blocking.setBlocked(shop.payout, true);
      return shop;
    };

    it("reverts, and leaves the money released", async () => {
      const { escrow, blocking, stranger, merchantId, payout } = await loadBlocked();
      await expect(escrow.connect(stranger).payOut(merchantId))
        .to.be.revertedWithCustomError(blocking, "AccountBlocked")
        .withArgs(payout.address);
      expect(await escrow.releasable(merchantId)).to.equal(300n * TOKEN);
    });

    it("pays once the owner has named another address", async () => {
      const { escrow, token, owner, stranger, relayer, merchantId } = await loadBlocked();
      await escrow.connect(owner).setPayout(merchantId, relayer);
      await advance(7n * DAY);
      await expect(escrow.connect(stranger).payOut(merchantId)).to.changeTokenBalance(
        ethers,
        token,
        relayer,
        300n * TOKEN,
      );
    });

    it("keeps neither visits from being settled nor holders from their refunds", async () => {
      const { escrow, token, operator, holder, merchantId, cardId } = await loadBlocked();
      await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 6n)]);
      await expect(escrow.connect(operator).refundCard(cardId)).to.changeTokenBalance(
        ethers,
        token,
        holder,
        840n * TOKEN,
      );
    });

    it("does not concern another merchant", async () => {
      const { escrow, operator, holder, stranger, first, firstCard } = await loadBlocked();
      await escrow.connect(operator).settle(first, [await signVoucher(escrow, holder, firstCard, 1n)]);
      await expect(escrow.connect(stranger).payOut(first)).to.emit(escrow, "PaidOut");
    });
  });

  it("is the same whether the status was Active or a lapsed suspension", async () => {
    const till = await load();
    const { escrow, regulator, stranger, merchantId } = till;
    await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
    await expect(escrow.connect(stranger).payOut(merchantId))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Suspended);
    await escrow.connect(regulator).resume(merchantId);
    await expect(escrow.connect(stranger).payOut(merchantId)).to.emit(escrow, "PaidOut");
  });
});
