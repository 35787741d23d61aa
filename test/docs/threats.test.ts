import path from "node:path";

import { expect } from "chai";

import { filesBelow, page, rowsOf, section } from "../helpers/markdown.js";
import type { Page } from "../helpers/markdown.js";
import { titlesOf } from "../helpers/titles.js";

const threats = page("docs/threat-model.md");
const invariants = page("docs/invariants.md");
const security = page("SECURITY.md");

/** A test that a page names: its file, from the project's folder, and its title. */
interface Named {
  readonly file: string;
  readonly title: string;
}

/** Every link of a page to a test, in its order. */
function testsNamedIn({ file, prose }: Page): Named[] {
  return [...prose.matchAll(/\[([^\]]+)\]\(([^)\s]+\.test\.ts)\)/g)].map(([, title, target]) => ({
    file: path.posix.join(path.posix.dirname(file), target!),
    title: title!,
  }));
}

const known = new Map<string, readonly string[]>();
function titles(file: string): readonly string[] {
  if (!known.has(file)) known.set(file, titlesOf(file));
  return known.get(file)!;
}

for (const [one, least] of [
  [threats, 40],
  [invariants, 40],
  [security, 10],
] as const) {
  describe(`${one.file} and the tests`, () => {
    it("names only tests that there are, by their titles", () => {
      const named = testsNamedIn(one);
      expect(named.length).to.be.at.least(least);
      for (const { file, title } of named) expect(titles(file), file).to.include(title);
    });
  });
}

describe("docs/threat-model.md", () => {
  it("names every file of attacks", () => {
    const named = new Set(testsNamedIn(threats).map(({ file }) => file));
    expect([...named]).to.include.members(filesBelow("test/attacks", ".test.ts"));
  });

  it("shows a test for what it says of each actor", () => {
    const tables = rowsOf(threats.text).filter((cells) => cells.length >= 3);
    expect(tables.length).to.be.at.least(60);
    for (const cells of tables) expect(cells.at(-1), cells[0]).to.match(/\.test\.ts\)$/);
  });
});

describe("SECURITY.md", () => {
  it("shows a test for each weakness that was closed", () => {
    const rows = rowsOf(section(security, "Weaknesses found and closed"));
    expect(rows.length).to.be.at.least(10);
    for (const cells of rows) expect(cells.at(-1), cells[0]).to.match(/\.test\.ts\)$/);
  });
});

describe("docs/invariants.md", () => {
  const numbered = invariants.headings.filter((heading) => /^\d+\. /.test(heading));

  it("has the thirteen properties in their order", () => {
    expect(numbered.map((heading) => Number.parseInt(heading, 10))).to.deep.equal(
      Array.from({ length: 13 }, (_, i) => i + 1),
    );
  });

  for (const heading of numbered) {
    it(`says of "${heading}" what it assumes, and names tests that hold it`, () => {
      const text = section(invariants, heading);
      expect(text).to.include("- Assumes: ");
      expect(text.slice(text.indexOf("- Held by: "))).to.match(/\]\(\.\.\/test\//);
    });
  }

  it("shows each property it can break to fail", () => {
    const broken = new Set(rowsOf(section(invariants, "Shown to fail")).map(([property]) => property));
    // 11 is shown where the events are folded.
    for (const property of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13]) expect([...broken]).to.include(`${property}`);
  });
});
