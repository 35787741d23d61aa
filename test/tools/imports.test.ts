import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { cruise } from "dependency-cruiser";
import type { ICruiseOptions, ICruiseResult, IForbiddenRuleType } from "dependency-cruiser";

import { ROOT } from "../helpers/markdown.js";

interface Rules {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

const { default: rules } = (await import(path.join(ROOT, ".dependency-cruiser.mjs"))) as { readonly default: Rules };

/** The rules that a small tree with the folders of this one breaks; each file is given with what it imports. */
async function broken(files: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "imports-"));
  try {
    writeFileSync(
      path.join(folder, "package.json"),
      JSON.stringify({ type: "module", devDependencies: { chai: "6.3.0" } }),
    );
    for (const [file, imports] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      const lines = imports.map((name, i) => `import type { N${i} } from "${name}";\nexport type T${i} = N${i};`);
      writeFileSync(path.join(folder, file), ["export type N0 = 1;", ...lines].join("\n"));
    }
    const options: ICruiseOptions = { ...rules.options };
    delete options.tsConfig;
    const roots = [...new Set(Object.keys(files).map((file) => file.split("/")[0] ?? ""))];
    const { output } = await cruise(roots, {
      ...options,
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden: rules.forbidden },
    });
    return [...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the rules of which folder imports which", function () {
  it("let a module import what lies below it", async function () {
    const files = { "src/till/a.ts": ["../client/b.js", "./c.js"], "src/client/b.ts": [], "src/till/c.ts": [] };
    expect(await broken(files)).to.deep.equal([]);
  });

  for (const [what, rule, files] of [
    ["a type of a higher folder", "src-contracts", { "src/contracts/a.ts": ["../client/b.js"], "src/client/b.ts": [] }],
    [
      "a folder beside it that it has no business with",
      "src-ledger",
      { "src/ledger/a.ts": ["../till/b.js"], "src/till/b.ts": [] },
    ],
    ["each other", "no-circular", { "src/till/a.ts": ["./b.js"], "src/till/b.ts": ["./a.js"] }],
    [
      "each other in a ring",
      "no-circular",
      { "src/till/a.ts": ["./b.js"], "src/till/b.ts": ["./c.js"], "src/till/c.ts": ["./a.js"] },
    ],
    [
      "the demo from a command",
      "scripts-commands",
      { "scripts/commands/a.ts": ["../demo/b.js"], "scripts/demo/b.ts": [] },
    ],
    [
      "a command from what prints",
      "scripts-terminal",
      { "scripts/terminal/a.ts": ["../commands/b.js"], "scripts/commands/b.ts": [] },
    ],
    ["a test from the package", "package-stands-alone", { "src/till/a.ts": ["../../test/b.js"], "test/b.ts": [] }],
    ["a server outside of src/node", "databases-and-servers-only-in-node", { "src/watcher/a.ts": ["node:http"] }],
    ["what leads nowhere", "resolvable", { "src/till/a.ts": ["./nowhere.js"] }],
  ] as const) {
    it(`refuse ${what}`, async function () {
      expect(await broken(files)).to.include(rule);
    });
  }

  it("have a name and a reason each, and no exceptions", function () {
    for (const { name, comment, severity } of rules.forbidden) {
      expect(comment, name).to.be.a("string").that.is.not.empty;
      expect(severity, name).to.equal("error");
    }
    expect(rules.options).not.to.have.any.keys("knownViolations");
  });
});
