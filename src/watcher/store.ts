import type { RawLog } from "../contracts/events.js";
import { StoreSharedError } from "./errors.js";

/** A block that was read. */
export interface BlockRef {
  readonly number: number;
  readonly hash: string;
}

/** A stored delivery: a log that was found, or the removal of one whose block is gone. */
export interface KeptChainEvent {
  /** Counts from 1 without a gap, in the order of delivery. */
  readonly sequence: number;
  readonly kind: "event" | "removed";
  /** `chainId:blockHash:logIndex`. */
  readonly key: string;
  /** How often this log was delivered, this time included: odd for the event, even for its removal. */
  readonly delivery: number;
  readonly log: RawLog;
}

/** The changes of one step of reading. A store keeps all of them or none. */
export interface WatchCommit {
  /** The last sequence before this step. A store that has another one was written by another process. */
  readonly after: number;
  /** The blocks above this one are no longer in the chain. */
  readonly rollbackTo?: number;
  /** Blocks that were read, oldest first. */
  readonly blocks: readonly BlockRef[];
  readonly chainEvents: readonly KeptChainEvent[];
  /** Blocks below this one are no longer needed, nor are their deliveries once every reader has acknowledged them. */
  readonly forgetBelow: number;
}

/** The content of a store at the start of watching. */
export interface StoredProgress {
  /** The subscription that the store belongs to. */
  readonly identity: string;
  /** The last sequence. */
  readonly sequence: number;
  /** Blocks that were read, oldest first. Reading continues after the last one. */
  readonly blocks: readonly BlockRef[];
  /** Deliveries of blocks not below the oldest of `blocks`, oldest first. */
  readonly chainEvents: readonly KeptChainEvent[];
}

/**
 * Keeps the position of the watcher and the deliveries. A delivery is stored before any reader gets it, and until every reader has
 * acknowledged it: after a crash, readers get the same deliveries again, in the same order.
 */
