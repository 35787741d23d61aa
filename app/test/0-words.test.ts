import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { zh } from "../src/i18n/zh.js";

const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));

/** The texts of the pages, as they stand in the sources. */
const said = new Set(
  globSync("**/*.{ts,tsx}", { cwd: SOURCES }).flatMap((file) =>
    [...readFileSync(path.join(SOURCES, file), "utf8").matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/g)].map(
      ([, text = ""]) => text,
    ),
  ),
);

describe("Words", () => {
  it("has Chinese for everything the pages say, and for nothing else", () => {
    expect(said.size).to.be.greaterThan(300);
    expect([...said].filter((text) => !(text in zh))).to.deep.equal([]);
    expect(Object.keys(zh).filter((text) => !said.has(text))).to.deep.equal([]);
  });

  it("keeps the places of values", () => {
    const places = (text: string): string[] => [...text.matchAll(/{{\w+}}/g)].map(([place]) => place).sort();
    for (const [english, chinese] of Object.entries(zh))
      expect(places(chinese), english).to.deep.equal(places(english));
  });
});
