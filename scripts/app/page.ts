import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { AppError } from "./errors.js";

/** The folder of the page. */
export const PAGE = fileURLToPath(new URL("../../app/", import.meta.url));

/** What of Vite is used here; it is installed with the page only. */
interface Vite {
  readonly build: (options: { readonly root: string; readonly logLevel: "warn" }) => Promise<unknown>;
}

/** Installs what the page alone needs, when its lock file has changed. */
export function installPage(): void {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(PAGE, "package-lock.json")))
    .digest("hex");
  const stamp = path.join(PAGE, "node_modules", ".stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  process.stderr.write("Installing what the page needs (a few seconds) ...\n");
  const cli = process.env.npm_execpath ?? "";
  const known = path.basename(cli) === "npm-cli.js" && existsSync(cli);
  const [command, prefix] = known ? [process.execPath, [cli]] : ["npm", []];
  const { status, stderr } = spawnSync(command, [...prefix, "ci", "--loglevel=error"], {
    cwd: PAGE,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) {
    throw new AppError(`The page's dependencies could not be installed: ${stderr || "npm was not found"}`.trim());
  }
  writeFileSync(stamp, lock);
}

/** Builds the page into `app/dist`. Which nodes it may ask besides its own server is named in CONSOLE_NODES, by origin. */
export async function buildPage(): Promise<string> {
  const entry = path.join(PAGE, "node_modules", "vite", "dist", "node", "index.js");
  const vite = (await import(pathToFileURL(entry).href)) as Vite;
  await vite.build({ root: PAGE, logLevel: "warn" });
  return path.join(PAGE, "dist");
}
