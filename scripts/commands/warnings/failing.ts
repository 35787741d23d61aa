import { errorResult, successfulResult } from "hardhat/utils/result";
import type { Result } from "hardhat/types/utils";

import { InvalidInputError } from "../../../src/utils/invalidInput.js";
import { WatchError } from "../../../src/watcher/errors.js";
import { exitWith } from "../../terminal/exit.js";

/** Runs a command about warnings. Exits with 1 and a sentence for wrong input, with 3 and a sentence if node or store fail. */
export async function withExitCode(run: () => Promise<void>): Promise<Result<undefined, undefined>> {
  try {
    await run();
    return successfulResult();
  } catch (error) {
    if (!(error instanceof WatchError || error instanceof InvalidInputError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    exitWith(error instanceof InvalidInputError ? 1 : 3);
    return errorResult();
  }
}
