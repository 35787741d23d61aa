import { expect } from "chai";
import { MaxUint256 } from "ethers";

import { ethers, networkHelpers } from "../../helpers/chain.js";
import { TOKEN } from "../../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../../helpers/refusals.js";
import {
  NO_TIER,
  deployRegister,
  distribute,
  listOf,
  placeSurety,
  report,
  setRule,
  standing,
  withRegister,
} from "../../helpers/register.js";
import { bring } from "../../helpers/statuses.js";
import type { Standing } from "../../helpers/statuses.js";
import { deployShopUnder } from "../../helpers/tokens.js";

const load = () => networkHelpers.loadFixture(deployRegister);

async function deployFee() {
  return await withRegister(await deployShopUnder("FeeToken"));
}
async function deployFalse() {
  return await withRegister(await deployShopUnder("FalseToken"));
}

describe("DepositRegister deposit", () => {
  it("moves the money into the merchant's own vault and emits it", async () => {
    const { register, token, liquidator, merchantId } = await load();
    const vault = await register.depositVaultOf(merchantId);
    for (const [amount, deposit] of [
      [5n, 5n],
      [7n, 12n],
    ] as const) {
      const sent = register.connect(liquidator).deposit(merchantId, amount);
      await expect(sent).to.emit(register, "Deposited").withArgs(merchantId, liquidator.address, amount, deposit);
      await expect(sent).to.changeTokenBalances(ethers, token, [liquidator, vault], [-amount, amount]);
      expect((await register.depositOf(merchantId)).deposit).to.equal(deposit);
    }
  });

  it("opens the vault with the first money, and only then", async () => {
    const { register, token, owner, merchantId } = await load();
    const vault = await register.depositVaultOf(merchantId);
    expect(await ethers.provider.getCode(vault)).to.equal("0x");
    await expect(register.connect(owner).deposit(merchantId, 1n))
      .to.emit(register, "VaultOpened")
      .withArgs(merchantId, vault, await token.getAddress(), false);
    await expect(register.connect(owner).deposit(merchantId, 1n)).not.to.emit(register, "VaultOpened");
    expect(await register.vaultToken()).to.equal(ethers.ZeroAddress);
  });

  it("shares no vault with another merchant, a surety or the escrow", async () => {
    const { escrow, register, merchantId } = await load();
    const vaults = [
      await register.depositVaultOf(merchantId),
      await register.suretyVaultOf(merchantId),
      await register.depositVaultOf(merchantId + 1n),
      await register.suretyVaultOf(merchantId + 1n),
      await escrow.vaultOf(merchantId),
    ];
    expect(new Set(vaults).size).to.equal(vaults.length);
  });

  it("is taken where more lies in the vault than was booked", async () => {
    const { register, token, owner, liquidator, merchantId } = await load();
    await token.connect(liquidator).transfer(await register.depositVaultOf(merchantId), 50n);
    await register.connect(owner).deposit(merchantId, 1n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(1n);
  });

  it("is open to everybody", async () => {
    const shop = await load();
    const { register, token, merchantId } = shop;
    let deposit = 0n;
    for (const caller of everybodyBut(shop)) {
      await token.mint(caller, 1n);
      await token.connect(caller).approve(register, MaxUint256);
      await register.connect(caller).deposit(merchantId, 1n);
      deposit += 1n;
    }
    expect((await register.depositOf(merchantId)).deposit).to.equal(deposit);
  });

  for (const state of [
    "Active",
    "Suspended",
    "Lapsed",
    "RunOff",
    "Closed",
    "Defaulted",
  ] as const satisfies Standing[]) {
    it(`is possible for a merchant that is ${state}`, async () => {
      const shop = await load();
      await bring(shop, state);
      await shop.register.connect(shop.owner).deposit(shop.merchantId, TOKEN);
      expect((await shop.register.depositOf(shop.merchantId)).deposit).to.equal(TOKEN);
    });
  }

  it("refuses nothing", async () => {
    const { register, owner, merchantId } = await load();
    await expectRefusal(register.connect(owner).deposit(merchantId, 0n), register, "AmountZero");
  });

  it("refuses a merchant the escrow does not know", async () => {
    const { register, owner } = await load();
    await expectRefusal(register.connect(owner).deposit(2n, 1n), register, "MerchantUnknown", 2n);
  });

  it("refuses what was not approved", async () => {
    const { register, token, stranger, merchantId } = await load();
    await token.mint(stranger, 5n);
    const sent = register.connect(stranger).deposit(merchantId, 5n);
    await expectRefusal(sent, token, "ERC20InsufficientAllowance", await register.getAddress(), 0n, 5n);
  });

  it("refuses a token that keeps a fee", async () => {
    const { register, mock, owner, merchantId } = await networkHelpers.loadFixture(deployFee);
    await register.connect(owner).deposit(merchantId, 100n);
    await mock.setFee(1n);
    const sent = register.connect(owner).deposit(merchantId, 10n);
    await expectRefusal(sent, register, "DepositNotReceived", merchantId, 109n, 110n);
  });

  it("refuses a token that answers no", async () => {
    const { register, mock, owner, merchantId } = await networkHelpers.loadFixture(deployFalse);
    await mock.setRefusing(true);
    const sent = register.connect(owner).deposit(merchantId, 10n);
    await expectRefusal(sent, register, "SafeERC20FailedOperation", await mock.getAddress());
  });

  it("holds all a pool can", async () => {
    const { register, token, owner, merchantId } = await load();
    await token.mint(owner, NO_TIER);
    await register.connect(owner).deposit(merchantId, NO_TIER);
    expect((await register.depositOf(merchantId)).deposit).to.equal(NO_TIER);
    await expect(register.connect(owner).deposit(merchantId, 1n)).to.be.revertedWithPanic(0x11);
  });
});

describe("DepositRegister bookDeposit", () => {
  it("books what was sent straight to the vault, and clears what it covers", async () => {
    const shop = await load();
    const { register, token, owner, liquidator, stranger, merchantId } = shop;
    await setRule(shop, { bps0: 10_000n });
    await report(shop, owner, 10n);
    await register.connect(owner).deposit(merchantId, 1n);
    await token.connect(liquidator).transfer(await register.depositVaultOf(merchantId), 9n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(1n);
    expect(await standing(shop)).to.deep.equal(["DepositShort"]);
    await expect(register.connect(stranger).bookDeposit(merchantId))
      .to.emit(register, "Deposited")
      .withArgs(merchantId, ethers.ZeroAddress, 9n, 10n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(10n);
    expect(await standing(shop)).to.deep.equal([]);
  });

  it("opens a vault that had money before it was there, and pays it out as claims", async () => {
    const shop = await load();
    const { register, token, holder, liquidator, merchantId } = shop;
    const vault = await register.depositVaultOf(merchantId);
    const list = listOf([{ account: holder.address, amount: 60n }]);
    await distribute(shop, list);
    await token.connect(liquidator).transfer(vault, 50n);
    await expect(register.bookDeposit(merchantId))
      .to.emit(register, "VaultOpened")
      .withArgs(merchantId, vault, await token.getAddress(), false);
    await expect(register.claim(merchantId, list.claim(0)))
      .to.emit(register, "ClaimPaid")
      .withArgs(merchantId, 0n, holder.address, holder.address, 50n, 50n, 60n);
    await expectRefusal(register.bookDeposit(merchantId), register, "AmountZero");
  });

  it("refuses where everything is booked, and for merchants the escrow does not know", async () => {
    const shop = await load();
    const { register, owner, merchantId } = shop;
    await expectRefusal(register.bookDeposit(merchantId), register, "AmountZero");
    await register.connect(owner).deposit(merchantId, 100n);
    await expectRefusal(register.bookDeposit(merchantId), register, "AmountZero");
    await expectRefusal(register.bookDeposit(9n), register, "MerchantUnknown", 9n);
  });

  it("leaves a surety's vault alone", async () => {
    const shop = await load();
    const { register, token, liquidator, merchantId } = shop;
    await placeSurety(shop, 5n);
    await token.connect(liquidator).transfer(await register.suretyVaultOf(merchantId), 9n);
    await expectRefusal(register.bookDeposit(merchantId), register, "AmountZero");
    expect((await register.surety(merchantId)).amount).to.equal(5n);
  });
});

describe("DepositVault", () => {
  async function deployVault() {
    const shop = await deployRegister();
    await shop.register.connect(shop.owner).deposit(shop.merchantId, TOKEN);
    const vault = await ethers.getContractAt("DepositVault", await shop.register.depositVaultOf(shop.merchantId));
    return { ...shop, depositVault: vault };
  }

  it("knows its register and its token", async () => {
    const { register, token, depositVault } = await networkHelpers.loadFixture(deployVault);
    expect(await depositVault.register()).to.equal(await register.getAddress());
    expect(await depositVault.token()).to.equal(await token.getAddress());
  });

  it("obeys nobody but its register", async () => {
    const shop = await networkHelpers.loadFixture(deployVault);
    const { depositVault, register, stranger } = shop;
    for (const caller of everybodyBut(shop)) {
      const args = [caller.address, await register.getAddress()] as const;
      const vault = depositVault.connect(caller);
      await expectRefusal(vault.pay(stranger, 1n), depositVault, "VaultCallerNotRegister", ...args);
      await expectRefusal(vault.tryPay(stranger, 1n), depositVault, "VaultCallerNotRegister", ...args);
    }
  });
});
