import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { format } from "prettier";

import { ROOT, page, read, rowsOf, section } from "../helpers/markdown.js";

const file = "docs/gas.md";
const snapshot = JSON.parse(read("snapshots/gas.json")) as Readonly<Record<string, number>>;

/** The lines of the snapshot that an operation of the comparison is the sum of. */
const compared: Readonly<Record<string, readonly string[]>> = {
  "buy a card, or open a channel": ["buy a card (allowance set)"],
  "settle one visit": ["settle one visit"],
  "settle one visit and pay out": ["settle one visit and pay out"],
  "pay out": ["pay out"],
  "settle, per visit, 100 cards": ["settle, per visit, 100 cards"],
  "settle and pay out, per visit, 100 cards": ["settle and pay out, per visit, 100 cards"],
  "refund that both agree to": ["merchant refunds a card"],
  "the holder leaves alone, two transactions": ["request an exit", "execute an exit"],
};

/** A figure as the tables write it: digits in groups of three. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** The figure of this repository that belongs to a row of either table. */
function figureOf(step: string): number | undefined {
  const steps = compared[step] ?? [step];
  if (steps.some((each) => snapshot[each] === undefined)) return undefined;
  return steps.reduce((sum, each) => sum + snapshot[each]!, 0);
}

/** The page with the figures as they should be; `UPDATE_SNAPSHOTS=1` writes it. */
async function withFigures(text: string): Promise<string> {
  const figures = text.replace(/^\| (.+?) +\| +([\d ]+?) \|/gm, (row, step: string, figure: string) => {
    const gas = figureOf(step);
    return gas === undefined ? row : row.replace(` ${figure} |`, ` ${grouped(gas)} |`);
  });
  return await format(figures, { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

describe("The page on gas", () => {
  before(async () => {
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path.join(ROOT, file), await withFigures(read(file)));
  });

  it("has every line of snapshots/gas.json, with its figure", () => {
    const figures = rowsOf(section(page(file), "Every figure")).map(([step, gas]) => [step, gas]);
    expect(figures).to.have.deep.members(Object.entries(snapshot).map(([step, gas]) => [step, grouped(gas)]));
  });

  it("has the budget that test/gas/budget.test.ts keeps, and no figure is above it", () => {
    const lines = [...read("test/gas/budget.test.ts").matchAll(/^ {2}"(.+)": ([\d_]+)n,$/gm)];
    const budget = new Map(lines.map(([, step, limit]) => [step!, Number(limit!.replaceAll("_", ""))]));
    expect(budget.size).to.be.at.least(10);
    for (const [step, gas, limit] of rowsOf(section(page(file), "Every figure"))) {
      const known = budget.get(step!);
      expect(limit, step).to.equal(known === undefined ? "–" : grouped(known));
      if (known !== undefined) expect(Number(gas!.replaceAll(" ", "")), step).to.be.at.most(known);
    }
  });

  it("compares the figures of snapshots/gas.json with others, operation by operation", () => {
    const rows = rowsOf(section(page(file), "Compared with others"));
    expect(rows.map(([step]) => step)).to.deep.equal(Object.keys(compared));
    for (const [step, ours, ...others] of rows) {
      expect(ours, step).to.equal(grouped(figureOf(step!)!));
      expect(others, step).to.have.length(3);
      for (const cell of others) expect(cell, step).to.match(/^(?:–|\d{1,3} \d{3}(?: [¹²³])?)$/);
    }
  });
});
