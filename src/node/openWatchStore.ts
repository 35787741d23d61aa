import { openPostgresStore } from "./postgresWatchStore.js";
import type { PostgresStoreOptions } from "./postgresConnection.js";
import { openSqliteStore } from "./sqliteWatchStore.js";
import type { DeliveryStore } from "../watcher/store.js";

/**
 * Opens a store for watching.
 *
 * @param place A PostgreSQL database (`postgresql://…`), or else the path of an SQLite file.
 * @throws StoreFailedError if it cannot be used.
 */
export async function openStore(place: string, options: PostgresStoreOptions = {}): Promise<DeliveryStore> {
  return /^postgres(ql)?:\/\//.test(place) ? await openPostgresStore(place, options) : await openSqliteStore(place);
}
