import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { provider } from "./chain.js";

interface Question {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown[];
}

/** Asks the chain. */
export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;
/** Answers instead of the node, or asks it with `ask`. */
export type Fault = (ask: Ask, method: string, params: readonly unknown[]) => Promise<unknown>;

/** The chain of these tests as a node answers. */
export const ask: Ask = async (method, params) => {
  const answer: unknown = await provider.request({ method, params });
  return answer;
};

/** An error as ethers throws what a node answers. */
export function nodeError(code: number, message: string): Error {
  return Object.assign(new Error("could not coalesce error"), { code: "UNKNOWN_ERROR", error: { code, message } });
}

/** An error as ethers throws what a server answers instead of the node. */
export function refusal(status: number): Error {
  return Object.assign(new Error("server response"), {
    code: "SERVER_ERROR",
    info: { responseStatus: String(status) },
  });
}

/** An error as ethers throws when the connection breaks. */
export class HangUp extends Error {
  override readonly message = "socket hang up";
}

/** A port at which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What an answer becomes on its way: the status of a refusal, nothing for a broken connection. */
class Undelivered {
  constructor(readonly status: number | undefined) {}
}

/**
 * The chain of the tests as a node: programs of their own can connect to the answer's `url`.
 *
 * @param fault What the node does instead; its {@link refusal} and {@link HangUp} come as the server's status and a broken connection.
 */
export async function serveChain(
  fault?: Fault,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const answer = async ({ id, method, params = [] }: Question) => {
    try {
      const result = fault === undefined ? await ask(method, params) : await fault(ask, method, params);
      return { jsonrpc: "2.0", id, result };
    } catch (thrown) {
      if (thrown instanceof HangUp) return new Undelivered(undefined);
      const { info, error } = thrown as { info?: { responseStatus: string }; error?: object };
      if (info !== undefined) return new Undelivered(Number(info.responseStatus));
      const { code, message, data } = thrown as { code: number; message: string; data: unknown };
      return { jsonrpc: "2.0", id, error: error ?? { code, message, data } };
    }
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Question | Question[];
      const answers = Promise.all([body].flat().map(answer));
      void answers.then((all) => {
        const undelivered = all.find((one) => one instanceof Undelivered);
        if (undelivered === undefined) {
          response.setHeader("content-type", "application/json");
          response.end(JSON.stringify(Array.isArray(body) ? all : all[0]));
        } else if (undelivered.status === undefined) request.socket.destroy();
        else response.writeHead(undelivered.status).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
