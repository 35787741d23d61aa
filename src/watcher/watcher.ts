import { ZeroHash, isError } from "ethers";

import { topicOf } from "../contracts/events.js";
import { TransientFault, reasonOf } from "../utils/faults.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { AdaptiveRange } from "../utils/range.js";
import { backoff, pause } from "../utils/waiting.js";
import { ContractMissingError, ReorgTooDeepError, StoreMismatchError, WatchError } from "./errors.js";
import { headerAt, askThreeTimes } from "./firstRequests.js";
import { DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, checkOptions } from "./options.js";
import type { WatchOptions } from "./options.js";
import { ReadChain } from "./readChain.js";
import { RangeRefused, Rpc } from "./rpc.js";
import type { Header } from "./rpc.js";
import { MemoryStore } from "./store.js";
import type { BlockRef, StoredProgress, WatchStore } from "./store.js";

/** Number of blocks near the head that are read at once. */
const LIVE_BLOCKS = 32;
/** Number of headers that are requested at once after a reorganisation. */
const SEARCHED_BLOCKS = 16;
/** Number of searches in a row without a known block after which the node's chain counts as another one. */
const LOST_TIMES = 3;

/** The progress of watching. */
export interface WatchStatus {
  readonly chainId: bigint;
  /** The node's newest block. */
  readonly head: number;
  /** The last block that was read. */
  readonly position: number;
  /** Number of confirmed blocks that are not read yet. */
  readonly lag: number;
  /** Time of the last block read, in Unix seconds; 0 before the first. */
  readonly positionTime: number;
  /** Time of the last read without a fault, in Unix milliseconds; 0 before the first. */
  readonly lastReadAt: number;
  /** The fault that is being tried again. */
  readonly fault: string | undefined;
  /** Number of the last event or removal. */
  readonly sequence: number;
  /** Number of blocks in one request of history. */
  readonly range: number;
  /** Requests to the node since the start, and those of them that failed. */
  readonly requests: number;
  readonly failures: number;
  /** Reorganisations undone since the start, and events removed by them. */
  readonly reorgs: number;
  readonly removals: number;
}

/**
 * Reads the chain, block after block, into a store. Most programs use {@link watchEvents}; this class is for programs that read the
 * store elsewhere.
 */
export class Watcher {
  readonly #chainId: bigint;
  readonly #rpc: Rpc;
  readonly #chain: ReadChain;
  readonly #options: WatchOptions;
  readonly #confirmations: number;
  readonly #window: number;
  readonly #range: AdaptiveRange;
  readonly #live = new AdaptiveRange(LIVE_BLOCKS);
  #head = 0;
  #positionTime = 0;
  #lastReadAt = 0;
  #fault: string | undefined;
  #faults = 0;
  #lost = 0;
  #reorgs = 0;
  #removals = 0;

  private constructor(chainId: bigint, rpc: Rpc, store: WatchStore, options: WatchOptions, kept: StoredProgress) {
    this.#chainId = chainId;
    this.#rpc = rpc;
    this.#options = options;
    this.#confirmations = options.confirmations ?? (chainId === 31337n ? 0 : 12);
    this.#window = options.window ?? 256;
    this.#range = new AdaptiveRange(options.maxRange ?? 10_000);
    this.#chain = new ReadChain(store, chainId, kept, this.#window);
  }

  /**
   * Checks the node, the contracts and the store, and continues at the store's position.
   *
   * @throws WatchedNodeUnreachableError if the node does not answer.
   * @throws ContractMissingError if there is no contract at an address.
   * @throws StoreMismatchError if the store belongs to another subscription.
   * @throws StoreFailedError if the store cannot be used.
   * @throws InvalidInputError if an option is out of its bounds.
   */
  static async open(options: WatchOptions): Promise<Watcher> {
    const addresses = checkOptions(options);
    const topics = (options.events ?? []).map(topicOf);
    const rpc = new Rpc(options.provider, { addresses, topics }, options.timeout ?? DEFAULT_TIMEOUT, options.signal);
    const store = options.store ?? new MemoryStore();
    const chainId = await askThreeTimes(() => rpc.chainId(), options);
    for (const address of addresses) {
      const there = await askThreeTimes(() => rpc.hasCode(address, "latest"), options);
      if (!there) throw new ContractMissingError(address, chainId);
    }
    const identity = identityOf(addresses, chainId, options);
    const kept = (await store.load()) ?? (await begin(store, identity, rpc, options));
    if (kept.identity !== identity) throw new StoreMismatchError(kept.identity, identity);
    return new Watcher(chainId, rpc, store, options, kept);
  }

