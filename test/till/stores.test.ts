import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";
import { id } from "ethers";

import { BookFailedError, MemoryTillStore } from "../../src/till/index.js";
import { openPostgresTillStore, openSqliteTillStore } from "../../src/node/index.js";
import { rejectionOf } from "../helpers/errors.js";
import { plansOf } from "../helpers/plans.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";
import { CARD, OTHER, behavesLikeABook, bookedVoucherOf } from "./book.js";

describe("A till's book", () => {
  describe("in memory", () => {
    behavesLikeABook(() => {
      const store = new MemoryTillStore();
      return Promise.resolve(() => Promise.resolve(store));
    });
  });

  describe("in SQLite", () => {
    let folder: string;
    let files = 0;
    const newFile = (): string => path.join(folder, `${(files += 1)}.db`);
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-till-"));
    });
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    behavesLikeABook(() => {
      const file = newFile();
      return Promise.resolve(() => openSqliteTillStore(file));
    });

    it("reaches the disk with every commit", async () => {
      const store = await openSqliteTillStore(newFile());
      expect(store.database.prepare("PRAGMA synchronous").get()).to.deep.include({ synchronous: 2 });
      expect(store.database.prepare("PRAGMA journal_mode").get()).to.deep.include({ journal_mode: "wal" });
      await store.close();
    });

    it("throws BookFailedError when the disk is full, keeps what was accepted, and goes on when there is room", async () => {
      const file = newFile();
      const store = await openSqliteTillStore(file);
      const { page_count: pages } = store.database.prepare("PRAGMA page_count").get() as { page_count: number };
      store.database.exec(`PRAGMA max_page_count = ${pages + 4}`);
      let kept = 0n;
      let failure: unknown;
      while (failure === undefined && kept < 10_000n) {
        failure = await rejectionOf(store.append(bookedVoucherOf(kept + 1n), kept));
        if (failure === undefined) kept += 1n;
      }
      expect(failure).to.be.instanceOf(BookFailedError).and.include({ place: file });
      expect(kept > 0n).to.be.true;
      expect((await store.newest(CARD))?.cumulative).to.equal(kept);
      await store.close();
      const again = await openSqliteTillStore(file);
      expect(BigInt((await again.vouchers(CARD)).length)).to.equal(kept);
      expect(await again.append(bookedVoucherOf(kept + 1n), kept)).to.be.true;
      await again.close();
    });

    it("fails all visits of a write that failed, and none before it", async () => {
      const store = await openSqliteTillStore(newFile());
      await store.append(bookedVoucherOf(1n), 0n);
      store.database.exec("CREATE TRIGGER refuse BEFORE INSERT ON vouchers BEGIN SELECT RAISE(ABORT, 'broken'); END");
      const results = await Promise.allSettled([
        store.append(bookedVoucherOf(2n), 1n),
        store.append(bookedVoucherOf(1n, { cardId: OTHER }), 0n),
      ]);
      for (const result of results) {
        expect(result.status === "rejected" && result.reason).to.be.instanceOf(BookFailedError);
      }
      store.database.exec("DROP TRIGGER refuse");
      expect(await store.append(bookedVoucherOf(2n), 1n)).to.be.true;
      await store.close();
    });

    it("looks at open cards and their visits alone, however many visits there were", async () => {
      const store = await openSqliteTillStore(newFile());
      const plans = await plansOf(store.database, async () => {
        await store.append(bookedVoucherOf(1n), 0n);
        await Promise.all([store.open(), store.newest(CARD), store.vouchers(CARD), store.lost()]);
        await store.settle(CARD, 1n);
        await store.markLost(CARD, 1n, "WindowOver");
      });
      expect(plans.filter((plan) => plan.includes("cards_open"))).to.have.length(1);
      for (const plan of plans) {
        expect(plan).to.not.match(/SCAN (?:v|o|visits|c|cards)\b(?! USING INDEX (?:vouchers_lost|cards_open))/);
      }
      await store.close();
    });

    it("refuses a file that is no book, a folder, and a book of a newer package", async () => {
      expect(await rejectionOf(openSqliteTillStore(folder))).to.be.instanceOf(BookFailedError);
      const newer = newFile();
      const database = new DatabaseSync(newer);
      database.exec("PRAGMA user_version = 99");
      database.close();
      expect(await rejectionOf(openSqliteTillStore(newer))).to.be.instanceOf(BookFailedError);
    });
  });

  describe("in PostgreSQL", () => {
    let server: PostgresServer;
    before(async function () {
      this.timeout(60_000);
      server = await startPostgres(this);
    });
    after(async () => {
      // Where PostgreSQL is not installed there is none to stop.
      await (server as PostgresServer | undefined)?.stop();
    });

    behavesLikeABook(async () => {
      const url = await server.createDatabase();
      return () => openPostgresTillStore(url);
    });

    it("can be opened by many at once", async () => {
      const url = await server.createDatabase();
      const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgresTillStore(url)));
      await Promise.all(stores.map((store) => store.bind("merchant 1")));
      for (const store of stores) await store.close();
    });

    it("lets one of many tills at once have each place, and loses nothing", async function () {
      this.timeout(30_000);
      const url = await server.createDatabase();
      const tills = await Promise.all([1, 2, 3].map(() => openPostgresTillStore(url)));
      const won = await Promise.all(
        tills.map(async (store, i) => {
          let wins = 0;
          for (let tries = 0; tries < 60; tries += 1) {
            const after = (await store.newest(CARD))?.cumulative ?? 0n;
            const voucher = bookedVoucherOf(after + 1n, { receipt: id(`${i} ${tries}`) });
            if (await store.append(voucher, after)) wins += 1;
          }
          return wins;
        }),
      );
      const vouchers = await tills[0]!.vouchers(CARD);
      expect(vouchers).to.have.length(won.reduce((sum, wins) => sum + wins, 0));
      expect(vouchers.map(({ cumulative }) => cumulative)).to.deep.equal(vouchers.map((_, i) => BigInt(i) + 1n));
      for (const store of tills) await store.close();
    });

    it("throws BookFailedError when the server is away, and goes on when it is back", async function () {
      this.timeout(30_000);
      const url = await server.createDatabase();
      const store = await openPostgresTillStore(url);
      await store.append(bookedVoucherOf(1n), 0n);
      await server.restart();
      // Connections that lay idle are broken; the pool may have noticed or not.
      let failures = 0;
      while ((await rejectionOf(store.append(bookedVoucherOf(2n), 1n))) instanceof BookFailedError && failures < 20)
        failures += 1;
      expect(await store.vouchers(CARD)).to.deep.equal([bookedVoucherOf(1n), bookedVoucherOf(2n)]);
      await store.close();
    });

    it("throws BookFailedError when the server does not answer, and goes on when it does", async function () {
      this.timeout(60_000);
      const url = new URL((await server.createDatabase()).replace("@/", "@localhost/"));
      const socket = path.join(url.searchParams.get("host")!, ".s.PGSQL.5432");
      const lines: { readonly near: Socket; readonly far: Socket }[] = [];
      const proxy = createServer((near) => {
        const far = connect(socket);
        for (const end of [near, far]) end.on("error", () => undefined);
        near.pipe(far).pipe(near);
        lines.push({ near, far });
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      const { port } = proxy.address() as AddressInfo;
      const store = await openPostgresTillStore(`postgresql://test@127.0.0.1:${port}${url.pathname}`);
      await store.append(bookedVoucherOf(1n), 0n);
      for (const { near, far } of lines) near.unpipe(far);
      const askedAt = Date.now();
      expect(await rejectionOf(store.append(bookedVoucherOf(2n), 1n))).to.be.instanceOf(BookFailedError);
      expect(Date.now() - askedAt).to.be.below(15_000);
      expect(await store.append(bookedVoucherOf(2n), 1n)).to.be.true;
      await store.close();
      for (const { near, far } of lines) for (const end of [near, far]) end.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    });

    it("names the place without the password when it cannot be reached", async () => {
      const refusal = await rejectionOf(openPostgresTillStore("postgresql://me:secret@127.0.0.1:1/book"));
      expect(refusal).to.be.instanceOf(BookFailedError).and.include({ place: "postgresql://127.0.0.1:1/book" });
      expect((refusal as Error).message).not.to.contain("secret");
    });
  });
});
