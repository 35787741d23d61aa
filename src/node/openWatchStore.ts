import { openPostgresStore } from "./postgresWatchStore.js";
import type { PostgresStoreOptions } from "./postgresWatchStore.js";
import { openSqliteStore } from "./sqliteWatchStore.js";
import type { DeliveryStore } from "../watcher/store.js";

/**
 * A store by its place: a PostgreSQL database (`postgresql://…`), or else an SQLite file.
 *
 * @throws StoreFailedError if it cannot be used.
 */
export async function openStore(place: string, options: PostgresStoreOptions = {}): Promise<DeliveryStore> {
  return /^postgres(ql)?:\/\//.test(place) ? await openPostgresStore(place, options) : await openSqliteStore(place);
}
