import { Watcher, noticeOf } from "prepaid-escrow";
import type { EscrowEvent, RpcProvider } from "prepaid-escrow";

import type { Database } from "./database";
import { Bookkeeper, EMPTY } from "./ledger";
import type { Ledger } from "./ledger";
import { IndexedDbWatchStore } from "./watchStore";

/** What to follow. */
export interface Followed {
  readonly provider: RpcProvider;
  readonly escrow: string;
  readonly register: string | undefined;
  readonly fromBlock: number;
  readonly database: Database;
  readonly pollInterval: number;
}

/** How many notices are read from the database at once. */
const PAGE = 2_000;

/**
 * The watcher in the browser: one ledger for all pages, kept in the browser's database, so that after a reload or a night asleep it
 * goes on where it stopped.
 */
export class Follower {
  #ledger: Ledger = EMPTY;
  readonly #listeners = new Set<() => void>();
  #started = false;

  constructor(private readonly followed: Followed) {}

  /** Whether a page has asked for it. */
  get started(): boolean {
    return this.#started;
  }

  readonly get = (): Ledger => this.#ledger;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#started) {
      this.#started = true;
      void this.#begin();
    }
    return () => this.#listeners.delete(listener);
  };

  #set(next: Partial<Ledger>): void {
    this.#ledger = { ...this.#ledger, ...next };
    for (const listener of this.#listeners) listener();
  }

  /** One page writes to the database; the others wait for it to be closed, and read what it writes. */
  async #begin(): Promise<void> {
    const { database } = this.followed;
    const name = `watch ${database.name}`;
    const lock = { held: false };
    void navigator.locks.request(name, async () => {
      lock.held = true;
      await new Promise(() => undefined);
    });
    const store = new IndexedDbWatchStore(database);
    let books = new Bookkeeper();
    let keys: string[] = [];
    let position = 0;
    const readOn = async (): Promise<void> => {
      for (;;) {
        const kept = await store.after(position, PAGE);
        if (kept.length === 0) break;
        const fresh: EscrowEvent[] = [];
        for (const each of kept) {
          const { kind, key, event } = noticeOf(each);
          position = each.sequence;
          if (kind === "event") {
            fresh.push(event);
            keys.push(key);
          } else {
            // Rare: the chain has changed. The books are made again without what is gone.
            const events = [...books.events, ...fresh.splice(0)];
            const gone = keys.lastIndexOf(key);
            books = new Bookkeeper();
            books.book(events.filter((_, i) => i !== gone));
            keys = keys.filter((_, i) => i !== gone);
          }
        }
        books.book(fresh);
      }
    };
    const publish = (next: Partial<Ledger>): void => {
      const { events, merchants, programs, cards, warnings } = books;
      const grown = events.length !== this.#ledger.events.length;
      const told = (Object.keys(next) as (keyof Ledger)[]).some((key) => next[key] !== this.#ledger[key]);
      if (grown) this.#set({ events: [...events], merchants: new Map(merchants), programs, cards, warnings, ...next });
      else if (told) this.#set(next);
    };
    await readOn();
    publish({ caughtUp: false });
    let watcher: Watcher | undefined;
    for (;;) {
      try {
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (!lock.held) {
          await readOn();
          publish({ caughtUp: position > 0, fault: undefined });
          await new Promise((resolve) => setTimeout(resolve, this.followed.pollInterval));
          continue;
        }
        watcher ??= await this.#open(store, (fault) => {
          this.#set({ fault });
        });
        await watcher.step();
        await readOn();
        const { lag, position: block, fault, head } = watcher.status;
        publish({ caughtUp: head > 0 && lag === 0, block, fault });
      } catch (error) {
        watcher = undefined;
        this.#set({ fault: error instanceof Error ? error.message : String(error) });
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
    }
  }

  async #open(store: IndexedDbWatchStore, onFault: (fault: string | undefined) => void): Promise<Watcher> {
    const { provider, escrow, register, fromBlock, pollInterval } = this.followed;
    const contracts = register === undefined ? { escrow } : { escrow, register };
    return await Watcher.open({ provider, contracts, fromBlock, store, pollInterval, longestWait: 8_000, onFault });
  }
}
