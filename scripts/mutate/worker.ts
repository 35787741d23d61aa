// Run by Hardhat inside the copy of the project that `npm run mutate` makes: plays the tests once for each mutant, in one process.

import { appendFileSync, readFileSync } from "node:fs";

import Mocha from "mocha";

import { networkHelpers, provider } from "../../test/helpers/chain.js";
import type { Job, Outcome } from "./job.js";
import { SWITCH_ACCOUNT } from "./schema.js";

const job = JSON.parse(readFileSync(process.env.MUTATE_JOB ?? "", "utf8")) as Job;
const until = Date.now() + job.minutes * 60_000;

/* THE MUTANT THAT IS ON: none while a fixture is made, so that no fixture depends on one; and again after going back to a state. */

let wanted = 0;
let fixtures = 0;
const request = provider.request.bind(provider);
const select = async (): Promise<unknown> =>
  await request({
    method: "hardhat_setBalance",
    params: [SWITCH_ACCOUNT, `0x${(fixtures === 0 ? wanted : 0).toString(16)}`],
  });
provider.request = async (call) => {
  const result: unknown = await request(call);
  if (call.method === "evm_revert") await select();
  return result;
};
const loadFixture = networkHelpers.loadFixture.bind(networkHelpers);
networkHelpers.loadFixture = (async (fixture: () => Promise<unknown>): Promise<unknown> => {
  fixtures += 1;
  await select();
  try {
    return await loadFixture(fixture);
  } finally {
    fixtures -= 1;
    await select();
  }
}) as typeof networkHelpers.loadFixture;

/* THE TESTS */

const mocha = new Mocha({
  timeout: 120_000,
  reporter: function silent() {
    // The outcome of each mutant is told below.
  } as unknown as Mocha.ReporterConstructor,
});
mocha.cleanReferencesAfterRun(false);
for (const file of job.tests) mocha.addFile(file);
await mocha.loadFilesAsync();
const suites = [...mocha.suite.suites];

/** Runs the suites given, in their order, and answers the names of the tests that failed: all, or the first alone. */
async function play(
  chosen: readonly Mocha.Suite[],
  bail: boolean,
): Promise<{ file: string; title: string; test: Mocha.Runnable }[]> {
  mocha.suite.suites = [...chosen];
  mocha.bail(bail);
  const failed: { file: string; title: string; test: Mocha.Runnable }[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on("fail", (test) => failed.push({ file: test.file ?? "", title: test.fullTitle(), test }));
  });
  return failed;
}

// Tests of sizes and gas fail on code that is made of many versions of itself: they count for nothing.
for (const { test, title } of await play(suites, false)) {
  console.log(`Not used, for it fails without a mutant: ${title}`);
  if (test instanceof Mocha.Test) test.pending = true;
  else throw new Error("A hook fails without a mutant.");
}
const still = await play(suites, true);
if (still.length !== 0) throw new Error(`Fails without a mutant every other time: ${still[0]?.title ?? ""}`);

/** How often the tests of a file killed mutants of a contract: those that did come first. */
const kills = new Map<string, number>();
let done = 0;
for (const { number, key, file, line, tests } of job.mutants) {
  if (Date.now() > until) break;
  wanted = number;
  const rank = (suite: Mocha.Suite): number => kills.get(`${file} ${suite.file ?? ""}`) ?? 0;
  const near = suites.filter((suite) => tests.includes(suite.file ?? "")).sort((a, b) => rank(b) - rank(a));
  const started = Date.now();
  const [killer] = await play(near, true);
  wanted = 0;
  done += 1;
  if (killer !== undefined) {
    const kind = `${file} ${killer.file}`;
    kills.set(kind, (kills.get(kind) ?? 0) + 1);
  }
  const outcome: Outcome = { key, killedBy: killer?.title ?? null };
  appendFileSync(job.results, `${JSON.stringify(outcome)}\n`);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `${done}/${job.mutants.length} ${file}:${line} ${killer === undefined ? "SURVIVED" : "killed"} (${seconds} s)`,
  );
}
process.exit(0);
