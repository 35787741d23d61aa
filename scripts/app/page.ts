import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { installPackage } from "../packages/install.js";

/** The folder of the page. */
export const PAGE = fileURLToPath(new URL("../../app/", import.meta.url));

/** The part of Vite that is used here. Vite is installed with the page only, so its types are missing. */
interface Vite {
  readonly build: (options: { readonly root: string; readonly logLevel: "warn" }) => Promise<unknown>;
}

/** Installs the page's own packages if its lock file has changed. */
export function installPage(): void {
  installPackage(PAGE, "page");
}

/** Builds the page into `app/dist`. CONSOLE_NODES lists the origins of nodes that it may use besides its own server. */
export async function buildPage(): Promise<string> {
  const entry = path.join(PAGE, "node_modules", "vite", "dist", "node", "index.js");
  const vite = (await import(pathToFileURL(entry).href)) as Vite;
  await vite.build({ root: PAGE, logLevel: "warn" });
  return path.join(PAGE, "dist");
}
