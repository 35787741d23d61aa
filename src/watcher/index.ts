export { WatchError } from "./errors.js";
export {
  ContractMissingError,
  WatchedNodeUnreachableError,
  ReorgTooDeepError,
  StoreFailedError,
  StoreMismatchError,
  StoreSharedError,
} from "./errors.js";
export type { RpcProvider } from "./rpc.js";
export { openSqliteStore } from "./sqliteStore.js";
export type { SqliteStore } from "./sqliteStore.js";
export * from "./store.js";
export * from "./watcher.js";
