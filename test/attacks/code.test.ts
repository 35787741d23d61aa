import { expect } from "chai";
import { concat, dataSlice, getCreate2Address, keccak256, toBeHex } from "ethers";
import type { Interface } from "ethers";
import hre from "hardhat";

import { linkedLibraries } from "../../deploy/modules/Escrow.js";
import { DepositVault__factory, MerchantVault__factory } from "../../types/ethers-contracts/index.js";
import { anotherMerchant, at, buyCard } from "../helpers/actions.js";
import { anyValue } from "../helpers/calls.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { TOKEN } from "../helpers/fixture.js";
import { askToLeave, consume, flagDefault } from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { deployRegister, pay } from "../helpers/register.js";
import { moneyOf } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

/** Functions of the escrow that a library answers under the same selector: calls that are good, were it the escrow. */
const twins: Readonly<Record<string, readonly string[]>> = {
  Disputes: ["complain", "contestExit", "resolve"],
  Exposure: ["reportHolderExposure"],
  MerchantRegistry: [
    "setMerchantPolicy",
    "setOutstandingCap",
    "setOperator",
    "setPayout",
    "cancelPayout",
    "retireProgram",
  ],
  Moves: ["requestMove", "consentMove", "cancelMove", "executeMove", "setRecovery"],
  Passes: ["accrue"],
  Supervision: ["suspend", "resume", "startRunOff", "closeMerchant", "withdrawDefault"],
};

describe("Attack: linked libraries, called by strangers without the escrow", () => {
  /** Every constant of four bytes in a code: its selectors are among them. */
  const constantsOf = (code: string): Set<string> =>
    new Set([...code.matchAll(/63([0-9a-f]{8})/g)].map(([, four]) => `0x${four!}`));

  for (const name of linkedLibraries) {
    it(`${name}: nothing that writes can be called, nothing is logged, and its storage stays empty`, async () => {
      const shop = await loadShop();
      const { escrow, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const address = (await librariesOf(await escrow.getAddress()))[name]!;
      const code = await ethers.provider.getCode(address);
      const abi: Interface = escrow.interface;
      for (const twin of twins[name] ?? []) {
        const method = abi.getFunction(twin)!;
        expect(code, twin).to.include(method.selector.slice(2));
        const data = abi.encodeFunctionData(twin, method.inputs.map(anyValue));
        const sent = stranger.sendTransaction({ to: address, data, gasLimit: 500_000n });
        await expect(sent, twin).to.be.revertedWithoutReason(ethers);
      }
      for (const selector of constantsOf(code)) {
        const data = concat([selector, ...Array.from({ length: 12 }, () => toBeHex(1n, 32))]);
        const logs = await stranger
          .sendTransaction({ to: address, data, gasLimit: 500_000n })
          .then(async (sent) => (await sent.wait())!.logs.length)
          .catch(() => 0);
        expect(logs, selector).to.equal(0);
      }
      for (let slot = 0x10n; slot < 0x20n; slot += 1n) {
        expect(BigInt(await ethers.provider.getStorage(address, slot))).to.equal(0n);
      }
      expect(await ethers.provider.getTransactionCount(address)).to.equal(1);
      await expectSound(shop, [cardId]);
    });
  }

  it("the storage they share is the escrow's own: no slot below it is written by a day of business", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, programs } = shop;
    const slots = async () =>
      await Promise.all(Array.from({ length: 16 }, (_, i) => ethers.provider.getStorage(escrow, i)));
    const before = await slots();
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 1n);
    await escrow.payOut(merchantId);
    await flagDefault(shop);
    expect(await slots()).to.deep.equal(before);
  });
});

/** The addresses of the libraries an escrow is linked to, read from its code. */
async function librariesOf(escrow: string): Promise<Readonly<Record<string, string>>> {
  const { deployedLinkReferences } = await hre.artifacts.readArtifact("PrepaidEscrow");
  const code = await ethers.provider.getCode(escrow);
  const references = Object.values(deployedLinkReferences).flatMap((file) => Object.entries(file));
  return Object.fromEntries(
    references.map(([name, places]) => [name, dataSlice(code, places[0]!.start, places[0]!.start + places[0]!.length)]),
  );
}

describe("Attack: money and ether nobody asked for", () => {
  it("tokens sent straight to a vault, before, between and after: nobody's claim or payout is one unit larger, or smaller", async () => {
    const shop = await loadShop();
    const { escrow, token, other, payout, holder, merchantId, programs, vault } = shop;
    const gift = 1_000n * TOKEN;
    const donate = async () => await token.connect(other).transfer(vault, gift);
    await donate();
    const cardId = await buyCard(shop, { program: programs.count });
    await donate();
    await consume(shop, cardId, 5n);
    expect(await escrow.releasable(merchantId)).to.equal(300n * TOKEN);
    await escrow.payOut(merchantId);
    await donate();
    await flagDefault(shop);
    await at((await escrow.merchant(merchantId)).windowEndsAt);
    const before = await purse(token, holder);
    await escrow.refundCards(merchantId, [cardId]);
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    expect(await purse(token, payout)).to.equal(300n * TOKEN);
    await expectRefusal(escrow.payOut(merchantId), escrow, "PoolNothingReleasable", merchantId);
    // The gifts stay where they are, for ever.
    expect((await moneyOf(shop)).held).to.equal(3n * gift);
  });

  it("a gift to the vault pays for no card: the buyer's own principal must come", async () => {
    const shop = await loadShop();
    const { escrow, token, other, stranger, programs, vault } = shop;
    await token.connect(other).transfer(vault, 10_000n * TOKEN);
    await token.connect(stranger).approve(escrow, 10_000n * TOKEN);
    const bought = escrow.connect(stranger).buy(programs.count, stranger, 1_200n * TOKEN, 0n);
    await expectRefusal(bought, token, "ERC20InsufficientBalance");
  });

  it("ether: no contract takes it, and ether forced upon them changes nothing", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, register, stranger, programs, vault, merchantId } = shop;
    await pay(shop, 1n);
    const contracts = [
      await escrow.getAddress(),
      await register.getAddress(),
      vault,
      await register.depositVaultOf(merchantId),
    ];
    for (const to of contracts) {
      await expect(stranger.sendTransaction({ to, value: 1n })).to.be.revert(ethers);
      // As the beneficiary of a contract that ends, or of a block.
      await networkHelpers.setBalance(to, 10n ** 18n);
    }
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 1n);
    await escrow.payOut(merchantId);
    await expectSound(shop, [cardId]);
  });
});

