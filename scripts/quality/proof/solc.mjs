// A command line for the npm package `solc`, for tools that call the compiler: `solc --version` and `solc --standard-json`.

import { readFileSync } from "node:fs";

import solc from "solc";

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("Only --version and --standard-json are answered.");
  process.exitCode = 1;
}
