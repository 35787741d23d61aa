import path from "node:path";

import { expect } from "chai";

import { filesBelow, page, rowsOf, section } from "../helpers/markdown.js";
import type { Page } from "../helpers/markdown.js";
import { titlesOf } from "../helpers/titles.js";

/** The index, and one page for each actor. */
const threats = filesBelow("docs/threat-model", ".md").map(page);
const [index, actors] = [
  threats.find(({ file }) => file.endsWith("/README.md"))!,
  threats.filter(({ file }) => !file.endsWith("/README.md")),
];
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

for (const [name, pages, least] of [
  ["docs/threat-model", threats, 40],
  [invariants.file, [invariants], 40],
  [security.file, [security], 10],
] as const) {
  describe(`${name} and the tests`, () => {
    it("names only tests that there are, by their titles", () => {
      const named = pages.flatMap(testsNamedIn);
      expect(named.length).to.be.at.least(least);
      for (const { file, title } of named) expect(titles(file), file).to.include(title);
    });
  });
}

describe("docs/threat-model", () => {
  it("names every file of attacks", () => {
    const named = new Set(threats.flatMap(testsNamedIn).map(({ file }) => file));
    expect([...named]).to.include.members(filesBelow("test/attacks", ".test.ts"));
  });

  it("shows a test for each loss and each attack", () => {
    const entries = actors.flatMap(({ text }) => rowsOf(text)).filter((cells) => cells.length >= 3);
    expect(entries.length).to.be.at.least(75);
    for (const cells of entries) expect(cells.at(-1), cells[0]).to.match(/\.test\.ts\)$/);
  });

  it("has every actor in its index", () => {
    expect(actors.length).to.be.at.least(17);
    expect(index.links).to.include.members(actors.map(({ file }) => path.posix.basename(file)));
  });

  it("keeps each page at 12 kB at most", () => {
    for (const { file, text } of threats) expect(Buffer.byteLength(text), file).to.be.at.most(12_000);
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

  it("has the fourteen properties in their order", () => {
    expect(numbered.map((heading) => Number.parseInt(heading, 10))).to.deep.equal(
      Array.from({ length: 14 }, (_, i) => i + 1),
    );
  });

  for (const heading of numbered) {
    it(`says of "${heading}" what it assumes, and names tests that hold it`, () => {
      const text = section(invariants, heading);
      expect(text).to.include("- Assumes: ");
      const [, held = ""] = text.split("- Held by:");
      expect(held).to.match(/\]\(\.\.\/test\//);
    });
  }

  it("shows each property it can break to fail", () => {
    const broken = new Set(rowsOf(section(invariants, "Shown to fail")).map(([property]) => property));
    // 11 is shown where the events are folded.
    for (const property of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14]) expect([...broken]).to.include(`${property}`);
  });
});
