import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { RoleId, roleLabels } from "../../src/contracts/roles.js";

/**
 * OpenZeppelin's `AccessManager` with the three roles of supervision labelled.
 *
 * Parameter `admin` (address) must be the account that deploys, for it names and grants the roles; hand it over
 * with `Handover.ts`.
 */
export default buildModule("AccessManager", (m) => {
  const manager = m.contract("AccessManager", [m.getParameter("admin", m.getAccount(0))]);
  for (const role of ["Regulator", "Association", "Reporter"] as const) {
    m.call(manager, "labelRole", [RoleId[role], roleLabels[role]], { id: `Label${role}` });
  }
  return { manager };
});
