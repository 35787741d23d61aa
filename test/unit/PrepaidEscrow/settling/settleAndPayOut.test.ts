import { expect } from "chai";

import { MerchantStatus, SkipReason } from "../../../../src/contracts/enums.js";
import { now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { EVIDENCE, deployTill, logsOf, moneyOf, situations, spoiltVoucher } from "../../../helpers/settling.js";

describe("settleAndPayOut", () => {
  const load = () => networkHelpers.loadFixture(deployTill);

  it("books the vouchers and pays the merchant in one transaction", async () => {
    const till = await load();
    const { escrow, token, operator, holder, other, merchantId, cards, payout, vault } = till;
    const { outstanding } = await moneyOf(till);
    const first = await signVoucher(escrow, holder, cards.count, 1n);
    const second = await signVoucher(escrow, other, cards.others, 2n);
    const sent = escrow.connect(operator).settleAndPayOut(merchantId, [first, spoiltVoucher(cards.plan, 1n), second]);
    const left = outstanding - 180n * TOKEN;
    expect(await logsOf(escrow, sent)).to.deep.equal([
      ["ConsumptionSettled", merchantId, cards.count, 60n * TOKEN, 1n, first.receipt],
      ["ConsumptionSkipped", cards.plan, SkipReason.BadSignature],
      ["ConsumptionSettled", merchantId, cards.others, 120n * TOKEN, 2n, second.receipt],
      ["PaidOut", merchantId, payout.address, 180n * TOKEN, left],
    ]);
    await expect(sent).to.changeTokenBalances(ethers, token, [vault, payout], [-180n * TOKEN, 180n * TOKEN]);
    expect(await moneyOf(till)).to.deep.equal({ outstanding: left, balance: left, releasable: 0n, held: left });
  });

  it("pays what was released before as well", async () => {
    const till = await load();
    const { escrow, token, operator, holder, merchantId, cards, payout } = till;
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.count, 3n)]);
    const sent = escrow
      .connect(operator)
      .settleAndPayOut(merchantId, [await signVoucher(escrow, holder, cards.count, 4n)]);
    await expect(sent).to.changeTokenBalance(ethers, token, payout, 240n * TOKEN);
  });

  it("pays zero without a transfer when no voucher released anything", async () => {
    const till = await load();
    const { escrow, token, operator, merchantId, cards, payout } = till;
    const { outstanding } = await moneyOf(till);
    const sent = escrow.connect(operator).settleAndPayOut(merchantId, [spoiltVoucher(cards.count, 1n)]);
    expect(await logsOf(escrow, sent)).to.deep.equal([
      ["ConsumptionSkipped", cards.count, SkipReason.BadSignature],
      ["PaidOut", merchantId, payout.address, 0n, outstanding],
    ]);
    await expect(sent).not.to.emit(token, "Transfer");
  });

  it("pays the payout address that has come into effect", async () => {
    const till = await load();
    const { escrow, token, owner, operator, holder, merchantId, cards, payout, stranger } = till;
    await escrow.connect(owner).setPayout(merchantId, stranger);
    const { payoutChangesAt } = await escrow.merchant(merchantId);
    const vouchers = [
      await signVoucher(escrow, holder, cards.count, 1n),
      await signVoucher(escrow, holder, cards.count, 2n),
    ];
    await networkHelpers.time.setNextBlockTimestamp(payoutChangesAt - 1n);
    const before = escrow.connect(operator).settleAndPayOut(merchantId, vouchers.slice(0, 1));
    await expect(before).to.changeTokenBalances(ethers, token, [payout, stranger], [60n * TOKEN, 0n]);
    await networkHelpers.time.setNextBlockTimestamp(payoutChangesAt);
    const after = escrow.connect(operator).settleAndPayOut(merchantId, vouchers.slice(1));
    await expect(after).to.changeTokenBalances(ethers, token, [payout, stranger], [0n, 60n * TOKEN]);
  });

  for (const { name, status, settling, paysOut, enter } of situations) {
    const allowed = settling === "operators" && paysOut;
    it(`${name}: an operator ${allowed ? "settles and is paid" : "is refused"}`, async () => {
      const till = await load();
      const { escrow, token, operator, holder, merchantId, cards, payout } = till;
      const voucher = await signVoucher(escrow, holder, cards.count, 2n);
      const time = await enter(till);
      const before = await moneyOf(till);
      const { windowEndsAt } = await escrow.merchant(merchantId);
      // Without an estimate a refused transaction is mined too, at the time that was set for it.
      const sent = escrow.connect(operator).settleAndPayOut(merchantId, [voucher], { gasLimit: 1_000_000n });
      if (allowed) {
        await expect(sent)
          .to.emit(escrow, "PaidOut")
          .withArgs(merchantId, payout.address, 120n * TOKEN, before.outstanding - 120n * TOKEN);
        await expect(sent).to.changeTokenBalance(ethers, token, payout, 120n * TOKEN);
      } else if (settling === "over") {
        await expect(sent)
          .to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed")
          .withArgs(merchantId, time, windowEndsAt);
      } else {
        await expect(sent).to.be.revertedWithCustomError(escrow, "MerchantStatusForbids").withArgs(merchantId, status);
      }
      if (!allowed) expect(await moneyOf(till)).to.deep.equal(before);
      expect(await now(), "the transaction was mined at the boundary").to.equal(time);
    });
  }

  it("is refused to everybody who is not an operator", async () => {
    const till = await load();
    const { escrow, merchantId } = till;
    const roles = ["admin", "regulator", "association", "owner", "payout", "holder", "stranger"] as const;
    for (const role of roles) {
      await expect(escrow.connect(till[role]).settleAndPayOut(merchantId, []), role)
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, till[role].address);
    }
  });

  it("does not pay under a flag even if anyone may settle", async () => {
    const till = await load();
    const { escrow, regulator, stranger, holder, merchantId, cards } = till;
    await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
    const voucher = await signVoucher(escrow, holder, cards.count, 1n);
    await expect(escrow.connect(stranger).settleAndPayOut(merchantId, [voucher]))
      .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
      .withArgs(merchantId, MerchantStatus.Defaulted);
    expect((await escrow.card(cards.count)).consumed).to.equal(0n);
  });

  it("is refused for a merchant that does not exist", async () => {
    const { escrow, operator } = await load();
    await expect(escrow.connect(operator).settleAndPayOut(99n, []))
      .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
      .withArgs(99n);
  });
});
