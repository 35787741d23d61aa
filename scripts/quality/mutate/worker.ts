// Run by Hardhat inside the copy of the project that `npm run mutate` makes: records which test reaches which place, then plays for each
// mutant the tests that reach it. Each of several workers does its part.

import { appendFileSync, readFileSync } from "node:fs";

import hre from "hardhat";

import { Chains } from "./chains.js";
import type { Job, MutantOutcome, RecordedTest, Recording } from "./job.js";
import { Player } from "./player.js";
import { byPromise, Kills, type Candidate } from "./ranking.js";
import { NO_MUTANT, RECORD } from "./schema.js";

const job = JSON.parse(readFileSync(process.env.MUTATE_JOB ?? "", "utf8")) as Job;
const [part = 0, parts = 1] = (process.env.MUTATE_PART ?? "").split("/").map(Number);
const isMine = (_: unknown, i: number): boolean => i % parts === part;
const until = Date.now() + job.minutes * 60_000;
const append = (file: string, line: Recording | MutantOutcome): void => {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
};

const reached = new Set<number>();
if (job.record.length !== 0) {
  // The simulated network reports the calls to the coverage address: each carries the number of a place.
  hre.hooks.registerHandlers("network", {
    onCoverageData: (_, tags) => {
      for (const tag of tags) reached.add(Number(`0x${tag}`));
      return Promise.resolve();
    },
  });
}
const chains = await Chains.replace();

if (job.record.length !== 0) await record();
else await kill();
process.exit(0);

async function record(): Promise<void> {
  const mine = job.record.filter(isMine);
  const player = await Player.load(mine.map(({ file }) => file));
  for (const { file, key } of mine) {
    const tests: RecordedTest[] = [];
    const unused: string[] = [];
    for (const [index, test] of player.of(file).entries()) {
      reached.clear();
      await chains.begin(RECORD);
      const started = performance.now() - chains.making;
      const passed = await player.play(test);
      const milliseconds = Math.ceil(performance.now() - chains.making - started);
      const sites = [...reached].sort((a, b) => a - b);
      // Recording costs gas, and some tests run out of it: the places that they reached before count.
      if (passed || (await passesWith(player, test, NO_MUTANT))) tests.push({ index, milliseconds, sites });
      else unused.push(test.fullTitle());
    }
    append(job.recordings, { key, tests, unused });
    console.log(`${file.replace(/.*\/test\//, "test/")}: ${tests.length} tests, ${unused.length} of no use`);
  }
}

async function kill(): Promise<void> {
  const player = await Player.load(Object.keys(job.tests));
  const candidates = readTests(player);
  const kills = new Kills();
  /** For tests that have killed: whether they pass without a mutant and without recording. */
  const sound = new Map<Mocha.Test, boolean>();
  const mine = job.mutants.filter(isMine);
  for (const [done, mutant] of mine.entries()) {
    if (Date.now() > until) break;
    const started = Date.now();
    const near = candidates.get(mutant.site) ?? [];
    let killer: Mocha.Test | undefined;
    let played = 0;
    for (const candidate of byPromise(near, kills, mutant)) {
      const { test } = candidate;
      if (sound.get(test) === false) continue;
      if (played === job.most) break;
      played += 1;
      const passed = await passesWith(player, test, BigInt(mutant.number));
      if (!passed && !sound.has(test)) {
        sound.set(test, await passesWith(player, test, NO_MUTANT));
        if (sound.get(test) === false) console.log(`Not used, for it fails without a mutant: ${test.fullTitle()}`);
      }
      const killed = !passed && sound.get(test) === true;
      kills.count(mutant, candidate, killed);
      if (!killed) continue;
      killer = test;
      break;
    }
    append(job.outcomes, { key: mutant.key, killedBy: killer?.fullTitle() ?? null, played });
    const what = killer !== undefined ? "killed" : near.length === 0 ? "NOT REACHED" : "SURVIVED";
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${done + 1}/${mine.length} ${mutant.file}:${mutant.line} ${what} (${played} tests, ${seconds} s)`);
  }
}

async function passesWith(player: Player, test: Mocha.Test, number: bigint): Promise<boolean> {
  await chains.begin(number);
  return await player.play(test);
}

/** Reads the recordings: by site, the tests that reach it. */
function readTests(player: Player): ReadonlyMap<number, readonly Candidate[]> {
  const lines = readFileSync(job.recordings, "utf8").trim().split("\n");
  const recordings = new Map(lines.map((line) => JSON.parse(line) as Recording).map((one) => [one.key, one]));
  const found = new Map<number, Candidate[]>();
  for (const [file, key] of Object.entries(job.tests)) {
    const tests = player.of(file);
    for (const { index, milliseconds, sites } of recordings.get(key)?.tests ?? []) {
      const test = tests[index];
      if (test === undefined) throw new Error(`${file} has no test ${index}: what was recorded of it is out of date.`);
      if (milliseconds > job.slowest) continue;
      const candidate = { file, index, milliseconds, test };
      for (const site of sites) {
        const known = found.get(site);
        if (known === undefined) found.set(site, [candidate]);
        else known.push(candidate);
      }
    }
  }
  return found;
}
