import { expect } from "chai";
import { ZeroHash, id, toBeHex } from "ethers";

import { at, now } from "../../helpers/actions.js";
import { ethers, networkHelpers, provider } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import {
  EVIDENCE,
  OBJECTION_PERIOD,
  deployRegister,
  flag,
  listOf,
  pay,
  placeSurety,
  publish,
} from "../../helpers/register.js";
import type { RegisterShop } from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";
import { fieldsOf } from "../../helpers/struct.js";

/** 60 in the vault, a surety of 30 for 1 000 days, and a flag. */
async function deployFlagged() {
  const shop = await deployRegister();
  await pay(shop, 60n);
  await placeSurety(shop, 30n, 1_000n * DAY);
  const { windowEndsAt } = await flag(shop);
  const list = listOf([
    { account: shop.holder.address, amount: 70n },
    { account: shop.other.address, amount: 50n },
  ]);
  return { ...shop, list, windowEndsAt };
}
const load = () => networkHelpers.loadFixture(deployFlagged);
type FlaggedShop = Awaited<ReturnType<typeof deployFlagged>>;

const noDistribution = {
  root: ZeroHash,
  claims: 0n,
  publishedAt: 0n,
  objectionsEndAt: 0n,
  opensAt: 0n,
  objections: 0n,
  counted: 0n,
  paid: 0n,
  funded: 0n,
  drawn: 0n,
};
const distribution = async (shop: RegisterShop) => fieldsOf(await shop.register.distribution(shop.merchantId));
const object = async (shop: FlaggedShop, by = shop.owner, root = shop.list.root) =>
  await shop.register.connect(by).objectToClaims(shop.merchantId, root, EVIDENCE);

