import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { MemoryStore, Subscription, WebhookRejectedError, verifyWebhook } from "../../src/watcher/index.js";
import { openPostgresStore, openSqliteStore } from "../../src/node/index.js";
import type { DeliveryReport, DeliveryStore, SubscriptionOptions, WebhookEndpoint } from "../../src/watcher/index.js";
import { webhookHeaders, webhookKeys } from "../../src/watcher/webhook.js";
import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { plansOf } from "../helpers/plans.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { FaultyNode } from "./faulty.js";
import { Receiver, SECRET } from "./receiver.js";
import { fork, mineOthers, quick, truth } from "./watching.js";

/** Makes the tables of a file in a transaction, prints `made`, and commits a moment later. */
const MAKES_TABLES = `
  import { DatabaseSync } from "node:sqlite";
  const database = new DatabaseSync(process.argv[1]);
  database.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; CREATE TABLE events (block); CREATE TABLE tries (reader); CREATE TABLE dead_letters (reader)");
  database.exec("PRAGMA user_version = 2");
  console.log("made");
  setTimeout(() => database.exec("COMMIT"), 300);
`;

/** Waits until a condition holds. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("The condition did not hold within 20 seconds.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("Webhooks", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "webhooks-"));
  let shop: Shop;
  let receiver: Receiver;
  let reports: DeliveryReport[];

  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployShop);
    receiver = await Receiver.start();
    reports = [];
  });
  afterEach(async () => {
    await receiver.close();
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function endpoint(change: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
    return { name: "desk", url: receiver.url, secret: SECRET, firstWait: 1, longestWait: 4, timeout: 500, ...change };
  }

  async function optionsOf(change: Partial<SubscriptionOptions>): Promise<Omit<SubscriptionOptions, "signal">> {
    return {
      ...quick,
      provider: new FaultyNode(),
      contracts: { escrow: await shop.escrow.getAddress() },
      fromBlock: 0,
      store: new MemoryStore(),
      endpoints: [endpoint()],
      onDelivery: (report) => {
        reports.push(report);
      },
      ...change,
    };
  }

  /** Runs a subscription until something is so. */
  async function runUntil(change: Partial<SubscriptionOptions>, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const abort = new AbortController();
    const subscription = await Subscription.open({ ...(await optionsOf(change)), signal: abort.signal });
    const running = subscription.run();
    try {
      await Promise.race([until(isSo), running]);
    } finally {
      abort.abort();
      await running;
    }
  }

  it("carry every event once, in order, signed by the specification", async () => {
    await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
    const keys = await truth(shop, 0);
    await runUntil({}, () => receiver.taken.size === keys.length);
    expect(receiver.payloads.map(({ key }) => key)).to.deep.equal(keys);
    expect(receiver.payloads.map(({ sequence }) => sequence)).to.deep.equal(keys.map((_, i) => i + 1));
    expect(receiver.requests).to.have.length(keys.length);
    const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
    const hmac = createHmac("sha256", Buffer.from(SECRET.slice("whsec_".length), "base64")).update(signed);
    expect(headers["webhook-signature"]).to.equal(`v1,${hmac.digest("base64")}`);
    const warning = receiver.payloads.find(({ type }) => type === "WarningRaised")!;
    expect(warning.event.args).to.deep.include({ merchantId: "1", kind: "CardOverLimit", observed: "5000000001" });
    expect(reports.map(({ outcome, tries }) => `${outcome} ${tries}`)).to.deep.equal(keys.map(() => "delivered 1"));
  });

  it("are read by verifyWebhook, which refuses what was changed, is old, or is somebody else's", async () => {
    await runUntil({}, () => receiver.taken.size > 0);
    const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
    expect(verifyWebhook(headers, body, SECRET)).to.deep.equal(receiver.payloads[0]);
    const old = { ...headers, "webhook-timestamp": String(Math.floor(Date.now() / 1_000) - 301) };
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const unsigned = { ...headers, "webhook-signature": undefined };
    for (const [changed, text, secret] of [
      [headers, body.replace('"sequence":1', '"sequence":2'), SECRET],
      [{ ...headers, "webhook-id": "31337:0x00:1" }, body, SECRET],
      [old, body, SECRET],
      [unsigned, body, SECRET],
      [headers, body, other],
    ] as const) {
      expect(() => verifyWebhook(changed, text, secret)).to.throw(WebhookRejectedError);
    }
    for (const secret of ["", "whsec_", "whsec_c2hvcnQ=", "no secret", SECRET.slice(6)]) {
      expect(() => verifyWebhook(headers, body, secret), secret)
        .to.throw(InvalidInputError)
        .which.does.not.match(/c2hvcnQ/);
    }
  });

  describe("are taken by verifyWebhook", () => {
    const moment = 1_800_000_000;
    const body = '{"type":"ProgramRetired","sequence":1}';

    /** Whether one sent so many seconds ago is taken. */
    function isTaken(age: number, options?: { readonly tolerance?: number }): boolean {
      const headers = webhookHeaders(webhookKeys(SECRET), "31337:0x01:1", body, new Date((moment - age) * 1_000));
      const clock = Date.now;
      Date.now = () => moment * 1_000 + 999;
      try {
        expect(verifyWebhook(headers, body, SECRET, options).type).to.equal("ProgramRetired");
        return true;
      } catch (error) {
        if (error instanceof WebhookRejectedError) return false;
        throw error;
      } finally {
        Date.now = clock;
      }
    }

    it("five minutes before and after the clock, and no second more", () => {
      for (const age of [0, 299, 300, -299, -300]) expect(isTaken(age), String(age)).to.be.true;
      for (const age of [301, -301, 100_000, -100_000]) expect(isTaken(age), String(age)).to.be.false;
    });

    it("within as many seconds as the receiver allows", () => {
      for (const tolerance of [1, 30, 3_600]) {
        for (const side of [1, -1]) {
          expect(isTaken(side * (tolerance - 1), { tolerance })).to.be.true;
          expect(isTaken(side * tolerance, { tolerance })).to.be.true;
          expect(isTaken(side * (tolerance + 1), { tolerance })).to.be.false;
        }
      }
      for (const tolerance of [0, -1, 1.5, NaN, Infinity]) {
        expect(() => isTaken(0, { tolerance }), String(tolerance)).to.throw(InvalidInputError, "tolerance");
      }
    });

    it("if one of several signatures is right, and only whole ones", () => {
      const now = new Date();
      const headers = webhookHeaders(webhookKeys(SECRET), "31337:0x01:1", body, now);
      const signature = headers["webhook-signature"]!;
      const signed = (value: string): (() => unknown) => {
        return () => verifyWebhook({ ...headers, "webhook-signature": value }, body, SECRET);
      };
      expect(signed(`v1,AAAA v2,${signature.slice(3)} ${signature}`)()).to.include({ sequence: 1 });
      for (const wrong of ["", "v1,", signature.slice(0, -1), `${signature}=`, signature.replace("v1", "v2")]) {
        expect(signed(wrong), wrong).to.throw(WebhookRejectedError, "no signature");
      }
      const time = (value: string) => () => verifyWebhook({ ...headers, "webhook-timestamp": value }, body, SECRET);
      for (const wrong of ["", "soon", `${headers["webhook-timestamp"]}.5`]) {
        expect(time(wrong), wrong).to.throw(WebhookRejectedError, "no number");
      }
    });
  });

  it("are signed with each of several secrets while receivers change from one to another", async () => {
    const next = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const keys = await truth(shop, 0);
    const endpoints = [endpoint({ secret: `${next} ${SECRET}` })];
    await runUntil({ endpoints }, () => receiver.taken.size === keys.length);
    const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
    for (const secret of [SECRET, next])
      expect(verifyWebhook(headers, body, secret)).to.deep.equal(receiver.payloads[0]);
    const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
    expect(() => verifyWebhook(headers, body, other)).to.throw(WebhookRejectedError);
  });

  it("are all sent, and all chain events delivered, before a subscription ends by itself, however late a reader begins", async () => {
    class LateStore extends MemoryStore {
      override async position(reader: string): Promise<number> {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return await super.position(reader);
      }
    }
    const keys = await truth(shop, 0);
    const delivered: string[] = [];
    const onChainEvent = ({ key }: { readonly key: string }): void => void delivered.push(key);
    const options = await optionsOf({ store: new LateStore(), once: true, onChainEvent });
    const subscription = await Subscription.open({ ...options, signal: new AbortController().signal });
    await subscription.run();
    expect(delivered).to.deep.equal(keys);
    expect([...receiver.taken.keys()]).to.have.length(keys.length);
  });

  it("are tried again after a failure, and hold back what comes after until they are taken", async () => {
    const answers = [500, 302, 429, 404, undefined];
    receiver.reply = (_, count) => {
      const status = answers[count - 1];
      if (count > answers.length) return { status: 200 };
      return status === undefined ? undefined : { status, headers: { location: receiver.url } };
    };
    const keys = await truth(shop, 0);
    await runUntil({}, () => receiver.taken.size === keys.length);
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(ids).to.deep.equal([...answers.map(() => keys[0]), ...keys]);
    expect(reports.slice(0, 6).map(({ outcome, tries, reason }) => ({ outcome, tries, reason }))).to.deep.equal([
      { outcome: "failed", tries: 1, reason: "it answered 500" },
      { outcome: "failed", tries: 2, reason: "it answered 302" },
      { outcome: "failed", tries: 3, reason: "it answered 429" },
      { outcome: "failed", tries: 4, reason: "it answered 404" },
      { outcome: "failed", tries: 5, reason: "it did not answer in time" },
      { outcome: "delivered", tries: 6, reason: undefined },
    ]);
  });

  it("wait as long as the receiver asks for", async () => {
    receiver.reply = (_, count) => (count === 1 ? { status: 429, headers: { "retry-after": "1" } } : { status: 200 });
    await runUntil({}, () => receiver.taken.size > 0);
    expect(receiver.requests[1]!.at - receiver.requests[0]!.at).to.be.within(900, 5_000);
    const far = "Fri, 31 Dec 9999 23:59:59 GMT";
    receiver.reply = () => ({ status: 503, headers: { "retry-after": far } });
    reports = [];
    await runUntil({}, () => reports.length > 0);
    expect(reports[0]!.nextAt! - Date.now()).to.be.within(86_000_000, 86_400_000);
  });

  it("wait for no moment that only a clock which ran ahead could have named", async () => {
    const store = new MemoryStore();
    receiver.reply = () => ({ status: 500 });
    await runUntil({ store }, () => reports.length > 0);
    const tries = (await store.tries("webhook desk"))!;
    await store.keepTries("webhook desk", { ...tries, nextAt: Date.now() + 20 * 86_400_000 });
    const waits: number[] = [];
    const [setTimer, abort] = [globalThis.setTimeout, new AbortController()];
    globalThis.setTimeout = ((work: () => void, milliseconds = 0, ...rest: []) => {
      waits.push(milliseconds);
      return setTimer(work, milliseconds, ...rest);
    }) as typeof setTimeout;
    try {
      const subscription = await Subscription.open({ ...(await optionsOf({ store })), signal: abort.signal });
      const running = subscription.run();
      await until(() => waits.some((wait) => wait > 80_000_000));
      abort.abort();
      await running;
    } finally {
      globalThis.setTimeout = setTimer;
    }
    expect(Math.max(...waits)).to.equal(86_400_000);
  });

  it("go to each endpoint what it asked for, and one that hangs does not hold up another", async () => {
    const { escrow, regulator, merchantId, programs } = shop;
    await escrow.connect(regulator).setOutstandingCap(merchantId, 10_000n);
    await buyCard(shop, { program: programs.open, principal: 9_500n * TOKEN });
    const hanging = await Receiver.start();
    hanging.reply = () => undefined;
    const endpoints = [
      endpoint({ name: "hangs", url: hanging.url, timeout: 60_000 }),
      endpoint({ name: "raised", level: "Warning", events: ["WarningRaised"], merchantIds: [1n] }),
      endpoint({ name: "others", events: ["WarningRaised"], merchantIds: [2n] }),
    ];
    // A card over its limit is a warning; a cap at 95 % one of level `Notice`.
    const abort = new AbortController();
    const options = await optionsOf({ endpoints });
    const subscription = await Subscription.open({ ...options, signal: abort.signal });
    const running = subscription.run();
    try {
      await until(() => receiver.taken.size === 1);
      await until(async () =>
        (await options.store.readers()).every(({ name, waiting }) => name === "webhook hangs" || waiting === 0),
      );
    } finally {
      abort.abort();
      await hanging.close();
      await running;
    }
    expect(receiver.payloads.map(({ event }) => [event.args.kind, event.args.level])).to.deep.equal([
      ["CardOverLimit", "Warning"],
    ]);
  });

  it("report what was removed because the chain changed, under an id of its own", async () => {
    const before = (await truth(shop, 0)).length;
    const back = await fork();
    await buyCard(shop, { program: shop.programs.count });
    let gone = false;
    await runUntil({}, async () => {
      if (!gone && receiver.taken.size > before) {
        gone = true;
        await back();
        await mineOthers(3, 11);
      }
      return receiver.payloads.some(({ kind }) => kind === "removed");
    });
    const removed = receiver.payloads.filter(({ kind }) => kind === "removed");
    for (const { key, id } of removed) expect(id).to.equal(`${key}:2`);
    expect(new Set(receiver.payloads.map(({ id }) => id)).size).to.equal(receiver.taken.size);
  });

  it("are refused an address, a secret or a number that cannot be used, two of one name, without repeating the secret", async () => {
    const signal = new AbortController().signal;
    for (const endpoints of [
      [endpoint({ url: "ftp://desk.example" })],
      [endpoint({ url: "desk.example/hook" })],
      [endpoint({ secret: "whsec_tooshort" })],
      [endpoint({ url: "https://desk:tooshort@desk.example/hook" })],
      [endpoint({ url: "https:/desk:tooshort@desk.example/hook" })],
      [endpoint({ url: "desk:tooshort@desk.example/hook" })],
      [endpoint(), endpoint()],
      [endpoint({ tries: 0 })],
      [endpoint({ timeout: -1 })],
      [endpoint({ firstWait: NaN })],
      [endpoint({ longestWait: 2 ** 31 })],
    ]) {
      const options = await optionsOf({ endpoints });
      const failure: unknown = await Subscription.open({ ...options, signal }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(InvalidInputError);
      expect((failure as Error).message).to.not.include("tooshort");
    }
  });

  const isGone = ({ outcome }: DeliveryReport): boolean => outcome === "gone";

  /** What every store has to do for deliveries. */
  function keepsDeliveries(open: (again?: DeliveryStore) => Promise<DeliveryStore>): void {
    it("sets a notice aside after the last try, and goes on with the next", async () => {
      const store = await open();
      const keys = await truth(shop, 0);
      receiver.reply = ({ headers }) => ({ status: headers["webhook-id"] === keys[1] ? 400 : 200 });
      await runUntil({ store, endpoints: [endpoint({ tries: 3 })] }, () => receiver.taken.size === keys.length - 1);
      expect(receiver.payloads.map(({ key }) => key)).to.deep.equal(keys.filter((_, i) => i !== 1));
      const [letter, ...others] = await store.deadLetters();
      expect(others).to.deep.equal([]);
      expect(await store.countDeadLetters()).to.equal(1);
      const { reader, tries, reason, chainEvent } = letter!;
      expect({ reader, tries, reason }).to.deep.equal({ reader: "webhook desk", tries: 3, reason: "it answered 400" });
      expect(chainEvent).to.deep.include({ sequence: 2, key: keys[1], kind: "event", delivery: 1 });
      expect(letter!.diedAt).to.be.closeTo(Date.now(), 30_000);
      expect(await store.removeDeadLetter("webhook desk", 2)).to.equal(true);
      expect(await store.removeDeadLetter("webhook desk", 2)).to.equal(false);
      expect(await store.deadLetters()).to.deep.equal([]);
      expect(await store.countDeadLetters()).to.equal(0);
      await store.close();
    });

    it("counts tries on across a restart, and waits as long as it was going to", async () => {
      let store = await open();
      receiver.reply = () => ({ status: 500 });
      await runUntil({ store }, () => reports.length >= 2);
      const tries = (await store.tries("webhook desk"))!;
      expect(tries).to.deep.include({ count: reports.length, reason: "it answered 500" });
      const nextAt = Date.now() + 400;
      await store.keepTries("webhook desk", { ...tries, nextAt });
      store = await open(store);
      const [state] = await store.readers();
      expect(state).to.deep.include({ name: "webhook desk", sequence: 0, waiting: (await store.load())!.sequence });
      expect(state!.tries!.count).to.equal(tries.count);
      const before = receiver.requests.length;
      receiver.reply = () => ({ status: 200 });
      reports = [];
      await runUntil({ store }, () => receiver.taken.size > 0);
      // Timers may be a millisecond early.
      expect(receiver.requests[before]!.at - nextAt).to.be.within(-2, 5_000);
      expect(reports[0]).to.deep.include({ outcome: "delivered", tries: tries.count + 1 });
      expect(await store.tries("webhook desk")).to.equal(undefined);
      await store.close();
    });

    it("sends nothing more to a receiver that is gone (410), until it is started again, and loses nothing", async () => {
      let store = await open();
      const keys = await truth(shop, 0);
      receiver.reply = (_, count) => ({ status: count === 2 ? 410 : 204 });
      const other = await Receiver.start();
      const endpoints = [endpoint(), endpoint({ name: "other", url: other.url })];
      await runUntil({ store, endpoints }, () => other.taken.size === keys.length && reports.some(isGone));
      await other.close();
      expect(receiver.requests).to.have.length(2);
      const { tries, reason, nextAt } = reports.find(isGone)!;
      expect({ tries, reason, nextAt }).to.deep.equal({ tries: 1, reason: "it answered 410", nextAt: undefined });
      const state = (await store.readers()).find(({ name }) => name === "webhook desk")!;
      expect(state).to.deep.include({ sequence: 1, waiting: keys.length - 1 });
      expect(state.tries).to.deep.include({ sequence: 2, count: 1, reason: "it answered 410" });
      expect(await store.deadLetters()).to.deep.equal([]);
      store = await open(store);
      await runUntil({ store }, () => receiver.taken.size === keys.length);
      expect(receiver.payloads.map(({ key }) => key)).to.deep.equal(keys);
      await store.close();
    });

    it("counts the tries of each notice for itself, though the filter has changed in between", async () => {
      let store = await open();
      const keys = await truth(shop, 0);
      const kept = { sequence: 1, count: 14, nextAt: 0, reason: "it answered 500" };
      await runUntil({ store, endpoints: [], onChainEvent: () => undefined }, async () => {
        return (await store.load())!.sequence === keys.length;
      });
      await store.position("webhook desk");
      await store.keepTries("webhook desk", kept);
      expect((await store.readers()).find(({ name }) => name === "webhook desk")!.tries).to.deep.equal(kept);
      store = await open(store);
      receiver.reply = (_, count) => ({ status: count === 1 ? 500 : 200 });
      const endpoints = [endpoint({ events: ["ProgramPublished"] })];
      await runUntil({ store, endpoints }, () => receiver.taken.size > 0);
      expect(reports.slice(0, 2).map(({ outcome, tries }) => `${outcome} ${tries}`)).to.deep.equal([
        "failed 1",
        "delivered 2",
      ]);
      expect(await store.deadLetters()).to.deep.equal([]);
      await store.close();
    });

    it("forgets a reader that is not needed any more, and what was kept for it", async () => {
      const store = await open();
      await runUntil({ store }, () => receiver.taken.size > 0);
      await store.keepTries("webhook desk", { sequence: 1, count: 1, nextAt: 5, reason: "because" });
      expect(await store.removeReader("webhook desk")).to.equal(true);
      expect(await store.removeReader("webhook desk")).to.equal(false);
      expect(await store.readers()).to.deep.equal([]);
      expect(await store.tries("webhook desk")).to.equal(undefined);
      await store.close();
    });
  }

  describe("kept in memory,", () => {
    keepsDeliveries((again) => Promise.resolve(again ?? new MemoryStore()));
  });

  describe("kept in SQLite,", () => {
    let file: string;
    keepsDeliveries(async (again) => {
      await again?.close();
      if (again === undefined) file = path.join(folder, `${Math.random()}.db`);
      return await openSqliteStore(file);
    });

    it("cost no more with each step for a reader that is left behind", async () => {
      const store = await openSqliteStore(path.join(folder, "behind.db"));
      await store.begin("somebody", { number: 0, hash: "0x00" });
      await store.position("webhook desk");
      const plans = await plansOf(store.database, async () => {
        await store.commit({ after: 0, blocks: [{ number: 1, hash: "0x01" }], chainEvents: [], forgetBelow: 1 });
        await store.after(0, 100);
      });
      expect(plans.filter((plan) => /events\b/.test(plan))).to.have.length(2);
      for (const plan of plans) expect(plan).to.not.match(/SCAN events|events_by_block/);
      await store.close();
    });

    it("are kept by two processes that make the tables at the same time", async () => {
      const place = path.join(folder, "together.db");
      const other = spawn(process.execPath, ["--input-type=module", "--eval", MAKES_TABLES, place]);
      await once(other.stdout, "data");
      const store = await openSqliteStore(place);
      expect(await store.countDeadLetters()).to.equal(0);
      await store.close();
      await once(other, "exit");
    });

    it("can be added to a store of the first version, whose place stays", async () => {
      const place = path.join(folder, "first.db");
      const store = await openSqliteStore(place);
      await runUntil({ store, endpoints: [], onChainEvent: () => undefined }, async () => {
        return (await store.readers())[0]?.waiting === 0 && (await store.load())!.sequence > 0;
      });
      const { sequence } = (await store.load())!;
      await store.close();
      const database = new DatabaseSync(place);
      database.exec("DROP TABLE tries; DROP TABLE dead_letters; PRAGMA user_version = 1;");
      database.close();
      const again = await openSqliteStore(place);
      expect((await again.load())!.sequence).to.equal(sequence);
      expect(await again.position("default")).to.equal(sequence);
      expect(await again.deadLetters()).to.deep.equal([]);
      await again.close();
    });
  });

  describe("kept in PostgreSQL,", () => {
    let server: PostgresServer;
    let url: string;
    before(async function () {
      server = await startPostgres(this);
    });
    after(async () => {
      await (server as PostgresServer | undefined)?.stop();
    });
    const open = async (again?: DeliveryStore): Promise<DeliveryStore> => {
      await again?.close();
      if (again === undefined) url = await server.createDatabase();
      return await openPostgresStore(url, { longestWait: 50 });
    };
    keepsDeliveries(open);

    it("end at once when the signal is aborted while the server is away", async function () {
      const own = await startPostgres(this);
      const abort = new AbortController();
      const faults: unknown[] = [];
      const store = await openPostgresStore(await own.createDatabase(), {
        signal: abort.signal,
        onFault: (reason) => faults.push(reason),
      });
      const subscription = await Subscription.open({ ...(await optionsOf({ store })), signal: abort.signal });
      const running = subscription.run();
      await until(() => receiver.taken.size > 0);
      await own.stop();
      await until(() => faults.length > 0);
      const abortedAt = Date.now();
      abort.abort();
      await running;
      await store.close();
      expect(Date.now() - abortedAt).to.be.below(5_000);
    });

    it("lose nothing and deliver nothing twice while the server is restarted under them", async () => {
      const store = await open();
      const faults: (string | undefined)[] = [];
      const watched = await openPostgresStore(url, { longestWait: 50, onFault: (reason) => faults.push(reason) });
      await store.close();
      let bought = 0;
      await runUntil({ store: watched, confirmations: 0 }, async () => {
        if (bought < 6) {
          await buyCard(shop, { program: shop.programs.count });
          bought += 1;
          if (bought % 2 === 0) await server.restart();
          return false;
        }
        return receiver.taken.size === (await truth(shop, 0)).length;
      });
      await watched.close();
      expect(receiver.payloads.map(({ key }) => key)).to.deep.equal(await truth(shop, 0));
      expect(faults.filter((reason) => reason !== undefined)).to.not.be.empty;
      expect(faults.at(-1)).to.equal(undefined);
    });
  });
});
