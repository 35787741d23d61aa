import type { BlockRef, StoredProgress, KeptChainEvent, WatchCommit, WatchStore } from "prepaid-escrow/watcher";

import type { Database } from "../storage/database";

interface Place {
  readonly identity: string;
  readonly sequence: number;
  readonly blocks: readonly BlockRef[];
}

/**
 * The watcher's place in the browser's own database. Events are never deleted: after a reload the ledger is made of them,
 * and the node is not asked for them again.
 */
export class IndexedDbWatchStore implements WatchStore {
  constructor(private readonly database: Database) {}

  async load(): Promise<StoredProgress | undefined> {
    const place = (await this.database.get("watch", "place")) as Place | undefined;
    if (place === undefined) return undefined;
    const oldest = place.blocks[0]?.number ?? 0;
    const chainEvents = (await this.database.getAll("chainEvents")).filter(({ log }) => log.blockNumber >= oldest);
    return { ...place, chainEvents };
  }

  async begin(identity: string, block: BlockRef): Promise<void> {
    await this.database.put("watch", { identity, sequence: 0, blocks: [block] } satisfies Place, "place");
  }

  async commit({ after, rollbackTo, blocks, chainEvents, forgetBelow }: WatchCommit): Promise<void> {
    const transaction = this.database.transaction(["watch", "chainEvents"], "readwrite", { durability: "strict" });
    const places = transaction.objectStore("watch");
    const place = (await places.get("place")) as Place;
    if (after !== place.sequence) {
      transaction.abort();
      // The lock on the database allows one page to write.
      throw new Error("Another page writes to this database.");
    }
    const kept = place.blocks.filter(({ number }) => rollbackTo === undefined || number <= rollbackTo);
    const next = [...kept, ...blocks].filter(({ number }) => number >= forgetBelow);
    for (const chainEvent of chainEvents) void transaction.objectStore("chainEvents").put(chainEvent);
    await places.put({ ...place, blocks: next, sequence: place.sequence + chainEvents.length }, "place");
    await transaction.done;
  }

  async after(sequence: number, limit: number): Promise<KeptChainEvent[]> {
    return await this.database.getAll("chainEvents", IDBKeyRange.lowerBound(sequence, true), limit);
  }

  async position(reader: string): Promise<number> {
    return ((await this.database.get("watch", `reader ${reader}`)) as number | undefined) ?? 0;
  }

  async acknowledge(reader: string, sequence: number): Promise<void> {
    await this.database.put("watch", sequence, `reader ${reader}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
