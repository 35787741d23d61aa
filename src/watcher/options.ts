import { getAddress } from "ethers";

import type { EscrowEventName } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { RpcProvider } from "./rpc.js";
import type { WatchStore } from "./store.js";

/** What to watch, and how. */
export interface WatchOptions {
  readonly provider: RpcProvider;
  /** Addresses of the escrow and, where there is one, the deposit register. */
  readonly contracts: { readonly escrow?: string; readonly register?: string };
  /** The first block to read, best the block of the deployment (`findDeployBlock`). Ignored once the store has a position. */
  readonly fromBlock: number;
  /** The events to read. Default: every event of the contracts. */
  readonly events?: readonly EscrowEventName[];
  /** Number of blocks that must follow a block before it is read. Default: 12, on a development chain (31337) 0. */
  readonly confirmations?: number;
  /** Keeps the position and the undelivered events. Default: in memory. */
  readonly store?: WatchStore;
  /** Name of this reader; each reader of a store has its own position. Default: `default`. */
  readonly reader?: string;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  /** Number of blocks below the last one read in which a reorganisation can be undone. Default: 256. */
  readonly window?: number;
  /** Largest number of blocks in one request of history. Default: 10 000. */
  readonly maxRange?: number;
  /** Delay between two requests for new blocks, in milliseconds. Default: 2 000. */
  readonly pollInterval?: number;
  /** Longest delay between attempts while the node fails, in milliseconds. Default: 30 000. */
  readonly longestWait?: number;
  /** Time limit of one request to the node, in milliseconds. Default: 20 000. */
  readonly timeout?: number;
  /** Called with the reason when a fault begins that is tried again, and with `undefined` when it has passed. */
  readonly onFault?: (reason: string | undefined) => void;
}

export const DEFAULT_TIMEOUT = 20_000;
export const DEFAULT_POLL_INTERVAL = 2_000;

/**
 * Checks the options that can be checked without a node.
 *
 * @returns The addresses to watch, checksummed.
 * @throws InvalidInputError if an option is out of its bounds.
 */
export function checkOptions(options: WatchOptions): readonly string[] {
  for (const [field, least] of [
    ["fromBlock", 0],
    ["confirmations", 0],
    ["window", 1],
    ["maxRange", 1],
  ] as const) {
    const value: number | undefined = options[field];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
      throw new InvalidInputError(field, value, `whole numbers from ${least}`, `change ${field}`);
    }
  }
  const addresses = Object.values(options.contracts).map(checkAddress);
  if (addresses.length === 0) {
    throw new InvalidInputError("contracts", "empty", "an escrow, a register or both", "name one");
  }
  return addresses;
}

/**
 * @returns The address, checksummed.
 * @throws InvalidInputError if it is none.
 */
export function checkAddress(address: string): string {
  try {
    return getAddress(address);
  } catch {
    throw new InvalidInputError("address", address, "addresses of 20 bytes, with a right checksum", "copy it again");
  }
}
