import { expect } from "chai";
import { ZeroAddress, dataLength } from "ethers";
import hre from "hardhat";

import PublicModule from "../../deploy/modules/Public.js";
import RegisterModule from "../../deploy/modules/Register.js";
import { RoleId, supervisedRegisterFunctions } from "../../src/contracts/roles.js";
import type { SupervisionRole } from "../../src/contracts/roles.js";
import { ethers, ignition, networkHelpers } from "../helpers/chain.js";
import { DAY, deploySystem } from "../helpers/fixture.js";

const roles = ["Regulator", "Association", "Reporter"] as const satisfies SupervisionRole[];

describe("deployment of the deposit register", () => {
  it("stands beside the escrow, under the same manager", async () => {
    const { register, manager, escrow } = await networkHelpers.loadFixture(deploySystem);
    expect(await register.escrow()).to.equal(await escrow.getAddress());
    expect(await register.authority()).to.equal(await manager.getAddress());
    expect(await register.vaultToken()).to.equal(ZeroAddress);
  });

  it("comes with the escrow of a public network, and alone with the module Register", async () => {
    const [, , , , first, second, third] = await ethers.getSigners();
    const Public = { regulator: first!.address, association: second!.address, reporter: third!.address };
    for (const deployed of [
      await ignition.deploy(PublicModule, { parameters: { Public } }),
      await ignition.deploy(RegisterModule),
    ]) {
      const register = await ethers.getContractAt("DepositRegister", await deployed.register.getAddress());
      expect(await register.escrow()).to.equal(await deployed.escrow.getAddress());
      expect(await register.authority()).to.equal(await deployed.manager.getAddress());
      const manager = await ethers.getContractAt("AccessManager", await deployed.manager.getAddress());
      const { selector } = register.interface.getFunction("publishClaims");
      expect(await manager.getTargetFunctionRole(register, selector)).to.equal(RoleId.Association);
    }
  });

  it("keeps it within the size of a contract, with room to spare", async function () {
    // Code that counts what it reaches is larger.
    if (hre.globalOptions.coverage) this.skip();
    const { register } = await networkHelpers.loadFixture(deploySystem);
    expect(dataLength(await ethers.provider.getCode(register))).to.be.at.most(23_000);
  });

  it("permits each role its functions, and the administrator alone the replacement of the manager", async () => {
    const { register, manager } = await networkHelpers.loadFixture(deploySystem);
    const expected = new Map<string, bigint>(
      roles.flatMap((role) => supervisedRegisterFunctions[role].map((name) => [name, RoleId[role]] as const)),
    );
    expect([...expected.keys()]).to.have.members(["setRule", "objectToClaims", "publishClaims", "reportOutstanding"]);
    const names: string[] = [];
    register.interface.forEachFunction(({ name }) => names.push(name));
    for (const name of names) {
      const { selector } = register.interface.getFunction(name as "setRule");
      expect(await manager.getTargetFunctionRole(register, selector), name).to.equal(
        expected.get(name) ?? RoleId.Admin,
      );
    }
  });

  it("does nothing rather than seem to do it where the linked views are missing", async () => {
    const { escrow, manager } = await networkHelpers.loadFixture(deploySystem);
    const libraries = { RegisterViews: "0x00000000000000000000000000000000000000C0" };
    const factory = await ethers.getContractFactory("DepositRegister", { libraries });
    const register = await factory.deploy(escrow, manager);
    for (const view of [register.rule(1n), register.required(1n), register.warnings(1n)]) {
      await expect(view).to.be.revertedWithoutReason(ethers);
    }
  });

  it("prints how long it waits", async () => {
    const { register } = await networkHelpers.loadFixture(deploySystem);
    expect(await register.LOOSENING_DELAY()).to.equal(30n * DAY);
    expect(await register.SURETY_NOTICE()).to.equal(30n * DAY);
    expect(await register.SURETY_MAX_TERM()).to.equal(3_650n * DAY);
    expect(await register.SURETY_BINDING()).to.equal(365n * DAY);
    expect(await register.OBJECTION_PERIOD()).to.equal(14n * DAY);
    expect(await register.MAX_OBJECTIONS()).to.equal(3n);
  });
});
