import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { JsonRpcProvider, ZeroHash, toBeHex } from "ethers";

import { MemoryStore, Subscription, Watcher } from "../../../src/watcher/index.js";
import { openSqliteStore } from "../../../src/node/index.js";
import type { DeliveryStore, WatchOptions } from "../../../src/watcher/index.js";
import { ethers } from "../../../test/helpers/chain.js";
import type { Shop } from "../../../test/helpers/fixture.js";
import { serveChain } from "../../../test/helpers/http.js";
import { loadShop } from "../../../test/helpers/shop.js";
import type { Benchmark, Figure } from "./figure.js";

/** Settlements whose vouchers are all skipped: they emit many events for little gas. */
const SETTLEMENTS = 40;
const ROWS = 500;
/** Number of blocks with one event to deliver. */
const BLOCKS = 60;
const POLL = 5;
const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

/** Measures how fast the watcher reads history, and how soon a webhook receives an event after its block. */
const measureWatcher: Benchmark = async (note) => {
  const shop = await loadShop();
  const node = await serveChain();
  const folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-bench-"));
  try {
    note(`watcher: making ${SETTLEMENTS * ROWS} events ...`);
    await makeEvents(shop);
    const provider = new JsonRpcProvider(node.url, 31_337n, { staticNetwork: true, batchMaxCount: 1 });
    const escrow = await shop.escrow.getAddress();
    const options = { provider, contracts: { escrow }, fromBlock: 0, window: 1, maxRange: 10, confirmations: 0 };
    note("watcher: asking a local node for the logs alone ...");
    const [bare, events] = await askAlone(provider, escrow, options.maxRange);
    const limit = { what: "the node, asked for the same logs once", value: bare };
    note("watcher: reading them into memory and into SQLite ...");
    const memory = await readInto(new MemoryStore(), options, events);
    const sqlite = await readInto(await openSqliteStore(path.join(folder, "bench.db")), options, events);
    note("watcher: from a block to a webhook ...");
    const delays = await measureDelivery(shop, options);
    provider.destroy();
    return [
      { what: "Events read from a local node, in memory", value: memory, unit: "per second", limit },
      { what: "Events read from a local node, kept in SQLite", value: sqlite, unit: "per second", limit },
      ...delays,
    ];
  } finally {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

export default measureWatcher;

async function makeEvents(shop: Shop): Promise<void> {
  const { escrow, operator, merchantId } = shop;
  const vouchers = Array.from({ length: ROWS }, (_, i) => {
    return { cardId: toBeHex(i + 1, 32), cumulative: 1n, receipt: ZeroHash, r: ZeroHash, vs: ZeroHash };
  });
  for (let i = 0; i < SETTLEMENTS; i += 1) await escrow.connect(operator).settle(merchantId, vouchers);
}

/** Logs per second that the node returns without a watcher, and the number of logs. */
async function askAlone(provider: JsonRpcProvider, address: string, range: number): Promise<[number, number]> {
  const head = await provider.getBlockNumber();
  const startedAt = performance.now();
  let events = 0;
  for (let from = 0; from <= head; from += range) {
    const filter = { address, fromBlock: toBeHex(from), toBlock: toBeHex(Math.min(head, from + range - 1)) };
    events += ((await provider.send("eth_getLogs", [filter])) as unknown[]).length;
  }
  return [(events * 1_000) / (performance.now() - startedAt), events];
}

/** Events per second through a watcher into a store. */
async function readInto(store: DeliveryStore, options: WatchOptions, events: number): Promise<number> {
  const watcher = await Watcher.open({ ...options, store });
  const head = await ethers.provider.getBlockNumber();
  const startedAt = performance.now();
  while (watcher.status.position < head) await watcher.step();
  const seconds = (performance.now() - startedAt) / 1_000;
  await store.close();
  return events / seconds;
}

async function measureDelivery(shop: Shop, options: WatchOptions): Promise<Figure[]> {
  const came: number[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      came.push(performance.now());
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const posts: number[] = [];
  for (let i = 0; i < BLOCKS; i += 1) {
    const startedAt = performance.now();
    await (await fetch(url, { method: "POST", body: "{}" })).arrayBuffer();
    posts.push(performance.now() - startedAt);
  }

  const abort = new AbortController();
  const fromBlock = (await ethers.provider.getBlockNumber()) + 1;
  const subscription = await Subscription.open({
    ...options,
    fromBlock,
    window: 256,
    pollInterval: POLL,
    store: new MemoryStore(),
    endpoints: [{ name: "bench", url, secret: SECRET }],
    signal: abort.signal,
  });
  const running = subscription.run();
  const delays: number[] = [];
  for (let i = 0; i < BLOCKS; i += 1) {
    came.length = 0;
    await shop.escrow.connect(shop.holder).setRecovery(shop.other);
    const minedAt = performance.now();
    while (came.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    delays.push((came[0] ?? 0) - minedAt);
  }
  abort.abort();
  await running;
  server.closeAllConnections();
  server.close();
  const limit = (share: number) => ({
    what: `the interval of asking (${POLL} ms), and a bare POST`,
    value: quantile(posts, share) + POLL * share,
  });
  return [
    { what: "From block to webhook, median", value: quantile(delays, 0.5), unit: "ms", limit: limit(0.5) },
    { what: "From block to webhook, 95 % within", value: quantile(delays, 0.95), unit: "ms", limit: limit(0.95) },
  ];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
