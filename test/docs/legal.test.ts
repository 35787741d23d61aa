import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { format } from "prettier";

import { formatBps } from "../../src/utils/units.js";
import { ROOT, page, read, tableRowsOf } from "../helpers/markdown.js";
import { refundCases } from "../helpers/refundCases.js";
import type { CaseInput, RefundCase } from "../helpers/refundCases.js";

const file = "docs/legal.md";

/** What the contracts paid in `test/acceptance/laws.test.ts`, in minor units. */
const paid = JSON.parse(read("snapshots/refunds.json")) as Readonly<Record<string, number>>;

/** The name of each place, and its currency with the number of its decimals. */
const places: Readonly<Record<string, readonly [name: string, currency: string, decimals: number]>> = {
  CN: ["China", "CNY", 2],
  TW: ["Taiwan", "TWD", 2],
  JP: ["Japan", "JPY", 0],
  KR: ["Korea", "KRW", 0],
  CA: ["Canada", "CAD", 2],
  US: ["United States", "USD", 2],
  IN: ["India", "INR", 2],
  BR: ["Brazil", "BRL", 2],
  DE: ["Germany", "EUR", 2],
  NL: ["Netherlands", "EUR", 2],
  ES: ["Spain", "EUR", 2],
  HK: ["Hong Kong", "HKD", 2],
  AU: ["Australia", "AUD", 2],
  SG: ["Singapore", "SGD", 2],
};

const kinds: Readonly<Record<string, string>> = {
  judgment: "judgment",
  regulator: "regulator",
  association: "association",
  reported: "press",
  claim: "claim",
  statute: "statute",
};

/** An amount with its currency, as the presets write one. */
function money(jurisdiction: string, minor: number): string {
  const [, currency, decimals] = places[jurisdiction]!;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return `${new Intl.NumberFormat("en", digits).format(minor / 10 ** decimals)} ${currency}`;
}

/** What a policy has for a case, in words; the fields are those of `Policy`. */
function policyInWords(jurisdiction: string, { cause, policy = {} }: CaseInput): string[] {
  const share = (field: string): string => formatBps(BigInt(Number(policy[field])));
  const words: Readonly<Record<string, () => string>> = {
    feeFlat: () => `${money(jurisdiction, Number(policy.feeFlat))} for leaving unused`,
    feePriceBps: () => `a fee of ${share("feePriceBps")} of the price`,
    feeRestBps: () => `a fee of ${share("feeRestBps")} of what remains`,
    coolingOffFeeBps: () => `in cooling-off a fee of ${share("coolingOffFeeBps")} of the price`,
    feeMax: () => `no fee above ${money(jurisdiction, Number(policy.feeMax))}`,
    coolingOffInFull: () => "the days of a pass do not count in cooling-off",
    maxListBps: () => `a list price of at most ${share("maxListBps")} of the price`,
  };
  const told = Object.keys(policy).map((field) => words[field]!());
  if (cause === "coolingOff") return ["7 days of cooling-off", ...told];
  return cause === "coolingOffUnused" ? ["7 days of cooling-off, if unused", ...told] : told;
}

const causes = {
  merchant: "the merchant",
  consumer: "the holder, who leaves",
  coolingOff: "the holder, in cooling-off",
  coolingOffUnused: "the holder, in cooling-off",
  ruling: "a ruling",
} as const;

/** The rows of the table: case, place, who reckoned it, what was awarded, and what the contracts pay. */
const rows = refundCases.map(({ id, jurisdiction, kind, expect: { refund } }) => {
  const ours = paid[id];
  return [
    id,
    places[jurisdiction]![0],
    kinds[kind]!,
    money(jurisdiction, refund),
    ours === undefined ? "–" : money(jurisdiction, ours),
    ours === undefined ? "not expressed" : ours === refund ? "" : money(jurisdiction, ours - refund),
  ];
});

/** One case as an item of the list of its place. */
function itemOf(one: RefundCase): string {
  const { id, jurisdiction, desc, rule, source, note, difference, input } = one;
  const policy = policyInWords(jurisdiction, input);
  return [
    `- **${id}**: ${desc}`,
    `  - Rule: ${rule}`,
    ...(input.cause === undefined ? [] : [`  - Cause: ${causes[input.cause]}`]),
    ...(policy.length === 0 ? [] : [`  - The policy has: ${policy.join("; ")}`]),
    ...(difference === undefined ? [] : [`  - ${one.runs ? "Why it differs" : "Why not"}: ${difference}`]),
    ...(note === undefined ? [] : [`  - Note: ${note}`]),
    `  - Source: ${source}`,
  ].join("\n");
}

/** Everything on the page that is worked out from the cases; `UPDATE_SNAPSHOTS=1` writes it. */
function generated(): string {
  const runs = refundCases.filter((one) => one.runs);
  const exact = runs.filter(({ id, expect: { refund } }) => paid[id] === refund);
  const table = [
    "| case | place | by | awarded | the contracts pay | difference |",
    "| --- | --- | --- | ---: | ---: | ---: |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
  const named = [...new Set(refundCases.map(({ jurisdiction }) => jurisdiction))];
  const lists = named.flatMap((jurisdiction) => [
    `### ${places[jurisdiction]![0]}`,
    "",
    ...refundCases.filter((one) => one.jurisdiction === jurisdiction).map(itemOf),
    "",
  ]);
  return [
    "## Awarded and paid",
    "",
    `There are ${refundCases.length} cases from ${named.length} places. ${runs.length} run on the contracts: ` +
      `${exact.length} pay exactly what was awarded, and ${runs.length - exact.length} differ by what somebody rounded. ` +
      `${refundCases.length - runs.length} cannot be expressed.`,
    "",
    ...table,
    "",
    "## Case by case",
    "",
    ...lists,
  ].join("\n");
}

const START = "## Awarded and paid\n";

async function withCases(text: string): Promise<string> {
  const [before = ""] = text.split(START);
  return await format(before + generated(), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

describe("The page on laws", () => {
  before(async () => {
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path.join(ROOT, file), await withCases(read(file)));
  });

  it("has every case, with what was awarded and what the contracts paid", async () => {
    expect(read(file)).to.equal(await withCases(read(file)));
    expect(tableRowsOf(page(file).text)).to.deep.equal(rows);
  });

  it("says why, wherever the contracts pay something else or nothing", () => {
    for (const {
      id,
      runs,
      difference,
      expect: { refund },
    } of refundCases) {
      expect(paid[id] !== undefined, id).to.equal(runs);
      expect(difference !== undefined, id).to.equal(paid[id] !== refund);
    }
  });

  it("types no figure by hand before the cases", () => {
    const [written = ""] = read(file).split(START);
    expect(written).to.not.match(/\d[\d ,.]*(?:CNY|yuan|%)/);
  });
});
