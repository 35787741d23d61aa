import { once } from "node:events";
import { fileURLToPath } from "node:url";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { AppError } from "./errors.js";
import { buildPage, installPage } from "./page.js";
import { DemoError } from "../demo/errors.js";
import { loadScenario } from "../demo/plan.js";
import { InstallError } from "../packages/errors.js";
import { timed } from "../terminal/progress.js";

/** The options of `npm run app`. */
interface AppArguments {
  readonly port: string;
  readonly scenario: string | undefined;
  readonly buildOnly: boolean;
}

const SCENARIO = fileURLToPath(new URL("../../app/dev/scenario.json", import.meta.url));

/** `npm run app`: starts a chain, plays a scenario on it, and serves the console. */
const app: NewTaskActionFunction<AppArguments> = async ({ port, scenario: file, buildOnly }, hre) => {
  try {
    const number = Number(port);
    if (!/^\d+$/.test(port) || number < 1 || number > 65_535) {
      throw new AppError(`--port is "${port}": give a number from 1 to 65535.`);
    }
    const scenario = await loadScenario(path.relative(process.cwd(), file ?? SCENARIO));
    installPage();
    await timed("Building the contracts (a minute at the first time)", () =>
      hre.tasks.getTask("build").run({ noTests: true, quiet: true }),
    );
    const folder = await timed("Building the page", () => buildPage());
    if (buildOnly) {
      process.stdout.write(`The page: ${path.relative(process.cwd(), folder)}\n`);
      return successfulResult();
    }
    const { setStage } = await import("./stage.js");
    const { serve } = await import("./serve.js");
    const { connection, settings, close } = await timed(`Playing “${scenario.title}”`, () =>
      setStage(scenario, hre.network),
    );
    const server = await serve({ provider: connection.provider, folder, settings, port: number });
    process.stdout.write(
      `\nThe console: http://127.0.0.1:${number}/\nThe chain:   http://127.0.0.1:${number}/rpc (id 31337)\n`,
    );
    process.stdout.write("Choose “Development wallet” to be one of the people. Ctrl-C ends it.\n");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    server.close();
    server.closeAllConnections();
    await close();
    return successfulResult();
  } catch (error) {
    if (!(error instanceof AppError || error instanceof InstallError || error instanceof DemoError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    return errorResult();
  }
};

export default app;
