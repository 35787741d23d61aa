import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { build } from "esbuild";
import { HDNodeWallet } from "ethers";
import { Webhook } from "standardwebhooks";
import ts from "typescript";

import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { TOKEN } from "../helpers/fixture.js";
import { freePort, serveChain } from "../helpers/http.js";
import { ROOT, filesBelow, page, read } from "../helpers/markdown.js";
import { loadShop } from "../helpers/shop.js";

const run = promisify(execFile);

/** The key of an account of the test chain. */
const keyOf = (index: number): string =>
  HDNodeWallet.fromPhrase(`${"test ".repeat(11)}junk`, undefined, `m/44'/60'/0'/0/${index}`).privateKey;
const [OPERATOR, HOLDER] = [5, 7];

/** For the receiver of webhooks that the documentation shows. */
const SECRET = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;

/** What npm installs with the package. */
const DEPENDENCIES = Object.keys((JSON.parse(read("package.json")) as { dependencies: object }).dependencies);

/** The package that an import is of, without the file in it. */
function packageOf(name: string): string {
  if (name.startsWith("node:")) return name;
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Puts an installed package into another folder, perhaps under another name. */
function link(folder: string, name: string, as = name): void {
  symlinkSync(path.join(ROOT, "node_modules", name), path.join(folder, "node_modules", as), "junction");
}

describe("The package", () => {
  it("imports what it depends on and Node.js alone, nothing of Hardhat", () => {
    const { dependencies, peerDependencies } = JSON.parse(read("package.json")) as Record<string, object>;
    // Newer modules of Node.js are listed with their prefix.
    const builtin = builtinModules.map((name) => (name.startsWith("node:") ? name : `node:${name}`));
    const allowed = [...Object.keys({ ...dependencies, ...peerDependencies }), ...builtin];
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
    expect([...outside].filter((name) => !allowed.includes(packageOf(name)))).to.deep.equal([]);
  });

  describe("installed from its file", () => {
    let folder: string;
    /** The same beside the oldest ethers that package.json allows. */
    let oldest: string;
    let node: Awaited<ReturnType<typeof serveChain>>;
    let escrow: string;
    let port: number;

    before(async () => {
      folder = mkdtempSync(path.join(os.tmpdir(), "prepaid-escrow-"));
      const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [tsc, "--project", "tsconfig.package.json"], { cwd: ROOT });
      await run(process.execPath, ["scripts/strip-abi.mjs"], { cwd: ROOT });
      const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
      const { stdout } = await run("npm", pack, { cwd: ROOT, shell: process.platform === "win32" });
      const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
      const modules = path.join(folder, "node_modules");
      mkdirSync(modules);
      await run("tar", ["-xzf", path.join(folder, filename), "-C", modules]);
      await run(process.execPath, ["-e", `require("fs").renameSync("package", "prepaid-escrow")`], { cwd: modules });
      mkdirSync(path.join(modules, "@types"));
      mkdirSync(path.join(modules, "@bitauth"));
      for (const name of [...DEPENDENCIES, "ethers", "@types/node"]) link(folder, name);
      oldest = mkdtempSync(path.join(os.tmpdir(), "prepaid-escrow-oldest-"));
      cpSync(folder, oldest, { recursive: true, verbatimSymlinks: true });
      rmSync(path.join(oldest, "node_modules/ethers"));
      link(oldest, "ethers-oldest", "ethers");
      node = await serveChain();
      port = await freePort();
    });

    after(async () => {
      await node.close();
      for (const one of [folder, oldest]) rmSync(one, { recursive: true, force: true });
    });

    /** Runs an example of the documentation against a shop in which the holder has one card of 20 visits. */
    async function play(code: string, where = folder): Promise<string> {
      const shop = await networkHelpers.loadFixture(loadShop);
      await buyCard(shop, { program: shop.programs.count });
      escrow = await shop.escrow.getAddress();
      writeFileSync(path.join(where, "example.mjs"), `${code}\nprocess.exit(0);\n`);
      const { stdout } = await run(process.execPath, ["example.mjs"], { cwd: where, env: environment() });
      return stdout;
    }

    /** What an example gets: where the contracts are, and the keys. */
    function environment(): NodeJS.ProcessEnv {
      const keys = { HOLDER_KEY: keyOf(HOLDER), OPERATOR_KEY: keyOf(OPERATOR) };
      return { ...process.env, RPC_URL: node.url, ESCROW: escrow, ...keys };
    }

    const examples = page("docs/package.md").fences.filter(({ language }) => language === "ts");
    const [leaving, visit, refusal] = examples.map(({ code }) => code);
    const watched = page("docs/watching.md").fences.filter(({ language }) => language === "ts");
    const watching = watched.find(({ code }) => code.includes("tokenOf"))!;
    const receiving = watched.find(({ code }) => code.includes("verifyWebhook"))!;

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

    /** Starts an example that goes on until it is ended, and answers its first lines. */
    async function linesOf(code: string, count: number, then?: () => Promise<void>): Promise<string[]> {
      writeFileSync(path.join(folder, "endless.mjs"), code);
      const env = { ...environment(), PORT: String(port), WEBHOOK_SECRET: SECRET, NODE_NO_WARNINGS: "1" };
      const child = spawn(process.execPath, ["endless.mjs"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
      let [text, errors] = ["", ""];
      child.stdout.on("data", (part: Buffer) => (text += part.toString()));
      child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
      try {
        await then?.();
        for (let tries = 0; text.split("\n").length <= count; tries += 1) {
          if (tries === 500 || child.exitCode !== null) throw new Error(`It said only: ${text} ${errors}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        // Time to acknowledge the last one: an event that is not acknowledged is delivered again.
        await new Promise((resolve) => setTimeout(resolve, 300));
      } finally {
        child.kill("SIGKILL");
      }
      return text.split("\n").slice(0, count);
    }

    it("delivers every warning to a regulator, and goes on where it was, as docs/watching.md shows it", async () => {
      const shop = await networkHelpers.loadFixture(loadShop);
      escrow = await shop.escrow.getAddress();
      await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
      const sentence =
        /event Warning for merchant 1: a card is over its limit \(5000\.000001 TCNY, limit 5000 TCNY\)\.$/;
      const [first] = await linesOf(watching.code, 1);
      expect(first).to.match(sentence);
      await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
      const [second] = await linesOf(watching.code, 1);
      expect(second).to.match(sentence);
      expect(Number.parseInt(second!)).to.be.above(Number.parseInt(first!));
    });

    it("takes webhooks as docs/watching.md shows it, and refuses what was not signed", async () => {
      const body = JSON.stringify({ id: "31337:0x01:0", kind: "event", event: { name: "CardOpened", args: {} } });
      const post = async (headers: Record<string, string>): Promise<number | undefined> => {
        for (let tries = 0; ; tries += 1) {
          try {
            return (await fetch(`http://127.0.0.1:${port}`, { method: "POST", body, headers })).status;
          } catch (error) {
            // Not there yet; or gone, as a program is that a stranger's webhook has ended.
            if (tries === 200) throw error;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      };
      const now = new Date();
      const headers = {
        "webhook-id": "31337:0x01:0",
        "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
        "webhook-signature": new Webhook(SECRET).sign("31337:0x01:0", now, body),
      };
      const lines = await linesOf(receiving.code, 1, async () => {
        expect(await post(headers)).to.equal(204);
        expect(await post(headers)).to.equal(204);
        expect(await post({ ...headers, "webhook-id": "31337:0x02:0" })).to.equal(401);
      });
      expect(lines).to.deep.equal(["event CardOpened {}"]);
    });

    it("explains a refusal as docs/package.md shows it", async () => {
      expect(await play(refusal!)).to.equal(
        "Merchant 1 has nothing to be paid out. Next: settle confirmed consumption first.\n",
      );
    });

    it("names the Node.js that has SQLite where this one has none, and not the disk", async () => {
      const code = [
        `import { openSqliteStore, openSqliteTillStore } from "prepaid-escrow/node";`,
        `for (const open of [openSqliteStore, openSqliteTillStore]) await open("x.db").catch((e) => console.log(e.message));`,
        // A folder is no database, whichever Node.js it is.
        `if (process.execArgv.length === 0) await openSqliteStore(".").catch((e) => console.log(e.message));`,
      ];
      writeFileSync(path.join(folder, "sqlite.mjs"), code.join("\n"));
      const { stdout } = await run(process.execPath, ["--no-experimental-sqlite", "sqlite.mjs"], { cwd: folder });
      const lines = stdout.trimEnd().split("\n");
      expect(lines).to.have.length(2);
      for (const line of lines) {
        expect(line).to.contain(`(this Node.js, ${process.version}, has no SQLite)`);
        expect(line).to.match(/Next: run it with Node\.js 22\.13 or newer, or keep it in PostgreSQL\.$/);
        expect(line).to.not.contain("disk");
      }
      const { stdout: other } = await run(process.execPath, ["sqlite.mjs"], { cwd: folder });
      expect(other)
        .to.match(/Next: check the disk and the permissions, then start again\.\n$/)
        .and.not.contain("22.13");
    });

    it("settles a visit beside the oldest ethers that it allows", async () => {
      const installed = JSON.parse(read("node_modules/ethers-oldest/package.json")) as { version: string };
      const { peerDependencies } = JSON.parse(read("package.json")) as { peerDependencies: { ethers: string } };
      expect(peerDependencies.ethers).to.equal(`^${installed.version}`);
      expect(await play(visit!, oldest)).to.match(/^ConsumptionSettled, .*PaidOut/);
    });

    /** The compiler's messages about files in a strict project that checks every declaration. */
    async function errorsOf(where: string, files: readonly string[], module: readonly string[]): Promise<string> {
      const strict = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2023", "--types", "node"];
      const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
      const args = [tsc, "--ignoreConfig", ...strict, ...module, ...files];
      return await run(process.execPath, args, { cwd: where }).then(
        () => "",
        (error: unknown) => (error as { stdout: string }).stdout,
      );
    }

    for (const [ethersOf, ...module] of [
      ["newest", "--module", "nodenext"],
      ["oldest", "--module", "esnext", "--moduleResolution", "bundler"],
    ] as const) {
      it(`type-checks with every program of the documentation, ${module.join(" ")}, and the ${ethersOf} ethers`, async function () {
        this.timeout(120_000);
        const code = [
          `import { EscrowClient, encodeCardId, type Quote } from "prepaid-escrow";`,
          ...["till", "watcher", "ledger", "presets", "node", "locales/zh"].map(
            (entry, i) => `export * as entry${i} from "prepaid-escrow/${entry}";`,
          ),
          `export async function leave(client: EscrowClient, holder: string): Promise<Quote> {`,
          `  const cardId: string = encodeCardId({ holder, programId: 1n, serial: 0n });`,
          `  await client.execute("requestExit", { cardId });`,
          `  // @ts-expect-error an exit is of a card`,
          `  await client.execute("requestExit", { merchantId: 1n });`,
          `  return await client.quote(cardId);`,
          `}`,
        ];
        const pages = ["README.md", ...filesBelow("docs", ".md")].map(page);
        const programs = pages.flatMap(({ file, fences }) =>
          fences.filter(({ language }) => language === "ts").map((fence) => [file, fence.code] as const),
        );
        expect(programs.length).to.be.at.least(8);
        const where = ethersOf === "newest" ? folder : oldest;
        const files = [["consumer", code.join("\n")] as const, ...programs].map(([file, text], i) => {
          const name = `${i}-${file.replaceAll(/\W/g, "-")}.mts`;
          writeFileSync(path.join(where, name), text);
          return name;
        });
        expect(await errorsOf(where, files, module)).to.equal("");
      });
    }

    it("has a README whose links lead to what is packed", () => {
      const packed = path.join(folder, "node_modules/prepaid-escrow");
      const links = page("README.md").links.filter((target) => !/^https?:/.test(target) && !target.startsWith("#"));
      expect(links.length).to.be.at.least(5);
      for (const target of links) {
        const file = target.split("#")[0]!;
        expect(existsSync(path.join(packed, file)), `${target}: add it to "files" of package.json`).to.be.true;
      }
    });

    /** Bytes of a program that a bundler makes for a page, without ethers and what it loads only later. */
    async function bundled(code: string): Promise<number> {
      const result = await build({
        stdin: { contents: code, resolveDir: folder },
        ...{ bundle: true, minify: true, splitting: true, format: "esm", platform: "browser", outdir: folder },
        ...{ external: ["ethers"], write: false, logLevel: "silent" },
      });
      expect(result.warnings).to.deep.equal([]);
      return result.outputFiles.find(({ path: file }) => file.endsWith("stdin.js"))!.contents.length;
    }

    it("costs a page what the page uses: 2 kB for decodeCardId, 130 kB for EscrowClient", async () => {
      const card = await bundled(`import { decodeCardId } from "prepaid-escrow"; console.log(decodeCardId);`);
      const client = await bundled(`import { EscrowClient } from "prepaid-escrow"; console.log(EscrowClient);`);
      expect(card, "decodeCardId").to.be.within(100, 2_000);
      expect(client, "EscrowClient").to.be.within(20_000, 130_000);
    });

    for (const entry of ["", "/till", "/watcher", "/ledger", "/presets", "/locales/zh"]) {
      it(`is built for a page without a warning and without Node.js: prepaid-escrow${entry}`, async () => {
        expect(await bundled(`export * from "prepaid-escrow${entry}";`)).to.be.greaterThan(1_000);
      });
    }

    it("carries no contract's code and no test", () => {
      const dist = path.join(folder, "node_modules/prepaid-escrow/dist");
      expect(existsSync(path.join(dist, "src/index.d.ts"))).to.be.true;
      expect(existsSync(path.join(dist, "types/ethers-contracts/test"))).to.be.false;
      expect(existsSync(path.join(dist, "types/ethers-contracts/factories/contracts/PrepaidEscrow__factory.js"))).to.be
        .false;
    });
  });
});
