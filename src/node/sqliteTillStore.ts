import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import { adviceFor, inTransaction, openSqlite } from "./sqlite.js";
import { reasonOf } from "../utils/faults.js";

import { BookFailedError, BookMismatchError, TillError } from "../till/errors.js";
import { decode, encode } from "../utils/json.js";
import type { BookedVoucher, LossReason, LostVoucher, OpenVoucher, SentBatch, TillStore } from "../till/store.js";
import { voucherOf } from "./voucherRow.js";
import type { VoucherRow } from "./voucherRow.js";

const SCHEMA_VERSION = 1;

/* Counts are texts of 27 digits, which sort like the numbers: they have 88 bits, and SQLite's integers only 63. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS book (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS cards (card TEXT PRIMARY KEY, newest TEXT NOT NULL, settled TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS vouchers (
    card TEXT NOT NULL, cumulative TEXT NOT NULL, previous TEXT NOT NULL, receipt TEXT NOT NULL, item TEXT NOT NULL, salt TEXT NOT NULL,
    signature TEXT NOT NULL, contract INTEGER NOT NULL, accepted INTEGER NOT NULL, lost TEXT,
    PRIMARY KEY (card, cumulative, receipt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS vouchers_lost ON vouchers (accepted) WHERE lost IS NOT NULL;
  CREATE INDEX IF NOT EXISTS cards_open ON cards (card) WHERE newest > settled;
  CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, sent INTEGER NOT NULL, batch TEXT NOT NULL) STRICT;
`;

const padded = (units: bigint): string => units.toString().padStart(27, "0");

interface Waiting {
  readonly voucher: BookedVoucher;
  readonly after: bigint;
  readonly resolve: (kept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a till's book in one file, for one process. A crash or a loss of power at any moment loses nothing that was accepted.
 *
 * @param file The file, created if it is missing.
 * @throws BookFailedError if the file cannot be used.
 */
export async function openSqliteTillStore(file: string): Promise<SqliteTillStore> {
  const schema = { version: SCHEMA_VERSION, from: () => SCHEMA };
  return new SqliteTillStore(file, await guarded(file, () => openSqlite(file, schema)));
}

/** See {@link openSqliteTillStore}. */
export class SqliteTillStore implements TillStore {
  #waiting: Waiting[] = [];
  readonly #statements = new Map<string, StatementSync>();

  constructor(
    readonly file: string,
    readonly database: DatabaseSync,
  ) {}

