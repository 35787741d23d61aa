import { InvalidInputError } from "../utils/invalidInput.js";
import { Notifier } from "./notifier.js";
import { WebhookSender } from "./delivery.js";
import type { DeliveryReport, WebhookEndpoint } from "./delivery.js";
import { StoreFailedError } from "./errors.js";
import type { DeliveryStore, ReaderState } from "./store.js";
import { pause } from "../utils/waiting.js";
import { chainEventOf } from "./chainEvent.js";
import type { ChainEvent } from "./chainEvent.js";
import type { WatchOptions } from "./options.js";
import { Watcher } from "./watcher.js";
import type { WatchStatus } from "./watcher.js";

/** A subscription of several readers, each with a position of its own. */
export interface SubscriptionOptions extends Omit<WatchOptions, "store" | "reader" | "signal"> {
  readonly store: DeliveryStore;
  readonly signal: AbortSignal;
  readonly endpoints?: readonly WebhookEndpoint[];
  /** Called with each event, in order; the next call waits for the promise of this one. */
  readonly onChainEvent?: (chainEvent: ChainEvent) => void | Promise<void>;
  /** Ends the run once every event so far is delivered. An endpoint that fails is not waited for. */
  readonly once?: boolean;
  /** Called after each attempt to deliver to an endpoint. */
  readonly onDelivery?: (report: DeliveryReport) => void;
}

/** The progress of a subscription. */
export interface SubscriptionStatus {
  readonly watcher: WatchStatus;
  readonly readers: readonly ReaderState[];
  readonly deadLetters: number;
}

/** The name of the reader behind `onChainEvent`. */
const LISTENER = "default";

/** Milliseconds between two checks whether everything is delivered. */
const CHECK_INTERVAL = 200;

/** Reads the chain into a store, and delivers from the store to each reader at its own pace. */
export class Subscription {
  readonly #notifier = new Notifier();

  private constructor(
    readonly watcher: Watcher,
    private readonly deliveries: readonly WebhookSender[],
    private readonly options: SubscriptionOptions,
  ) {}

  /**
   * @throws WatchError (a subclass) as {@link Watcher.open} does.
   * @throws InvalidInputError if an option or an endpoint cannot be used.
   */
  static async open(options: SubscriptionOptions): Promise<Subscription> {
    const { endpoints = [], store, onDelivery } = options;
    const names = endpoints.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InvalidInputError("webhook name", twice, "names that differ", "give each endpoint its own");
    }
    const deliveries = endpoints.map((endpoint) => new WebhookSender(endpoint, store, onDelivery));
    return new Subscription(await Watcher.open(options), deliveries, options);
  }

  /**
   * Runs until the signal is aborted, or with `once` until every event so far is delivered. Attempts in progress are finished first.
   *
   * @throws WatchError (a subclass) if trying again would not help; every reader is stopped then.
   */
  async run(): Promise<void> {
    const { signal, onChainEvent, once = false, pollInterval = 2_000 } = this.options;
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const parts = [
      this.#watch(ended),
      ...(onChainEvent === undefined ? [] : [this.#listen(onChainEvent, ended, pollInterval)]),
      ...this.deliveries.map((delivery) => delivery.run(ended, this.#notifier, pollInterval)),
      ...(once ? [this.#untilDelivered(ended, Math.min(pollInterval, CHECK_INTERVAL))] : []),
    ].map(async (part) => {
      try {
        await part;
      } finally {
        stop.abort();
      }
    });
    const failed = (await Promise.allSettled(parts)).find((part) => part.status === "rejected");
    // Stopping while the store is down loses nothing: uncommitted blocks are read again.
    if (failed === undefined || (signal.aborted && failed.reason instanceof StoreFailedError)) return;
    throw failed.reason;
  }

  async status(): Promise<SubscriptionStatus> {
    const { store } = this.options;
    const [readers, deadLetters] = await Promise.all([store.readers(), store.countDeadLetters()]);
    return { watcher: this.watcher.status, readers, deadLetters };
  }

  async #watch(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const { sequence } = this.watcher.status;
      await this.watcher.step();
      if (this.watcher.status.sequence !== sequence) this.#notifier.notifyAll();
    }
  }

  /** Waits until the newest block is read and every reader has acknowledged everything; a failing endpoint continues at the next start. */
  async #untilDelivered(ended: AbortSignal, interval: number): Promise<void> {
    const names = new Set([
      ...(this.options.onChainEvent === undefined ? [] : [LISTENER]),
      ...this.deliveries.map(({ reader }) => reader),
    ]);
    while (!ended.aborted) {
      const { watcher, readers } = await this.status();
      // A reader that has not begun yet is not in the store.
      const done = readers.filter(
        ({ name, waiting, tries }) => names.has(name) && (waiting === 0 || tries !== undefined),
      );
      if (watcher.head > 0 && watcher.lag === 0 && done.length === names.size) return;
      await pause(interval, ended);
    }
  }

  async #listen(
    onChainEvent: NonNullable<SubscriptionOptions["onChainEvent"]>,
    ended: AbortSignal,
    pollInterval: number,
  ): Promise<void> {
    const { store } = this.options;
    const isOver = (): boolean => ended.aborted;
    let position = await store.position(LISTENER);
    while (!isOver()) {
      const some = await store.after(position, 100);
      // The watcher rings the notifier after each step; the interval matters for a store that another process fills.
      if (some.length === 0) await this.#notifier.wait(ended, pollInterval);
      for (const kept of some) {
        await onChainEvent(chainEventOf(kept));
        position = kept.sequence;
        await store.acknowledge(LISTENER, position);
        if (isOver()) return;
      }
    }
  }
}
