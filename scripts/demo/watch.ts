import { setTimeout as delay } from "node:timers/promises";

import type { DecodedEvent } from "../../src/contracts/events.js";
import { isEvent } from "../../src/contracts/events.js";
import { MemoryStore, watchEvents } from "../../src/watcher/index.js";
import type { World } from "./world.js";

/** Milliseconds between two requests to the chain. */
const INTERVAL = 5;
/** Milliseconds in which a request must be answered: longer than any step takes. */
const TIMEOUT = 600_000;

/** A warning that begins or ends. */
export type WarningEvent = DecodedEvent<"WarningRaised"> | DecodedEvent<"WarningCleared">;

/**
 * The regulator's subscription to the warnings of both contracts. It follows the chain block by block, independently of the player, and
 * takes warnings from the chain alone.
 *
 * Its requests wait while the player sends: both share one process, and requests in between would slow the player down.
 */
export class WarningWatch {
  /** Keeps the place of the subscription. */
  readonly #store = new MemoryStore();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  #turn = new Turn();

  private constructor(world: World, fromBlock: number, onWarning: (event: WarningEvent) => void) {
    // The first turn is to open the subscription.
    this.#turn.begin();
    this.#watching = this.#watch(world, fromBlock, onWarning);
    // `caughtUp` and `stop` throw the failure of the subscription.
    this.#watching.catch(() => undefined);
  }

  /**
   * Begins with the next block.
   *
   * @param onWarning Called with each warning, in the order of the chain.
   */
  static async begin(world: World, onWarning: (event: WarningEvent) => void): Promise<WarningWatch> {
    return new WarningWatch(world, (await world.chain.blockNumber()) + 1, onWarning);
  }

  /** Waits until every warning up to `block` has been passed on. */
  async caughtUp(block: number): Promise<void> {
    this.#turn.begin();
    while (!(await this.#hasRead(block))) await Promise.race([delay(INTERVAL / 4), this.#watching]);
    this.#turn = new Turn();
  }

  /** Ends the subscription. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#turn.begin();
    await this.#watching;
  }

  async #watch(
    { chain, addresses }: World,
    fromBlock: number,
    onWarning: (event: WarningEvent) => void,
  ): Promise<void> {
    const { escrow, register } = addresses;
    const chainEvents = watchEvents({
      provider: {
        send: async (method, params) => {
          await this.#turn.begun;
          return (await chain.provider.send(method, [...(params as readonly unknown[])])) as unknown;
        },
      },
      contracts: { escrow, register },
      events: ["WarningRaised", "WarningCleared"],
      fromBlock,
      store: this.#store,
      signal: this.#stop.signal,
      pollInterval: INTERVAL,
      timeout: TIMEOUT,
    });
    for await (const { event } of chainEvents) {
      if (isEvent(event, "WarningRaised") || isEvent(event, "WarningCleared")) onWarning(event);
    }
  }

  /** Whether the store has the block, and every chain event up to it was delivered. */
  async #hasRead(block: number): Promise<boolean> {
    const kept = await this.#store.load();
    if (kept === undefined) return false;
    const read = kept.blocks.at(-1)?.number ?? 0;
    return read >= block && (await this.#store.position("default")) === kept.sequence;
  }
}

/** A turn of the subscription. */
class Turn {
  #begin: () => void = () => undefined;
  readonly begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });

  begin(): void {
    this.#begin();
  }
}
