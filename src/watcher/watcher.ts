import { ZeroHash, getAddress, isError } from "ethers";

import { decodeEvent, topicOf } from "../contracts/events.js";
import type { EscrowEvent, EscrowEventName, RawLog } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import {
  ContractMissingError,
  WatchedNodeUnreachableError,
  ReorgTooDeepError,
  StoreMismatchError,
  WatchError,
} from "./errors.js";
import { PassingFault, reasonOf } from "../utils/faults.js";
import { AdaptiveRange } from "../utils/range.js";
import { RangeRefused, Rpc } from "./rpc.js";
import type { Header, RpcProvider } from "./rpc.js";
import { MemoryStore } from "./store.js";
import type { BlockRef, KeptNotice, WatchStore } from "./store.js";
import { backoff, pause } from "../utils/waiting.js";

/** How many blocks near the head are read at once. */
const LIVE_BLOCKS = 32;
/** How many headers are asked for at once when the chain has changed. */
const SEARCHED_BLOCKS = 16;
/** How many times in a row no remembered block may be found until the chain counts as another one. */
const LOST_TIMES = 3;

/** What to watch, and how. */
export interface WatchOptions {
  readonly provider: RpcProvider;
  /** The escrow and, where there is one, the deposit register. */
  readonly contracts: { readonly escrow?: string; readonly register?: string };
  /** The first block to read, best the one the contracts were deployed in: {@link findDeployBlock}. Counts at the first start only. */
  readonly fromBlock: number;
  /** Only these events; every event of the contracts if left out. */
  readonly events?: readonly EscrowEventName[];
  /** How many blocks must lie on top of a block before it is read. Default: 12, on a development chain (31337) 0. */
  readonly confirmations?: number;
  /** Where to keep the place and what is to be told. Default: in memory. */
  readonly store?: WatchStore;
  /** Who reads; each reader of a store has its own place. Default: `default`. */
  readonly reader?: string;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  /** How many blocks below the last one read are remembered, so that a change of the chain is undone. Default: 256. */
  readonly window?: number;
  /** The most blocks to ask for at once, in history. Default: 10 000. */
  readonly maxRange?: number;
  /** How long to wait for new blocks, in milliseconds. Default: 2 000. */
  readonly pollInterval?: number;
  /** The longest wait between attempts while the node fails, in milliseconds. Default: 30 000. */
  readonly longestWait?: number;
  /** How long to wait for an answer of the node, in milliseconds. Default: 20 000. */
  readonly timeout?: number;
  /** Told of a fault that is tried again, and with `undefined` when it has passed. */
  readonly onFault?: (reason: string | undefined) => void;
}

/** Something that happened, or turned out not to have. */
export interface Notice {
  /** Counts from 1 without a gap, in the order of telling; the same when it is told again. */
  readonly sequence: number;
  /** `event`: it is in the chain. `retracted`: its block is not in the chain any more. */
  readonly kind: "event" | "retracted";
  /** The idempotency key: `chainId:blockHash:logIndex`, of the event and of its retraction alike. */
  readonly key: string;
  /**
   * The idempotency key of this telling: the key itself, and `key:2` for the retraction. Should a chain come back to a block
   * it had left, the event is told again as `key:3`.
   */
  readonly id: string;
  readonly event: EscrowEvent;
}

/** How watching goes. */
export interface WatchStatus {
  readonly chainId: bigint;
  /** The newest block the node has told of. */
  readonly head: number;
  /** The last block that was read. */
  readonly position: number;
  /** Blocks that have their confirmations and were not read yet. */
  readonly lag: number;
  /** Unix time of the last block read, 0 before the first. */
  readonly positionTime: number;
  /** When the node was last read without a fault, in milliseconds; 0 before the first time. */
  readonly lastReadAt: number;
  /** The fault that is being tried again. */
  readonly fault: string | undefined;
  /** The last sequence. */
  readonly sequence: number;
  /** Blocks asked for at once in history. */
  readonly range: number;
  readonly requests: number;
  readonly failures: number;
  /** Changes of the chain undone since the start, and events taken back by them. */
  readonly reorgs: number;
  readonly retractions: number;
}

/**
 * Reads the chain, block after block, into a store. {@link watchEvents} is the way to use it; this class is for those who read the
 * store elsewhere.
 */
