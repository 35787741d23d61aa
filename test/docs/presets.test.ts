import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { format } from "prettier";

import * as api from "../../src/index.js";
import { ROOT, page, read, rowsOf, section } from "../helpers/markdown.js";

const file = "docs/presets.md";

/** The table of all rule sets as it should be. */
const rows = [...api.presets.values()].map((preset) => {
  const { name, title, kind, cardLimits, coolingOff, depositShare } = api.summarizePreset(preset);
  return [name, title, kind, cardLimits, coolingOff, depositShare];
});

/** The page with that table; `UPDATE_SNAPSHOTS=1` writes it. */
async function withTable(text: string): Promise<string> {
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
  const table = text.replace(
    /^(\| name .*\n\|[-| ]+\n)(?:\|.*\n)*/m,
    (_, head: string) => `${head}${lines.join("\n")}\n`,
  );
  return await format(table, { parser: "markdown", printWidth: 120 });
}

describe("The page of rule sets", () => {
  it("has every rule set with its figures, as the presets have them", async () => {
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path.join(ROOT, file), await withTable(read(file)));
    expect(rowsOf(section(page(file), "All of them"))).to.deep.equal(rows);
  });

  it("explains every part of a rule set that is not plain", () => {
    const explained = rowsOf(section(page(file), "What a rule set consists of")).map(([cell]) =>
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
      ...text.matchAll(/findPreset\("(.+?)"\)|preset(?: --silent)? -- (.+?)(?: --json| {2,}|$)/gm),
    ]);
    expect(shown).to.have.length(5);
    for (const [, quoted, typed] of shown) expect(api.findPreset(quoted ?? typed ?? "").source).to.not.be.empty;
    for (const text of code) {
      for (const name of /import \{ (.+) \}/.exec(text)?.[1]?.split(", ") ?? []) expect(api).to.have.property(name);
    }
    const rule = api.depositRuleFromPreset(api.findPreset("CN-SH-2019"), "GENERAL", 6);
    const [, reported, required] = /requiredDeposit\(rule, ([\d_]+)n\); \/\/ ([\d_]+)n/.exec(code.join("\n")) ?? [];
    const amount = (text = ""): bigint => BigInt(text.replaceAll("_", ""));
    expect(api.requiredDeposit(rule, amount(reported))).to.equal(amount(required));
  });
});
