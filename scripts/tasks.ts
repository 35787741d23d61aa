import { overrideTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

import { commands } from "./commands/tasks.js";
import { warningTasks } from "./commands/warnings/tasks.js";

/** The project's own Hardhat tasks. Each action is loaded only when its task runs. */
export const tasks = [
  task("demo", "Play a season of real life from a scenario file on the in-process network")
    .addOption({
      name: "scenario",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Scenario file to play (default: the season that comes with the project)",
    })
    .addOption({
      name: "cards",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Number of cards of the merchant that runs away (default: as in the scenario)",
    })
    .addOption({
      name: "json",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Also write the result to this file as JSON",
    })
    .setAction(async () => await import("./demo/demo.js"))
    .build(),

  task("app", "Bring up a chain with some weeks of life in it, and the console on top")
    .addOption({
      name: "port",
      type: ArgumentType.STRING,
      defaultValue: "4173",
      description: "Port of the page and of the chain below it",
    })
    .addOption({
      name: "scenario",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Scenario of the weeks before today (default: app/dev/scenario.json)",
    })
    .addFlag({ name: "buildOnly", description: "Only build the page, into app/dist" })
    .setAction(async () => await import("./app/app.js"))
    .build(),

  task("docs", "Build the pages of docs/ and the reference of the package into a site")
    .addFlag({ name: "serve", description: "Show the site on this machine once it is built" })
    .addOption({ name: "port", type: ArgumentType.STRING, defaultValue: "4174", description: "Port of the site" })
    .setAction(async () => await import("./docs/docs.js"))
    .build(),

  task("test-app", "Test the console in headless Chromium")
    .addVariadicArgument({ name: "files", description: "Test files (default: every one)", defaultValue: [] })
    .addOption({
      name: "grep",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Only the tests whose names contain this",
    })
    .setAction(async () => await import("./quality/test-app.js"))
    .build(),

  task("preset", "Show the presets that policies can start from, or one of them as a person reads it")
    .addVariadicArgument({
      name: "name",
      description:
        "Name of a preset, or several joined by a plus sign: CN-WEIHAI-2021 + CN-SPC-2025; all of them without one",
      defaultValue: [],
    })
    .addFlag({ name: "json", description: "Write JSON for programs" })
    .setAction(async () => await import("./commands/preset/preset.js"))
    .build(),
  task(["preset", "check"], "Name the presets that are not in force on a day, and fail if one of them is in use")
    .addVariadicArgument({
      name: "name",
      description: "Presets in use, joined by plus signs; those of deploy/parameters/policies.json without one",
      defaultValue: [],
    })
    .addOption({
      name: "at",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "The day, such as 2026-12-31 (default: today in UTC)",
    })
    .addFlag({ name: "json", description: "Write JSON for programs" })
    .setAction(async () => await import("./commands/preset/check.js"))
    .build(),

  task("deployments", "Write the public deployments of deploy/deployments into data/deployments.json")
    .setAction(async () => await import("./commands/deployments/deployments.js"))
    .build(),

  ...warningTasks,

  task("lint-warnings", "Build, and fail on any warning of the Solidity compiler about this project's sources")
    .setAction(async () => await import("./quality/lint-warnings.js"))
    .build(),

  task("coverage", "Run all tests and measure which lines and branches of the contracts they reach")
    .setAction(async () => await import("./quality/coverage/coverage.js"))
    .build(),

  task("bench", "Measure how fast the till and the watcher are, and how near their limits")
    .setAction(async () => await import("./quality/bench/bench.js"))
    .build(),

  task("prove", "Prove the arithmetic and the packed words of the contracts for all inputs")
    .addFlag({
      name: "breaks",
      description: "Break the contracts on purpose, one line at a time: a proof must fail each time",
    })
    .setAction(async () => await import("./quality/proof/prove.js"))
    .build(),

  task("analyze", "Run Slither and forge lint over the contracts: every finding of medium or higher must be explained")
    .addFlag({ name: "update", description: "Write docs/analysis.md anew from the findings that are explained" })
    .setAction(async () => await import("./quality/proof/analyze.js"))
    .build(),

  task("mutate", "Change the contracts in thousands of ways, and see whether a test fails at each")
    .addOption({
      name: "files",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Parts of the paths of contracts, joined by commas: Release,register/ (default: all contracts)",
    })
    .addOption({
      name: "sample",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Mutants of each file, drawn by the seed (default: all)",
    })
    .addOption({ name: "seed", defaultValue: "1", description: "Seed of the sample" })
    .addOption({ name: "minutes", defaultValue: "600", description: "Stop after this many; the same command goes on" })
    .addOption({ name: "workers", defaultValue: "2", description: "Processes that play tests at the same time" })
    .addOption({ name: "slowest", defaultValue: "10", description: "Tests that take more seconds are left out" })
    .addOption({
      name: "most",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
      description: "Tests that are played for one mutant at most (default: all that reach it)",
    })
    .addFlag({
      name: "survivors",
      description: "Play those mutants again that no test has killed, after a change of tests",
    })
    .addFlag({ name: "write", description: "Write the result into docs/mutation.md" })
    .setAction(async () => await import("./quality/mutate/mutate.js"))
    .build(),

  task(
    "fuzz",
    "Play random runs on the contracts and on their model, with fresh seeds, until time is up or a promise breaks",
  )
    .addOption({
      name: "minutes",
      type: ArgumentType.STRING,
      defaultValue: "30",
      description: "Minutes to play",
    })
    .setAction(async () => await import("./quality/fuzz.js"))
    .build(),

  // Commands that use the package, on any network.
  ...commands,

  overrideTask("node")
    .setAction(async () => await import("./commands/local/node.js"))
    .build(),
  task("deploy-local", "Deploy the contracts, a test token and policies to a local node, in place of what was there")
    .setAction(async () => await import("./commands/local/deploy.js"))
    .build(),

  // Only `*.test.ts` files are tests; helpers and data may stand beside them.
  overrideTask(["test", "mocha"])
    .setAction(async () => await import("./quality/test-mocha.js"))
    .build(),
  overrideTask(["test", "solidity"])
    .setAction(async () => await import("./quality/test-solidity.js"))
    .build(),
  overrideTask("test")
    .setAction(async () => await import("./quality/test-all.js"))
    .build(),
];
