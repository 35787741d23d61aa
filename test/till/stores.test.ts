import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";
import { id } from "ethers";

import {
  BookFailedError,
  BookMismatchError,
  MemoryTillStore,
  openPostgresTillStore,
  openSqliteTillStore,
} from "../../src/till/index.js";
import type { BookedVisit, SentBatch, TillStore } from "../../src/till/index.js";
import { rejectionOf } from "../helpers/errors.js";
import { startPostgres } from "../helpers/postgres.js";
import type { PostgresServer } from "../helpers/postgres.js";

const [CARD, OTHER] = [id("a card"), id("another card")];
const MOST = 2n ** 88n - 1n;

function visitOf(cumulative: bigint, overrides: Partial<BookedVisit> = {}): BookedVisit {
  const receipt = id(`receipt ${cumulative}`);
  const made = { previous: id(`receipt ${cumulative - 1n}`), receipt, item: "a 'cut'; — 剪发", salt: id("salt") };
  const signature = `0x${"ab".repeat(64)}`;
  return {
    cardId: CARD,
    cumulative,
    ...made,
    signature,
    contract: false,
    acceptedAt: 1_000n + (cumulative % 1_000n),
    ...overrides,
  };
}

const batch: SentBatch = {
  id: "one",
  operation: "settle",
  rows: [{ cardId: CARD, cumulative: MOST }],
  from: "0x0000000000000000000000000000000000000001",
  nonce: 7,
  sentAt: 1_000n,
};

