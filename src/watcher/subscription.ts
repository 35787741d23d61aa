import { InvalidInputError } from "../utils/invalidInput.js";
import { Bell } from "./bell.js";
import { Delivery } from "./delivery.js";
import type { DeliveryReport, WebhookEndpoint } from "./delivery.js";
import { StoreFailedError } from "./errors.js";
import type { DeliveryStore, ReaderState } from "./store.js";
import { pause } from "../utils/waiting.js";
import { Watcher, noticeOf } from "./watcher.js";
import type { Notice, WatchOptions, WatchStatus } from "./watcher.js";

/** A subscription of several readers, each with a place of its own. */
export interface SubscriptionOptions extends Omit<WatchOptions, "store" | "reader" | "signal"> {
  readonly store: DeliveryStore;
  readonly signal: AbortSignal;
  readonly endpoints?: readonly WebhookEndpoint[];
  /** Told each notice, in order; the next one follows when it has been resolved. */
  readonly onNotice?: (notice: Notice) => void | Promise<void>;
  /** To end by itself once all there is so far was told, and each endpoint has taken it or has failed to. */
  readonly once?: boolean;
  /** Told of each attempt to deliver. */
  readonly onDelivery?: (report: DeliveryReport) => void;
}

/** How a subscription goes. */
export interface SubscriptionStatus {
  readonly watcher: WatchStatus;
  readonly readers: readonly ReaderState[];
  readonly deadLetters: number;
}

/** The name of the reader behind `onNotice`. */
const LISTENER = "default";

/** Milliseconds between two looks at whether all was told. */
const LOOK = 200;

/** Reads the chain into a store, and from there to everyone who subscribes: one that hangs does not hold up the others. */
export class Subscription {
  readonly #bell = new Bell();

  private constructor(
    readonly watcher: Watcher,
    private readonly deliveries: readonly Delivery[],
    private readonly options: SubscriptionOptions,
  ) {}

  /** @throws What {@link Watcher.open} throws; InvalidInputError if an endpoint cannot be used. */
  static async open(options: SubscriptionOptions): Promise<Subscription> {
    const { endpoints = [], store, onDelivery } = options;
    const names = endpoints.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InvalidInputError("webhook name", twice, "names that differ", "give each endpoint its own");
    }
    const deliveries = endpoints.map((endpoint) => new Delivery(endpoint, store, onDelivery));
    return new Subscription(await Watcher.open(options), deliveries, options);
  }

  /**
   * Until the signal, or with `once` until all there is was told. Deliveries that are under way are finished first.
   *
   * @throws WatchError (a subclass) when trying again would not help; everything is stopped then.
   */
  async run(): Promise<void> {
    const { signal, onNotice, once = false, pollInterval = 2_000 } = this.options;
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const parts = [
      this.#watch(ended),
      ...(onNotice === undefined ? [] : [this.#listen(onNotice, ended, pollInterval)]),
      ...this.deliveries.map((delivery) => delivery.run(ended, this.#bell, pollInterval)),
      ...(once ? [this.#untilTold(ended, Math.min(pollInterval, LOOK))] : []),
    ].map(async (part) => {
      try {
        await part;
      } finally {
        stop.abort();
      }
    });
    const failed = (await Promise.allSettled(parts)).find((part) => part.status === "rejected");
    // Who is told to end while the store is away has lost nothing: what was not kept is read again.
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
      if (this.watcher.status.sequence !== sequence) this.#bell.ring();
    }
  }

  /** Until the newest block was read, and every reader has what there is; an endpoint that fails goes on with the next start. */
  async #untilTold(ended: AbortSignal, interval: number): Promise<void> {
    const names = new Set([
      ...(this.options.onNotice === undefined ? [] : [LISTENER]),
      ...this.deliveries.map(({ reader }) => reader),
    ]);
    while (!ended.aborted) {
      const { watcher, readers } = await this.status();
      // A reader that has not begun yet has no place.
      const done = readers.filter(
        ({ name, waiting, tries }) => names.has(name) && (waiting === 0 || tries !== undefined),
      );
      if (watcher.head > 0 && watcher.lag === 0 && done.length === names.size) return;
      await pause(interval, ended);
    }
  }

  async #listen(
    onNotice: NonNullable<SubscriptionOptions["onNotice"]>,
    ended: AbortSignal,
    pollInterval: number,
  ): Promise<void> {
    const { store } = this.options;
    const isOver = (): boolean => ended.aborted;
    let position = await store.position(LISTENER);
    while (!isOver()) {
      const some = await store.after(position, 100);
      // The bell is rung for each step; the interval is for a store that somebody else fills.
      if (some.length === 0) await this.#bell.wait(ended, pollInterval);
      for (const kept of some) {
        await onNotice(noticeOf(kept));
        position = kept.sequence;
        await store.acknowledge(LISTENER, position);
        if (isOver()) return;
      }
    }
  }
}
