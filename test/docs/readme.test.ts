import { readdirSync } from "node:fs";

import { expect } from "chai";

import { planScenario } from "../../scripts/demo/plan.js";
import { ROOT, page, read, rowsOf, section } from "../helpers/markdown.js";

const readme = page("README.md");
const demo = page("docs/demo.md");
const development = page("docs/development.md");
const deployment = page("docs/deployment.md");
const scenarios = page("data/scenarios/README.md");

describe("The README", () => {
  it("is one page: 9 kB at most", () => {
    expect(Buffer.byteLength(readme.text)).to.be.at.most(9_000);
  });

  it("names every folder of the repository, once", () => {
    const ignored = read(".gitignore").split("\n");
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => `${entry.name}/`)
      .filter((name) => !ignored.includes(name) && !ignored.includes(`/${name}`));
    for (const shown of [
      section(readme, "What is in the repository"),
      section(page("docs/architecture.md"), "Architecture"),
    ]) {
      expect(rowsOf(shown).map(([cell]) => cell!.replaceAll("`", ""))).to.have.members(folders);
    }
  });

  it("names the commands of package.json that a user types", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const listed = rowsOf(section(development, "Commands of the repository"));
    const commands = listed.map(([cell]) => cell!.replaceAll("`", ""));
    for (const name of commands.map((command) => command.replace(/^npm (?:run )?/, "").split(" ")[0]!)) {
      expect(scripts).to.have.property(name);
    }
    expect(commands.slice(0, 2)).to.deep.equal(["npm start", "npm test"]);
    const typed = [...readme.fences, ...demo.fences].flatMap(({ code }) => code.match(/^npm (?:run )?[\w:]+/gm) ?? []);
    expect(typed.length).to.be.at.least(4);
    for (const command of typed) expect(commands).to.include(command);
  });

  it("shows a program as the page does whose test runs it", () => {
    const programs = readme.fences.filter(({ language }) => language === "ts").map(({ code }) => code);
    expect(programs).to.have.length(1);
    expect(page("docs/package.md").fences.map(({ code }) => code)).to.include(programs[0]);
  });

  it("shows fifteen lines of the season, which the page on the demo has too", () => {
    const { code } = readme.fences.find((fence) => fence.code.includes("Reconciliation"))!;
    const shown = code.split("\n").filter((line) => line !== "");
    expect(shown.length).to.be.within(10, 15);
    const printed = demo.fences.flatMap((fence) => fence.code.split("\n"));
    expect(printed).to.include.members(shown);
  });

  it("shows four pictures, which exist", () => {
    const pictures = readme.links.filter((link) => link.endsWith(".png"));
    expect(pictures).to.have.length(4);
  });

  it("says beside the deployment that nobody has audited it", () => {
    expect(section(readme, "Deploy")).to.include("No third party has audited this version.");
    expect(deployment.prose).to.include("No third party has audited this version.");
  });
});

describe("The pages beside it", () => {
  it("shows a scenario that can be played", () => {
    const [example] = scenarios.fences.filter(({ language }) => language === "json");
    const scenario = planScenario(scenarios.file, JSON.parse(example!.code));
    const steps = scenario.acts.flatMap((act) => act.steps.map(({ step }) => step.do));
    expect(steps).to.include.members(["buy", "visit", "settle"]);
  });

  it("shows acts of the season, whose books add up", () => {
    const { acts, merchants } = JSON.parse(read("data/scenarios/season.json")) as {
      acts: { title: string }[];
      merchants: object;
    };
    const { code } = demo.fences.find((fence) => fence.code.includes("Reconciliation"))!;
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

  it("name each variable that .env.example describes", () => {
    const names = [...read(".env.example").matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(names).to.have.length(4);
    const table = rowsOf(section(deployment, "Keys and addresses")).map(([cell]) => cell!.replaceAll("`", ""));
    expect(table).to.deep.equal(names);
    for (const name of names.filter((each) => each !== "LOCAL_PORT")) {
      expect(section(deployment, "To Sepolia")).to.include(`keystore set ${name}`);
    }
  });
});
