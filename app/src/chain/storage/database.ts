import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import type { KeptChainEvent } from "prepaid-escrow/watcher";

/** One visit as this browser knows it. */
export interface StoredReceipt {
  readonly cardId: string;
  /** The card's consumption before it, in units of its program. */
  readonly from: bigint;
  readonly cumulative: bigint;
  readonly previous: string;
  readonly receipt: string;
  readonly item: string;
  readonly salt: string;
  readonly itemHash: string;
  /** The holder's signature, if this browser is the holder's. It can be shown to the till again. */
  readonly signature?: string;
  /** When it was signed or taken, in milliseconds. */
  readonly at: number;
}

/** The console's database in this browser, one a deployment. */
interface Schema extends DBSchema {
  /** Visits this browser has signed, as their holder or taken at a till. */
  receipts: { key: string; value: StoredReceipt; indexes: { card: string } };
  /** Texts and files that evidence hashes stand for. */
  evidence: { key: string; value: { readonly hash: string; readonly name: string; readonly content: Blob } };
  /** When a block was, in Unix seconds, by its hash. */
  times: { key: string; value: bigint };
  chainEvents: { key: number; value: KeptChainEvent };
  watch: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;

let opened: Promise<Database> | undefined;

/**
 * Opens the database of a deployment.
 *
 * @param name Its name, another one for each chain; a development chain that begins anew is another chain.
 */
export function openDatabase(name: string): Promise<Database> {
  opened ??= openDB<Schema>(`console ${name}`, 1, {
    upgrade(database) {
      database.createObjectStore("receipts", { keyPath: "receipt" }).createIndex("card", "cardId");
      database.createObjectStore("evidence", { keyPath: "hash" });
      database.createObjectStore("times");
      database.createObjectStore("chainEvents", { keyPath: "sequence" });
      database.createObjectStore("watch");
    },
  });
  // Without this a browser that runs short of space may delete signed visits.
  void navigator.storage.persist();
  return opened;
}
