import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { RoleId } from "../../src/contracts/roles.js";

/**
 * Gives the administration of the roles from the deploying account to another, for good.
 *
 * Parameters (addresses): `manager`; `admin`, who receives the administration; `retiring`, the deploying account, named to
 * confirm. They must differ: who hands over to itself is left without an administrator, and the roles can never change again.
 */
export default buildModule("Handover", (m) => {
  const manager = m.contractAt("AccessManager", m.getParameter<string>("manager"));
  const granted = m.call(manager, "grantRole", [RoleId.Admin, m.getParameter<string>("admin"), 0n], {
    id: "GrantAdmin",
  });
  m.call(manager, "renounceRole", [RoleId.Admin, m.getParameter<string>("retiring")], {
    id: "RetireDeployer",
    after: [granted],
  });
  return { manager };
});
