import { expect } from "chai";
import { id } from "ethers";

import { BookMismatchError } from "../../src/till/index.js";
import type { BookedVoucher, SentBatch, TillStore } from "../../src/till/index.js";
import { rejectionOf } from "../helpers/errors.js";

export const [CARD, OTHER] = [id("a card"), id("another card")];
const MOST = 2n ** 88n - 1n;

/** A visit whose receipt and time come of its count. */
export function bookedVoucherOf(cumulative: bigint, overrides: Partial<BookedVoucher> = {}): BookedVoucher {
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
  vouchers: [{ cardId: CARD, cumulative: MOST }],
  from: "0x0000000000000000000000000000000000000001",
  nonce: 7,
  sentAt: 1_000n,
};

/** What every book has to do. `open` opens the same book each time, a new one for each test. */
export function behavesLikeABook(fresh: () => Promise<() => Promise<TillStore>>): void {
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
    const [one, two, most] = [
      bookedVoucherOf(1n),
      bookedVoucherOf(2n, { contract: true, signature: "0x" }),
      bookedVoucherOf(MOST),
    ];
    expect(await store.append(one, 0n)).to.be.true;
    expect(await store.append(two, 1n)).to.be.true;
    expect(await store.append(most, 2n)).to.be.true;
    expect(await store.append(bookedVoucherOf(1n, { cardId: OTHER }), 0n)).to.be.true;
    expect(await store.vouchers(CARD)).to.deep.equal([one, two, most]);
    expect(await store.newest(CARD)).to.deep.equal(most);
    expect(await store.newest(id("unknown"))).to.equal(undefined);
    expect(await store.vouchers(id("unknown"))).to.deep.equal([]);
  });

  it("refuses a visit that does not follow the newest", async () => {
    expect(await store.append(bookedVoucherOf(5n), 4n), "a card without visits").to.be.false;
    expect(await store.newest(CARD)).to.equal(undefined);
    await store.append(bookedVoucherOf(5n), 0n);
    for (const after of [0n, 4n, 6n]) expect(await store.append(bookedVoucherOf(7n), after)).to.be.false;
    expect(await store.append(bookedVoucherOf(7n), 5n)).to.be.true;
  });

  it("lets one of many at once have a place", async () => {
    const tries = Array.from({ length: 20 }, (_, i) => bookedVoucherOf(1n, { receipt: id(`try ${i}`) }));
    const answers = await Promise.all(tries.map((voucher) => store.append(voucher, 0n)));
    expect(answers.filter((kept) => kept)).to.have.length(1);
    expect(await store.vouchers(CARD)).to.deep.equal([tries[answers.indexOf(true)]]);
  });

  it("knows which vouchers are open, the longest waiting first, and since when", async () => {
    await store.append(bookedVoucherOf(3n), 0n);
    await store.append(bookedVoucherOf(10n), 3n);
    await store.append(bookedVoucherOf(200n), 10n);
    await store.append(bookedVoucherOf(1n, { cardId: OTHER, acceptedAt: 1_005n }), 0n);
    expect(await store.open()).to.deep.equal([
      { voucher: bookedVoucherOf(200n), settled: 0n, since: 1_003n },
      { voucher: bookedVoucherOf(1n, { cardId: OTHER, acceptedAt: 1_005n }), settled: 0n, since: 1_005n },
    ]);
    await store.settle(CARD, 10n);
    const open = await store.open();
    expect(open.map(({ settled, since }) => [settled, since])).to.deep.equal([
      [0n, 1_005n],
      [10n, 1_200n],
    ]);
    await store.settle(CARD, 200n);
    expect((await store.open()).map(({ voucher }) => voucher.cardId)).to.deep.equal([OTHER]);
  });

  it("never settles backwards, and knows of cards it has no visits of", async () => {
    await store.settle(CARD, 9n);
    await store.settle(CARD, 8n);
    await store.append(bookedVoucherOf(9n), 0n);
    expect(await store.open()).to.deep.equal([]);
    await store.append(bookedVoucherOf(10n), 9n);
    expect(await store.open()).to.have.length(1);
  });

  it("counts lost visits no more, but keeps them with the reason", async () => {
    for (const n of [1n, 2n, 3n, 4n]) await store.append(bookedVoucherOf(n), n - 1n);
    await store.markLost(CARD, 3n, "CardNotOpen");
    expect(await store.newest(CARD)).to.deep.equal(bookedVoucherOf(2n));
    expect(await store.vouchers(CARD)).to.deep.equal([bookedVoucherOf(1n), bookedVoucherOf(2n)]);
    expect((await store.open()).map(({ voucher }) => voucher)).to.deep.equal([bookedVoucherOf(2n)]);
    await store.markLost(CARD, 1n, "WindowOver");
    expect(await store.lost()).to.deep.equal([
      { voucher: bookedVoucherOf(1n), reason: "WindowOver" },
      { voucher: bookedVoucherOf(2n), reason: "WindowOver" },
      { voucher: bookedVoucherOf(3n), reason: "CardNotOpen" },
      { voucher: bookedVoucherOf(4n), reason: "CardNotOpen" },
    ]);
    expect(await store.open()).to.deep.equal([]);
    const again = bookedVoucherOf(3n, { receipt: id("again") });
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
    await store.append(bookedVoucherOf(1n), 0n);
    await store.settle(CARD, 1n);
    await store.append(bookedVoucherOf(2n), 1n);
    await store.remember({ a: "1" });
    await store.keepBatch(batch);
    await store.close();
    store = await open();
    await store.bind("merchant 1");
    expect(await store.vouchers(CARD)).to.deep.equal([bookedVoucherOf(1n), bookedVoucherOf(2n)]);
    expect(await store.open()).to.deep.equal([{ voucher: bookedVoucherOf(2n), settled: 1n, since: 1_002n }]);
    expect(await store.recall(["a"])).to.deep.equal(["1"]);
    expect(await store.batches()).to.deep.equal([batch]);
  });

  it("may be closed twice", async () => {
    await store.close();
    await store.close();
  });
}
