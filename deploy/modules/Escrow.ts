import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { RoleId, supervisedFunctions } from "../../src/contracts/roles.js";
import { IPrepaidEscrow__factory } from "../../types/ethers-contracts/index.js";
import { silenceLibraryAbiWarnings } from "../quiet.js";
import AccessManager from "./AccessManager.js";

silenceLibraryAbiWarnings();

/** The libraries that work on the escrow's storage and are linked to it. */
export const linkedLibraries = [
  "ContractHolders",
  "Disputes",
  "EscrowViews",
  "Exposure",
  "MerchantRegistry",
  "Moves",
  "Passes",
  "SignedRequests",
  "Supervision",
] as const;

/** The escrow with its libraries, under the manager of `AccessManager.ts`, each role permitted its functions. */
export default buildModule("Escrow", (m) => {
  const { manager } = m.useModule(AccessManager);

  const libraries = Object.fromEntries(linkedLibraries.map((name) => [name, m.library(name)]));
  const escrow = m.contract("PrepaidEscrow", [manager], { libraries });

  const abi = IPrepaidEscrow__factory.createInterface();
  for (const role of ["Regulator", "Association", "Reporter"] as const) {
    const selectors = supervisedFunctions[role].map((name) => abi.getFunction(name).selector);
    if (selectors.length === 0) continue;
    m.call(manager, "setTargetFunctionRole", [escrow, selectors, RoleId[role]], { id: `Permit${role}` });
  }

  return { escrow, manager };
});
