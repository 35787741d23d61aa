import { expect } from "chai";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import runs from "../../scripts/quality/fuzz.js";
import { outcomeOf } from "../helpers/standIns.js";
import { FuzzFailure, playRun } from "../fuzz/run.js";
import type { FuzzOptions, Watcher } from "../fuzz/run.js";
import { show } from "../fuzz/stage.js";

/** A runtime whose Mocha answers this, and what it was asked to run for how long. */
function mochaThat(success: boolean) {
  const runs: { readonly files: readonly string[]; readonly minutes: string | undefined }[] = [];
  const run = ({ testFiles }: { readonly testFiles: readonly string[] }): Promise<unknown> => {
    const files = testFiles.map((file) => file.split(/[\\/]/).slice(-3).join("/"));
    runs.push({ files, minutes: process.env.FUZZ_MINUTES });
    return Promise.resolve({ success });
  };
  const hre = { tasks: { getTask: (name: unknown) => (show(name) === show(["test", "mocha"]) ? { run } : undefined) } };
  return { hre: hre as unknown as HardhatRuntimeEnvironment, runs };
}

describe("npm run fuzz", () => {
  const given = process.env.FUZZ_MINUTES;
  afterEach(() => {
    if (given === undefined) delete process.env.FUZZ_MINUTES;
    else process.env.FUZZ_MINUTES = given;
  });

  /** What it writes to the error output, and whether it passes. */
  const tried = async (minutes: string, mocha = mochaThat(true)) => {
    const said: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array): boolean => said.push(String(text)) > 0;
    try {
      const { passes } = await outcomeOf(runs, { minutes }, mocha.hre);
      return { passes, said: said.join("") };
    } finally {
      process.stderr.write = write;
    }
  };

  for (const minutes of ["0.5", "30"]) {
    it(`plays runs and then liveness, for ${minutes} minutes`, async () => {
      const mocha = mochaThat(true);
      expect(await tried(minutes, mocha)).to.deep.equal({ passes: true, said: "" });
      const files = ["test/fuzz/fuzz.test.ts", "test/fuzz/liveness.test.ts"];
      expect(mocha.runs).to.deep.equal([{ files, minutes }]);
    });
  }

  it("fails where a run fails", async () => {
    expect(await tried("1", mochaThat(false))).to.deep.equal({ passes: false, said: "" });
  });

  for (const minutes of ["0", "0.0", "-1", "ten", "", "1e3", "5m"]) {
    it(`refuses --minutes ${minutes === "" ? "without a number" : minutes} in a sentence, and plays nothing`, async () => {
      const mocha = mochaThat(true);
      expect(await tried(minutes, mocha)).to.deep.equal({
        passes: false,
        said: `--minutes ${minutes} is no number above 0. Next: say how long, as in npm run fuzz -- --minutes 30\n`,
      });
      expect(mocha.runs).to.deep.equal([]);
    });
  }
});

describe("a random run", () => {
  const options = (...watchers: readonly Watcher[]): FuzzOptions => ({
    calls: 25,
    every: 25,
    watchers: () => watchers,
  });

  it("is the same again from the same seed, to the second, and another from another", async () => {
    const [first, again, other] = [
      await playRun(7n, options()),
      await playRun(7n, options()),
      await playRun(8n, options()),
    ].map(({ calls }) => show(calls));
    expect(again).to.equal(first);
    expect(other).to.not.equal(first);
  });

  it("that breaks a promise names its seed, the calls that are enough for it, and what was broken", async () => {
    const broken = "nobody may buy a card";
    const watcher: Watcher = {
      after: ({ call, refused }) => {
        if (call.name === "buy" && refused === undefined) throw new Error(broken);
      },
      now: () => Promise.resolve(),
    };
    let failure: unknown;
    try {
      await playRun(7n, options(watcher));
    } catch (error) {
      failure = error;
    }
    expect(failure).to.be.instanceOf(FuzzFailure);
    const [first, ...rest] = (failure as FuzzFailure).message.split("\n");
    const [, played, enough] = /^SEED=7 plays it again\. (\d+) calls; these (\d+) of them are enough:$/.exec(first!)!;
    expect(Number(enough)).to.be.lessThan(Number(played));
    const printed = rest.slice(0, Number(enough));
    for (const line of printed) expect(line).to.match(/^ {2}\d+ \w+ from [\w ]+ \[.*\]$/);
    // A card of a program, of a merchant, under a policy: the four of them, at least, and the last is what is wrong.
    const names = printed.map((line) => line.trim().split(" ")[1]);
    expect(names).to.include.members(["addPolicy", "registerMerchant", "publishProgram"]);
    expect(names.filter((name) => name === "buy")).to.have.lengthOf(1);
    expect(names.at(-1)).to.equal("buy");
    expect(rest[Number(enough)]).to.equal(`Error: ${broken}`);
  });
});
