import { spawnSync } from "node:child_process";
import { cp, readFile, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";

import { errorResult, successfulResult } from "hardhat/utils/result";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { readLcov, report } from "./report.js";
import { toPosix, wrapConditions } from "./wrap.js";

/** Left out of the copy: files that tools install or write, and secrets. */
const LEFT_OUT = ["node_modules", "artifacts", "cache", "coverage", "types", "dist", ".git", ".env"];

/**
 * Measures coverage of lines and branches. Hardhat counts statements only, so the tests run on a copy of the project in which each
 * condition is wrapped into its own function, which has one statement for true and one for false:
 *
 *     require(status != None && known, E())   becomes   require(branch7(status != None) && branch8(known), E())
 *
 * The conditions of `if`, `require`, `?:` and loops are wrapped. In a condition with `&&` or `||`, each operand is wrapped instead. Both
 * values of each count as branches, and so does each clause of a `try`. Evaluation stays the same, short circuits included. Conditions in
 * inline assembly cannot be wrapped: their branches count as not taken.
 */
const coverage: NewTaskActionFunction = async (_args, hre) => {
  const { root } = hre.config.paths;
  const copy = path.join(root, "coverage", "wrapped");
  await rm(copy, { recursive: true, force: true });
  for (const name of await readdir(root)) {
    if (LEFT_OUT.includes(name)) continue;
    await cp(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  await symlink(path.join(root, "node_modules"), path.join(copy, "node_modules"), "junction");
  const branches = await wrapConditions(path.join(copy, "contracts"));

  const hardhat = path.join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  // The gas budget is left out, because it holds for unwrapped code.
  const tests = (await readdir(path.join(copy, "test"), { recursive: true }))
    .map((name) => path.posix.join("test", toPosix(name)))
    .filter((name) => /\.(test\.ts|t\.sol)$/.test(name) && !name.startsWith("test/gas/"));
  const args = [hardhat, "test", "--coverage", ...tests.sort()];
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: "inherit" });
  const lcov = await readFile(path.join(copy, "coverage", "lcov.info"), "utf8").catch(() => undefined);
  if (lcov === undefined) {
    console.error("The tests did not run, so nothing was measured.");
    return errorResult();
  }
  const enough = report(readLcov(lcov), branches, console.log);
  if (status !== 0) console.error("Some tests failed: the figures above are of what ran.");
  return enough && status === 0 ? successfulResult() : errorResult();
};

export default coverage;
