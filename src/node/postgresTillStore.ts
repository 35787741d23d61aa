import type * as Pg from "pg";
import type { Pool } from "pg";

import { reasonOf } from "../utils/faults.js";

import { BookFailedError, BookMismatchError } from "../till/errors.js";
import { decode, encode } from "../utils/json.js";
import type { BookedVoucher, LossReason, LostVoucher, OpenVoucher, SentBatch, TillStore } from "../till/store.js";
import { voucherOf } from "./voucherRow.js";
import type { VoucherRow } from "./voucherRow.js";

/** Key of the lock that keeps two tills from creating the tables at once. Any number will do if all tills use the same. */
const SCHEMA_LOCK = 7_305_461;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS till_book (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, identity TEXT);
  INSERT INTO till_book VALUES (1, ${SCHEMA_VERSION}, NULL) ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS till_cards (card TEXT PRIMARY KEY, newest NUMERIC(27) NOT NULL, settled NUMERIC(27) NOT NULL);
  CREATE TABLE IF NOT EXISTS till_vouchers (
    card TEXT NOT NULL, cumulative NUMERIC(27) NOT NULL, previous TEXT NOT NULL, receipt TEXT NOT NULL, item TEXT NOT NULL,
    salt TEXT NOT NULL, signature TEXT NOT NULL, contract BOOLEAN NOT NULL, accepted BIGINT NOT NULL, lost TEXT,
    PRIMARY KEY (card, cumulative, receipt)
  );
  CREATE INDEX IF NOT EXISTS till_vouchers_lost ON till_vouchers (accepted) WHERE lost IS NOT NULL;
  CREATE INDEX IF NOT EXISTS till_cards_open ON till_cards (card) WHERE newest > settled;
  CREATE TABLE IF NOT EXISTS till_remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS till_batches (id TEXT PRIMARY KEY, sent BIGINT NOT NULL, batch TEXT NOT NULL);
`;

/**
 * Opens a book that several tills can share, in a PostgreSQL database of its own. If two tills accept a voucher in the same place, one
 * succeeds and the other fails with `RequestStaleError`.
 *
 * @param connectionString `postgresql://user:password@host/database`, or another form that npm `pg` accepts.
 * @throws BookFailedError if the server cannot be reached, or npm `pg` is missing.
 */
