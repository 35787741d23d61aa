import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";

import { advance, at } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import {
  OBJECTION_PERIOD,
  deployRegister,
  distribute,
  flag,
  leafOf,
  listOf,
  pay,
  placeSurety,
  publish,
  withRegister,
} from "../../helpers/register.js";
import type { RegisterShop } from "../../helpers/register.js";
import { fieldsOf } from "../../helpers/struct.js";
import { deployShopUnder } from "../../helpers/tokens.js";

/** Why a claim of a batch was not paid. */
const Skip = { NotListed: 0n, OverTotal: 1n, NothingDue: 2n, RecipientForbidden: 3n, Refused: 4n } as const;

/** What a list of 70, 50 and 1 is paid from. */
interface Means {
  readonly deposit?: bigint;
  readonly surety?: bigint;
}

function listFor(shop: RegisterShop, total?: bigint) {
  const { holder, other, payer } = shop;
  return listOf(
    [
      { account: holder.address, amount: 70n },
      { account: other.address, amount: 50n },
      { account: payer.address, amount: 1n },
    ],
    total,
  );
}

/** A distribution whose claims are open from the next call on. */
async function open(means: Means, total?: bigint) {
  const shop = await networkHelpers.loadFixture(deployRegister);
  if (means.deposit !== undefined) await pay(shop, means.deposit);
  if (means.surety !== undefined) await placeSurety(shop, means.surety, 1_000n * DAY);
  const list = listFor(shop, total);
  await distribute(shop, list);
  return { ...shop, list };
}

const money = async (shop: RegisterShop) => {
  const { register, merchantId } = shop;
  const { counted, paid, funded, drawn } = await register.distribution(merchantId);
  const { deposit } = await register.depositOf(merchantId);
  return { counted, paid, funded, drawn, deposit, surety: (await register.surety(merchantId)).amount };
};

describe("DepositRegister openClaims", () => {
  for (const [offset, early] of [
    [-1n, true],
    [0n, false],
    [1n, false],
  ] as const) {
    it(`is ${early ? "refused" : "possible"} ${offset} seconds from the time they open`, async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, merchantId } = shop;
      await pay(shop, 100n);
      await flag(shop);
      const opensAt = (await publish(shop, listFor(shop))) + OBJECTION_PERIOD;
      await at(opensAt + offset);
      const sent = register.connect(shop.stranger).openClaims(merchantId);
      if (early) await expectRefusal(sent, register, "ClaimsNotOpen", merchantId, opensAt - 1n, opensAt);
      else await expect(sent).to.emit(register, "ClaimsOpened").withArgs(merchantId, 121n, 100n, 0n);
    });
  }

  for (const [deposit, surety, drawn] of [
    [100n, 30n, 21n],
    [91n, 30n, 30n],
    [90n, 30n, 30n],
    [121n, 30n, 0n],
    [120n, 30n, 1n],
    [200n, 30n, 0n],
  ] as const) {
    it(`draws ${drawn} of a surety of ${surety} for claims of 121 on a deposit of ${deposit}`, async () => {
      const shop = await open({ deposit, surety });
      const { register, token, bank, merchantId } = shop;
      const sent = register.openClaims(merchantId);
      await expect(sent)
        .to.emit(register, "ClaimsOpened")
        .withArgs(merchantId, 121n, deposit + drawn, drawn);
      if (drawn === 0n) await expect(sent).not.to.emit(register, "SuretyDrawn");
      else {
        await expect(sent)
          .to.emit(register, "SuretyDrawn")
          .withArgs(merchantId, bank.address, drawn, surety - drawn, deposit + drawn);
      }
      const vaults = [await register.depositVaultOf(merchantId), await register.suretyVaultOf(merchantId)];
      await expect(sent).to.changeTokenBalances(ethers, token, vaults, [drawn, -drawn]);
      expect(await money(shop)).to.deep.include({ deposit: deposit + drawn, surety: surety - drawn, drawn });
    });
  }

  it("draws a surety even after its end when the flag bound it", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, merchantId } = shop;
    const endsAt = await placeSurety(shop, 30n, 40n * DAY);
    await at(endsAt - 1n);
    await flag(shop);
    await publish(shop, listFor(shop));
    await advance(OBJECTION_PERIOD);
    await expect(register.openClaims(merchantId))
      .to.emit(register, "ClaimsOpened")
      .withArgs(merchantId, 121n, 30n, 30n);
  });

  it("opens the deposit's vault with the surety's money when nobody has paid in", async () => {
    const shop = await open({ surety: 30n });
    const { register, token, merchantId } = shop;
    const vault = await register.depositVaultOf(merchantId);
    await expect(register.openClaims(merchantId))
      .to.emit(register, "VaultOpened")
      .withArgs(merchantId, vault, await token.getAddress(), false);
    expect(await token.balanceOf(vault)).to.equal(30n);
  });

  it("leaves alone a surety that had ended when the flag was raised", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, merchantId } = shop;
    await at(await placeSurety(shop, 30n));
    await flag(shop);
    await publish(shop, listFor(shop));
    await advance(OBJECTION_PERIOD);
    await expect(register.openClaims(merchantId)).to.emit(register, "ClaimsOpened").withArgs(merchantId, 121n, 0n, 0n);
    expect(await money(shop)).to.deep.include({ surety: 30n, funded: 0n });
  });

  it("happens once", async () => {
    const { register, merchantId } = await open({ deposit: 1n });
    await register.openClaims(merchantId);
    await expectRefusal(register.openClaims(merchantId), register, "ClaimsAlreadyOpen", merchantId);
  });

  it("is done by the first claim too, and by no later one", async () => {
    const shop = await open({ deposit: 100n, surety: 5n });
    const { register, merchantId, list } = shop;
    const first = register.claim(merchantId, list.claim(0));
    await expect(first).to.emit(register, "ClaimsOpened").withArgs(merchantId, 121n, 105n, 5n);
    const second = register.claim(merchantId, list.claim(1));
    await expect(second).not.to.emit(register, "ClaimsOpened");
  });

  it("needs a list", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    await flag(shop);
    await expectRefusal(
      shop.register.openClaims(shop.merchantId),
      shop.register,
      "ClaimsNotPublished",
      shop.merchantId,
      ZeroHash,
    );
  });

  it("is final: no flag can be withdrawn any more", async () => {
    const { escrow, register, regulator, merchantId } = await open({ deposit: 1n });
    await register.openClaims(merchantId);
    const withdrawn = escrow.connect(regulator).withdrawDefault(merchantId);
    await expect(withdrawn).to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed");
  });
});

