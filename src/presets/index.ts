export * from "./presetDescription.js";
export * from "./presets.js";
