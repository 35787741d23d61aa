import { spawn } from "node:child_process";
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Sources } from "../proof/compile.js";

/** Left out of the copy: files that tools install or write, and secrets. */
const LEFT_OUT = ["node_modules", "artifacts", "cache", "coverage", "types", "dist", ".git", ".env", "app"];

/** Solidity tests. They are left out: they are not played, and take long to compile with all mutants. */
const SOLIDITY_TESTS = /\.t\.sol$|[\\/]symbolic$/;

/** A configuration without size limit, whose only optimizer passes are those that make room on the stack. */
const CONFIG = `import base from "../../mutate/hardhat.base.config.js";

const { solidity } = base as unknown as { solidity: { profiles: { default: { settings: object } } } };
const { default: compiler } = solidity.profiles;
const details = { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "u:" } };
const optimizer = { enabled: true, runs: 1, details };
const mutated = { ...compiler, settings: { ...compiler.settings, optimizer } };
const simulated = { type: "edr-simulated", chainType: "l1", hardfork: "prague" };
const unlimited = { allowUnlimitedContractSize: true, blockGasLimit: 200_000_000n };

export default {
  ...base,
  solidity: { ...solidity, profiles: { default: mutated, production: mutated } },
  networks: { ...base.networks, default: { ...simulated, ...unlimited } },
} as typeof base;
`;

/** A copy of the project with its own contract sources. */
export class Project {
  readonly #cli: string;

  constructor(
    readonly root: string,
    readonly folder: string,
  ) {
    this.#cli = path.join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  }

  /** Copies the present project over an earlier copy. */
  async copy(sources: Sources): Promise<void> {
    const { root, folder } = this;
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(root)) {
      if (LEFT_OUT.includes(name)) continue;
      await rm(path.join(folder, name), { recursive: true, force: true });
      const filter = (from: string): boolean => !SOLIDITY_TESTS.test(from);
      await cp(path.join(root, name), path.join(folder, name), { recursive: true, filter });
    }
    await rm(path.join(folder, "node_modules"), { force: true });
    await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
    await rename(path.join(folder, "hardhat.config.ts"), path.join(folder, "hardhat.base.config.ts"));
    await writeFile(path.join(folder, "hardhat.config.ts"), CONFIG);
    for (const [file, text] of Object.entries(sources)) await writeFile(path.join(folder, file), text);
  }

  /** @returns Whether the build succeeded. */
  async build(): Promise<boolean> {
    return await this.#start(["build"], {});
  }

  /** Runs this number of workers at once on the job in a file. Returns whether all of them succeeded. */
  async work(job: string, workers: number): Promise<boolean> {
    const script = path.join("scripts", "quality", "mutate", "worker.ts");
    const parts = Array.from({ length: workers }, async (_, i) => {
      const env = { MUTATE_JOB: job, MUTATE_PART: `${i}/${workers}` };
      return await this.#start(["run", "--no-compile", script], env);
    });
    return (await Promise.all(parts)).every((ended) => ended);
  }

  async #start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean> {
    return await new Promise((resolve) => {
      spawn(process.execPath, [this.#cli, ...args], {
        cwd: this.folder,
        env: { ...process.env, ...env },
        stdio: "inherit",
      }).on("close", (code) => {
        resolve(code === 0);
      });
    });
  }
}
