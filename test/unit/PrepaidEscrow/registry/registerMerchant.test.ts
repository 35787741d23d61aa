import { expect } from "chai";
import { ZeroAddress, ZeroHash, toBeHex } from "ethers";

import { MerchantStatus } from "../../../../src/contracts/enums.js";
import { RoleId } from "../../../../src/contracts/roles.js";
import type { MerchantVault } from "../../../../types/ethers-contracts/index.js";
import { anotherMerchant, anotherPolicy, buyCard } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { TOKEN, testPolicy } from "../../../helpers/fixture.js";
import { expectRefusal, expectRegulatorOnly } from "../../../helpers/refusals.js";
import { routes } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";
import { fieldsOf } from "../../../helpers/struct.js";
import { deployDecimals, openShopUnder } from "../../../helpers/tokens.js";
import { capRaised, capWarningsIn } from "../../../helpers/warnings.js";

describe("registerMerchant", () => {
  it("emits who is registered, where the money will be, and the ceiling", async () => {
    const { escrow, regulator, other, stranger, policyId, token } = await loadShop();
    const vault = await escrow.vaultOf(2n);
    const registered = escrow.connect(regulator).registerMerchant(other, stranger, policyId, 77n, "ipfs://shop");
    await expect(registered)
      .to.emit(escrow, "MerchantRegistered")
      .withArgs(2n, other.address, vault, await token.getAddress(), stranger.address, policyId, "ipfs://shop");
    await expect(registered).to.emit(escrow, "OutstandingCapSet").withArgs(2n, 77n);
  });

  it("shows an active merchant with nothing pending, no dates and no money", async () => {
    const { escrow, regulator, other, stranger, policyId, token } = await loadShop();
    const vault = await escrow.vaultOf(2n);
    await escrow.connect(regulator).registerMerchant(other, stranger, policyId, 77n, "ipfs://shop");
    expect(fieldsOf(await escrow.merchant(2n))).to.deep.equal({
      status: MerchantStatus.Active,
      owner: other.address,
      payout: stranger.address,
      vault,
      token: await token.getAddress(),
      policyId,
      nextOwner: ZeroAddress,
      ownershipAcceptableAt: 0n,
      nextPayout: ZeroAddress,
      payoutChangesAt: 0n,
      suspendedUntil: 0n,
      lastServiceAt: 0n,
      noticeEndsAt: 0n,
      serviceStoppedAt: 0n,
      flaggedAt: 0n,
      windowEndsAt: 0n,
      withdrawnAt: 0n,
      complaintCount: 0n,
      complaintValue: 0n,
    });
    expect(fieldsOf(await escrow.pool(2n))).to.deep.equal({
      outstanding: 0n,
      balance: 0n,
      outstandingCap: 77n,
    });
    expect(await escrow.releasable(2n)).to.equal(0n);
    expect(await escrow.warnings(2n)).to.deep.equal([]);
  });

  it("numbers merchants in the order they are registered", async () => {
    const shop = await loadShop();
    expect(await anotherMerchant(shop)).to.equal(2n);
    expect(await anotherMerchant(shop)).to.equal(3n);
  });

  it("creates a vault at the address known before, which obeys the escrow and holds the policy's token", async () => {
    const shop = await loadShop();
    const { escrow, token } = shop;
    const address = await escrow.vaultOf(2n);
    expect(await ethers.provider.getCode(address)).to.equal("0x");

    await anotherMerchant(shop);

    const vault: MerchantVault = await ethers.getContractAt("MerchantVault", address);
    expect(await vault.escrow()).to.equal(await escrow.getAddress());
    expect(await vault.token()).to.equal(await token.getAddress());
    expect(await escrow.vaultOf(2n)).to.equal(address);
  });

  it("gives each merchant a vault of its own", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, vault } = shop;
    const second = await anotherMerchant(shop);
    expect(await escrow.vaultOf(second)).to.not.equal(vault);
    expect(await escrow.vaultOf(merchantId)).to.equal(vault);
  });

  it("gives merchants under different tokens vaults of their own token", async () => {
    const shop = await loadShop();
    const { escrow, token } = shop;
    const another = await ethers.deployContract("TestToken");
    const second = await openShopUnder(shop, await ethers.getContractAt("TestToken", await another.getAddress()));
    await buyCard(shop, { program: shop.programs.open, principal: 3n });
    await buyCard(second, { program: second.programs.open, principal: 5n });
    expect(await token.balanceOf(shop.vault)).to.equal(3n);
    expect(await token.balanceOf(second.vault)).to.equal(0n);
    expect(await second.token.balanceOf(second.vault)).to.equal(5n);
    expect(await second.token.balanceOf(shop.vault)).to.equal(0n);
    expect((await escrow.merchant(second.merchantId)).token).to.equal(await second.token.getAddress());
  });

  it("names no token for a vault outside a registration", async () => {
    const shop = await loadShop();
    expect(await shop.escrow.vaultToken()).to.equal(ZeroAddress);
    await anotherMerchant(shop);
    expect(await shop.escrow.vaultToken()).to.equal(ZeroAddress);
  });

  it("names none either to who asks for it in the transaction of a registration", async () => {
    const { escrow, manager, admin, owner, payout, policyId } = await loadShop();
    const batch = await ethers.deployContract("Batch");
    await manager.connect(admin).grantRole(RoleId.Regulator, batch, 0n);
    const calls = [
      escrow.interface.encodeFunctionData("registerMerchant", [owner.address, payout.address, policyId, 0n, ""]),
      escrow.interface.encodeFunctionData("vaultToken"),
    ];
    expect(await batch.getFunction("run").staticCall(escrow, calls)).to.deep.equal([toBeHex(2n, 32), ZeroHash]);
  });

  it("takes the widest ceiling", async () => {
    const shop = await loadShop();
    const outstandingCap = 2n ** 48n - 1n;
    const merchantId = await anotherMerchant(shop, { outstandingCap });
    expect((await shop.escrow.pool(merchantId)).outstandingCap).to.equal(outstandingCap);
  });

  it("refuses a policy that was not added", async () => {
    const { escrow, regulator, owner, payout, policyId } = await loadShop();
    for (const unknown of [0n, policyId + 1n, 2n ** 32n - 1n]) {
      const registered = escrow.connect(regulator).registerMerchant(owner, payout, unknown, 0n, "");
      await expectRefusal(registered, escrow, "PolicyUnknown", unknown);
    }
  });

  it("refuses an owner nobody is", async () => {
    const { escrow, regulator, payout, policyId } = await loadShop();
    const registered = escrow.connect(regulator).registerMerchant(ZeroAddress, payout, policyId, 0n, "");
    await expectRefusal(registered, escrow, "RecipientForbidden", ZeroAddress);
  });

  it("refuses a payout address that could not use the money", async () => {
    const { escrow, token, regulator, owner, policyId, vault } = await loadShop();
    const own = await escrow.vaultOf(2n);
    for (const payout of [ZeroAddress, await escrow.getAddress(), await token.getAddress(), vault, own]) {
      const registered = escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "");
      await expectRefusal(registered, escrow, "RecipientForbidden", payout);
    }
    expect(await ethers.provider.getCode(own)).to.equal("0x");
  });

  it("uses no number for a registration that was refused", async () => {
    const shop = await loadShop();
    const { escrow, regulator, payout, policyId } = shop;
    const registered = escrow.connect(regulator).registerMerchant(ZeroAddress, payout, policyId, 0n, "");
    await expectRefusal(registered, escrow, "RecipientForbidden", ZeroAddress);
    expect(await anotherMerchant(shop)).to.equal(2n);
  });

  it("counts the ceiling in whole tokens of the merchant's own token", async () => {
    const shop = await loadShop();
    const policyId = await anotherPolicy(shop, { rejectOverCap: true });
    const merchantId = await anotherMerchant(shop, { policyId, outstandingCap: 2n });
    const terms = { kind: 0n, bearer: false, feeFree: false, price: 0n, units: 0n, listPrice: 0n, metadataURI: "" };
    await shop.escrow.connect(shop.owner).publishProgram(merchantId, terms);
    const over = buyCard(shop, { program: 5n, principal: 2n * TOKEN + 1n });
    await expectRefusal(over, shop.escrow, "MerchantCapExceeded", merchantId, 2n * TOKEN + 1n, 2n * TOKEN);
    await buyCard(shop, { program: 5n, principal: 2n * TOKEN });
    expect((await shop.escrow.pool(merchantId)).outstanding).to.equal(2n * TOKEN);
  });

  for (const decimals of [19n, 255n]) {
    it(`refuses a token that has come to have ${decimals} decimals`, async () => {
      const { escrow, regulator, owner, payout } = await loadShop();
      const token = await deployDecimals(18n);
      const address = await token.getAddress();
      const policyId = await escrow.connect(regulator).addPolicy.staticCall(testPolicy(address));
      await escrow.connect(regulator).addPolicy(testPolicy(address));
      const register = async () =>
        await escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "ipfs://merchant");
      await token.setDecimals(decimals);
      await expectRefusal(register(), escrow, "PolicyTokenDecimalsTooMany", address, decimals, 18n);
      await token.setDecimals(18n);
      await expect(register()).to.emit(escrow, "MerchantRegistered");
    });
  }

  it("keeps the decimals the token had when it registered the merchant", async () => {
    const shop = await loadShop();
    const token = await deployDecimals(2n);
    const second = await openShopUnder(shop, await ethers.getContractAt("TestToken", await token.getAddress()));
    const { escrow, regulator, merchantId, programs } = second;
    await token.setDecimals(0n);
    const policyId = await escrow.connect(regulator).addPolicy.staticCall(testPolicy(await token.getAddress()));
    await escrow.connect(regulator).addPolicy(testPolicy(await token.getAddress()));
    await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId);
    await escrow.connect(regulator).setMerchantPolicy(merchantId, second.policyId);
    await escrow.connect(regulator).setOutstandingCap(merchantId, 10n);
    const sold = async (principal: bigint, serial: bigint) =>
      await capWarningsIn(escrow, routes.buy(second, { program: programs.open, principal, serial }));
    expect(await sold(900n, 0n)).to.deep.equal([]);
    expect(await sold(1n, 1n)).to.deep.equal(capRaised("Notice", merchantId, 901n, 900n));
  });

  it("shows no merchant that was not registered", async () => {
    const { escrow } = await loadShop();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.merchant(unknown), escrow, "MerchantUnknown", unknown);
      await expectRefusal(escrow.pool(unknown), escrow, "MerchantUnknown", unknown);
      await expectRefusal(escrow.warnings(unknown), escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the regulator alone", async () => {
    const shop = await loadShop();
    const { escrow, owner, payout, policyId } = shop;
    await expectRegulatorOnly(shop, async (caller) => {
      return await escrow.connect(caller).registerMerchant(owner, payout, policyId, 0n, "");
    });
  });
});
