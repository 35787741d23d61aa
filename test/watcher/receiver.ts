import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Webhook } from "standardwebhooks";

import type { WebhookPayload } from "../../src/watcher/index.js";

/** A secret for tests. */
export const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes ...").toString("base64")}`;

/** A request as it came. */
export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** When it came, in Unix milliseconds. */
  readonly at: number;
}

/** What a receiver answers: a status, with headers if it likes. `undefined`: nothing, ever. */
export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;

/** A receiver of webhooks: checks each with the library of the specification's authors, and keeps what it has answered 2xx to. */
export class Receiver {
  /** Every request. */
  readonly requests: Received[] = [];
  /** What was taken, by id, in the order of the first time. */
  readonly taken = new Map<string, WebhookPayload>();
  reply: (received: Received, count: number) => Reply = () => ({ status: 204 });

  private constructor(
    readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const reply = receiver.#take({
          headers: request.headers,
          body: Buffer.concat(parts).toString(),
          at: Date.now(),
        });
        if (reply !== undefined) response.writeHead(reply.status, reply.headers).end("never mind");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const receiver: Receiver = new Receiver(`http://127.0.0.1:${port}/hook`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  get payloads(): WebhookPayload[] {
    return [...this.taken.values()];
  }

  async close(): Promise<void> {
    await this.stop();
  }

  #take(received: Received): Reply {
    this.requests.push(received);
    const reply = this.reply(received, this.requests.length);
    if (reply === undefined || reply.status < 200 || reply.status > 299) return reply;
    const headers = received.headers as Record<string, string>;
    const payload = new Webhook(SECRET).verify(received.body, headers) as WebhookPayload;
    if (payload.id !== headers["webhook-id"]) throw new Error("two ids");
    if (!this.taken.has(payload.id)) this.taken.set(payload.id, payload);
    return reply;
  }
}
