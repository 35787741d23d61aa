import { expect } from "chai";
import { ZeroAddress, toBeHex } from "ethers";

import { at, now } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import {
  EVIDENCE,
  SURETY_BINDING,
  SURETY_MAX_TERM,
  SURETY_NOTICE,
  deployRegister,
  flag,
  listOf,
  placeSurety,
  publish,
  report,
  setRule,
  standing,
} from "../../helpers/register.js";
import type { RegisterShop } from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";
import { fieldsOf } from "../../helpers/struct.js";

/** 40 % of 1 000 000, and a bank that the owner named. */
async function deployNamed() {
  const shop = await deployRegister();
  await setRule(shop, { bps0: 4_000n });
  await report(shop, shop.owner, 1_000_000n);
  await shop.register.connect(shop.owner).nameSurety(shop.merchantId, shop.bank);
  return shop;
}
const load = () => networkHelpers.loadFixture(deployNamed);

const takeBack = async (shop: RegisterShop) =>
  await shop.register.connect(shop.bank).takeBackSurety(shop.merchantId, shop.bank);

describe("DepositRegister nameSurety", () => {
  it("names who may place a surety, or that nobody may", async () => {
    const { register, owner, other, merchantId } = await load();
    for (const named of [other.address, ZeroAddress]) {
      await expect(register.connect(owner).nameSurety(merchantId, named))
        .to.emit(register, "SuretyNamed")
        .withArgs(merchantId, named);
      expect((await register.surety(merchantId)).named).to.equal(named);
    }
  });

  it("does not touch a surety that stands", async () => {
    const shop = await load();
    const { register, owner, other, bank, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n);
    await register.connect(owner).nameSurety(merchantId, other);
    const { party, amount, endsAt: end, counted } = await register.surety(merchantId);
    expect([party, amount, end, counted]).to.deep.equal([bank.address, 100n, endsAt, 100n]);
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    for (const caller of everybodyBut(shop, "owner")) {
      const named = register.connect(caller).nameSurety(merchantId, caller);
      await expectRefusal(named, register, "MerchantOwnerOnly", merchantId, caller.address, owner.address);
    }
  });

  it("refuses a merchant the escrow does not know", async () => {
    const { register, owner } = await load();
    await expectRefusal(register.connect(owner).nameSurety(2n, owner), register, "MerchantUnknown", 2n);
  });
});