export async function openPostgresTillStore(connectionString: string): Promise<TillStore> {
  const place = placeOf(connectionString);
  let pg: typeof Pg;
  try {
    // Imported here, so that the rest of the package runs without npm `pg`.
    ({ default: pg } = (await import("pg")) as unknown as { default: typeof Pg });
  } catch (error) {
    throw new BookFailedError(place, "npm pg is not installed", { cause: error });
  }
  const pool = new pg.Pool({
    connectionString,
    max: 8,
    connectionTimeoutMillis: 10_000,
    // Without this limit, a query to a server that has vanished takes a quarter of an hour, while customers wait.
    query_timeout: 10_000,
    keepAlive: true,
    // Overrides the server's setting: a commit is answered only after it has reached the disk.
    options: "-c synchronous_commit=on",
  });
  // Idle connections fail when the server goes down. The next query opens new ones.
  pool.on("error", () => undefined);
  const store = new PostgresTillStore(place, pool);
  try {
    await store.prepare();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** Not exported, so that the package's types do not need those of npm `pg`. */
class PostgresTillStore implements TillStore {
  constructor(
    /** Server and database, without the password. */
    readonly place: string,
    readonly pool: Pool,
  ) {}

  /** Creates missing tables. */
  async prepare(): Promise<void> {
    // PostgreSQL runs several statements of one query in one transaction.
    await this.#query(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK}); ${SCHEMA}`);
    const [book] = await this.#query<{ version: number }>("SELECT version FROM till_book");
    if (book !== undefined && book.version > SCHEMA_VERSION) {
      throw new BookFailedError(this.place, "it was written by a newer version of this package");
    }
  }

  async bind(identity: string): Promise<void> {
    const [book] = await this.#query<{ identity: string }>(
      "UPDATE till_book SET identity = coalesce(identity, $1) RETURNING identity",
      identity,
    );
    if (book?.identity !== identity) throw new BookMismatchError(book?.identity ?? "nobody", identity);
  }

  async newest(cardId: string): Promise<BookedVoucher | undefined> {
    const where = "WHERE card = $1 AND lost IS NULL ORDER BY cumulative DESC LIMIT 1";
    return (await this.#vouchers(where, cardId))[0];
  }

  async append(voucher: BookedVoucher, after: bigint): Promise<boolean> {
    const { cardId, cumulative, previous, receipt, item, salt, signature, contract, acceptedAt } = voucher;
    // One statement is atomic. Of two tills, the later one waits for the row of the card and finds it changed.
    const kept = await this.#query(
      `WITH place AS (
         INSERT INTO till_cards AS c (card, newest, settled)
         SELECT $1, $2::numeric, 0 WHERE $10::numeric = 0 OR EXISTS (SELECT FROM till_cards WHERE card = $1)
         ON CONFLICT (card) DO UPDATE SET newest = excluded.newest WHERE c.newest = $10::numeric
         RETURNING card
       )
       INSERT INTO till_vouchers SELECT card, $2::numeric, $3, $4, $5, $6, $7, $8, $9::bigint FROM place RETURNING card`,
      ...[cardId, String(cumulative), previous, receipt, item, salt, signature, contract, String(acceptedAt)],
      String(after),
    );
    return kept.length === 1;
  }

  async vouchers(cardId: string): Promise<BookedVoucher[]> {
    return await this.#vouchers("WHERE card = $1 AND lost IS NULL ORDER BY cumulative", cardId);
  }

  async open(): Promise<OpenVoucher[]> {
    const rows = await this.#query<VoucherRow & { settled: string; since: string }>(
      `SELECT v.*, c.settled, (
         SELECT min(accepted) FROM till_vouchers o WHERE o.card = c.card AND o.cumulative > c.settled AND o.lost IS NULL
       ) AS since
       FROM till_cards c JOIN till_vouchers v ON v.card = c.card AND v.cumulative = c.newest AND v.lost IS NULL
       WHERE c.newest > c.settled ORDER BY since, c.card`,
    );
    return rows.map((row) => ({ voucher: voucherOf(row), settled: BigInt(row.settled), since: BigInt(row.since) }));
  }

  async settle(cardId: string, cumulative: bigint): Promise<void> {
    await this.#query(
      `INSERT INTO till_cards AS c VALUES ($1, 0, $2)
       ON CONFLICT (card) DO UPDATE SET settled = excluded.settled WHERE excluded.settled > c.settled`,
      cardId,
      String(cumulative),
    );
  }

  async markLost(cardId: string, cumulative: bigint, reason: LossReason): Promise<void> {
    // Both parts of the statement see the table as it was before the statement.
    await this.#query(
      `WITH gone AS (
         UPDATE till_vouchers SET lost = $3 WHERE card = $1 AND cumulative >= $2::numeric AND lost IS NULL
       )
       UPDATE till_cards SET newest = coalesce(
         (SELECT max(cumulative) FROM till_vouchers WHERE card = $1 AND lost IS NULL AND cumulative < $2::numeric), 0)
       WHERE card = $1 AND newest >= $2::numeric`,
      ...[cardId, String(cumulative), reason],
    );
  }

  async lost(): Promise<LostVoucher[]> {
    const rows = await this.#query<VoucherRow & { lost: LossReason }>(
      "SELECT * FROM till_vouchers WHERE lost IS NOT NULL ORDER BY accepted, card, cumulative",
    );
    return rows.map((row) => ({ voucher: voucherOf(row), reason: row.lost }));
  }

  async remember(values: Readonly<Record<string, string>>): Promise<void> {
    // All tills write rows in the same order, which prevents deadlocks.
    const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    await this.#query(
      `INSERT INTO till_remembered SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      entries.map(([name]) => name),
      entries.map(([, value]) => value),
    );
  }

  async recall(names: readonly string[]): Promise<(string | undefined)[]> {
    const rows = await this.#query<{ name: string; value: string }>(
      "SELECT name, value FROM till_remembered WHERE name = ANY ($1::text[])",
      [...names],
    );
    const values = new Map(rows.map(({ name, value }) => [name, value]));
    return names.map((name) => values.get(name));
  }

  async batches(): Promise<SentBatch[]> {
    const rows = await this.#query<{ batch: string }>("SELECT batch FROM till_batches ORDER BY sent, id");
    return rows.map(({ batch }) => decode(batch) as SentBatch);
  }

  async keepBatch(batch: SentBatch): Promise<void> {
    await this.#query(
      "INSERT INTO till_batches VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET batch = excluded.batch",
      ...[batch.id, String(batch.sentAt), encode(batch)],
    );
  }

  async dropBatch(id: string): Promise<void> {
    await this.#query("DELETE FROM till_batches WHERE id = $1", id);
  }

  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  async #vouchers(where: string, ...values: unknown[]): Promise<BookedVoucher[]> {
    return (await this.#query<VoucherRow>(`SELECT * FROM till_vouchers ${where}`, ...values)).map(voucherOf);
  }

  async #query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    try {
      // The columns are those of SCHEMA.
      const { rows } = await (values.length === 0 ? this.pool.query(sql) : this.pool.query(sql, values));
      return rows as Row[];
    } catch (error) {
      throw new BookFailedError(this.place, reasonOf(error), { cause: error });
    }
  }
}

/** A connection string without user, password and options. */
function placeOf(connectionString: string): string {
  return connectionString.replace(/\/\/.*@/, "//").replace(/\?.*$/, "");
}
