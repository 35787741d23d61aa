import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { SiteError } from "./errors.js";
import { installPackage } from "../packages/install.js";

/** The folder of the pages. */
const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

/** The folder of the built site. */
const SITE = path.join(DOCS, ".vitepress", "dist");

/** Installs the site's own packages if its lock file has changed. */
export function installSite(): void {
  installPackage(DOCS, "site");
}

/** Writes the reference of `src/` into docs/api, from its comments. */
export async function writeReference(): Promise<void> {
  await rm(path.join(DOCS, "api"), { recursive: true, force: true });
  await run("typedoc/bin/typedoc", ["--options", "typedoc.json"]);
}

/**
 * Builds the pages into a site.
 *
 * @returns The folder of the site.
 * @throws {SiteError} if a link leads nowhere, or the site cannot be built for another reason.
 */
export async function buildSite(): Promise<string> {
  await run("vitepress/bin/vitepress.js", ["build", "."]);
  return SITE;
}

/** Runs a program of the site's packages in the folder of the pages. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [path.join(DOCS, "node_modules", program), ...args], {
    cwd: DOCS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new SiteError(`The site could not be built. ${path.basename(program)} printed:\n${output.trim()}`);
}

/** Media types by file extension. */
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/**
 * Serves the built site. Other machines cannot reach it.
 *
 * @returns A function that stops the server.
 * @throws {SiteError} if the port is taken.
 */
export async function serveSite(port: number): Promise<() => void> {
  const server = createServer(answer);
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    throw new SiteError(`Port ${port} is taken: give another one with --port.`);
  }
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const file = [pathname, `${pathname}.html`, `${pathname}index.html`]
    .map((name) => path.join(SITE, path.posix.normalize(decodeURIComponent(name))))
    .find((name) => name.startsWith(SITE) && existsSync(name) && statSync(name).isFile());
  response.writeHead(file === undefined ? 404 : 200, {
    "content-type": TYPES[path.extname(file ?? ".html")] ?? "application/octet-stream",
  });
  createReadStream(file ?? path.join(SITE, "404.html")).pipe(response);
}