describe("DepositRegister claim", () => {
  it("pays the account its share and emits it", async () => {
    const shop = await open({ deposit: 60n });
    const { register, token, holder, stranger, merchantId, list } = shop;
    const sent = register.connect(stranger).claim(merchantId, list.claim(0));
    // 70 × 60 ÷ 121
    await expect(sent)
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 34n, 34n, 70n);
    await expect(sent).to.emit(register, "DistributionUpdated").withArgs(merchantId, 70n, 34n, 26n);
    const vault = await register.depositVaultOf(merchantId);
    await expect(sent).to.changeTokenBalances(ethers, token, [vault, holder], [-34n, 34n]);
    expect(await register.quoteClaim(merchantId, 0n, holder, 70n)).to.deep.equal([34n, 0n]);
    expect(await money(shop)).to.deep.equal({
      counted: 70n,
      paid: 34n,
      funded: 60n,
      drawn: 0n,
      deposit: 26n,
      surety: 0n,
    });
  });

  for (const [deposit, paid] of [
    [120n, 69n],
    [121n, 70n],
    [122n, 70n],
  ] as const) {
    it(`pays ${paid} of 70 when ${deposit} are there for 121`, async () => {
      const { register, holder, merchantId, list } = await open({ deposit });
      await expect(register.claim(merchantId, list.claim(0)))
        .to.emit(register, "ClaimPaid")
        .withArgs(merchantId, 0n, holder.address, holder.address, paid, paid, 70n);
    });
  }

  it("pays the difference to those paid already when money comes later", async () => {
    const shop = await open({ deposit: 60n });
    const { register, liquidator, holder, merchantId, list } = shop;
    await register.claim(merchantId, list.claim(0));
    await register.connect(liquidator).deposit(merchantId, 61n);
    expect(await register.quoteClaim(merchantId, 0n, holder, 70n)).to.deep.equal([34n, 36n]);
    await expect(register.claim(merchantId, list.claim(0)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 36n, 70n, 70n);
    expect(await money(shop)).to.deep.include({ counted: 70n, paid: 70n, funded: 121n, deposit: 51n });
  });

  it("pays nobody twice at one rate", async () => {
    const { register, merchantId, list } = await open({ deposit: 60n });
    await register.claim(merchantId, list.claim(0));
    const again = register.claim(merchantId, list.claim(0));
    await expectRefusal(again, register, "ClaimNothingDue", merchantId, 0n, 34n);
  });

  it("refuses a claim whose share is less than one unit, which keeps its claim", async () => {
    const shop = await open({ deposit: 60n });
    const { register, payer, liquidator, merchantId, list } = shop;
    const early = register.claim(merchantId, list.claim(2));
    await expectRefusal(early, register, "ClaimNothingDue", merchantId, 2n, 0n);
    await register.connect(liquidator).deposit(merchantId, 61n);
    await expect(register.claim(merchantId, list.claim(2)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 2n, payer.address, payer.address, 1n, 1n, 1n);
  });

  it("refuses every line that is not in the list", async () => {
    const shop = await open({ deposit: 60n });
    const { register, stranger, merchantId, list } = shop;
    const good = list.claim(0);
    for (const bad of [
      { ...good, amount: 71n },
      { ...good, amount: 69n },
      { ...good, account: stranger.address },
      { ...good, index: 1n },
      { ...good, proof: [] },
      { ...good, proof: list.claim(1).proof },
    ]) {
      await expectRefusal(register.claim(merchantId, bad), register, "ClaimNotListed", merchantId, bad.index);
    }
  });

  it("takes a list of one line, whose root is its leaf", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, holder, merchantId } = shop;
    await pay(shop, 3n);
    const list = listOf([{ account: holder.address, amount: 5n }]);
    expect(list.root).to.equal(leafOf(0n, holder.address, 5n));
    await distribute(shop, list);
    await expect(register.claim(merchantId, list.claim(0)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 3n, 3n, 5n);
  });

  describe("when a list holds more than its sum", () => {
    for (const [total, fits] of [
      [119n, false],
      [120n, true],
      [121n, true],
    ] as const) {
      it(`${fits ? "pays" : "refuses"} a second claim that makes 120 of ${total}`, async () => {
        const shop = await open({ deposit: 60n }, total);
        const { register, merchantId, list } = shop;
        await register.claim(merchantId, list.claim(0));
        const second = register.claim(merchantId, list.claim(1));
        if (fits) await expect(second).to.emit(register, "ClaimPaid");
        else await expectRefusal(second, register, "ClaimOverTotal", merchantId, 120n, total);
        const { paid, funded } = await money(shop);
        expect(paid).to.be.at.most(funded);
      });
    }

    it("goes on paying those it has counted when money comes later", async () => {
      const shop = await open({ deposit: 60n }, 70n);
      const { register, liquidator, holder, merchantId, list } = shop;
      await register.claim(merchantId, list.claim(0));
      await register.connect(liquidator).deposit(merchantId, 100n);
      await expect(register.claim(merchantId, list.claim(0)))
        .to.emit(register, "ClaimPaid")
        .withArgs(merchantId, 0n, holder.address, holder.address, 10n, 70n, 70n);
      const other = register.claim(merchantId, list.claim(1));
      await expectRefusal(other, register, "ClaimOverTotal", merchantId, 120n, 70n);
      expect(await register.quoteClaim(merchantId, 1n, shop.other, 50n)).to.deep.equal([0n, 0n]);
    });

    it("counts one leaf once even if it stands in the list twice", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, holder, other, merchantId } = shop;
      await pay(shop, 100n);
      const list = listOf([
        { account: holder.address, amount: 40n },
        { account: holder.address, amount: 40n },
        { account: other.address, amount: 20n },
      ]);
      await distribute(shop, list);
      await register.claim(merchantId, list.claim(0));
      await register.claim(merchantId, list.claim(1));
      const again = register.claim(merchantId, list.claim(1));
      await expectRefusal(again, register, "ClaimNothingDue", merchantId, 1n, 40n);
      expect((await money(shop)).counted).to.equal(80n);
    });

    it("carries an amount no sum can hold", async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      const { register, holder, merchantId } = shop;
      await pay(shop, 100n);
      const list = listOf(
        [
          { account: holder.address, amount: 2n ** 256n - 1n },
          { account: holder.address, amount: 0n },
        ],
        50n,
      );
      await distribute(shop, list);
      const huge = register.claim(merchantId, list.claim(0));
      await expectRefusal(huge, register, "ClaimOverTotal", merchantId, 2n ** 256n - 1n, 50n);
      const zero = register.claim(merchantId, list.claim(1));
      await expectRefusal(zero, register, "ClaimNothingDue", merchantId, 1n, 0n);
    });
  });

  it("pays nobody where nobody could use it", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, merchantId } = shop;
    await pay(shop, 100n);
    const places = [
      ZeroAddress,
      await register.getAddress(),
      await register.depositVaultOf(merchantId),
      await register.suretyVaultOf(merchantId),
      await shop.token.getAddress(),
    ];
    const list = listOf(places.map((account) => ({ account, amount: 5n })));
    await distribute(shop, list);
    for (const [i, place] of places.entries()) {
      await expectRefusal(register.claim(merchantId, list.claim(i)), register, "RecipientForbidden", place);
    }
    const sent = register.claimMany(
      merchantId,
      places.map((_, i) => list.claim(i)),
    );
    for (const [i, place] of places.entries()) {
      await expect(sent).to.emit(register, "ClaimSkipped").withArgs(merchantId, i, place, Skip.RecipientForbidden);
    }
    expect(await money(shop)).to.deep.include({ counted: 0n, paid: 0n, deposit: 100n });
  });
});

