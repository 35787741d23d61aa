import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { BaseContract } from "ethers";

import type { System } from "./fixture.js";

/** The accounts a guarded function is tried with: everybody who takes part in the system. */
const people = [
  "admin",
  "regulator",
  "association",
  "reporter",
  "owner",
  "operator",
  "payout",
  "holder",
  "other",
  "payer",
  "relayer",
  "stranger",
] as const satisfies readonly (keyof System)[];

/** An account of the fixtures, by what it is. */
export type Person = (typeof people)[number];

/** Everybody who takes part, except those who may. */
export function everybodyBut(system: System, ...allowed: readonly Person[]): readonly HardhatEthersSigner[] {
  return people.filter((person) => !allowed.includes(person)).map((person) => system[person]);
}

/** Expects that `call` is refused with the custom error `name` of `contract`, with exactly these arguments. */
export async function expectRefusal(
  call: Promise<unknown>,
  contract: BaseContract,
  name: string,
  ...args: readonly unknown[]
): Promise<void> {
  const refusal = expect(call).to.be.revertedWithCustomError(contract, name);
  await (args.length === 0 ? refusal : refusal.withArgs(...args));
}

/** Expects that only the regulator gets past the guard of `call`. */
export async function expectRegulatorOnly(
  system: System,
  call: (caller: HardhatEthersSigner) => Promise<unknown>,
): Promise<void> {
  for (const caller of everybodyBut(system, "regulator")) {
    await expectRefusal(call(caller), system.escrow, "AccessManagedUnauthorized", caller.address);
  }
}

/** Expects that only the merchant's owner gets past the guard of `call`. */
export async function expectOwnerOnly(
  system: System,
  merchantId: bigint,
  call: (caller: HardhatEthersSigner) => Promise<unknown>,
): Promise<void> {
  for (const caller of everybodyBut(system, "owner")) {
    const args = [merchantId, caller.address, system.owner.address];
    await expectRefusal(call(caller), system.escrow, "MerchantOwnerOnly", ...args);
  }
}
