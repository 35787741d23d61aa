import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { build, createLogger } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The entry points that pages may load; `/node` is for Node.js alone. */
const ENTRIES = ["", "/till", "/watcher", "/ledger", "/presets", "/locales/zh"];

describe("The package, in a page built with Vite", () => {
  let folder: string;

  before(function () {
    this.timeout(240_000);
    const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "--project", "tsconfig.package.json"], { cwd: ROOT });
    execFileSync(process.execPath, ["scripts/strip-abi.mjs"], { cwd: ROOT });
    folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-vite-"));
    const modules = path.join(folder, "node_modules");
    const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      dependencies: object;
    };
    mkdirSync(path.join(modules, "prepaid-escrow"), { recursive: true });
    for (const part of ["package.json", "dist"])
      cpSync(path.join(ROOT, part), path.join(modules, "prepaid-escrow", part), { recursive: true });
    mkdirSync(path.join(modules, "@bitauth"));
    for (const name of ["ethers", ...Object.keys(dependencies)])
      symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name), "junction");
    writeFileSync(path.join(folder, "index.html"), `<!doctype html><script type="module" src="/page.js"></script>`);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("gives no warning, from any entry point", async () => {
    const imports = ENTRIES.map((entry, i) => `import * as part${i} from "prepaid-escrow${entry}";`);
    const names = ENTRIES.map((_, i) => `part${i}`).join(", ");
    writeFileSync(path.join(folder, "page.js"), [...imports, `globalThis.parts = [${names}];`].join("\n"));
    const warnings: string[] = [];
    const logger = createLogger("silent");
    const note = (message: string): void => {
      warnings.push(message);
    };
    await build({
      root: folder,
      configFile: false,
      customLogger: { ...logger, warn: note, warnOnce: note, error: note },
      // The page takes everything at once: it is large on purpose.
      build: { chunkSizeWarningLimit: 10_000 },
    });
    expect(warnings).to.deep.equal([]);
  });
});