describe("DepositRegister placeSurety", () => {
  it("moves the money into a vault of its own, counts it and emits it", async () => {
    const shop = await load();
    const { register, token, bank, merchantId } = shop;
    const vault = await register.suretyVaultOf(merchantId);
    const endsAt = (await now()) + 100n * DAY;
    const sent = register.connect(bank).placeSurety(merchantId, 150_000n, endsAt);
    await expect(sent)
      .to.emit(register, "VaultOpened")
      .withArgs(merchantId, vault, await token.getAddress(), true);
    await expect(sent).to.emit(register, "SuretyPlaced").withArgs(merchantId, bank.address, 150_000n, 150_000n, endsAt);
    await expect(sent).to.changeTokenBalances(ethers, token, [bank, vault], [-150_000n, 150_000n]);
    expect(fieldsOf(await register.surety(merchantId))).to.deep.equal({
      named: bank.address,
      party: bank.address,
      amount: 150_000n,
      counted: 150_000n,
      endsAt,
      bound: false,
      vault,
    });
    expect(await register.required(merchantId)).to.equal(250_000n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(0n);
  });

  for (const [amount, required] of [
    [399_999n, 1n],
    [400_000n, 0n],
    [400_001n, 0n],
  ] as const) {
    it(`of ${amount} leaves ${required} of 400 000 required`, async () => {
      const shop = await load();
      await placeSurety(shop, amount);
      expect(await shop.register.required(shop.merchantId)).to.equal(required);
      expect(await standing(shop)).to.deep.equal(required === 0n ? [] : ["DepositShort"]);
    });
  }

  it("adds to a surety, and prolongs it without asking the token", async () => {
    const shop = await load();
    const { register, token, bank, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n);
    const added = register.connect(bank).placeSurety(merchantId, 20n, endsAt);
    await expect(added).to.emit(register, "SuretyPlaced").withArgs(merchantId, bank.address, 20n, 120n, endsAt);
    await expect(added).to.changeTokenBalance(ethers, token, bank, -20n);
    const prolonged = register.connect(bank).placeSurety(merchantId, 0n, endsAt + 1n);
    await expect(prolonged)
      .to.emit(register, "SuretyPlaced")
      .withArgs(merchantId, bank.address, 0n, 120n, endsAt + 1n);
    await expect(prolonged).not.to.emit(token, "Transfer");
  });

  it("refuses to add nothing", async () => {
    const shop = await load();
    const { register, bank, merchantId } = shop;
    const first = register.connect(bank).placeSurety(merchantId, 0n, (await now()) + 100n * DAY);
    await expectRefusal(first, register, "AmountZero");
    const endsAt = await placeSurety(shop, 100n);
    const again = register.connect(bank).placeSurety(merchantId, 0n, endsAt);
    await expectRefusal(again, register, "AmountZero");
  });

  describe("the end", () => {
    for (const [name, offset, refused] of [
      ["30 days from now", SURETY_NOTICE, true],
      ["a second more than 30 days from now", SURETY_NOTICE + 1n, false],
      ["10 years from now", SURETY_MAX_TERM, false],
      ["a second more than 10 years from now", SURETY_MAX_TERM + 1n, true],
    ] as const) {
      it(`${refused ? "cannot" : "can"} be ${name}`, async () => {
        const { register, bank, merchantId } = await load();
        const time = (await now()) + 5n;
        await at(time);
        const placed = register.connect(bank).placeSurety(merchantId, 1n, time + offset);
        const bounds = [time + SURETY_NOTICE + 1n, time + SURETY_MAX_TERM] as const;
        if (refused) {
          await expectRefusal(placed, register, "SuretyEndOutOfRange", merchantId, time + offset, ...bounds);
        } else {
          await expect(placed).to.emit(register, "SuretyPlaced");
        }
      });
    }

    it("is never brought forward", async () => {
      const shop = await load();
      const { register, bank, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n);
      const time = (await now()) + 5n;
      await at(time);
      const placed = register.connect(bank).placeSurety(merchantId, 1n, endsAt - 1n);
      const bounds = [endsAt, time + SURETY_MAX_TERM] as const;
      await expectRefusal(placed, register, "SuretyEndOutOfRange", merchantId, endsAt - 1n, ...bounds);
    });

    it("of a surety taken back binds no new one", async () => {
      const shop = await load();
      const { register, bank, merchantId } = shop;
      await placeSurety(shop, 100n, 200n * DAY);
      await networkHelpers.time.increase(200n * DAY);
      await takeBack(shop);
      const endsAt = (await now()) + 40n * DAY;
      await register.connect(bank).placeSurety(merchantId, 5n, endsAt);
      expect((await register.surety(merchantId)).endsAt).to.equal(endsAt);
    });
  });

  for (const [offset, counted] of [
    [-1n, 100n],
    [0n, 0n],
    [1n, 0n],
  ] as const) {
    it(`counts ${counted} of 100 at ${offset} seconds from 30 days before its end`, async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n);
      await networkHelpers.time.increaseTo(endsAt - SURETY_NOTICE + offset);
      expect((await register.surety(merchantId)).counted).to.equal(counted);
      expect(await register.required(merchantId)).to.equal(400_000n - counted);
    });
  }

  it("is for whom the owner named, and nobody else", async () => {
    const shop = await load();
    const { register, bank, merchantId } = shop;
    const endsAt = (await now()) + 100n * DAY;
    for (const caller of everybodyBut(shop)) {
      const placed = register.connect(caller).placeSurety(merchantId, 1n, endsAt);
      await expectRefusal(placed, register, "SuretyNamedOnly", merchantId, caller.address, bank.address);
    }
  });

  it("is one, whether another has a lower address or a higher one", async () => {
    const shop = await load();
    const { register, owner, bank, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n);
    for (const address of [toBeHex(0x1_0000, 20), toBeHex(2n ** 160n - 1n, 20)]) {
      await networkHelpers.impersonateAccount(address);
      await networkHelpers.setBalance(address, 10n ** 18n);
      await register.connect(owner).nameSurety(merchantId, address);
      const placed = register.connect(await ethers.getSigner(address)).placeSurety(merchantId, 7n, endsAt);
      await expectRefusal(placed, register, "SuretyOfAnotherStands", merchantId, bank.address, 100n);
    }
  });

  it("is one: another waits until the first is taken back", async () => {
    const shop = await load();
    const { register, owner, bank, liquidator, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n);
    await register.connect(owner).nameSurety(merchantId, liquidator);
    const late = endsAt + 100n * DAY;
    const second = () => register.connect(liquidator).placeSurety(merchantId, 7n, late);
    await expectRefusal(second(), register, "SuretyOfAnotherStands", merchantId, bank.address, 100n);
    const prolonged = register.connect(bank).placeSurety(merchantId, 1n, late);
    await expectRefusal(prolonged, register, "SuretyNamedOnly", merchantId, bank.address, liquidator.address);
    await at(endsAt);
    await takeBack(shop);
    await second();
    const { party, amount } = await register.surety(merchantId);
    expect([party, amount]).to.deep.equal([liquidator.address, 7n]);
  });

  for (const state of [
    "Active",
    "Suspended",
    "Lapsed",
    "RunOff",
    "Closed",
    "Defaulted",
  ] as const satisfies Standing[]) {
    it(`is ${state === "Defaulted" ? "refused" : "possible"} for a merchant that is ${state}`, async () => {
      const shop = await load();
      const { escrow, register, bank, merchantId } = shop;
      await bring(shop, state);
      const { status } = await escrow.merchant(merchantId);
      const placed = register.connect(bank).placeSurety(merchantId, 1n, (await now()) + 100n * DAY);
      if (state === "Defaulted") await expectRefusal(placed, register, "MerchantStatusForbids", merchantId, status);
      else await expect(placed).to.emit(register, "SuretyPlaced");
    });
  }

  it("refuses a merchant the escrow does not know", async () => {
    const { register, bank } = await load();
    const placed = register.connect(bank).placeSurety(2n, 1n, (await now()) + 100n * DAY);
    await expectRefusal(placed, register, "MerchantUnknown", 2n);
  });
});

