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
export type { RpcProvider } from "./rpc.js";
export * from "./store.js";
export * from "./subscription.js";
export * from "./watcher.js";
export { WebhookRejectedError, verifyWebhook } from "./webhook.js";
export type { WebhookPayload, WebhookValue } from "./webhook.js";
