import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { ZeroAddress, id } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { DisputeKind } from "../../src/contracts/enums.js";
import { formatTime } from "../../src/utils/units.js";
import { advance, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { commandRunner, good, json, refusal } from "../helpers/commands.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { contractVoucher } from "../helpers/settling.js";

const merchant = 1n;

const digitsInQuotes = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** The line of a voucher among what was written. */
const lineOf = (text: string): string => text.split("\n").find((line) => line.startsWith("voucher:"))!;

describe("Commands about consumption", () => {
  const runner = commandRunner();

  it("carry a voucher from the holder to the till as a line of text", async () => {
    const { as, holder, operator, stranger, cardId, symbol } = await runner.prepare();
    const signed = good(await as(holder)("voucher sign", { card: cardId, cumulative: "3" }));
    expect(signed).to.include("It confirms 3 visits more than is booked, 3 visits in all.");
    const voucher = lineOf(signed);
    expect(good(await as(stranger)("voucher verify", { voucher }))).to.include("3 good");
    const file = runner.file("voucher.txt");
    writeFileSync(file, `${voucher}\n`);
    expect(good(await as(operator)("voucher settle", { merchant, vouchers: [file], payOut: true }))).to.include(
      `1 settled, 0 skipped\n180.00 ${symbol} released`,
    );
    const stale = refusal(await as(stranger)("voucher verify", { voucher, json: true }));
    expect(stale).to.include({ code: 1, error: "InvalidInputError" });
    expect(stale.message).to.include("Stale");
  });

  it("sign stored value in whole tokens, and write files that settle takes as JSON", async () => {
    const { as, holder, operator, shop } = await runner.prepare();
    const card = await buyCard(shop, { program: shop.programs.open });
    const out = runner.file("one.json");
    good(await as(holder)("voucher sign", { card, cumulative: "12.5", out }));
    const { settled } = json(await as(operator)("voucher settle", { merchant, vouchers: [out], json: true }));
    expect(settled).to.have.length(1);
    expect((settled as { cumulative: string }[])[0]!.cumulative).to.equal(String((25n * TOKEN) / 2n));
  });

  it("print every reason against a voucher", async () => {
    const { as, holder, other, stranger, shop, cardId, escrow } = await runner.prepare();
    const pass = await buyCard(shop, { program: shop.programs.pass });
    const reasons = async (person: typeof holder, card: string, cumulative: bigint): Promise<string> => {
      const file = runner.file("row.json");
      const voucher = await signVoucher(escrow, person, card, cumulative);
      writeFileSync(file, JSON.stringify({ ...voucher, cumulative: String(cumulative) }));
      const { message } = refusal(await as(stranger)("voucher verify", { voucher: file, json: true }));
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
    const early = refusal(await as(holder)("voucher sign", { card: cardId, cumulative: "3", json: true }));
    expect(early).to.include({ code: 1, error: "InvalidInputError" });
    const wrong = refusal(await as(other)("voucher sign", { card: cardId, cumulative: "3", json: true }));
    expect(wrong).to.include({ code: 1, error: "WrongSignerError" });
  });

  it("settle many vouchers in as many transactions as the gas asks for, and no voucher of another escrow", async () => {
    const { as, shop, holder, operator, escrow, cardId, address } = await runner.prepare();
    const cards = [cardId];
    for (let i = 0; i < 5; i++) cards.push(await buyCard(shop, { program: shop.programs.count }));
    const vouchers = await Promise.all(cards.map(async (card) => await signVoucher(escrow, holder, card, 2n)));
    const file = runner.file("rows.json");
    const write = (list: unknown): void => {
      writeFileSync(file, JSON.stringify(list, digitsInQuotes));
    };
    write(vouchers);
    const args = { merchant, vouchers: [file], gas: "120000", payOut: true, json: true };
    const { transactions, settled } = json(await as(operator)("voucher settle", args));
    expect(settled).to.have.length(6);
    expect(transactions).to.have.length.above(1);
    expect(await escrow.releasable(merchant)).to.equal(0n);
    write(vouchers.map((voucher) => ({ ...voucher, escrow: address, chainId: "1" })));
    expect(refusal(await as(operator)("voucher settle", args))).to.include({ code: 1, error: "InvalidInputError" });
  });

  describe("of holders that are contracts", () => {
    /** A wallet that is a contract, and its card. */
    async function prepare() {
      const people = await runner.prepare();
      const { escrow, payer, shop } = people;
      const wallet = await ethers.deployContract("KeyWallet", [people.holder.address]);
      const card = encodeCardId({ holder: await wallet.getAddress(), programId: shop.programs.count, serial: 0n });
      await escrow.connect(payer).buy(shop.programs.count, wallet, 1_200n * TOKEN, 0n);
      const file = runner.file("wallets.json");
      const write = (content: unknown): void => {
        writeFileSync(file, JSON.stringify(content, digitsInQuotes));
      };
      return { ...people, card, file, write };
    }

    it("settle what they have signed, and print which vouchers they have not", async () => {
      const { as, escrow, holder, other, operator, card, file, write, symbol } = await prepare();
      const signed = await contractVoucher(escrow, holder, card, 2n);
      write([signed, await contractVoucher(escrow, other, card, 5n)]);
      const tried = json(
        await as(operator)("voucher settle-contract-holders", { merchant, vouchers: [file], dryRun: true, json: true }),
      );
      expect(tried).to.deep.include({ transactions: 1, sent: false });
      expect((await escrow.card(card)).consumed).to.equal(0n);
      expect(good(await as(operator)("voucher settle-contract-holders", { merchant, vouchers: [file] }))).to.include(
        `1 settled, 1 skipped\n skipped ${card}: BadSignature, not signed by the holder\n120.00 ${symbol} released`,
      );
      expect((await escrow.card(card)).consumed).to.equal(2n);
    });

    it("are the operators' to settle, and no vouchers of keys or of another escrow", async () => {
      const { as, escrow, holder, operator, stranger, card, cardId, file, write, address } = await prepare();
      const voucher = await contractVoucher(escrow, holder, card, 2n);
      const args = { merchant, vouchers: [file], json: true };
      write(voucher);
      expect(refusal(await as(stranger)("voucher settle-contract-holders", args))).to.include({
        code: 2,
        revert: "MerchantOperatorOnly",
      });
      for (const wrong of [
        { ...voucher, escrow: address, chainId: "1" },
        { ...voucher, signature: "0x123" },
        await signVoucher(escrow, holder, cardId, 1n),
        [],
      ]) {
        write(wrong);
        const { code, error } = refusal(await as(operator)("voucher settle-contract-holders", args));
        expect({ code, error }).to.deep.equal({ code: 1, error: "InvalidInputError" });
      }
    });
  });

  it("prove one visit of a file of receipts against the chain", async () => {
    const { as, holder, operator, stranger, cardId } = await runner.prepare();
    const receipts = runner.file("visits.json");
    const lines: string[] = [];
    for (const [i, item] of ["a haircut", "a shave", "a haircut"].entries()) {
      const args = { card: cardId, cumulative: String(i + 1), item, receipts };
      lines.push(lineOf(good(await as(holder)("voucher sign", args))));
    }
    const nothing = refusal(await as(stranger)("proof show", { receipts, visit: 2n, json: true }));
    expect(nothing).to.include({ code: 1, error: "InvalidInputError" });
    const file = runner.file("newest.txt");
    writeFileSync(file, lines[1]!);
    good(await as(operator)("voucher settle", { merchant, vouchers: [file] }));
    const text = good(await as(stranger)("proof show", { receipts, visit: 2n }));
    expect(text).to.include("Visit 2 of 2, proved").and.to.include("Item a shave");
    expect((await as(stranger)("proof show", { receipts, visit: 3n })).code).to.equal(1);
    const forged = readFileSync(receipts, "utf8").replace(/"cumulative": "1"/, '"cumulative": "0"');
    writeFileSync(receipts, forged);
    expect((await as(stranger)("proof show", { receipts, visit: 2n })).code).to.equal(1);
  });

  it("refund, contest, accrue and carry out a dispute", async () => {
    const { as, shop, holder, operator, stranger, cardId, escrow, symbol } = await runner.prepare();
    const pass = await buyCard(shop, { program: shop.programs.pass });
    const [skipped] = json(await as(stranger)("card accrue", { cards: [pass], gas: "9000000", json: true }))
      .skipped as { reason: string }[];
    expect(skipped!.reason).to.equal("Waiting");
    await advance(20n * DAY);
    expect(good(await as(stranger)("card accrue", { cards: [pass, cardId] }))).to.include(
      `1 booked, 1 skipped\n skipped ${cardId}: NotAPass`,
    );
    await escrow.connect(operator).settle(1n, [await signVoucher(escrow, holder, cardId, 5n)]);
    await escrow.connect(holder).requestExit(cardId);
    expect(good(await as(operator)("dispute contest", { card: cardId, evidence: id("signed slips") }))).to.match(
      /It can be ruled on from 20/,
    );
    expect((await escrow.dispute(cardId)).kind).to.equal(DisputeKind.Contest);
    expect((await as(stranger)("dispute execute", { card: cardId })).code).to.equal(2);
    await networkHelpers.time.increaseTo((await escrow.dispute(cardId)).rulingUntil);
    expect(good(await as(stranger)("dispute execute", { card: cardId }))).to.include(
      `800.00 ${symbol} paid to ${holder.address} by the rule RulingTimeout`,
    );
    const another = await buyCard(shop, { program: shop.programs.count });
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

  describe("requests that one account signs and anyone sends", () => {
    it("leave, and complain", async () => {
      const { as, holder, stranger, escrow, cardId } = await runner.prepare();
      const file = runner.file("request.json");
      expect(good(await as(holder)("request exit", { card: cardId, out: file }))).to.include(
        "anyone can send it until",
      );
      good(await as(stranger)("request relay", { file }));
      expect((await escrow.card(cardId)).exitRequestedAt).to.equal(await now());
      good(await as(holder)("card leave", { card: cardId, cancel: true }));
      await networkHelpers.time.increase(7n * DAY);
      good(await as(holder)("request complaint", { card: cardId, evidence: id("closed"), out: file }));
      good(await as(stranger)("request relay", { file }));
      expect((await escrow.card(cardId)).disputed).to.be.true;
    });

    it("book a batch under an operator's signature", async () => {
      const { as, holder, operator, stranger, escrow, cardId, symbol } = await runner.prepare();
      const vouchers = runner.file("batch-rows.json");
      const signed = [1n, 3n, 2n].map(async (n) => await signVoucher(escrow, holder, cardId, n));
      writeFileSync(vouchers, JSON.stringify(await Promise.all(signed), digitsInQuotes));
      const file = runner.file("batch.json");
      const written = good(await as(operator)("request settlement", { merchant, vouchers: [vouchers], out: file }));
      expect(written).to.include(`anyone can send it until ${formatTime((await now()) + DAY)}.`);
      const tried = json(await as(stranger)("request relay", { file, dryRun: true, json: true }));
      expect(tried).to.include({ sent: false, from: stranger.address });
      expect((await escrow.card(cardId)).consumed).to.equal(0n);
      const sent = good(await as(stranger)("request relay", { file }));
      expect(sent).to.include(`Settle 3 vouchers of merchant 1, signed by ${operator.address}.`);
      expect(sent).to.include(
        `2 settled, 1 skipped\n skipped ${cardId}: Stale, no more than is booked already\n180.00 ${symbol} released`,
      );
      // Only a till's signature counts.
      good(await as(stranger)("request settlement", { merchant, vouchers: [vouchers], out: file }));
      expect(refusal(await as(holder)("request relay", { file, json: true }))).to.include({
        code: 2,
        revert: "MerchantOperatorOnly",
      });
      writeFileSync(vouchers, JSON.stringify({ ...(await signed[0]!), chainId: "1" }, digitsInQuotes));
      const elsewhere = { merchant, vouchers: [vouchers], json: true };
      expect(refusal(await as(operator)("request settlement", elsewhere))).to.include({
        code: 1,
        error: "InvalidInputError",
      });
    });

    it("buy a card with the money of who has signed for it", async () => {
      const { as, holder, payer, stranger, escrow, token, symbol } = await runner.prepare();
      const file = runner.file("purchase.json");
      const args = { program: 3n, holder: holder.address, serial: "1", out: file };
      const written = good(await as(payer)("request purchase", args));
      expect(written).to.include(`anyone can send it until ${formatTime((await now()) + DAY - 1n)}.`);
      const before = await token.balanceOf(payer);
      const cardId = encodeCardId({ holder: holder.address, programId: 3n, serial: 1n });
      const sent = good(await as(stranger)("request relay", { file }));
      expect(sent).to.include(
        `Buy a card of program 3 at merchant 1 for ${holder.address}, for 1200.00 ${symbol} of ${payer.address}.`,
      );
      expect(sent).to.include(`Card ${cardId} is open`);
      expect((await escrow.card(cardId)).principal).to.equal(1_200n * TOKEN);
      expect(before - (await token.balanceOf(payer))).to.equal(1_200n * TOKEN);
      expect(refusal(await as(stranger)("request relay", { file, json: true })).code).to.equal(2);
    });

    it("buy no other card than the one signed for, and nothing once the time is over", async () => {
      const { as, holder, other, payer, stranger } = await runner.prepare();
      const file = runner.file("changed.json");
      const signed = json(await as(payer)("request purchase", { program: 1n, amount: "12.5", json: true }));
      expect(signed).to.deep.include({ request: "purchase", payer: payer.address });
      expect(signed.purchase).to.include({ holder: payer.address, principal: "12500000" });
      const relay = async (content: object): Promise<unknown> => {
        writeFileSync(file, JSON.stringify(content));
        const { code, revert, error } = refusal(await as(stranger)("request relay", { file, json: true }));
        return { code, why: revert ?? error };
      };
      const purchase = signed.purchase as object;
      const stolen = { ...signed, purchase: { ...purchase, holder: other.address } };
      expect(await relay(stolen)).to.deep.equal({ code: 2, why: "ERC3009InvalidSignature" });
      expect(await relay({ ...signed, payer: holder.address })).to.deep.include({ code: 2 });
      expect(await relay({ ...signed, v: "twenty" })).to.deep.equal({ code: 1, why: "InvalidInputError" });
      await advance(DAY);
      expect(await relay(signed)).to.deep.equal({ code: 2, why: "ERC3009InvalidAuthorizationTime" });
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
    good(await as(holder)("voucher sign", { card: cardId, cumulative: "1", item: "one", receipts }));
    const before = readFileSync(receipts, "utf8");
    const args = { card: cardId, cumulative: "2", item: "two", receipts, out: "/dev/full", json: true };
    expect(refusal(await as(holder)("voucher sign", args))).to.include({ code: 3, error: "FileUnwritableError" });
    expect(readFileSync(receipts, "utf8")).to.equal(before);
    const missing = { card: cardId, cumulative: "2", out: runner.file("no/such/folder.txt"), json: true };
    expect(refusal(await as(holder)("voucher sign", missing))).to.include({
      code: 3,
      error: "FileUnwritableError",
    });
  });
});
