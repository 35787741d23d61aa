import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { expect } from "chai";

import { openStore } from "../../src/node/index.js";
import type { ChainEvent } from "../../src/watcher/index.js";
import { networkHelpers } from "../helpers/chain.js";
import { deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { serveChain } from "../helpers/http.js";
import type { Fault } from "../helpers/http.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { badDay } from "./faulty.js";
import { Receiver, SECRET } from "./receiver.js";
import { Victims } from "./victims.js";
import type { Victim } from "./victims.js";
import { ChangingChain, Tally, mineOthers, truth } from "./watching.js";

/** `HISTORIES=1000` for a long run. With PostgreSQL it is a tenth of them. */
const HISTORIES = BigInt(process.env.HISTORIES ?? "100");

// The seed gives the lives of the chain, the faults and the kills; how far a process gets in between is up to the machine.
describe("A subscription whose process is killed at any moment, through random histories of chain, node and receiver,", function () {
  this.timeout(60_000 + Number(HISTORIES) * 5_000);
  const seed = seedOfRun();
  let victims: Victims;
  let node: Awaited<ReturnType<typeof serveChain>>;
  let fault: Fault | undefined;
  let victim: Victim | undefined;
  let kills = 0;
  /** Ends the process after so many more requests to the node or to the receiver. */
  let trap: { readonly of: "questions" | "requests"; left: number; readonly spring: () => void } | undefined;
  let folder: string;

  before(async () => {
    victims = await Victims.prepare();
    node = await serveChain(async (ask, method, params) => {
      count("questions");
      return await (fault === undefined ? ask(method, params) : fault(ask, method, params));
    });
    folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-kills-"));
  });
  after(async () => {
    victims.close();
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Counts for the trap; answers whether it was sprung. */
  function count(of: "questions" | "requests"): boolean {
    if (trap?.of !== of) return false;
    trap.left -= 1;
    if (trap.left > 0) return false;
    trap.spring();
    trap = undefined;
    return true;
  }

  async function live(random: Random, shop: Shop, receiver: Receiver, store: string): Promise<void> {
    const chain = new ChangingChain(shop, random);
    const moods = randomOf(random.below(1n << 64n));
    const bad = badDay(moods, () => chain.stale);
    fault = async (ask, method, params) => {
      // Answers overtake each other.
      if (moods.chance(10n)) await pause(Number(moods.below(4n)));
      return await bad(ask, method, params);
    };
    receiver.reply = () => {
      // The last one may have been taken, though the sender never hears of it, or not.
      return moods.chance(count("requests") ? 50n : 15n) ? { status: 503 } : { status: 204 };
    };

    const options = {
      ...{ node: node.url, escrow: await shop.escrow.getAddress(), store, hook: receiver.url, secret: SECRET },
      // Little of the past, so that what happens meanwhile is soon read and delivered.
      fromBlock: (await networkHelpers.time.latestBlock()) - 5,
      confirmations: Number(random.below(3n)),
    };
    /** Kills at once, or at a request to the node or the receiver, before the answer arrives. */
    const kill = async (): Promise<void> => {
      const dying = victim;
      victim = undefined;
      if (dying === undefined) return;
      const of = random.pick(["questions", "requests", undefined] as const);
      const left = Number(random.between(1n, of === "requests" ? 3n : 60n));
      if (of === undefined) await pause(left);
      else {
        const sprung = new Promise<void>((resolve) => {
          trap = {
            of,
            left,
            spring: () => {
              resolve(dying.kill());
            },
          };
        });
        // So that there are as many events to deliver.
        if (of === "requests") {
          for (let i = 0; i < left; i += 1) await shop.escrow.connect(shop.holder).setRecovery(shop.other);
          await mineOthers(options.confirmations, 11);
        }
        // It may not have begun.
        await Promise.race([sprung, pause(150)]);
        trap = undefined;
      }
      await dying.kill();
      kills += 1;
    };
    const start = async (): Promise<void> => {
      victim = victims.start(options);
      if (random.chance(80n)) await victim.begun;
    };
    await start();
    for (let i = 0n; i < 13n; i += 1n) {
      const turn = random.below(4n);
      if (turn < 2n) await chain.change();
      else if (turn === 2n) await kill();
      else if (victim !== undefined) await pause(Number(random.below(30n)));
      else await start();
    }
    await kill();

    chain.stale = undefined;
    fault = undefined;
    receiver.reply = () => ({ status: 204 });
    await shop.escrow.connect(shop.holder).setRecovery(shop.owner);
    await mineOthers(options.confirmations + 1, 7);
    const expected = await truth(shop, options.fromBlock);
    victim = victims.start(options);
    const deadline = Date.now() + 20_000;
    const received = new Tally();
    let seen = 0;
    while (received.keys.join() !== expected.join() && Date.now() < deadline) {
      if (seen === receiver.taken.size) await pause(2);
      for (const payload of receiver.payloads.slice(seen)) received.take(payload as unknown as ChainEvent);
      seen = receiver.taken.size;
    }
    await victim.kill();

    // What the receiver took, each id once, has no gap and adds up to the chain.
    expect(received.keys).to.deep.equal(expected);
    const opened = await openStore(store);
    const readers = await opened.readers();
    await opened.close();
    const acknowledged = readers.find(({ name }) => name === "webhook desk")?.sequence ?? 0;
    // The last answer may not have been heard when the process was killed.
    expect(receiver.taken.size - acknowledged).to.be.within(0, 1);
  }

  async function losesNothing(histories: bigint, createStore: (history: bigint) => string | Promise<string>) {
    kills = 0;
    for (let i = 0n; i < histories; i += 1n) {
      const shop = await networkHelpers.loadFixture(deployShop);
      const receiver = await Receiver.start();
      try {
        await live(randomOf(seed + i), shop, receiver, await createStore(i));
      } catch (cause) {
        throw new Error(`SEED=${seed + i}`, { cause });
      } finally {
        await victim?.kill().catch(() => undefined);
        victim = undefined;
        await receiver.close();
      }
    }
    expect(kills).to.be.at.least(Number(histories));
  }

  it(`sent its webhook everything and nothing else, kept in SQLite (seed ${seed})`, async () => {
    await losesNothing(HISTORIES, (history) => path.join(folder, `${history}.db`));
  });

  describe("", () => {
    let server: PostgresServer;
    before(async function () {
      server = await startPostgres(this);
    });
    after(async () => {
      await (server as PostgresServer | undefined)?.stop();
    });

    it(`sent its webhook everything and nothing else, kept in PostgreSQL (seed ${seed})`, async () => {
      await losesNothing(HISTORIES < 10n ? 1n : HISTORIES / 10n, async () => await server.createDatabase());
    });
  });
});
