import { expect } from "chai";

import { at, now } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import {
  LOOSENING_DELAY,
  SURETY_NOTICE,
  deployRegister,
  pay,
  placeSurety,
  report,
  setRule,
  standing,
} from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";

/** 40 % of 1 000 000, reported every 90 days, and 500 000 in the vault. */
async function deployCovered() {
  const shop = await deployRegister();
  await setRule(shop, { bps0: 4_000n, reportDays: 90n });
  await report(shop, shop.owner, 1_000_000n);
  await pay(shop, 500_000n);
  return shop;
}
const load = () => networkHelpers.loadFixture(deployCovered);

describe("DepositRegister withdraw", () => {
  it("pays what is not required to the payout address and emits it", async () => {
    const { register, token, owner, payout, merchantId } = await load();
    const vault = await register.depositVaultOf(merchantId);
    const sent = register.connect(owner).withdraw(merchantId, 1n);
    await expect(sent).to.emit(register, "Withdrawn").withArgs(merchantId, payout.address, 1n, 499_999n, 400_000n);
    await expect(sent).to.changeTokenBalances(ethers, token, [vault, payout], [-1n, 1n]);
    expect((await register.depositOf(merchantId)).deposit).to.equal(499_999n);
  });

  for (const [amount, refused] of [
    [99_999n, false],
    [100_000n, false],
    [100_001n, true],
    [500_000n, true],
  ] as const) {
    it(`${refused ? "refuses" : "pays"} ${amount} where 100 000 are free`, async () => {
      const shop = await load();
      const { register, owner, merchantId } = shop;
      const sent = register.connect(owner).withdraw(merchantId, amount);
      if (refused) {
        await expectRefusal(sent, register, "DepositBelowRequired", merchantId, 500_000n - amount, 400_000n);
      } else {
        await expect(sent).to.emit(register, "Withdrawn");
        expect(await standing(shop)).to.deep.equal([]);
      }
    });
  }

  it("refuses more than there is, and nothing", async () => {
    const { register, owner, merchantId } = await load();
    const sent = register.connect(owner).withdraw(merchantId, 500_001n);
    await expectRefusal(sent, register, "DepositExceeded", merchantId, 500_001n, 500_000n);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 0n), register, "AmountZero");
  });

  it("follows the payout address the escrow knows", async () => {
    const { escrow, register, owner, other, merchantId } = await load();
    await escrow.connect(owner).setPayout(merchantId, other);
    await networkHelpers.time.increase(7n * DAY);
    await expect(register.connect(owner).withdraw(merchantId, 5n))
      .to.emit(register, "Withdrawn")
      .withArgs(merchantId, other.address, 5n, 499_995n, 400_000n);
  });

  it("never pays to the register or a vault of the merchant", async () => {
    const { escrow, register, owner, merchantId } = await load();
    const places = [
      await register.getAddress(),
      await register.depositVaultOf(merchantId),
      await register.suretyVaultOf(merchantId),
    ];
    for (const place of places) {
      await escrow.connect(owner).setPayout(merchantId, place);
      await networkHelpers.time.increase(7n * DAY);
      const sent = register.connect(owner).withdraw(merchantId, 5n);
      await expectRefusal(sent, register, "RecipientForbidden", place);
    }
  });

  describe("with a report in time", () => {
    for (const [offset, late] of [
      [-1n, false],
      [0n, true],
      [1n, true],
    ] as const) {
      it(`${late ? "is refused" : "is paid"} ${offset} seconds from the end of the interval`, async () => {
        const shop = await load();
        const { register, owner, merchantId } = shop;
        const { reportDueAt, lastAsOf } = await register.depositOf(merchantId);
        expect(reportDueAt).to.equal(lastAsOf + 90n * DAY);
        await at(reportDueAt + offset);
        const sent = register.connect(owner).withdraw(merchantId, 1n);
        if (late) {
          await expectRefusal(sent, register, "ReportNotInTime", merchantId, reportDueAt + offset, reportDueAt);
        } else {
          await expect(sent).to.emit(register, "Withdrawn");
        }
      });
    }

    it("counts the date of an owner's lower report that waits", async () => {
      const shop = await load();
      const { register, owner, merchantId } = shop;
      await networkHelpers.time.increase(89n * DAY);
      await report(shop, owner, 1n);
      await networkHelpers.time.increase(2n * DAY);
      await expect(register.connect(owner).withdraw(merchantId, 1n)).to.emit(register, "Withdrawn");
    });

    it("is asked for where there never was one", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, owner, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await pay(shop, 10n);
      const time = (await now()) + 5n;
      await at(time);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "ReportNotInTime", merchantId, time, 0n);
      await report(shop, owner, 0n);
      await expect(register.connect(owner).withdraw(merchantId, 10n)).to.emit(register, "Withdrawn");
    });

    it("is asked for by a rule that asks for reports only", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, owner, merchantId } = shop;
      await setRule(shop, { bps0: 0n, reportDays: 30n });
      const { since } = await register.rule(merchantId);
      await pay(shop, 10n);
      const time = (await now()) + 5n;
      await at(time);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "ReportNotInTime", merchantId, time, since + 30n * DAY);
    });

    it("is asked for by a rule that asks of large balances only", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, owner, merchantId } = shop;
      await setRule(shop, { bps0: 0n, threshold1: 5n, bps1: 0n, threshold2: 9n, bps2: 1n });
      await pay(shop, 10n);
      const time = (await now()) + 5n;
      await at(time);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "ReportNotInTime", merchantId, time, 0n);
    });

    it("is not asked for where nothing is asked", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, owner, merchantId } = shop;
      await pay(shop, 10n);
      await register.connect(owner).withdraw(merchantId, 4n);
      await setRule(shop, { bps0: 0n });
      await register.connect(owner).withdraw(merchantId, 6n);
      expect((await register.depositOf(merchantId)).deposit).to.equal(0n);
    });
  });

  it("counts an owner's lower figure only once it is in force", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    await report(shop, owner, 500_000n);
    const actsAt = (await register.depositOf(merchantId)).nextActsAt;
    await at(actsAt - 1n);
    const early = register.connect(owner).withdraw(merchantId, 100_001n);
    await expectRefusal(early, register, "DepositBelowRequired", merchantId, 399_999n, 400_000n);
    await at(actsAt);
    await register.connect(owner).withdraw(merchantId, 300_000n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(200_000n);
  });

  it("counts a looser rule only once it is in force", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    await setRule(shop, { bps0: 2_000n, reportDays: 90n });
    const { nextRuleAt } = await register.rule(merchantId);
    await at(nextRuleAt - 1n);
    const early = register.connect(owner).withdraw(merchantId, 100_001n);
    await expectRefusal(early, register, "DepositBelowRequired", merchantId, 399_999n, 400_000n);
    await at(nextRuleAt);
    await register.connect(owner).withdraw(merchantId, 300_000n);
    expect(nextRuleAt).to.be.greaterThan(LOOSENING_DELAY);
  });

  it("counts a surety until 30 days before its end", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    const endsAt = await placeSurety(shop, 300_000n, 60n * DAY);
    await at(endsAt - SURETY_NOTICE - 1n);
    await register.connect(owner).withdraw(merchantId, 400_000n);
    await pay(shop, 400_000n);
    await at(endsAt - SURETY_NOTICE + 1n);
    const late = register.connect(owner).withdraw(merchantId, 100_001n);
    await expectRefusal(late, register, "DepositBelowRequired", merchantId, 399_999n, 400_000n);
  });

  for (const [state, allowed] of [
    ["Active", true],
    ["Suspended", false],
    ["Lapsed", true],
    ["RunOff", true],
    ["Closed", true],
    ["Defaulted", false],
  ] as const satisfies [Standing, boolean][]) {
    it(`is ${allowed ? "possible" : "refused"} for a merchant that is ${state}`, async () => {
      const shop = await load();
      const { escrow, register, owner, reporter, merchantId } = shop;
      await bring(shop, state);
      await report(shop, reporter, 1_000_000n);
      const { status } = await escrow.merchant(merchantId);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      if (allowed) await expect(sent).to.emit(register, "Withdrawn");
      else await expectRefusal(sent, register, "MerchantStatusForbids", merchantId, status);
    });
  }

  it("is for the owner alone", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    for (const caller of everybodyBut(shop, "owner")) {
      const sent = register.connect(caller).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "MerchantOwnerOnly", merchantId, caller.address, owner.address);
    }
  });

  it("refuses a merchant the escrow does not know", async () => {
    const { register, owner } = await load();
    await expectRefusal(register.connect(owner).withdraw(2n, TOKEN), register, "MerchantUnknown", 2n);
  });
});
