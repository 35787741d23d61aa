import type * as Sqlite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";

/** What a file is to hold. */
export interface SqliteSchema {
  /** Counts up with each change of the tables. */
  readonly version: number;
  /** The statements that make the tables of a file of an earlier version, 0 for an empty one. */
  readonly from: (version: number) => string;
}

/** Opens a database in one file, created if it is missing, that is safe against a kill at any moment and against loss of power. */
export async function openSqlite(file: string, { version, from }: SqliteSchema): Promise<DatabaseSync> {
  let sqlite: typeof Sqlite;
  try {
    // Only here, so that the rest of the package runs where there is no Node.js, or one without SQLite.
    sqlite = await import("node:sqlite");
  } catch (error) {
    // Anything else is no matter of the version: no advice to update would help.
    if ((error as { code?: string }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
    throw new Error(`this Node.js (${process.version}) has no SQLite; it comes with 22.13 and newer`, { cause: error });
  }
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
