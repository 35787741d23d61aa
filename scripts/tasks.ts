import { overrideTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

import { commands } from "./commands/tasks.js";
import { warningTasks } from "./warnings/tasks.js";

/** The project's own Hardhat tasks. Each action is loaded only when its task runs. */
export const tasks = [
  task("story", "Play a season of real life from a scenario file on the in-process network")
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
    .setAction(async () => await import("./story.js"))
    .build(),

  task("preset", "Show the rule sets that policies can start from, or one of them as a person reads it")
    .addVariadicArgument({
      name: "name",
      description:
        "Name of a rule set, or several joined by a plus sign: CN-WEIHAI-2021 + CN-SPC-2025; all of them without one",
      defaultValue: [],
    })
    .addFlag({ name: "json", description: "Write JSON for programs" })
    .setAction(async () => await import("./preset.js"))
    .build(),

  task("deployments", "Write the public deployments of deploy/deployments into data/deployments.json")
    .setAction(async () => await import("./deployments.js"))
    .build(),

  ...warningTasks,

  task("lint-warnings", "Build, and fail on any warning of the Solidity compiler about this project's sources")
    .setAction(async () => await import("./lint-warnings.js"))
    .build(),

  task("coverage", "Run all tests and measure which lines and branches of the contracts they reach")
    .setAction(async () => await import("./coverage.js"))
    .build(),

  task("bench", "Measure how fast the till and the watcher are, and how near their limits")
    .setAction(async () => await import("./bench.js"))
    .build(),

  // Commands over the package, on any network.
  ...commands,

  // Only `*.test.ts` files are tests; helpers and data may stand beside them.
  overrideTask(["test", "mocha"])
    .setAction(async () => await import("./test-mocha.js"))
    .build(),
  overrideTask(["test", "solidity"])
    .setAction(async () => await import("./test-solidity.js"))
    .build(),
  overrideTask("test")
    .setAction(async () => await import("./test-all.js"))
    .build(),
];
