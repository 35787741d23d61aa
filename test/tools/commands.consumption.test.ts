import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import { DisputeKind } from "../../src/enums.js";
import { advance, buyCard, now, signRow } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { commandRunner, good, json, refusal } from "../helpers/commands.js";
import { DAY, TOKEN } from "../helpers/fixture.js";

const merchant = 1n;

/** The line of a voucher among what was written. */
const lineOf = (text: string): string => text.split("\n").find((line) => line.startsWith("consumption:"))!;

describe("Commands about consumption", () => {
  const runner = commandRunner();

  it("carry a voucher from the holder to the till as a line of text", async () => {
    const { as, holder, operator, stranger, cardId, symbol } = await runner.prepare();
    const signed = good(await as(holder)("consumption sign", { card: cardId, cumulative: "3" }));
    expect(signed).to.include("It confirms 3 visits more than is booked, 3 visits in all.");
    const voucher = lineOf(signed);
    expect(good(await as(stranger)("consumption verify", { voucher }))).to.include("3 good");
    const file = runner.file("voucher.txt");
    writeFileSync(file, `${voucher}\n`);
    expect(good(await as(operator)("settle", { merchant, rows: [file], payOut: true }))).to.include(
      `1 settled, 0 skipped\n180.00 ${symbol} released`,
    );
    const stale = refusal(await as(stranger)("consumption verify", { voucher, json: true }));
    expect(stale).to.include({ code: 1, error: "InvalidInputError" });
    expect(stale.message).to.include("Stale");
  });

  it("sign stored value in whole tokens, and write files that settle takes as JSON", async () => {
    const { as, holder, operator, shop } = await runner.prepare();
    const card = await buyCard(shop, { program: shop.programs.open });
    const out = runner.file("one.json");
    good(await as(holder)("consumption sign", { card, cumulative: "12.5", out }));
    const { settled } = json(await as(operator)("settle", { merchant, rows: [out], json: true }));
    expect(settled).to.have.length(1);
    expect((settled as { cumulative: string }[])[0]!.cumulative).to.equal(String((25n * TOKEN) / 2n));
  });

  it("say every reason against a voucher", async () => {
    const { as, holder, other, stranger, shop, cardId, escrow } = await runner.prepare();
    const pass = await buyCard(shop, { program: shop.programs.term });
    const reasons = async (person: typeof holder, card: string, cumulative: bigint): Promise<string> => {
      const file = runner.file("row.json");
      const row = await signRow(escrow, person, card, cumulative);
      writeFileSync(file, JSON.stringify({ ...row, cumulative: String(cumulative) }));
      const { message } = refusal(await as(stranger)("consumption verify", { voucher: file, json: true }));
      return /voucher is ([\w, ]+);/.exec(message as string)![1]!;
    };
    expect(await reasons(holder, cardId, 21n)).to.equal("OverFace");
    expect(await reasons(holder, cardId, 0n)).to.equal("Stale");
    expect(await reasons(other, cardId, 21n)).to.equal("OverFace, BadSignature");
    expect(await reasons(holder, pass, 1n)).to.equal("Pass");
    await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    await escrow.executeExit(cardId);
    expect(await reasons(holder, cardId, 3n)).to.equal("CardNotOpen");
    const early = refusal(await as(holder)("consumption sign", { card: cardId, cumulative: "3", json: true }));
    expect(early).to.include({ code: 1, error: "InvalidInputError" });
    const wrong = refusal(await as(other)("consumption sign", { card: cardId, cumulative: "3", json: true }));
    expect(wrong).to.include({ code: 1, error: "WrongSignerError" });
  });

  it("settle many rows in as many transactions as the gas asks for, and no row of another escrow", async () => {
    const { as, shop, holder, operator, escrow, cardId, address } = await runner.prepare();
    const cards = [cardId];
    for (let i = 0; i < 5; i++) cards.push(await buyCard(shop, { program: shop.programs.session }));
    const rows = await Promise.all(cards.map(async (card) => await signRow(escrow, holder, card, 2n)));
    const file = runner.file("rows.json");
    const write = (list: unknown): void => {
      writeFileSync(
        file,
        JSON.stringify(list, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
      );
    };
    write(rows);
    const args = { merchant, rows: [file], gas: "120000", payOut: true, json: true };
    const { transactions, settled } = json(await as(operator)("settle", args));
    expect(settled).to.have.length(6);
    expect(transactions).to.have.length.above(1);
    expect(await escrow.releasable(merchant)).to.equal(0n);
    write(rows.map((row) => ({ ...row, escrow: address, chainId: "1" })));
    expect(refusal(await as(operator)("settle", args))).to.include({ code: 1, error: "InvalidInputError" });
  });

  it("prove one visit of a file of receipts against the chain", async () => {
    const { as, holder, operator, stranger, cardId } = await runner.prepare();
    const receipts = runner.file("visits.json");
    const lines: string[] = [];
    for (const [i, item] of ["a haircut", "a shave", "a haircut"].entries()) {
      const args = { card: cardId, cumulative: String(i + 1), item, receipts };
      lines.push(lineOf(good(await as(holder)("consumption sign", args))));
    }
    const nothing = refusal(await as(stranger)("proof show", { receipts, visit: 2n, json: true }));
    expect(nothing).to.include({ code: 1, error: "InvalidInputError" });
    const file = runner.file("newest.txt");
    writeFileSync(file, lines[1]!);
    good(await as(operator)("settle", { merchant, rows: [file] }));
    const text = good(await as(stranger)("proof show", { receipts, visit: 2n }));
    expect(text).to.include("Visit 2 of 2, proved").and.to.include("Item a shave");
    expect((await as(stranger)("proof show", { receipts, visit: 3n })).code).to.equal(1);
    const forged = readFileSync(receipts, "utf8").replace(/"cumulative": "1"/, '"cumulative": "0"');
    writeFileSync(receipts, forged);
    expect((await as(stranger)("proof show", { receipts, visit: 2n })).code).to.equal(1);
  });

  it("refund, contest, accrue and carry out a dispute", async () => {
    const { as, shop, holder, operator, stranger, cardId, escrow, symbol } = await runner.prepare();
    const pass = await buyCard(shop, { program: shop.programs.term });
    const [skipped] = json(await as(stranger)("card accrue", { cards: [pass], gas: "9000000", json: true }))
      .skipped as { reason: string }[];
    expect(skipped!.reason).to.equal("Waiting");
    await advance(20n * DAY);
    expect(good(await as(stranger)("card accrue", { cards: [pass, cardId] }))).to.include(
      `1 booked, 1 skipped\n skipped ${cardId}: NotAPass`,
    );
    await escrow.connect(holder).requestExit(cardId);
    expect(good(await as(operator)("card contest", { card: cardId, evidence: id("signed slips") }))).to.match(
      /It can be ruled on from 20/,
    );
    expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.Contest);
    expect((await as(stranger)("execute-dispute", { card: cardId })).code).to.equal(2);
    await networkHelpers.time.increaseTo((await escrow.dispute(cardId)).rulingUntil);
    expect(good(await as(stranger)("execute-dispute", { card: cardId }))).to.include(
      `1200.00 ${symbol} paid to ${holder.address} by the rule RulingTimeout`,
    );
    const another = await buyCard(shop, { program: shop.programs.session });
    expect((await as(stranger)("card refund", { card: another })).code).to.equal(2);
    expect(good(await as(operator)("card refund", { card: another }))).to.include(`1200.00 ${symbol} paid to`);
  });

  it("name a recovery address, show it and remove it", async () => {
    const { as, holder, other, stranger, escrow } = await runner.prepare();
    good(await as(holder)("card recovery set", { to: other.address }));
    expect(good(await as(stranger)("card recovery show", { holder: holder.address }))).to.include(other.address);
    good(await as(holder)("card recovery set", { remove: true }));
    expect(await escrow.recoveryOf(holder)).to.equal(ZeroAddress);
    expect((await as(holder)("card recovery set", {})).code).to.equal(1);
  });

  describe("requests that a holder signs and anyone sends", () => {
    it("leave, and complain", async () => {
      const { as, holder, stranger, escrow, cardId } = await runner.prepare();
      const file = runner.file("request.json");
      expect(good(await as(holder)("request exit", { card: cardId, out: file }))).to.include(
        "anyone can send it until",
      );
      good(await as(stranger)("request relay", { file }));
      expect((await escrow.card(cardId)).exitRequestedAt).to.equal(await now());
      good(await as(holder)("card leave", { card: cardId, cancel: true }));
      good(await as(holder)("request complaint", { card: cardId, evidence: id("closed"), out: file }));
      good(await as(stranger)("request relay", { file }));
      expect((await escrow.card(cardId)).disputed).to.be.true;
    });

    it("are refused before sending once another request has overtaken their nonce", async () => {
      const { as, holder, stranger, escrow, cardId } = await runner.prepare();
      const file = runner.file("stale.json");
      good(await as(holder)("request exit", { card: cardId, out: file }));
      await escrow.connect(holder).cancelExit(cardId);
      const stale = refusal(await as(stranger)("request relay", { file, json: true }));
      expect(stale).to.include({ code: 1, error: "StaleNonceError" });
      const other = readFileSync(file, "utf8").replace(/"chainId": "\d+"/, '"chainId": "1"');
      writeFileSync(file, other);
      expect(refusal(await as(stranger)("request relay", { file, json: true }))).to.include({
        code: 1,
        error: "WrongNetworkError",
      });
    });
  });

  it("lose nothing on a disk that is full: the voucher is not half written, and the receipts are as they were", async function () {
    if (!existsSync("/dev/full")) this.skip();
    const { as, holder, cardId } = await runner.prepare();
    const receipts = runner.file("kept.json");
    good(await as(holder)("consumption sign", { card: cardId, cumulative: "1", item: "one", receipts }));
    const before = readFileSync(receipts, "utf8");
    const args = { card: cardId, cumulative: "2", item: "two", receipts, out: "/dev/full", json: true };
    expect(refusal(await as(holder)("consumption sign", args))).to.include({ code: 3, error: "FileUnwritableError" });
    expect(readFileSync(receipts, "utf8")).to.equal(before);
    const missing = { card: cardId, cumulative: "2", out: runner.file("no/such/folder.txt"), json: true };
    expect(refusal(await as(holder)("consumption sign", missing))).to.include({
      code: 3,
      error: "FileUnwritableError",
    });
  });
});
