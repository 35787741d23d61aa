import { openDB } from "idb";
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from "idb";
import { BookFailedError, BookMismatchError, TillError } from "prepaid-escrow/till";
import type { BookedVoucher, LossReason, LostVoucher, OpenVoucher, SentBatch, TillStore } from "prepaid-escrow/till";

/** A voucher as it is stored. Its card is in each field whose index must find it, and in no other. */
interface Row {
  readonly voucher: BookedVoucher;
  /** The card, unless the voucher is lost. */
  readonly standing?: string;
  /** The card, unless the voucher is lost or settled. */
  readonly open?: string;
  readonly lost?: LossReason;
}

interface Schema extends DBSchema {
  identity: { key: number; value: string };
  /** In the order they were accepted. */
  vouchers: { key: number; value: Row; indexes: { standing: string; open: string; lost: string } };
  /** Units settled for good, by card. */
  settled: { key: string; value: bigint };
  remembered: { key: string; value: string };
  batches: { key: number; value: SentBatch; indexes: { id: string } };
}

type Name = StoreNames<Schema>;

/**
 * Opens a till's book in this browser. All windows share it, and a voucher is on the disk before it is accepted.
 *
 * @param name Of the database; each merchant has one of its own.
 * @throws BookFailedError if the browser does not open it.
 */
export async function openTillStore(name: string): Promise<IndexedDbTillStore> {
  return await guarded(name, async () => {
    const database = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("identity");
        const vouchers = fresh.createObjectStore("vouchers", { autoIncrement: true });
        for (const index of ["standing", "open", "lost"] as const) vouchers.createIndex(index, index);
        fresh.createObjectStore("settled");
        fresh.createObjectStore("remembered");
        fresh.createObjectStore("batches", { autoIncrement: true }).createIndex("id", "id", { unique: true });
      },
    });
    return new IndexedDbTillStore(database);
  });
}

/** See {@link openTillStore}. */
export class IndexedDbTillStore implements TillStore {
  constructor(private readonly database: IDBPDatabase<Schema>) {}

  async bind(identity: string): Promise<void> {
    await this.#transact(["identity"], "readwrite", async ({ store }) => {
      const kept = await store.get(1);
      if (kept === undefined) await store.put(identity, 1);
      else if (kept !== identity) throw new BookMismatchError(kept, identity);
    });
  }

  async newest(cardId: string): Promise<BookedVoucher | undefined> {
    return await this.#transact(["vouchers"], "readonly", async ({ store }) => {
      const newest = await store.index("standing").openCursor(cardId, "prev");
      return newest?.value.voucher;
    });
  }

  async append(voucher: BookedVoucher, after: bigint): Promise<boolean> {
    const { cardId, cumulative } = voucher;
    return await this.#transact(["vouchers", "settled"], "readwrite", async (transaction) => {
      const vouchers = transaction.objectStore("vouchers");
      const newest = await vouchers.index("standing").openCursor(cardId, "prev");
      if ((newest?.value.voucher.cumulative ?? 0n) !== after) return false;
      const settled = (await transaction.objectStore("settled").get(cardId)) ?? 0n;
      await vouchers.add({ voucher, standing: cardId, ...(cumulative > settled ? { open: cardId } : {}) });
      return true;
    });
  }

  async vouchers(cardId: string): Promise<BookedVoucher[]> {
    return await this.#transact(["vouchers"], "readonly", async ({ store }) =>
      (await store.index("standing").getAll(cardId)).map(({ voucher }) => voucher),
    );
  }

  async open(): Promise<OpenVoucher[]> {
    const open = new Map<string, OpenVoucher>();
    await this.#transact(["vouchers", "settled"], "readonly", async (transaction) => {
      const settled = transaction.objectStore("settled");
      for (const { voucher } of await transaction.objectStore("vouchers").index("open").getAll()) {
        const before = open.get(voucher.cardId);
        open.set(voucher.cardId, {
          voucher,
          settled: before?.settled ?? (await settled.get(voucher.cardId)) ?? 0n,
          since: before?.since ?? voucher.acceptedAt,
        });
      }
    });
    return [...open.values()].sort((a, b) => Number(a.since - b.since));
  }

  async settle(cardId: string, cumulative: bigint): Promise<void> {
    await this.#transact(["vouchers", "settled"], "readwrite", async (transaction) => {
      const settled = transaction.objectStore("settled");
      if (cumulative <= ((await settled.get(cardId)) ?? 0n)) return;
      await settled.put(cumulative, cardId);
      for await (const row of transaction.objectStore("vouchers").index("open").iterate(cardId)) {
        const { voucher } = row.value;
        if (voucher.cumulative <= cumulative) await row.update({ voucher, standing: cardId });
      }
    });
  }

  async markLost(cardId: string, cumulative: bigint, reason: LossReason): Promise<void> {
    await this.#transact(["vouchers"], "readwrite", async ({ store }) => {
      for await (const row of store.index("standing").iterate(cardId)) {
        const { voucher } = row.value;
        if (voucher.cumulative >= cumulative) await row.update({ voucher, lost: reason });
      }
    });
  }

  async lost(): Promise<LostVoucher[]> {
    const rows = await this.#transact(["vouchers"], "readonly", ({ store }) => store.index("lost").getAll());
    const lost = rows.flatMap(({ voucher, lost: reason }) => (reason === undefined ? [] : [{ voucher, reason }]));
    return lost.sort((a, b) => Number(a.voucher.acceptedAt - b.voucher.acceptedAt));
  }

  async remember(values: Readonly<Record<string, string>>): Promise<void> {
    await this.#transact(["remembered"], "readwrite", async ({ store }) => {
      for (const [name, value] of Object.entries(values)) await store.put(value, name);
    });
  }

  async recall(names: readonly string[]): Promise<(string | undefined)[]> {
    return await this.#transact(["remembered"], "readonly", ({ store }) =>
      Promise.all(names.map((name) => store.get(name))),
    );
  }

  async batches(): Promise<SentBatch[]> {
    return await this.#transact(["batches"], "readonly", ({ store }) => store.getAll());
  }

  async keepBatch(batch: SentBatch): Promise<void> {
    await this.#transact(["batches"], "readwrite", async ({ store }) => {
      await store.put(batch, await store.index("id").getKey(batch.id));
    });
  }

  async dropBatch(id: string): Promise<void> {
    await this.#transact(["batches"], "readwrite", async ({ store }) => {
      const place = await store.index("id").getKey(id);
      if (place !== undefined) await store.delete(place);
    });
  }

  close(): Promise<void> {
    this.database.close();
    return Promise.resolve();
  }

  /** One transaction: once this returns, all of it is on the disk; if it throws, nothing was changed. */
  async #transact<Names extends [Name, ...Name[]], Mode extends "readonly" | "readwrite", Answer>(
    names: Names,
    mode: Mode,
    work: (transaction: IDBPTransaction<Schema, Names, Mode>) => Promise<Answer>,
  ): Promise<Answer> {
    return await guarded(this.database.name, async () => {
      const transaction = this.database.transaction(names, mode, { durability: "strict" });
      const done = transaction.done.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const answer = await work(transaction).catch((error: unknown) => {
        // A failed request has already ended the transaction.
        if (error instanceof TillError) transaction.abort();
        throw error;
      });
      const failed = await done;
      if (failed !== undefined) throw failed.error;
      return answer;
    });
  }
}

async function guarded<Answer>(place: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TillError) throw error;
    throw new BookFailedError(place, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
