export type { RestoredVoucher } from "./backup.js";
export type { KnownCard, KnownMerchant, Urgency } from "./cardState.js";
export type {
  PendingConsumption,
  ConsumptionRequest,
  ConsumptionDisplay,
  Price,
  ConsumptionOrder,
} from "./consumptionRequest.js";
export * from "./errors.js";
export * from "./planning.js";
export { Settler, keyVoucherOf } from "./settler.js";
export type { Reconciliation, VoucherOutcome } from "./settler.js";
export type { BookedProof } from "./proving.js";
export * from "./store.js";
export * from "./till.js";
export * from "./verifier.js";
