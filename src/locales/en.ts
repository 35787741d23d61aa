import { english as words } from "../format/english.js";
import type { Locale } from "./locale.js";

/** English. Errors and presets carry their English texts themselves. */
export const english: Locale = {
  ...words,
  explainError: (error) => (error instanceof Error ? error.message : undefined),
  presetTitle: ({ title }) => title,
};
