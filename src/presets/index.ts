export * from "./presetDescription.js";
export * from "./presetErrors.js";
export * from "./presets.js";
