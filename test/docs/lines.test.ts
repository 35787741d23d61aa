import { expect } from "chai";

import { filesBelow, read } from "../helpers/markdown.js";

/** The longest line that can be reviewed in a change. */
const LONGEST = 120;

/** Every page of the repository. */
const pages = [
  "README.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...["app", "data", "docs"].flatMap((at) => filesBelow(at, ".md")),
];

/** Lines of a page that are too long, with their numbers; fenced code is not prose. */
function tooLong(text: string): string[] {
  let fenced = false;
  return text.split("\n").flatMap((line, i) => {
    if (/^ *```/.test(line)) fenced = !fenced;
    return fenced || line.length <= LONGEST || isOneLink(line) ? [] : [`${i + 1}: ${line}`];
  });
}

/** Whether a line is one link, which cannot be broken, with its bullet and the punctuation around it. */
function isOneLink(line: string): boolean {
  return /^ *(?:- )?[("]?\[[^\]]+\]\([^)\s]+\)[).,;:"]*$/.test(line);
}

describe("Pages are wrapped", () => {
  for (const file of pages) {
    it(`at ${LONGEST} characters: ${file}`, () => {
      expect(tooLong(read(file))).to.deep.equal([]);
    });
  }

  it("and a line that is too long is found, wherever it stands", () => {
    const long = "word ".repeat(30).trim();
    const wide = `| ${long} |`;
    const link = `[${long}](https://example.org/page)`;
    const page = ["Short.", long, "```", long, "```", `- ${link}`, `([a](b), ${link}`, wide].join("\n");
    expect(tooLong(page).map((line) => Number.parseInt(line, 10))).to.deep.equal([2, 7, 8]);
  });
});
