import type * as Pg from "pg";

import { StoreFailedError, StoreSharedError } from "../watcher/errors.js";
import { reasonOf } from "../utils/faults.js";
import { PatientConnection, all, one } from "./postgresConnection.js";
import type { Client, PostgresStoreOptions } from "./postgresConnection.js";
import { deadLetterOf, chainEventOfRow, readerStateOf } from "./watchRows.js";
import type { DeadLetterRow, ChainEventRow, ReaderRow } from "./watchRows.js";
import type {
  BlockRef,
  DeadLetter,
  DeliveryStore,
  StoredProgress,
  KeptChainEvent,
  ReaderState,
  WatchCommit,
  Tries,
} from "../watcher/store.js";
import { pause } from "../utils/waiting.js";

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS watch_subscription (
    id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL, identity text NOT NULL, sequence bigint NOT NULL, steps bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS watch_blocks (number bigint PRIMARY KEY, hash text NOT NULL);
  CREATE TABLE IF NOT EXISTS watch_events (
    sequence bigint PRIMARY KEY, kind text NOT NULL, key text NOT NULL, delivery integer NOT NULL, block bigint NOT NULL, log text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS watch_events_by_block ON watch_events (block);
  CREATE TABLE IF NOT EXISTS watch_readers (name text PRIMARY KEY, sequence bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS watch_tries (reader text PRIMARY KEY, sequence bigint NOT NULL, count integer NOT NULL, next_at bigint NOT NULL, reason text NOT NULL);
  CREATE TABLE IF NOT EXISTS watch_dead_letters (
    reader text NOT NULL, sequence bigint NOT NULL, kind text NOT NULL, key text NOT NULL, delivery integer NOT NULL, log text NOT NULL,
    tries integer NOT NULL, reason text NOT NULL, died_at bigint NOT NULL, PRIMARY KEY (reader, sequence)
  );
`;

/** Lets one process watch for each schema of a database. */
const LOCK = "SELECT pg_try_advisory_lock(hashtext('prepaid-escrow watch'), hashtext(current_schema())) AS mine";

/** Number of attempts to take the lock: the server may still hold it for a process that was killed a moment ago. */
const CLAIMS = 10;

/**
 * Opens a store in a PostgreSQL database, in tables `watch_…` of the connection's schema. The store waits for a server that goes down
 * later. Other readers of the tables see whole steps. One process writes: a second one is refused when it begins to watch.
 *
 * @param url `postgresql://user:password@host:port/database`.
 * @throws StoreFailedError if the database cannot be used now.
 */
export async function openPostgresStore(url: string, options: PostgresStoreOptions = {}): Promise<PostgresStore> {
  let pg: typeof Pg;
  const place = placeOf(url);
  try {
    // Imported here, so that the rest of the package runs without npm `pg`.
    ({ default: pg } = (await import("pg")) as unknown as { default: typeof Pg });
  } catch {
    throw new StoreFailedError(place, "the package pg is not installed");
  }
  const connect = async (): Promise<Client> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: "prepaid-escrow watch",
      connectionTimeoutMillis: 10_000,
      query_timeout: 60_000,
      keepAlive: true,
    });
    // The next query finds out that an idle connection is broken.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  try {
    const client = await connect();
    try {
      await client.query("BEGIN");
      // Two processes may create the tables at once.
      await client.query("SELECT pg_advisory_xact_lock(hashtext('prepaid-escrow watch schema'))");
      await client.query(SCHEMA);
      await client.query("COMMIT");
      const known = await one<{ version: number }>(client, "SELECT version FROM watch_subscription");
      if ((known?.version ?? 0) > SCHEMA_VERSION) {
        throw new Error("it was written by a newer version of this package");
      }
    } catch (error) {
      await client.end();
      throw error;
    }
    return new PostgresStore(place, connect, client, options);
  } catch (error) {
    throw new StoreFailedError(place, reasonOf(error));
  }
}

/** The position after a step of watching: the last sequence, and the newest block if the step changes it. */
interface Place {
  readonly sequence: number;
  readonly number?: number | undefined;
  readonly hash?: string;
}

/** See {@link openPostgresStore}. */
export class PostgresStore implements DeliveryStore {
  readonly #connection: PatientConnection;
  /** Number of steps in the store, by this process; `undefined` until it watches. */
  #steps: number | undefined;

