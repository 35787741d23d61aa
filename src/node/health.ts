import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Counter, Gauge, Histogram, Registry } from "prom-client";

import { InvalidInputError } from "../utils/invalidInput.js";
import type { DeliveryReport } from "../watcher/delivery.js";
import { WatchError } from "../watcher/errors.js";
import { reasonOf } from "../utils/faults.js";
import type { Subscription, SubscriptionStatus } from "../watcher/subscription.js";
import { withTimeout } from "../utils/waiting.js";

/** The address of the health endpoint, and its limits. */
export interface HealthOptions {
  /** TCP port; 0 for any free one. */
  readonly port: number;
  /** Default: 127.0.0.1, which other machines do not reach. */
  readonly host?: string;
  /** Longest time since the last reading without a fault, in seconds; beyond it the subscription is unhealthy. Default: 120. */
  readonly longestSilence?: number;
  /** Largest number of confirmed blocks that are not read yet; beyond it the subscription is unhealthy. Default: 1 000. */
  readonly largestLag?: number;
}

/** The health endpoint could not be opened. */
export class HealthPortError extends WatchError {
  override readonly name = "HealthPortError";

  constructor(
    readonly host: string,
    readonly port: number,
    readonly reason: string,
  ) {
    super(`Health and metrics cannot be served at ${host}:${port} (${reason}). Next: choose another port.`);
  }
}

/** The answer of `/health`. */
export interface Health {
  readonly healthy: boolean;
  /** The problems, in sentences. */
  readonly problems: readonly string[];
  readonly chainId: string;
  readonly head: number;
  readonly position: number;
  readonly lag: number;
  readonly secondsSinceRead: number | undefined;
  readonly readers: readonly { readonly name: string; readonly waiting: number; readonly fault?: string }[];
  readonly deadLetters: number;
}

/** Time limit for reading the status from the store, in milliseconds. */
const STORE_TIMEOUT = 5_000;

/** Serves `/health` and `/metrics` of a subscription. */
export class HealthServer {
  #subscription: Subscription | undefined;

  private constructor(
    private readonly server: Server,
    private readonly options: HealthOptions,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Opens the endpoint. {@link attach} gives it the subscription to report on.
   *
   * @throws HealthPortError if the port is taken or not allowed.
   * @throws InvalidInputError if it is no port.
   */
  static async open(options: HealthOptions): Promise<HealthServer> {
    const { port, host = "127.0.0.1" } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new InvalidInputError("port", port, "whole numbers from 0 to 65535", "choose another one");
    }
    // Imported here, so that importing the package loads no server.
    const [{ createServer }, metrics] = await Promise.all([import("node:http"), Metrics.create()]);
    const server = createServer();
    const health = new HealthServer(server, options, metrics);
    server.on("request", (request, response) => {
      void health.#answer(request.method ?? "", request.url ?? "").then(({ status, type, body }) => {
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
      });
    });
    await new Promise<void>((resolve, reject) => {
      // Later errors concern single connections and must not end the watcher.
      server.on("error", (error) => {
        reject(new HealthPortError(host, port, reasonOf(error)));
      });
      server.listen(port, host, resolve);
    });
    return health;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  attach(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** Counts an attempt to deliver; pass it to `Subscription` as `onDelivery`. */
  readonly onDelivery = (report: DeliveryReport): void => {
    this.metrics.count(report);
  };

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(method: string, url: string): Promise<{ status: number; type: string; body: string }> {
    const text = "text/plain; charset=utf-8";
    const path = url.split("?")[0];
    if (method !== "GET" && method !== "HEAD") return { status: 405, type: text, body: "Only GET is answered.\n" };
    if (path !== "/health" && path !== "/metrics") {
      return { status: 404, type: text, body: "There are /health and /metrics.\n" };
    }
    const status = await this.#status();
    if (path === "/metrics") {
      return { status: 200, type: this.metrics.contentType, body: await this.metrics.write(status) };
    }
    const health = typeof status === "string" ? { healthy: false, problems: [status] } : this.#healthOf(status);
    return {
      status: health.healthy ? 200 : 503,
      type: "application/json",
      body: `${JSON.stringify(health, null, 2)}\n`,
    };
  }

  /** The status, or a sentence why it is unknown. */
  async #status(): Promise<SubscriptionStatus | string> {
    if (this.#subscription === undefined) return "Watching has not begun.";
    try {
      return await withTimeout(this.#subscription.status(), STORE_TIMEOUT, "it does not answer");
    } catch (error) {
      return `The store fails (${reasonOf(error)}).`;
    }
  }

  #healthOf({ watcher, readers, deadLetters }: SubscriptionStatus): Health {
    const { longestSilence = 120, largestLag = 1_000 } = this.options;
    const { chainId, head, position, lag, lastReadAt, fault } = watcher;
    const silence = lastReadAt === 0 ? undefined : Math.round((Date.now() - lastReadAt) / 1_000);
    const problems: string[] = [];
    if (fault !== undefined) problems.push(`The node fails (${fault}).`);
    if (silence === undefined) problems.push("Nothing was read yet.");
    else if (silence > longestSilence) problems.push(`Nothing was read for ${silence} s.`);
    if (lag > largestLag) problems.push(`${lag} blocks are behind.`);
    return {
      healthy: problems.length === 0,
      problems,
      chainId: chainId.toString(),
      head,
      position,
      lag,
      secondsSinceRead: silence,
      readers: readers.map(({ name, waiting, tries }) => {
        return { name, waiting, ...(tries === undefined ? {} : { fault: `${tries.reason} (${tries.count} tries)` }) };
      }),
      deadLetters,
    };
  }
}

