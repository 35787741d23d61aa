import type { RawLog } from "../contracts/events.js";
import { AdaptiveRange } from "../utils/range.js";
import type { ProviderLike } from "./ethersLike.js";
import { rpcCall, isUnreachable } from "./rpc.js";

/** How far a reading of old events is. */
export interface ScanProgress {
  /** The last block read. */
  readonly block: number;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** How old events are read. */
export interface ScanOptions {
  /** Blocks asked for at once; fewer where the node refuses as many. 10 000 unless told otherwise. */
  readonly chunk?: number;
  /** Told after every chunk. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** What is asked of a node; blocks and topics as in `eth_getLogs`. */
export interface ScanFilter {
  readonly address: string;
  readonly topics: (string | string[] | null)[];
  readonly fromBlock: number;
}

const CHUNK = 10_000;

/**
 * Logs from a block on up to the last, read in chunks; one that the node refuses for its length is asked for in halves, and later ones
 * are longer again.
 *
 * @throws NodeUnreachableError, and what the node says to a single block.
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

/** The logs of chunk after chunk, the oldest first, or the newest where it is read `backwards`. */
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
