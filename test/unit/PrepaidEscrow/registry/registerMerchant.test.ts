import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { MerchantStatus } from "../../../../src/enums.js";
import type { MerchantVault } from "../../../../types/ethers-contracts/index.js";
import { anotherMerchant, anotherPolicy, buyCard } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { TOKEN, deployShop } from "../../../helpers/fixture.js";
import { expectRefusal, expectRegulatorOnly } from "../../../helpers/refusals.js";
import { fieldsOf } from "../../../helpers/struct.js";
import { openShopUnder } from "../../../helpers/tokens.js";

const load = () => networkHelpers.loadFixture(deployShop);

describe("registerMerchant", () => {
  it("tells who is registered, where the money will be, and the ceiling", async () => {
    const { escrow, regulator, other, stranger, policyId, token } = await load();
    const vault = await escrow.vaultOf(2n);
    const registered = escrow.connect(regulator).registerMerchant(other, stranger, policyId, 77n, "ipfs://shop");
    await expect(registered)
      .to.emit(escrow, "MerchantRegistered")
      .withArgs(2n, other.address, vault, await token.getAddress(), stranger.address, policyId, "ipfs://shop");
    await expect(registered).to.emit(escrow, "OutstandingCapSet").withArgs(2n, 77n);
  });

  it("shows an active merchant with nothing pending, no dates and no money", async () => {
    const { escrow, regulator, other, stranger, policyId, token } = await load();
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
    const shop = await load();
    expect(await anotherMerchant(shop)).to.equal(2n);
    expect(await anotherMerchant(shop)).to.equal(3n);
  });

  it("creates a vault at the address known before, which obeys the escrow and holds the policy's token", async () => {
    const shop = await load();
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
    const shop = await load();
    const { escrow, merchantId, vault } = shop;
    const second = await anotherMerchant(shop);
    expect(await escrow.vaultOf(second)).to.not.equal(vault);
    expect(await escrow.vaultOf(merchantId)).to.equal(vault);
  });

  it("gives merchants under different tokens vaults of their own token", async () => {
    const shop = await load();
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
    const shop = await load();
    expect(await shop.escrow.vaultToken()).to.equal(ZeroAddress);
    await anotherMerchant(shop);
    expect(await shop.escrow.vaultToken()).to.equal(ZeroAddress);
  });

  it("takes the widest ceiling", async () => {
    const shop = await load();
    const outstandingCap = 2n ** 48n - 1n;
    const merchantId = await anotherMerchant(shop, { outstandingCap });
    expect((await shop.escrow.pool(merchantId)).outstandingCap).to.equal(outstandingCap);
  });

  it("refuses a policy that was not added", async () => {
    const { escrow, regulator, owner, payout, policyId } = await load();
    for (const unknown of [0n, policyId + 1n, 2n ** 32n - 1n]) {
      const registered = escrow.connect(regulator).registerMerchant(owner, payout, unknown, 0n, "");
      await expectRefusal(registered, escrow, "PolicyUnknown", unknown);
    }
  });

  it("refuses an owner nobody is", async () => {
    const { escrow, regulator, payout, policyId } = await load();
    const registered = escrow.connect(regulator).registerMerchant(ZeroAddress, payout, policyId, 0n, "");
    await expectRefusal(registered, escrow, "RecipientForbidden", ZeroAddress);
  });

  it("refuses a payout address that could not use the money", async () => {
    const { escrow, regulator, owner, policyId, vault } = await load();
    const own = await escrow.vaultOf(2n);
    for (const payout of [ZeroAddress, await escrow.getAddress(), vault, own]) {
      const registered = escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "");
      await expectRefusal(registered, escrow, "RecipientForbidden", payout);
    }
    expect(await ethers.provider.getCode(own)).to.equal("0x");
  });

  it("uses no number for a registration that was refused", async () => {
    const shop = await load();
    const { escrow, regulator, payout, policyId } = shop;
    const registered = escrow.connect(regulator).registerMerchant(ZeroAddress, payout, policyId, 0n, "");
    await expectRefusal(registered, escrow, "RecipientForbidden", ZeroAddress);
    expect(await anotherMerchant(shop)).to.equal(2n);
  });

  it("counts the ceiling in whole tokens of the merchant's own token", async () => {
    const shop = await load();
    const policyId = await anotherPolicy(shop, { rejectOverCap: true });
    const merchantId = await anotherMerchant(shop, { policyId, outstandingCap: 2n });
    const terms = { kind: 0n, bearer: false, price: 0n, units: 0n, listPrice: 0n, metadataURI: "" };
    await shop.escrow.connect(shop.owner).publishProgram(merchantId, terms);
    const over = buyCard(shop, { program: 5n, principal: 2n * TOKEN + 1n });
    await expectRefusal(over, shop.escrow, "MerchantCapExceeded", merchantId, 2n * TOKEN + 1n, 2n * TOKEN);
    await buyCard(shop, { program: 5n, principal: 2n * TOKEN });
    expect((await shop.escrow.pool(merchantId)).outstanding).to.equal(2n * TOKEN);
  });

  it("shows no merchant that was not registered", async () => {
    const { escrow } = await load();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.merchant(unknown), escrow, "MerchantUnknown", unknown);
      await expectRefusal(escrow.pool(unknown), escrow, "MerchantUnknown", unknown);
      await expectRefusal(escrow.warnings(unknown), escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the regulator alone", async () => {
    const shop = await load();
    const { escrow, owner, payout, policyId } = shop;
    await expectRegulatorOnly(shop, async (caller) => {
      return await escrow.connect(caller).registerMerchant(owner, payout, policyId, 0n, "");
    });
  });
});
