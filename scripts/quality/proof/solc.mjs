// What tools that call a compiler by its command line need of one: `solc --version` and `solc --standard-json`, answered by the
// npm package `solc`.

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
