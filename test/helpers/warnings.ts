import { ZeroHash } from "ethers";
import type { ContractTransactionResponse } from "ethers";

import { WarningKind, WarningLevel } from "../../src/contracts/enums.js";
import type { WarningLevelName } from "../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";

/** The events of one transaction about warnings, in order: the event's name, then its arguments. */
export type Said = readonly (readonly [string, ...unknown[]])[];

/** What a transaction emits about warnings of one kind. */
export async function warningsIn(
  escrow: PrepaidEscrow,
  sent: Promise<ContractTransactionResponse>,
  kind: bigint,
): Promise<Said> {
  const receipt = await (await sent).wait();
  const said: [string, ...unknown[]][] = [];
  for (const log of receipt?.logs ?? []) {
    const event = escrow.interface.parseLog(log);
    if (event?.name.startsWith("Warning") === true && event.args.getValue("kind") === kind) {
      said.push([event.name, ...(event.args.toArray() as unknown[])]);
    }
  }
  return said;
}

/** What a transaction emits about the `OutstandingCap` warning. */
export async function capWarningsIn(escrow: PrepaidEscrow, sent: Promise<ContractTransactionResponse>): Promise<Said> {
  return await warningsIn(escrow, sent, WarningKind.OutstandingCap);
}

/** The event of a raised `OutstandingCap` warning. */
export function capRaised(level: WarningLevelName, merchantId: bigint, observed: bigint, limit: bigint): Said {
  return [["WarningRaised", merchantId, WarningKind.OutstandingCap, ZeroHash, observed, limit, WarningLevel[level]]];
}

/** The event of an `OutstandingCap` warning that ended. */
export function capCleared(merchantId: bigint): Said {
  return [["WarningCleared", merchantId, WarningKind.OutstandingCap]];
}

/** The level of a merchant's `OutstandingCap` warning as the view answers it; `undefined` when none is up. */
export async function capLevel(escrow: PrepaidEscrow, merchantId: bigint): Promise<WarningLevelName | undefined> {
  const standing = await escrow.warnings(merchantId);
  const [warning] = standing;
  if (warning === undefined) return undefined;
  if (standing.length !== 1 || warning.kind !== WarningKind.OutstandingCap) {
    throw new Error("Only the OutstandingCap warning was expected.");
  }
  return warning.level === WarningLevel.Warning ? "Warning" : "Notice";
}
