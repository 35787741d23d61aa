import { standingWarnings } from "prepaid-escrow";
import type { EscrowEvent, StandingWarning } from "prepaid-escrow";
import { EventFold } from "prepaid-escrow/ledger";
import type { FoldableEvent, FoldedState } from "prepaid-escrow/ledger";
import { noticeOf } from "prepaid-escrow/watcher";

import type { Ledger } from "./ledger";
import type { IndexedDbWatchStore } from "./watchStore";

/** How many notices are read from the database at once. */
const PAGE = 2_000;

/** Events that were read, oldest first, and the state they lead to. */
export class Bookkeeper {
  readonly #fold = new EventFold();
  readonly #events: FoldableEvent[] = [];
  readonly #keys: string[] = [];
  #warnings: StandingWarning[] = [];

  /** @param entries Events with their idempotency keys. */
  book(entries: readonly { readonly key: string; readonly event: FoldableEvent }[]): void {
    for (const { key, event } of entries) {
      this.#fold.take(event);
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
  at(now: bigint): FoldedState & Pick<Ledger, "events" | "warnings"> {
    return { ...this.#fold.at(now), events: [...this.#events], warnings: this.#warnings };
  }
}

/** The books, made of the notices in the database. */
export class Reading {
  books = new Bookkeeper();
  position = 0;

  constructor(
    private readonly store: IndexedDbWatchStore,
    private readonly timed: (event: EscrowEvent) => Promise<FoldableEvent>,
  ) {}

  async readOn(): Promise<void> {
    for (;;) {
      const kept = await this.store.after(this.position, PAGE);
      const last = kept.at(-1);
      if (last === undefined) return;
      const notices = await Promise.all(
        kept.map(async (each) => {
          const { kind, key, event } = noticeOf(each);
          return { kind, key, event: kind === "event" ? await this.timed(event) : event };
        }),
      );
      let fresh: typeof notices = [];
      for (const notice of notices) {
        if (notice.kind === "event") {
          fresh.push(notice);
          continue;
        }
        // Rare: the chain has changed. The books are made again without the removed event.
        this.books.book(fresh);
        fresh = [];
        this.books = this.books.without(notice.key);
      }
      this.books.book(fresh);
      this.position = last.sequence;
    }
  }
}
