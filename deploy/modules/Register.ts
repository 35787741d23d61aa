import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

import { RoleId } from "../../src/roles.js";
import type { SupervisionRole } from "../../src/roles.js";
import { IDepositRegister__factory } from "../../types/ethers-contracts/index.js";
import type { IDepositRegister } from "../../types/ethers-contracts/index.js";
import Escrow from "./Escrow.js";

type RegisterFunction = Parameters<IDepositRegister["interface"]["getFunction"]>[0];
type Contract = Parameters<IgnitionModuleBuilder["call"]>[0];

/**
 * The deposit register's functions that only the holders of a role may call. `reportOutstanding` is open to the merchant's
 * owner as well, `objectToClaims` to the owner and the surety.
 */
export const supervisedRegisterFunctions = {
  Regulator: ["setRule", "objectToClaims"],
  Association: ["publishClaims"],
  Reporter: ["reportOutstanding"],
} as const satisfies Record<SupervisionRole, readonly RegisterFunction[]>;

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

/** The deposit register beside the escrow of `Escrow.ts`. */
export default buildModule("Register", (m) => {
  const { escrow, manager } = m.useModule(Escrow);
  return { register: addRegister(m, escrow, manager), escrow, manager };
});
