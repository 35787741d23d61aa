import type { IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import { ZeroAddress } from "ethers";
import { z } from "zod";

import { findPreset, policyFromPreset } from "../src/presets/presets.js";
import chosen from "./parameters/policies.json" with { type: "json" };

const choiceSchema = z.strictObject({ tokenDecimals: z.int().min(0).max(18), presets: z.array(z.string()) });

type Contract = Parameters<IgnitionModuleBuilder["call"]>[0];
type CallOptions = NonNullable<Parameters<IgnitionModuleBuilder["call"]>[3]>;
type Argument = NonNullable<Parameters<IgnitionModuleBuilder["call"]>[2]>[number];

/** Which presets a module adds, and the decimals of the token they are under. */
export type PolicyChoice = Readonly<z.infer<typeof choiceSchema>>;

/**
 * What `deploy/parameters/policies.json` chooses for a module. Presets decide which calls a module consists of, so they must
 * be known when it is built, which Ignition's own parameters are not.
 */
export function chosenPolicies(module: keyof typeof chosen): PolicyChoice {
  return choiceSchema.parse(chosen[module]);
}

/**
 * Adds the policies of the chosen presets to an escrow, one after the other, so that their ids follow the list.
 *
 * @param m Builder of the module.
 * @param escrow The escrow.
 * @param token The token of the policies; its decimals must be those of the choice.
 * @param choice See {@link chosenPolicies}.
 * @param options `from`: an account with the regulator's role, if it is not the sender of the deployment; `after`: what must
 * be done before the first.
 */
export function addPolicies(
  m: IgnitionModuleBuilder,
  escrow: Contract,
  token: Argument,
  choice: PolicyChoice,
  options: Pick<CallOptions, "from" | "after"> = {},
): void {
  let previous: ReturnType<typeof m.call> | undefined;
  for (const name of choice.presets) {
    const policy = { ...policyFromPreset(findPreset(name), ZeroAddress, choice.tokenDecimals), token };
    const after = previous === undefined ? (options.after ?? []) : [previous];
    previous = m.call(escrow, "addPolicy", [policy], {
      ...options,
      id: `AddPolicy_${name.replace(/[^A-Za-z0-9]+/g, "_")}`,
      after,
    });
  }
}
