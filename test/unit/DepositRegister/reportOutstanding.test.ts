import { expect } from "chai";

import { at, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import { EVIDENCE, LOOSENING_DELAY, NO_TIER, deployRegister, report, setRule } from "../../helpers/register.js";
import type { RegisterShop } from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";
import { fieldsOf } from "../../helpers/struct.js";

/** A rule of 40 %, and a moment from which dates of reports are counted. */
async function deployRuled() {
  const shop = await deployRegister();
  await setRule(shop, { bps0: 4_000n });
  return { ...shop, day0: (await now()) - 100n * DAY };
}
const load = () => networkHelpers.loadFixture(deployRuled);

/** The figures in force and to come, with the dates they come into force. */
async function figures(shop: RegisterShop): Promise<readonly bigint[]> {
  const view = await shop.register.depositOf(shop.merchantId);
  return [view.reported, view.nextReported, view.nextActsAt, view.laterReported, view.laterActsAt];
}

/** The date of the figure in force. */
async function dateOf(shop: RegisterShop): Promise<bigint> {
  return (await shop.register.depositOf(shop.merchantId)).reportedAsOf;
}

const passTo = async (time: bigint) => {
  await networkHelpers.time.increaseTo(time);
};

describe("DepositRegister reportOutstanding", () => {
  it("takes the owner's first report at once and emits it", async () => {
    const shop = await load();
    const { register, owner, merchantId, day0 } = shop;
    const sent = report(shop, owner, 1_001n, day0);
    await expect(sent)
      .to.emit(register, "OutstandingReported")
      .withArgs(merchantId, owner.address, false, 1_001n, day0, EVIDENCE);
    await expect(sent).to.emit(register, "ReportedFiguresSet").withArgs(merchantId, 1_001n, day0, 0n, 0n, 0n, 0n, 401n);
    expect(fieldsOf(await register.depositOf(merchantId))).to.deep.equal({
      deposit: 0n,
      required: 401n,
      reported: 1_001n,
      reportedAsOf: day0,
      lastAsOf: day0,
      reportDueAt: 0n,
      nextReported: 0n,
      nextActsAt: 0n,
      laterReported: 0n,
      laterActsAt: 0n,
      certified: 0n,
      certifiedAsOf: 0n,
      vault: await register.depositVaultOf(merchantId),
    });
  });

  it("takes a reporter's report at once, up and down", async () => {
    const shop = await load();
    const { register, reporter, merchantId, day0 } = shop;
    for (const [i, amount] of [500n, NO_TIER, 0n, 7n].entries()) {
      const sent = report(shop, reporter, amount, day0 + BigInt(i));
      await expect(sent)
        .to.emit(register, "OutstandingReported")
        .withArgs(merchantId, reporter.address, true, amount, day0 + BigInt(i), EVIDENCE);
      expect(await figures(shop)).to.deep.equal([amount, 0n, 0n, 0n, 0n]);
      const { certified, certifiedAsOf } = await register.depositOf(merchantId);
      expect([certified, certifiedAsOf]).to.deep.equal([amount, day0 + BigInt(i)]);
    }
  });

  describe("the date", () => {
    for (const side of ["owner", "reporter"] as const) {
      it(`of a report by the ${side} lies after the last`, async () => {
        const shop = await load();
        const { register, merchantId, day0 } = shop;
        await report(shop, shop[side], 1n, day0);
        for (const asOf of [day0 - 1n, day0]) {
          const time = (await now()) + 5n;
          await at(time);
          const sent = report(shop, shop[side], 1n, asOf);
          await expectRefusal(sent, register, "ReportDateOutOfRange", merchantId, asOf, day0 + 1n, time);
        }
        await report(shop, shop[side], 1n, day0 + 1n);
        expect((await register.depositOf(merchantId)).lastAsOf).to.equal(day0 + 1n);
      });

      it(`of a report by the ${side} does not lie in the future`, async () => {
        const shop = await load();
        const time = (await now()) + 5n;
        await at(time);
        const early = report(shop, shop[side], 1n, time + 1n);
        await expectRefusal(early, shop.register, "ReportDateOutOfRange", shop.merchantId, time + 1n, 1n, time);
        await at(time + 1n);
        await report(shop, shop[side], 1n, time + 1n);
        expect((await shop.register.depositOf(shop.merchantId)).lastAsOf).to.equal(time + 1n);
      });
    }

    it("of the owner's last report does not shut a reporter out", async () => {
      const shop = await load();
      await report(shop, shop.owner, 10n);
      await report(shop, shop.reporter, 500n, shop.day0);
      expect((await figures(shop))[0]).to.equal(500n);
    });
  });

  describe("an owner's lower figure", () => {
    it("acts after the loosening delay, by itself", async () => {
      const shop = await load();
      const { register, owner, merchantId, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      const time = (await now()) + 5n;
      const actsAt = time + LOOSENING_DELAY;
      await at(time);
      await expect(report(shop, owner, 999n, day0 + 1n))
        .to.emit(register, "ReportedFiguresSet")
        .withArgs(merchantId, 1_000n, day0, 999n, actsAt, 0n, 0n, 400n);
      await passTo(actsAt - 1n);
      expect(await figures(shop)).to.deep.equal([1_000n, 999n, actsAt, 0n, 0n]);
      expect(await register.required(merchantId)).to.equal(400n);
      await passTo(actsAt);
      expect(await figures(shop)).to.deep.equal([999n, 0n, 0n, 0n, 0n]);
      expect(await register.required(merchantId)).to.equal(400n);
      expect((await register.depositOf(merchantId)).reportedAsOf).to.equal(day0 + 1n);
    });

    it("counts for the requirement from its second on", async () => {
      const shop = await load();
      const { register, owner, merchantId, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      const { nextActsAt } = await register.depositOf(merchantId);
      await passTo(nextActsAt - 1n);
      expect(await register.required(merchantId)).to.equal(400n);
      await passTo(nextActsAt);
      expect(await register.required(merchantId)).to.equal(200n);
    });

    it("gives way to an equal or higher one, which acts at once", async () => {
      for (const amount of [1_000n, 1_001n]) {
        const shop = await load();
        const { owner, day0 } = shop;
        await report(shop, owner, 1_000n, day0);
        await report(shop, owner, 500n, day0 + 1n);
        await report(shop, owner, 400n, day0 + 2n);
        await report(shop, owner, amount, day0 + 3n);
        expect(await figures(shop)).to.deep.equal([amount, 0n, 0n, 0n, 0n]);
      }
    });

    it("keeps its date when a less low one takes its place", async () => {
      const shop = await load();
      const { owner, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      const [, , actsAt] = await figures(shop);
      await report(shop, owner, 400n, day0 + 2n);
      for (const [i, amount] of [500n, 600n].entries()) {
        await report(shop, owner, amount, day0 + 3n + BigInt(i));
        expect(await figures(shop)).to.deep.equal([1_000n, amount, actsAt, 0n, 0n]);
      }
    });

    it("is not held up by one that is lower still, which waits for itself", async () => {
      const shop = await load();
      const { owner, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      const [, , first] = await figures(shop);
      await at(first! - 10n * DAY);
      await report(shop, owner, 400n, day0 + 2n);
      const second = first! - 10n * DAY + LOOSENING_DELAY;
      expect(await figures(shop)).to.deep.equal([1_000n, 500n, first, 400n, second]);
      await passTo(first!);
      expect(await figures(shop)).to.deep.equal([500n, 400n, second, 0n, 0n]);
      expect(await dateOf(shop)).to.equal(day0 + 1n);
      await passTo(second - 1n);
      expect((await figures(shop))[0]).to.equal(500n);
      expect(await shop.register.required(shop.merchantId)).to.equal(200n);
      await passTo(second);
      expect(await figures(shop)).to.deep.equal([400n, 0n, 0n, 0n, 0n]);
      expect(await dateOf(shop)).to.equal(day0 + 2n);
      expect(await shop.register.required(shop.merchantId)).to.equal(160n);
    });

    it("lower still keeps its date for a less low one and waits again for a lower one", async () => {
      const shop = await load();
      const { owner, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      await report(shop, owner, 400n, day0 + 2n);
      const [, , first, , second] = await figures(shop);
      for (const [i, amount] of [400n, 450n].entries()) {
        await report(shop, owner, amount, day0 + 3n + BigInt(i));
        expect(await figures(shop)).to.deep.equal([1_000n, 500n, first, amount, second]);
      }
      const time = second! - 100n;
      await at(time);
      await report(shop, owner, 300n, day0 + 5n);
      expect(await figures(shop)).to.deep.equal([1_000n, 500n, first, 300n, time + LOOSENING_DELAY]);
    });

    it("is booked by the next report once it is in force", async () => {
      const shop = await load();
      const { owner, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      await report(shop, owner, 400n, day0 + 2n);
      await networkHelpers.time.increase(LOOSENING_DELAY);
      await report(shop, owner, 450n, day0 + 3n);
      expect(await figures(shop)).to.deep.equal([450n, 0n, 0n, 0n, 0n]);
    });

    it("waits anew where the one before is in force", async () => {
      const shop = await load();
      const { owner, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      await networkHelpers.time.increase(LOOSENING_DELAY);
      const time = (await now()) + 5n;
      await at(time);
      await report(shop, owner, 400n, day0 + 2n);
      expect(await figures(shop)).to.deep.equal([500n, 400n, time + LOOSENING_DELAY, 0n, 0n]);
    });

    it("in force is what a reporter's figure of an earlier date is held against", async () => {
      const shop = await load();
      const { owner, reporter, day0 } = shop;
      await report(shop, owner, 1_000n, day0);
      await report(shop, owner, 500n, day0 + 1n);
      await networkHelpers.time.increase(LOOSENING_DELAY);
      await report(shop, reporter, 700n, day0 - 1n);
      expect((await figures(shop))[0]).to.equal(700n);
    });

    it("comes into force however often the owner reports", async () => {
      const shop = await load();
      const { owner } = shop;
      await report(shop, owner, 1_000n);
      for (let amount = 990n; amount >= 400n; amount -= 10n) {
        await networkHelpers.time.increase(DAY);
        await report(shop, owner, amount);
      }
      expect((await figures(shop))[0]).to.be.at.most(990n - 10n * 20n);
    });
  });

  describe("a reporter's figure", () => {
    for (const [offset, inForce] of [
      [-1n, 500n],
      [0n, 500n],
      [1n, 300n],
    ] as const) {
      it(`bounds an owner's report of ${offset} seconds later ${inForce === 500n ? "from below" : "no more"}`, async () => {
        const shop = await load();
        const { owner, reporter, day0 } = shop;
        await report(shop, owner, 1_000n, day0 - DAY);
        await report(shop, reporter, 500n, day0);
        await report(shop, owner, 300n, day0 + offset);
        await networkHelpers.time.increase(LOOSENING_DELAY);
        expect((await figures(shop))[0]).to.equal(inForce);
      });
    }

    for (const [offset, waits] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`of ${offset} seconds later ${waits ? "leaves" : "ends"} an owner's lower figure that waits`, async () => {
        const shop = await load();
        const { owner, reporter, day0 } = shop;
        await report(shop, owner, 1_000n, day0 - DAY);
        await report(shop, owner, 300n, day0);
        await report(shop, reporter, 900n, day0 + offset);
        expect((await figures(shop))[0]).to.equal(900n);
        await networkHelpers.time.increase(LOOSENING_DELAY);
        expect((await figures(shop))[0]).to.equal(waits ? 300n : 900n);
      });
    }

    it("ends the first of two figures that wait and leaves the second, of a later date", async () => {
      const shop = await load();
      const { owner, reporter, day0 } = shop;
      await report(shop, owner, 1_000n, day0 - DAY);
      await report(shop, owner, 600n, day0);
      await report(shop, owner, 300n, day0 + 10n);
      const [, , , , second] = await figures(shop);
      await report(shop, reporter, 900n, day0 + 5n);
      expect(await figures(shop)).to.deep.equal([900n, 300n, second, 0n, 0n]);
      await passTo(second!);
      expect(await figures(shop)).to.deep.equal([300n, 0n, 0n, 0n, 0n]);
      expect(await shop.register.required(shop.merchantId)).to.equal(120n);
    });

    for (const later of [0n, 1n]) {
      it(`ends both when it is ${later === 0n ? "of the date of" : "later than"} the second`, async () => {
        const shop = await load();
        const { owner, reporter, day0 } = shop;
        await report(shop, owner, 1_000n, day0 - DAY);
        await report(shop, owner, 600n, day0);
        await report(shop, owner, 300n, day0 + 10n);
        await report(shop, reporter, 900n, day0 + 10n + later);
        expect(await figures(shop)).to.deep.equal([900n, 0n, 0n, 0n, 0n]);
      });
    }

    it("of an earlier date does not lower what the owner has reported since", async () => {
      const shop = await load();
      const { owner, reporter, day0 } = shop;
      await report(shop, owner, 900n, day0);
      await report(shop, reporter, 500n, day0 - 1n);
      expect((await figures(shop))[0]).to.equal(900n);
      await report(shop, reporter, 500n, day0);
      expect((await figures(shop))[0]).to.equal(500n);
    });

    it("of an earlier date raises what the owner has reported since", async () => {
      const shop = await load();
      await report(shop, shop.owner, 900n, shop.day0);
      await report(shop, shop.reporter, 901n, shop.day0 - 1n);
      expect((await figures(shop))[0]).to.equal(901n);
    });

    it("of an earlier date that is the figure in force brings its date back", async () => {
      const shop = await load();
      await report(shop, shop.owner, 900n, shop.day0);
      await report(shop, shop.reporter, 900n, shop.day0 - 1n);
      expect([(await figures(shop))[0], await dateOf(shop)]).to.deep.equal([900n, shop.day0 - 1n]);
    });

    it("of nothing is of its own date", async () => {
      const shop = await load();
      await report(shop, shop.reporter, 0n, shop.day0);
      expect(await dateOf(shop)).to.equal(shop.day0);
    });

    for (const [amount, after] of [
      [301n, [301n, 300n]],
      [300n, [300n, 0n]],
      [299n, [300n, 0n]],
    ] as const) {
      it(`of ${amount} and an earlier date leaves what the owner said later, 300, ${after[1] === 0n ? "at once" : "waiting"}`, async () => {
        const shop = await load();
        const { owner, reporter, day0 } = shop;
        await report(shop, owner, 1_000n, day0 - 10n);
        await report(shop, owner, 300n, day0);
        await report(shop, reporter, amount, day0 - 1n);
        expect((await figures(shop)).slice(0, 2)).to.deep.equal(after);
        expect(await dateOf(shop)).to.equal(after[1] === 0n ? day0 : day0 - 1n);
      });
    }
  });

  for (const offset of [-1n, 0n, 1n]) {
    it(`of the owner's, ${1_000n + offset} where a reporter has certified 1 000 later, sets ${offset < 0n ? 1_000n : 1_000n + offset}`, async () => {
      const shop = await load();
      const { owner, reporter, day0 } = shop;
      await report(shop, reporter, 1_000n, day0);
      await report(shop, owner, 1_000n + offset, day0 - 1n);
      expect((await figures(shop))[0]).to.equal(offset < 0n ? 1_000n : 1_000n + offset);
      expect(await dateOf(shop)).to.equal(offset < 0n ? day0 : day0 - 1n);
    });
  }

  it("counts as the owner's when the owner is a reporter too", async () => {
    const shop = await load();
    const { manager, admin, register, owner, merchantId, day0 } = shop;
    await manager.connect(admin).grantRole(3n, owner, 0n);
    await report(shop, owner, 1_000n, day0);
    await report(shop, owner, 1n, day0 + 1n);
    expect((await figures(shop))[0]).to.equal(1_000n);
    expect((await register.depositOf(merchantId)).certifiedAsOf).to.equal(0n);
  });

  it("is for the owner and the reporters alone", async () => {
    const shop = await load();
    for (const caller of everybodyBut(shop, "owner", "reporter")) {
      const sent = report(shop, caller, 1n, shop.day0);
      await expectRefusal(sent, shop.register, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("refuses a merchant the escrow does not know", async () => {
    const shop = await load();
    for (const caller of [shop.owner, shop.reporter]) {
      const sent = report({ ...shop, merchantId: 9n }, caller, 1n, shop.day0);
      await expectRefusal(sent, shop.register, "MerchantUnknown", 9n);
    }
  });

  for (const state of [
    "Active",
    "Suspended",
    "Lapsed",
    "RunOff",
    "Closed",
    "Defaulted",
  ] as const satisfies Standing[]) {
    it(`is taken for a merchant that is ${state}`, async () => {
      const shop = await load();
      await bring(shop, state);
      await report(shop, shop.owner, 10n);
      await report(shop, shop.reporter, 20n);
      expect((await figures(shop))[0]).to.equal(20n);
    });
  }
});
