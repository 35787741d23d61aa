import { topicOf } from "../../src/events.js";
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
