import { setTimeout as delay } from "node:timers/promises";

import { decodeEvents, topicOf } from "../../src/contracts/events.js";
import type { DecodedEvent } from "../../src/contracts/events.js";
import type { Chain } from "./chain.js";

/** Milliseconds between two looks at the chain. */
const INTERVAL = 20;

/** A warning that begins or ends. */
export type WarningEvent = DecodedEvent<"WarningRaised"> | DecodedEvent<"WarningCleared">;

/**
 * The regulator's subscription to the warnings of both contracts: it follows the chain block by block with `eth_getLogs`, on its own and beside whatever happens,
 * and knows of a warning only what the chain says.
 */
export class WarningSubscription {
  readonly #chain: Chain;
  readonly #contracts: readonly string[];
  readonly #onWarning: (event: WarningEvent) => void;
  readonly #loop: Promise<void>;
  #next: number;
  #stopped = false;

  /**
   * @param contracts Addresses of the escrow and of the deposit register.
   * @param from The first block it looks at.
   * @param onWarning Called with each warning, in the order of the chain.
   */
  constructor(chain: Chain, contracts: readonly string[], from: number, onWarning: (event: WarningEvent) => void) {
    this.#chain = chain;
    this.#contracts = contracts;
    this.#next = from;
    this.#onWarning = onWarning;
    this.#loop = this.#follow();
    // Whoever waits for the subscription hears of its failure.
    this.#loop.catch(() => undefined);
  }

  /** Waits until every block up to `block` has been looked at. */
  async caughtUp(block: number): Promise<void> {
    while (this.#next <= block) await Promise.race([delay(INTERVAL), this.#loop]);
  }

  /** Ends the subscription. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #follow(): Promise<void> {
    const topics = [topicOf("WarningRaised"), topicOf("WarningCleared")];
    while (!this.#stopped) {
      const latest = await this.#chain.blockNumber();
      if (latest >= this.#next) {
        const logs = await this.#chain.logs(this.#next, latest, this.#contracts, topics);
        for (const event of decodeEvents(logs)) {
          if (event.name === "WarningRaised" || event.name === "WarningCleared") this.#onWarning(event);
        }
        this.#next = latest + 1;
      }
      await delay(INTERVAL);
    }
  }
}
