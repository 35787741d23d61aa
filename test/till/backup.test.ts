import { expect } from "chai";
import { ZeroHash } from "ethers";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { EMPTY_RECEIPT, hashItem, nextReceipt, verifyConsumption } from "../../src/actions/receipts.js";
import {
  BookMismatchError,
  CardNotUsableError,
  MemoryTillStore,
  RequestStaleError,
  VoucherSignerError,
} from "../../src/till/index.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { advance, anotherMerchant, anotherProgram } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { deployTill } from "../helpers/settling.js";
import type { Till as Cards } from "../helpers/settling.js";
import { openCounter, serve } from "./counter.js";
import type { Counter } from "./counter.js";

describe("A till's backup", () => {
  let shop: Cards;
  let counter: Counter;
  const haircut = (item = "one haircut") => ({ cardId: shop.cards.count, units: 1n, item });
  const outcomes = async ({ till }: Pick<Counter, "till">, backup: string): Promise<string[]> =>
    (await till.restore(backup)).map(({ outcome, error }) => (error === undefined ? outcome : error.name));

  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployTill);
    counter = await openCounter(shop);
  });

  it("brings every visit that is still owed into an empty book, to be settled and proved there", async () => {
    await serve(counter, haircut("the first"), shop.holder);
    await serve(counter, haircut("the second"), shop.holder);
    const backup = await counter.till.backup();
    await counter.store.close();

    const fresh = await openCounter(shop);
    expect(await outcomes(fresh, backup)).to.deep.equal(["kept", "kept"]);
    expect(await outcomes(fresh, backup), "twice").to.deep.equal(["known", "known"]);
    expect(await fresh.till.usableCard(shop.cards.count)).to.include({ consumed: 2n, left: 18n });
    expect(await fresh.till.backup(), "and can be copied again").to.equal(backup);
    const [settled] = await fresh.till.settler.settleNow([shop.cards.count]);
    expect(settled).to.include({ settled: true });
    const [first] = await fresh.till.vouchers(shop.cards.count);
    const proof = await fresh.till.proveConsumption(shop.cards.count, first?.receipt ?? "");
    expect(verifyConsumption(proof, proof.settles)).to.be.true;
    expect(proof.item).to.equal("the first");
    expect((await shop.escrow.card(shop.cards.count)).consumed).to.equal(2n);
  });

  it("of a till whose clock is ahead waits no longer for that: its visits are of now at the latest", async () => {
    counter.clock.time += 1_000n;
    await serve(counter, haircut(), shop.holder);
    const fresh = await openCounter(shop);
    const [restored] = await fresh.till.restore(await counter.till.backup());
    expect(restored).to.include({ outcome: "kept" });
    expect(restored?.voucher.acceptedAt).to.equal(fresh.clock.time);
  });

  it("leaves out what was settled since, and keeps what came after", async () => {
    await serve(counter, haircut(), shop.holder);
    const early = await counter.till.backup();
    await serve(counter, haircut("another"), shop.holder);
    const late = await counter.till.backup();
    // Another till of the shop has settled the first alone.
    const other = await openCounter(shop);
    await other.till.restore(early);
    await other.till.settler.settleNow([shop.cards.count]);

    expect(await outcomes(await openCounter(shop), late)).to.deep.equal(["settled", "kept"]);
    await counter.till.settler.settleNow([shop.cards.count]);
    expect(await outcomes(await openCounter(shop), late)).to.deep.equal(["settled", "settled"]);
  });

  it("goes on in a book that has part of it, and gives way to another visit in its place", async () => {
    const store = new MemoryTillStore();
    await serve(counter, haircut(), shop.holder);
    const part = await openCounter(shop, { store });
    await part.till.restore(await counter.till.backup());
    await serve(counter, haircut("another"), shop.holder);
    const whole = await counter.till.backup();
    expect(await outcomes(part, whole)).to.deep.equal(["known", "kept"]);

    const elsewhere = await openCounter(shop);
    await serve(elsewhere, { ...haircut("two at once"), units: 2n }, shop.holder);
    const refused = await elsewhere.till.restore(whole);
    expect(refused.map(({ error }) => error)).to.satisfy((errors: unknown[]) =>
      errors.every((error) => error instanceof RequestStaleError),
    );
    expect(refused.map(({ outcome }) => outcome)).to.deep.equal(["refused", "refused"]);
  });

  it("of a card that was closed meanwhile is refused with its status", async () => {
    await serve(counter, haircut(), shop.holder);
    const backup = await counter.till.backup();
    await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
    await advance(6n * DAY);
    await shop.escrow.executeExit(shop.cards.count);
    const [refused] = await (await openCounter(shop)).till.restore(backup);
    expect(refused?.error).to.be.instanceOf(CardNotUsableError);
  });

  it("keeps nothing that its holder has not signed", async () => {
    await serve(counter, haircut(), shop.holder);
    const backup = await counter.till.backup();
    await serve(counter, haircut("another"), shop.holder);
    const signatures = (await counter.till.vouchers(shop.cards.count)).map(({ signature }) => signature);
    const forged = backup.replace(signatures[0] ?? "", signatures[1] ?? "");
    expect(forged).not.to.equal(backup);
    const fresh = await openCounter(shop);
    const [refused] = await fresh.till.restore(forged);
    expect(refused?.error).to.be.instanceOf(VoucherSignerError);
    expect(await fresh.till.vouchers(shop.cards.count)).to.deep.equal([]);
    const malformed = backup.replace(signatures[0] ?? "", "0x12");
    expect(await outcomes(fresh, malformed)).to.deep.equal(["SignatureMalformedError"]);
  });

  it("keeps no visit of a card that is not this shop's, or that nobody sold", async () => {
    await serve(counter, haircut(), shop.holder);
    const backup = await counter.till.backup();
    const another = await anotherMerchant(shop);
    const foreign = await anotherProgram(shop, { kind: 1n, price: TOKEN, units: 5n, listPrice: TOKEN }, another);
    const fresh = await openCounter(shop);
    for (const [programId, name] of [
      [foreign, "CardOfOtherMerchantError"],
      [foreign + 1n, "RevertError"],
    ] as const) {
      const cardId = encodeCardId({ holder: shop.holder.address, programId, serial: 0n });
      const said = { cumulative: 1n, itemHash: hashItem(ZeroHash, "a meal") };
      const receipt = nextReceipt(EMPTY_RECEIPT, cardId, said);
      const { vouchers, ...rest } = JSON.parse(backup) as { vouchers: object[] };
      const made = vouchers.map((one) => ({ ...one, cardId, receipt, salt: ZeroHash, item: "a meal" }));
      expect(await outcomes(fresh, JSON.stringify({ ...rest, vouchers: made }))).to.deep.equal([name]);
    }
  });

  it("asks the contract that holds a card whether it has signed", async () => {
    const wallet = await (await ethers.deployContract("KeyWallet", [shop.holder.address])).getAddress();
    await shop.escrow.connect(shop.payer).buy(shop.programs.count, wallet, 1_200n * TOKEN, 0n);
    const cardId = encodeCardId({ holder: wallet, programId: shop.programs.count, serial: 0n });
    const { signature } = (await serve(counter, { ...haircut(), cardId }, shop.holder)).voucher;
    const backup = await counter.till.backup();
    const forged = backup.replace(signature, `${signature.slice(0, -4)}0000`);
    expect(await outcomes(await openCounter(shop), forged)).to.deep.equal(["VoucherSignerError"]);
    const fresh = await openCounter(shop);
    const [kept] = await fresh.till.restore(backup);
    expect(kept).to.deep.include({ outcome: "kept" });
    expect(kept?.voucher.contract).to.be.true;
    expect(await fresh.till.settler.settleNow([cardId])).to.have.length(1);
    expect((await shop.escrow.card(cardId)).consumed).to.equal(1n);
  });

  it("is refused whole if it is cut, changed, or of another book", async () => {
    await serve(counter, haircut(), shop.holder);
    const backup = await counter.till.backup();
    const { till } = await openCounter(shop);
    for (const text of [
      "",
      "{}",
      "null",
      "[]",
      backup.slice(0, -10),
      backup.replace('"backup":1', '"backup":2'),
      backup.replace("one haircut", "two haircuts"),
      backup.replace('"cumulative":"1n"', '"cumulative":"3n"'),
      backup.replace('"cumulative":"1n"', '"cumulative":1'),
      backup.replace('"contract":false', '"contract":0'),
      backup.replace(/"acceptedAt":"\d+n"/, '"acceptedAt":"4294967296n"'),
      backup.replace("one haircut", "one\\u0000haircut"),
      backup.replace(/"cardId":"0x../, '"cardId":"0x'),
    ]) {
      const error = await rejectionOf(till.restore(text));
      expect(error, text.slice(0, 80)).to.be.instanceOf(InvalidInputError);
      expect((error as Error).message).to.match(/Next: give the whole file/);
    }
    const other = backup.replace("merchant 1 of", "merchant 2 of");
    expect(await rejectionOf(till.restore(other))).to.be.instanceOf(BookMismatchError);
    expect(await till.vouchers(shop.cards.count)).to.deep.equal([]);
  });

  it("of a book without open vouchers is empty", async () => {
    expect(await outcomes(counter, await counter.till.backup())).to.deep.equal([]);
  });
});
