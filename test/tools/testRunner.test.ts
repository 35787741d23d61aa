import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";

import { ROOT } from "../helpers/markdown.js";

const CONFIG = `import mocha from "@nomicfoundation/hardhat-mocha";
import { defineConfig } from "hardhat/config";
import { tasks } from ${JSON.stringify(pathToFileURL(path.join(ROOT, "scripts", "tasks.ts")).href)};
export default defineConfig({ plugins: [mocha], tasks: tasks.filter(({ id }) => id[0] === "test") });
`;

/** Bodies of tests, by file. */
const FILES: Readonly<Record<string, string>> = {
  good: `it("passes", () => undefined);
it("has no loader for programs it starts", () => { expect(process.env.NODE_OPTIONS).to.equal(undefined); });
it.skip("is skipped", () => undefined);`,
  wrong: `it("is wrong", () => { expect(5n).to.equal(6n); });
it("throws", () => { throw Object.assign(new Error("outer", { cause: new Error("inner") }), { limit: 7n }); });`,
  hook: `before(() => { throw Object.assign(new Error("no beginning"), { limit: 7n }); });
it("is never reached", () => undefined);`,
  rejects: `it("leaves a promise alone", async () => {
  void Promise.reject(new Error("nobody waits"));
  await new Promise((resolve) => setTimeout(resolve, 50));
});`,
  dies: `it("ends its process", () => { process.kill(process.pid, "SIGKILL"); });`,
};

describe("npm test, with several processes,", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "runner-"));
    mkdirSync(path.join(folder, "test"));
    symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"), "junction");
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(path.join(folder, "hardhat.config.ts"), CONFIG);
    for (const [name, tests] of Object.entries(FILES)) {
      const text = `import { expect } from "chai";\ndescribe(${JSON.stringify(name)}, () => {\n${tests}\n});\n`;
      writeFileSync(path.join(folder, "test", `${name}.test.ts`), text);
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function run(...names: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
    const env = { ...process.env, TEST_JOBS: "2", NO_COLOR: "1", HARDHAT_DISABLE_TELEMETRY: "true" };
    delete (env as NodeJS.ProcessEnv).FORCE_COLOR;
    const files = names.map((name) => path.join("test", `${name}.test.ts`));
    const cli = path.join(ROOT, "node_modules", "hardhat", "dist", "src", "cli.js");
    return await new Promise((resolve) => {
      execFile(process.execPath, [cli, "test", "--no-compile", ...files], { cwd: folder, env }, (error, stdout) => {
        resolve({ code: Number(error?.code ?? 0), stdout });
      });
    });
  }

  it("counts what passed, and not what was skipped", async () => {
    const { code, stdout } = await run("good");
    expect([code, stdout.trimEnd().split("\n").at(-1)]).to.deep.equal([0, "2 passed, 0 failed"]);
  });

  it("fails with each failure's values and causes", async () => {
    const { code, stdout } = await run("wrong", "hook", "good");
    expect([code, stdout.trimEnd().split("\n").at(-1)]).to.deep.equal([1, "2 passed, 3 failed"]);
    expect(stdout).to.include("expected 5n to equal 6n");
    expect(stdout)
      .to.include("Error: outer")
      .and.to.match(/Caused by: Error: inner/);
    expect(stdout).to.include("no beginning");
  });

  // Either can end the run before its last line is printed: what counts is that it does not pass.
  for (const [name, what] of [
    ["rejects", "a promise is left alone"],
    ["dies", "a process dies"],
  ] as const) {
    it(`fails where ${what}`, async () => {
      const { code } = await run("good", name);
      expect(code).to.not.equal(0);
    });
  }
});
