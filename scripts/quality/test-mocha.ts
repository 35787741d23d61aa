import { readdir } from "node:fs/promises";
import path from "node:path";

import type { TaskOverrideActionFunction } from "hardhat/types/tasks";

import { mochaPassed, readSummary, tally } from "./test-tally.js";

/** `hardhat test mocha` on `*.test.ts` files alone, unless files are named. */
const testMocha: TaskOverrideActionFunction<{ testFiles?: string[] }> = async (args, hre, runSuper) => {
  let testFiles = args.testFiles ?? [];
  if (testFiles.length === 0) {
    const folder = hre.config.paths.tests.mocha;
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    testFiles = names
      .filter((name) => name.endsWith(".test.ts"))
      .sort()
      .map((name) => path.join(folder, name));
  }
  const result: unknown = await runSuper({ ...args, testFiles });
  tally.set("mocha", { ...readSummary(result), passed: mochaPassed() });
  return result;
};

export default testMocha;
