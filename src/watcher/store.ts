import type { RawLog } from "../contracts/events.js";
import { StoreSharedError } from "./errors.js";

/** A block that was read. */
export interface BlockRef {
  readonly number: number;
  readonly hash: string;
}

/** Something to tell, as it is kept: a log was found, or is gone because its block is. */
export interface KeptNotice {
  /** Counts from 1 without a gap, in the order of telling. */
  readonly sequence: number;
  readonly kind: "event" | "retracted";
  /** `chainId:blockHash:logIndex`. */
  readonly key: string;
  /** How often this log was told of, this time included: odd when it is there, even when it is gone. */
  readonly telling: number;
  readonly log: RawLog;
}

/** What one step of reading changes, kept whole or not at all. */
export interface Step {
  /** The last sequence before this step; who finds another one has company. */
  readonly after: number;
  /** Blocks above this one are gone. */
  readonly rollbackTo?: number;
  /** Blocks that were read, oldest first. */
  readonly blocks: readonly BlockRef[];
  readonly notices: readonly KeptNotice[];
  /** Blocks and notices of blocks below this one are needed no more, once every reader has had them. */
  readonly forgetBelow: number;
}

/** What a store knows when watching begins again. */
export interface Kept {
  /** Which subscription the store belongs to. */
  readonly identity: string;
  /** The last sequence. */
  readonly sequence: number;
  /** Blocks that were read, oldest first. The last one is where reading goes on. */
  readonly blocks: readonly BlockRef[];
  /** Notices of blocks not below the oldest of `blocks`, oldest first. */
  readonly notices: readonly KeptNotice[];
}

/**
 * Where the watcher keeps its place and what is still to be told. A notice is kept before it is told, and until every reader has
 * acknowledged it: what is killed in between is told again, the same and in the same order.
 */
export interface WatchStore {
  /** What was kept; `undefined` at the first start. */
  load(): Promise<Kept | undefined>;
  /** Begins a subscription whose first block to read follows `block`. */
  begin(identity: string, block: BlockRef): Promise<void>;
  /** @throws StoreSharedError if another process has written since. */
  commit(step: Step): Promise<void>;
  /** The oldest notices after a sequence, at most `limit`. */
  after(sequence: number, limit: number): Promise<KeptNotice[]>;
  /** Up to which sequence a reader has acknowledged. A reader never seen before begins with the oldest notice kept. */
  position(reader: string): Promise<number>;
  acknowledge(reader: string, sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** How often a reader has tried in vain to pass on the notice it is at. */
export interface Tries {
  /** Which notice; a reader that passes over it begins to count anew. */
  readonly sequence: number;
  readonly count: number;
  /** When it is tried again, in Unix milliseconds. */
  readonly nextAt: number;
  /** Why the last one failed. */
  readonly reason: string;
}

/** A notice that could not be passed on, set aside so that later ones can. */
export interface DeadLetter {
  readonly reader: string;
  readonly notice: KeptNotice;
  readonly tries: number;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly diedAt: number;
}

/** Where a reader stands. */
export interface ReaderState {
  readonly name: string;
  /** Up to which sequence it has acknowledged. */
  readonly sequence: number;
  /** Notices it has not acknowledged. */
  readonly waiting: number;
  readonly tries: Tries | undefined;
}

/** A store that also keeps what deliveries need. A reader's tries are those of its next notice: `acknowledge` ends them. */
export interface DeliveryStore extends WatchStore {
  tries(reader: string): Promise<Tries | undefined>;
  keepTries(reader: string, tries: Tries): Promise<void>;
  /** Sets a reader's next notice aside and acknowledges it, in one step. */
  bury(letter: DeadLetter): Promise<void>;
  /** Oldest first. */
  deadLetters(): Promise<DeadLetter[]>;
  countDeadLetters(): Promise<number>;
  /** Forgets a dead letter, because it was delivered after all. Answers whether it was there. */
  removeDeadLetter(reader: string, sequence: number): Promise<boolean>;
  readers(): Promise<ReaderState[]>;
  /** Forgets a reader, whose place otherwise keeps every later notice in the store. Its dead letters stay. */
  removeReader(reader: string): Promise<boolean>;
}

/** A store for as long as the process lives. */
export class MemoryStore implements DeliveryStore {
  #identity: string | undefined;
  #sequence = 0;
  #blocks: BlockRef[] = [];
  #notices: KeptNotice[] = [];
  readonly #readers = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();
  #deadLetters: DeadLetter[] = [];

  load(): Promise<Kept | undefined> {
    if (this.#identity === undefined) return Promise.resolve(undefined);
    const oldest = this.#blocks[0]?.number ?? 0;
    const notices = this.#notices.filter(({ log }) => log.blockNumber >= oldest);
    return Promise.resolve({ identity: this.#identity, sequence: this.#sequence, blocks: [...this.#blocks], notices });
  }

  begin(identity: string, block: BlockRef): Promise<void> {
    this.#identity = identity;
    this.#blocks = [block];
    return Promise.resolve();
  }

  commit({ after, rollbackTo, blocks, notices, forgetBelow }: Step): Promise<void> {
    if (after !== this.#sequence) return Promise.reject(new StoreSharedError());
    const kept = this.#blocks.filter(({ number }) => rollbackTo === undefined || number <= rollbackTo);
    this.#blocks = [...kept, ...blocks].filter(({ number }) => number >= forgetBelow);
    const read = this.#readers.size === 0 ? 0 : Math.min(...this.#readers.values());
    const needed = this.#notices.filter(({ sequence, log }) => sequence > read || log.blockNumber >= forgetBelow);
    this.#notices = [...needed, ...notices];
    this.#sequence += notices.length;
    return Promise.resolve();
  }

  after(sequence: number, limit: number): Promise<KeptNotice[]> {
    return Promise.resolve(this.#notices.filter((notice) => notice.sequence > sequence).slice(0, limit));
  }

  position(reader: string): Promise<number> {
    const position = this.#readers.get(reader) ?? (this.#notices[0]?.sequence ?? this.#sequence + 1) - 1;
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

  async bury(letter: DeadLetter): Promise<void> {
    this.#deadLetters.push(letter);
    await this.acknowledge(letter.reader, letter.notice.sequence);
  }

  deadLetters(): Promise<DeadLetter[]> {
    return Promise.resolve([...this.#deadLetters]);
  }

  countDeadLetters(): Promise<number> {
    return Promise.resolve(this.#deadLetters.length);
  }

  removeDeadLetter(reader: string, sequence: number): Promise<boolean> {
    const others = this.#deadLetters.filter((one) => one.reader !== reader || one.notice.sequence !== sequence);
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
