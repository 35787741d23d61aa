import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NewTaskActionFunction, TaskArguments } from "hardhat/types/tasks";

import { FORGE } from "../../scripts/quality/proof/tools.js";
import { ROOT } from "./markdown.js";

/** Programs that stand in for the tools of proofs and analysis: the body of a script, which has `fs` and its `args`. */
export type StandIns = Partial<Record<"slither" | "forge" | "z3" | "halmos", string>>;

/**
 * A small project in a folder of its own, in which stand-ins are installed as the real tools would be: nothing is fetched.
 *
 * @param files Their text, by path from the project's root.
 */
export class SmallProject {
  readonly root = mkdtempSync(path.join(tmpdir(), "proof-"));
  /** What a task knows of the project it runs in. */
  readonly hre = { config: { paths: { root: this.root } } } as unknown as HardhatRuntimeEnvironment;

  constructor(files: Readonly<Record<string, string>>, standIns: StandIns = {}) {
    const requirements = "nothing==1.0\n";
    this.write("package.json", JSON.stringify({ type: "module" }));
    this.write("scripts/quality/proof/requirements.txt", requirements);
    for (const [file, text] of Object.entries(files)) this.write(file, text);
    symlinkSync(path.join(ROOT, "node_modules"), path.join(this.root, "node_modules"), "junction");
    const { forge, ...python } = standIns;
    if (forge !== undefined) this.install(`cache/proof/${FORGE.replaceAll("/", "-")}/node_modules/.bin/forge`, forge);
    if (Object.keys(python).length === 0) return;
    this.write("cache/proof/python/installed.txt", createHash("sha256").update(requirements).digest("hex"));
    for (const [name, script] of Object.entries(python)) this.install(`cache/proof/python/bin/${name}`, script);
  }

  write(file: string, text: string, mode = 0o644): void {
    const at = path.join(this.root, file);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, text, { mode });
  }

  private install(file: string, script: string): void {
    const program = `#!${process.execPath}\nconst fs = require("node:fs");\nconst args = process.argv.slice(2);\n${script}\n`;
    // Scripts without an extension are modules where the nearest package.json has that type.
    this.write(path.posix.join(path.posix.dirname(file), "package.json"), JSON.stringify({ type: "commonjs" }));
    this.write(file, program, 0o755);
  }

  /** Runs a task of the project as a user does, who has no other program than Node.js. */
  async run(task: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const tasks = pathToFileURL(path.join(ROOT, "scripts", "tasks.ts")).href;
    this.write(
      "hardhat.config.ts",
      `import { defineConfig } from "hardhat/config";
import { tasks } from ${JSON.stringify(tasks)};
export default defineConfig({ tasks: tasks.filter(({ id }) => id[0] === ${JSON.stringify(task)}) });
`,
    );
    const env = { ...process.env, NO_COLOR: "1", HARDHAT_DISABLE_TELEMETRY: "true", PATH: this.root };
    const cli = path.join(ROOT, "node_modules", "hardhat", "dist", "src", "cli.js");
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [cli, "--config", "hardhat.config.ts", task],
        { cwd: this.root, env },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        },
      );
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

/** A script that writes this to the file named after an option. */
export const writesAfter = (option: string, value: unknown): string =>
  `fs.writeFileSync(args[args.indexOf(${JSON.stringify(option)}) + 1], ${JSON.stringify(JSON.stringify(value))});`;

/** A script that prints these lines. */
export const says = (...lines: readonly string[]): string => `console.log(${JSON.stringify(lines.join("\n"))});`;

/** A solver that answers every query with this; a counterexample has zero for all that is asked of it. */
export const solver = (answer: string): string => `
console.log(${JSON.stringify(answer)});
const [, names = ""] = /\\(get-value \\((.*)\\)\\)/.exec(fs.readFileSync(args.at(-1), "utf8")) ?? [];
const values = names.split(" ").filter((name) => name !== "");
if (${JSON.stringify(answer)} === "sat") console.log("(" + values.map((name) => "(" + name + " 0)").join(" ") + ")");`;

/** Runs the action of a task: whether it passes, and what it writes to the console, without the last line break. */
export async function outcomeOf<Args extends TaskArguments>(
  action: NewTaskActionFunction<Args>,
  args: Args,
  hre: HardhatRuntimeEnvironment,
): Promise<{ readonly passes: boolean; readonly output: string }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...parts: readonly unknown[]): void => {
    lines.push(parts.map(String).join(" "));
  };
  try {
    const result: unknown = await action(args, hre);
    return { passes: (result as { readonly success: boolean }).success, output: lines.join("\n") };
  } finally {
    console.log = log;
  }
}