export interface WatchStore {
  /** The content; `undefined` at the first start. */
  load(): Promise<StoredProgress | undefined>;
  /** Begins a subscription whose first block to read follows `block`. */
  begin(identity: string, block: BlockRef): Promise<void>;
  /**
   * Stores one step.
   *
   * @throws StoreSharedError if another process has written since.
   */
  commit(step: WatchCommit): Promise<void>;
  /** The oldest deliveries after a sequence, at most `limit`. */
  after(sequence: number, limit: number): Promise<KeptChainEvent[]>;
  /** The last sequence that a reader has acknowledged. A new reader begins with the oldest delivery in the store. */
  position(reader: string): Promise<number>;
  /** Acknowledges every delivery up to a sequence. */
  acknowledge(reader: string, sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** The failed attempts of a reader to pass on its next delivery. */
export interface Tries {
  /** The delivery. The count begins anew with the next one. */
  readonly sequence: number;
  readonly count: number;
  /** Time of the next attempt, in Unix milliseconds. */
  readonly nextAt: number;
  /** Why the last attempt failed. */
  readonly reason: string;
}

/** A delivery that was given up, so that later ones can go on. */
export interface DeadLetter {
  readonly reader: string;
  readonly chainEvent: KeptChainEvent;
  readonly tries: number;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly diedAt: number;
}

/** The progress of a reader. */
export interface ReaderState {
  readonly name: string;
  /** The last sequence it has acknowledged. */
  readonly sequence: number;
  /** Number of deliveries it has not acknowledged. */
  readonly waiting: number;
  readonly tries: Tries | undefined;
}

/** A store for webhooks: it also keeps failed attempts and dead letters. `acknowledge` ends the attempts of a reader. */
export interface DeliveryStore extends WatchStore {
  tries(reader: string): Promise<Tries | undefined>;
  keepTries(reader: string, tries: Tries): Promise<void>;
  /** Makes a reader's next delivery a dead letter and acknowledges it, in one step. */
  deadLetter(letter: DeadLetter): Promise<void>;
  /** Oldest first. */
  deadLetters(): Promise<DeadLetter[]>;
  countDeadLetters(): Promise<number>;
  /** Forgets a dead letter, after a late delivery. Returns whether it was there. */
  removeDeadLetter(reader: string, sequence: number): Promise<boolean>;
  readers(): Promise<ReaderState[]>;
  /**
   * Forgets a reader; the position of a reader that never returns keeps every later delivery in the store. Its dead letters stay.
   * Returns whether the reader was there.
   */
  removeReader(reader: string): Promise<boolean>;
}

/** A store in memory: it ends with the process. */
export class MemoryStore implements DeliveryStore {
  #identity: string | undefined;
  #sequence = 0;
  #blocks: BlockRef[] = [];
  #chainEvents: KeptChainEvent[] = [];
  readonly #readers = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();
  #deadLetters: DeadLetter[] = [];

  load(): Promise<StoredProgress | undefined> {
    if (this.#identity === undefined) return Promise.resolve(undefined);
    const oldest = this.#blocks[0]?.number ?? 0;
    const chainEvents = this.#chainEvents.filter(({ log }) => log.blockNumber >= oldest);
    return Promise.resolve({
      identity: this.#identity,
      sequence: this.#sequence,
      blocks: [...this.#blocks],
      chainEvents,
    });
  }

  begin(identity: string, block: BlockRef): Promise<void> {
    this.#identity = identity;
    this.#blocks = [block];
    return Promise.resolve();
  }

  commit({ after, rollbackTo, blocks, chainEvents, forgetBelow }: WatchCommit): Promise<void> {
    if (after !== this.#sequence) return Promise.reject(new StoreSharedError());
    const kept = this.#blocks.filter(({ number }) => rollbackTo === undefined || number <= rollbackTo);
    this.#blocks = [...kept, ...blocks].filter(({ number }) => number >= forgetBelow);
    const read = this.#readers.size === 0 ? 0 : Math.min(...this.#readers.values());
    const needed = this.#chainEvents.filter(({ sequence, log }) => sequence > read || log.blockNumber >= forgetBelow);
    this.#chainEvents = [...needed, ...chainEvents];
    this.#sequence += chainEvents.length;
    return Promise.resolve();
  }

  after(sequence: number, limit: number): Promise<KeptChainEvent[]> {
    return Promise.resolve(this.#chainEvents.filter((chainEvent) => chainEvent.sequence > sequence).slice(0, limit));
  }

  position(reader: string): Promise<number> {
    const position = this.#readers.get(reader) ?? (this.#chainEvents[0]?.sequence ?? this.#sequence + 1) - 1;
    this.#readers.set(reader, position);
    return Promise.resolve(position);
  }

  acknowledge(reader: string, sequence: number): Promise<void> {
    this.#readers.set(reader, sequence);
    this.#tries.delete(reader);
    return Promise.resolve();
  }

  tries(reader: string): Promise<Tries | undefined> {
    return Promise.resolve(this.#tries.get(reader));
  }

  keepTries(reader: string, tries: Tries): Promise<void> {
    this.#tries.set(reader, tries);
    return Promise.resolve();
  }

  async deadLetter(letter: DeadLetter): Promise<void> {
    this.#deadLetters.push(letter);
    await this.acknowledge(letter.reader, letter.chainEvent.sequence);
  }

  deadLetters(): Promise<DeadLetter[]> {
    return Promise.resolve([...this.#deadLetters]);
  }

  countDeadLetters(): Promise<number> {
    return Promise.resolve(this.#deadLetters.length);
  }

  removeDeadLetter(reader: string, sequence: number): Promise<boolean> {
    const others = this.#deadLetters.filter((one) => one.reader !== reader || one.chainEvent.sequence !== sequence);
    const removed = others.length < this.#deadLetters.length;
    this.#deadLetters = others;
    return Promise.resolve(removed);
  }

  readers(): Promise<ReaderState[]> {
    const states = [...this.#readers].map(([name, sequence]) => {
      return { name, sequence, waiting: this.#sequence - sequence, tries: this.#tries.get(name) };
    });
    return Promise.resolve(states.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  removeReader(reader: string): Promise<boolean> {
    this.#tries.delete(reader);
    return Promise.resolve(this.#readers.delete(reader));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
