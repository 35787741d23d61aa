export * from "./health.js";
export { openPostgresTillStore } from "./postgresTillStore.js";
export { openPostgresStore } from "./postgresWatchStore.js";
export type { PostgresStore, PostgresStoreOptions } from "./postgresWatchStore.js";
export { openSqliteTillStore } from "./sqliteTillStore.js";
export type { SqliteTillStore } from "./sqliteTillStore.js";
export { openSqliteStore } from "./sqliteWatchStore.js";
export type { SqliteStore } from "./sqliteWatchStore.js";
export { openStore } from "./openWatchStore.js";
