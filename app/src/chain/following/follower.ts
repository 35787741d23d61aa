import type { Followed } from "./following";
import { EMPTY } from "./ledger";
import type { ConsoleLedger } from "./ledger";

/**
 * The watcher in the browser: one ledger for all pages. It is kept in the browser's database, so that it goes on where it
 * stopped after a reload or a night asleep.
 */
export class Follower {
  #ledger: ConsoleLedger = EMPTY;
  readonly #listeners = new Set<() => void>();
  #started = false;

  constructor(private readonly followed: Followed) {}

  /** Whether a page has asked for it. */
  get started(): boolean {
    return this.#started;
  }

  readonly get = (): ConsoleLedger => this.#ledger;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#started) {
      this.#started = true;
      // Only pages that list many merchants or cards need the code that makes the ledger.
      void import("./following").then(({ Following }) =>
        new Following(this.followed, this.get, (next) => {
          this.#set(next);
        }).run(),
      );
    }
    return () => this.#listeners.delete(listener);
  };

  #set(next: Partial<ConsoleLedger>): void {
    this.#ledger = { ...this.#ledger, ...next };
    for (const listener of this.#listeners) listener();
  }
}