describe("DepositRegister publishClaims", () => {
  it("publishes a list and emits when it is paid, and at what rate", async () => {
    const shop = await load();
    const { register, association, merchantId, list, windowEndsAt } = shop;
    const time = (await now()) + 5n;
    const objectionsEndAt = time + OBJECTION_PERIOD;
    await at(time);
    await expect(register.connect(association).publishClaims(merchantId, list.root, list.total, EVIDENCE))
      .to.emit(register, "ClaimsPublished")
      .withArgs(merchantId, list.root, 120n, objectionsEndAt, objectionsEndAt, true, EVIDENCE);
    expect(objectionsEndAt).to.be.greaterThan(windowEndsAt);
    expect(await distribution(shop)).to.deep.equal({
      ...noDistribution,
      root: list.root,
      claims: 120n,
      publishedAt: time,
      objectionsEndAt,
      opensAt: objectionsEndAt,
      funded: 90n,
    });
    expect(await register.quoteClaim(merchantId, 0n, shop.holder, 70n)).to.deep.equal([0n, 52n]);
  });

  it("opens with the escrow's final window when that ends later", async () => {
    const shop = await load();
    const { escrow, register, regulator, association, merchantId, list } = shop;
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const { policyId } = await escrow.merchant(merchantId);
    const policy = await escrow.policy(policyId);
    await escrow.connect(regulator).addPolicy({ ...fieldsOf(policy), finalSettlement: 30n * DAY } as never);
    await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId + 1n);
    const { windowEndsAt } = await flag(shop);
    const time = (await now()) + 5n;
    await at(time);
    await expect(register.connect(association).publishClaims(merchantId, list.root, list.total, EVIDENCE))
      .to.emit(register, "ClaimsPublished")
      .withArgs(merchantId, list.root, 120n, time + OBJECTION_PERIOD, windowEndsAt, true, EVIDENCE);
    const { objectionsEndAt, opensAt } = await register.distribution(merchantId);
    expect(objectionsEndAt).to.be.lessThan(windowEndsAt);
    expect(opensAt).to.equal(windowEndsAt);
    await at(windowEndsAt - 1n);
    await expectRefusal(
      register.openClaims(merchantId),
      register,
      "ClaimsNotOpen",
      merchantId,
      windowEndsAt - 1n,
      windowEndsAt,
    );
    await at(windowEndsAt);
    await register.openClaims(merchantId);
  });

  it("is refused while a list stands, even after its time for objections", async () => {
    const shop = await load();
    const { register, merchantId, list } = shop;
    await publish(shop, list);
    await expectRefusal(publish(shop, list), register, "ClaimsAlreadyPublished", merchantId, list.root);
    await networkHelpers.time.increase(OBJECTION_PERIOD + 1n);
    await expectRefusal(publish(shop, list), register, "ClaimsAlreadyPublished", merchantId, list.root);
  });

  it("takes a root with claims, or neither", async () => {
    const shop = await load();
    const { register, merchantId, list } = shop;
    const rootless = publish(shop, { ...list, root: ZeroHash });
    await expectRefusal(rootless, register, "ClaimsRootMismatch", ZeroHash, 120n);
    await expectRefusal(publish(shop, { ...list, total: 0n }), register, "ClaimsRootMismatch", list.root, 0n);
    await publish(shop, { ...list, root: ZeroHash, total: 0n });
    expect((await register.distribution(merchantId)).publishedAt).to.equal(await now());
  });

  for (const state of ["Active", "Suspended", "Lapsed", "RunOff", "Closed"] as const satisfies Standing[]) {
    it(`is refused for a merchant that is ${state}`, async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { escrow, register, merchantId } = shop;
      await bring(shop, state);
      const { status } = await escrow.merchant(merchantId);
      const list = listOf([{ account: shop.holder.address, amount: 1n }]);
      await expectRefusal(publish(shop, list), register, "MerchantStatusForbids", merchantId, status);
      await expectRefusal(register.openClaims(merchantId), register, "MerchantStatusForbids", merchantId, status);
      await expectRefusal(register.paySurplus(merchantId), register, "MerchantStatusForbids", merchantId, status);
      const claim = register.claim(merchantId, list.claim(0));
      await expectRefusal(claim, register, "MerchantStatusForbids", merchantId, status);
      const objection = register.connect(shop.owner).objectToClaims(merchantId, list.root, EVIDENCE);
      await expectRefusal(objection, register, "MerchantStatusForbids", merchantId, status);
      expect(await distribution(shop)).to.deep.equal(noDistribution);
      expect(await register.quoteClaim(merchantId, 0n, shop.holder, 1n)).to.deep.equal([0n, 0n]);
    });
  }

  it("is possible for a merchant that was closed and then flagged", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, token, holder, merchantId } = shop;
    await pay(shop, 10n);
    await bring(shop, "Closed");
    await flag(shop);
    const list = listOf([{ account: holder.address, amount: 10n }]);
    await publish(shop, list);
    await networkHelpers.time.increase(OBJECTION_PERIOD);
    const before = await token.balanceOf(holder);
    await register.claim(merchantId, list.claim(0));
    expect((await token.balanceOf(holder)) - before).to.equal(10n);
  });

  it("is for the association alone", async () => {
    const shop = await load();
    const { register, merchantId, list } = shop;
    for (const caller of everybodyBut(shop, "association")) {
      const sent = register.connect(caller).publishClaims(merchantId, list.root, list.total, EVIDENCE);
      await expectRefusal(sent, register, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("refuses a merchant the escrow does not know", async () => {
    const shop = await load();
    await expectRefusal(publish({ ...shop, merchantId: 2n }, shop.list), shop.register, "MerchantUnknown", 2n);
  });

  describe("when the flag is withdrawn", () => {
    it("is void with the objections made, and a second flag begins anew", async () => {
      const shop = await load();
      const { escrow, register, regulator, merchantId, list } = shop;
      for (let i = 0; i < 3; i += 1) {
        await publish(shop, list);
        await object(shop, regulator);
      }
      await publish(shop, list);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      expect(await distribution(shop)).to.deep.equal(noDistribution);
      const open = register.openClaims(merchantId);
      await expectRefusal(open, register, "MerchantStatusForbids", merchantId, 2n);
      await flag(shop);
      expect(await distribution(shop)).to.deep.equal(noDistribution);
      await networkHelpers.time.increase(2n * OBJECTION_PERIOD);
      await expectRefusal(
        register.claim(merchantId, list.claim(0)),
        register,
        "ClaimsNotPublished",
        merchantId,
        ZeroHash,
      );
      await publish(shop, list);
      await object(shop);
      expect((await register.distribution(merchantId)).objections).to.equal(1n);
    });

    it("is void even when flag, list, withdrawal and second flag share a second", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { escrow, register, regulator, association, merchantId } = shop;
      const gas = { gasLimit: 1_000_000n };
      await provider.request({ method: "evm_setAutomine", params: [false] });
      await escrow.connect(regulator).flagDefault(merchantId, 1n, EVIDENCE, gas);
      await register.connect(association).publishClaims(merchantId, id("list"), 5n, EVIDENCE, gas);
      await escrow.connect(regulator).withdrawDefault(merchantId, gas);
      await escrow.connect(regulator).flagDefault(merchantId, 1n, EVIDENCE, gas);
      await networkHelpers.mine();
      await provider.request({ method: "evm_setAutomine", params: [true] });
      const { flaggedAt, withdrawnAt } = await escrow.merchant(merchantId);
      expect(flaggedAt).to.equal(withdrawnAt);
      expect(await register.queryFilter(register.filters.ClaimsPublished())).to.have.length(1);
      expect(await distribution(shop)).to.deep.equal(noDistribution);
    });
  });
});

describe("DepositRegister objectToClaims", () => {
  it("takes the list back and emits it", async () => {
    const shop = await load();
    const { register, regulator, owner, bank, merchantId, list } = shop;
    for (const [i, objector] of [owner, bank, regulator].entries()) {
      await publish(shop, list);
      const time = (await now()) + 5n;
      await at(time);
      await expect(object(shop, objector))
        .to.emit(register, "ClaimsObjected")
        .withArgs(merchantId, list.root, objector.address, BigInt(i + 1), time, EVIDENCE);
      expect(await distribution(shop)).to.deep.equal({ ...noDistribution, objections: BigInt(i + 1) });
      for (const amount of [1n, 70n]) {
        expect(await register.quoteClaim(merchantId, 0n, shop.holder, amount)).to.deep.equal([0n, 0n]);
      }
    }
  });

  it("is possible three times in all", async () => {
    const shop = await load();
    const { register, regulator, owner, bank, merchantId, list } = shop;
    for (let i = 0; i < 3; i += 1) {
      await publish(shop, list);
      await object(shop, regulator);
    }
    await publish(shop, list);
    for (const objector of [owner, bank, regulator]) {
      await expectRefusal(object(shop, objector), register, "ClaimsObjectionsUsed", merchantId, 3n, 3n);
    }
    await networkHelpers.time.increase(OBJECTION_PERIOD);
    await register.openClaims(merchantId);
    expect((await register.distribution(merchantId)).drawn).to.equal(30n);
  });

  for (const [offset, refused] of [
    [-1n, false],
    [0n, true],
    [1n, true],
  ] as const) {
    it(`is ${refused ? "refused" : "possible"} ${offset} seconds from the end of 14 days`, async () => {
      const shop = await load();
      const { register, merchantId, list } = shop;
      const end = (await publish(shop, list)) + OBJECTION_PERIOD;
      await at(end + offset);
      if (refused) await expectRefusal(object(shop), register, "ClaimsObjectionsEnded", merchantId, end + offset, end);
      else await expect(object(shop)).to.emit(register, "ClaimsObjected");
    });
  }

  it("gives each list 14 days of its own", async () => {
    const shop = await load();
    const { register, merchantId, list } = shop;
    await at((await publish(shop, list)) + OBJECTION_PERIOD - 1n);
    await object(shop);
    const second = await publish(shop, list);
    await at(second + OBJECTION_PERIOD - 1n);
    const early = register.claim(merchantId, list.claim(0));
    const end = second + OBJECTION_PERIOD;
    await expectRefusal(early, register, "ClaimsNotOpen", merchantId, end - 1n, end);
    await at(end);
    await register.claim(merchantId, list.claim(0));
    expect((await register.distribution(merchantId)).paid).to.equal(52n);
  });

  it("is possible once for the owner and once for the surety, so that they leave the regulator one", async () => {
    const shop = await load();
    const { register, regulator, owner, bank, merchantId, list } = shop;
    for (const objector of [owner, bank]) {
      await publish(shop, list);
      await object(shop, objector);
    }
    await publish(shop, list);
    for (const objector of [owner, bank]) {
      await expectRefusal(object(shop, objector), register, "ClaimsObjectedBefore", merchantId, objector.address);
    }
    await object(shop, regulator);
    expect((await register.distribution(merchantId)).objections).to.equal(3n);
  });

  it("means the list it names, not one published meanwhile", async () => {
    const shop = await load();
    const { register, merchantId, list } = shop;
    await expectRefusal(object(shop), register, "ClaimsNotPublished", merchantId, list.root);
    await publish(shop, list);
    for (const other of [toBeHex(1n, 32), id("another list"), toBeHex(2n ** 256n - 1n, 32)]) {
      await expectRefusal(object(shop, shop.owner, other), register, "ClaimsNotPublished", merchantId, other);
    }
    await object(shop);
    await expectRefusal(object(shop), register, "ClaimsNotPublished", merchantId, list.root);
    await expectRefusal(object(shop, shop.owner, ZeroHash), register, "ClaimsNotPublished", merchantId, ZeroHash);
  });

  it("is for the owner, the surety and the regulator alone", async () => {
    const shop = await load();
    await publish(shop, shop.list);
    for (const caller of everybodyBut(shop, "owner", "regulator")) {
      await expectRefusal(object(shop, caller), shop.register, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("is not for the lowest address, nor for the highest", async () => {
    const { register, merchantId, list } = await load();
    for (const address of [toBeHex(0x1_0000, 20), toBeHex(2n ** 160n - 1n, 20)]) {
      await networkHelpers.impersonateAccount(address);
      await networkHelpers.setBalance(address, 10n ** 18n);
      const caller = await ethers.getSigner(address);
      const objection = register.connect(caller).objectToClaims(merchantId, list.root, EVIDENCE);
      await expectRefusal(objection, register, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("is not for a bank whose surety is gone", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, bank, merchantId } = shop;
    await at(await placeSurety(shop, 5n));
    await register.connect(bank).takeBackSurety(merchantId, bank);
    await flag(shop);
    const list = listOf([{ account: shop.holder.address, amount: 1n }]);
    await publish(shop, list);
    const objection = register.connect(bank).objectToClaims(merchantId, list.root, EVIDENCE);
    await expectRefusal(objection, register, "AccessManagedUnauthorized", bank.address);
  });
});
