import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import pg from "pg";

/** A PostgreSQL server of the tests' own, gone with them. */
export interface PostgresServer {
  /** A new, empty database. Answers its connection string. */
  createDatabase(): Promise<string>;
  /** Breaks every connection and starts again, as a server does that is restarted under its clients. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as this account (Debian's `nobody`). */
const UNPRIVILEGED = 65_534;

/** The folder of the newest installed PostgreSQL's programs; `undefined` where there is none. */
function findBinaries(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => path.join(debian, version, "bin")),
    ...(process.env.PATH ?? "").split(path.delimiter),
  ];
  return folders.find((folder) => existsSync(path.join(folder, "initdb")) && existsSync(path.join(folder, "pg_ctl")));
}

/**
 * Starts a server in a folder of its own, reached by a socket in it. Where PostgreSQL is not installed the tests that need it are
 * skipped with a message; under `CI` that is a failure.
 */
export async function startPostgres(this_: Mocha.Context): Promise<PostgresServer> {
  const bin = findBinaries();
  if (bin === undefined) {
    if ("CI" in process.env) throw new Error("PostgreSQL is not installed: apt-get install postgresql.");
    process.stderr.write("    PostgreSQL is not installed: its tests are skipped.\n");
    return this_.skip();
  }
  const folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-pg-"));
  const data = path.join(folder, "data");
  mkdirSync(data);
  const account = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if ("uid" in account) for (const place of [folder, data]) chownSync(place, UNPRIVILEGED, UNPRIVILEGED);
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(path.join(bin, program), args, { ...account, cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  };
  run(
    "initdb",
    "--pgdata",
    data,
    "--username",
    "test",
    "--auth",
    "trust",
    "--no-sync",
    "--locale",
    "C",
    "--encoding",
    "UTF8",
  );
  const urlOf = (database: string): string => `postgresql://test@/${database}?host=${encodeURIComponent(folder)}`;
  const isUp = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: urlOf("postgres") });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  };
  const start = async (): Promise<() => Promise<void>> => {
    const args = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=50"];
    const server = spawn(path.join(bin, "postgres"), args, { ...account, cwd: folder, stdio: "ignore" });
    const ended = new Promise<void>((resolve) =>
      server.once("exit", () => {
        resolve();
      }),
    );
    // A server must not outlive tests that were killed.
    const kill = (): boolean => server.kill("SIGQUIT");
    process.once("exit", kill);
    for (let tries = 0; !(await isUp()); tries += 1) {
      if (tries === 200 || server.exitCode !== null) throw new Error("PostgreSQL did not start.");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return async () => {
      process.off("exit", kill);
      server.kill("SIGINT");
      await ended;
    };
  };
  let stop = await start();
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      const name = `test${databases}`;
      const client = new pg.Client({ connectionString: urlOf("postgres") });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return urlOf(name);
    },
    async restart() {
      await stop();
      stop = await start();
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
