import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { toPosix } from "./coverage/wrap.js";
import { generate, type Change } from "./mutate/generate.js";
import type { Job, Outcome } from "./mutate/job.js";
import { report, type Judged } from "./mutate/report.js";
import { merge, type Mutant } from "./mutate/schema.js";
import { readSources, type Sources } from "./proof/compile.js";
import { Tools, withTools } from "./proof/tools.js";

/** Not copied: what is installed or written by tools, and secrets. */
const LEFT_OUT = ["node_modules", "artifacts", "cache", "coverage", "types", "dist", ".git", ".env"];

/** Contracts without anything to change. */
const NOTHING = "contracts/interfaces/";

/** Folders of the tests of a contract, first match; all unit tests for every other. */
const NEAR: readonly (readonly [contract: RegExp, tests: RegExp])[] = [
  [/DepositRegister|DepositVault|register\//, /^test\/unit\/DepositRegister\//],
  [/Release/, /libraries\/|leaving\/|settling\/(settle|accrue)|views\/quoteExit/],
  [/Disputes/, /disputes\//],
  [/Moves/, /moves\//],
  [/Supervision/, /supervision\//],
  [/Passes/, /settling\/accrue|leaving\/|views\/quoteExit|regressions/],
  [/Exits/, /leaving\/|disputes\/|supervision\/|views\/quoteExit|settling\/accrue|moves\//],
  [/Closing/, /leaving\/|supervision\/refundCards|disputes\/(resolve|executeDispute)/],
  [/Settling/, /settling\/|leaving\/|registry\/outstandingCapWarning/],
  [/MerchantRegistry/, /registry\//],
  [/CapWarning/, /registry\/outstandingCapWarning/],
  [/Exposure/, /supervision\/reportHolderExposure/],
  [/EscrowViews/, /views\//],
  [/MerchantVault/, /MerchantVault|buying\/|leaving\/|settling\/payOut/],
];

/** The compiler's passes for code that runs once and need not be small; any size of contract. */
const CONFIG = `import base from "./hardhat.base.config.js";

const { solidity } = base as unknown as { solidity: { profiles: { default: { settings: object } } } };
const { default: compiler } = solidity.profiles;
const mutated = { ...compiler, settings: { ...compiler.settings, optimizer: { enabled: true, runs: 1 } } };
const simulated = { type: "edr-simulated", chainType: "l1", hardfork: "prague" };
const unlimited = { allowUnlimitedContractSize: true, blockGasLimit: 1_000_000_000n };

export default {
  ...base,
  solidity: { ...solidity, profiles: { default: mutated, production: mutated } },
  networks: { ...base.networks, default: { ...simulated, ...unlimited } },
} as typeof base;
`;

interface Arguments {
  readonly files: string | undefined;
  readonly sample: string | undefined;
  readonly seed: string;
  readonly minutes: string;
  readonly write: boolean;
}

/** `npm run mutate`: see docs/mutation.md. */
const mutate: NewTaskActionFunction<Arguments> = async (args, hre) => {
  const { root } = hre.config.paths;
  const tools = new Tools(root);
  const all = await readSources(root, ["contracts"]);
  const wanted = args.files?.split(",");
  const files = Object.keys(all).filter(
    (file) => !file.startsWith(NOTHING) && (wanted?.some((name) => file.includes(name)) ?? true),
  );
  if (files.length === 0) {
    console.error(`No contract has one of these in its path: ${args.files ?? ""}.`);
    return errorResult();
  }
  const sample = args.sample === undefined ? undefined : Number(args.sample);
  const changes = await withTools("npm run mutate", async () => {
    const found: Change[] = [];
    for (const file of files) found.push(...(await generate(tools, file)));
    return found;
  });
  if (changes === undefined) return errorResult();
  const order = new Map(changes.map((change) => [change, hash(args.seed, JSON.stringify(change))]));
  const shuffled = changes.toSorted((a, b) => ((order.get(a) ?? "") < (order.get(b) ?? "") ? -1 : 1));
  console.log(`${changes.length} changes of ${files.length} files; looking for those that compile …`);
  const schema = merge(root, all, shuffled, sample);
  console.log(`${schema.mutants.length} mutants; building them as one …`);

  const folder = path.join(root, "cache", "mutate");
  const results = path.join(folder, "outcomes.jsonl");
  const judged = async (): Promise<Judged[]> => {
    const outcomes = new Map((await readOutcomes(results)).map((outcome) => [outcome.key, outcome]));
    return schema.mutants.map((mutant) => ({ mutant, outcome: outcomes.get(keyOf(all, mutant)) }));
  };
  const left = (await judged()).filter(({ outcome }) => outcome === undefined).map(({ mutant }) => mutant);
  if (left.length !== 0) {
    const project = path.join(folder, "project");
    await copyProject(root, project, schema.sources);
    const names = (await readdir(path.join(project, "test", "unit"), { recursive: true }))
      .map((name) => path.posix.join("test", "unit", toPosix(name)))
      .filter((name) => name.endsWith(".test.ts"))
      .sort();
    const mutants = left.map((mutant) => ({
      number: mutant.number,
      key: keyOf(all, mutant),
      file: mutant.file,
      line: mutant.line,
      tests: testsOf(mutant.file, names).map((name) => path.join(project, name)),
    }));
    const job: Job = {
      mutants,
      tests: [...new Set(mutants.flatMap(({ tests }) => tests))].sort(),
      results,
      minutes: Number(args.minutes),
    };
    await writeFile(path.join(folder, "job.json"), JSON.stringify(job));
    const cli = path.join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
    const env = { ...process.env, MUTATE_JOB: path.join(folder, "job.json") };
    if ((await start(process.execPath, [cli, "build"], project, env)) !== 0) return errorResult();
    const worker = path.join("scripts", "mutate", "worker.ts");
    if ((await start(process.execPath, [cli, "run", "--no-compile", worker], project, env)) !== 0) return errorResult();
  }
  const good = await report(root, await judged(), schema.candidates, args);
  return good ? successfulResult() : errorResult();
};

export default mutate;

const hash = (...parts: readonly string[]): string => createHash("sha256").update(parts.join("\n")).digest("hex");

/** Knows a mutant again as long as its file is the same. */
const keyOf = (all: Sources, { file, start, end, text }: Mutant): string =>
  hash(file, all[file] ?? "", String(start), String(end), text).slice(0, 16);

function testsOf(contract: string, names: readonly string[]): string[] {
  const near = NEAR.find(([pattern]) => pattern.test(contract));
  return names.filter((name) => near?.[1].test(name) ?? !name.includes("/DepositRegister/"));
}

async function readOutcomes(file: string): Promise<Outcome[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Outcome);
}

async function copyProject(root: string, project: string, sources: Sources): Promise<void> {
  await mkdir(project, { recursive: true });
  for (const name of await readdir(root)) {
    if (LEFT_OUT.includes(name)) continue;
    await rm(path.join(project, name), { recursive: true, force: true });
    await cp(path.join(root, name), path.join(project, name), { recursive: true });
  }
  await rm(path.join(project, "node_modules"), { force: true });
  await symlink(path.join(root, "node_modules"), path.join(project, "node_modules"), "junction");
  await rename(path.join(project, "hardhat.config.ts"), path.join(project, "hardhat.base.config.ts"));
  await writeFile(path.join(project, "hardhat.config.ts"), CONFIG);
  for (const [file, text] of Object.entries(sources)) await writeFile(path.join(project, file), text);
}

async function start(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return await new Promise((resolve) => {
    spawn(command, args, { cwd, env, stdio: "inherit" }).on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