describe("DepositRegister claimTo", () => {
  it("pays whom the account names, and emits both", async () => {
    const shop = await open({ deposit: 60n });
    const { register, token, holder, stranger, merchantId, list } = shop;
    const sent = register.connect(holder).claimTo(merchantId, list.claim(0), stranger);
    await expect(sent)
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, stranger.address, 34n, 34n, 70n);
    await expect(sent).to.changeTokenBalance(ethers, token, stranger, 34n);
    const again = register.claim(merchantId, list.claim(0));
    await expectRefusal(again, register, "ClaimNothingDue", merchantId, 0n, 34n);
  });

  it("is for the account alone", async () => {
    const shop = await open({ deposit: 60n });
    const { register, holder, merchantId, list } = shop;
    for (const caller of everybodyBut(shop, "holder")) {
      const sent = register.connect(caller).claimTo(merchantId, list.claim(0), caller);
      await expectRefusal(sent, register, "ClaimAccountOnly", merchantId, caller.address, holder.address);
    }
  });

  it("refuses an account that is not in the list", async () => {
    const { register, stranger, merchantId, list } = await open({ deposit: 60n });
    const claim = { ...list.claim(0), account: stranger.address };
    const sent = register.connect(stranger).claimTo(merchantId, claim, stranger);
    await expectRefusal(sent, register, "ClaimNotListed", merchantId, 0n);
  });

  it("refuses a recipient who could not use it", async () => {
    const { register, token, holder, merchantId, list } = await open({ deposit: 60n });
    const vault = await register.depositVaultOf(merchantId);
    for (const place of [ZeroAddress, await register.getAddress(), vault, await token.getAddress()]) {
      const sent = register.connect(holder).claimTo(merchantId, list.claim(0), place);
      await expectRefusal(sent, register, "RecipientForbidden", place);
    }
  });
});

