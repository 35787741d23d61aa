import { topicOf } from "../../src/contracts/events.js";
import type { Site } from "./site.js";

/** Block and index of every warning, oldest first, asked of the chain itself. */
export async function warningsOnChain(site: Site): Promise<string[]> {
  const { provider } = site.stage.connection;
  const topics = [[topicOf("WarningRaised"), topicOf("WarningCleared")]];
  const params = [{ fromBlock: "0x0", toBlock: "latest", topics }];
  const logs = (await provider.request({ method: "eth_getLogs", params })) as {
    blockNumber: string;
    logIndex: string;
  }[];
  return logs.map(({ blockNumber, logIndex }) => `${Number(blockNumber)}:${Number(logIndex)}`);
}

/** A day as date fields take it, so many after the chain's own today. */
export async function dayOnChain(site: Site, days: number): Promise<string> {
  const params = ["latest", false];
  const block: unknown = await site.stage.connection.provider.request({ method: "eth_getBlockByNumber", params });
  const now = Number((block as { readonly timestamp: string }).timestamp);
  return new Date((now + days * 86_400) * 1_000).toISOString().slice(0, 10);
}

/** Where the contracts are. */
export function contracts(site: Site): { readonly escrow: string; readonly register: string } {
  const { deployments } = site.stage.settings as {
    readonly deployments: readonly { readonly escrow: string; readonly register: string }[];
  };
  const [deployment] = deployments;
  if (deployment === undefined) throw new RangeError("The stage has no deployment.");
  const { escrow, register } = deployment;
  return { escrow, register };
}
