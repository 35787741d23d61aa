import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { provider } from "./chain.js";

interface Question {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown[];
}

/**
 * The chain of the tests as a node: programs of their own can connect to the answer's `url`.
 *
 * @param refusal A status to answer a request with instead of the truth, every now and then.
 */
export async function serveChain(
  refusal: () => number | undefined = () => undefined,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const answer = async ({ id, method, params = [] }: Question) => {
    try {
      const result: unknown = await provider.request({ method, params });
      return { jsonrpc: "2.0", id, result };
    } catch (error) {
      const { code, message, data } = error as { code: number; message: string; data: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const refused = refusal();
      if (refused !== undefined) {
        response.writeHead(refused).end();
        return;
      }
      const body = JSON.parse(Buffer.concat(parts).toString()) as Question | Question[];
      const answers = Array.isArray(body) ? Promise.all(body.map(answer)) : answer(body);
      void answers.then((all) => response.setHeader("content-type", "application/json").end(JSON.stringify(all)));
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
