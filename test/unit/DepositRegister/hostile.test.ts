import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { advance, anotherMerchant, at, buyCard, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { expectRefusal } from "../../helpers/refusals.js";
import {
  EVIDENCE,
  NO_TIER,
  deployRegister,
  distribute,
  flag,
  listOf,
  pay,
  placeSurety,
  publish,
  report,
  ruleOf,
  setRule,
  withRegister,
} from "../../helpers/register.js";
import { fieldsOf } from "../../helpers/struct.js";
import { arm, deployShopUnder } from "../../helpers/tokens.js";
import type { Hook } from "../../helpers/tokens.js";

const load = () => networkHelpers.loadFixture(deployRegister);

describe("DepositRegister: what hostile actors cannot do", () => {
  describe("a token that calls back", () => {
    async function deployReentrant() {
      const shop = await withRegister(await deployShopUnder("ReentrantToken"));
      await pay(shop, 100n);
      return shop;
    }
    const hooks = ["transferFrom", "transfer"] as const satisfies Hook[];

    for (const [name, args] of [
      ["deposit", [2n, 1n]],
      ["bookDeposit", [2n]],
      ["withdraw", [2n, 1n]],
      ["placeSurety", [2n, 1n, 1n]],
      ["takeBackSurety", [2n, ZeroAddress]],
      ["nameSurety", [2n, ZeroAddress]],
      ["setRule", [2n, ruleOf({ bps0: 0n }), 1n]],
      ["reportOutstanding", [2n, 0n, 0n, EVIDENCE]],
      ["refreshWarnings", [2n]],
      ["publishClaims", [2n, EVIDENCE, 1n, EVIDENCE]],
      ["objectToClaims", [2n, EVIDENCE, EVIDENCE]],
      ["openClaims", [2n]],
      ["claim", [2n, { index: 0n, account: ZeroAddress, amount: 0n, proof: [] }]],
      ["claimTo", [2n, { index: 0n, account: ZeroAddress, amount: 0n, proof: [] }, ZeroAddress]],
      ["claimMany", [2n, []]],
      ["paySurplus", [2n]],
    ] as const) {
      it(`finds ${name} closed`, async () => {
        const shop = await networkHelpers.loadFixture(deployReentrant);
        const { register, owner, merchantId } = shop;
        expect(merchantId).to.equal(2n);
        const data = register.interface.encodeFunctionData(name as never, args as never);
        for (const hook of hooks) {
          await arm(shop, hook, await register.getAddress(), data);
          const call =
            hook === "transferFrom"
              ? register.connect(owner).deposit(merchantId, 1n)
              : register.connect(owner).withdraw(merchantId, 1n);
          await expectRefusal(call, register, "ReentrancyGuardReentrantCall");
        }
      });
    }

    it("loses nothing in a batch of claims: the call back is refused and the claim kept", async () => {
      const shop = await networkHelpers.loadFixture(deployReentrant);
      const { register, holder, merchantId } = shop;
      const list = listOf([{ account: holder.address, amount: 100n }]);
      await distribute(shop, list);
      const again = register.interface.encodeFunctionData("claim", [merchantId, list.claim(0)]);
      await arm(shop, "transfer", await register.getAddress(), again);
      await register.claimMany(merchantId, [list.claim(0)]);
      expect((await register.depositOf(merchantId)).deposit).to.equal(100n);
      expect(await register.quoteClaim(merchantId, 0n, holder, 100n)).to.deep.equal([0n, 100n]);
    });
  });

  describe("an owner", () => {
    it("cannot report a deposit away before a default", async () => {
      const shop = await load();
      const { register, owner, reporter, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n, reportDays: 90n });
      await report(shop, reporter, 1_000n);
      await pay(shop, 400n);
      await report(shop, owner, 0n);
      await advance(30n * DAY - 10n);
      const time = (await now()) + 5n;
      await at(time);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "DepositBelowRequired", merchantId, 399n, 400n);
    });

    it("cannot take a deposit out once the flag is up, not even what is not required", async () => {
      const shop = await load();
      await pay(shop, 400n);
      await flag(shop);
      const sent = shop.register.connect(shop.owner).withdraw(shop.merchantId, 1n);
      await expectRefusal(sent, shop.register, "MerchantStatusForbids", shop.merchantId, 5n);
    });

    it("cannot get a deposit out of a default by being closed first", async () => {
      const shop = await load();
      const { escrow, register, regulator, owner, reporter, merchantId } = shop;
      await setRule(shop, { bps0: 10_000n });
      await report(shop, reporter, 100n);
      await pay(shop, 100n);
      await escrow.connect(regulator).startRunOff(merchantId, (await now()) + DAY);
      await advance(30n * DAY);
      await escrow.closeMerchant(merchantId);
      const sent = register.connect(owner).withdraw(merchantId, 1n);
      await expectRefusal(sent, register, "DepositBelowRequired", merchantId, 99n, 100n);
    });

    it("cannot swap the surety that stands for another address that takes it", async () => {
      const shop = await load();
      const { register, owner, stranger, merchantId } = shop;
      await at(await placeSurety(shop, 100n));
      await register.connect(owner).nameSurety(merchantId, stranger);
      const taken = register.connect(stranger).takeBackSurety(merchantId, stranger);
      await expectRefusal(taken, register, "SuretyPartyOnly", merchantId, stranger.address, shop.bank.address);
    });
  });

  describe("a regulator", () => {
    it("cannot loosen at once by way of a tightening", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await setRule(shop, { bps0: 4_000n });
      await setRule(shop, { bps0: 1n });
      await advance(30n * DAY - 10n);
      await setRule(shop, { bps0: 5_000n });
      await advance(60n * DAY);
      expect((await register.rule(merchantId)).rule.bps0).to.equal(5_000n);
    });
  });

  describe("an association", () => {
    it("reaches nothing but the deposit and the surety of the merchant whose list it publishes", async () => {
      const shop = await load();
      const { escrow, token, register, association, merchantId } = shop;
      const neighbour = await anotherMerchant(shop);
      await buyCard(shop, { program: shop.programs.plan });
      await pay(shop, 100n);
      await placeSurety(shop, 30n);
      await pay({ ...shop, merchantId: neighbour }, 500n);
      await placeSurety({ ...shop, merchantId: neighbour }, 70n);
      const pools = [fieldsOf(await escrow.pool(merchantId)), await token.balanceOf(shop.vault)];
      const list = listOf([{ account: association.address, amount: NO_TIER }]);
      await distribute(shop, list);
      await register.claim(merchantId, list.claim(0));
      expect(await token.balanceOf(association)).to.equal(130n);
      expect((await register.depositOf(neighbour)).deposit).to.equal(500n);
      expect(await token.balanceOf(await register.depositVaultOf(neighbour))).to.equal(500n);
      expect((await register.surety(neighbour)).amount).to.equal(70n);
      expect([fieldsOf(await escrow.pool(merchantId)), await token.balanceOf(shop.vault)]).to.deep.equal(pools);
    });

    it("cannot use one merchant's list for another", async () => {
      const shop = await load();
      const { register, escrow, regulator, association, merchantId } = shop;
      const neighbour = await anotherMerchant(shop);
      await pay({ ...shop, merchantId: neighbour }, 500n);
      await escrow.connect(regulator).flagDefault(neighbour, 1n, EVIDENCE);
      const list = listOf([{ account: association.address, amount: 100n }]);
      await distribute(shop, list);
      const claim = register.claim(neighbour, list.claim(0));
      await expect(claim).to.be.revertedWithCustomError(register, "ClaimsNotPublished");
      expect(merchantId).not.to.equal(neighbour);
    });

    it("cannot hold a surety by publishing again and again: only three objections make room", async () => {
      const shop = await load();
      const { register, regulator, bank, merchantId } = shop;
      await placeSurety(shop, 100n, 40n * DAY);
      await flag(shop);
      const list = listOf([{ account: shop.holder.address, amount: 10n }]);
      for (let i = 0; i < 3; i += 1) {
        await publish(shop, list);
        await register.connect(regulator).objectToClaims(merchantId, list.root, EVIDENCE);
      }
      await publish(shop, list);
      await expectRefusal(publish(shop, list), register, "ClaimsAlreadyPublished", merchantId, list.root);
      await advance(40n * DAY);
      await register.connect(bank).openClaims(merchantId);
      await register.connect(bank).takeBackSurety(merchantId, bank);
      expect((await register.surety(merchantId)).amount).to.equal(0n);
    });
  });

  it("a distribution that is over its list never pays more than there is", async () => {
    const shop = await load();
    const { register, holder, other, payer, merchantId } = shop;
    await pay(shop, 99n);
    const list = listOf(
      [holder, other, payer].map(({ address }) => ({ account: address, amount: 60n })),
      100n,
    );
    await distribute(shop, list);
    await register.claimMany(merchantId, [0, 1, 2].map(list.claim));
    const { counted, paid } = await register.distribution(merchantId);
    expect([counted, paid]).to.deep.equal([60n, 59n]);
  });
});
