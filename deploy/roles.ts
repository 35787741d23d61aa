import type { IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

import { RoleId } from "../src/contracts/roles.js";
import type { SupervisionRole } from "../src/contracts/roles.js";

type Contract = Parameters<IgnitionModuleBuilder["call"]>[0];
type Argument = NonNullable<Parameters<IgnitionModuleBuilder["call"]>[2]>[number];

/** Grants the roles of supervision, without delay. Answers the calls, by role. */
export function grantRoles(m: IgnitionModuleBuilder, manager: Contract, holders: Record<SupervisionRole, Argument>) {
  const grant = (role: SupervisionRole) =>
    m.call(manager, "grantRole", [RoleId[role], holders[role], 0n], { id: `Grant${role}` });
  return { Regulator: grant("Regulator"), Association: grant("Association"), Reporter: grant("Reporter") };
}
