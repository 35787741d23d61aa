import { execFile } from "node:child_process";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

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