  get status(): WatchStatus {
    const position = this.#chain.position.number;
    return {
      chainId: this.#chainId,
      head: this.#head,
      position,
      lag: Math.max(0, this.#head - this.#confirmations - position),
      positionTime: this.#positionTime,
      lastReadAt: this.#lastReadAt,
      fault: this.#fault,
      sequence: this.#chain.sequence,
      range: this.#range.size,
      requests: this.#rpc.requests,
      failures: this.#rpc.failures,
      reorgs: this.#reorgs,
      removals: this.#removals,
    };
  }

  /**
   * Reads the next blocks; waits if there are none, or if the node fails.
   *
   * @throws WatchError (a subclass) if trying again would not help.
   * @throws RangeError if the contract is newer than this package.
   */
  async step(): Promise<void> {
    const { signal, pollInterval = DEFAULT_POLL_INTERVAL, longestWait = 30_000 } = this.#options;
    let wait = 0;
    try {
      if (!(await this.#read())) wait = pollInterval;
      this.#lastReadAt = Date.now();
      this.#faults = 0;
      this.#setFault(undefined);
    } catch (error) {
      if (isFinal(error)) throw error;
      if (signal?.aborted === true) return;
      if (error instanceof RangeRefused && this.#range.refused(error.blocks)) return;
      this.#live.refused(this.#live.size);
      this.#faults += 1;
      this.#setFault(reasonOf(error instanceof RangeRefused ? error.reason : error));
      wait = backoff(this.#faults, Math.min(pollInterval, longestWait), longestWait);
    }
    if (wait > 0) await pause(wait, signal);
  }

  #setFault(reason: string | undefined): void {
    if (this.#fault === reason) return;
    this.#fault = reason;
    this.#options.onFault?.(reason);
  }

  /** Reads the next blocks. Returns whether anything changed. */
  async #read(): Promise<boolean> {
    // Several nodes of different heights may share one address: a lower head is no sign of a shorter chain.
    this.#head = await this.#rpc.blockNumber();
    const target = this.#head - this.#confirmations;
    const { position } = this.#chain;
    if (target <= position.number) return await this.#checkForReorg(target);
    const history = target - this.#window;
    return position.number < history
      ? await this.#readHistory(position, history)
      : await this.#readLive(position, target);
  }

  /** Without a new block: checks that the blocks read before are still in the chain. */
  async #checkForReorg(target: number): Promise<boolean> {
    const anchors = this.#chain.anchors();
    const anchor = anchors.find(({ number }) => number <= target);
    if (anchor === undefined) {
      // Just after the start, the first block may still lack its confirmations.
      if (this.#head >= this.#chain.position.number) return false;
      const oldest = anchors.at(-1)?.number ?? 0;
      throw new TransientFault(
        `the node's newest block is ${this.#head}, below all that were read from block ${oldest} on`,
      );
    }
    const header = await this.#rpc.header(anchor.number);
    if (header === undefined || header.hash === anchor.hash) return false;
    await this.#rollBack();
    return true;
  }

  /** Reads blocks that are too old to change, many at once. */
  async #readHistory(position: BlockRef, history: number): Promise<boolean> {
    const from = position.number + 1;
    const to = Math.min(position.number + this.#range.size, history);
    const [before, end, logs] = await Promise.all([
      this.#rpc.header(position.number),
      this.#rpc.header(to),
      this.#rpc.logsBetween(from, to),
    ]);
    if (before === undefined || end === undefined) throw new TransientFault(`the node lags: it has no block ${to} yet`);
    if (before.hash !== position.hash) {
      await this.#rollBack();
      return true;
    }
    if (logs.some((log) => log.blockNumber === to && log.blockHash !== end.hash)) {
      throw new TransientFault(`the node answered logs of another block than ${to}`);
    }
    this.#range.answered();
    await this.#chain.append([end], logs);
    this.#positionTime = end.timestamp;
    return true;
  }

  /** Reads blocks near the head one by one; each must name the one before as its parent. */
  async #readLive(position: BlockRef, target: number): Promise<boolean> {
    const headers = await this.#headersAfter(position, target);
    if (headers.length === 0) {
      await this.#rollBack();
      return true;
    }
    const holding = headers.filter((header) => this.#rpc.mayHoldLogs(header));
    const logs = await Promise.all(holding.map((header) => this.#rpc.logsOf(header)));
    this.#live.answered();
    await this.#chain.append(headers, logs.flat());
    this.#positionTime = headers.at(-1)?.timestamp ?? this.#positionTime;
    return true;
  }

  /**
   * The headers after a block, as far as they follow each other. None if the first has another parent: the chain has changed.
   *
   * @throws TransientFault if the node does not have the next block.
   */
  async #headersAfter(position: BlockRef, target: number): Promise<Header[]> {
    const count = Math.min(target - position.number, this.#live.size);
    const numbers = Array.from({ length: count }, (_, i) => position.number + 1 + i);
    const headers: Header[] = [];
    let parent = position.hash;
    for (const header of await Promise.all(numbers.map((number) => this.#rpc.header(number)))) {
      if (header === undefined && headers.length === 0) {
        throw new TransientFault(`the node lags: it has no block ${position.number + 1} yet`);
      }
      // Headers that do not follow each other come from two nodes, or from before and after a reorganisation: the next step reads
      // them again. Simulated chains set the parent of blocks mined in bulk to zero, which proves nothing.
      if (header === undefined || ![parent, ZeroHash].includes(header.parentHash)) break;
      headers.push(header);
      parent = header.hash;
    }
    return headers;
  }

  /** After a reorganisation: goes back to the newest block that is still in the chain, and marks the events of later ones as removed. */
  async #rollBack(): Promise<void> {
    const removed = await this.#chain.rollBack(await this.#commonAncestor());
    this.#reorgs += 1;
    this.#removals += removed;
  }

  /**
   * The newest known block that is in the chain, with proof that a later one is not.
   *
   * @throws ReorgTooDeepError if three searches in a row found none.
   * @throws TransientFault if the node's answers prove nothing.
   */
  async #commonAncestor(): Promise<BlockRef> {
    if ((await this.#rpc.chainId()) !== this.#chainId) throw new TransientFault("the node is one of another chain");
    const anchors = this.#chain.anchors();
    let replaced = false;
    for (let i = 0; i < anchors.length; i += SEARCHED_BLOCKS) {
      const some = anchors.slice(i, i + SEARCHED_BLOCKS);
      const headers = await Promise.all(some.map(({ number }) => this.#rpc.header(number)));
      for (const [j, anchor] of some.entries()) {
        const hash = headers[j]?.hash;
        if (hash === anchor.hash) {
          this.#lost = 0;
          // A block that a lagging node lacks is not proved to be gone.
          if (!replaced) throw new TransientFault("the node answered one thing, then another, about the same blocks");
          return anchor;
        }
        if (hash !== undefined) replaced = true;
      }
    }
    this.#lost += 1;
    const oldest = anchors.at(-1)?.number ?? 0;
    if (replaced && this.#lost >= LOST_TIMES) throw new ReorgTooDeepError(oldest);
    throw new TransientFault(`the node has none of the blocks from ${oldest} on that were read`);
  }
}

/** Names a subscription: a store serves one. */
function identityOf(addresses: readonly string[], chainId: bigint, { events }: WatchOptions): string {
  const chosen = events === undefined ? "" : ` (${[...events].sort().join(", ")})`;
  return `${[...addresses].sort().join(" and ")} on chain ${chainId}${chosen}`;
}

/**
 * Begins a subscription in an empty store.
 *
 * @throws InvalidInputError if the chain does not have the block to begin after.
 */
async function begin(store: WatchStore, identity: string, rpc: Rpc, options: WatchOptions): Promise<StoredProgress> {
  // Reading begins after this block. The genesis block holds no logs, so nothing is lost when it is the one.
  const number = Math.max(0, options.fromBlock - 1);
  const header = await askThreeTimes(() => headerAt(rpc, number), options);
  if (header === undefined) {
    throw new InvalidInputError("fromBlock", options.fromBlock, "blocks the chain has", "begin with an earlier one");
  }
  const first = { number, hash: header.hash };
  await store.begin(identity, first);
  return { identity, sequence: 0, blocks: [first], chainEvents: [] };
}

/**
 * Whether trying again cannot help. A `RangeError` of decoding means an enumeration with a new member: the contract is newer than
 * this package. But a log that was cut off in transit, also a `RangeError`, is read again.
 */
function isFinal(error: unknown): boolean {
  if (error instanceof WatchError) return true;
  return error instanceof RangeError && !isError(error, "BUFFER_OVERRUN");
}
