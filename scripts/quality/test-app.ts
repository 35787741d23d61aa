import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";
import Mocha from "mocha";

import { AppError } from "../app/errors.js";
import { PAGE, buildPage, installPage } from "../app/page.js";
import { InstallError } from "../packages/errors.js";

/** The options of `npm run test:app`. */
interface TestAppArguments {
  readonly files: readonly string[];
  readonly grep: string | undefined;
}

/** `npm run test:app`: checks the console's types, builds it, and runs its tests in headless Chromium. */
const testApp: NewTaskActionFunction<TestAppArguments> = async ({ files, grep }, hre) => {
  try {
    installPage();
    await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
    for (const project of ["tsconfig.json", "tsconfig.test.json"]) {
      const tsc = path.join(PAGE, "..", "node_modules", "typescript", "bin", "tsc");
      const { status } = spawnSync(process.execPath, [tsc, "--project", path.join(PAGE, project)], {
        stdio: "inherit",
      });
      if (status !== 0) throw new AppError(`The types of app/${project} do not fit.`);
    }
    const lint = path.join(PAGE, "..", "node_modules", "eslint", "bin", "eslint.js");
    const { status } = spawnSync(process.execPath, [lint, "--max-warnings", "0", "."], { cwd: PAGE, stdio: "inherit" });
    if (status !== 0) throw new AppError("The page's code does not keep the rules of app/eslint.config.js.");
    await buildPage();
    const mocha = new Mocha({
      timeout: 240_000,
      reporter: "spec",
      slow: 60_000,
      ...(grep === undefined ? {} : { grep }),
    });
    const found = files.length > 0 ? files : globSync("test/*.test.ts", { cwd: PAGE }).sort();
    for (const file of found) mocha.addFile(path.resolve(files.length > 0 ? process.cwd() : PAGE, file));
    await mocha.loadFilesAsync();
    const failures = await new Promise<number>((resolve) => mocha.run(resolve));
    return failures === 0 ? successfulResult() : errorResult();
  } catch (error) {
    if (!(error instanceof AppError || error instanceof InstallError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    return errorResult();
  }
};

export default testApp;
