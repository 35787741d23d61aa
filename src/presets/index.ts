export * from "./presetDescription.js";
export * from "./presetErrors.js";
export * from "./presetForce.js";
export * from "./presets.js";
