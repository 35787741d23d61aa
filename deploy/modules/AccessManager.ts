import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { RoleId, roleLabels } from "../../src/roles.js";

/**
 * OpenZeppelin's `AccessManager` with the three roles of supervision, labelled and granted.
 *
 * Parameters (addresses): `admin` must be the account that deploys, for it names and grants the roles; hand it over
 * with `Handover.ts`. `regulator`, `association` and `reporter` receive their roles. Without parameters the accounts of
 * the network's configuration are taken in this order, which is what a local network wants.
 */
export default buildModule("AccessManager", (m) => {
  const admin = m.getParameter("admin", m.getAccount(0));
  const holders = {
    Regulator: m.getParameter("regulator", m.getAccount(1)),
    Association: m.getParameter("association", m.getAccount(2)),
    Reporter: m.getParameter("reporter", m.getAccount(3)),
  } as const;

  const manager = m.contract("AccessManager", [admin]);

  for (const role of ["Regulator", "Association", "Reporter"] as const) {
    const id = RoleId[role];
    const label = m.call(manager, "labelRole", [id, roleLabels[role]], { id: `Label${role}` });
    m.call(manager, "grantRole", [id, holders[role], 0n], { id: `Grant${role}`, after: [label] });
  }
  return { manager };
});
