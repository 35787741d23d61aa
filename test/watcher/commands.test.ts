import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { warningTasks } from "../../scripts/commands/warnings/tasks.js";
import { HealthServer, openSqliteStore } from "../../src/node/index.js";
import { Subscription } from "../../src/watcher/index.js";
import { networkHelpers } from "../helpers/chain.js";
import { deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { serveChain } from "../helpers/http.js";
import { ROOT } from "../helpers/markdown.js";
import { startPostgres } from "../helpers/postgres.js";
import { FaultyNode } from "./faulty.js";
import { Receiver, SECRET } from "./receiver.js";
import { quick, truth } from "./watching.js";

type Write = typeof process.stdout.write;
type Arguments = Readonly<Record<string, string | boolean | undefined>>;

describe("Commands about warnings", () => {
  let folder: string;
  let node: Awaited<ReturnType<typeof serveChain>>;
  let hre: Awaited<ReturnType<typeof createHardhatRuntimeEnvironment>>;
  let shop: Shop;
  let receiver: Receiver;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "warnings-"));
    node = await serveChain();
    const networks = { local: { type: "http", chainType: "l1", url: node.url } } as const;
    const config = { plugins: [hardhatToolbox], tasks: warningTasks, paths: { ignition: folder }, networks };
    hre = await createHardhatRuntimeEnvironment(config, { network: "local" }, ROOT);
  });
  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployShop);
    receiver = await Receiver.start();
    process.env.WEBHOOK_SECRET = SECRET;
  });
  afterEach(async () => {
    delete process.env.WEBHOOK_SECRET;
    await receiver.close();
  });
  after(async () => {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command as Hardhat would. Answers whether it was content, and what it wrote. */
  async function run(name: string, args: Arguments, onLine: (line: string) => void = () => undefined) {
    const written = { stdout: "", stderr: "" };
    const originals = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)] as const;
    process.stdout.write = ((text: string, done?: (error?: Error) => void) => {
      written.stdout += text;
      done?.();
      onLine(text);
      return true;
    }) as Write;
    process.stderr.write = (text) => Boolean((written.stderr += String(text)));
    try {
      const result: unknown = await hre.tasks.getTask(name.split(" ")).run(args);
      return { success: (result as { success: boolean }).success, ...written };
    } finally {
      process.stdout.write = originals[0];
      process.stderr.write = originals[1];
    }
  }

  /** A file of endpoints. */
  function endpointsFile(content: unknown): string {
    const file = path.join(folder, `${Math.random()}.json`);
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }

  /** A store in which the endpoint "desk" has one dead letter, the second event. */
  async function withDeadLetter(): Promise<{ store: string; keys: string[] }> {
    const store = path.join(folder, `${Math.random()}.db`);
    const opened = await openSqliteStore(store);
    const keys = await truth(shop, 0);
    receiver.reply = ({ headers }) => ({ status: headers["webhook-id"] === keys[1] ? 400 : 200 });
    const abort = new AbortController();
    const subscription = await Subscription.open({
      ...quick,
      provider: new FaultyNode(),
      contracts: { escrow: await shop.escrow.getAddress() },
      fromBlock: 0,
      store: opened,
      endpoints: [{ name: "desk", url: receiver.url, secret: SECRET, tries: 1 }],
      signal: abort.signal,
    });
    const running = subscription.run();
    const deadline = Date.now() + 20_000;
    while (receiver.taken.size < keys.length - 1 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    abort.abort();
    await running;
    await opened.close();
    return { store, keys };
  }

  it("show what was set aside, deliver it once more, and forget a reader", async () => {
    const { store, keys } = await withDeadLetter();
    const shown = await run("warnings dead-letters", { store });
    expect(shown.success).to.equal(true);
    expect(shown.stdout).to.match(/webhook desk +2 +\S+, block \d+ +1 +it answered 400/);
    expect(shown.stdout).to.match(/webhook desk +0/);
    const lines = (await run("warnings dead-letters", { store, json: true })).stdout.trim().split("\n");
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0]!)).to.deep.include({ reader: "webhook desk", sequence: 2, key: keys[1], tries: 1 });

    const webhooks = endpointsFile({ endpoints: [{ name: "desk", url: receiver.url }] });
    const again = await run("warnings redeliver", { store, webhooks });
    expect(again.success).to.equal(false);
    expect(again.stderr).to.match(/^Error: 1 of them were not taken/);
    receiver.reply = () => ({ status: 200 });
    const delivered = await run("warnings redeliver", { store, webhooks });
    expect(delivered).to.deep.equal({ success: true, stdout: "Event 2 to webhook desk: delivered.\n", stderr: "" });
    expect([...receiver.taken.keys()]).to.have.members(keys);
    expect((await run("warnings dead-letters", { store })).stdout).to.match(/^No event was set aside\./);

    expect((await run("warnings forget", { store, reader: "webhook desk" })).success).to.equal(true);
    const unknown = await run("warnings forget", { store, reader: "webhook desk" });
    expect(unknown.success).to.equal(false);
    expect(unknown.stderr).to.include("nobody: the store has none");
  });

  it("watch delivers, prints what goes wrong, serves health, and goes on where it was after it is stopped", async () => {
    const escrow = await shop.escrow.getAddress();
    const store = path.join(folder, "watched.db");
    const keys = await truth(shop, 0);
    receiver.reply = (_, count) => ({ status: count === 1 ? 503 : 204 });
    const all = { escrow, store, events: "all", webhook: receiver.url, jsonLines: true, healthPort: "0" };
    let lines = 0;
    const first = await run("warnings watch", all, () => {
      lines += 1;
      if (lines === keys.length) {
        const waiting = setInterval(() => {
          if (receiver.taken.size < keys.length) return;
          clearInterval(waiting);
          process.emit("SIGINT");
        }, 20);
      }
    });
    expect(first.success, first.stderr).to.equal(true);
    const printed = first.stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { key: string }).key);
    expect(printed).to.deep.equal(keys);
    expect(first.stderr).to.match(/^Watching escrow 0x\w{40} on .+; Ctrl-C ends it\.$/m);
    expect(first.stderr).to.match(/Health and metrics: http:\/\/127\.0\.0\.1:\d+\/health/);
    expect(first.stderr).to.match(/Event 1 to webhook default: it answered 503; tried again at /);
    expect(first.stderr).to.match(/Event 1 to webhook default: delivered at the 2\. try\./);
    expect(first.stderr).to.not.include(SECRET);

    await shop.escrow.connect(shop.holder).setRecovery(shop.other);
    const second = await run("warnings watch", { escrow, store, events: "all" }, () => process.emit("SIGINT"));
    expect(second.stdout).to.match(/^block \d+: RecoverySet \(holder 0x\w{40}, recovery 0x\w{40}\)\n$/);
    expect(second.stderr).to.match(/The store keeps the place of "webhook default", which was not asked for/);
  });

  it("watch --once ends when every event was delivered, goes on with new ones, and waits for no receiver that fails", async () => {
    const escrow = await shop.escrow.getAddress();
    const store = path.join(folder, "once.db");
    const keys = await truth(shop, 0);
    const once = { escrow, store, events: "all", webhook: receiver.url, once: true };
    receiver.reply = () => ({ status: 503 });
    const first = await run("warnings watch", { ...once, jsonLines: true });
    expect(first.success, first.stderr).to.equal(true);
    expect(
      first.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { key: string }).key),
    ).to.deep.equal(keys);
    expect(first.stderr).to.match(/; up to now\.$/m);
    expect(first.stderr).to.match(/Event 1 to webhook default: it answered 503/);
    expect(receiver.taken.size).to.equal(0);

    await shop.escrow.connect(shop.holder).setRecovery(shop.other);
    receiver.reply = () => ({ status: 204 });
    const second = await run("warnings watch", once);
    expect(second.stdout).to.match(/^block \d+: RecoverySet \(.+\)\n$/);
    expect(receiver.taken.size).to.equal(keys.length + 1);
    expect(await run("warnings watch", once)).to.include({ success: true, stdout: "" });
  });

  it("lose nothing that could not be written because the disk is full", async () => {
    const escrow = await shop.escrow.getAddress();
    const store = path.join(folder, "full.db");
    const write = process.stdout.write.bind(process.stdout);
    const full = run("warnings watch", { escrow, store, events: "all" });
    process.stdout.write = ((_: string, done: (error: Error) => void) => {
      done(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
      return false;
    }) as Write;
    const failed = await full;
    process.stdout.write = write;
    expect(failed.success).to.equal(false);
    expect(failed.stderr).to.match(/The store standard output cannot be used \(ENOSPC\)\. No event is lost\./);
    const opened = await openSqliteStore(store);
    expect((await opened.readers())[0]).to.deep.include({ name: "default", sequence: 0 });
    await opened.close();
  });

  describe("answer with one sentence", () => {
    const refusals: readonly (readonly [string, string, () => Arguments, RegExp])[] = [
      ["no store", "warnings dead-letters", () => ({}), /^Error: --store is missing; allowed: a file or postgresql/],
      [
        "a store that is not there",
        "warnings dead-letters",
        () => ({ store: path.join(folder, "nowhere.db") }),
        /^Error: --store is .*nowhere\.db; allowed: a file that is there, or postgresql/,
      ],
      ["a folder as store", "warnings dead-letters", () => ({ store: folder }), /^Error: The store .* cannot be used/],
      [
        "two ways to name endpoints",
        "warnings redeliver",
        () => ({ store: path.join(folder, "x.db"), webhook: "http://a", webhooks: "b" }),
        /^Error: --webhook is http:\/\/a; allowed: one of --webhook and --webhooks/,
      ],
      [
        "a file of endpoints that is not there",
        "warnings redeliver",
        () => ({ store: path.join(folder, "x.db"), webhooks: path.join(folder, "none.json") }),
        /^Error: --webhooks is .*none\.json; allowed: files that can be read.*ENOENT/,
      ],
      [
        "a file that is no JSON",
        "warnings redeliver",
        () => ({ store: path.join(folder, "x.db"), webhooks: endpointsFile("{") }),
        /^Error: .* is no JSON; allowed: JSON/,
      ],
      [
        "a field that is not known",
        "warnings redeliver",
        () => ({
          store: "x",
          webhooks: endpointsFile({ endpoints: [{ name: "desk", url: "http://a", secret: "whsec_" }] }),
        }),
        /^Error: endpoints\.0 of .* is not as it should be; allowed: .*secret/,
      ],
      [
        "an event that is not known",
        "warnings redeliver",
        () => ({
          store: "x",
          webhooks: endpointsFile({ endpoints: [{ name: "d", url: "http://a", events: ["Bought"] }] }),
        }),
        /^Error: event is Bought; allowed: one of .*CardOpened/,
      ],
      [
        "a variable for the secret that is not set",
        "warnings redeliver",
        () => ({
          store: "x",
          webhooks: endpointsFile({ endpoints: [{ name: "d", url: "http://a", secretVariable: "NOT_SET" }] }),
        }),
        /^Error: NOT_SET is not set; allowed: whsec_/,
      ],
      [
        "an event that is misspelt",
        "warnings watch",
        () => ({ events: "WarningsRaised" }),
        /^Error: event is WarningsRaised;/,
      ],
      ["a port that is none", "warnings watch", () => ({ healthPort: "-1" }), /^Error: --health-port is -1;/],
    ];
    for (const [what, name, args, sentence] of refusals) {
      it(`to ${what}`, async () => {
        const { success, stdout, stderr } = await run(name, args());
        expect({ success, stdout }).to.deep.equal({ success: false, stdout: "" });
        expect(stderr)
          .to.match(sentence)
          .and.match(/ Next: .*\n$/);
        expect(stderr.trim().split("\n")).to.have.length(1);
      });
    }

    it("to a port that is taken", async () => {
      const taken = await HealthServer.open({ port: 0 });
      const args = { escrow: await shop.escrow.getAddress(), healthPort: String(taken.port) };
      const { success, stderr } = await run("warnings watch", args);
      await taken.close();
      expect(success).to.equal(false);
      expect(stderr).to.match(
        /^Error: Health and metrics cannot be served at 127\.0\.0\.1:\d+ .* Next: choose another port\.\n$/,
      );
    });

    it("to a database that is not there, a server that is not, and a password, which it does not repeat", async function () {
      const server = await startPostgres(this);
      const good = new URL((await server.createDatabase()).replace("test@/", "test@localhost/"));
      const host = good.searchParams.get("host")!;
      const nowhere = `postgresql://test:hidden-word@/none?host=${encodeURIComponent(host)}`;
      const hidden = ["test:hidden-word@", "test:pa/hidden-word@", "test:pa@hidden-word@"];
      const silent = hidden.map((user) => `postgresql://${user}127.0.0.1:1/test`);
      const inQuery = "postgresql://127.0.0.1:1/test?password=hidden-word";
      for (const store of [nowhere, ...silent, inQuery, "postgresql://"]) {
        const { success, stderr } = await run("warnings dead-letters", { store });
        expect(success, store).to.equal(false);
        expect(stderr).to.match(/^Error: The store postgresql:.* cannot be used .* Next: .*\n$/);
        expect(stderr).to.not.include("hidden-word");
      }
      await server.stop();
    });
  });
});
