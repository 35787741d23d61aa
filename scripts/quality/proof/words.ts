import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Proof } from "./proof.js";
import { run } from "./run.js";
import type { Sources } from "./compile.js";
import type { Tools } from "./tools.js";

/** Seconds for one query. Nearly all take less than one. */
const QUERY_SECONDS = 120;
/** Seconds for all proofs. They take less than a minute. */
const ALL_SECONDS = 900;
/** Limit of loop rounds, above the 255 of the longest loop, so that no loop is cut short. */
const ROUNDS = 300;

/** The reason for each exit code of Halmos. */
const REASONS = [
  "a loop was cut short",
  "there is a counterexample",
  "took too long",
  "could not be followed",
  "always reverts",
];

interface HalmosResult {
  readonly name: string;
  readonly exitcode: number;
  readonly num_bounded_loops: number | null;
}

/**
 * Proves the functions `check_…` and `testFuzz_…` of the given files for all arguments, by Halmos, on the compiled code.
 *
 * @param only One of them, as contract and function; it stops at the first counterexample. Default: all of them.
 */
export async function proveWords(tools: Tools, sources: Sources, only?: string): Promise<Proof[]> {
  const [halmos, forge, solc] = [await tools.python("halmos"), await tools.forge(), await tools.solc()];
  const project = path.join(tools.folder, "halmos");
  await rm(project, { recursive: true, force: true });
  for (const [file, text] of Object.entries(sources)) {
    await mkdir(path.dirname(path.join(project, file)), { recursive: true });
    await writeFile(path.join(project, file), file.endsWith(".t.sol") ? asserting(file, text) : text);
  }
  await symlink(path.join(tools.root, "node_modules"), path.join(project, "node_modules"), "junction");
  await writeFile(
    path.join(project, "foundry.toml"),
    `[profile.default]
src = "test"
test = "test"
libs = []
solc = ${JSON.stringify(solc)}
remappings = ["@openzeppelin/=node_modules/@openzeppelin/"]
via_ir = true
optimizer = true
optimizer_runs = 800
evm_version = "cancun"
offline = true
allow_paths = [${JSON.stringify(tools.root)}]
[profile.default.lint]
lint_on_build = false
`,
  );
  const results = path.join(project, "results.json");
  const [contract, test] = only?.split(".") ?? ["", ""];
  const which =
    only === undefined
      ? ["--match-contract", "(Test|Proofs)$", "--match-test", "^(check_|testFuzz_)"]
      : ["--match-contract", `^${contract}$`, "--match-test", `^${test}\\(`, "--early-exit"];
  const args = ["--root", project, ...which];
  const limits = ["--loop", String(ROUNDS), "--solver-timeout-assertion", `${QUERY_SECONDS}s`, "--no-status"];
  const { code, output } = await run(halmos, [...args, ...limits, "--json-output", results], {
    cwd: project,
    env: {
      ...process.env,
      PATH: [path.dirname(halmos), path.dirname(forge), process.env.PATH ?? ""].join(path.delimiter),
    },
    seconds: ALL_SECONDS,
  });
  const text = await readFile(results, "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new Error(code === undefined ? `Halmos took more than ${ALL_SECONDS} seconds.` : `Halmos failed:\n${output}`);
  }
  const { test_results } = JSON.parse(text) as { test_results: Record<string, HalmosResult[]> };
  return Object.entries(test_results).flatMap(([where, proofs]) =>
    proofs.map(({ name, exitcode, num_bounded_loops }) => ({
      name: `${where.split(":").at(-1) ?? ""}.${name.replace(/\(.*/, "")}`,
      holds: exitcode === 0 && (num_bounded_loops ?? 0) === 0,
      why: REASONS[exitcode] ?? "not proved",
    })),
  );
}

/**
 * The fuzz test with assertions in place of `require`. Halmos takes a failed `require` for a path that ends early, and a failed assertion
 * for a counterexample.
 */
function asserting(file: string, text: string): string {
  const changed = text
    .replaceAll(/\brequire\(([^;]*?),\s*"[^"]*"\s*\);/g, "assert($1);")
    .replaceAll(/\brevert\("[^"]*"\);/g, "assert(false);");
  if (/\b(require|revert)\(/.test(changed))
    throw new Error(`${file} has a requirement that is no statement of its own.`);
  return changed;
}
