export * from "./chainEvent.js";
export { WebhookSender, readerOf } from "./delivery.js";
export type { DeliveryReport, WebhookEndpoint } from "./delivery.js";
export {
  ContractMissingError,
  ReorgTooDeepError,
  StoreFailedError,
  StoreMismatchError,
  StoreSharedError,
  WatchError,
  WatchedNodeUnreachableError,
} from "./errors.js";
export { findDeployBlock } from "./firstRequests.js";
export type { WatchOptions } from "./options.js";
export type { RpcProvider } from "./rpc.js";
export * from "./store.js";
export * from "./subscription.js";
export * from "./watchEvents.js";
export * from "./watcher.js";
export { WebhookRejectedError, verifyWebhook } from "./webhook.js";
export type { WebhookPayload, WebhookValue } from "./webhook.js";
