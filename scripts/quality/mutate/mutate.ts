import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { toPosix } from "../coverage/wrap.js";
import { hash, readLines, remembered } from "./files.js";
import { generate, type Change } from "./generate.js";
import type { Job, MutantOutcome, Recording } from "./job.js";
import { Project } from "./project.js";
import { isExplained, readEquivalent, report, type Judged } from "./report.js";
import { merge, type Mutant } from "./schema.js";
import { readSources, type Sources } from "../proof/compile.js";
import { Tools, withTools } from "../proof/tools.js";

/** A folder of contracts without code to change. */
const NOTHING = "contracts/interfaces/";
/** Folders of the tests that are played, and of the code that they use. */
const TESTS = ["test/unit", "test/attacks"];
const HELPERS = ["test/helpers", "test/model", "deploy/modules", "src", "test/mocks"];

interface Arguments {
  readonly files: string | undefined;
  readonly sample: string | undefined;
  readonly seed: string;
  readonly minutes: string;
  readonly workers: string;
  readonly slowest: string;
  readonly most: string | undefined;
  readonly survivors: boolean;
  readonly write: boolean;
}

/** `npm run mutate`: see docs/mutation.md. */
const mutate: NewTaskActionFunction<Arguments> = async (args, hre) => {
  const { root } = hre.config.paths;
  const started = Date.now();
  const tools = new Tools(root);
  const folder = path.join(root, "cache", "mutate");
  const all = await readSources(root, ["contracts"]);
  const wanted = args.files?.split(",");
  const possible = Object.keys(all).filter((file) => !file.startsWith(NOTHING));
  const named = (name: string): string[] => possible.filter((file) => file.includes(name));
  const files = wanted === undefined ? possible : [...new Set(wanted.flatMap(named))];
  if (files.length === 0) {
    console.error(`No contract has one of these in its path: ${args.files ?? ""}.`);
    return errorResult();
  }
  const sample = args.sample === undefined ? undefined : Number(args.sample);
  const changes = await withTools("npm run mutate", async () => {
    const found: Change[] = [];
    for (const file of files) {
      const name = `changes-${hash(file, all[file] ?? "")}.json`;
      found.push(...(await remembered(path.join(folder, "made", name), () => generate(tools, file))));
    }
    return found;
  });
  if (changes === undefined) return errorResult();
  const order = new Map(changes.map((change) => [change, hash(args.seed, JSON.stringify(change))]));
  const shuffled = changes.toSorted((a, b) => ((order.get(a) ?? "") < (order.get(b) ?? "") ? -1 : 1));
  console.log(`${changes.length} changes of ${files.length} files; looking for those that compile …`);
  const how = await readFile(path.join(root, "scripts", "quality", "mutate", "schema.ts"), "utf8");
  const name = `schema-${hash(JSON.stringify(all), files.toSorted().join(), args.seed, args.sample ?? "", how)}.json`;
  const schema = await remembered(path.join(folder, "made", name), () => merge(root, all, shuffled, sample));
  console.log(`${schema.mutants.length} mutants`);

  const outcomes = path.join(folder, "outcomes.jsonl");
  const judged = async (): Promise<Judged[]> => {
    const known = new Map((await readLines<MutantOutcome>(outcomes)).map((outcome) => [outcome.key, outcome]));
    return schema.mutants.map((mutant) => ({ mutant, outcome: known.get(keyOf(all, mutant)) }));
  };
  const explained = isExplained(await readEquivalent(root));
  const left = (await judged())
    .filter(({ mutant, outcome }) =>
      args.survivors ? outcome?.killedBy === null && !explained(mutant) : outcome === undefined,
    )
    .map(({ mutant }) => mutant)
    .sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file));
  if (left.length !== 0) {
    const project = new Project(root, path.join(folder, "project"));
    await project.copy(schema.sources);
    console.log("Building them as one …");
    if (!(await project.build())) return errorResult();

    const recordings = path.join(folder, "recordings.jsonl");
    const tests = await testsOf(root, project, JSON.stringify(schema.sources));
    const known = new Set((await readLines<Recording>(recordings)).map(({ key }) => key));
    const record = Object.entries(tests).map(([file, key]) => ({ file, key }));
    const job: Job = {
      record: record.filter(({ key }) => !known.has(key)),
      recordings,
      mutants: left.map((mutant) => ({
        number: mutant.number,
        site: mutant.site,
        key: keyOf(all, mutant),
        file: mutant.file,
        line: mutant.line,
      })),
      tests,
      outcomes,
      minutes: Number(args.minutes),
      slowest: Number(args.slowest) * 1000,
      most: args.most === undefined ? Number.MAX_SAFE_INTEGER : Number(args.most),
    };
    const file = path.join(folder, "job.json");
    const work = async (one: Job): Promise<boolean> => {
      await writeFile(file, JSON.stringify(one));
      return await project.work(file, Number(args.workers));
    };
    console.log(`Recording what ${job.record.length} of ${record.length} files of tests reach …`);
    if (job.record.length !== 0 && !(await work(job))) return errorResult();
    const playing = Date.now();
    const before = (await readLines<MutantOutcome>(outcomes)).length;
    if (!(await work({ ...job, record: [] }))) return errorResult();
    const played = (await readLines<MutantOutcome>(outcomes)).length - before;
    const seconds = (Date.now() - playing) / 1000;
    const each = (seconds / Math.max(1, played)).toFixed(2);
    const whole = ((Date.now() - started) / 60_000).toFixed(1);
    console.log(
      `${played} mutants in ${seconds.toFixed(0)} s, ${each} s each; ${whole} minutes with all that comes before`,
    );
  }
  const good = await report(root, await judged(), schema.candidates, args);
  return good ? successfulResult() : errorResult();
};

export default mutate;

/** A key of a mutant, which stays the same as long as its file does. */
const keyOf = (all: Sources, { file, start, end, text }: Mutant): string =>
  hash(file, all[file] ?? "", String(start), String(end), text);

/** By test file: the key of its recording, which changes with the file, its imports and the merged sources. */
async function testsOf(root: string, project: Project, sources: string): Promise<Record<string, string>> {
  const read = async (folder: string, wanted: (name: string) => boolean): Promise<[string, string][]> => {
    const names = (await readdir(path.join(root, folder), { recursive: true })).map(toPosix).filter(wanted).sort();
    return await Promise.all(
      names.map(async (name): Promise<[string, string]> => {
        const file = path.posix.join(folder, name);
        return [file, await readFile(path.join(root, file), "utf8")];
      }),
    );
  };
  const made: string[] = [];
  for (const folder of HELPERS) made.push(...(await read(folder, (name) => /\.(ts|sol)$/.test(name))).flat());
  const tests: Record<string, string> = {};
  for (const folder of TESTS) {
    for (const [file, text] of await read(folder, (name) => name.endsWith(".test.ts"))) {
      tests[path.join(project.folder, file)] = hash(sources, ...made, file, text);
    }
  }
  return tests;
}
