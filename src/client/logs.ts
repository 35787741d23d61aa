import type { RawLog } from "../contracts/events.js";
import { AdaptiveRange } from "../utils/range.js";
import type { ProviderLike } from "./ethersLike.js";
import { rpcCall, isUnreachable } from "./rpc.js";

/** The progress of reading old logs. */
export interface ScanProgress {
  /** The last block read. */
  readonly block: number;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** Options for reading old logs. */
export interface ScanOptions {
  /** Largest number of blocks in one request. Smaller requests are made if the node refuses. Default: 10 000. */
  readonly chunk?: number;
  /** Called after every request. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** The logs to read; blocks and topics as in `eth_getLogs`. */
export interface ScanFilter {
  readonly address: string;
  readonly topics: (string | string[] | null)[];
  readonly fromBlock: number;
}

const CHUNK = 10_000;

/**
 * Reads the logs from a block up to the newest, in chunks of blocks. A chunk that the node refuses is halved, and later chunks grow
 * again.
 *
 * @throws NodeUnreachableError if the node does not answer.
 * @throws The node's own error if it refuses a single block.
 */
export async function scanLogs(
  provider: ProviderLike,
  filter: ScanFilter,
  options: ScanOptions = {},
): Promise<RawLog[]> {
  const found: RawLog[] = [];
  for await (const logs of chunksOf(provider, filter, options)) for (const log of logs) found.push(log);
  return found;
}

/** Reads as {@link scanLogs} does, and yields the logs of each chunk: the oldest chunk first, or the newest with `backwards`. */
export async function* chunksOf(
  provider: ProviderLike,
  filter: ScanFilter,
  { chunk = CHUNK, onProgress }: ScanOptions,
  backwards = false,
): AsyncGenerator<RawLog[]> {
  const { fromBlock } = filter;
  const toBlock = await rpcCall(() => provider.getBlockNumber());
  const range = new AdaptiveRange(chunk);
  for (let read = 0; read <= toBlock - fromBlock;) {
    const length = Math.min(range.size, toBlock - fromBlock + 1 - read);
    const first = backwards ? toBlock - read - length + 1 : fromBlock + read;
    const last = first + length - 1;
    let logs: RawLog[];
    try {
      logs = await rpcCall(() => provider.getLogs({ ...filter, fromBlock: first, toBlock: last }));
    } catch (error) {
      if (isUnreachable(error) || !range.refused(length)) throw error;
      continue;
    }
    range.answered();
    read += length;
    onProgress?.({ block: backwards ? first : last, fromBlock, toBlock });
    yield logs;
  }
}
