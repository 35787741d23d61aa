import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import path from "node:path";

import type { EthereumProvider } from "hardhat/types/providers";

import { AppError } from "./errors.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Largest size of a request to the chain, in bytes. */
const MAX_BODY = 4_000_000;

/** One request to the chain. */
interface Question {
  readonly id?: unknown;
  readonly method: string;
  readonly params?: unknown[];
}

/** The parts of the site to serve. */
export interface Site {
  readonly provider: EthereumProvider;
  /** The folder of the built page. */
  readonly folder: string;
  /** The content of `console.json`. */
  readonly settings: unknown;
  readonly port: number;
}

/**
 * Serves the page and, at `/rpc`, the chain. Other machines cannot reach it.
 *
 * @throws AppError if the port is taken.
 */
export async function serve({ provider, folder, settings, port }: Site): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/rpc" && request.method === "POST") {
      const asked = JSON.parse(await bodyOf(request)) as Question | Question[];
      const answers = Array.isArray(asked) ? await Promise.all(asked.map(ask)) : await ask(asked);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answers));
    } else if (pathname === "/console.json") {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(settings));
    } else {
      await sendFile(pathname === "/" ? "/index.html" : pathname, response);
    }
  }

  async function ask({ id, method, params }: Question): Promise<unknown> {
    try {
      const result: unknown = await provider.request({ method, params: params ?? [] });
      return { jsonrpc: "2.0", id, result };
    } catch (error) {
      const {
        code = -32603,
        message = String(error),
        data,
      } = error as { code?: number; message?: string; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  }

  async function sendFile(pathname: string, response: ServerResponse): Promise<void> {
    const file = path.join(folder, path.normalize(decodeURIComponent(pathname)));
    if (!file.startsWith(folder + path.sep)) {
      response.writeHead(404).end();
      return;
    }
    try {
      const content = await readFile(file);
      response.writeHead(200, {
        "content-type": TYPES[path.extname(file)] ?? "application/octet-stream",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE" ? new AppError(`Port ${port} is taken: give another one with --port.`) : error,
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY) throw new RangeError(`The request is longer than ${MAX_BODY} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
