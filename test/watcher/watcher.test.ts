import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { decodeEvents } from "../../src/contracts/events.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import {
  ContractMissingError,
  MemoryStore,
  WatchedNodeUnreachableError,
  ReorgTooDeepError,
  StoreFailedError,
  StoreMismatchError,
  StoreSharedError,
  WatchError,
  Watcher,
  findDeployBlock,
  watchEvents,
} from "../../src/watcher/index.js";
import { openPostgresStore, openSqliteStore } from "../../src/node/index.js";
import type { ChainEvent, WatchStore } from "../../src/watcher/index.js";
import { buyCard } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { nodeError } from "../helpers/http.js";
import type { Fault } from "../helpers/http.js";
import { deployRegister, report, setRule } from "../helpers/register.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { randomOf } from "../helpers/random.js";
import { FaultyNode } from "./faulty.js";
import type { Random } from "../helpers/random.js";
import { Tally, catchUp, fork, mineOthers, quick, read, take, truth } from "./watching.js";

/** An error that a promise ends with. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

describe("watchEvents", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "watcher-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function setUp(fault?: Fault) {
    const shop = await networkHelpers.loadFixture(deployShop);
    const escrow = await shop.escrow.getAddress();
    const node = new FaultyNode(fault);
    const options = { ...quick, provider: node, contracts: { escrow }, fromBlock: 0, store: new MemoryStore() };
    return { shop, escrow, node, options };
  }

  async function buy(shop: Shop, times = 1): Promise<void> {
    for (let i = 0; i < times; i += 1) await buyCard(shop, { program: shop.programs.count });
  }

  it("delivers every event of escrow and register from the first block on, typed, in the order of the chain", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    await buy(shop, 2);
    await setRule(shop, { bps0: 4_000n });
    await report(shop, shop.owner, 1_000n);
    const contracts = { escrow: await shop.escrow.getAddress(), register: await shop.register.getAddress() };
    const expected = decodeEvents(await ethers.provider.getLogs({ address: Object.values(contracts), fromBlock: 0 }));
    const chainEvents = await take({ ...quick, provider: new FaultyNode(), contracts, fromBlock: 0 }, expected.length);
    expect(chainEvents.map(({ event }) => event)).to.deep.equal(expected);
    expect(chainEvents.map(({ sequence }) => sequence)).to.deep.equal(expected.map((_, i) => i + 1));
    for (const { kind, key, id, event } of chainEvents) {
      expect({ kind, key }).to.deep.equal({ kind: "event", key: `31337:${event.blockHash}:${event.index}` });
      expect(id).to.equal(key);
    }
    expect(new Set(chainEvents.map(({ event }) => event.name)))
      .to.include("WarningRaised")
      .and.include("CardOpened");
  });

  it("goes on with new blocks as it read the old ones", async () => {
    const { shop, options } = await setUp();
    const before = (await truth(shop, 0)).length;
    const names: string[] = [];
    for await (const { event } of watchEvents(options)) {
      names.push(event.name);
      if (names.length === before) await buy(shop);
      if (names.length > before && event.name === "CardOpened") break;
    }
    expect(names.length).to.be.greaterThan(before);
  });

  it("delivers chosen events only", async () => {
    const { shop, options } = await setUp();
    await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
    const [chainEvent] = await take({ ...options, events: ["WarningRaised", "WarningCleared"] }, 1);
    expect(chainEvent!.event.name).to.equal("WarningRaised");
  });

  it("begins with `fromBlock`, that block included", async () => {
    const { shop, options } = await setUp();
    await buy(shop, 2);
    const head = await ethers.provider.getBlockNumber();
    for (const [fromBlock, blocks] of [
      [head - 1, [head - 1, head]],
      [head, [head]],
    ] as const) {
      const store = new MemoryStore();
      await catchUp(await Watcher.open({ ...options, store, fromBlock }));
      expect([...new Set((await read(store)).map(({ event }) => event.blockNumber))]).to.deep.equal(blocks);
    }
  });

  for (const [confirmations, delivered] of [
    [2, false],
    [1, true],
    [0, true],
  ] as const) {
    it(`with ${confirmations} confirmations ${delivered ? "delivers" : "does not deliver"} an event that has one block on top`, async () => {
      const { shop, options } = await setUp();
      await buy(shop);
      const block = await ethers.provider.getBlockNumber();
      await networkHelpers.mine(1);
      const watcher = await Watcher.open({ ...options, confirmations });
      await catchUp(watcher);
      const last = (await read(options.store)).at(-1)!;
      expect(last.event.blockNumber === block).to.equal(delivered);
    });
  }

  it("waits for confirmations by default, except on a development chain", async () => {
    const { options, node } = await setUp();
    const { provider, contracts, fromBlock, pollInterval, longestWait } = options;
    const defaults = { provider, contracts, fromBlock, pollInterval, longestWait };
    await networkHelpers.mine(20);
    const local = await Watcher.open({ ...defaults, store: new MemoryStore() });
    await catchUp(local);
    expect(local.status.position).to.equal(local.status.head);
    node.fault = async (ask, method, params) => (method === "eth_chainId" ? "0x1" : await ask(method, params));
    const main = await Watcher.open({ ...defaults, store: new MemoryStore() });
    await catchUp(main);
    expect(main.status.position).to.equal(main.status.head - 12);
  });

  it("ends when the signal is aborted, at once and without an error", async () => {
    const { shop, options } = await setUp();
    const abort = new AbortController();
    const count = (await truth(shop, 0)).length;
    const chainEvents: ChainEvent[] = [];
    const started = Date.now();
    for await (const chainEvent of watchEvents({ ...options, pollInterval: 60_000, signal: abort.signal })) {
      chainEvents.push(chainEvent);
      if (chainEvents.length === count)
        setTimeout(() => {
          abort.abort();
        }, 20);
    }
    expect(chainEvents).to.have.length(count);
    expect(Date.now() - started).to.be.below(10_000);
    expect(await take({ ...options, signal: abort.signal }, 1)).to.be.empty;
  });

  it("does not wait for a node that is silent when the signal ends it", async () => {
    const { options, node } = await setUp();
    const abort = new AbortController();
    const watching = watchEvents({ ...options, timeout: 60_000, signal: abort.signal });
    await watching.next();
    node.fault = async () => await new Promise(() => undefined);
    const started = Date.now();
    setTimeout(() => {
      abort.abort();
    }, 20);
    while ((await watching.next()).done !== true);
    expect(Date.now() - started).to.be.below(10_000);
  });

  /** What every store has to do. */
  function keepsItsPlace(open: () => Promise<WatchStore>): void {
    it(`goes on after what was acknowledged, and delivers again what was not`, async () => {
      const { shop, options } = await setUp();
      const store = await open();
      const keys = await truth(shop, 0);
      const first = await take({ ...options, store }, 5);
      const again = await take({ ...options, store }, keys.length - 4);
      // The loop was left at the fifth, which therefore counts as not taken.
      expect(again[0]).to.deep.equal(first[4]);
      expect([...first.slice(0, 4), ...again].map(({ key }) => key)).to.deep.equal(keys);
      await store.close();
    });

    it(`each reader has its own place`, async () => {
      const { options } = await setUp();
      const store = await open();
      await take({ ...options, store, reader: "a" }, 4);
      expect((await take({ ...options, store, reader: "b" }, 1))[0]!.sequence).to.equal(1);
      expect((await take({ ...options, store, reader: "a" }, 1))[0]!.sequence).to.equal(4);
      await store.close();
    });

    it(`forgets what is old once every reader has had it, and only then`, async () => {
      const { shop, options } = await setUp();
      const store = await open();
      expect(await store.position("slow")).to.equal(0);
      await networkHelpers.mine(50);
      const watcher = await Watcher.open({ ...options, store, window: 10 });
      await catchUp(watcher);
      await buy(shop);
      await catchUp(watcher);
      const all = await read(store);
      expect(all[0]!.sequence).to.equal(1);
      const recent = all.filter(({ event }) => event.blockNumber > 50);
      await store.acknowledge("slow", all.length - recent.length);
      await networkHelpers.mine(1);
      await catchUp(watcher);
      expect((await read(store)).map(({ sequence }) => sequence)).to.deep.equal(recent.map(({ sequence }) => sequence));
      const kept = (await store.load())!;
      expect(kept.sequence).to.equal(all.length);
      expect(kept.blocks.length).to.be.within(10, 12);
      expect(await store.position("late")).to.equal(recent[0]!.sequence - 1);
      await store.close();
    });

    it(`refuses a second writer`, async () => {
      const { shop, options } = await setUp();
      const store = await open();
      const [one, other] = [await Watcher.open({ ...options, store }), await Watcher.open({ ...options, store })];
      await catchUp(one);
      expect(await failureOf(catchUp(other))).to.be.instanceOf(StoreSharedError);
      await buy(shop);
      await catchUp(one);
      expect((await read(store)).map(({ key }) => key)).to.deep.equal(await truth(shop, 0));
      await store.close();
    });

    it(`refuses another subscription's store`, async () => {
      const { options } = await setUp();
      const store = await open();
      await Watcher.open({ ...options, store });
      const failure = await failureOf(Watcher.open({ ...options, store, events: ["WarningRaised"] }));
      expect(failure).to.be.instanceOf(StoreMismatchError);
      expect((failure as StoreMismatchError).asked).to.match(/^0x\w{40} on chain 31337 \(WarningRaised\)$/);
      await store.close();
    });
  }

  describe("keeps its place in memory,", () => {
    keepsItsPlace(() => Promise.resolve(new MemoryStore()));
  });

  describe("keeps its place in SQLite,", () => {
    keepsItsPlace(async () => await openSqliteStore(path.join(folder, `${Math.random()}.db`)));
  });

  describe("keeps its place in PostgreSQL,", () => {
    let server: PostgresServer;
    before(async function () {
      server = await startPostgres(this);
    });
    after(async () => {
      await (server as PostgresServer | undefined)?.stop();
    });

    keepsItsPlace(async () => await openPostgresStore(await server.createDatabase()));

    it("refuses a second process when it begins, and lets it in once the first has ended", async () => {
      const { options } = await setUp();
      const url = await server.createDatabase();
      const [first, second] = [await openPostgresStore(url), await openPostgresStore(url)];
      await take({ ...options, store: first }, 2);
      expect(await failureOf(Watcher.open({ ...options, store: second }))).to.be.instanceOf(StoreSharedError);
      // Whoever only looks is let in all the same.
      expect((await second.readers()).map(({ name }) => name)).to.deep.equal(["default"]);
      await first.close();
      expect((await take({ ...options, store: second }, 1))[0]!.sequence).to.equal(2);
      await second.close();
    });

    it("does not take the step of a process that watched while it was cut off for its own", async () => {
      const { options } = await setUp();
      const url = await server.createDatabase();
      const first = await openPostgresStore(url);
      const watcher = await Watcher.open({ ...options, store: first });
      await catchUp(watcher);
      await server.restart();
      const second = await openPostgresStore(url);
      const other = await Watcher.open({ ...options, store: second });
      await mineOthers(1, 1);
      await other.step();
      await second.close();
      await mineOthers(1, 1);
      expect(await failureOf(catchUp(watcher))).to.be.instanceOf(StoreSharedError);
      await first.close();
    });
  });

  describe("keeps its place", () => {
    it("in a file that a new process opens", async () => {
      const { shop, options } = await setUp();
      const file = path.join(folder, "again.db");
      const keys = await truth(shop, 0);
      const delivered: string[] = [];
      for (let i = 0; delivered.length < keys.length; i += 3) {
        const store = await openSqliteStore(file);
        const chainEvents = await take({ ...options, store }, Math.min(4, keys.length - i));
        delivered.push(...chainEvents.slice(0, keys.length - i <= 4 ? undefined : 3).map(({ key }) => key));
        await store.close();
      }
      expect(delivered).to.deep.equal(keys);
      expect(existsSync(file)).to.be.true;
    });

    it("on a disk that is full for a while, and delivers everything once there is room again", async () => {
      const { shop, options } = await setUp();
      const file = path.join(folder, "full.db");
      const store = await openSqliteStore(file);
      const { page_count: pages } = store.database.prepare("PRAGMA page_count").get() as { page_count: number };
      store.database.exec(`PRAGMA max_page_count = ${pages}`);
      await buy(shop, 30);
      const watcher = await Watcher.open({ ...options, store });
      expect(await failureOf(catchUp(watcher))).to.be.instanceOf(StoreFailedError);
      await store.close();
      const again = await openSqliteStore(file);
      await catchUp(await Watcher.open({ ...options, store: again }));
      expect((await read(again)).map(({ key }) => key)).to.deep.equal(await truth(shop, 0));
      await again.close();
    });

    it("in no file that is something else, with an error that names it", async () => {
      const file = path.join(folder, "text.db");
      writeFileSync(file, "no database, but long enough to be looked at as one ".repeat(20));
      for (const place of [file, path.join(folder, "missing", "x.db")]) {
        const failure = await failureOf(openSqliteStore(place));
        expect(failure).to.be.instanceOf(StoreFailedError).and.have.property("place", place);
      }
    });
  });

  describe("when the chain changes", () => {
    it("removes what is gone, newest first, and delivers what came instead", async () => {
      const { shop, options } = await setUp();
      const watcher = await Watcher.open(options);
      await networkHelpers.mine(2);
      await catchUp(watcher);
      const tally = new Tally();
      const before = await read(options.store);
      before.forEach((chainEvent) => {
        tally.take(chainEvent);
      });
      const back = await fork();
      await buy(shop, 2);
      await catchUp(watcher);
      const sold = await read(options.store, before.length);
      await back();
      await mineOthers(1, 1);
      await buy(shop, 1);
      await mineOthers(3, 1);
      await catchUp(watcher);

      const news = await read(options.store, before.length + sold.length);
      const removed = news.slice(0, sold.length);
      expect(removed.map(({ kind, key, id }) => ({ kind, key, id }))).to.deep.equal(
        sold.map(({ key }) => ({ kind: "removed", key, id: `${key}:2` })).reverse(),
      );
      expect(removed[0]!.event).to.deep.equal(sold.at(-1)!.event);
      for (const chainEvent of [...sold, ...news]) tally.take(chainEvent);
      expect(tally.keys).to.deep.equal(await truth(shop, 0));
      expect(watcher.status.reorgs).to.equal(1);
    });

    it("notices it without a new block, and across a restart", async () => {
      const { shop, options } = await setUp();
      const watcher = await Watcher.open(options);
      await catchUp(watcher);
      const back = await fork();
      await buy(shop);
      await catchUp(watcher);
      const { length } = await read(options.store);
      await back();
      await mineOthers(1, 2);
      const again = await Watcher.open(options);
      await catchUp(again);
      const news = await read(options.store, length);
      expect(news.length).to.be.greaterThan(0);
      expect(new Set(news.map(({ kind }) => kind))).to.deep.equal(new Set(["removed"]));
    });

    it("delivers again, under another id, what a chain comes back to", async () => {
      const { shop, options, node } = await setUp();
      const watcher = await Watcher.open(options);
      await catchUp(watcher);
      const { length } = await read(options.store);
      const start = await ethers.provider.getBlockNumber();
      const back = await fork();
      await buy(shop);
      const block = (await ethers.provider.send("eth_getBlockByNumber", [`0x${(start + 1).toString(16)}`, false])) as {
        hash: string;
      };
      const logs = (await ethers.provider.send("eth_getLogs", [{ blockHash: block.hash }])) as unknown[];
      const original: Fault = async (ask, method, params) => {
        if (method === "eth_getBlockByNumber" && Number(params[0]) === start + 1) return block;
        if (method === "eth_getLogs" && (params[0] as { blockHash?: string }).blockHash === block.hash)
          return logs.filter(
            (log) => (log as { address: string }).address.toLowerCase() === options.contracts.escrow.toLowerCase(),
          );
        return await ask(method, params);
      };
      await catchUp(watcher);
      await back();
      await mineOthers(1, 3);
      await catchUp(watcher);
      node.fault = original;
      await catchUp(watcher);
      const key = (await read(options.store, length))[0]!.key;
      const ids = (await read(options.store, length))
        .filter((chainEvent) => chainEvent.key === key)
        .map(({ id, kind }) => [id, kind]);
      expect(ids).to.deep.equal([
        [key, "event"],
        [`${key}:2`, "removed"],
        [`${key}:3`, "event"],
      ]);
    });

    it("takes nothing back that is still there, however long the strides of history were", async () => {
      const { shop, options } = await setUp();
      await networkHelpers.mine(5);
      const back = await fork();
      await networkHelpers.mine(30);
      const watcher = await Watcher.open({ ...options, window: 1 });
      await catchUp(watcher);
      const { length } = await read(options.store);
      await back();
      await mineOthers(31, 4);
      await buy(shop);
      await expectLostOr(watcher);
      const news = await read(options.store, length);
      expect(news.filter(({ kind }) => kind === "removed")).to.be.empty;
    });

    /** A change below the window either ends watching or finds an older block that was kept; it never takes back too much. */
    async function expectLostOr(watcher: Watcher): Promise<void> {
      const failure = await catchUp(watcher).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined) expect(failure).to.be.instanceOf(ReorgTooDeepError);
    }

    it("from before the remembered blocks, stops with ReorgTooDeepError", async () => {
      const { options, node } = await setUp();
      const watcher = await Watcher.open({ ...options, window: 3 });
      await networkHelpers.mine(20);
      await catchUp(watcher);
      node.fault = async (ask, method, params) => {
        const answer = await ask(method, params);
        if (method !== "eth_getBlockByNumber" || answer === null) return answer;
        return { ...(answer as object), hash: `0x${"ab".repeat(32)}` };
      };
      const failure = await failureOf(catchUp(watcher));
      expect(failure).to.be.instanceOf(ReorgTooDeepError);
      expect((failure as ReorgTooDeepError).oldest).to.be.at.least(watcher.status.position - 4);
    });
  });

  describe("does not lose an event to a node that", () => {
    /** Each bad behaviour and how often it is met. */
    const faults: Readonly<Record<string, (random: Random) => Fault>> = {
      "limits the range": () => async (ask, method, params) => {
        const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
        if (method === "eth_getLogs" && fromBlock !== undefined && Number(toBlock) - Number(fromBlock) >= 7) {
          throw nodeError(-32602, "range 1000 exceeds limit of 7");
        }
        return await ask(method, params);
      },
      "limits the number of logs": () => async (ask, method, params) => {
        const answer = await ask(method, params);
        if (method === "eth_getLogs" && (answer as unknown[]).length > 4 && "fromBlock" in (params[0] as object)) {
          throw nodeError(-32005, "query returned more than 4 results");
        }
        return answer;
      },
      "limits the rate": (random) => {
        return async (ask, method, params) => {
          if (random.chance(20n))
            throw Object.assign(new Error("429"), { info: { responseStatus: "429 Too Many Requests" } });
          return await ask(method, params);
        };
      },
      "repeats and shuffles logs": () => async (ask, method, params) => {
        const answer = await ask(method, params);
        return method === "eth_getLogs" ? [...(answer as unknown[]), ...(answer as unknown[])].reverse() : answer;
      },
      "leaves a log out of every tenth answer": () => {
        let asked = 0;
        return async (ask, method, params) => {
          const answer = await ask(method, params);
          return method === "eth_getLogs" && (asked += 1) % 10 === 0 ? (answer as unknown[]).slice(1) : answer;
        };
      },
      "cuts the data of logs off in three answers of ten": (random) => {
        return async (ask, method, params) => {
          const answer = await ask(method, params);
          if (method !== "eth_getLogs" || !random.chance(30n)) return answer;
          return (answer as { data: string }[]).map((log) => ({ ...log, data: log.data.slice(0, -64) }));
        };
      },
      "changes a log in every third answer": () => {
        let asked = 0;
        return async (ask, method, params) => {
          const answer = await ask(method, params);
          if (method !== "eth_getLogs" || (asked += 1) % 3 !== 0) return answer;
          return (answer as { data: string }[]).map((log) => ({
            ...log,
            data: log.data.replace(/[0-9a-f]$/, (d) => (d === "0" ? "1" : "0")),
          }));
        };
      },
      "lags behind in three answers of ten": (random) => {
        return async (ask, method, params) => {
          const answer = await ask(method, params);
          if (!random.chance(30n)) return answer;
          const head = Number(await ask("eth_blockNumber", [])) - 5;
          if (method === "eth_blockNumber") return `0x${head.toString(16)}`;
          if (method === "eth_getBlockByNumber") return Number(params[0]) > head ? null : answer;
          if (method !== "eth_getLogs") return answer;
          const logs = (answer as { blockNumber: string }[]).filter(({ blockNumber }) => Number(blockNumber) <= head);
          if ("blockHash" in (params[0] as object) && logs.length < (answer as unknown[]).length)
            throw nodeError(-32000, "unknown block");
          return logs;
        };
      },
      "answers the block before the one asked for": (random) => {
        return async (ask, method, params) => {
          if (method !== "eth_getBlockByNumber" || !random.chance(5n)) return await ask(method, params);
          return await ask(method, [`0x${(Number(params[0]) - 1).toString(16)}`, false]);
        };
      },
      "has no filter of logs in its blocks": () => async (ask, method, params) => {
        const answer = await ask(method, params);
        if (method !== "eth_getBlockByNumber" || answer === null) return answer;
        return { ...(answer as object), logsBloom: `0x${"00".repeat(256)}` };
      },
      "is silent at times": (random) => {
        return async (ask, method, params) => {
          if (random.chance(3n)) await new Promise(() => undefined);
          return await ask(method, params);
        };
      },
      "answers nonsense at times": (random) => {
        return async (ask, method, params) => (random.chance(15n) ? { hash: "0x" } : await ask(method, params));
      },
    };

    for (const [name, fault] of Object.entries(faults)) {
      it(name, async () => {
        const { shop, options, node } = await setUp();
        await networkHelpers.mine(40);
        await buy(shop, 3);
        const watcher = await Watcher.open({ ...options, window: 10, timeout: 30 });
        node.fault = fault(randomOf(7n));
        await catchUp(watcher);
        await buy(shop, 2);
        await catchUp(watcher);
        const delivered = (await read(options.store)).map(({ event }) => event);
        const logs = await ethers.provider.getLogs({ address: options.contracts.escrow, fromBlock: 0 });
        expect(delivered).to.deep.equal(decodeEvents(logs));
      });
    }

    it("limits the range, and asks it for more again when it allows more", async () => {
      const { options, node } = await setUp();
      await networkHelpers.mine(3_000);
      let limit = 50;
      node.fault = async (ask, method, params) => {
        const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
        if (method === "eth_getLogs" && fromBlock !== undefined && Number(toBlock) - Number(fromBlock) >= limit) {
          throw nodeError(-32602, "block range too large");
        }
        return await ask(method, params);
      };
      const watcher = await Watcher.open({ ...options, window: 10, maxRange: 400 });
      for (let i = 0; i < 30; i += 1) await watcher.step();
      expect(Math.max(...node.ranges.slice(-20))).to.be.within(25, 60);
      limit = 1_000;
      node.asked.length = 0;
      for (let i = 0; i < 45; i += 1) await watcher.step();
      expect(Math.max(...node.ranges)).to.be.greaterThan(90);
    });

    it("has lost all blocks that are remembered, which is reported as a fault and not as a chain without news", async () => {
      const { options, node } = await setUp();
      await networkHelpers.mine(60);
      const watcher = await Watcher.open({ ...options, window: 10 });
      await catchUp(watcher);
      node.fault = async (ask, method, params) => {
        if (method === "eth_blockNumber") return "0x5";
        return method === "eth_getBlockByNumber" && Number(params[0]) > 5 ? null : await ask(method, params);
      };
      for (let i = 0; i < 3; i += 1) await watcher.step();
      expect(watcher.status.fault).to.match(/^the node's newest block is 5, below /);
      node.fault = undefined;
      await catchUp(watcher);
      expect(watcher.status).to.include({ fault: undefined, reorgs: 0 });
    });

    it("waits for the confirmations of `fromBlock`, without a fault", async () => {
      const { options } = await setUp();
      const fromBlock = await ethers.provider.getBlockNumber();
      const watcher = await Watcher.open({ ...options, fromBlock, confirmations: 5 });
      for (let i = 0; i < 3; i += 1) await watcher.step();
      expect(watcher.status).to.include({ fault: undefined, position: fromBlock - 1 });
    });

    it("answers for another chain for a while", async () => {
      const { shop, options, node } = await setUp();
      const watcher = await Watcher.open(options);
      await catchUp(watcher);
      node.fault = async (ask, method, params) => {
        if (method === "eth_chainId") return "0x5";
        const answer = await ask(method, params);
        return method === "eth_getBlockByNumber" ? { ...(answer as object), hash: `0x${"cd".repeat(32)}` } : answer;
      };
      for (let i = 0; i < 10; i += 1) await watcher.step();
      expect(watcher.status.fault).to.equal("the node is one of another chain");
      node.fault = undefined;
      await buy(shop);
      await catchUp(watcher);
      expect((await read(options.store)).map(({ key }) => key)).to.deep.equal(await truth(shop, 0));
    });
  });

  it("reports once that a node fails, and once that it is well again", async () => {
    const { options, node } = await setUp();
    const faults: (string | undefined)[] = [];
    const watcher = await Watcher.open({ ...options, onFault: (reason) => faults.push(reason) });
    node.fault = () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:8545"));
    for (let i = 0; i < 4; i += 1) await watcher.step();
    expect(watcher.status.fault).to.equal("connect ECONNREFUSED 127.0.0.1:8545");
    expect(watcher.status.failures).to.be.at.least(4);
    node.fault = async (ask, method, params) => await ask(method, params);
    await catchUp(watcher);
    expect(faults).to.deep.equal(["connect ECONNREFUSED 127.0.0.1:8545", undefined]);
  });

  describe("refuses to begin", () => {
    it("with a node that does not answer", async () => {
      const { options } = await setUp(() => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:1")));
      const failure = await failureOf(Watcher.open(options));
      expect(failure)
        .to.be.instanceOf(WatchedNodeUnreachableError)
        .and.have.property("reason", "connect ECONNREFUSED 127.0.0.1:1");
    });

    it("but asks again one that has later blocks, though not the first", async () => {
      let asked = 0;
      const { options } = await setUp(async (ask, method, params) => {
        if (method !== "eth_getBlockByNumber" || (asked += 1) > 2) return await ask(method, params);
        return null;
      });
      await catchUp(await Watcher.open(options));
      asked = -1_000;
      const failure = await failureOf(Watcher.open({ ...options, store: new MemoryStore() }));
      expect(failure).to.be.instanceOf(WatchedNodeUnreachableError);
      expect(String(failure)).to.match(/does not have block 0, though its newest is \d+/);
    });

    it("where there is no contract", async () => {
      const { options, shop } = await setUp();
      const failure = await failureOf(Watcher.open({ ...options, contracts: { escrow: shop.stranger.address } }));
      expect(failure)
        .to.be.instanceOf(ContractMissingError)
        .and.include({ address: shop.stranger.address, chainId: 31337n });
    });

    for (const [field, change] of [
      ["fromBlock", { fromBlock: -1 }],
      ["fromBlock", { fromBlock: 1_000_000 }],
      ["confirmations", { confirmations: -1 }],
      ["confirmations", { confirmations: 1.5 }],
      ["window", { window: 0 }],
      ["maxRange", { maxRange: 0 }],
      ["contracts", { contracts: {} }],
      ["address", { contracts: { escrow: "0x1234" } }],
    ] as const) {
      it(`with ${JSON.stringify(change)}`, async () => {
        const { options } = await setUp();
        const failure = await failureOf(Watcher.open({ ...options, ...change }));
        expect(failure).to.be.instanceOf(InvalidInputError).and.have.property("field", field);
      });
    }
  });

  describe("findDeployBlock", () => {
    it("finds the block in which the contract appeared", async () => {
      const { shop, escrow } = await setUp();
      await networkHelpers.mine(20);
      const block = await findDeployBlock(new FaultyNode(), escrow);
      expect(await ethers.provider.getCode(escrow, block)).to.not.equal("0x");
      expect(await ethers.provider.getCode(escrow, block - 1)).to.equal("0x");
      expect(await failureOf(findDeployBlock(new FaultyNode(), shop.stranger.address))).to.be.instanceOf(
        ContractMissingError,
      );
      expect(await failureOf(findDeployBlock(new FaultyNode(), ZeroAddress))).to.be.instanceOf(ContractMissingError);
    });

    it("throws a WatchError where the node no longer has old states", async () => {
      const { escrow } = await setUp();
      const node = new FaultyNode(async (ask, method, params) => {
        if (method === "eth_getCode" && params[1] !== "latest") throw nodeError(-32000, "missing trie node");
        return await ask(method, params);
      });
      const failure = await failureOf(findDeployBlock(node, escrow));
      expect(failure).to.be.instanceOf(WatchError);
      expect((failure as WatchError).message).to.include("missing trie node");
    });
  });
});
