import { expect } from "chai";
import { ZeroHash } from "ethers";

import { RoleId } from "../../../src/roles.js";
import type { PrepaidEscrow } from "../../../types/ethers-contracts/index.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { deploySystem } from "../../helpers/fixture.js";

const linked = ["ContractHolders", "EscrowViews", "MerchantRegistry", "Passes", "SignedRequests", "Supervision"];

/** An escrow linked to libraries that were never deployed: there is no code at their addresses. */
async function deployUnlinked() {
  const { manager, admin, regulator, stranger } = await deploySystem();
  const libraries = Object.fromEntries(linked.map((name, i) => [name, `0x${"11".repeat(19)}0${i}`]));
  const deployed = await ethers.deployContract("PrepaidEscrow", [manager], { libraries });
  const escrow: PrepaidEscrow = await ethers.getContractAt("PrepaidEscrow", await deployed.getAddress());
  const selectors = [escrow.interface.getFunction("suspend").selector];
  await manager.connect(admin).setTargetFunctionRole(escrow, selectors, RoleId.Regulator);
  return { escrow, regulator, stranger };
}

describe("An escrow whose linked code is missing", () => {
  it("fails where it would do nothing and say that it was done", async () => {
    const { escrow, regulator, stranger } = await networkHelpers.loadFixture(deployUnlinked);
    const calls = [
      escrow.connect(regulator).suspend(1n, ZeroHash),
      escrow.connect(stranger).acceptOwnership(1n),
      escrow.connect(stranger).accrue([]),
      escrow.connect(stranger).settleContractHolders(1n, []),
    ];
    for (const call of calls) await expect(call).to.be.revertedWithoutReason(ethers);
  });

  it("answers no view", async () => {
    const { escrow } = await networkHelpers.loadFixture(deployUnlinked);
    for (const view of [escrow.merchant(1n), escrow.quoteExit(ZeroHash), escrow.warnings(1n)]) {
      await expect(view).to.be.revertedWithoutReason(ethers);
    }
  });
});
