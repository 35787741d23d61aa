import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { planScenario } from "../../scripts/demo/plan.js";
import { ROOT, page, read, rowsOf, section } from "../helpers/markdown.js";

const readme = page("README.md");
const snapshot = JSON.parse(read("snapshots/gas.json")) as Readonly<Record<string, number>>;

/** A figure as the tables write it: digits in groups of three. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** The gas column as it should be; `UPDATE_SNAPSHOTS=1` writes it. */
function withFigures(text: string): string {
  return text.replace(/^\| (.+?) +\| +([\d ]+?) \|/gm, (row, step: string, figure: string) => {
    const gas = snapshot[step];
    return gas === undefined ? row : row.replace(` ${figure} |`, ` ${grouped(gas)} |`);
  });
}

describe("The README", () => {
  describe("says of gas", () => {
    it("what snapshots/gas.json says, line by line", () => {
      if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path.join(ROOT, readme.file), withFigures(readme.text));
      const rows = rowsOf(section(page(readme.file), "Gas"));
      const figures = rows.map(([step, gas]) => [step, gas]);
      expect(figures).to.have.deep.members(Object.entries(snapshot).map(([step, gas]) => [step, grouped(gas)]));
    });

    it("the budget that test/gas/budget.test.ts keeps, and no figure is above it", () => {
      const lines = [...read("test/gas/budget.test.ts").matchAll(/^ {2}"(.+)": ([\d_]+)n,$/gm)];
      const budget = new Map(lines.map(([, step, limit]) => [step!, Number(limit!.replaceAll("_", ""))]));
      expect(budget.size).to.be.at.least(10);
      for (const [step, gas, limit] of rowsOf(section(readme, "Gas"))) {
        const known = budget.get(step!);
        expect(limit, step).to.equal(known === undefined ? "–" : grouped(known));
        if (known !== undefined) expect(Number(gas!.replaceAll(" ", "")), step).to.be.at.most(known);
      }
    });
  });

  it("names every folder of the repository, once", () => {
    const ignored = read(".gitignore").split("\n");
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => `${entry.name}/`)
      .filter((name) => !ignored.includes(name) && !ignored.includes(`/${name}`));
    const named = rowsOf(section(readme, "What is in the repository")).map(([cell]) => cell!.replaceAll("`", ""));
    expect(named).to.have.members(folders);
  });

  it("names the commands of package.json that a user types", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const commands = rowsOf(section(readme, "Commands")).map(([cell]) => cell!.replaceAll("`", ""));
    for (const name of commands.map((command) => command.replace(/^npm (?:run )?/, "").split(" ")[0]!)) {
      expect(scripts).to.have.property(name);
    }
    expect(commands.slice(0, 2)).to.deep.equal(["npm start", "npm test"]);
  });

  it("shows the three programs as the pages do whose tests run them", () => {
    const programs = readme.fences.filter(({ language }) => language === "ts").map(({ code }) => code);
    expect(programs).to.have.length(3);
    const pages = ["docs/package.md", "docs/till.md", "docs/watching.md"];
    for (const [i, file] of pages.entries()) {
      const shown = page(file).fences.filter(({ language }) => language === "ts");
      expect(
        shown.map(({ code }) => code),
        file,
      ).to.include(programs[i]);
    }
  });

  it("shows a scenario that can be played", () => {
    const [example] = readme.fences.filter(({ language }) => language === "json");
    const scenario = planScenario("README.md", JSON.parse(example!.code));
    const steps = scenario.acts.flatMap((act) => act.steps.map(({ step }) => step.do));
    expect(steps).to.include.members(["buy", "visit", "settle"]);
  });

  it("shows acts of the season, whose books add up", () => {
    const { acts, merchants } = JSON.parse(read("data/scenarios/season.json")) as {
      acts: { title: string }[];
      merchants: object;
    };
    const { code } = readme.fences.find((fence) => fence.code.includes("Reconciliation"))!;
    const shown = [...code.matchAll(/^Act (\d+) · (.+?) {2}day/gm)];
    expect(shown).to.not.be.empty;
    for (const [, number, title] of shown) expect(acts[Number(number) - 1]!.title).to.equal(title);
    /** The amounts of each line of books, in the currency's smallest unit. */
    const booksIn = (text: string) =>
      [...text.matchAll(/^ {2}\S.*? {2,}((?:[\d,.–]+ +)+)0 ✔$/gm)].map(([, cells]) =>
        cells!
          .trim()
          .split(/ +/)
          .map((amount) => BigInt(amount.replace(/\D/g, "") || "0")),
      );
    const [escrow, register] = code.slice(code.indexOf("Reconciliation")).split("Deposit register, in");
    expect(booksIn(escrow!)).to.have.length(Object.keys(merchants).length);
    for (const [deposits, payouts, refunds, pool, vault] of booksIn(escrow!)) {
      expect([deposits! - payouts! - refunds!, vault]).to.deep.equal([pool, pool]);
    }
    expect(booksIn(register!)).to.have.length(1);
    for (const [deposits, surety, claims, returned, booked, vaults] of booksIn(register!)) {
      expect([deposits! + surety! - claims! - returned!, vaults]).to.deep.equal([booked, booked]);
    }
  });

  it("asks for each variable that .env.example describes", () => {
    const names = [...read(".env.example").matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(names).to.have.length(3);
    for (const name of names) expect(section(readme, "To Sepolia")).to.include(`keystore set ${name}`);
  });
});
