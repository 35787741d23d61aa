import type { DatabaseSync, SQLInputValue } from "node:sqlite";

import { adviceFor, inTransaction, openSqlite } from "./sqlite.js";
import { StoreFailedError, StoreSharedError, WatchError } from "../watcher/errors.js";
import { reasonOf } from "../utils/faults.js";
import { deadLetterOf, chainEventOfRow, readerStateOf } from "./watchRows.js";
import type { DeadLetterRow, ChainEventRow, ReaderRow } from "./watchRows.js";
import type {
  BlockRef,
  DeadLetter,
  DeliveryStore,
  StoredProgress,
  KeptChainEvent,
  ReaderState,
  WatchCommit,
  Tries,
} from "../watcher/store.js";

const SCHEMA_VERSION = 2;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscription (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, delivery INTEGER NOT NULL, block INTEGER NOT NULL, log TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_block ON events (block);
  CREATE TABLE IF NOT EXISTS readers (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
`;

/** Tables of deliveries, which the second version added. */
const DELIVERIES = `
  CREATE TABLE tries (reader TEXT PRIMARY KEY, sequence INTEGER NOT NULL, count INTEGER NOT NULL, next_at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
  CREATE TABLE dead_letters (
    reader TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, delivery INTEGER NOT NULL, log TEXT NOT NULL,
    tries INTEGER NOT NULL, reason TEXT NOT NULL, died_at INTEGER NOT NULL, PRIMARY KEY (reader, sequence)
  ) STRICT;
`;

/**
 * Opens a store in one file, for one process. A crash or a loss of power at any moment loses no committed step.
 *
 * @param file The file, created if it is missing.
 * @throws StoreFailedError if the file cannot be used.
 */
export async function openSqliteStore(file: string): Promise<SqliteStore> {
  const schema = { version: SCHEMA_VERSION, from: (version: number) => `${SCHEMA} ${version < 2 ? DELIVERIES : ""}` };
  return new SqliteStore(file, await guarded(file, () => openSqlite(file, schema)));
}

/** See {@link openSqliteStore}. */
export class SqliteStore implements DeliveryStore {
  constructor(
    readonly file: string,
    readonly database: DatabaseSync,
  ) {}

  async load(): Promise<StoredProgress | undefined> {
    return await guarded(this.file, () => {
      const subscription = this.database.prepare("SELECT identity, sequence FROM subscription").get() as
        { identity: string; sequence: number } | undefined;
      if (subscription === undefined) return undefined;
      // Rows of SQLite have no prototype; callers get plain objects.
      const blocks = (this.#all("SELECT number, hash FROM blocks ORDER BY number") as BlockRef[]).map((row) => ({
        ...row,
      }));
      const chainEvents = this.#chainEvents("WHERE block >= (SELECT min(number) FROM blocks) ORDER BY sequence");
      return { identity: subscription.identity, sequence: subscription.sequence, blocks, chainEvents };
    });
  }

  async begin(identity: string, { number, hash }: BlockRef): Promise<void> {
    await this.#transaction(() => {
      this.#run("INSERT INTO subscription VALUES (1, ?, 0)", identity);
      this.#run("INSERT INTO blocks VALUES (?, ?)", number, hash);
    });
  }

  async commit({ after, rollbackTo, blocks, chainEvents, forgetBelow }: WatchCommit): Promise<void> {
    await this.#transaction(() => {
      const changed = this.#run(
        "UPDATE subscription SET sequence = ? WHERE sequence = ?",
        after + chainEvents.length,
        after,
      );
      if (changed !== 1) throw new StoreSharedError();
      if (rollbackTo !== undefined) this.#run("DELETE FROM blocks WHERE number > ?", rollbackTo);
      // If the block is in the table already, another process has written it.
      const insertBlock = this.database.prepare("INSERT INTO blocks VALUES (?, ?) ON CONFLICT DO NOTHING");
      for (const { number, hash } of blocks) {
        if (insertBlock.run(number, hash).changes !== 1) throw new StoreSharedError();
      }
      const insertEvent = this.database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
      for (const { sequence, kind, key, delivery, log } of chainEvents) {
        insertEvent.run(sequence, kind, key, delivery, log.blockNumber, JSON.stringify(log));
      }
      this.#run("DELETE FROM blocks WHERE number < ?", forgetBelow);
      // `+ 0` makes the query use the index of sequences. By the index of blocks, each step would read every row kept for a reader that lags.
      this.#run(
        "DELETE FROM events WHERE block + 0 < ? AND sequence <= (SELECT coalesce(min(sequence), 0) FROM readers)",
        forgetBelow,
      );
    });
  }

  async after(sequence: number, limit: number): Promise<KeptChainEvent[]> {
    return await guarded(this.file, () =>
      this.#chainEvents("WHERE sequence > ? ORDER BY sequence LIMIT ?", sequence, limit),
    );
  }

  async position(reader: string): Promise<number> {
    return await this.#transaction(() => {
      // Without stored deliveries, the reader begins with the next one.
      this.#run(
        `INSERT INTO readers SELECT ?, coalesce(
           (SELECT min(sequence) FROM events), (SELECT max(sequence) + 1 FROM subscription), 1) - 1
         WHERE true ON CONFLICT DO NOTHING`,
        reader,
      );
      const row = this.database.prepare("SELECT sequence FROM readers WHERE name = ?").get(reader);
      return (row as unknown as { sequence: number }).sequence;
    });
  }

  async acknowledge(reader: string, sequence: number): Promise<void> {
    await this.#transaction(() => {
      this.#acknowledge(reader, sequence);
    });
  }

  async tries(reader: string): Promise<Tries | undefined> {
    return await guarded(this.file, () => {
      const [row] = this.#all(
        "SELECT sequence, count, next_at AS nextAt, reason FROM tries WHERE reader = ?",
        reader,
      ) as Tries[];
      return row === undefined ? undefined : { ...row };
    });
  }

  async keepTries(reader: string, { sequence, count, nextAt, reason }: Tries): Promise<void> {
    await guarded(this.file, () =>
      this.#run("REPLACE INTO tries VALUES (?, ?, ?, ?, ?)", reader, sequence, count, nextAt, reason),
    );
  }

  async deadLetter({ reader, chainEvent, tries, reason, diedAt }: DeadLetter): Promise<void> {
    const { sequence, kind, key, delivery, log } = chainEvent;
    await this.#transaction(() => {
      this.#run(
        "REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[reader, sequence, kind, key, delivery, JSON.stringify(log), tries, reason, diedAt],
      );
      this.#acknowledge(reader, sequence);
    });
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return await guarded(this.file, () => {
      const rows = this.#all("SELECT * FROM dead_letters ORDER BY died_at, reader, sequence") as DeadLetterRow[];
      return rows.map(deadLetterOf);
    });
  }

  async countDeadLetters(): Promise<number> {
    return await guarded(this.file, () => {
      const [row] = this.#all("SELECT count(*) AS count FROM dead_letters") as { count: number }[];
      return row?.count ?? 0;
    });
  }

  async removeDeadLetter(reader: string, sequence: number): Promise<boolean> {
    return await guarded(
      this.file,
      () => this.#run("DELETE FROM dead_letters WHERE reader = ? AND sequence = ?", reader, sequence) === 1,
    );
  }

  async readers(): Promise<ReaderState[]> {
    return await guarded(this.file, () => {
      const rows = this.#all(
        `SELECT name, readers.sequence, coalesce((SELECT sequence FROM subscription), 0) - readers.sequence AS waiting, tries.sequence AS tried, count,
         next_at, tries.reason FROM readers LEFT JOIN tries ON reader = name ORDER BY name`,
      ) as ReaderRow[];
      return rows.map(readerStateOf);
    });
  }

  async removeReader(reader: string): Promise<boolean> {
    return await this.#transaction(() => {
      this.#run("DELETE FROM tries WHERE reader = ?", reader);
      return this.#run("DELETE FROM readers WHERE name = ?", reader) === 1;
    });
  }

  close(): Promise<void> {
    if (this.database.isOpen) this.database.close();
    return Promise.resolve();
  }

  #acknowledge(reader: string, sequence: number): void {
    this.#run("REPLACE INTO readers VALUES (?, ?)", reader, sequence);
    this.#run("DELETE FROM tries WHERE reader = ?", reader);
  }

  #all(sql: string, ...values: SQLInputValue[]): unknown[] {
    return this.database.prepare(sql).all(...values);
  }

  /** Runs a statement. Returns how many rows it changed. */
  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.database.prepare(sql).run(...values).changes);
  }

  #chainEvents(where: string, ...values: SQLInputValue[]): KeptChainEvent[] {
    const rows = this.#all(
      `SELECT sequence, kind, key, delivery, log FROM events ${where}`,
      ...values,
    ) as ChainEventRow[];
    return rows.map(chainEventOfRow);
  }

  async #transaction<T>(work: () => T): Promise<T> {
    return await guarded(this.file, () => inTransaction(this.database, work));
  }
}

/** Runs work on the file, and turns its failure into a `StoreFailedError`. */
async function guarded<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof WatchError ? error : new StoreFailedError(file, reasonOf(error), adviceFor(error));
  }
}
