import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { MemoryStore, Watcher } from "../../src/watcher/index.js";
import { openSqliteStore } from "../../src/node/index.js";
import type { WatchStore } from "../../src/watcher/index.js";
import { networkHelpers } from "../helpers/chain.js";
import { deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { FaultyNode, badDay } from "./faulty.js";
import { ChangingChain, Tally, catchUp, mineOthers, quick, read, truth } from "./watching.js";

const HISTORIES = 200;

/** One random history, watched through faults and restarts. Answers how many events it took. */
async function live(shop: Shop, random: Random, open: () => Promise<WatchStore>): Promise<number> {
  const chain = new ChangingChain(shop, random);
  const node = new FaultyNode();
  const bad = badDay(random, () => chain.stale);
  let store = await open();
  const options = {
    ...quick,
    provider: node,
    contracts: { escrow: await shop.escrow.getAddress() },
    fromBlock: 0,
    window: 40,
    confirmations: Number(random.below(3n)),
  };
  let watcher = await Watcher.open({ ...options, store });
  const tally = new Tally();
  let taken = 0;
  const listen = async (): Promise<void> => {
    const chainEvents = await read(store, await store.position("tally"));
    // A process may end between taking an event and acknowledging it.
    const some = chainEvents.slice(0, Number(random.below(BigInt(chainEvents.length) + 1n)));
    for (const chainEvent of some) tally.take(chainEvent);
    taken += some.length;
    const acknowledged = some[Number(random.below(BigInt(some.length) + 1n)) - 1];
    if (acknowledged !== undefined) await store.acknowledge("tally", acknowledged.sequence);
  };
  for (let i = 0n; i < 14n; i += 1n) {
    if (random.chance(80n)) {
      await chain.change();
      continue;
    }
    node.fault = bad;
    for (let step = 0; step < 4; step += 1) await watcher.step();
    await listen();
    if (random.chance(30n)) {
      // Ended and started again.
      node.fault = undefined;
      await store.close();
      store = await open();
      watcher = await Watcher.open({ ...options, store });
    }
  }
  chain.stale = undefined;
  node.fault = undefined;
  await mineOthers(options.confirmations + 1, 7);
  await catchUp(watcher);
  for (const chainEvent of await read(store, await store.position("tally"))) tally.take(chainEvent);
  const confirmed = (await networkHelpers.time.latestBlock()) - options.confirmations;
  expect(watcher.status.position).to.equal(confirmed);
  expect(tally.keys).to.deep.equal(await truth(shop, 0));
  await store.close();
  return taken;
}

describe("A watcher, through random histories of chain, node and process,", () => {
  const seed = seedOfRun();

  async function play(random: Random, open: () => Promise<WatchStore>): Promise<void> {
    const shop = await networkHelpers.loadFixture(deployShop);
    await live(shop, random, open);
  }

  it(`delivers what is in the chain, all of it and once (seed ${seed})`, async () => {
    for (let i = 0n; i < HISTORIES; i += 1n) {
      const store = new MemoryStore();
      await play(randomOf(seed + i), () => Promise.resolve(store)).catch((error: unknown) => {
        throw new Error(`SEED=${seed + i}`, { cause: error });
      });
    }
  });

  it(`with a file that is closed and opened again (seed ${seed})`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "histories-"));
    for (let i = 0n; i < HISTORIES / 10; i += 1n) {
      await play(randomOf(seed + i), async () => await openSqliteStore(path.join(folder, `${i}.db`))).catch(
        (error: unknown) => {
          throw new Error(`SEED=${seed + i}`, { cause: error });
        },
      );
    }
    rmSync(folder, { recursive: true });
  });
});