describe("DepositRegister takeBackSurety", () => {
  for (const [offset, refused] of [
    [-1n, true],
    [0n, false],
    [1n, false],
  ] as const) {
    it(`is ${refused ? "refused" : "paid"} ${offset} seconds from its end`, async () => {
      const shop = await load();
      const { register, token, bank, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt + offset);
      const taken = takeBack(shop);
      if (refused) {
        await expectRefusal(taken, register, "SuretyNotEnded", merchantId, endsAt + offset, endsAt);
      } else {
        await expect(taken).to.emit(register, "SuretyTakenBack").withArgs(merchantId, bank.address, bank.address, 100n);
        await expect(taken).to.changeTokenBalance(ethers, token, bank, 100n);
        expect((await register.surety(merchantId)).amount).to.equal(0n);
      }
    });
  }

  it("goes where its party says, and to its party for anyone", async () => {
    const shop = await load();
    const { register, bank, other, stranger, merchantId } = shop;
    for (const [caller, recipient] of [
      [bank, other],
      [stranger, bank],
    ] as const) {
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt);
      await expect(register.connect(caller).takeBackSurety(merchantId, recipient))
        .to.emit(register, "SuretyTakenBack")
        .withArgs(merchantId, bank.address, recipient.address, 100n);
    }
  });

  it("goes nowhere else for anybody", async () => {
    const shop = await load();
    const { register, bank, merchantId } = shop;
    await networkHelpers.time.increaseTo(await placeSurety(shop, 100n));
    for (const caller of everybodyBut(shop)) {
      const taken = register.connect(caller).takeBackSurety(merchantId, caller);
      await expectRefusal(taken, register, "SuretyPartyOnly", merchantId, caller.address, bank.address);
    }
  });

  it("never goes to zero, the register, a vault of the merchant or the token", async () => {
    const shop = await load();
    const { register, bank, merchantId } = shop;
    await networkHelpers.time.increaseTo(await placeSurety(shop, 100n));
    const places = [
      ZeroAddress,
      await register.getAddress(),
      await register.depositVaultOf(merchantId),
      await register.suretyVaultOf(merchantId),
      await shop.token.getAddress(),
    ];
    for (const place of places) {
      const taken = register.connect(bank).takeBackSurety(merchantId, place);
      await expectRefusal(taken, register, "RecipientForbidden", place);
    }
  });

  it("refuses where none stands, and a merchant the escrow does not know", async () => {
    const shop = await load();
    await expectRefusal(takeBack(shop), shop.register, "SuretyNone", shop.merchantId);
    await expectRefusal(takeBack({ ...shop, merchantId: 2n }), shop.register, "MerchantUnknown", 2n);
  });

  describe("after a default flag", () => {
    const list = (shop: RegisterShop) => listOf([{ account: shop.holder.address, amount: 50n }]);

    /** A surety of 100 that ends 100 days from now, and a flag `before` seconds before that. */
    async function flagBefore(shop: RegisterShop, before: bigint) {
      const endsAt = await placeSurety(shop, 100n);
      await at(endsAt - before);
      await shop.escrow.connect(shop.regulator).flagDefault(shop.merchantId, await now(), EVIDENCE);
      return { endsAt, flaggedAt: endsAt - before };
    }

    for (const [before, bound] of [
      [1n, true],
      [0n, false],
      [-1n, false],
    ] as const) {
      it(`is ${bound ? "refused" : "paid"} when the flag was raised ${before} seconds before its end`, async () => {
        const shop = await load();
        const { register, merchantId } = shop;
        const { endsAt } = await flagBefore(shop, before);
        await networkHelpers.time.increaseTo(endsAt + 10n);
        expect((await register.surety(merchantId)).bound).to.equal(bound);
        if (bound) await expectRefusal(takeBack(shop), register, "SuretyBound", merchantId);
        else await expect(takeBack(shop)).to.emit(register, "SuretyTakenBack");
      });
    }

    for (const [offset, bound] of [
      [-1n, true],
      [0n, false],
      [1n, false],
    ] as const) {
      it(`is ${bound ? "refused" : "paid"} ${offset} seconds from 365 days without a list`, async () => {
        const shop = await load();
        const { flaggedAt } = await flagBefore(shop, 10n);
        await at(flaggedAt + SURETY_BINDING + offset);
        if (bound) await expectRefusal(takeBack(shop), shop.register, "SuretyBound", shop.merchantId);
        else await expect(takeBack(shop)).to.emit(shop.register, "SuretyTakenBack");
      });

      it(`is ${bound ? "refused" : "paid"} ${offset} seconds from 365 days after the last objection`, async () => {
        const shop = await load();
        const { register, owner, merchantId } = shop;
        const { flaggedAt } = await flagBefore(shop, 10n);
        await at(flaggedAt + SURETY_BINDING - 1n);
        await publish(shop, list(shop));
        const objectedAt = flaggedAt + SURETY_BINDING + 10n * DAY;
        await at(objectedAt);
        await register.connect(owner).objectToClaims(merchantId, list(shop).root, EVIDENCE);
        await at(objectedAt + SURETY_BINDING + offset);
        if (bound) await expectRefusal(takeBack(shop), register, "SuretyBound", merchantId);
        else await expect(takeBack(shop)).to.emit(register, "SuretyTakenBack");
      });
    }

    it("is refused while a list stands, however long, until the claims are open", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      await flagBefore(shop, 10n);
      await publish(shop, list(shop));
      await networkHelpers.time.increase(2n * SURETY_BINDING);
      await expectRefusal(takeBack(shop), register, "SuretyBound", merchantId);
      await register.openClaims(merchantId);
      await expect(takeBack(shop))
        .to.emit(register, "SuretyTakenBack")
        .withArgs(merchantId, shop.bank.address, shop.bank.address, 50n);
    });

    it("waits for its end even when the claims were open before", async () => {
      const shop = await load();
      const { register, merchantId } = shop;
      const endsAt = await placeSurety(shop, 100n, 1_000n * DAY);
      await flag(shop);
      await publish(shop, list(shop));
      await networkHelpers.time.increase(14n * DAY);
      await register.openClaims(merchantId);
      await at(endsAt - 1n);
      await expectRefusal(takeBack(shop), register, "SuretyNotEnded", merchantId, endsAt - 1n, endsAt);
      await at(endsAt);
      await expect(takeBack(shop)).to.emit(register, "SuretyTakenBack");
    });

    it("is free again when the flag is withdrawn, and bound by a second flag only if that came before its end", async () => {
      const shop = await load();
      const { escrow, register, regulator, merchantId } = shop;
      const { endsAt } = await flagBefore(shop, 10n);
      await at(endsAt + 5n);
      await expectRefusal(takeBack(shop), register, "SuretyBound", merchantId);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
      expect((await register.surety(merchantId)).bound).to.equal(false);
      await expect(takeBack(shop)).to.emit(register, "SuretyTakenBack");
    });

    it("is bound anew by a second flag before its end", async () => {
      const shop = await load();
      const { escrow, register, regulator, merchantId } = shop;
      const { endsAt } = await flagBefore(shop, 10n);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      expect((await register.surety(merchantId)).bound).to.equal(false);
      await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
      await networkHelpers.time.increaseTo(endsAt);
      await expectRefusal(takeBack(shop), register, "SuretyBound", merchantId);
    });

    it("stays free once 365 days have gone by, whatever is published and objected to later", async () => {
      const shop = await load();
      const { register, owner, bank, association, merchantId } = shop;
      const { flaggedAt } = await flagBefore(shop, 10n);
      await at(flaggedAt + SURETY_BINDING);
      const { root, total } = list(shop);
      const published = () => register.connect(association).publishClaims(merchantId, root, total, EVIDENCE);
      const time = flaggedAt + SURETY_BINDING;
      await expect(published())
        .to.emit(register, "ClaimsPublished")
        .withArgs(merchantId, root, total, time + 14n * DAY, time + 14n * DAY, false, EVIDENCE);
      await register.connect(owner).objectToClaims(merchantId, root, EVIDENCE);
      expect((await register.surety(merchantId)).bound).to.equal(false);
      await published();
      await networkHelpers.time.increase(14n * DAY);
      await expect(register.openClaims(merchantId)).to.emit(register, "ClaimsOpened").withArgs(merchantId, 50n, 0n, 0n);
      await expect(takeBack(shop))
        .to.emit(register, "SuretyTakenBack")
        .withArgs(merchantId, bank.address, bank.address, 100n);
    });
  });
});
