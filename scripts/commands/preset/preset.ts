import { errorResult, successfulResult } from "hardhat/utils/result";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { InvalidInputError } from "../../../src/utils/invalidInput.js";
import { describePreset, summarizePreset } from "../../../src/presets/presetDescription.js";
import { PresetUnknownError, findPreset, presets } from "../../../src/presets/index.js";
import { presetPage, presetTable, screenWidth } from "./page.js";

/** The options of `npm run preset`. */
interface PresetArguments {
  readonly name: readonly string[];
  readonly json: boolean;
}

/** `npm run preset`: shows all presets in a table, or the page of one. */
const preset: NewTaskActionFunction<PresetArguments> = ({ name, json }) => {
  try {
    const width = screenWidth(process.stdout.columns);
    if (name.length === 0) {
      const summaries = [...presets.values()].map(summarizePreset);
      print(json ? toJson(summaries) : presetTable(summaries, width));
    } else {
      const description = describePreset(findPreset(name.join(" ")));
      print(json ? toJson(description) : presetPage(description, width));
    }
    return successfulResult();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    process.stderr.write(`Error: ${error instanceof PresetUnknownError ? unknown(error) : error.message}\n`);
    return errorResult();
  }
};

export default preset;

/** A shorter sentence than the error's own, which lists all presets. */
function unknown({ preset: name, near, known }: PresetUnknownError): string {
  const first = name === "" ? "a name of a preset is missing" : `no preset is called "${name}"`;
  const guess = near.length === 0 ? "" : `; similar names are ${near.join(", ")}`;
  return `${first}${guess}. Next: npm run preset shows all ${known.length}.`;
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
