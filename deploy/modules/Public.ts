import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { grantRoles } from "../roles.js";
import Escrow from "./Escrow.js";

/**
 * The escrow for a public network, its roles granted to those who supervise.
 *
 * Parameters (addresses), all of them needed: `regulator`, `association` and `reporter` receive their roles.
 */
export default buildModule("Public", (m) => {
  const { escrow, manager } = m.useModule(Escrow);
  grantRoles(m, manager, {
    Regulator: m.getParameter<string>("regulator"),
    Association: m.getParameter<string>("association"),
    Reporter: m.getParameter<string>("reporter"),
  });
  return { escrow, manager };
});
