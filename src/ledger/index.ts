export * from "./flows.js";
export * from "./fold.js";
export type * from "./folded.js";
