import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";

import { MerchantStatus } from "../../../../src/contracts/enums.js";
import { now, signVoucher, signSettlement } from "../../../helpers/actions.js";
import type { SignedVoucher } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { asContractVoucher, deployTill, logsOf, situations } from "../../../helpers/settling.js";
import type { Till } from "../../../helpers/settling.js";

/** Without an estimate a refused transaction is mined too, at the time that was set for it. */
const GAS = { gasLimit: 3_000_000n };

/** The three ways to settle without being paid, each for `who`. */
const ways: Readonly<
  Record<
    string,
    (
      till: Till,
      who: HardhatEthersSigner,
      merchantId: bigint,
      vouchers: readonly SignedVoucher[],
      deadline: bigint,
    ) => Promise<ContractTransactionResponse>
  >
> = {
  settle: ({ escrow }, who, merchantId, vouchers) => escrow.connect(who).settle(merchantId, [...vouchers], GAS),
  settleContractHolders: ({ escrow }, who, merchantId, vouchers) =>
    escrow.connect(who).settleContractHolders(merchantId, vouchers.map(asContractVoucher), GAS),
  settleWithSignature: async ({ escrow, relayer }, who, merchantId, vouchers, deadline) => {
    const { signature } = await signSettlement(escrow, who, merchantId, vouchers, deadline);
    return escrow.connect(relayer).settleWithSignature(merchantId, [...vouchers], deadline, who, signature, GAS);
  },
};

for (const [way, settle] of Object.entries(ways)) {
  describe(`${way}: who may settle`, () => {
    const load = async () => {
      const till = await networkHelpers.loadFixture(deployTill);
      return { till, voucher: await signVoucher(till.escrow, till.holder, till.cards.count, 2n) };
    };

    for (const { name, settling, enter } of situations) {
      const people = ["operator", "stranger"] as const;
      for (const person of people) {
        const allowed = settling === "anyone" || (settling === "operators" && person === "operator");
        it(`${name}: ${person === "operator" ? "an operator" : "a stranger"} ${allowed ? "settles" : "is refused"}`, async () => {
          const { till, voucher } = await load();
          const { escrow, merchantId, cards } = till;
          const time = await enter(till);
          const { outstanding, balance } = await escrow.pool(merchantId);
          const { windowEndsAt } = await escrow.merchant(merchantId);
          const sent = settle(till, till[person], merchantId, [voucher], time + 60n);
          if (allowed) {
            expect(await logsOf(escrow, sent)).to.deep.equal([
              ["ConsumptionSettled", merchantId, cards.count, 120n * TOKEN, 2n, voucher.receipt],
              ["PoolUpdated", merchantId, outstanding - 120n * TOKEN, balance],
            ]);
          } else if (settling === "closed") {
            await expect(sent)
              .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
              .withArgs(merchantId, MerchantStatus.Closed);
          } else if (settling === "over") {
            await expect(sent)
              .to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed")
              .withArgs(merchantId, time, windowEndsAt);
          } else {
            await expect(sent)
              .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
              .withArgs(merchantId, till[person].address);
          }
          expect(await now(), "the transaction was mined at the boundary").to.equal(time);
        });
      }
    }

    it("nobody else does, whatever the role", async () => {
      const { till, voucher } = await load();
      const { escrow, merchantId } = till;
      const roles = ["admin", "regulator", "association", "reporter", "owner", "payout", "holder", "other"] as const;
      for (const role of roles) {
        await expect(settle(till, till[role], merchantId, [voucher], (await now()) + 60n), role)
          .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
          .withArgs(merchantId, till[role].address);
      }
    });

    it("an operator no more once the owner has removed it, until it is added again", async () => {
      const { till, voucher } = await load();
      const { escrow, merchantId, owner, operator } = till;
      const again = async () => settle(till, operator, merchantId, [voucher], (await now()) + 60n);
      await escrow.connect(owner).setOperator(merchantId, operator, false);
      await expect(again())
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator.address);
      await escrow.connect(owner).setOperator(merchantId, operator, true);
      await expect(again()).to.emit(escrow, "ConsumptionSettled");
    });

    it("a till of another merchant does not", async () => {
      const { till, voucher } = await load();
      const { escrow, merchantId, secondId, owner, relayer: theirs } = till;
      await escrow.connect(owner).setOperator(secondId, theirs, true);
      await expect(settle(till, theirs, merchantId, [voucher], (await now()) + 60n))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, theirs.address);
    });

    it("nobody does for a merchant that does not exist", async () => {
      const { till, voucher } = await load();
      const { escrow, operator } = till;
      for (const unknown of [0n, 99n]) {
        await expect(settle(till, operator, unknown, [voucher], (await now()) + 60n))
          .to.be.revertedWithCustomError(escrow, "MerchantUnknown")
          .withArgs(unknown);
      }
    });
  });
}
