export * from "./flows.js";
export * from "./fold.js";
