import { expect } from "chai";
import { MaxUint256, ZeroHash } from "ethers";

import { advance, at, now } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { EVIDENCE, deployRegister, flag, listOf, placeSurety, publish, setRule } from "../../helpers/register.js";

/** A shop and a contract with 100 base units, which the register may take; `call` calls the register through it. */
async function deployThrough() {
  const shop = await deployRegister();
  const { register, token, stranger } = shop;
  const through = await ethers.deployContract("Batch");
  await token.mint(through, 100n);
  const approve = token.interface.encodeFunctionData("approve", [await register.getAddress(), MaxUint256]);
  await through.run(token, [approve]);
  const call = async (data: string, by = stranger) => await through.connect(by).run(register, [data]);
  return { ...shop, through, call, register: register.connect(stranger) };
}
const load = () => networkHelpers.loadFixture(deployThrough);

/** Makes the contract the owner. */
async function handOver({ escrow, owner, merchantId, through }: Awaited<ReturnType<typeof load>>): Promise<void> {
  await escrow.connect(owner).transferOwnership(merchantId, through);
  await advance(7n * DAY);
  await through.run(escrow, [escrow.interface.encodeFunctionData("acceptOwnership", [merchantId])]);
}

describe("DepositRegister, called by a contract", () => {
  it("takes a deposit from it, not from who calls through it", async () => {
    const { register, token, liquidator, merchantId, through, call } = await load();
    const sent = call(register.interface.encodeFunctionData("deposit", [merchantId, 7n]), liquidator);
    await expect(sent).to.emit(register, "Deposited").withArgs(merchantId, through, 7n, 7n);
    await expect(sent).to.changeTokenBalances(ethers, token, [through, liquidator], [-7n, 0n]);
  });

  it("names a token to the vault it opens, and to nobody after", async () => {
    const { register, merchantId, through } = await load();
    const deposit = register.interface.encodeFunctionData("deposit", [merchantId, 7n]);
    const answers = await through.run.staticCall(register, [
      deposit,
      register.interface.encodeFunctionData("vaultToken"),
    ]);
    expect(answers[1]).to.equal(ZeroHash);
  });

  it("takes its surety, adds to it and gives it back where it says", async () => {
    const { register, owner, other, merchantId, through, call } = await load();
    await register.connect(owner).nameSurety(merchantId, through);
    const endsAt = (await now()) + 100n * DAY;
    const place = register.interface.encodeFunctionData("placeSurety", [merchantId, 5n, endsAt]);
    for (const amount of [5n, 10n]) {
      await expect(call(place)).to.emit(register, "SuretyPlaced").withArgs(merchantId, through, 5n, amount, endsAt);
      expect((await register.surety(merchantId)).party).to.equal(await through.getAddress());
    }
    await at(endsAt);
    await expect(call(register.interface.encodeFunctionData("takeBackSurety", [merchantId, other.address])))
      .to.emit(register, "SuretyTakenBack")
      .withArgs(merchantId, through, other, 10n);
  });

  it("takes its reports where it is a reporter, and where it is the owner", async () => {
    const shop = await load();
    const { manager, admin, register, merchantId, through, call } = shop;
    await setRule(shop, { bps0: 4_000n });
    await manager.connect(admin).grantRole(3n, through, 0n);
    const asOf = await now();
    const report = register.interface.encodeFunctionData("reportOutstanding", [merchantId, 9n, asOf, EVIDENCE]);
    await expect(call(report))
      .to.emit(register, "OutstandingReported")
      .withArgs(merchantId, through, true, 9n, asOf, EVIDENCE);
    await handOver(shop);
    await expect(call(report))
      .to.emit(register, "OutstandingReported")
      .withArgs(merchantId, through, false, 9n, asOf, EVIDENCE);
  });

  it("takes its objection where it is the owner, once", async () => {
    const shop = await load();
    const { register, holder, merchantId, through, call } = shop;
    await handOver(shop);
    await flag(shop);
    const list = listOf([{ account: holder.address, amount: 1n }]);
    const object = register.interface.encodeFunctionData("objectToClaims", [merchantId, list.root, EVIDENCE]);
    const time = (await publish(shop, list)) + 5n;
    await at(time);
    await expect(call(object))
      .to.emit(register, "ClaimsObjected")
      .withArgs(merchantId, list.root, through, 1n, time, EVIDENCE);
    await publish(shop, list);
    await expect(call(object))
      .to.be.revertedWithCustomError(register, "ClaimsObjectedBefore")
      .withArgs(merchantId, through);
  });

  it("takes no objection from it though owner, surety or regulator calls through it", async () => {
    const shop = await load();
    const { register, owner, bank, regulator, merchantId, through, call } = shop;
    await placeSurety(shop, 5n);
    await flag(shop);
    const object = register.interface.encodeFunctionData("objectToClaims", [merchantId, ZeroHash, EVIDENCE]);
    for (const caller of [owner, bank, regulator]) {
      await expect(call(object, caller))
        .to.be.revertedWithCustomError(register, "AccessManagedUnauthorized")
        .withArgs(through);
    }
  });
});
