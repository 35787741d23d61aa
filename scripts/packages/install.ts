import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { InstallError } from "./errors.js";

/**
 * Installs the packages of a folder with its own package.json, if its lock file has changed since the last time. `app/` and
 * `docs/` have one, so that the first `npm install` of the repository does not grow.
 *
 * @param folder Path of the folder.
 * @param what Name of the part that needs the packages, for messages: "page", "site".
 * @throws {InstallError} if npm fails or is missing.
 */
export function installPackage(folder: string, what: string): void {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = path.join(folder, "node_modules", ".stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  process.stderr.write(`Installing what the ${what} needs (a few seconds) ...\n`);
  const cli = process.env.npm_execpath ?? "";
  const known = path.basename(cli) === "npm-cli.js" && existsSync(cli);
  const [command, prefix] = known ? [process.execPath, [cli]] : ["npm", []];
  const { status, stderr } = spawnSync(command, [...prefix, "ci", "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) {
    throw new InstallError(
      `The ${what}'s dependencies could not be installed: ${stderr || "npm was not found"}`.trim(),
    );
  }
  writeFileSync(stamp, lock);
}
