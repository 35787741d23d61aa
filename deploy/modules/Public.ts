import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { grantRoles } from "../roles.js";
import Register from "./Register.js";

/**
 * The escrow and the deposit register beside it for a public network, their roles granted to those who supervise.
 *
 * Parameters (addresses), all of them needed: `regulator`, `association` and `reporter` receive their roles.
 */
export default buildModule("Public", (m) => {
  const { escrow, register, manager } = m.useModule(Register);
  grantRoles(m, manager, {
    Regulator: m.getParameter<string>("regulator"),
    Association: m.getParameter<string>("association"),
    Reporter: m.getParameter<string>("reporter"),
  });
  return { escrow, register, manager };
});
