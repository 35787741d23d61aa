import type { Result } from "hardhat/types/utils";
import { errorResult } from "hardhat/utils/result";

import { PresetUnknownError } from "../../../src/presets/presetErrors.js";
import { InvalidInputError } from "../../../src/utils/invalidInput.js";

/** Runs a command about presets. Invalid input becomes one sentence and a failure. */
export function answerInvalidInput(run: () => Result<void, void>): Result<void, void> {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    process.stderr.write(`Error: ${error instanceof PresetUnknownError ? unknown(error) : error.message}\n`);
    return errorResult();
  }
}

/** Prints a text as it is, and any other value as JSON. */
export function printPreset(value: unknown): void {
  process.stdout.write(`${typeof value === "string" ? value : JSON.stringify(value, undefined, 2)}\n`);
}

/** A shorter sentence than the error's own, which lists all presets. */
function unknown({ preset: name, near, known }: PresetUnknownError): string {
  const first = name === "" ? "a name of a preset is missing" : `no preset is called "${name}"`;
  const guess = near.length === 0 ? "" : `; similar names are ${near.join(", ")}`;
  return `${first}${guess}. Next: npm run preset shows all ${known.length}.`;
}
