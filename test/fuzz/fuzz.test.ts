import { expect } from "chai";

import { seedOfRun } from "../helpers/random.js";
import { Tally, parts, playRun } from "./run.js";
import { Promises } from "./properties.js";

/*
 * Random runs of merchants, holders and everybody around them, on the contracts and on the model at once: `docs/fuzz.md`.
 * The seed is in the tests' names; `SEED=…` plays the same runs again. `npm run fuzz -- --minutes 30` goes on for longer.
 */

/** The fourteen promises of the design, less liveness, which has a test of its own. */
const watched = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14];

/** Calls of a handler from which on its share is judged: fewer may be refused by chance. */
const ENOUGH = 40;

/** Runs that are judged in a long run: in so many of them every call and every promise comes up. */
const MANY = 20n;

const minutes = Number(process.env.FUZZ_MINUTES ?? "0");
// The short run is the same each time, so that what makes it fail is a change; the long one is where new runs are played.
const seed = minutes === 0 ? BigInt(process.env.SEED ?? "1") : seedOfRun();

/** What some runs have come to: calls, and how often each promise was looked at. */
class Count {
  readonly tally = new Tally();
  readonly looked = new Map<number, number>();
}
const count = new Count();

async function play(n: bigint, calls: number, every: number, { tally, looked }: Count): Promise<void> {
  const promises: Promises[] = [];
  const watchers = () => {
    const made = new Promises();
    promises.push(made);
    return [made];
  };
  const { run } = await playRun(n, { calls, every, tally, watchers });
  await promises[0]!.end(run);
  for (const [number, times] of promises[0]!.looked) looked.set(number, (looked.get(number) ?? 0) + times);
}

function columns(entries: readonly string[]): string {
  const width = Math.max(...entries.map((entry) => entry.length)) + 2;
  const lines: string[] = [];
  for (let i = 0; i < entries.length; i += 4) {
    lines.push(
      "      " +
        entries
          .slice(i, i + 4)
          .map((entry) => entry.padEnd(width))
          .join(""),
    );
  }
  return lines.join("\n");
}

function report({ tally, looked }: Count): string {
  const shares = (counts: Tally["calls"]): string[] =>
    [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { sent, accepted }]) => `${name} ${accepted}/${sent}`);
  const checks = [...looked].toSorted(([a], [b]) => a - b).map(([number, times]) => `${number}: ${times}`);
  return [
    `    ${tally.runs} runs, ${tally.accepted} of ${tally.sent} calls accepted; by the merchant's status:`,
    columns(shares(tally.statuses)),
    "    by call:",
    columns(shares(tally.calls)),
    `    promises looked at: ${checks.join(", ")}`,
  ].join("\n");
}

describe("random runs on the contracts and on the model", () => {
  if (minutes === 0) {
    for (let n = 0n; n < 4n; n++) {
      it(`agree, and keep every promise (SEED=${seed + n}, run 1 of it)`, async () => {
        await play(seed + n, 160, 40, count);
      });
    }
  } else {
    it(`agree for ${minutes} minutes, and keep every promise (from SEED=${seed} on)`, async function () {
      this.timeout(0);
      const { tally } = count;
      const begun = Date.now();
      let told = begun;
      for (let n = seed; Date.now() - begun < minutes * 60_000; n += 1n) {
        await play(n, 300, 60, count);
        if (Date.now() - told < 60_000) continue;
        told = Date.now();
        const done = Math.floor((told - begun) / 60_000);
        console.log(`    ${done} of ${minutes} minutes, ${tally.runs} runs, ${tally.sent} calls, at SEED=${n}`);
      }
    });
  }
  after(() => {
    console.log(report(count));
  });

  it("take every handler seriously", async function () {
    // Judged are runs that are the same each time: what others lack, they may lack by chance.
    if (minutes === 0 && process.env.SEED !== undefined) this.skip();
    this.timeout(0);
    const judged = minutes === 0 ? count : new Count();
    if (minutes > 0) for (let n = 1n; n <= MANY; n++) await play(n, 300, 60, judged);
    for (const [name, { share }] of Object.entries(parts)) {
      const { sent, accepted } = judged.tally.calls.get(name) ?? { sent: 0, accepted: 0 };
      // The four runs of the short run do not reach every call.
      if (minutes === 0 && sent < ENOUGH) continue;
      expect(accepted, `${name}, sent ${sent} times`).to.be.at.least(Math.max(1, Math.ceil((sent * share) / 100)));
    }
    // A visit in the last second needs a card that is about to be left or moved: the short run has none.
    const needed = watched.filter((number) => minutes > 0 || number !== 13);
    const unseen = needed.filter((number) => (judged.looked.get(number) ?? 0) === 0);
    expect(unseen, "promises that were never looked at").to.deep.equal([]);
  });
});
