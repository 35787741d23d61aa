import { expect } from "chai";

import { linkedLibraries } from "../../../../deploy/modules/Escrow.js";
import type { PrepaidEscrow } from "../../../../types/ethers-contracts/index.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { testPolicy } from "../../../helpers/fixture.js";
import { loadShop } from "../../../helpers/shop.js";

const PANIC_ASSERT = 0x01;
/** An address that nobody has. */
const SOMEWHERE = "0x00000000000000000000000000000000000000C0";
/** Code that takes every call and does nothing. */
const STOP = "0x00";

/** An escrow whose libraries are all `address`, and a sender who holds every role. */
async function linkedTo(address: string) {
  const { manager, token, admin } = await loadShop();
  const libraries = Object.fromEntries(linkedLibraries.map((name) => [name, address]));
  const factory = await ethers.getContractFactory("PrepaidEscrow", { libraries });
  const deployed = await factory.deploy(await manager.getAddress());
  const escrow: PrepaidEscrow = await ethers.getContractAt("PrepaidEscrow", await deployed.getAddress(), admin);
  return { escrow, admin, policy: testPolicy(await token.getAddress()) };
}

describe("An escrow linked to the wrong code", () => {
  it("registers no merchant whose vault is not there", async () => {
    const { escrow, admin } = await linkedTo(SOMEWHERE);
    await networkHelpers.setCode(SOMEWHERE, STOP);
    const registered = escrow.registerMerchant(admin, admin, 1n, 0n, "");
    await expect(registered).to.be.revertedWithPanic(PANIC_ASSERT);
  });

  it("does nothing rather than seem to do it where there is no code", async () => {
    const { escrow, policy } = await linkedTo(SOMEWHERE);
    const calls = [
      () => escrow.addPolicy(policy),
      () => escrow.suspend(1n, ethers.ZeroHash),
      () => escrow.withdrawDefault(1n),
      () => escrow.accrue([]),
    ];
    for (const call of calls) await expect(call()).to.be.revertedWithoutReason(ethers);
    await expect(escrow.merchant(1n)).to.be.revertedWithoutReason(ethers);
  });
});
