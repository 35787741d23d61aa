import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { format } from "prettier";

import * as api from "../../src/index.js";
import { ROOT, page, read, rowsOf, section } from "../helpers/markdown.js";

const file = "docs/presets.md";

/** What the page has of each preset, its name first. */
const rows = [...api.presets.values()].map((preset) => {
  const { name, title, kind, inForce, cardLimits, coolingOff, fee, depositShare } = api.summarizePreset(preset);
  return [name, title, kind, inForce, cardLimits, coolingOff, fee, depositShare];
});

/** The page with the list of all of them; `UPDATE_SNAPSHOTS=1` writes it. */
async function withList(text: string): Promise<string> {
  const labels = ["Title", "Kind", "In force", "Card limit", "Cooling-off", "Fee for leaving", "Deposit"];
  const entries = rows.map(([name, ...cells]) =>
    [`- **${name!}**`, ...cells.map((cell, i) => `  - ${labels[i]!}: ${cell}`)].join("\n"),
  );
  const [before = "", after = ""] = text.split("## All of them\n");
  const rest = /\n(?=[^\s-])[^]*/.exec(after)?.[0] ?? "";
  const list = `${before}## All of them\n\n${entries.join("\n")}\n${rest}`;
  return await format(list, { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

describe("The page of presets", () => {
  it("has every preset with its figures, as the presets have them", async () => {
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path.join(ROOT, file), await withList(read(file)));
    expect(rowsOf(section(page(file), "All of them"))).to.deep.equal(rows);
  });

  it("explains every part of a preset that is not plain", () => {
    const explained = rowsOf(section(page(file), "What a preset consists of")).map(([cell]) =>
      cell!.replaceAll("`", ""),
    );
    const plain = ["name", "title", "kind", "currency", "currencyDecimals"];
    const { presets } = JSON.parse(read("data/presets.json")) as { presets: object[] };
    const used = new Set(presets.flatMap((preset) => Object.keys(preset)));
    expect([...plain, ...explained]).to.include.members([...used]);
  });

  it("shows names that exist, and code whose answer is right", () => {
    const code = page(file).fences.map((fence) => fence.code);
    const shown = code.flatMap((text) => [
      ...text.matchAll(/findPreset\("(.+?)"\)|preset(?: --silent)? -- (?!check)(.+?)(?: --json| {2,}|$)/gm),
    ]);
    expect(shown).to.have.length(6);
    for (const [, quoted, typed] of shown) expect(api.findPreset(quoted ?? typed ?? "").source).to.not.be.empty;
    for (const text of code) {
      for (const name of /import \{ (.+) \}/.exec(text)?.[1]?.split(", ") ?? []) expect(api).to.have.property(name);
    }
    const [, used, day, name, force] =
      /findPreset\("(.+)"\)\], "(.+)"\); \/\/ (\S+): (\w+)/.exec(code.join("\n")) ?? [];
    const out = api.presetsOutOfForce([api.findPreset(used!)], day!);
    expect(out.map((each) => [each.preset.name, each.force])).to.deep.equal([[name, force]]);
    const rule = api.depositRuleFromPreset(api.findPreset("CN-SH-2019"), "GENERAL", 6);
    const [, reported, required] = /requiredDeposit\(rule, ([\d_]+)n\); \/\/ ([\d_]+)n/.exec(code.join("\n")) ?? [];
    const amount = (text = ""): bigint => BigInt(text.replaceAll("_", ""));
    expect(api.requiredDeposit(rule, amount(reported))).to.equal(amount(required));
  });
});
