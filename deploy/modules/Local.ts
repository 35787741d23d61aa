import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { addPolicies, chosenPolicies } from "../policies.js";
import { grantRoles } from "../roles.js";
import Register from "./Register.js";

/**
 * Everything a local network needs: the escrow, the deposit register beside it, their manager, a token that anyone can mint, and policies under it.
 *
 * The roles fall to the network's accounts: 0 administrator, 1 regulator, 2 association, 3 reporter.
 */
export default buildModule("Local", (m) => {
  const { escrow, register, manager } = m.useModule(Register);
  const roles = { Regulator: m.getAccount(1), Association: m.getAccount(2), Reporter: m.getAccount(3) };
  const granted = grantRoles(m, manager, roles);
  const token = m.contract("TestToken");
  addPolicies(m, escrow, token, chosenPolicies("Local"), { from: m.getAccount(1), after: [granted.Regulator] });
  return { escrow, register, manager, token };
});
