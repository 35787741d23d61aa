import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import type { EndlessOptions } from "./endlessWatching.js";

const PROGRAM = fileURLToPath(new URL("endlessWatching.ts", import.meta.url));
/** These stay where they are installed. */
const INSTALLED = ["pg", "prom-client"];

/** A subscription in a process of its own. */
export interface Victim {
  /** Resolves when it has opened its store and asked the node. */
  readonly begun: Promise<void>;
  /** Ends it as `kill -9` does. Rejects if it had ended by itself, except for a node that failed the first questions: those are not asked for ever. */
  kill(): Promise<void>;
}

/**
 * Processes that watch until they are killed. The program is built into one file and the next process is started before it is needed, so that
 * a test can afford hundreds.
 */
export class Victims {
  #next: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly program: string,
  ) {
    this.#next = this.#spawn();
  }

  static async prepare(): Promise<Victims> {
    const folder = mkdtempSync(path.join(tmpdir(), "victims-"));
    const program = path.join(folder, "endlessWatching.mjs");
    const here = JSON.stringify(PROGRAM);
    await build({
      ...{ entryPoints: [PROGRAM], outfile: program, bundle: true, platform: "node", format: "esm", logLevel: "error" },
      alias: Object.fromEntries(INSTALLED.map((name) => [name, fileURLToPath(import.meta.resolve(name))])),
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(${here});` },
    });
    return new Victims(folder, program);
  }

  /** Lets one watch. */
  start(options: EndlessOptions): Victim {
    const child = this.#next;
    this.#next = this.#spawn();
    let errors = "";
    child.stderr?.on("data", (part: Buffer) => (errors += part.toString()));
    const ended = new Promise<void>((resolve) =>
      child.once("close", () => {
        resolve();
      }),
    );
    const begun = new Promise<void>((resolve) => {
      child.stdout?.on("data", (part: Buffer) => {
        if (part.toString().includes("begun")) resolve();
      });
    });
    child.stdin?.write(`${JSON.stringify(options)}\n`);
    return {
      begun: Promise.race([begun, ended]),
      kill: async () => {
        child.kill("SIGKILL");
        await ended;
        if (child.signalCode !== "SIGKILL" && !errors.includes("WatchedNodeUnreachableError"))
          throw new Error(`It ended by itself (${child.exitCode}): ${errors}`);
      },
    };
  }

  close(): void {
    this.#next.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }

  #spawn(): ChildProcess {
    return spawn(process.execPath, [this.program], { stdio: ["pipe", "pipe", "pipe"] });
  }
}