/** The metrics behind `/metrics`, in a registry of their own. */
class Metrics {
  private constructor(
    private readonly registry: Registry,
    private readonly gauges: ReadonlyMap<string, Gauge>,
    private readonly counters: ReadonlyMap<string, Counter>,
    private readonly waiting: Gauge,
    private readonly deliveries: Counter,
    private readonly seconds: Histogram,
  ) {}

  static async create(): Promise<Metrics> {
    const prometheus = await import("prom-client");
    const registry = new prometheus.Registry();
    const registers = [registry];
    const gauges = new Map(
      Object.entries(GAUGES).map(([name, help]) => [
        name,
        new prometheus.Gauge({ name: `${PREFIX}${name}`, help, registers }),
      ]),
    );
    const counters = new Map(
      Object.entries(COUNTERS).map(([name, help]) => [
        name,
        new prometheus.Counter({ name: `${PREFIX}${name}`, help, registers }),
      ]),
    );
    const waiting = new prometheus.Gauge({
      name: `${PREFIX}reader_waiting`,
      help: "Chain events that a reader has not acknowledged.",
      labelNames: ["reader"],
      registers,
    });
    const deliveries = new prometheus.Counter({
      name: `${PREFIX}deliveries_total`,
      help: "Attempts to deliver, by endpoint and outcome: delivered, failed (will be tried again), dead (set aside), gone (410, nothing more is sent).",
      labelNames: ["endpoint", "outcome"],
      registers,
    });
    const seconds = new prometheus.Histogram({
      name: `${PREFIX}delivery_seconds`,
      help: "How long an attempt to deliver took.",
      labelNames: ["endpoint"],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    return new Metrics(registry, gauges, counters, waiting, deliveries, seconds);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  count({ endpoint, outcome, milliseconds }: DeliveryReport): void {
    this.deliveries.inc({ endpoint, outcome });
    this.seconds.observe({ endpoint }, milliseconds / 1_000);
  }

  async write(status: SubscriptionStatus | string): Promise<string> {
    this.gauges.get("up")?.set(typeof status === "string" ? 0 : 1);
    if (typeof status !== "string") {
      const { watcher, readers, deadLetters } = status;
      const { head, position, lag, positionTime, lastReadAt, fault, sequence } = watcher;
      const values = {
        ...{ head_block: head, position_block: position, lag_blocks: lag, position_timestamp_seconds: positionTime },
        ...{ last_read_timestamp_seconds: lastReadAt / 1_000, fault: fault === undefined ? 0 : 1, events: sequence },
        dead_letters: deadLetters,
      };
      for (const [name, value] of Object.entries(values)) this.gauges.get(name)?.set(value);
      const { requests, failures, reorgs, removals } = watcher;
      const counts = {
        ...{ requests_total: requests, request_failures_total: failures },
        ...{ reorgs_total: reorgs, removed_total: removals },
      };
      for (const [name, value] of Object.entries(counts)) {
        const counter = this.counters.get(name);
        counter?.reset();
        counter?.inc(value);
      }
      this.waiting.reset();
      for (const { name, waiting } of readers) this.waiting.set({ reader: name }, waiting);
    }
    return await this.registry.metrics();
  }
}

const PREFIX = "prepaid_escrow_watch_";

/** The meaning of each metric. docs/watching.md has the same list. */
const GAUGES = {
  up: "1 while the store answers and watching has begun.",
  head_block: "The newest block that the node has reported.",
  position_block: "The last block that was read.",
  lag_blocks: "Confirmed blocks that were not read yet.",
  position_timestamp_seconds: "Unix time of the last block read.",
  last_read_timestamp_seconds: "When the node was last read without a fault.",
  fault: "1 while a fault of the node is being waited out.",
  events: "The last sequence: events and removals delivered since the store began.",
  dead_letters: "Chain events set aside, of all endpoints.",
} as const;

const COUNTERS = {
  requests_total: "Requests to the node since the start.",
  request_failures_total: "Requests the node failed since the start.",
  reorgs_total: "Changes of the chain undone since the start.",
  removed_total: "Events taken back since the start.",
} as const;
