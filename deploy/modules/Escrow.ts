import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { RoleId, regulatorFunctions } from "../../src/roles.js";
import { IPrepaidEscrow__factory } from "../../types/ethers-contracts/index.js";
import { silenceLibraryAbiWarnings } from "../quiet.js";
import AccessManager from "./AccessManager.js";

silenceLibraryAbiWarnings();

/** The libraries that work on the escrow's storage and are linked to it. */
const linkedLibraries = [
  "ContractHolders",
  "EscrowViews",
  "MerchantRegistry",
  "Passes",
  "SignedRequests",
  "Supervision",
] as const;

/** The escrow with its libraries, under the manager of `AccessManager.ts`, its supervision given to the regulator. */
export default buildModule("Escrow", (m) => {
  const { manager } = m.useModule(AccessManager);

  const libraries = Object.fromEntries(linkedLibraries.map((name) => [name, m.library(name)]));
  const escrow = m.contract("PrepaidEscrow", [manager], { libraries });

  const abi = IPrepaidEscrow__factory.createInterface();
  const selectors = regulatorFunctions.map((name) => abi.getFunction(name).selector);
  m.call(manager, "setTargetFunctionRole", [escrow, selectors, RoleId.Regulator], { id: "PermitRegulator" });

  return { escrow, manager };
});
