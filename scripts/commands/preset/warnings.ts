import { calendarDay, explainForce, presetsOutOfForce } from "../../../src/presets/presetForce.js";
import type { Preset } from "../../../src/presets/presets.js";

/** Warnings of a command that uses a preset: one sentence, without its full stop, for each part that is not in force today. */
export function warningsOf(preset: Preset): readonly string[] {
  return presetsOutOfForce([preset], calendarDay(new Date())).map(
    (each) => `${each.preset.name} is not in force: it ${explainForce(each)}`,
  );
}
