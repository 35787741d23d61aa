import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { openStore } from "../../src/watcher/index.js";
import type { Notice } from "../../src/watcher/index.js";
import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { serveChain } from "../helpers/http.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { Receiver, SECRET } from "./receiver.js";
import { Tally, fork, mineOthers, truth } from "./watching.js";

const PROGRAM = fileURLToPath(new URL("endlessWatching.ts", import.meta.url));

/** How often the process is killed in each test; `KILLS=200` for a long run. */
const KILLS = Number(process.env.KILLS ?? "5");

describe("A subscription whose process is killed at any moment", function () {
  this.timeout(60_000 + KILLS * 20_000);
  const seed = seedOfRun();
  let shop: Shop;
  let node: Awaited<ReturnType<typeof serveChain>>;
  let receiver: Receiver;
  let folder: string;

  before(async () => {
    // Beside what else is wrong, the node refuses one request in twelve, some of them with a plea for patience.
    const moods = randomOf(seed + 1n);
    node = await serveChain(() => (moods.below(12n) === 0n ? moods.pick([503, 503, 429]) : undefined));
    folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-kills-"));
  });
  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployShop);
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await receiver.close();
  });
  after(async () => {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(store: string, confirmations: number) {
    const env = {
      ...process.env,
      ...{ NODE: node.url, ESCROW: await shop.escrow.getAddress(), STORE: store, HOOK: receiver.url, SECRET },
      CONFIRMATIONS: String(confirmations),
    };
    const child = spawn(process.execPath, ["--import", "tsx", PROGRAM], { env, stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
    const ended = new Promise<void>((resolve) => {
      child.once("close", () => {
        resolve();
      });
    });
    const begun = new Promise<void>((resolve) =>
      child.stdout.once("data", () => {
        resolve();
      }),
    );
    await Promise.race([begun, ended]);
    if (child.exitCode !== null) throw new Error(`It ended by itself: ${errors}`);
    return async () => {
      child.kill("SIGKILL");
      await ended;
    };
  }

  /** Lives of the chain between kills: sales, other blocks, and changes of the chain up to the depth that is confirmed. */
  async function live(random: Random, confirmations: number): Promise<void> {
    for (let i = 0n; i < random.between(1n, 5n); i += 1n) {
      if (confirmations > 0 && random.chance(30n)) {
        const back = await fork();
        for (let j = 0; j < confirmations; j += 1) await buyCard(shop, { program: shop.programs.session });
        await pause(Number(random.below(40n)));
        await back();
        await mineOthers(1, Number(random.below(1_000n)));
      } else if (random.chance(60n)) {
        await buyCard(shop, { program: shop.programs.session });
      } else {
        await mineOthers(1, Number(random.below(1_000n)));
      }
    }
  }

  async function losesNothing(store: string): Promise<void> {
    const random = randomOf(seed);
    const confirmations = Number(random.below(3n));
    for (let kills = 0; kills < KILLS; kills += 1) {
      receiver.reply = () => ({ status: random.chance(80n) ? 204 : 503 });
      const kill = await start(store, confirmations);
      await live(random, confirmations);
      await pause(Number(random.below(120n)));
      await kill();
    }
    receiver.reply = () => ({ status: 204 });
    await mineOthers(confirmations + 1, 3);
    const kill = await start(store, confirmations);
    const expected = await truth(shop, 0);
    const deadline = Date.now() + 30_000;
    const last = expected.at(-1);
    const isTold = (): boolean => receiver.payloads.some(({ key, kind }) => key === last && kind === "event");
    while (!isTold() && Date.now() < deadline) await pause(20);
    await kill();

    // What the receiver took, each id once, has no gap and adds up to the chain.
    const told = new Tally();
    for (const payload of receiver.payloads) told.take(payload as unknown as Notice);
    expect(told.keys, `seed ${seed}`).to.deep.equal(expected);
    const opened = await openStore(store);
    const [reader] = await opened.readers();
    await opened.close();
    expect(reader!.name).to.equal("webhook desk");
    // The last answer may not have been heard when the process was killed.
    expect(receiver.taken.size - reader!.sequence, `seed ${seed}`).to.be.within(0, 1);
  }

  it("told its webhook everything and nothing else, kept in SQLite", async () => {
    await losesNothing(path.join(folder, "watch.db"));
  });

  describe("", () => {
    let server: PostgresServer;
    before(async function () {
      server = await startPostgres(this);
    });
    after(async () => {
      await (server as PostgresServer | undefined)?.stop();
    });

    it("told its webhook everything and nothing else, kept in PostgreSQL", async () => {
      await losesNothing(await server.createDatabase());
    });
  });
});
