import type { Catalogue } from "../format/catalogue.js";
import type { Preset } from "../presets/presets.js";

/** All texts of this package in one language. */
export interface Locale extends Catalogue {
  /**
   * An error in one sentence: what was found, and what to do next.
   *
   * @returns `undefined` if the language has no sentence for the error.
   */
  explainError(error: unknown): string | undefined;
  /** The title of a preset. A preset of another project keeps its own title. */
  presetTitle(preset: Pick<Preset, "name" | "title" | "parts">): string;
}