  async bind(identity: string): Promise<void> {
    const kept = await this.#transaction(() => {
      this.#run("INSERT INTO book VALUES (1, ?) ON CONFLICT DO NOTHING", identity);
      return this.#all<{ identity: string }>("SELECT identity FROM book")[0]?.identity ?? identity;
    });
    if (kept !== identity) throw new BookMismatchError(kept, identity);
  }

  newest(cardId: string): Promise<BookedVoucher | undefined> {
    return this.#guarded(
      () => this.#vouchers("WHERE card = ? AND lost IS NULL ORDER BY cumulative DESC LIMIT 1", cardId)[0],
    );
  }

  /** Consumptions that are accepted at the same time share one write to the disk. */
  append(voucher: BookedVoucher, after: bigint): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ voucher, after, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  vouchers(cardId: string): Promise<BookedVoucher[]> {
    return this.#guarded(() => this.#vouchers("WHERE card = ? AND lost IS NULL ORDER BY cumulative", cardId));
  }

  open(): Promise<OpenVoucher[]> {
    // CROSS JOIN makes SQLite go from the few open cards to their vouchers. Its own plan reads every voucher.
    return this.#guarded(() => {
      const rows = this.#all<VoucherRow & { settled: string; since: number }>(
        `SELECT v.*, c.settled, (
           SELECT min(accepted) FROM vouchers o WHERE o.card = c.card AND o.cumulative > c.settled AND o.lost IS NULL
         ) AS since
         FROM cards c CROSS JOIN vouchers v ON v.card = c.card AND v.cumulative = c.newest AND v.lost IS NULL
         WHERE c.newest > c.settled ORDER BY since, c.card`,
      );
      return rows.map((row) => ({ voucher: voucherOf(row), settled: BigInt(row.settled), since: BigInt(row.since) }));
    });
  }

  async settle(cardId: string, cumulative: bigint): Promise<void> {
    await this.#guarded(() =>
      this.#run(
        `INSERT INTO cards VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET settled = excluded.settled WHERE excluded.settled > cards.settled`,
        cardId,
        padded(0n),
        padded(cumulative),
      ),
    );
  }

  async markLost(cardId: string, cumulative: bigint, reason: LossReason): Promise<void> {
    await this.#transaction(() => {
      this.#run(
        "UPDATE vouchers SET lost = ? WHERE card = ? AND cumulative >= ? AND lost IS NULL",
        reason,
        cardId,
        padded(cumulative),
      );
      this.#run(
        `UPDATE cards SET newest = coalesce(
           (SELECT max(cumulative) FROM vouchers WHERE card = cards.card AND lost IS NULL), ?) WHERE card = ?`,
        padded(0n),
        cardId,
      );
    });
  }

  lost(): Promise<LostVoucher[]> {
    return this.#guarded(() => {
      const rows = this.#all<VoucherRow & { lost: LossReason }>(
        "SELECT * FROM vouchers WHERE lost IS NOT NULL ORDER BY accepted, card, cumulative",
      );
      return rows.map((row) => ({ voucher: voucherOf(row), reason: row.lost }));
    });
  }

  async remember(values: Readonly<Record<string, string>>): Promise<void> {
    await this.#transaction(() => {
      for (const [name, value] of Object.entries(values)) {
        this.#run("INSERT INTO remembered VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value);
      }
    });
  }

  recall(names: readonly string[]): Promise<(string | undefined)[]> {
    return this.#guarded(() =>
      names.map((name) => this.#all<{ value: string }>("SELECT value FROM remembered WHERE name = ?", name)[0]?.value),
    );
  }

  batches(): Promise<SentBatch[]> {
    return this.#guarded(() =>
      this.#all<{ batch: string }>("SELECT batch FROM batches ORDER BY sent, rowid").map(
        ({ batch }) => decode(batch) as SentBatch,
      ),
    );
  }

  async keepBatch(batch: SentBatch): Promise<void> {
    await this.#guarded(() =>
      this.#run(
        "INSERT INTO batches VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET batch = excluded.batch",
        batch.id,
        batch.sentAt,
        encode(batch),
      ),
    );
  }

  async dropBatch(id: string): Promise<void> {
    await this.#guarded(() => this.#run("DELETE FROM batches WHERE id = ?", id));
  }

  close(): Promise<void> {
    if (this.database.isOpen) this.database.close();
    return Promise.resolve();
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const answers = await this.#transaction(() => waiting.map(({ voucher, after }) => this.#append(voucher, after)));
      for (const [i, { resolve }] of waiting.entries()) resolve(answers[i] === true);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  #append(voucher: BookedVoucher, after: bigint): boolean {
    const { cardId, cumulative, previous, receipt, item, salt, signature, contract, acceptedAt } = voucher;
    this.#run("INSERT INTO cards VALUES (?, ?, ?) ON CONFLICT DO NOTHING", cardId, padded(0n), padded(0n));
    const moved = this.#run(
      "UPDATE cards SET newest = ? WHERE card = ? AND newest = ?",
      padded(cumulative),
      cardId,
      padded(after),
    );
    if (moved !== 1) return false;
    this.#run(
      "INSERT INTO vouchers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
      ...[cardId, padded(cumulative), previous, receipt, item, salt, signature, contract ? 1 : 0, acceptedAt],
    );
    return true;
  }

  #vouchers(where: string, ...values: SQLInputValue[]): BookedVoucher[] {
    return this.#all<VoucherRow>(`SELECT * FROM vouchers ${where}`, ...values).map(voucherOf);
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    // The columns are those of SCHEMA.
    return this.#prepared(sql).all(...values) as Row[];
  }

  /** Runs a statement. Returns how many rows it changed. */
  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** Prepares each statement once. */
  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  async #transaction<T>(work: () => T): Promise<T> {
    return await this.#guarded(() => inTransaction(this.database, work));
  }

  #guarded<T>(work: () => T): Promise<T> {
    return guarded(this.file, work);
  }
}

/** Runs work on the file, and turns its failure into a `BookFailedError`. */
async function guarded<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TillError
      ? error
      : new BookFailedError(file, reasonOf(error), { cause: error }, adviceFor(error));
  }
}
