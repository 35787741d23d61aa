import type * as Sqlite from "node:sqlite";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

import { StoreFailedError, StoreSharedError, WatchError, reasonOf } from "./errors.js";
import type { BlockRef, Kept, KeptNotice, Step, WatchStore } from "./store.js";

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscription (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS notices (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, telling INTEGER NOT NULL, block INTEGER NOT NULL, log TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS notices_by_block ON notices (block);
  CREATE TABLE IF NOT EXISTS readers (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
`;

interface NoticeRow {
  readonly sequence: number;
  readonly kind: KeptNotice["kind"];
  readonly key: string;
  readonly telling: number;
  readonly log: string;
}

/**
 * A store in one file, safe against a kill at any moment and against loss of power. For one process.
 *
 * @param file The file, created if it is missing.
 * @throws StoreFailedError if the file cannot be used.
 */
export async function openSqliteStore(file: string): Promise<SqliteStore> {
  let sqlite: typeof Sqlite;
  try {
    // Only here, so that the rest of the package runs where Node.js has no SQLite.
    sqlite = await import("node:sqlite");
  } catch {
    throw new StoreFailedError(file, "this Node.js has no SQLite; it comes with 22.13 and newer");
  }
  return await guarded(file, () => {
    const database = new sqlite.DatabaseSync(file, { timeout: 5_000 });
    try {
      // Every commit reaches the disk before it is answered.
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
      if (version > SCHEMA_VERSION) throw new Error("it was written by a newer version of this package");
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    } catch (error) {
      database.close();
      throw error;
    }
    return new SqliteStore(file, database);
  });
}

/** See {@link openSqliteStore}. */
export class SqliteStore implements WatchStore {
  constructor(
    readonly file: string,
    readonly database: DatabaseSync,
  ) {}

  async load(): Promise<Kept | undefined> {
    return await guarded(this.file, () => {
      const subscription = this.database.prepare("SELECT identity, sequence FROM subscription").get() as
        { identity: string; sequence: number } | undefined;
      if (subscription === undefined) return undefined;
      // Rows have no prototype; callers get plain objects.
      const blocks = (this.#all("SELECT number, hash FROM blocks ORDER BY number") as BlockRef[]).map((row) => ({
        ...row,
      }));
      const notices = this.#notices("WHERE block >= (SELECT min(number) FROM blocks) ORDER BY sequence");
      return { identity: subscription.identity, sequence: subscription.sequence, blocks, notices };
    });
  }

  async begin(identity: string, { number, hash }: BlockRef): Promise<void> {
    await this.#transaction(() => {
      this.#run("INSERT INTO subscription VALUES (1, ?, 0)", identity);
      this.#run("INSERT INTO blocks VALUES (?, ?)", number, hash);
    });
  }

  async commit({ after, rollbackTo, blocks, notices, forgetBelow }: Step): Promise<void> {
    await this.#transaction(() => {
      const changed = this.#run(
        "UPDATE subscription SET sequence = ? WHERE sequence = ?",
        after + notices.length,
        after,
      );
      if (changed !== 1) throw new StoreSharedError();
      if (rollbackTo !== undefined) this.#run("DELETE FROM blocks WHERE number > ?", rollbackTo);
      // A block that is there already means that somebody else has read it.
      const insertBlock = this.database.prepare("INSERT INTO blocks VALUES (?, ?) ON CONFLICT DO NOTHING");
      for (const { number, hash } of blocks) {
        if (insertBlock.run(number, hash).changes !== 1) throw new StoreSharedError();
      }
      const insertNotice = this.database.prepare("INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?)");
      for (const { sequence, kind, key, telling, log } of notices) {
        insertNotice.run(sequence, kind, key, telling, log.blockNumber, JSON.stringify(log));
      }
      this.#run("DELETE FROM blocks WHERE number < ?", forgetBelow);
      this.#run(
        "DELETE FROM notices WHERE block < ? AND sequence <= (SELECT coalesce(min(sequence), 0) FROM readers)",
        forgetBelow,
      );
    });
  }

  async after(sequence: number, limit: number): Promise<KeptNotice[]> {
    return await guarded(this.file, () =>
      this.#notices("WHERE sequence > ? ORDER BY sequence LIMIT ?", sequence, limit),
    );
  }

  async position(reader: string): Promise<number> {
    return await this.#transaction(() => {
      // Without notices the next one is the first.
      this.#run(
        `INSERT INTO readers SELECT ?, coalesce(
           (SELECT min(sequence) FROM notices), (SELECT max(sequence) + 1 FROM subscription), 1) - 1
         WHERE true ON CONFLICT DO NOTHING`,
        reader,
      );
      const row = this.database.prepare("SELECT sequence FROM readers WHERE name = ?").get(reader);
      return (row as unknown as { sequence: number }).sequence;
    });
  }

  async acknowledge(reader: string, sequence: number): Promise<void> {
    await guarded(this.file, () =>
      this.#run(
        "INSERT INTO readers VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence",
        reader,
        sequence,
      ),
    );
  }

  close(): Promise<void> {
    if (this.database.isOpen) this.database.close();
    return Promise.resolve();
  }

  #all(sql: string, ...values: SQLInputValue[]): unknown[] {
    return this.database.prepare(sql).all(...values);
  }

  /** Runs a statement; answers how many rows it changed. */
  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.database.prepare(sql).run(...values).changes);
  }

  #notices(where: string, ...values: SQLInputValue[]): KeptNotice[] {
    const rows = this.#all(`SELECT sequence, kind, key, telling, log FROM notices ${where}`, ...values) as NoticeRow[];
    return rows.map((row) => ({ ...row, log: JSON.parse(row.log) as KeptNotice["log"] }));
  }

  async #transaction<T>(work: () => T): Promise<T> {
    return await guarded(this.file, () => {
      this.database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.database.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk may have ended the transaction already.
        if (this.database.isTransaction) this.database.exec("ROLLBACK");
        throw error;
      }
    });
  }
}

/** Work on the file, its failure as one sentence. */
function guarded<T>(file: string, work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      resolve(work());
    } catch (error) {
      reject(error instanceof WatchError ? error : new StoreFailedError(file, reasonOf(error)));
    }
  });
}
