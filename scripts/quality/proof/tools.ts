import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { exitWith } from "../../terminal/exit.js";
import { run } from "./run.js";

/** The npm package of `forge`, with its version. */
export const FORGE = "@foundry-rs/forge@1.7.1";
/** Exit code of a command whose tool could not be installed. */
const NOT_RUN = 3;

/** Thrown when a tool is missing and cannot be installed. */
export class ToolMissingError extends Error {
  override readonly name = "ToolMissingError";
}

/** Finds the tools of proofs and analysis. They are installed under `cache/` on first use, in the committed versions. */
export class Tools {
  readonly folder: string;

  constructor(readonly root: string) {
    this.folder = path.join(root, "cache", "proof");
  }

  /** A program that comes with the Python packages of `requirements.txt`: slither, halmos, z3 and the like. */
  async python(program: string): Promise<string> {
    const requirements = path.join(this.root, "scripts", "quality", "proof", "requirements.txt");
    const venv = path.join(this.folder, "python");
    const stamp = path.join(venv, "installed.txt");
    const wanted = createHash("sha256")
      .update(await readFile(requirements))
      .digest("hex");
    const bin = path.join(venv, process.platform === "win32" ? "Scripts" : "bin");
    if (!existsSync(stamp) || (await readFile(stamp, "utf8")) !== wanted) {
      console.error("Installing the Python tools under cache/ (once, some minutes) …");
      await rm(venv, { recursive: true, force: true });
      const how = "install Python 3.10 or newer with its venv module (Debian: python3-venv)";
      await install("python3", ["-m", "venv", venv], how);
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
      await install(path.join(bin, "python3"), pip, "connect to the Python package index");
      await writeFile(stamp, wanted);
    }
    return path.join(bin, program);
  }

  /** Foundry's `forge`. */
  async forge(): Promise<string> {
    const prefix = path.join(this.folder, FORGE.replaceAll("/", "-"));
    const program = path.join(prefix, "node_modules", ".bin", process.platform === "win32" ? "forge.cmd" : "forge");
    if (!existsSync(program)) {
      console.error("Installing forge under cache/ (once) …");
      await mkdir(prefix, { recursive: true });
      const npm = process.platform === "win32" ? "npm.cmd" : "npm";
      const args = ["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", "--loglevel=error", FORGE];
      await install(npm, args, "connect to the package registry");
    }
    return program;
  }

  /** The compiler of this project as a program. */
  async solc(): Promise<string> {
    const program = path.join(this.folder, "bin", "solc");
    const script = path.join(this.root, "scripts", "quality", "proof", "solc.mjs");
    await mkdir(path.dirname(program), { recursive: true });
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    await chmod(program, 0o755);
    return program;
  }
}

async function install(command: string, args: readonly string[], how: string): Promise<void> {
  const { code, output } = await run(command, args, { seconds: 900 });
  if (code === 0) return;
  const reason = output.trim().split("\n").at(-1) ?? "";
  throw new ToolMissingError(`${path.basename(command)} ${args[1] ?? ""} failed (${reason}): ${how} and run again.`);
}

/** Runs `action`. If its tools cannot be installed, it prints the reason and ends the process with 3. */
export async function withTools<Result>(what: string, action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    console.error(`${what} was NOT RUN: ${error.message}`);
    exitWith(NOT_RUN);
    return undefined;
  }
}
