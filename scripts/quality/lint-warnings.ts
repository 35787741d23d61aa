import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { errorResult, successfulResult } from "hardhat/utils/result";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

interface CompilerMessage {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}

/** Builds, and fails if the compiler has a warning about a source of this project. Warnings of cached builds count. */
const warnings: NewTaskActionFunction = async (_args, hre) => {
  await hre.tasks.getTask("build").run();

  const folder = path.join(hre.config.paths.artifacts, "build-info");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".output.json"));
  const found = new Set<string>();
  for (const name of names) {
    const { output } = JSON.parse(await readFile(path.join(folder, name), "utf8")) as {
      output: { errors?: CompilerMessage[] };
    };
    for (const { formattedMessage, sourceLocation } of output.errors ?? []) {
      if (sourceLocation?.file.startsWith("npm/") !== true) found.add(formattedMessage);
    }
  }

  for (const message of found) console.error(message);
  if (found.size === 0) return successfulResult();
  console.error(`The Solidity compiler gave ${found.size} warnings.`);
  return errorResult();
};

export default warnings;
