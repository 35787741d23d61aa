import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { HDNodeWallet } from "ethers";
import ts from "typescript";

import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { serveChain } from "../helpers/http.js";
import { ROOT, filesBelow, page, read } from "../helpers/markdown.js";
import { loadShop } from "../helpers/shop.js";

const run = promisify(execFile);

/** The key of an account of the test chain. */
const keyOf = (index: number): string =>
  HDNodeWallet.fromPhrase(`${"test ".repeat(11)}junk`, undefined, `m/44'/60'/0'/0/${index}`).privateKey;
const [OPERATOR, HOLDER] = [5, 7];

describe("The package", () => {
  it("imports what it depends on and Node.js alone, nothing of Hardhat", () => {
    const { dependencies, optionalDependencies } = JSON.parse(read("package.json")) as Record<string, object>;
    // Newer modules of Node.js are listed with their prefix.
    const builtin = builtinModules.map((name) => (name.startsWith("node:") ? name : `node:${name}`));
    const allowed = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...builtin];
    const seen = new Set<string>();
    const outside = new Set<string>();
    const walk = (file: string): void => {
      if (seen.has(file) || !file.endsWith(".ts")) return;
      seen.add(file);
      for (const { fileName: target } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
        if (!target.startsWith(".")) outside.add(target);
        else {
          const source = path.resolve(path.dirname(file), target).replace(/\.js$/, ".ts");
          walk(existsSync(source) ? source : `${source}.ts`);
        }
      }
    };
    for (const file of filesBelow("src", ".ts")) walk(path.join(ROOT, file));
    expect([...seen].some((file) => file.includes("ethers-contracts/factories/contracts/interfaces"))).to.be.true;
    expect([...seen].filter((file) => file.includes("mocks"))).to.deep.equal([]);
    expect([...outside].filter((name) => !allowed.includes(name))).to.deep.equal([]);
  });

  describe("installed from its file", () => {
    let folder: string;
    let node: Awaited<ReturnType<typeof serveChain>>;
    let escrow: string;

    before(async () => {
      folder = mkdtempSync(path.join(os.tmpdir(), "prepaid-escrow-"));
      const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [tsc, "--project", "tsconfig.package.json"], { cwd: ROOT });
      const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
      const { stdout } = await run("npm", pack, { cwd: ROOT, shell: process.platform === "win32" });
      const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
      const modules = path.join(folder, "node_modules");
      mkdirSync(modules);
      await run("tar", ["-xzf", path.join(folder, filename), "-C", modules]);
      await run(process.execPath, ["-e", `require("fs").renameSync("package", "prepaid-escrow")`], { cwd: modules });
      for (const name of ["ethers", "zod"])
        symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name), "junction");
      node = await serveChain();
    });

    after(async () => {
      await node.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Runs an example of the documentation against a shop in which the holder has one card of 20 visits. */
    async function play(code: string): Promise<string> {
      const shop = await networkHelpers.loadFixture(loadShop);
      await buyCard(shop, { program: shop.programs.session });
      escrow = await shop.escrow.getAddress();
      writeFileSync(path.join(folder, "example.mjs"), `${code}\nprocess.exit(0);\n`);
      const { stdout } = await run(process.execPath, ["example.mjs"], { cwd: folder, env: environment() });
      return stdout;
    }

    /** What an example is told: where the contracts are, and the keys. */
    function environment(): NodeJS.ProcessEnv {
      const keys = { HOLDER_KEY: keyOf(HOLDER), OPERATOR_KEY: keyOf(OPERATOR) };
      return { ...process.env, RPC_URL: node.url, ESCROW: escrow, ...keys };
    }

    const examples = page("docs/package.md").fences.filter(({ language }) => language === "ts");
    const [leaving, visit, refusal] = examples.map(({ code }) => code);

    it("lets a consumer leave as docs/package.md shows it: asked first, and paid when it is due", async () => {
      const output = await play(leaving!);
      expect(output).to.match(
        /^You are within the cooling-off period: you get 1200\.00 .+ Asked to leave in 0x[0-9a-f]{64}\.$/m,
      );
      const { stdout: early } = await run(process.execPath, ["example.mjs"], { cwd: folder, env: environment() });
      expect(early).to.equal("");
      await networkHelpers.time.increase(5 * 86_400);
      const { stdout: paid } = await run(process.execPath, ["example.mjs"], { cwd: folder, env: environment() });
      expect(paid).to.match(/you get 1200\.00 .+ Paid in 0x[0-9a-f]{64}\.$/m);
    });

    it("settles a visit as docs/package.md shows it", async () => {
      expect(await play(visit!)).to.match(/^ConsumptionSettled, .*PaidOut/);
    });

    it("serves and settles a visit as docs/till.md shows it", async () => {
      const example = page("docs/till.md").fences.find(({ language }) => language === "ts");
      expect((await play(example!.code)).split("\n")).to.deep.equal([
        "Corner Gym: one haircut, 1 visit. Consumed so far: 1 visit. Left after it: 19 visits, worth 1140.00 TCNY of what was paid.",
        "Served.",
        "Sent 60.00 TCNY in 1 transaction(s).",
        "",
      ]);
    });

    it("explains a refusal as docs/package.md shows it", async () => {
      expect(await play(refusal!)).to.equal(
        "Merchant 1 has nothing to be paid out. Next: settle confirmed consumption first.\n",
      );
    });

    it("has types that a strict program compiles with", async () => {
      const code = [
        `import { EscrowClient, encodeCardId, type Quote } from "prepaid-escrow";`,
        `export async function leave(client: EscrowClient, holder: string): Promise<Quote> {`,
        `  const cardId: string = encodeCardId({ holder, programId: 1n, serial: 0n });`,
        `  await client.execute("requestExit", { cardId });`,
        `  // @ts-expect-error an exit is of a card`,
        `  await client.execute("requestExit", { merchantId: 1n });`,
        `  return await client.quote(cardId);`,
        `}`,
      ];
      writeFileSync(path.join(folder, "consumer.mts"), code.join("\n"));
      const options = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--skipLibCheck"];
      const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
      const { stdout } = await run(process.execPath, [tsc, ...options, "consumer.mts"], { cwd: folder }).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout).to.equal("");
    });

    it("carries no contract's code and no test", () => {
      const dist = path.join(folder, "node_modules/prepaid-escrow/dist");
      expect(existsSync(path.join(dist, "src/index.d.ts"))).to.be.true;
      expect(existsSync(path.join(dist, "types/ethers-contracts/test"))).to.be.false;
      expect(existsSync(path.join(dist, "types/ethers-contracts/factories/contracts/PrepaidEscrow__factory.js"))).to.be
        .false;
    });
  });
});