/** What every book has to do. `open` opens the same book each time, a new one for each test. */
function behavesLikeABook(fresh: () => Promise<() => Promise<TillStore>>): void {
  let open: () => Promise<TillStore>;
  let store: TillStore;
  beforeEach(async () => {
    open = await fresh();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });

  it("belongs to the first who binds it", async () => {
    await store.bind("merchant 1");
    await store.bind("merchant 1");
    const refusal = await rejectionOf(store.bind("merchant 2"));
    expect(refusal).to.be.instanceOf(BookMismatchError).and.include({ kept: "merchant 1", asked: "merchant 2" });
  });

  it("keeps visits as they are, newest last, each card's for itself", async () => {
    const [one, two, most] = [visitOf(1n), visitOf(2n, { contract: true, signature: "0x" }), visitOf(MOST)];
    expect(await store.append(one, 0n)).to.be.true;
    expect(await store.append(two, 1n)).to.be.true;
    expect(await store.append(most, 2n)).to.be.true;
    expect(await store.append(visitOf(1n, { cardId: OTHER }), 0n)).to.be.true;
    expect(await store.visits(CARD)).to.deep.equal([one, two, most]);
    expect(await store.newest(CARD)).to.deep.equal(most);
    expect(await store.newest(id("unknown"))).to.equal(undefined);
    expect(await store.visits(id("unknown"))).to.deep.equal([]);
  });

  it("refuses a visit that does not follow the newest", async () => {
    expect(await store.append(visitOf(5n), 4n), "a card without visits").to.be.false;
    expect(await store.newest(CARD)).to.equal(undefined);
    await store.append(visitOf(5n), 0n);
    for (const after of [0n, 4n, 6n]) expect(await store.append(visitOf(7n), after)).to.be.false;
    expect(await store.append(visitOf(7n), 5n)).to.be.true;
  });

  it("lets one of many at once have a place", async () => {
    const tries = Array.from({ length: 20 }, (_, i) => visitOf(1n, { receipt: id(`try ${i}`) }));
    const answers = await Promise.all(tries.map((visit) => store.append(visit, 0n)));
    expect(answers.filter((kept) => kept)).to.have.length(1);
    expect(await store.visits(CARD)).to.deep.equal([tries[answers.indexOf(true)]]);
  });

  it("knows which vouchers are open, the longest waiting first, and since when", async () => {
    await store.append(visitOf(3n), 0n);
    await store.append(visitOf(10n), 3n);
    await store.append(visitOf(200n), 10n);
    await store.append(visitOf(1n, { cardId: OTHER, acceptedAt: 1_005n }), 0n);
    expect(await store.open()).to.deep.equal([
      { visit: visitOf(200n), settled: 0n, since: 1_003n },
      { visit: visitOf(1n, { cardId: OTHER, acceptedAt: 1_005n }), settled: 0n, since: 1_005n },
    ]);
    await store.settle(CARD, 10n);
    const open = await store.open();
    expect(open.map(({ settled, since }) => [settled, since])).to.deep.equal([
      [0n, 1_005n],
      [10n, 1_200n],
    ]);
    await store.settle(CARD, 200n);
    expect((await store.open()).map(({ visit }) => visit.cardId)).to.deep.equal([OTHER]);
  });

  it("never settles backwards, and knows of cards it has no visits of", async () => {
    await store.settle(CARD, 9n);
    await store.settle(CARD, 8n);
    await store.append(visitOf(9n), 0n);
    expect(await store.open()).to.deep.equal([]);
    await store.append(visitOf(10n), 9n);
    expect(await store.open()).to.have.length(1);
  });

  it("counts lost visits no more, but keeps them with the reason", async () => {
    for (const n of [1n, 2n, 3n, 4n]) await store.append(visitOf(n), n - 1n);
    await store.lose(CARD, 3n, "CardNotOpen");
    expect(await store.newest(CARD)).to.deep.equal(visitOf(2n));
    expect(await store.visits(CARD)).to.deep.equal([visitOf(1n), visitOf(2n)]);
    expect((await store.open()).map(({ visit }) => visit)).to.deep.equal([visitOf(2n)]);
    await store.lose(CARD, 1n, "WindowOver");
    expect(await store.lost()).to.deep.equal([
      { visit: visitOf(1n), reason: "WindowOver" },
      { visit: visitOf(2n), reason: "WindowOver" },
      { visit: visitOf(3n), reason: "CardNotOpen" },
      { visit: visitOf(4n), reason: "CardNotOpen" },
    ]);
    expect(await store.open()).to.deep.equal([]);
    const again = visitOf(3n, { receipt: id("again") });
    expect(await store.append(again, 0n)).to.be.true;
    expect(await store.newest(CARD)).to.deep.equal(again);
  });

  it("remembers by name", async () => {
    await store.remember({ a: "1", b: "2" });
    await store.remember({ b: "3" });
    expect(await store.recall(["b", "c", "a"])).to.deep.equal(["3", undefined, "1"]);
    expect(await store.recall([])).to.deep.equal([]);
  });

  it("remembers what was sent until it is dropped", async () => {
    await store.keepBatch(batch);
    await store.keepBatch({ ...batch, id: "two", sentAt: 1_001n });
    const known = { ...batch, hash: id("hash"), raw: "0x02" };
    await store.keepBatch(known);
    expect(await store.batches()).to.deep.equal([known, { ...batch, id: "two", sentAt: 1_001n }]);
    await store.dropBatch("one");
    await store.dropBatch("one");
    expect((await store.batches()).map((one) => one.id)).to.deep.equal(["two"]);
  });

  it("is the same when it is opened again", async () => {
    await store.bind("merchant 1");
    await store.append(visitOf(1n), 0n);
    await store.settle(CARD, 1n);
    await store.append(visitOf(2n), 1n);
    await store.remember({ a: "1" });
    await store.keepBatch(batch);
    await store.close();
    store = await open();
    await store.bind("merchant 1");
    expect(await store.visits(CARD)).to.deep.equal([visitOf(1n), visitOf(2n)]);
    expect(await store.open()).to.deep.equal([{ visit: visitOf(2n), settled: 1n, since: 1_002n }]);
    expect(await store.recall(["a"])).to.deep.equal(["1"]);
    expect(await store.batches()).to.deep.equal([batch]);
  });

  it("may be closed twice", async () => {
    await store.close();
    await store.close();
  });
}

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

    it("says so when the disk is full, keeps what was accepted, and goes on when there is room", async () => {
      const file = newFile();
      const store = await openSqliteTillStore(file);
      const { page_count: pages } = store.database.prepare("PRAGMA page_count").get() as { page_count: number };
      store.database.exec(`PRAGMA max_page_count = ${pages + 4}`);
      let kept = 0n;
      let failure: unknown;
      while (failure === undefined && kept < 10_000n) {
        failure = await rejectionOf(store.append(visitOf(kept + 1n), kept));
        if (failure === undefined) kept += 1n;
      }
      expect(failure).to.be.instanceOf(BookFailedError).and.include({ place: file });
      expect(kept > 0n).to.be.true;
      expect((await store.newest(CARD))?.cumulative).to.equal(kept);
      await store.close();
      const again = await openSqliteTillStore(file);
      expect(BigInt((await again.visits(CARD)).length)).to.equal(kept);
      expect(await again.append(visitOf(kept + 1n), kept)).to.be.true;
      await again.close();
    });

    it("fails all visits of a write that failed, and none before it", async () => {
      const store = await openSqliteTillStore(newFile());
      await store.append(visitOf(1n), 0n);
      store.database.exec("CREATE TRIGGER refuse BEFORE INSERT ON visits BEGIN SELECT RAISE(ABORT, 'broken'); END");
      const results = await Promise.allSettled([
        store.append(visitOf(2n), 1n),
        store.append(visitOf(1n, { cardId: OTHER }), 0n),
      ]);
      for (const result of results) {
        expect(result.status === "rejected" && result.reason).to.be.instanceOf(BookFailedError);
      }
      store.database.exec("DROP TRIGGER refuse");
      expect(await store.append(visitOf(2n), 1n)).to.be.true;
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
            const visit = visitOf(after + 1n, { receipt: id(`${i} ${tries}`) });
            if (await store.append(visit, after)) wins += 1;
          }
          return wins;
        }),
      );
      const visits = await tills[0]!.visits(CARD);
      expect(visits).to.have.length(won.reduce((sum, wins) => sum + wins, 0));
      expect(visits.map(({ cumulative }) => cumulative)).to.deep.equal(visits.map((_, i) => BigInt(i) + 1n));
      for (const store of tills) await store.close();
    });

    it("says so when the server is away, and goes on when it is back", async function () {
      this.timeout(30_000);
      const url = await server.createDatabase();
      const store = await openPostgresTillStore(url);
      await store.append(visitOf(1n), 0n);
      await server.restart();
      // Connections that lay idle are broken; the pool may have noticed or not.
      let failures = 0;
      while ((await rejectionOf(store.append(visitOf(2n), 1n))) instanceof BookFailedError && failures < 20)
        failures += 1;
      expect(await store.visits(CARD)).to.deep.equal([visitOf(1n), visitOf(2n)]);
      await store.close();
    });

    it("names the place without the password when it cannot be reached", async () => {
      const refusal = await rejectionOf(openPostgresTillStore("postgresql://me:secret@127.0.0.1:1/book"));
      expect(refusal).to.be.instanceOf(BookFailedError).and.include({ place: "postgresql://127.0.0.1:1/book" });
      expect((refusal as Error).message).not.to.contain("secret");
    });
  });
});
