export { WatchError } from "./errors.js";
export {
  ContractMissingError,
  WatchedNodeUnreachableError,
  ReorgTooDeepError,
  StoreFailedError,
  StoreMismatchError,
  StoreSharedError,
} from "./errors.js";
export { Delivery, readerOf } from "./delivery.js";
export type { DeliveryReport, WebhookEndpoint } from "./delivery.js";
export * from "./health.js";
export { openStore } from "./openStore.js";
export { openPostgresStore } from "./postgresStore.js";
export type { PostgresStore, PostgresStoreOptions } from "./postgresStore.js";
export type { RpcProvider } from "./rpc.js";
export { openSqliteStore } from "./sqliteStore.js";
export type { SqliteStore } from "./sqliteStore.js";
export * from "./store.js";
export * from "./subscription.js";
export * from "./watcher.js";
export { WebhookRejectedError, verifyWebhook } from "./webhook.js";
export type { WebhookPayload, WebhookValue } from "./webhook.js";
