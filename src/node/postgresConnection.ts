import { StoreFailedError, WatchError } from "../watcher/errors.js";
import { reasonOf } from "../utils/faults.js";
import { backoff, pause } from "../utils/waiting.js";

/** The part of a connection of npm `pg` that the store uses, so that the package's types do not need those of npm `pg`. */
export interface Client {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: object[]; readonly rowCount: number | null }>;
  end(): Promise<void>;
}

/** Options of a PostgreSQL store. */
export interface PostgresStoreOptions {
  /** Called with the reason when the server goes down and the store waits, and with `undefined` when the server is back. */
  readonly onFault?: (reason: string | undefined) => void;
  /** Ends the waiting for a server that is down. */
  readonly signal?: AbortSignal;
  /** Longest delay between attempts to reach the server, in milliseconds. Default: 10 000. */
  readonly longestWait?: number;
}

/**
 * A connection that waits while its server is down. It runs one piece of work at a time, and repeats it after a reconnection.
 */
export class PatientConnection {
  /** Why the connection waits now; `undefined` if it does not. */
  fault: string | undefined;
  #client: Client | undefined;
  #work: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();
  readonly #ended: AbortSignal;

  /**
   * @param place Host and database, for errors.
   * @param connect Opens a connection.
   * @param client The first connection.
   * @param onReconnect Called with each later connection before it is used.
   */
  constructor(
    readonly place: string,
    private readonly connect: () => Promise<Client>,
    client: Client,
    private readonly options: PostgresStoreOptions,
    private readonly onReconnect: (client: Client) => Promise<void>,
  ) {
    this.#client = client;
    const { signal: closing } = this.#closing;
    this.#ended = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
  }

  /** Ends the waiting, then the connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#work.catch(() => undefined);
    await this.#drop();
  }

  /**
   * Does work in a transaction.
   *
   * @throws StoreFailedError, WatchError as {@link run} does.
   */
  async transaction<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return await this.run(async (client) => {
      await client.query("BEGIN");
      try {
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Does work after all earlier work.
   *
   * @param work Is repeated if the server goes down meanwhile, so doing it twice must be harmless.
   * @throws StoreFailedError if the server refuses the work, or if the waiting is ended.
   * @throws WatchError if the work does.
   */
  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const turn = this.#work.catch(() => undefined).then(async () => await this.#persist(work));
    this.#work = turn;
    return await turn;
  }

  async #persist<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { longestWait = 10_000 } = this.options;
    for (let attempts = 1; ; attempts += 1) {
      try {
        const result = await work(await this.#connected());
        this.#setFault(undefined);
        return result;
      } catch (error) {
        if (error instanceof WatchError) throw error;
        const reason = reasonOf(error);
        if (!mayPass(error) || this.#ended.aborted) throw new StoreFailedError(this.place, reason);
        await this.#drop();
        this.#setFault(reason);
        await pause(backoff(attempts, 100, longestWait), this.#ended);
      }
    }
  }

  async #connected(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await this.connect();
    this.#client = client;
    await this.onReconnect(client);
    return client;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #setFault(reason: string | undefined): void {
    if (reason === this.fault) return;
    this.fault = reason;
    this.options.onFault?.(reason);
  }
}

/** The rows of a query. */
export async function all<Row extends object>(
  client: Client,
  query: string,
  ...values: readonly (string | number)[]
): Promise<Row[]> {
  return (await client.query(query, [...values])).rows as Row[];
}

/** The first row of a query. */
export async function one<Row extends object>(
  client: Client,
  query: string,
  ...values: readonly (string | number)[]
): Promise<Row | undefined> {
  return (await all<Row>(client, query, ...values))[0];
}

/** Whether a fault can pass: a lost connection, or a server that starts, stops or lacks resources. A refused query does not pass. */
function mayPass(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  // Errors of the server have a code of five characters (SQLSTATE). An error without one is of the connection.
  const isState = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith("E");
  return !isState || ["08", "53", "57", "58", "40"].includes(code.slice(0, 2));
}