describe("DepositRegister claimMany", () => {
  it("pays every claim, skips and reports those it cannot, and closes with the state", async () => {
    const shop = await open({ deposit: 60n }, 100n);
    const { register, holder, other, payer, merchantId, list } = shop;
    const rows = [{ ...list.claim(0), amount: 71n }, list.claim(0), list.claim(0), list.claim(1), list.claim(2)];
    const sent = register.claimMany(merchantId, rows);
    const skipped = (index: bigint, account: string, reason: bigint) =>
      expect(sent).to.emit(register, "ClaimSkipped").withArgs(merchantId, index, account, reason);
    await skipped(0n, holder.address, Skip.NotListed);
    await skipped(0n, holder.address, Skip.NothingDue);
    await skipped(1n, other.address, Skip.OverTotal);
    await skipped(2n, payer.address, Skip.NothingDue);
    await expect(sent)
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 42n, 42n, 70n);
    await expect(sent).to.emit(register, "DistributionUpdated").withArgs(merchantId, 70n, 42n, 18n);
    expect(await money(shop)).to.deep.include({ counted: 70n, paid: 42n, deposit: 18n });
  });

  it("takes an empty batch", async () => {
    const { register, merchantId } = await open({ deposit: 60n });
    await expect(register.claimMany(merchantId, []))
      .to.emit(register, "DistributionUpdated")
      .withArgs(merchantId, 0n, 0n, 60n);
  });

  it("is refused before the claims are open", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, merchantId } = shop;
    await flag(shop);
    const list = listFor(shop);
    const opensAt = (await publish(shop, list)) + OBJECTION_PERIOD;
    await at(opensAt - 1n);
    const sent = register.claimMany(merchantId, [list.claim(0)]);
    await expectRefusal(sent, register, "ClaimsNotOpen", merchantId, opensAt - 1n, opensAt);
  });
});

