import type * as Sqlite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";

/** The tables of a file. */
export interface SqliteSchema {
  /** Number of the current version of the tables. */
  readonly version: number;
  /** The statements that bring a file of an earlier version, 0 for an empty file, to the current one. */
  readonly from: (version: number) => string;
}

/** The advice if SQLite is missing. The usual advice, to check the disk, would be wrong. */
const UPDATE = "run it with Node.js 22.13 or newer, or keep it in PostgreSQL";

/** This Node.js has no SQLite. */
class SqliteMissing extends Error {
  constructor() {
    super(`this Node.js, ${process.version}, has no SQLite`);
  }
}

/** The advice for an error of a database; `undefined` for the usual one. */
export function adviceFor(error: unknown): string | undefined {
  return error instanceof SqliteMissing ? UPDATE : undefined;
}

/**
 * Opens a database in one file, which is created if it is missing. Committed data survives a crash and a loss of power.
 *
 * @throws Error whose message is a reason in a few words, which callers put in parentheses.
 */
export async function openSqlite(file: string, { version, from }: SqliteSchema): Promise<DatabaseSync> {
  // Imported here, so that the rest of the package runs on a Node.js without SQLite.
  const sqlite: typeof Sqlite = await import("node:sqlite").catch((error: unknown) => {
    // A newer Node.js would not help against any other error.
    if ((error as { code?: string }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
    throw new SqliteMissing();
  });
  const database = new sqlite.DatabaseSync(file, { timeout: 5_000 });
  try {
    // A commit returns after it has reached the disk.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    inTransaction(database, () => {
      // Read inside the transaction: another process may be creating the same tables.
      const { user_version: found } = database.prepare("PRAGMA user_version").get() as { user_version: number };
      if (found > version) throw new Error("it was written by a newer version of this package");
      database.exec(`${from(found)} PRAGMA user_version = ${version};`);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs work in a transaction. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // An error such as a full disk may have ended the transaction already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
