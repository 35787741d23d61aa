import { successfulResult } from "hardhat/utils/result";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { describePreset, summarizePreset } from "../../../src/presets/presetDescription.js";
import { findPreset, presets } from "../../../src/presets/index.js";
import { answerInvalidInput, printPreset } from "./output.js";
import { presetPage, presetTable, screenWidth } from "./page.js";

/** The options of `npm run preset`. */
interface PresetArguments {
  readonly name: readonly string[];
  readonly json: boolean;
}

/** `npm run preset`: shows all presets in a table, or the page of one. */
const preset: NewTaskActionFunction<PresetArguments> = ({ name, json }) =>
  answerInvalidInput(() => {
    const width = screenWidth(process.stdout.columns);
    if (name.length === 0) {
      const summaries = [...presets.values()].map(summarizePreset);
      printPreset(json ? summaries : presetTable(summaries, width));
    } else {
      const description = describePreset(findPreset(name.join(" ")));
      printPreset(json ? description : presetPage(description, width));
    }
    return successfulResult();
  });

export default preset;
