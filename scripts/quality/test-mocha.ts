import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";

import { errorResult, successfulResult } from "hardhat/utils/result";
import type { TaskOverrideActionFunction } from "hardhat/types/tasks";

import { TestReporter, counts } from "./test-reporter.js";
import { readSummary, tally } from "./test-tally.js";

/** Number of files from which several processes run them. Each takes seconds to start, and `it.only` works in one process only. */
const MANY = 20;

/** Largest number of processes. More gain little, because the longest file takes half a minute. */
const MOST_JOBS = 4;

/** Folders of slow tests, the slowest last. They run first, so that no long file is left for the end. */
const SLOW = ["demo", "till", "tools", "sdk", "watcher"];

/**
 * `hardhat test mocha` on `*.test.ts` files alone, unless files are named. As many processes run them as there are
 * cores, or as the environment variable TEST_JOBS gives; each takes the next file when it has finished one.
 */
const testMocha: TaskOverrideActionFunction<{ testFiles?: string[] }> = async (args, hre, runSuper) => {
  const { mocha } = hre.config.test;
  const folder = hre.config.paths.tests.mocha;
  let testFiles = args.testFiles ?? [];
  if (testFiles.length === 0) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    testFiles = names
      .filter((name) => name.endsWith(".test.ts"))
      .sort()
      .map((name) => path.join(folder, name));
  }
  const usual = testFiles.length < MANY ? 1 : Math.min(availableParallelism(), MOST_JOBS);
  mocha.jobs = Number(process.env.TEST_JOBS ?? usual);
  mocha.parallel = mocha.jobs > 1;
  mocha.reporter = TestReporter as unknown as Mocha.ReporterConstructor;
  if (mocha.parallel) {
    const slowness = (file: string): number => SLOW.indexOf(path.relative(folder, file).split(path.sep)[0] ?? "");
    testFiles = testFiles.toSorted((a, b) => slowness(b) - slowness(a));
  }
  const { failed } = readSummary(await runSuper({ ...args, testFiles }));
  tally.set("mocha", { passed: counts.passed, failed });
  const result = { summary: { ...counts, failed, todo: 0 } };
  return failed === 0 ? successfulResult(result) : errorResult(result);
};

export default testMocha;
