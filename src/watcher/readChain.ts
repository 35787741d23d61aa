import { decodeEvent } from "../contracts/events.js";
import type { RawLog } from "../contracts/events.js";
import type { Header } from "./rpc.js";
import type { BlockRef, StoredProgress, KeptChainEvent, WatchStore } from "./store.js";

/** A log that was delivered, and how often: an odd number if it counts as part of the chain, an even one if it was removed. */
interface DeliveredLog {
  readonly log: RawLog;
  readonly delivery: number;
}

/**
 * The part of the chain that was read: its last blocks, and the events in them. Every change is committed to the store first, so
 * that this copy never runs ahead of it.
 */
export class ReadChain {
  /** The last blocks that were read, oldest first; never empty. */
  #blocks: readonly BlockRef[];
  /** Logs of these blocks, by key. */
  readonly #logs: Map<string, DeliveredLog>;
  #sequence: number;

  /**
   * @param kept The content of the store.
   * @param window Number of blocks below the last one that are remembered.
   */
  constructor(
    private readonly store: WatchStore,
    private readonly chainId: bigint,
    kept: StoredProgress,
    private readonly window: number,
  ) {
    this.#blocks = [...kept.blocks];
    this.#logs = new Map(kept.chainEvents.map(({ key, log, delivery }) => [key, { log, delivery }]));
    this.#sequence = kept.sequence;
  }

  /** Number of the last event or removal. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The last block that was read. */
  get position(): BlockRef {
    const last = this.#blocks.at(-1);
    if (last === undefined) throw new Error("A store keeps one block at least.");
    return last;
  }

  /** Blocks whose hash is known, newest first: those that were read, and those of the events between them. */
  anchors(): BlockRef[] {
    const anchors = new Map<number, BlockRef>();
    for (const { log, delivery } of this.#logs.values()) {
      if (isPresent(delivery)) anchors.set(log.blockNumber, { number: log.blockNumber, hash: log.blockHash });
    }
    for (const block of this.#blocks) anchors.set(block.number, block);
    return [...anchors.values()].sort((a, b) => b.number - a.number);
  }

  /**
   * Adds blocks that follow the last one.
   *
   * @param logs Their logs, in order. Logs that this package cannot decode (of the role manager, for instance) are left out.
   */
  async append(headers: readonly Header[], logs: readonly RawLog[]): Promise<void> {
    const chainEvents = logs
      .filter((log) => decodeEvent(log) !== undefined)
      .map((log, i) => {
        const key = `${this.chainId}:${log.blockHash}:${log.index}`;
        const delivery = (this.#logs.get(key)?.delivery ?? 0) + 1;
        return { sequence: this.#sequence + 1 + i, kind: "event", key, delivery, log } as const;
      });
    const blocks = headers.map(({ number, hash }) => ({ number, hash }));
    await this.#commit([...this.#blocks, ...blocks], { blocks, chainEvents });
  }

  /**
   * Removes the blocks above an ancestor and marks their events as removed, newest first.
   *
   * @returns How many events were removed.
   */
  async rollBack(ancestor: BlockRef): Promise<number> {
    const gone = [...this.#logs.entries()]
      .filter(([, { log, delivery }]) => log.blockNumber > ancestor.number && isPresent(delivery))
      .sort(([, { log: a }], [, { log: b }]) => b.blockNumber - a.blockNumber || b.index - a.index);
    const chainEvents = gone.map(([key, { log, delivery }], i) => {
      return { sequence: this.#sequence + 1 + i, kind: "removed", key, delivery: delivery + 1, log } as const;
    });
    const kept = this.#blocks.filter(({ number }) => number <= ancestor.number);
    // An ancestor that is known from an event alone is not among the blocks.
    const blocks = kept.at(-1)?.number === ancestor.number ? [] : [ancestor];
    await this.#commit([...kept, ...blocks], { rollbackTo: ancestor.number, blocks, chainEvents });
    return chainEvents.length;
  }

  async #commit(
    blocks: readonly BlockRef[],
    step: {
      readonly rollbackTo?: number;
      readonly blocks: readonly BlockRef[];
      readonly chainEvents: readonly KeptChainEvent[];
    },
  ): Promise<void> {
    // History is read in long strides, so one block below the window stays.
    const edge = (blocks.at(-1)?.number ?? 0) - this.window;
    const forgetBelow = blocks.findLast(({ number }) => number <= edge)?.number ?? 0;
    await this.store.commit({ after: this.#sequence, ...step, forgetBelow });
    this.#blocks = blocks.filter(({ number }) => number >= forgetBelow);
    this.#sequence += step.chainEvents.length;
    for (const { key, log, delivery } of step.chainEvents) this.#logs.set(key, { log, delivery });
    for (const [key, { log }] of this.#logs) if (log.blockNumber < forgetBelow) this.#logs.delete(key);
  }
}

/** Whether the last delivery of a log was the event, not its removal. */
function isPresent(delivery: number): boolean {
  return delivery % 2 === 1;
}
