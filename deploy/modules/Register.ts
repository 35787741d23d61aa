import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

import { RoleId, supervisedRegisterFunctions } from "../../src/contracts/roles.js";
import { IDepositRegister__factory } from "../../types/ethers-contracts/index.js";
import { silenceLibraryAbiWarnings } from "../quiet.js";
import Escrow from "./Escrow.js";

silenceLibraryAbiWarnings();

type Contract = Parameters<IgnitionModuleBuilder["call"]>[0];

/** Deploys a deposit register beside an escrow, under the escrow's manager, each role permitted its functions. */
export function addRegister(m: IgnitionModuleBuilder, escrow: Contract, manager: Contract) {
  const libraries = { RegisterViews: m.library("RegisterViews") };
  const register = m.contract("DepositRegister", [escrow, manager], { libraries });
  const abi = IDepositRegister__factory.createInterface();
  for (const role of ["Regulator", "Association", "Reporter"] as const) {
    const selectors = supervisedRegisterFunctions[role].map((name) => abi.getFunction(name).selector);
    m.call(manager, "setTargetFunctionRole", [register, selectors, RoleId[role]], { id: `Permit${role}InRegister` });
  }
  return register;
}

/** The deposit register beside the escrow of `Escrow.ts`. It asks for no parameters. */
export default buildModule("Register", (m) => {
  const { escrow, manager } = m.useModule(Escrow);
  return { register: addRegister(m, escrow, manager), escrow, manager };
});
