import { execFile } from "node:child_process";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { checkPresets, presetsOfDeployments } from "../../scripts/commands/preset/check.js";
import { presetPage, presetTable, screenWidth } from "../../scripts/commands/preset/page.js";
import { widthOf } from "../../scripts/terminal/text.js";
import { describePreset, summarizePreset } from "../../src/presets/presetDescription.js";
import { findPreset, presets } from "../../src/presets/presets.js";
import { ROOT, read } from "../helpers/markdown.js";

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the project's folder as a user does, without colors. */
async function run(file: string, ...args: readonly string[]): Promise<Output> {
  const env = { ...process.env, NO_COLOR: "1", HARDHAT_DISABLE_TELEMETRY: "true" };
  delete (env as NodeJS.ProcessEnv).FORCE_COLOR;
  return await new Promise((resolve) => {
    execFile(process.execPath, [path.join(ROOT, file), ...args], { cwd: ROOT, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const preset = async (...args: readonly string[]): Promise<Output> =>
  await run("node_modules/hardhat/dist/src/cli.js", "preset", ...args);

/** A text with its lines put together again. */
const unwrapped = (text: string): string => text.replace(/\s+/g, " ");

describe("hardhat preset", () => {
  it("shows all presets in a table", async () => {
    const { code, stdout, stderr } = await preset();
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const shown = stdout.match(/^ {2}[A-Z]{2}-[\w-]+/gm)?.map((name) => name.trim());
    expect(shown).to.deep.equal([...presets.keys()]);
  });

  it("shows one as a person reads it, with its legal source", async () => {
    const { code, stdout, stderr } = await preset("CN-SH-2019");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const text = unwrapped(stdout);
    expect(text).to.include("CN-SH-2019 · Shanghai: measures on prepaid cards of 2019");
    expect(text).to.include(`Source ${findPreset("CN-SH-2019").source}`);
    expect(text).to.include("Checked read in an excerpt of a published page; in part the primary text was read");
    expect(text).to.match(/Notice of closing 30 days, then everyone is refunded preset/);
    expect(text).to.match(/Cooling-off none default/);
    expect(text).to.include("YOUNG up to 200,000.00 CNY: nothing; above: 100 % of the whole balance within 117 days");
    expect(text).to.include(findPreset("CN-SH-2019").notExpressed[0]!);
    expect(text).to.include("npm run preset -- CN-SH-2019 + CN-SPC-2025");
  });

  it("shows several together, quoted or not", async () => {
    const outputs = await Promise.all([
      preset("CN-WEIHAI-2021", "+", "CN-SPC-2025"),
      preset("CN-WEIHAI-2021 + CN-SPC-2025"),
    ]);
    for (const { code, stdout } of outputs) {
      expect(code).to.equal(0);
      const text = unwrapped(stdout);
      expect(text).to.match(/Cooling-off 7 days from each payment CN-SPC-2025/);
      expect(text).to.match(/Named card at most 5,000\.00 CNY CN-WEIHAI-2021/);
      expect(text).to.match(/After a default .* default/);
      expect(text).to.include(`CN-SPC-2025: ${findPreset("CN-SPC-2025").notExpressed[0]!}`);
    }
    expect(outputs[0].stdout).to.equal(outputs[1].stdout);
  });

  it("writes JSON for programs", async () => {
    const [one, all] = await Promise.all([preset("JP-PSA", "--json"), preset("--json")]);
    expect(one.code).to.equal(0);
    expect(JSON.parse(one.stdout)).to.deep.equal(describePreset(findPreset("JP-PSA")));
    expect(JSON.parse(all.stdout)).to.deep.equal([...presets.values()].map(summarizePreset));
  });

  for (const [args, sentence] of [
    [
      ["CN-WEIHAI"],
      'no preset is called "CN-WEIHAI"; similar names are CN-WEIHAI-2021. Next: npm run preset shows all 39.',
    ],
    [["zzzz"], 'no preset is called "zzzz". Next: npm run preset shows all 39.'],
    [["JP-PSA", "+"], "a name of a preset is missing. Next: npm run preset shows all 39."],
    [
      ["CN-WEIHAI-2021", "+", "JP-PSA"],
      "currency is JPY; allowed: CNY, the currency of CN-WEIHAI-2021. Next: leave JP-PSA out.",
    ],
  ] as const) {
    it(`answers ${args.join(" ")} with one sentence and fails`, async () => {
      expect(await preset(...args)).to.deep.equal({ code: 1, stdout: "", stderr: `Error: ${sentence}\n` });
    });
  }

  describe("check", () => {
    it("fails from the day after the last day of a law in use", async () => {
      const [before, after] = await Promise.all([
        preset("check", "CN-WEIHAI-2021", "+", "CN-SH-GYM-2025", "--at", "2026-12-31"),
        preset("check", "CN-WEIHAI-2021 + CN-SH-GYM-2025", "--at", "2027-01-01"),
      ]);
      expect(before).to.deep.equal({
        code: 0,
        stderr: "",
        stdout: [
          "On 2026-12-31",
          "Every preset in use is in force.",
          "Not in use and not in force",
          "  CN-SH-2019 ended on 2024-04-30",
          "  CN-SZ-2026-draft is a draft",
          "  HK-proposal is a draft",
          "In force until",
          "  CN-SH-GYM-2025 2026-12-31",
          "",
        ].join("\n"),
      });
      expect(after).to.deep.equal({
        code: 1,
        stderr: "",
        stdout: [
          "On 2027-01-01",
          "In use and not in force. Next: look for the law that has taken its place, and add a policy after it.",
          "  CN-SH-GYM-2025 ended on 2026-12-31",
          "Not in use and not in force",
          "  CN-SH-2019 ended on 2024-04-30",
          "  CN-SZ-2026-draft is a draft",
          "  HK-proposal is a draft",
          "",
        ].join("\n"),
      });
    });

    it("looks at the presets of the deployment, and at today in UTC", async () => {
      const [given, today] = await Promise.all([
        preset("check", "--at", "2024-12-31", "--json"),
        preset("check", "--json"),
      ]);
      const { day, inUse, others, ending } = JSON.parse(given.stdout) as Record<
        string,
        { name: string; force: string }[]
      >;
      expect(day).to.equal("2024-12-31");
      expect(inUse!.map(({ name, force }) => `${name} ${force}`)).to.deep.equal([
        "CN-SPC-2025 NotYet",
        "CN-SH-GYM-2025 NotYet",
      ]);
      expect(others!.map(({ name }) => name))
        .to.include("UK-SAVINGS-2026")
        .and.not.include("CN-SPC-2025");
      expect(ending).to.deep.equal([]);
      expect(given.code).to.equal(1);
      const { day: now, inUse: out } = JSON.parse(today.stdout) as { day: string; inUse: object[] };
      expect(Math.abs(Date.parse(now) - Date.now())).to.be.below(2 * 86_400_000);
      expect(today.code).to.equal(out.length === 0 ? 0 : 1);
    });

    it("knows the presets that a deployment adds", () => {
      const { Local, Policies } = JSON.parse(read("deploy/parameters/policies.json")) as Record<
        string,
        { presets: string[] }
      >;
      expect(presetsOfDeployments().map(({ name }) => name)).to.deep.equal([...Local!.presets, ...Policies!.presets]);
    });

    it("names a preset once that is in use, and every other that has an end", () => {
      const { inUse, others, ending } = checkPresets(
        [findPreset("CN-SH-2019"), findPreset("CN-SH-2019")],
        "2024-05-01",
      );
      expect(inUse.map((each) => each.preset.name)).to.deep.equal(["CN-SH-2019"]);
      expect(others.map((each) => each.preset.name)).to.not.include("CN-SH-2019");
      expect(ending).to.deep.equal([]);
      const early = checkPresets([], "2024-04-30");
      expect(early.inUse).to.deep.equal([]);
      expect(early.ending.map(({ name }) => name)).to.deep.equal(["CN-SH-2019"]);
    });

    for (const [args, sentence] of [
      [["--at", "2026-02-30"], "date is 2026-02-30; allowed: a date such as 2026-12-31. Next: correct the date."],
      [["zzzz"], 'no preset is called "zzzz". Next: npm run preset shows all 39.'],
    ] as const) {
      it(`answers ${args.join(" ")} with one sentence and fails`, async () => {
        const output = await preset("check", ...args);
        expect(output).to.deep.equal({ code: 1, stdout: "", stderr: `Error: ${sentence}\n` });
      });
    }

    it("is explained on a page of its own", async () => {
      const { code, stdout } = await run("scripts/launch.mjs", "hardhat", "preset", "check", "--help");
      expect(code).to.equal(0);
      expect(stdout).to.equal(read("scripts/help/preset-check.txt"));
    });
  });

  it("is explained with examples that work", async () => {
    const { code, stdout } = await run("scripts/launch.mjs", "hardhat", "preset", "--help");
    expect(code).to.equal(0);
    expect(stdout).to.equal(read("scripts/help/preset.txt"));
    const examples = [...stdout.matchAll(/^ {2}npm run preset(?: --silent)?(?: -- (.+?))?(?: --json| {2,}| >)/gm)];
    expect(examples).to.have.length(4);
    for (const [, name] of examples) {
      if (name !== undefined) expect(describePreset(findPreset(name.trim())).rights).to.not.be.empty;
    }
  });

  it("is known to Hardhat with its arguments", () => {
    const task = hre.tasks.getTask("preset");
    expect(task.positionalArguments.map(({ name, isVariadic }) => [name, isVariadic])).to.deep.equal([["name", true]]);
    expect([...task.options.keys()]).to.deep.equal(["json"]);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(scripts.preset).to.equal("node scripts/launch.mjs hardhat preset");
  });

  describe("on a screen", () => {
    for (const [columns, width] of [
      [undefined, 100],
      [40, 80],
      [80, 80],
      [110, 110],
      [120, 120],
      [250, 120],
    ] as const) {
      it(`of ${columns ?? "unknown"} columns uses ${width}`, () => {
        expect(screenWidth(columns)).to.equal(width);
      });
    }

    for (const width of [80, 100, 109, 110, 120]) {
      it(`of ${width} columns loses nothing and breaks no line`, () => {
        const summaries = [...presets.values()].map(summarizePreset);
        const table = presetTable(summaries, width);
        const pages = [...presets.values()].map((one) => presetPage(describePreset(one), width));
        const both = presetPage(describePreset(findPreset("CN-MOFCOM-2012 + CN-BJ-COMMERCE-2023")), width);
        for (const line of [table, ...pages, both].flatMap((text) => text.split("\n"))) {
          expect(widthOf(line), line).to.be.at.most(width);
          expect(line).to.not.include("…  ");
        }
        for (const [i, { name, source, notExpressed }] of [...presets.values()].entries()) {
          expect(table).to.include(name);
          const text = unwrapped(pages[i]!);
          for (const each of [name, source, ...notExpressed]) expect(text).to.include(each);
        }
      });
    }
  });
});