describe("DepositRegister paySurplus", () => {
  it("pays the merchant what the claims do not need", async () => {
    const shop = await open({ deposit: 130n });
    const { register, token, payout, stranger, merchantId, list } = shop;
    const sent = register.connect(stranger).paySurplus(merchantId);
    await expect(sent).to.emit(register, "SurplusPaid").withArgs(merchantId, payout.address, 9n, 121n);
    await expect(sent).to.changeTokenBalance(ethers, token, payout, 9n);
    await register.claimMany(merchantId, [0, 1, 2].map(list.claim));
    expect(await money(shop)).to.deep.include({ paid: 121n, deposit: 0n });
  });

  for (const deposit of [120n, 121n]) {
    it(`is refused where ${deposit} are there for 121`, async () => {
      const { register, merchantId } = await open({ deposit });
      await expectRefusal(register.paySurplus(merchantId), register, "SurplusNone", merchantId, deposit, 121n);
    });
  }

  it("is the same before and after claims were paid", async () => {
    const shop = await open({ deposit: 130n });
    const { register, payout, merchantId, list } = shop;
    await register.claim(merchantId, list.claim(0));
    await expect(register.paySurplus(merchantId))
      .to.emit(register, "SurplusPaid")
      .withArgs(merchantId, payout.address, 9n, 51n);
    await expectRefusal(register.paySurplus(merchantId), register, "SurplusNone", merchantId, 121n, 121n);
  });

  it("gives the surety back what was drawn first, then pays the merchant", async () => {
    const shop = await open({ deposit: 100n, surety: 30n });
    const { register, token, bank, payout, liquidator, merchantId } = shop;
    await register.openClaims(merchantId);
    await register.connect(liquidator).deposit(merchantId, 5n);
    const first = register.paySurplus(merchantId);
    await expect(first).to.emit(register, "SuretyRepaid").withArgs(merchantId, bank.address, 5n, 16n, 121n);
    await expect(first).not.to.emit(register, "SurplusPaid");
    await register.connect(liquidator).deposit(merchantId, 20n);
    const second = register.paySurplus(merchantId);
    await expect(second).to.emit(register, "SuretyRepaid").withArgs(merchantId, bank.address, 16n, 0n, 125n);
    await expect(second).to.emit(register, "SurplusPaid").withArgs(merchantId, payout.address, 4n, 121n);
    await expect(second).to.changeTokenBalances(ethers, token, [bank, payout], [16n, 4n]);
    expect(await money(shop)).to.deep.include({ drawn: 0n, deposit: 121n, surety: 9n });
  });

  it("pays the whole deposit to the merchant when nobody has a claim", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, payout, merchantId } = shop;
    await pay(shop, 50n);
    await placeSurety(shop, 30n);
    await distribute(shop, { ...listOf([]), root: ZeroHash, total: 0n });
    await expect(register.paySurplus(merchantId))
      .to.emit(register, "SurplusPaid")
      .withArgs(merchantId, payout.address, 50n, 0n);
    expect((await register.surety(merchantId)).amount).to.equal(30n);
    const none = register.claim(merchantId, { index: 0n, account: shop.holder, amount: 0n, proof: [] });
    await expectRefusal(none, register, "ClaimNotListed", merchantId, 0n);
    expect(await register.quoteClaim(merchantId, 0n, shop.holder, 0n)).to.deep.equal([0n, 0n]);
  });

  it("is refused before the claims are open", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, merchantId } = shop;
    await pay(shop, 500n);
    await flag(shop);
    const opensAt = (await publish(shop, listFor(shop))) + OBJECTION_PERIOD;
    await at(opensAt - 1n);
    const sent = register.paySurplus(merchantId);
    await expectRefusal(sent, register, "ClaimsNotOpen", merchantId, opensAt - 1n, opensAt);
  });
});

