import { constants, existsSync } from "node:fs";
import { access, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { OptionError, DemoError } from "./errors.js";
import { loadScenario, parseCards } from "./plan.js";

/** The options of `npm start`. */
interface DemoArguments {
  readonly scenario: string | undefined;
  readonly cards: string | undefined;
  readonly json: string | undefined;
}

const DEFAULT_SCENARIO = fileURLToPath(new URL("../../data/scenarios/season.json", import.meta.url));

/**
 * `npm start`: plays a scenario on the in-process network and prints it on standard output. It fails if the scenario cannot be
 * played or if a merchant's books do not add up.
 */
const demo: NewTaskActionFunction<DemoArguments> = async ({ scenario: file, cards, json }, hre) => {
  try {
    const count = cards === undefined ? undefined : parseCards(cards);
    const scenario = await loadScenario(relative(file ?? DEFAULT_SCENARIO), count);
    if (json !== undefined) await requireWritable(json);

    // The imports below need the results of the build.
    if (!existsSync(hre.config.paths.artifacts)) {
      process.stderr.write("Building the contracts, once and for about a minute ...\n");
    }
    await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
    const { ConsoleNarrator } = await import("./narrator.js");
    const { play } = await import("./player.js");
    const { toJson } = await import("./result.js");
    const result = await play(scenario, hre.network, new ConsoleNarrator());
    if (json !== undefined) await writeFile(json, toJson(result));
    return successfulResult();
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    return errorResult();
  }
};

export default demo;

/** The path from the current folder; the path as given if it lies outside of it. */
function relative(file: string): string {
  const shorter = path.relative(process.cwd(), file);
  return shorter.startsWith("..") ? file : shorter;
}

/** Checks before the demo that the result can be written after it. */
async function requireWritable(file: string): Promise<void> {
  try {
    await access(path.dirname(path.resolve(file)), constants.W_OK);
    if (existsSync(file)) await (await open(file, "r+")).close();
  } catch {
    throw new OptionError("--json", file, "this file cannot be written; give a path in a folder that exists");
  }
}