export class Watcher {
  readonly #chainId: bigint;
  readonly #rpc: Rpc;
  readonly #store: WatchStore;
  readonly #options: WatchOptions;
  readonly #confirmations: number;
  readonly #window: number;
  readonly #range: AdaptiveRange;
  readonly #live = new AdaptiveRange(LIVE_BLOCKS);
  /** Blocks that are remembered, oldest first. */
  #blocks: BlockRef[];
  /** Logs of remembered blocks and how often each was told of. */
  readonly #told: Map<string, { readonly log: RawLog; readonly telling: number }>;
  #sequence: number;
  #head = 0;
  #positionTime = 0;
  #lastReadAt = 0;
  #fault: string | undefined;
  #faults = 0;
  #lost = 0;
  #reorgs = 0;
  #retractions = 0;

  private constructor(
    chainId: bigint,
    rpc: Rpc,
    store: WatchStore,
    options: WatchOptions,
    blocks: readonly BlockRef[],
    notices: readonly KeptNotice[],
    sequence: number,
  ) {
    this.#chainId = chainId;
    this.#rpc = rpc;
    this.#store = store;
    this.#options = options;
    this.#confirmations = options.confirmations ?? (chainId === 31337n ? 0 : 12);
    this.#window = options.window ?? 256;
    this.#range = new AdaptiveRange(options.maxRange ?? 10_000);
    this.#blocks = [...blocks];
    this.#told = new Map(notices.map(({ key, log, telling }) => [key, { log, telling }]));
    this.#sequence = sequence;
  }

  /**
   * Looks at the node, the contracts and the store, and takes up where the store stands.
   *
   * @throws WatchedNodeUnreachableError if the node does not answer, ContractMissingError, StoreMismatchError, StoreFailedError.
   * @throws InvalidInputError if an option is out of its bounds.
   */
  static async open(options: WatchOptions): Promise<Watcher> {
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
    const addresses = Object.values(options.contracts).map(checked);
    if (addresses.length === 0) {
      throw new InvalidInputError("contracts", "empty", "an escrow, a register or both", "name one");
    }
    const topics = (options.events ?? []).map(topicOf);
    const rpc = new Rpc(options.provider, { addresses, topics }, options.timeout ?? 20_000, options.signal);
    const store = options.store ?? new MemoryStore();

    const chainId = await reach(() => rpc.chainId(), options);
    for (const address of addresses) {
      const there = await reach(() => rpc.hasCode(address, "latest"), options);
      if (!there) throw new ContractMissingError(address, chainId);
    }
    const what = options.events === undefined ? "" : ` (${[...options.events].sort().join(", ")})`;
    const identity = `${[...addresses].sort().join(" and ")} on chain ${chainId}${what}`;
    let kept = await store.load();
    if (kept === undefined) {
      // The genesis block holds no logs, so it can always be the one to begin after.
      const number = Math.max(0, options.fromBlock - 1);
      const header = await reach(() => existing(rpc, number), options);
      if (header === undefined) {
        throw new InvalidInputError(
          "fromBlock",
          options.fromBlock,
          "blocks the chain has",
          "begin with an earlier one",
        );
      }
      const first = { number, hash: header.hash };
      await store.begin(identity, first);
      kept = { identity, sequence: 0, blocks: [first], notices: [] };
    }
    if (kept.identity !== identity) throw new StoreMismatchError(kept.identity, identity);
    return new Watcher(chainId, rpc, store, options, kept.blocks, kept.notices, kept.sequence);
  }

