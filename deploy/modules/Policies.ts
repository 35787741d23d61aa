import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { addPolicies, chosenPolicies } from "../policies.js";

/**
 * Adds the policies of presets to an escrow that exists.
 *
 * Parameters (addresses): `escrow`, and `token`, the token of all these policies. The presets' names and the token's
 * decimals stand in `deploy/parameters/policies.json`. The sender must be a regulator.
 */
export default buildModule("Policies", (m) => {
  const escrow = m.contractAt("PrepaidEscrow", m.getParameter<string>("escrow"));
  addPolicies(m, escrow, m.getParameter<string>("token"), chosenPolicies("Policies"));
  return { escrow };
});