describe("Attack: vaults", () => {
  it("obey no stranger, no role, no other vault, and not the other contract", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, register, token, merchantId, programs } = shop;
    await pay(shop, 100n);
    await buyCard(shop, { program: programs.count });
    const vaults = [shop.vault, await register.depositVaultOf(merchantId)];
    const interfaces: readonly Interface[] = [
      MerchantVault__factory.createInterface(),
      DepositVault__factory.createInterface(),
    ];
    const callers = [
      ...(await ethers.getSigners()).slice(0, 12).map(({ address }) => address),
      ...vaults,
      await escrow.getAddress(),
      await register.getAddress(),
      await token.getAddress(),
    ];
    const masters = [await escrow.getAddress(), await register.getAddress()];
    for (const [i, vault] of vaults.entries()) {
      for (const caller of callers) {
        if (caller === masters[i]) continue;
        await networkHelpers.impersonateAccount(caller);
        await networkHelpers.setBalance(caller, 10n ** 18n);
        const signer = await ethers.getSigner(caller);
        for (const method of ["pay", "tryPay"] as const) {
          const data = interfaces[i]!.encodeFunctionData(method, [caller, 1n]);
          await expect(signer.sendTransaction({ to: vault, data }), `${method} by ${caller}`).to.be.revert(ethers);
        }
      }
      expect(await token.balanceOf(vault)).to.equal(i === 0 ? 1_200n * TOKEN : 100n);
    }
  });

  it("cannot be squatted: the address of the next merchant's vault is the escrow's to fill alone, with this code", async () => {
    const shop = await loadShop();
    const { escrow, stranger } = shop;
    const salt = toBeHex(2n, 32);
    const expected = getCreate2Address(await escrow.getAddress(), salt, keccak256(MerchantVault__factory.bytecode));
    expect(await escrow.vaultOf(2n)).to.equal(expected);
    // From anybody else the same code and salt lie elsewhere, and its constructor finds nobody to ask.
    const elsewhere = getCreate2Address(stranger.address, salt, keccak256(MerchantVault__factory.bytecode));
    expect(elsewhere).to.not.equal(expected);
    await expect(new MerchantVault__factory(stranger).deploy()).to.be.revert(ethers);
    // Nor does money that waits there, or ether, keep the vault from being made.
    await shop.token.connect(shop.other).transfer(expected, 5n);
    await networkHelpers.setBalance(expected, 1n);
    expect(await anotherMerchant(shop)).to.equal(2n);
    expect(await ethers.provider.getCode(expected)).to.not.equal("0x");
    expect(await escrow.releasable(2n)).to.equal(0n);
  });

  it("of a merchant not registered yet takes a card before it is one: that refund is lost to its buyer, and to nobody else", async () => {
    const shop = await loadShop();
    const { escrow, token, payer, programs, merchantId } = shop;
    const future = await escrow.vaultOf(2n);
    await escrow.connect(payer).buy(programs.open, future, 100n, 0n);
    const thorn = await escrow.cardIdOf(future, programs.open, 0n);
    const honest = await buyCard(shop, { program: programs.count });
    expect(await anotherMerchant(shop)).to.equal(2n);
    await expectRefusal(
      escrow.connect(payer).buy(programs.open, future, 100n, 1n),
      escrow,
      "RecipientForbidden",
      future,
    );
    await flagDefault(shop);
    await at((await escrow.merchant(merchantId)).windowEndsAt);
    await escrow.refundCards(merchantId, [thorn, honest]);
    expect(await token.balanceOf(future)).to.equal(100n);
    expect(await escrow.releasable(2n)).to.equal(0n);
    await expectSound(shop, []);
  });

  it("a payout into another vault, a payee nobody checks for: the merchant gives its own money away, no holder's", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, register, token, owner, merchantId, programs, holder } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await consume(shop, cardId, 5n);
    const deposit = await register.depositVaultOf(merchantId);
    await escrow.connect(owner).setPayout(merchantId, deposit);
    await at((await escrow.merchant(merchantId)).payoutChangesAt);
    await escrow.payOut(merchantId);
    await register.bookDeposit(merchantId);
    expect((await register.depositOf(merchantId)).deposit).to.equal(300n * TOKEN);
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    const before = await purse(token, holder);
    await escrow.executeExit(cardId);
    expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
  });
});
