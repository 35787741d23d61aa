import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { expect } from "chai";
import { cruise } from "dependency-cruiser";
import type { ICruiseOptions, ICruiseResult, IForbiddenRuleType } from "dependency-cruiser";

interface Rules {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

const APP = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = path.join(APP, ".dependency-cruiser.mjs");
const { default: rules } = (await import(pathToFileURL(CONFIG).href)) as { readonly default: Rules };

/** The rules that a small console breaks; each file is given with what it imports. */
async function broken(files: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "console-imports-"));
  try {
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const [file, imports] of Object.entries(files)) {
      const place = path.join(folder, "app", file);
      mkdirSync(path.dirname(place), { recursive: true });
      const lines = imports.map((name, i) => `import type { N${i} } from "${name}";\nexport type T${i} = N${i};`);
      writeFileSync(place, ["export type N0 = 1;", ...lines].join("\n"));
    }
    const options: ICruiseOptions = { ...rules.options };
    delete options.tsConfig;
    const { output } = await cruise(["src"], {
      ...options,
      baseDir: path.join(folder, "app"),
      validate: true,
      ruleSet: { forbidden: rules.forbidden },
    });
    return [...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("The rules of which folder of the console imports which", () => {
  it("hold", () => {
    const command = path.join(APP, "..", "node_modules", "dependency-cruiser", "bin", "dependency-cruiser.mjs");
    const { status, stdout } = spawnSync(process.execPath, [command, "--config", CONFIG, "src"], {
      cwd: APP,
      encoding: "utf8",
    });
    expect(status, stdout).to.equal(0);
    const modules = /\((\d+) modules/.exec(stdout)?.[1];
    expect(Number(modules)).to.be.greaterThan(150);
  });

  it("let a page be made of features", async () => {
    const files = {
      "src/pages/holder/CardPage.ts": ["../../features/leaving/Leaving", "./Other", "../../ui/panels"],
      "src/pages/holder/Other.ts": [],
      "src/features/leaving/Leaving.ts": ["../../chain/node/context", "../card/shownCard"],
      "src/features/card/shownCard.ts": [],
      "src/chain/node/context.ts": ["../../lib/links"],
      "src/lib/links.ts": [],
      "src/ui/panels.ts": [],
    };
    expect(await broken(files)).to.deep.equal([]);
  });

  for (const [what, rule, files] of [
    [
      "another role's page",
      "pages-of-holder",
      { "src/pages/holder/a.ts": ["../merchant/b"], "src/pages/merchant/b.ts": [] },
    ],
    [
      "a page from a feature",
      "src-features",
      { "src/features/till/a.ts": ["../../pages/holder/b"], "src/pages/holder/b.ts": [] },
    ],
    [
      "a feature from a shared component",
      "src-components",
      { "src/components/a.ts": ["../features/till/b"], "src/features/till/b.ts": [] },
    ],
    [
      "a feature from the chain",
      "src-chain",
      { "src/chain/node/a.ts": ["../../features/till/b"], "src/features/till/b.ts": [] },
    ],
    ["the chain from a plain control", "src-ui", { "src/ui/a.ts": ["../chain/node/b"], "src/chain/node/b.ts": [] }],
    ["a control from a helper", "src-lib", { "src/lib/a.ts": ["../ui/b"], "src/ui/b.ts": [] }],
    [
      "sending from following",
      "src-chain-following",
      { "src/chain/following/a.ts": ["../sending/b"], "src/chain/sending/b.ts": [] },
    ],
    ["each other", "no-circular", { "src/lib/a.ts": ["./b"], "src/lib/b.ts": ["./a"] }],
    [
      "each other's folder",
      "no-circular-folders",
      {
        "src/features/till/a.ts": ["../book/b"],
        "src/features/book/b.ts": [],
        "src/features/book/c.ts": ["../till/d"],
        "src/features/till/d.ts": [],
      },
    ],
    ["the package by its path", "package-by-name", { "src/lib/a.ts": ["../../../src/index"], "../src/index.ts": [] }],
    ["a script", "package-by-name", { "src/lib/a.ts": ["../../../scripts/tasks"], "../scripts/tasks.ts": [] }],
    ["what leads nowhere", "resolvable", { "src/lib/a.ts": ["./nowhere"] }],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect(await broken(files)).to.include(rule);
    });
  }

  it("have a name and a reason each, and no exceptions", () => {
    for (const { name, comment, severity } of rules.forbidden) {
      expect(comment, name).to.match(/\w \w/);
      expect(severity, name).to.equal("error");
    }
    expect(rules.options).not.to.have.any.keys("knownViolations");
  });
});
