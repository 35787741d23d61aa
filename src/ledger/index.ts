export * from "./flows.js";
export * from "./eventLedger.js";
export type * from "./ledgerViews.js";