  get status(): WatchStatus {
    const position = this.#position.number;
    return {
      chainId: this.#chainId,
      head: this.#head,
      position,
      lag: Math.max(0, this.#head - this.#confirmations - position),
      positionTime: this.#positionTime,
      lastReadAt: this.#lastReadAt,
      fault: this.#fault,
      sequence: this.#sequence,
      range: this.#range.size,
      requests: this.#rpc.requests,
      failures: this.#rpc.failures,
      reorgs: this.#reorgs,
      retractions: this.#retractions,
    };
  }

  /**
   * Reads what there is to read next, and waits if there is nothing or if the node fails.
   *
   * @throws WatchError when trying again would not help.
   */
  async step(): Promise<void> {
    const { signal, pollInterval = 2_000, longestWait = 30_000, onFault } = this.#options;
    let wait = 0;
    try {
      if (!(await this.#read())) wait = pollInterval;
      this.#lastReadAt = Date.now();
      this.#faults = 0;
      if (this.#fault !== undefined) {
        this.#fault = undefined;
        onFault?.(undefined);
      }
    } catch (error) {
      // An enumeration that has grown will not shrink: the contract is newer than this package. A log that was cut off is another matter.
      const outgrown = error instanceof RangeError && !isError(error, "BUFFER_OVERRUN");
      if (error instanceof WatchError || outgrown) throw error;
      if (signal?.aborted === true) return;
      if (error instanceof RangeRefused && this.#range.refused(error.blocks)) return;
      this.#live.refused(this.#live.size);
      this.#faults += 1;
      const reason = reasonOf(error instanceof RangeRefused ? error.reason : error);
      if (this.#fault !== reason) {
        this.#fault = reason;
        onFault?.(reason);
      }
      wait = backoff(this.#faults, Math.min(pollInterval, longestWait), longestWait);
    }
    if (wait > 0) await pause(wait, signal);
  }

  /** The last block that was read. */
  get #position(): BlockRef {
    const last = this.#blocks.at(-1);
    if (last === undefined) throw new Error("A store keeps one block at least.");
    return last;
  }

  /** Reads on. Answers whether there was anything to read. */
  async #read(): Promise<boolean> {
    // Behind one address there may be nodes of different heights; the chain does not shrink because one of them lags.
    this.#head = await this.#rpc.blockNumber();
    const target = this.#head - this.#confirmations;
    const position = this.#position;
    if (target <= position.number) return await this.#lookBack(target);
    const history = target - this.#window;
    return position.number < history
      ? await this.#readHistory(position, history)
      : await this.#readLive(position, target);
  }

  /** Nothing new: whether what was read is still in the chain. */
  async #lookBack(target: number): Promise<boolean> {
    const anchors = this.#anchors();
    const anchor = anchors.find(({ number }) => number <= target);
    if (anchor === undefined) {
      // At the beginning it is the confirmations that are waited for.
      if (this.#head >= this.#position.number) return false;
      const oldest = anchors.at(-1)?.number ?? 0;
      throw new PassingFault(
        `the node's newest block is ${this.#head}, below all that were read from block ${oldest} on`,
      );
    }
    const header = await this.#rpc.header(anchor.number);
    if (header === undefined || header.hash === anchor.hash) return false;
    await this.#rollBack();
    return true;
  }

  /** Blocks so old that they do not change: many at once. */
  async #readHistory(position: BlockRef, history: number): Promise<boolean> {
    const from = position.number + 1;
    const to = Math.min(position.number + this.#range.size, history);
    const [before, end, logs] = await Promise.all([
      this.#rpc.header(position.number),
      this.#rpc.header(to),
      this.#rpc.logsBetween(from, to),
    ]);
    if (before === undefined || end === undefined) throw new PassingFault(`the node lags: it has no block ${to} yet`);
    if (before.hash !== position.hash) {
      await this.#rollBack();
      return true;
    }
    if (logs.some((log) => log.blockNumber === to && log.blockHash !== end.hash)) {
      throw new PassingFault(`the node answered logs of another block than ${to}`);
    }
    this.#range.answered();
    await this.#keep([end], logs);
    return true;
  }

  /** Blocks near the head: each by its header, which must hang on the one before. */
  async #readLive(position: BlockRef, target: number): Promise<boolean> {
    const count = Math.min(target - position.number, this.#live.size);
    const numbers = Array.from({ length: count }, (_, i) => position.number + 1 + i);
    const headers: Header[] = [];
    let parent = position.hash;
    for (const header of await Promise.all(numbers.map((number) => this.#rpc.header(number)))) {
      // What does not hang together comes from two nodes, or from a moment of change: the next step looks again.
      // Simulated chains leave the parent of blocks mined in bulk at zero, which says nothing.
      if (header === undefined || ![parent, ZeroHash].includes(header.parentHash)) {
        if (headers.length > 0) break;
        if (header === undefined) throw new PassingFault(`the node lags: it has no block ${position.number + 1} yet`);
        await this.#rollBack();
        return true;
      }
      headers.push(header);
      parent = header.hash;
    }
    const holding = headers.filter((header) => this.#rpc.mayHoldLogs(header));
    const logs = await Promise.all(holding.map((header) => this.#rpc.logsOf(header)));
    this.#live.answered();
    await this.#keep(headers, logs.flat());
    return true;
  }

  /** Keeps blocks that follow those before, and what is to be told of them. */
  async #keep(headers: readonly Header[], logs: readonly RawLog[]): Promise<void> {
    // What the package does not know (a role manager's change) is not told of.
    const notices = logs
      .filter((log) => decodeEvent(log) !== undefined)
      .map((log, i) => {
        const key = `${this.#chainId}:${log.blockHash}:${log.index}`;
        const telling = (this.#told.get(key)?.telling ?? 0) + 1;
        return { sequence: this.#sequence + 1 + i, kind: "event", key, telling, log } as const;
      });
    const blocks = headers.map(({ number, hash }) => ({ number, hash }));
    await this.#commit([...this.#blocks, ...blocks], { blocks, notices });
    this.#positionTime = headers.at(-1)?.timestamp ?? this.#positionTime;
  }

  /** The chain has changed: goes back to the newest block that is still in it, and takes back what was told of later ones. */
  async #rollBack(): Promise<void> {
    const ancestor = await this.#commonAncestor();
    const gone = [...this.#told.entries()]
      .filter(([, { log, telling }]) => log.blockNumber > ancestor.number && telling % 2 === 1)
      .sort(([, { log: a }], [, { log: b }]) => b.blockNumber - a.blockNumber || b.index - a.index);
    const notices = gone.map(([key, { log, telling }], i) => {
      return { sequence: this.#sequence + 1 + i, kind: "retracted", key, telling: telling + 1, log } as const;
    });
    const kept = this.#blocks.filter(({ number }) => number <= ancestor.number);
    // The ancestor may be known from an event only.
    const blocks = kept.at(-1)?.number === ancestor.number ? [] : [ancestor];
    await this.#commit([...kept, ...blocks], { rollbackTo: ancestor.number, blocks, notices });
    this.#reorgs += 1;
    this.#retractions += notices.length;
  }

  /** The newest remembered block that is in the chain, when a later one is proved not to be. */
  async #commonAncestor(): Promise<BlockRef> {
    if ((await this.#rpc.chainId()) !== this.#chainId) throw new PassingFault("the node is one of another chain");
    const anchors = this.#anchors();
    let replaced = false;
    for (let i = 0; i < anchors.length; i += SEARCHED_BLOCKS) {
      const some = anchors.slice(i, i + SEARCHED_BLOCKS);
      const headers = await Promise.all(some.map(({ number }) => this.#rpc.header(number)));
      for (const [j, anchor] of some.entries()) {
        const hash = headers[j]?.hash;
        if (hash === anchor.hash) {
          this.#lost = 0;
          // A node that merely lags has no say about blocks it does not have.
          if (!replaced) throw new PassingFault("the node answered one thing, then another, about the same blocks");
          return anchor;
        }
        if (hash !== undefined) replaced = true;
      }
    }
    this.#lost += 1;
    const oldest = anchors.at(-1)?.number ?? 0;
    if (replaced && this.#lost >= LOST_TIMES) throw new ReorgTooDeepError(oldest);
    throw new PassingFault(`the node has none of the blocks from ${oldest} on that were read`);
  }

  /** Blocks whose hash is known, newest first: those that were read, and those of events between. */
  #anchors(): BlockRef[] {
    const anchors = new Map<number, BlockRef>();
    for (const { log, telling } of this.#told.values()) {
      if (telling % 2 === 1) anchors.set(log.blockNumber, { number: log.blockNumber, hash: log.blockHash });
    }
    for (const block of this.#blocks) anchors.set(block.number, block);
    return [...anchors.values()].sort((a, b) => b.number - a.number);
  }

  async #commit(
    blocks: readonly BlockRef[],
    step: {
      readonly rollbackTo?: number;
      readonly blocks: readonly BlockRef[];
      readonly notices: readonly KeptNotice[];
    },
  ): Promise<void> {
    // One block below the window stays: history is read in long strides.
    const edge = (blocks.at(-1)?.number ?? 0) - this.#window;
    const forgetBelow = blocks.findLast(({ number }) => number <= edge)?.number ?? 0;
    await this.#store.commit({ after: this.#sequence, ...step, forgetBelow });
    this.#blocks = blocks.filter(({ number }) => number >= forgetBelow);
    this.#sequence += step.notices.length;
    for (const { key, log, telling } of step.notices) this.#told.set(key, { log, telling });
    for (const [key, { log }] of this.#told) if (log.blockNumber < forgetBelow) this.#told.delete(key);
  }
}

/**
 * Every event of the escrow and the deposit register from a block on, history and new ones alike, in the order of the chain; and
 * when the chain changes, the retraction of those that are gone. A notice counts as taken when the next one is asked for: what the
 * process was busy with when it was killed is told again, with the same `id`, if the store outlives the process.
 *
 * ```ts
 * for await (const { id, kind, event } of watchEvents({ provider, contracts: { escrow }, fromBlock, signal })) { ... }
 * ```
 *
 * @throws WatchError (a subclass) when trying again would not help: see {@link Watcher.open} and {@link Watcher.step}.
 */
export async function* watchEvents(options: WatchOptions): AsyncGenerator<Notice, void, undefined> {
  const { signal, reader = "default" } = options;
  const stopped = (): boolean => signal?.aborted === true;
  const store = options.store ?? new MemoryStore();
  if (stopped()) return;
  const watcher = await Watcher.open({ ...options, store });
  let position = await store.position(reader);
  while (!stopped()) {
    for (const kept of await store.after(position, 100)) {
      yield noticeOf(kept);
      position = kept.sequence;
      await store.acknowledge(reader, position);
      if (stopped()) return;
    }
    if (watcher.status.sequence === position) await watcher.step();
  }
}

/**
 * What is told of a notice that was kept.
 *
 * @throws RangeError if the contract is newer than this package.
 */
export function noticeOf({ sequence, kind, key, telling, log }: KeptNotice): Notice {
  const event = decodeEvent(log);
  if (event === undefined) throw new RangeError(`Notice ${sequence} is of an event that this package does not know.`);
  return { sequence, kind, key, id: telling === 1 ? key : `${key}:${telling}`, event };
}

/**
 * The block a contract was deployed in, found by halving; about 25 requests.
 *
 * @throws ContractMissingError if there is none.
 * @throws WatchError if the node has forgotten the state of old blocks, as most do that are no archive.
 */
export async function findDeployBlock(provider: RpcProvider, contract: string): Promise<number> {
  const address = checked(contract);
  const rpc = new Rpc(provider, { addresses: [address], topics: [] }, 20_000);
  const chainId = await reach(() => rpc.chainId(), {});
  const head = await reach(() => rpc.blockNumber(), {});
  if (!(await reach(() => rpc.hasCode(address, "latest"), {}))) throw new ContractMissingError(address, chainId);
  let [without, within] = [-1, head];
  while (within - without > 1) {
    const middle = Math.floor((without + within) / 2);
    try {
      if (await rpc.hasCode(address, middle)) within = middle;
      else without = middle;
    } catch (error) {
      throw new WatchError(
        `The node does not tell since when ${address} exists (${reasonOf(error)}). Next: name the first block to read.`,
      );
    }
  }
  return within;
}

function checked(address: string): string {
  try {
    return getAddress(address);
  } catch {
    throw new InvalidInputError("address", address, "addresses of 20 bytes, with a right checksum", "copy it again");
  }
}

/** A block; `undefined` if the chain does not have it. A node that does not have it either, though it knows of later ones, is at fault. */
async function existing(rpc: Rpc, number: number): Promise<Header | undefined> {
  const header = await rpc.header(number);
  if (header !== undefined) return header;
  const head = await rpc.blockNumber();
  if (head < number) return undefined;
  throw new PassingFault(`the node does not have block ${number}, though its newest is ${head}`);
}

/** The first questions to a node: asked three times, then given up. */
async function reach<T>(
  question: () => Promise<T>,
  { signal, pollInterval = 2_000 }: Partial<WatchOptions>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await question();
    } catch (error) {
      if (attempts === 3) throw new WatchedNodeUnreachableError(reasonOf(error));
      await pause(backoff(attempts, Math.min(500, pollInterval), 2_000), signal);
    }
  }
}
