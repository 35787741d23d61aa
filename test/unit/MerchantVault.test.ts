import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { ZeroHash } from "ethers";

import { MerchantVault__factory } from "../../types/ethers-contracts/index.js";
import type { MerchantVault } from "../../types/ethers-contracts/index.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { everybodyBut, expectRefusal } from "../helpers/refusals.js";
import { signAuthorization } from "../helpers/sales.js";
import { loadShop } from "../helpers/shop.js";
import { deployShopUnder } from "../helpers/tokens.js";

/** A shop whose vault holds 1 000 tokens, with the vault in the escrow's hands. */
async function withVault<Some extends Shop>(shop: Some) {
  const address = await shop.escrow.getAddress();
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 18n);
  const asEscrow = await ethers.getSigner(address);
  const box: MerchantVault = await ethers.getContractAt("MerchantVault", shop.vault, asEscrow);
  await shop.token.mint(shop.vault, 1_000n * TOKEN);
  return { ...shop, box };
}

async function deployVault() {
  return await withVault(await loadShop());
}
async function deployFalse() {
  return await withVault(await deployShopUnder("FalseToken"));
}
async function deploySilent() {
  return await withVault(await deployShopUnder("SilentToken"));
}
async function deployBlocking() {
  return await withVault(await deployShopUnder("BlockingToken"));
}

const load = () => networkHelpers.loadFixture(deployVault);

