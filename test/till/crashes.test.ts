import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { hashItem, nextReceipt, verifyConsumption } from "../../src/actions/receipts.js";
import { EMPTY_RECEIPT } from "../../src/actions/receipts.js";
import { openPostgresTillStore, openSqliteTillStore } from "../../src/node/index.js";
import type { TillStore } from "../../src/till/index.js";
import { networkHelpers } from "../helpers/chain.js";
import { serveChain } from "../helpers/http.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import { deployTill } from "../helpers/settling.js";
import type { Till as Cards } from "../helpers/settling.js";
import { openCounter } from "./counter.js";

const PROGRAM = fileURLToPath(new URL("endlessSettling.ts", import.meta.url));

describe("A till that is killed", function () {
  this.timeout(120_000);
  const seed = seedOfRun();
  const random = randomOf(seed);
  let shop: Cards;
  let node: Awaited<ReturnType<typeof serveChain>>;
  let folder: string;

  before(async () => {
    shop = await networkHelpers.loadFixture(deployTill);
    node = await serveChain();
    folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-kill-"));
  });
  after(async () => {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A till in a process of its own; what it has printed as accepted comes in `printed`. */
  async function startTill(book: string, printed: string[]) {
    const env = {
      ...process.env,
      NODE: node.url,
      ESCROW: await shop.escrow.getAddress(),
      BOOK: book,
      CARD: shop.cards.open,
    };
    const child = spawn(process.execPath, ["--import", "tsx", PROGRAM], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [rest, errors] = ["", ""];
    child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
    child.stdout.on("data", (part: Buffer) => {
      const lines = (rest + part.toString()).split("\n");
      rest = lines.pop() ?? "";
      printed.push(...lines);
    });
    const ended = new Promise<void>((resolve) =>
      child.once("close", () => {
        resolve();
      }),
    );
    const first = printed.length;
    return {
      /** Resolves when it has accepted so many more. */
      async serves(count: number): Promise<void> {
        while (printed.length < first + count) {
          if (child.exitCode !== null) throw new Error(`The till ended by itself: ${errors}`);
          await pause(5);
        }
      },
      async kill(): Promise<void> {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }

  /** Checks that a book is whole and has every voucher that was printed. Returns the number of vouchers. */
  async function isWhole(store: TillStore, printed: readonly string[]): Promise<number> {
    const { till } = await openCounter(shop, { store });
    const vouchers = await till.vouchers(shop.cards.open);
    let previous = EMPTY_RECEIPT;
    for (const [i, voucher] of vouchers.entries()) {
      expect(voucher.cumulative, `seed ${seed}`).to.equal(BigInt(i) + 1n);
      expect(voucher.previous).to.equal(previous);
      const { cumulative, salt, item } = voucher;
      expect(voucher.receipt).to.equal(
        nextReceipt(previous, voucher.cardId, { cumulative, itemHash: hashItem(salt, item) }),
      );
      const [r, vs] = [voucher.signature.slice(0, 66), `0x${voucher.signature.slice(66)}`];
      expect(till.verifier.verify({ ...voucher, r, vs })).to.be.true;
      previous = voucher.receipt;
    }
    const receipts = new Set(vouchers.map(({ receipt }) => receipt));
    expect(
      printed.filter((receipt) => !receipts.has(receipt)),
      `seed ${seed}: accepted and lost`,
    ).to.deep.equal([]);
    const proof = await till.proveConsumption(shop.cards.open, vouchers[0]!.receipt);
    expect(verifyConsumption(proof, previous)).to.be.true;
    return vouchers.length;
  }

  it("has every visit it accepted in its file", async () => {
    const file = path.join(folder, "book.db");
    const printed: string[] = [];
    for (let kills = 0; kills < 6; kills += 1) {
      const child = await startTill(file, printed);
      await child.serves(1);
      await pause(Number(random.below(300n)));
      await child.kill();
      const store = await openSqliteTillStore(file);
      expect(await isWhole(store, printed)).to.be.at.least(printed.length);
      await store.close();
    }
  });

  describe("at a book in PostgreSQL", () => {
    let server: PostgresServer;
    before(async function () {
      server = await startPostgres(this);
    });
    after(async () => {
      // Where PostgreSQL is not installed there is none to stop.
      await (server as PostgresServer | undefined)?.stop();
    });

    it("has every visit it accepted, while another till serves the same card", async () => {
      const url = await server.createDatabase();
      const printed: string[] = [];
      const other = await startTill(url, printed);
      await other.serves(1);
      for (let kills = 0; kills < 3; kills += 1) {
        const child = await startTill(url, printed);
        await child.serves(2);
        await pause(Number(random.below(300n)));
        await child.kill();
      }
      await other.kill();
      const store = await openPostgresTillStore(url);
      expect(await isWhole(store, printed)).to.be.at.least(printed.length);
      await store.close();
    });

    it("loses nothing when the server is restarted under it", async () => {
      const url = await server.createDatabase();
      const printed: string[] = [];
      const child = await startTill(url, printed);
      for (let restarts = 0; restarts < 3; restarts += 1) {
        const before = printed.length;
        await child.serves(before + 2);
        await pause(Number(random.below(100n)));
        await server.restart();
      }
      await child.serves(printed.length + 2);
      await child.kill();
      const store = await openPostgresTillStore(url);
      expect(await isWhole(store, printed)).to.be.at.least(printed.length);
      await store.close();
    });
  });
});
