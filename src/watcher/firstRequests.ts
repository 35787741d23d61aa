import { TransientFault, reasonOf } from "../utils/faults.js";
import { backoff, pause } from "../utils/waiting.js";
import { ContractMissingError, WatchError, WatchedNodeUnreachableError } from "./errors.js";
import { DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, checkAddress } from "./options.js";
import type { WatchOptions } from "./options.js";
import { Rpc } from "./rpc.js";
import type { Header, RpcProvider } from "./rpc.js";

/* Requests before watching begins. Later ones are repeated until they succeed; these are given up after three attempts. */

const ATTEMPTS = 3;

/**
 * Sends a request, at most three times.
 *
 * @throws WatchedNodeUnreachableError if every attempt failed.
 */
export async function askThreeTimes<T>(
  request: () => Promise<T>,
  { signal, pollInterval = DEFAULT_POLL_INTERVAL }: Pick<WatchOptions, "signal" | "pollInterval"> = {},
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempts === ATTEMPTS) throw new WatchedNodeUnreachableError(reasonOf(error));
      await pause(backoff(attempts, Math.min(500, pollInterval), 2_000), signal);
    }
  }
}

/**
 * The header of a block; `undefined` if the chain is not that long.
 *
 * @throws TransientFault if the node lacks the block although it has later ones.
 */
export async function headerAt(rpc: Rpc, number: number): Promise<Header | undefined> {
  const header = await rpc.header(number);
  if (header !== undefined) return header;
  const head = await rpc.blockNumber();
  if (head < number) return undefined;
  throw new TransientFault(`the node does not have block ${number}, though its newest is ${head}`);
}

/**
 * The block a contract was deployed in. A binary search: about 25 requests.
 *
 * @throws ContractMissingError if there is no contract at the address.
 * @throws WatchedNodeUnreachableError if the node does not answer.
 * @throws WatchError if the node no longer has the state of old blocks: most nodes that are no archive nodes do not.
 * @throws InvalidInputError if `contract` is no address.
 */
export async function findDeployBlock(provider: RpcProvider, contract: string): Promise<number> {
  const address = checkAddress(contract);
  const rpc = new Rpc(provider, { addresses: [address], topics: [] }, DEFAULT_TIMEOUT);
  const chainId = await askThreeTimes(() => rpc.chainId());
  const head = await askThreeTimes(() => rpc.blockNumber());
  if (!(await askThreeTimes(() => rpc.hasCode(address, "latest")))) throw new ContractMissingError(address, chainId);
  let [without, within] = [-1, head];
  while (within - without > 1) {
    const middle = Math.floor((without + within) / 2);
    if (await hadCode(rpc, address, middle)) within = middle;
    else without = middle;
  }
  return within;
}

async function hadCode(rpc: Rpc, address: string, block: number): Promise<boolean> {
  try {
    return await rpc.hasCode(address, block);
  } catch (error) {
    throw new WatchError(
      `The block in which ${address} was deployed cannot be found: the node gives no state of old blocks ` +
        `(${reasonOf(error)}). Next: name the first block to read.`,
    );
  }
}
