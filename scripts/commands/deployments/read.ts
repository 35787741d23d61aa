import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import type { Deployment } from "../../../src/contracts/deployments.js";

/** The names of our contracts in Ignition's files. */
const FUTURES = {
  escrow: "Escrow#PrepaidEscrow",
  register: "Register#DepositRegister",
  manager: "AccessManager#AccessManager",
} as const;

const addressesSchema = z.record(z.string(), z.string());
const confirmationSchema = z.object({
  type: z.literal("TRANSACTION_CONFIRM"),
  futureId: z.literal(FUTURES.escrow),
  receipt: z.object({ blockNumber: z.int(), status: z.literal("SUCCESS") }),
});

/**
 * Reads a deployment from Ignition's files.
 *
 * @param folder Such as `deploy/deployments/chain-31337`.
 * @returns `undefined` unless escrow and register are deployed there.
 */
export function readDeployment(folder: string): Deployment | undefined {
  const [file, journal] = ["deployed_addresses.json", "journal.jsonl"].map((name) => path.join(folder, name));
  if (file === undefined || journal === undefined || !existsSync(file) || !existsSync(journal)) return undefined;
  const addresses = addressesSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const [escrow, register, manager] = [FUTURES.escrow, FUTURES.register, FUTURES.manager].map((id) => addresses[id]);
  const deployBlock = readFileSync(journal, "utf8")
    .split("\n")
    .filter((line) => line.includes("TRANSACTION_CONFIRM"))
    .map((line) => confirmationSchema.safeParse(JSON.parse(line)).data?.receipt.blockNumber)
    .findLast((block) => block !== undefined);
  if (escrow === undefined || register === undefined || manager === undefined || deployBlock === undefined) {
    return undefined;
  }
  return { escrow, register, manager, deployBlock };
}

/**
 * Reads all deployments below a folder, by chain id.
 *
 * @param folder Such as `deploy/deployments`.
 */
export function readDeployments(folder: string): Map<bigint, Deployment> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const found = new Map<bigint, Deployment>();
  for (const name of names) {
    const [, chainId] = /^chain-(\d+)$/.exec(name) ?? [];
    const deployment = chainId === undefined ? undefined : readDeployment(path.join(folder, name));
    if (chainId !== undefined && deployment !== undefined) found.set(BigInt(chainId), deployment);
  }
  return found;
}