  /** @param place Host and database. */
  constructor(
    readonly place: string,
    connect: () => Promise<Client>,
    client: Client,
    options: PostgresStoreOptions,
  ) {
    this.#connection = new PatientConnection(place, connect, client, options, async (reconnected) => {
      // A process that watches continues to, unless another one has begun meanwhile.
      if (this.#steps !== undefined) await claim(reconnected);
    });
  }

  /** Why the connection waits now; `undefined` if it does not. */
  get fault(): string | undefined {
    return this.#connection.fault;
  }

  async load(): Promise<StoredProgress | undefined> {
    return await this.#connection.run(async (client) => {
      await claim(client);
      const subscription = await one<{ identity: string; sequence: string; steps: string }>(
        client,
        "SELECT identity, sequence, steps FROM watch_subscription",
      );
      this.#steps = Number(subscription?.steps ?? 0);
      if (subscription === undefined) return undefined;
      const blocks = await all<{ number: string; hash: string }>(
        client,
        "SELECT number, hash FROM watch_blocks ORDER BY number",
      );
      const chainEvents = await all<ChainEventRow>(
        client,
        "SELECT * FROM watch_events WHERE block >= (SELECT min(number) FROM watch_blocks) ORDER BY sequence",
      );
      return {
        identity: subscription.identity,
        sequence: Number(subscription.sequence),
        blocks: blocks.map(({ number, hash }) => ({ number: Number(number), hash })),
        chainEvents: chainEvents.map(chainEventOfRow),
      };
    });
  }

  async begin(identity: string, { number, hash }: BlockRef): Promise<void> {
    await this.#step({ sequence: 0, number, hash }, async (client) => {
      await client.query("INSERT INTO watch_subscription VALUES (1, $1, $2, 0, 1)", [SCHEMA_VERSION, identity]);
      await client.query("INSERT INTO watch_blocks VALUES ($1, $2)", [number, hash]);
    });
  }

  async commit({ after, rollbackTo, blocks, chainEvents, forgetBelow }: WatchCommit): Promise<void> {
    const to = { sequence: after + chainEvents.length, number: rollbackTo, ...blocks.at(-1) };
    await this.#step(to, async (client) => {
      const { rowCount } = await client.query(
        "UPDATE watch_subscription SET sequence = $1, steps = steps + 1 WHERE sequence = $2 AND steps = $3",
        [after + chainEvents.length, after, this.#steps],
      );
      if (rowCount !== 1) throw new StoreSharedError();
      if (rollbackTo !== undefined) await client.query("DELETE FROM watch_blocks WHERE number > $1", [rollbackTo]);
      // If the block is in the table already, another process has written it.
      const inserted = await client.query(
        "INSERT INTO watch_blocks SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING",
        [blocks.map(({ number }) => number), blocks.map(({ hash }) => hash)],
      );
      if (inserted.rowCount !== blocks.length) throw new StoreSharedError();
      await client.query(
        "INSERT INTO watch_events SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[])",
        [
          chainEvents.map(({ sequence }) => sequence),
          chainEvents.map(({ kind }) => kind),
          chainEvents.map(({ key }) => key),
          chainEvents.map(({ delivery }) => delivery),
          chainEvents.map(({ log }) => log.blockNumber),
          chainEvents.map(({ log }) => JSON.stringify(log)),
        ],
      );
      await client.query("DELETE FROM watch_blocks WHERE number < $1", [forgetBelow]);
      // `+ 0` makes the query use the index of sequences. By the index of blocks, each step would read every row kept for a reader that lags.
      await client.query(
        "DELETE FROM watch_events WHERE block + 0 < $1 AND sequence <= (SELECT coalesce(min(sequence), 0) FROM watch_readers)",
        [forgetBelow],
      );
    });
  }

  async after(sequence: number, limit: number): Promise<KeptChainEvent[]> {
    return await this.#connection.run(async (client) => {
      const query = "SELECT * FROM watch_events WHERE sequence > $1 ORDER BY sequence LIMIT $2";
      return (await all<ChainEventRow>(client, query, sequence, limit)).map(chainEventOfRow);
    });
  }

  async position(reader: string): Promise<number> {
    return await this.#connection.run(async (client) => {
      // Without stored deliveries, the reader begins with the next one.
      await client.query(
        `INSERT INTO watch_readers SELECT $1, coalesce(
           (SELECT min(sequence) FROM watch_events), (SELECT max(sequence) + 1 FROM watch_subscription), 1) - 1
         ON CONFLICT DO NOTHING`,
        [reader],
      );
      const query = "SELECT sequence FROM watch_readers WHERE name = $1";
      return Number((await one<{ sequence: string }>(client, query, reader))?.sequence);
    });
  }

  async acknowledge(reader: string, sequence: number): Promise<void> {
    await this.#connection.transaction(async (client) => {
      await acknowledge(client, reader, sequence);
    });
  }

  async tries(reader: string): Promise<Tries | undefined> {
    return await this.#connection.run(async (client) => {
      const row = await one<{ sequence: string; count: number; next_at: string; reason: string }>(
        client,
        "SELECT sequence, count, next_at, reason FROM watch_tries WHERE reader = $1",
        reader,
      );
      if (row === undefined) return undefined;
      const { sequence, count, next_at: nextAt, reason } = row;
      return { sequence: Number(sequence), count, nextAt: Number(nextAt), reason };
    });
  }

  async keepTries(reader: string, { sequence, count, nextAt, reason }: Tries): Promise<void> {
    await this.#connection.run(async (client) => {
      await client.query(
        `INSERT INTO watch_tries VALUES ($1, $2, $3, $4, $5) ON CONFLICT (reader) DO UPDATE
         SET sequence = excluded.sequence, count = excluded.count, next_at = excluded.next_at, reason = excluded.reason`,
        [reader, sequence, count, nextAt, reason],
      );
    });
  }

  async deadLetter({ reader, chainEvent, tries, reason, diedAt }: DeadLetter): Promise<void> {
    const { sequence, kind, key, delivery, log } = chainEvent;
    await this.#connection.transaction(async (client) => {
      await client.query(
        "INSERT INTO watch_dead_letters VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        [reader, sequence, kind, key, delivery, JSON.stringify(log), tries, reason, diedAt],
      );
      await acknowledge(client, reader, sequence);
    });
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const query = "SELECT * FROM watch_dead_letters ORDER BY died_at, reader, sequence";
    return await this.#connection.run(async (client) => (await all<DeadLetterRow>(client, query)).map(deadLetterOf));
  }

  async countDeadLetters(): Promise<number> {
    const query = "SELECT count(*) AS count FROM watch_dead_letters";
    return await this.#connection.run(async (client) =>
      Number((await all<{ count: string }>(client, query))[0]?.count ?? 0),
    );
  }

  async removeDeadLetter(reader: string, sequence: number): Promise<boolean> {
    const query = "DELETE FROM watch_dead_letters WHERE reader = $1 AND sequence = $2";
    return await this.#connection.run(async (client) => (await client.query(query, [reader, sequence])).rowCount === 1);
  }

  async readers(): Promise<ReaderState[]> {
    const query = `
      SELECT name, readers.sequence, coalesce((SELECT sequence FROM watch_subscription), 0) - readers.sequence AS waiting,
      watch_tries.sequence AS tried, count, next_at, reason FROM watch_readers AS readers LEFT JOIN watch_tries ON reader = name ORDER BY name`;
    return await this.#connection.run(async (client) => (await all<ReaderRow>(client, query)).map(readerStateOf));
  }

  async removeReader(reader: string): Promise<boolean> {
    return await this.#connection.transaction(async (client) => {
      await client.query("DELETE FROM watch_tries WHERE reader = $1", [reader]);
      return (await client.query("DELETE FROM watch_readers WHERE name = $1", [reader])).rowCount === 1;
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * One step of watching. If the connection broke during the commit, the count of steps shows whether the step was stored. If the
   * position is not the one after this step, another process has taken a step.
   */
  async #step(to: Place, work: (client: Client) => Promise<void>): Promise<void> {
    const before = this.#steps ?? 0;
    await this.#connection.transaction(async (client) => {
      const row = await one<{ steps: string; sequence: string; number: string; hash: string }>(
        client,
        "SELECT steps, sequence, number, hash FROM watch_subscription, watch_blocks ORDER BY number DESC LIMIT 1",
      );
      if (row === undefined || Number(row.steps) !== before + 1) {
        await work(client);
        return;
      }
      const { sequence, number = Number(row.number), hash = row.hash } = to;
      const isThere = Number(row.sequence) === sequence && Number(row.number) === number && row.hash === hash;
      if (!isThere) throw new StoreSharedError();
    });
    this.#steps = before + 1;
  }
}

/** What may be shown of a connection string: never its user or password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return "postgresql://…";
  const { host, pathname, searchParams } = new URL(url);
  return `postgresql://${host === "" ? (searchParams.get("host") ?? "") : host}${pathname}`;
}

/** @throws StoreSharedError if another process watches. */
async function claim(client: Client): Promise<void> {
  for (let attempts = 1; (await one<{ mine: boolean }>(client, LOCK))?.mine !== true; attempts += 1) {
    if (attempts === CLAIMS) throw new StoreSharedError();
    await pause(200);
  }
}

async function acknowledge(client: Client, reader: string, sequence: number): Promise<void> {
  await client.query(
    "INSERT INTO watch_readers VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence",
    [reader, sequence],
  );
  await client.query("DELETE FROM watch_tries WHERE reader = $1", [reader]);
}
