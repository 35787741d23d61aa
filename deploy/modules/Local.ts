import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { addPolicies, chosenPolicies } from "../policies.js";
import Escrow from "./Escrow.js";

/**
 * Everything a local network needs: the escrow, its manager, a token that anyone can mint, and policies under it.
 *
 * The roles fall to the network's accounts: 0 administrator, 1 regulator, 2 association, 3 reporter.
 */
export default buildModule("Local", (m) => {
  const { escrow, manager } = m.useModule(Escrow);
  const token = m.contract("TestToken");
  addPolicies(m, escrow, token, chosenPolicies("Local"), { from: m.getAccount(1) });
  return { escrow, manager, token };
});