describe("DepositRegister under a token that blocks", () => {
  async function deployBlocking() {
    return await withRegister(await deployShopUnder("BlockingToken"));
  }

  async function openBlocking(means: Required<Means>) {
    const shop = await networkHelpers.loadFixture(deployBlocking);
    await pay(shop, means.deposit);
    await placeSurety(shop, means.surety, 100n * DAY);
    const list = listFor(shop);
    await distribute(shop, list);
    return { ...shop, list };
  }

  it("keeps a blocked account's claim, alone and in a batch, at the rate of all", async () => {
    const shop = await openBlocking({ deposit: 60n, surety: 1n });
    const { register, mock, holder, other, merchantId, list } = shop;
    await mock.setBlocked(holder, true);
    const alone = register.claim(merchantId, list.claim(0));
    await expect(alone).to.be.revertedWithCustomError(mock, "AccountBlocked").withArgs(holder.address);
    const batch = register.claimMany(merchantId, [list.claim(0), list.claim(1)]);
    await expect(batch).to.emit(register, "ClaimSkipped").withArgs(merchantId, 0n, holder.address, Skip.Refused);
    await expect(batch)
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 1n, other.address, other.address, 25n, 25n, 50n);
    expect(await money(shop)).to.deep.include({ counted: 50n, paid: 25n, deposit: 36n });
    expect(await register.quoteClaim(merchantId, 0n, holder, 70n)).to.deep.equal([0n, 35n]);
    await mock.setBlocked(holder, false);
    await expect(register.claim(merchantId, list.claim(0)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 35n, 35n, 70n);
  });

  it("keeps what a blocked account had when a later part is refused", async () => {
    const shop = await openBlocking({ deposit: 60n, surety: 1n });
    const { register, mock, holder, liquidator, merchantId, list } = shop;
    await register.claim(merchantId, list.claim(0));
    await register.connect(liquidator).deposit(merchantId, 60n);
    await mock.setBlocked(holder, true);
    await register.claimMany(merchantId, [list.claim(0)]);
    expect(await register.quoteClaim(merchantId, 0n, holder, 70n)).to.deep.equal([35n, 35n]);
    expect(await money(shop)).to.deep.include({ counted: 70n, paid: 35n, deposit: 86n });
  });

  it("pays elsewhere when the blocked account asks", async () => {
    const shop = await openBlocking({ deposit: 60n, surety: 1n });
    const { register, mock, holder, stranger, merchantId, list } = shop;
    await mock.setBlocked(holder, true);
    await expect(register.connect(holder).claimTo(merchantId, list.claim(0), stranger))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, stranger.address, 35n, 35n, 70n);
  });

  it("goes on without a surety it cannot move, which stays bound and raises the rate when it can", async () => {
    const shop = await openBlocking({ deposit: 60n, surety: 61n });
    const { register, mock, bank, holder, merchantId, list } = shop;
    const suretyVault = await register.suretyVaultOf(merchantId);
    await mock.setBlocked(suretyVault, true);
    await networkHelpers.time.increase(200n * DAY);
    const first = register.claim(merchantId, list.claim(0));
    await expect(first).to.emit(register, "SuretyDrawFailed").withArgs(merchantId, bank.address, 61n);
    await expect(first).not.to.emit(register, "ClaimsOpened");
    await expect(first)
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 34n, 34n, 70n);
    expect(await money(shop)).to.deep.include({ surety: 61n, drawn: 0n, deposit: 26n });
    await mock.setBlocked(suretyVault, false);
    const taken = register.connect(bank).takeBackSurety(merchantId, bank);
    await expectRefusal(taken, register, "SuretyBound", merchantId);
    await expect(register.openClaims(merchantId))
      .to.emit(register, "SuretyDrawn")
      .withArgs(merchantId, bank.address, 61n, 0n, 87n);
    await register.claimMany(merchantId, [0, 1, 2].map(list.claim));
    expect(await money(shop)).to.deep.include({ paid: 121n, deposit: 0n, drawn: 61n });
  });

  it("puts a blocked surety's surplus back into its vault, and pays the merchant the rest", async () => {
    const shop = await openBlocking({ deposit: 100n, surety: 21n });
    const { register, mock, bank, payout, stranger, liquidator, merchantId } = shop;
    await register.openClaims(merchantId);
    await register.connect(liquidator).deposit(merchantId, 30n);
    await mock.setBlocked(bank, true);
    const sent = register.paySurplus(merchantId);
    await expect(sent).to.emit(register, "SuretyRestored").withArgs(merchantId, bank.address, 21n, 21n, 0n, 130n);
    await expect(sent).to.emit(register, "SurplusPaid").withArgs(merchantId, payout.address, 9n, 121n);
    await expect(sent).not.to.emit(register, "SuretyRepaid");
    expect(await money(shop)).to.deep.include({ surety: 21n, drawn: 0n, deposit: 121n });
    expect(await shop.token.balanceOf(await register.suretyVaultOf(merchantId))).to.equal(21n);
    await networkHelpers.time.increaseTo((await register.surety(merchantId)).endsAt);
    await expect(register.connect(bank).takeBackSurety(merchantId, stranger))
      .to.emit(register, "SuretyTakenBack")
      .withArgs(merchantId, bank.address, stranger.address, 21n);
  });

  it("adds a blocked surety's surplus to what is left of it", async () => {
    const shop = await openBlocking({ deposit: 100n, surety: 100n });
    const { register, mock, bank, liquidator, merchantId } = shop;
    await register.openClaims(merchantId);
    await register.connect(liquidator).deposit(merchantId, 5n);
    await mock.setBlocked(bank, true);
    await expect(register.paySurplus(merchantId))
      .to.emit(register, "SuretyRestored")
      .withArgs(merchantId, bank.address, 5n, 84n, 16n, 121n);
    expect(await money(shop)).to.deep.include({ surety: 84n, drawn: 16n, deposit: 121n });
  });

  it("keeps a blocked surety's surplus for it where its vault is blocked too", async () => {
    const shop = await openBlocking({ deposit: 100n, surety: 21n });
    const { register, mock, bank, payout, liquidator, merchantId } = shop;
    await register.openClaims(merchantId);
    await register.connect(liquidator).deposit(merchantId, 30n);
    await mock.setBlocked(bank, true);
    await mock.setBlocked(await register.suretyVaultOf(merchantId), true);
    const sent = register.paySurplus(merchantId);
    await expect(sent).to.emit(register, "SurplusPaid").withArgs(merchantId, payout.address, 9n, 142n);
    await expect(sent).not.to.emit(register, "SuretyRestored");
    expect(await money(shop)).to.deep.include({ surety: 0n, drawn: 21n, deposit: 142n });
    await expectRefusal(register.paySurplus(merchantId), register, "SurplusRefused", merchantId);
    await mock.setBlocked(bank, false);
    await expect(register.paySurplus(merchantId))
      .to.emit(register, "SuretyRepaid")
      .withArgs(merchantId, bank.address, 21n, 0n, 121n);
  });

  it("pays the surety when the merchant's payout is blocked, and keeps the merchant's part", async () => {
    const shop = await openBlocking({ deposit: 100n, surety: 21n });
    const { register, mock, bank, payout, liquidator, merchantId } = shop;
    await register.openClaims(merchantId);
    await register.connect(liquidator).deposit(merchantId, 30n);
    await mock.setBlocked(payout, true);
    const sent = register.paySurplus(merchantId);
    await expect(sent).to.emit(register, "SuretyRepaid").withArgs(merchantId, bank.address, 21n, 0n, 130n);
    await expect(sent).not.to.emit(register, "SurplusPaid");
    expect((await money(shop)).deposit).to.equal(130n);
    await expectRefusal(register.paySurplus(merchantId), register, "SurplusRefused", merchantId);
  });

  it("keeps a surplus from a payout address nobody could use", async () => {
    const shop = await networkHelpers.loadFixture(deployBlocking);
    const { escrow, register, owner, merchantId } = shop;
    await pay(shop, 130n);
    await escrow.connect(owner).setPayout(merchantId, await register.depositVaultOf(merchantId));
    await networkHelpers.time.increase(7n * DAY);
    await distribute(shop, listFor(shop));
    await expectRefusal(register.paySurplus(merchantId), register, "SurplusRefused", merchantId);
    expect((await register.depositOf(merchantId)).deposit).to.equal(130n);
  });

  it("keeps the view of a merchant it has never heard of empty", async () => {
    const shop = await networkHelpers.loadFixture(deployBlocking);
    const view = await shop.register.surety(1n);
    expect(fieldsOf(view)).to.deep.equal({
      named: ZeroAddress,
      party: ZeroAddress,
      amount: 0n,
      counted: 0n,
      endsAt: 0n,
      bound: false,
      vault: await shop.register.suretyVaultOf(1n),
    });
  });
});
