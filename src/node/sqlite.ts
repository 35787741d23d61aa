import type * as Sqlite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";

/** What a file is to hold. */
export interface SqliteSchema {
  /** Counts up with each change of the tables. */
  readonly version: number;
  /** The statements that make the tables of a file of an earlier version, 0 for an empty one. */
  readonly from: (version: number) => string;
}

/** What to do where SQLite is missing: nothing is wrong with the disk. */
const UPDATE = "run it with Node.js 22.13 or newer, or keep it in PostgreSQL";

/** This Node.js has no SQLite. */
class SqliteMissing extends Error {
  constructor() {
    super(`this Node.js, ${process.version}, has no SQLite`);
  }
}

/** What to do about an error of a database; `undefined` for the usual advice. */
export function adviceFor(error: unknown): string | undefined {
  return error instanceof SqliteMissing ? UPDATE : undefined;
}

/** Opens a database in one file, created if it is missing, that is safe against a kill at any moment and against loss of power. */
export async function openSqlite(file: string, { version, from }: SqliteSchema): Promise<DatabaseSync> {
  // Loaded only here, so that the rest of the package runs where there is no SQLite.
  const sqlite: typeof Sqlite = await import("node:sqlite").catch((error: unknown) => {
    // Anything else is no matter of the version: no advice to update would help.
    if ((error as { code?: string }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
    throw new SqliteMissing();
  });
  const database = new sqlite.DatabaseSync(file, { timeout: 5_000 });
  try {
    // Every commit reaches the disk before it is answered.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    inTransaction(database, () => {
      // Not before the transaction: another process may be making the same tables.
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

/** Does all of some work on a database, or nothing of it. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