describe("MerchantVault", () => {
  it("knows its escrow and its token for good", async () => {
    const { box, escrow, token } = await load();
    expect(await box.escrow()).to.equal(await escrow.getAddress());
    expect(await box.token()).to.equal(await token.getAddress());
  });

  it("is created by nobody who cannot name its token", async () => {
    const { stranger } = await load();
    await expect(new MerchantVault__factory(stranger).deploy()).to.be.revertedWithoutReason(ethers);
  });

  const calls: readonly (readonly [string, (box: MerchantVault, caller: HardhatEthersSigner) => Promise<unknown>])[] = [
    ["pay", async (box, caller) => await box.pay(caller, 1n)],
    ["tryPay", async (box, caller) => await box.tryPay(caller, 1n)],
    [
      "receiveWithAuthorization",
      async (box, caller) => await box.receiveWithAuthorization(caller, 1n, 0n, 1n, ZeroHash, 27n, ZeroHash, ZeroHash),
    ],
  ];
  for (const [name, call] of calls) {
    it(`obeys the escrow alone in ${name}`, async () => {
      const shop = await load();
      const escrow = await shop.escrow.getAddress();
      for (const caller of everybodyBut(shop)) {
        const called = call(shop.box.connect(caller), caller);
        await expectRefusal(called, shop.box, "VaultCallerNotEscrow", caller.address, escrow);
      }
      expect(await shop.token.balanceOf(shop.vault)).to.equal(1_000n * TOKEN);
    });
  }

  it("lets no merchant's vault command another", async () => {
    const shop = await load();
    await networkHelpers.impersonateAccount(shop.vault);
    await networkHelpers.setBalance(shop.vault, 10n ** 18n);
    const asVault = shop.box.connect(await ethers.getSigner(shop.vault));
    const called = asVault.pay(shop.stranger, 1n);
    await expectRefusal(called, shop.box, "VaultCallerNotEscrow", shop.vault, await shop.escrow.getAddress());
  });

  for (const name of ["pay", "tryPay"] as const) {
    it(`${name} sends exactly the amount`, async () => {
      const { box, token, stranger, vault } = await load();
      const paid = box[name](stranger, 300n);
      await expect(paid).to.changeTokenBalances(ethers, token, [vault, stranger], [-300n, 300n]);
    });
  }

  it("pay passes the token's own refusal on", async () => {
    const { box, token, stranger, vault } = await load();
    const args = [vault, 1_000n * TOKEN, 1_000n * TOKEN + 1n];
    await expectRefusal(box.pay(stranger, 1_000n * TOKEN + 1n), token, "ERC20InsufficientBalance", ...args);
    await box.pay(stranger, 1_000n * TOKEN);
    expect(await token.balanceOf(vault)).to.equal(0n);
  });

  it("tryPay answers whether it has paid", async () => {
    const { box, token, stranger, vault } = await load();
    expect(await box.tryPay.staticCall(stranger, 1_000n * TOKEN)).to.equal(true);
    expect(await box.tryPay.staticCall(stranger, 1_000n * TOKEN + 1n)).to.equal(false);
    const tried = box.tryPay(stranger, 1_000n * TOKEN + 1n);
    await expect(tried).to.changeTokenBalances(ethers, token, [vault, stranger], [0n, 0n]);
  });

  it("takes what a payer has authorized, for itself", async () => {
    const shop = await load();
    const { box, token, payer, vault } = shop;
    const { message, signature } = await signAuthorization(shop);
    const { from, value, validAfter, validBefore, nonce } = message;
    const taken = box.receiveWithAuthorization(from, value, validAfter, validBefore, nonce, ...signature);
    await expect(taken).to.changeTokenBalances(ethers, token, [payer, vault], [-value, value]);
  });

  it("passes the token's refusal of an authorization on", async () => {
    const shop = await load();
    const { box, token } = shop;
    const { message, signature } = await signAuthorization(shop);
    const { from, value, validAfter, validBefore, nonce } = message;
    const more = box.receiveWithAuthorization(from, value + 1n, validAfter, validBefore, nonce, ...signature);
    await expectRefusal(more, token, "ERC3009InvalidSignature");
  });

  describe("of a token that answers nothing", () => {
    const loadSilent = () => networkHelpers.loadFixture(deploySilent);

    for (const name of ["pay", "tryPay"] as const) {
      it(`sends by ${name}`, async () => {
        const { box, token, stranger, vault } = await loadSilent();
        const paid = box[name](stranger, 300n);
        await expect(paid).to.changeTokenBalances(ethers, token, [vault, stranger], [-300n, 300n]);
      });
    }

    it("answers true to tryPay", async () => {
      const { box, stranger } = await loadSilent();
      expect(await box.tryPay.staticCall(stranger, 1n)).to.equal(true);
    });
  });

  describe("of a token that answers false", () => {
    const loadFalse = () => networkHelpers.loadFixture(deployFalse);

    it("takes false for a refusal in pay", async () => {
      const { box, escrow, mock, stranger } = await loadFalse();
      await mock.setRefusing(true);
      await expectRefusal(box.pay(stranger, 1n), escrow, "SafeERC20FailedOperation", await mock.getAddress());
    });

    it("answers false to tryPay", async () => {
      const { box, mock, stranger } = await loadFalse();
      expect(await box.tryPay.staticCall(stranger, 1n)).to.equal(true);
      await mock.setRefusing(true);
      expect(await box.tryPay.staticCall(stranger, 1n)).to.equal(false);
    });
  });

  describe("of a token that blocks an address", () => {
    const loadBlocking = () => networkHelpers.loadFixture(deployBlocking);

    it("passes the refusal on in pay", async () => {
      const { box, mock, stranger } = await loadBlocking();
      await mock.setBlocked(stranger, true);
      await expectRefusal(box.pay(stranger, 1n), mock, "AccountBlocked", stranger.address);
    });

    it("answers false to tryPay for the blocked payee alone", async () => {
      const { box, mock, token, stranger, other } = await loadBlocking();
      await mock.setBlocked(stranger, true);
      expect(await box.tryPay.staticCall(stranger, 1n)).to.equal(false);
      expect(await box.tryPay.staticCall(other, 1n)).to.equal(true);
      await expect(box.tryPay(stranger, 1n)).to.changeTokenBalance(ethers, token, stranger, 0n);
    });
  });
});
