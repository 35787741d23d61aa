import { once } from "node:events";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { SiteError } from "./errors.js";
import { buildSite, installSite, serveSite, writeReference } from "./site.js";
import { InstallError } from "../packages/errors.js";
import { timed } from "../terminal/progress.js";

/** The options of `npm run docs`. */
interface DocsArguments {
  readonly serve: boolean;
  readonly port: string;
}

/** `npm run docs`: builds the pages and the reference of the package into a site. */
const docs: NewTaskActionFunction<DocsArguments> = async ({ serve, port }, hre) => {
  try {
    const number = Number(port);
    if (!/^\d+$/.test(port) || number < 1 || number > 65_535) {
      throw new SiteError(`--port is "${port}": give a number from 1 to 65535.`);
    }
    installSite();
    // The reference needs the types that are generated from the contracts.
    await timed("Building the contracts (a minute at the first time)", () =>
      hre.tasks.getTask("build").run({ noTests: true, quiet: true }),
    );
    await timed("Writing the reference of the package", () => writeReference());
    const folder = await timed("Building the site", () => buildSite());
    process.stdout.write(`The site: ${path.relative(process.cwd(), folder)}\n`);
    if (!serve) return successfulResult();
    const close = await serveSite(number);
    process.stdout.write(`The site: http://127.0.0.1:${number}/\nCtrl-C ends it.\n`);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    close();
    return successfulResult();
  } catch (error) {
    if (!(error instanceof SiteError || error instanceof InstallError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    return errorResult();
  }
};

export default docs;
