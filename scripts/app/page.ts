import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { installPackage } from "../packages/install.js";

/** The folder of the page. */
export const PAGE = fileURLToPath(new URL("../../app/", import.meta.url));

/** What of Vite is used here; it is installed with the page only. */
interface Vite {
  readonly build: (options: { readonly root: string; readonly logLevel: "warn" }) => Promise<unknown>;
}

/** Installs what the page alone needs, when its lock file has changed. */
export function installPage(): void {
  installPackage(PAGE, "page");
}

/** Builds the page into `app/dist`. Which nodes it may ask besides its own server is named in CONSOLE_NODES, by origin. */
export async function buildPage(): Promise<string> {
  const entry = path.join(PAGE, "node_modules", "vite", "dist", "node", "index.js");
  const vite = (await import(pathToFileURL(entry).href)) as Vite;
  await vite.build({ root: PAGE, logLevel: "warn" });
  return path.join(PAGE, "dist");
}
