import { standingWarnings } from "prepaid-escrow";
import type { EscrowEvent, StandingWarning } from "prepaid-escrow";
import { EventLedger } from "prepaid-escrow/ledger";
import type { LedgerEvent, LedgerState } from "prepaid-escrow/ledger";
import { chainEventOf } from "prepaid-escrow/watcher";

import type { ConsoleLedger } from "./ledger";
import type { IndexedDbWatchStore } from "./watchStore";

/** How many events are read from the database at once. */
const PAGE = 2_000;

/** Events that were read, oldest first, and the state they lead to. */
export class Bookkeeper {
  readonly #ledger = new EventLedger();
  readonly #events: LedgerEvent[] = [];
  readonly #keys: string[] = [];
  #warnings: StandingWarning[] = [];

  /** @param entries Events with their idempotency keys. */
  book(entries: readonly { readonly key: string; readonly event: LedgerEvent }[]): void {
    for (const { key, event } of entries) {
      this.#ledger.apply(event);
      this.#events.push(event);
      this.#keys.push(key);
    }
    this.#warnings = standingWarnings(
      entries.map(({ event }) => event),
      this.#warnings,
    );
  }

  /** The same books without an event that is not in the chain any more. */
  without(key: string): Bookkeeper {
    const gone = this.#keys.lastIndexOf(key);
    const books = new Bookkeeper();
    books.book(this.#events.map((event, i) => ({ key: this.#keys[i] ?? "", event })).filter((_, i) => i !== gone));
    return books;
  }

  /** @param now Unix seconds. */
  at(now: bigint): LedgerState & Pick<ConsoleLedger, "events" | "warnings"> {
    return { ...this.#ledger.at(now), events: [...this.#events], warnings: this.#warnings };
  }
}

/** The books, made of the events in the database. */
export class Reading {
  books = new Bookkeeper();
  position = 0;

  constructor(
    private readonly store: IndexedDbWatchStore,
    private readonly timed: (event: EscrowEvent) => Promise<LedgerEvent>,
  ) {}

  async readOn(): Promise<void> {
    for (;;) {
      const kept = await this.store.after(this.position, PAGE);
      const last = kept.at(-1);
      if (last === undefined) return;
      const chainEvents = await Promise.all(
        kept.map(async (each) => {
          const { kind, key, event } = chainEventOf(each);
          return { kind, key, event: kind === "event" ? await this.timed(event) : event };
        }),
      );
      let fresh: typeof chainEvents = [];
      for (const chainEvent of chainEvents) {
        if (chainEvent.kind === "event") {
          fresh.push(chainEvent);
          continue;
        }
        // Rare: the chain has changed. The books are made again without the removed event.
        this.books.book(fresh);
        fresh = [];
        this.books = this.books.without(chainEvent.key);
      }
      this.books.book(fresh);
      this.position = last.sequence;
    }
  }
}
