import { NodeUnreachableError } from "prepaid-escrow";
import type { EscrowEvent, EscrowClient } from "prepaid-escrow";
import { needsTime } from "prepaid-escrow/ledger";
import type { LedgerEvent } from "prepaid-escrow/ledger";
import { Watcher } from "prepaid-escrow/watcher";
import type { RpcProvider } from "prepaid-escrow/watcher";

import type { Database } from "../storage/database";
import { Reading } from "./books";
import type { ConsoleLedger } from "./ledger";
import { IndexedDbWatchStore } from "./watchStore";

/** The contracts to follow, and where the events are kept. */
export interface Followed {
  readonly client: EscrowClient;
  readonly database: Database;
  readonly pollInterval: number;
}

/** Milliseconds without an event after which the ledger is made again, because time alone changes it. */
const STALE = 60_000;

/** Watches the chain, and makes the ledger of its events. */
export class Following {
  /** The last event in the ledger, and when the ledger was made, in milliseconds. */
  #position = -1;
  #ledgerAt = 0;

  constructor(
    private readonly followed: Followed,
    private readonly get: () => ConsoleLedger,
    private readonly set: (next: Partial<ConsoleLedger>) => void,
  ) {}

  /** One page writes to the database. The others read what it writes, and one of them takes over when it is closed. */
  async run(): Promise<void> {
    const { database, pollInterval } = this.followed;
    const name = `watch ${database.name}`;
    const lock = { held: false };
    void navigator.locks.request(name, async () => {
      lock.held = true;
      await new Promise(() => undefined);
    });
    const store = new IndexedDbWatchStore(database);
    const again = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
    let watcher: Watcher | undefined;
    let reading = new Reading(store, (event) => this.#timed(event));
    for (;;) {
      try {
        await reading.readOn();
        await this.#publish(reading, {});
        await again(0);
        if (!lock.held) {
          await this.#publish(reading, { caughtUp: reading.position > 0, fault: undefined });
          await again(pollInterval);
          continue;
        }
        watcher ??= await this.#open(store, (fault) => {
          this.set({ fault });
        });
        await watcher.step();
        await reading.readOn();
        const { lag, position: block, fault, head } = watcher.status;
        await this.#publish(reading, { caughtUp: head > 0 && lag === 0, block, fault });
      } catch (error) {
        watcher = undefined;
        reading = new Reading(store, (event) => this.#timed(event));
        this.set({ fault: error instanceof Error ? error.message : String(error) });
        await again(3_000);
      }
    }
  }

  /** Publishes the ledger if events are new, or if time may have changed it. */
  async #publish(reading: Reading, next: Partial<ConsoleLedger>): Promise<void> {
    if (reading.position !== this.#position || Date.now() - this.#ledgerAt > STALE) {
      this.#position = reading.position;
      this.#ledgerAt = Date.now();
      this.set({ ...reading.books.at(await this.#now()), ...next });
    } else if ((Object.keys(next) as (keyof ConsoleLedger)[]).some((key) => next[key] !== this.get()[key])) {
      this.set(next);
    }
  }

  /** The chain's time; this machine's if the node does not answer. */
  async #now(): Promise<bigint> {
    return await this.followed.client.now().catch(() => BigInt(Math.floor(Date.now() / 1_000)));
  }

  /** An event, with the time of its block if the ledger needs it. */
  async #timed(event: EscrowEvent): Promise<LedgerEvent> {
    if (!needsTime(event)) return event;
    const { database, client } = this.followed;
    const kept = await database.get("times", event.blockHash);
    if (kept !== undefined) return { ...event, timestamp: kept };
    // By number: an event whose block is gone will be removed soon.
    const block = await client.provider.getBlock(event.blockNumber);
    if (block === null) throw new NodeUnreachableError({});
    const timestamp = BigInt(block.timestamp);
    await database.put("times", timestamp, event.blockHash);
    return { ...event, timestamp };
  }

  async #open(store: IndexedDbWatchStore, onFault: (fault: string | undefined) => void): Promise<Watcher> {
    const { client, pollInterval } = this.followed;
    const { escrow, register, deployBlock: fromBlock } = client;
    const provider = client.provider as unknown as RpcProvider;
    const contracts = register === undefined ? { escrow } : { escrow, register };
    return await Watcher.open({ provider, contracts, fromBlock, store, pollInterval, longestWait: 8_000, onFault });
  }
}
