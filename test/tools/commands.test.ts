import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { ZeroAddress, id, keccak256, toUtf8Bytes } from "ethers";
import { ArgumentType } from "hardhat/types/arguments";
import { TaskDefinitionType } from "hardhat/types/tasks";

import { commands } from "../../scripts/commands/tasks.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { CardStatus } from "../../src/contracts/enums.js";
import { anotherMerchant, anotherPolicy, anotherProgram, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { commandRunner, good, json, refusal } from "../helpers/commands.js";
import type { Output } from "../helpers/commands.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { ROOT, page, rowsOf } from "../helpers/markdown.js";

describe("Commands", () => {
  const runner = commandRunner();
  describe("card", () => {
    it("show prints what is on a card and what leaving pays", async () => {
      const { as, stranger, cardId, symbol, holder } = await runner.prepare();
      const text = good(await as(stranger)("card show", { card: cardId }));
      expect(text).to.include(`Holder ${holder.address}`);
      expect(text).to.include(`Remaining 1200.00 ${symbol}`);
      expect(text.replace(/\s+/g, " ")).to.include(`you get 1200.00 ${symbol}`);
      const data = json(await as(stranger)("card show", { card: cardId, json: true }));
      expect(data).to.include({
        cardId,
        status: "Open",
        principal: String(1_200n * TOKEN),
        programId: "3",
        serial: "0",
      });
      expect(data.leaving).to.include({ rule: "CoolingOff", refund: String(1_200n * TOKEN) });
    });

    it("show knows a card that was never bought from one that was", async () => {
      const { as, stranger, holder } = await runner.prepare();
      const card = encodeCardId({ holder: holder.address, programId: 3n, serial: 9n });
      const { code, stderr } = await as(stranger)("card show", { card });
      expect(code).to.equal(1);
      expect(stderr).to.match(/^Error: card is 0x.+ Next: /);
    });

    it("find lists the cards of a holder with their whole ids, and one's own without a name", async () => {
      const { as, holder, stranger, cardId } = await runner.prepare();
      expect(good(await as(stranger)("card find", { holder: holder.address }))).to.include(cardId);
      const [found] = JSON.parse(good(await as(holder)("card find", { json: true }))) as Record<string, unknown>[];
      expect(found).to.include({ cardId, state: "Open" });
      expect(good(await as(stranger)("card find", {}))).to.equal("No cards were found.\n");
    });

    it("buy prints its intent, the transaction and the result", async () => {
      const { as, holder, escrow, symbol } = await runner.prepare();
      const text = good(await as(holder)("card buy", { program: 3n }));
      const cardId = encodeCardId({ holder: holder.address, programId: 3n, serial: 1n });
      expect(text.split("\n")[0]).to.equal(
        `Buy a card of program 3 at merchant 1 for ${holder.address}, for 1200.00 ${symbol}.`,
      );
      expect(text.split("\n")[1]).to.match(/^Transaction 0x[0-9a-f]{64}$/);
      expect(text.split("\n")[2]).to.match(new RegExp(`^Card ${cardId} is open \\(\\d+ gas, 0\\.\\d+ ether\\)\\.$`));
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    });

    it("buy takes a holder, an amount, a serial, a start, and a permit", async () => {
      const { as, payer, other, escrow, token } = await runner.prepare();
      const [programOpen, programTerm] = [1n, 4n];
      good(await as(payer)("card buy", { program: programOpen, holder: other.address, amount: "12.5" }));
      const card = encodeCardId({ holder: other.address, programId: programOpen, serial: 0n });
      expect((await escrow.card(card)).principal).to.equal(12_500_000n);
      good(await as(payer)("card buy", { program: programOpen, amount: "1", serial: "4" }));
      const apart = encodeCardId({ holder: payer.address, programId: programOpen, serial: 4n });
      expect((await escrow.card(apart)).principal).to.equal(TOKEN);
      await token.connect(payer).approve(escrow, 0n);
      const start = (await now()) + DAY;
      const startsAt = new Date(Number(start) * 1_000).toISOString().replace(".000Z", "Z");
      good(await as(payer)("card buy", { program: 3n, permit: true }));
      await token.connect(payer).approve(escrow, 3_600n * TOKEN);
      good(await as(payer)("card buy", { program: programTerm, startsAt }));
      const pass = encodeCardId({ holder: payer.address, programId: programTerm, serial: 0n });
      expect((await escrow.card(pass)).openedAt).to.equal(start);
    });

    it("buy tries and prices, and sends nothing on a dry run", async () => {
      const { as, holder } = await runner.prepare();
      const sent = await ethers.provider.getTransactionCount(holder);
      const text = good(await as(holder)("card buy", { program: 3n, dryRun: true }));
      expect(text).to.match(/From 0x\w{40}, for \d+ gas, now 0\.\d+ ether\. Nothing was sent\.\n$/);
      const data = json(await as(holder)("card buy", { program: 3n, dryRun: true, json: true }));
      expect(data).to.include({ sent: false, from: holder.address });
      expect(Number(data.gas)).to.be.within(60_000, 120_000);
      expect(await ethers.provider.getTransactionCount(holder)).to.equal(sent);
    });

    it("buy prints that the allowance is short, and how much it is", async () => {
      const { as, holder, token, address } = await runner.prepare();
      await token.connect(holder).approve(address, 5n);
      const { code, stderr } = await as(holder)("card buy", { program: 3n, json: true });
      expect(code).to.equal(2);
      const fields = { spender: address, allowance: "5", needed: String(1_200n * TOKEN) };
      const refusal = JSON.parse(stderr) as Record<string, unknown>;
      expect(refusal).to.deep.include({ error: "RevertError", revert: "ERC20InsufficientAllowance", fields });
    });

    it("leave asks first, is refused before its time, and then takes the refund", async () => {
      const { as, holder, stranger, token, cardId, symbol } = await runner.prepare();
      expect(good(await as(holder)("card leave", { card: cardId }))).to.match(
        /^Ask to leave, for 1200\.00 .+ by the rule CoolingOff as of now\.\nTransaction .+\nAnyone can execute it from 20/,
      );
      const due = (await now()) + 5n * DAY;
      const early = await as(stranger)("card leave", { card: cardId });
      expect(early.code).to.equal(2);
      expect(early.stderr).to.include("can be left from");
      await networkHelpers.time.increaseTo(due);
      const before = await token.balanceOf(holder);
      expect(good(await as(stranger)("card leave", { card: cardId }))).to.include(
        `1200.00 ${symbol} paid to ${holder.address} by the rule CoolingOff`,
      );
      expect((await token.balanceOf(holder)) - before).to.equal(1_200n * TOKEN);
    });

    it("leave asks again after a request has lapsed, cancels one, and pays another address", async () => {
      const { as, holder, other, escrow, token, cardId } = await runner.prepare();
      good(await as(holder)("card leave", { card: cardId }));
      await networkHelpers.time.increase(10n * DAY);
      expect(good(await as(holder)("card leave", { card: cardId }))).to.match(/^Ask to leave/);
      good(await as(holder)("card leave", { card: cardId, cancel: true }));
      expect((await escrow.card(cardId)).exitRequestedAt).to.equal(0n);
      good(await as(holder)("card leave", { card: cardId }));
      await networkHelpers.time.increase(5n * DAY);
      const before = await token.balanceOf(other);
      good(await as(holder)("card leave", { card: cardId, to: other.address }));
      expect((await token.balanceOf(other)) - before).to.equal(1_200n * TOKEN);
      const both = await as(holder)("card leave", { card: cardId, cancel: true, to: other.address });
      expect(both.code).to.equal(1);
    });

    it("move asks, consents and executes, or cancels", async () => {
      const { as, holder, operator, other, stranger, escrow, cardId } = await runner.prepare();
      good(await as(holder)("card move", { card: cardId, to: other.address }));
      good(await as(holder)("card move", { card: cardId, cancel: true }));
      expect((await escrow.pendingMove(cardId)).to).to.equal(ZeroAddress);
      good(await as(holder)("card move", { card: cardId, to: other.address }));
      good(await as(operator)("card move", { card: cardId, consent: true }));
      const moved = encodeCardId({ holder: other.address, programId: 3n, serial: 0n });
      expect(good(await as(stranger)("card move", { card: cardId, execute: true }))).to.include(
        `It is now card ${moved}`,
      );
      expect((await escrow.card(moved)).status).to.equal(CardStatus.Open);
      expect((await as(holder)("card move", { card: moved })).code).to.equal(1);
      expect((await as(holder)("card move", { card: moved, consent: true, execute: true })).code).to.equal(1);
      const list = good(await as(stranger)("card find", { holder: holder.address }));
      expect(list).to.include("Moved").and.to.include(`now ${moved}`);
    });
  });

  describe("merchant", () => {
    it("show prints who it is and how it stands", async () => {
      const { as, stranger, owner, vault, regulator, escrow, holder, cardId, symbol } = await runner.prepare();
      const text = good(await as(stranger)("merchant show", { merchant: 1n }));
      expect(text)
        .to.include("Status Active")
        .and.to.include(`Owner ${owner.address}`)
        .and.to.include(`Vault ${vault}`)
        .and.to.include("Open complaints none");
      await networkHelpers.time.increase(7n * DAY);
      await escrow.connect(holder).complain(cardId, id("closed"));
      await escrow.connect(regulator).setOutstandingCap(1n, 5_000n);
      expect(good(await as(stranger)("merchant show", { merchant: 1n })))
        .to.include(`Cap 5000.00 ${symbol}`)
        .and.to.include(`Open complaints 1, about cards of 1200.00 ${symbol}`);
      await escrow.connect(regulator).suspend(1n, id("why"));
      const after = good(await as(stranger)("merchant show", { merchant: 1n }));
      expect(after).to.include("Status Suspended").and.to.include("Suspended until 20");
      const unknown = await as(stranger)("merchant show", { merchant: 9n });
      expect(unknown.code).to.equal(2);
    });

    it("register is the regulator's, and prints the merchant's number and vault", async () => {
      const { as, regulator, owner, stranger, escrow } = await runner.prepare();
      const args = { owner: owner.address, policy: "1", cap: "5000", metadata: "ipfs://new" };
      const refused = await as(stranger)("merchant register", { ...args, json: true });
      expect(refused.code).to.equal(2);
      expect((JSON.parse(refused.stderr) as { revert: string }).revert).to.equal("AccessManagedUnauthorized");
      const text = good(await as(regulator)("merchant register", args));
      expect(text).to.include(`It is merchant 2, its vault ${await escrow.vaultOf(2n)}`);
      expect((await escrow.merchant(2n)).payout).to.equal(owner.address);
      expect((await escrow.pool(2n)).outstandingCap).to.equal(5_000n);
      const missing = await as(regulator)("merchant register", { policy: "1" });
      expect([missing.code, missing.stderr]).to.deep.equal([
        1,
        "Error: --owner is missing; allowed: a value. Next: give it with --owner.\n",
      ]);
      expect((await as(regulator)("merchant register", { ...args, policy: "one" })).code).to.equal(1);
    });

    it("operators are listed, enabled and disabled", async () => {
      const { as, owner, operator, other, stranger, escrow } = await runner.prepare();
      const list = async () => json(await as(stranger)("merchant operators", { merchant: 1n, json: true })).operators;
      expect(await list()).to.deep.equal([operator.address]);
      good(await as(owner)("merchant operator", { merchant: 1n, account: other.address }));
      expect(await list()).to.deep.equal([operator.address, other.address]);
      good(await as(owner)("merchant operator", { merchant: 1n, account: operator.address, remove: true }));
      expect(await list()).to.deep.equal([other.address]);
      expect(await escrow.isOperator(1n, operator.address)).to.be.false;
      expect((await as(stranger)("merchant operator", { merchant: 1n, account: other.address })).code).to.equal(2);
      expect(good(await as(stranger)("merchant operators", { merchant: 1n }))).to.include(other.address);
    });
  });

  it("pool show prints what is outstanding, held and releasable, and which warnings stand", async () => {
    const { as, stranger, escrow, regulator, symbol, shop } = await runner.prepare();
    const quiet = good(await as(stranger)("pool show", { merchant: 1n }));
    expect(quiet)
      .to.include(`Outstanding 1200.00 ${symbol}`)
      .and.to.include("Cap none")
      .and.to.include("Warnings none");
    await escrow.connect(regulator).setOutstandingCap(1n, 2_400n);
    await buyCard(shop, { program: 3n });
    const text = good(await as(stranger)("pool show", { merchant: 1n }));
    expect(text).to.include(`Cap 2400.00 ${symbol}`).and.to.include("Warnings OutstandingCap (Notice)");
    const data = json(await as(stranger)("pool show", { merchant: 1n, json: true }));
    expect(data).to.include({ balance: String(2_400n * TOKEN), releasable: "0" });
  });

  it("policy show prints every rule", async () => {
    const { as, stranger, policyId, escrow } = await runner.prepare();
    const text = good(await as(stranger)("policy show", { policy: policyId }));
    expect(text).to.include("Exit delay 5 d").and.to.include("Highest list price 200 %");
    // And the name of the preset.
    expect(text.match(/^ {1,2}[A-Z].+/gm)).to.have.length((await escrow.policy(policyId)).length + 1);
    expect(json(await as(stranger)("policy show", { policy: policyId, json: true }))).to.include({
      maxCount: "100",
    });
  });

  it("settle books vouchers of a file and prints which were skipped, and payout pays", async () => {
    const { as, operator, stranger, holder, escrow, cardId, symbol, payout, token } = await runner.prepare();
    const rows = await Promise.all([1n, 3n, 2n].map(async (n) => await signVoucher(escrow, holder, cardId, n)));
    const file = runner.file("rows.json");
    const write = (content: unknown): void => {
      writeFileSync(
        file,
        JSON.stringify(content, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      );
    };
    write(rows);
    expect(good(await as(operator)("voucher settle", { merchant: 1n, vouchers: [file] }))).to.include(
      `2 settled, 1 skipped\n skipped ${cardId}: Stale`,
    );
    const before = await token.balanceOf(payout);
    expect(good(await as(stranger)("merchant pay-out", { merchant: 1n }))).to.include(
      `180.00 ${symbol} paid to ${payout.address}`,
    );
    write([await signVoucher(escrow, holder, cardId, 4n)]);
    expect(good(await as(operator)("voucher settle", { merchant: 1n, vouchers: [file], payOut: true }))).to.include(
      `60.00 ${symbol} released, 60.00 ${symbol} paid to ${payout.address}`,
    );
    expect((await token.balanceOf(payout)) - before).to.equal(240n * TOKEN);
    expect((await as(stranger)("merchant pay-out", { merchant: 1n })).code).to.equal(2);
    for (const content of [[], [{ ...rows[0], r: "0x" }], { rows }]) {
      write(content);
      expect((await as(operator)("voucher settle", { merchant: 1n, vouchers: [file] })).code).to.equal(1);
    }
    writeFileSync(file, "no JSON");
    expect((await as(operator)("voucher settle", { merchant: 1n, vouchers: [file] })).code).to.equal(1);
    expect((await as(operator)("voucher settle", { merchant: 1n, vouchers: [`${file}.not`] })).code).to.equal(1);
  });

  it("complain and resolve take documents or their hashes", async () => {
    const { as, holder, association, escrow, cardId, symbol } = await runner.prepare();
    const file = runner.file("letter.txt");
    writeFileSync(file, "The pool is empty.");
    const hash = keccak256(toUtf8Bytes("The pool is empty."));
    await networkHelpers.time.increase(7n * DAY);
    expect(good(await as(holder)("dispute complain", { card: cardId, evidence: file }))).to.include(hash);
    const [opened] = await escrow.queryFilter(escrow.filters.ComplaintOpened, await ethers.provider.getBlockNumber());
    expect(opened!.args.evidence).to.equal(hash);
    await networkHelpers.time.increaseTo(opened!.args.rulingFrom);
    const args = { card: cardId, decision: id("decision") };
    expect((await as(association)("dispute resolve", { ...args, dismiss: true, award: "3" })).code).to.equal(1);
    expect((await as(association)("dispute resolve", args)).code).to.equal(1);
    expect((await as(holder)("dispute resolve", { ...args, award: "1200" })).code).to.equal(2);
    const ruled = good(await as(association)("dispute resolve", { ...args, award: "1300" }));
    const range = `the rules leave 1200.00 ${symbol} now`;
    expect(ruled).to.include(`Close the card and award the holder 1300.00 ${symbol}; ${range}.`);
    expect(ruled).to.include(`1200.00 ${symbol} paid to ${holder.address}, the nearest that the rules leave (`);
    const [upheld] = await escrow.queryFilter(escrow.filters.DisputeUpheld, await ethers.provider.getBlockNumber());
    expect([upheld!.args.awarded, upheld!.args.decision]).to.deep.equal([1_300n * TOKEN, id("decision")]);
    expect((await as(holder)("dispute complain", { card: cardId, evidence: "nowhere.txt" })).code).to.equal(1);
  });

  it("resolve dismisses, and the card goes on", async () => {
    const { as, holder, association, escrow, cardId } = await runner.prepare();
    await networkHelpers.time.increase(7n * DAY);
    good(await as(holder)("dispute complain", { card: cardId, evidence: id("why") }));
    await networkHelpers.time.increaseTo((await escrow.dispute(cardId)).rulingFrom);
    expect(
      good(await as(association)("dispute resolve", { card: cardId, dismiss: true, decision: id("decision") })),
    ).to.include("The card goes on (");
    expect((await escrow.card(cardId)).disputed).to.be.false;
  });

  describe("of a pass", () => {
    it("extend it by days, skip what cannot be extended, and show that cooling-off is over", async () => {
      const { as, operator, stranger, escrow, shop, cardId } = await runner.prepare();
      const pass = await buyCard(shop, { program: shop.programs.pass });
      const { openedAt } = await escrow.card(pass);
      await networkHelpers.time.increase(7n * DAY);
      const args = { cards: [pass, cardId], days: "30" };
      expect((await as(stranger)("card extend", args)).code).to.equal(2);
      const text = good(await as(operator)("card extend", args));
      expect(text)
        .to.include("Extend 2 passes by 30 d.")
        .and.include(`1 extended, 1 skipped\n skipped ${cardId}: NotAPass`);
      expect((await escrow.card(pass)).openedAt).to.equal(openedAt + 30n * DAY);
      const shown = good(await as(stranger)("card show", { card: pass }));
      expect(shown)
        .to.include("Cooling-off over")
        .and.to.match(/Begins 20.+ \(in 22 d\)/);
      const data = json(await as(stranger)("card show", { card: pass, json: true }));
      expect(data).to.include({ coolingOffOver: true, openedAt: String(openedAt + 30n * DAY) });
      for (const days of ["soon", "-1", "1.5"]) {
        expect((await as(operator)("card extend", { ...args, days })).code).to.equal(1);
      }
      expect((await as(operator)("card extend", { cards: [pass] })).stderr).to.include("--days is missing");
      const far = refusal(await as(operator)("card extend", { ...args, days: "366", json: true }));
      expect(far).to.include({ code: 2, revert: "CardStartOutOfRange" });
    });

    it("rule on a complaint about it by extending it", async () => {
      const { as, holder, association, escrow, shop, cardId } = await runner.prepare();
      const pass = await buyCard(shop, { program: shop.programs.pass });
      await networkHelpers.time.increase(20n * DAY);
      const { openedAt } = await escrow.card(pass);
      for (const card of [pass, cardId]) {
        good(await as(holder)("dispute complain", { card, evidence: id("closed") }));
      }
      await networkHelpers.time.increaseTo((await escrow.dispute(cardId)).rulingFrom);
      const args = { days: "10", decision: id("decision") };
      expect((await as(holder)("dispute extend", { card: pass, ...args })).code).to.equal(2);
      const none = refusal(await as(association)("dispute extend", { card: cardId, ...args, json: true }));
      expect(none).to.include({ code: 2, revert: "CardNotAPass" });
      const text = good(await as(association)("dispute extend", { card: pass, ...args }));
      expect(text).to.include("extend the pass by 10 d").and.to.include("It counts as begun at 20");
      const card = await escrow.card(pass);
      expect([card.openedAt, card.disputed]).to.deep.equal([openedAt + 10n * DAY, false]);
    });

    it("say what the rules leave to award on a complaint about it", async () => {
      const { as, holder, association, escrow, shop, symbol } = await runner.prepare();
      const pass = await buyCard(shop, { program: shop.programs.pass });
      await networkHelpers.time.increase(73n * DAY);
      good(await as(holder)("dispute complain", { card: pass, evidence: id("closed") }));
      await networkHelpers.time.increaseTo((await escrow.dispute(pass)).rulingFrom);
      const ruled = await as(association)("dispute resolve", { card: pass, award: "3600", decision: id("decision") });
      // 66 days count at the most, 78 at the least.
      const [, least, most, paid] = new RegExp(
        `the rules leave ([\\d.]+) ${symbol} to ([\\d.]+) ${symbol} now\\.[^]+?([\\d.]+) ${symbol} paid to`,
      ).exec(good(ruled))!;
      expect([Math.round(Number(least)), Math.round(Number(most))]).to.deep.equal([2_831, 2_949]);
      expect(paid).to.equal(most);
    });
  });

  it("end a complaint on which nobody ruled, once its holder had the time to carry it out", async () => {
    const { as, holder, stranger, operator, escrow, shop, cardId } = await runner.prepare();
    await escrow.connect(operator).settle(1n, [await signVoucher(escrow, holder, cardId, 3n)]);
    await networkHelpers.time.increase(7n * DAY);
    good(await as(holder)("dispute complain", { card: cardId, evidence: id("closed") }));
    const { rulingUntil } = await escrow.dispute(cardId);
    await networkHelpers.time.increaseTo(rulingUntil);
    const costs = refusal(await as(stranger)("dispute execute", { card: cardId, json: true }));
    expect(costs).to.include({ code: 2, revert: "CardHolderOnly" });
    const early = refusal(await as(stranger)("dispute end", { card: cardId, json: true }));
    expect(early).to.include({ code: 2, revert: "CardComplaintPending" });
    await networkHelpers.time.increaseTo(rulingUntil + 5n * DAY);
    expect(good(await as(stranger)("dispute end", { card: cardId }))).to.include(
      "The card goes on; the next complaint about it is accepted from 20",
    );
    expect((await escrow.card(cardId)).disputed).to.be.false;
    const contested = await buyCard(shop, { program: shop.programs.count });
    const none = refusal(await as(stranger)("dispute end", { card: contested, json: true }));
    expect(none).to.include({ code: 2, revert: "CardNotInDispute" });
  });

  it("show the fee that leaving costs", async () => {
    const { as, holder, stranger, shop, symbol } = await runner.prepare();
    const policyId = await anotherPolicy(shop, { feePriceBps: 1_000n });
    const merchantId = await anotherMerchant(shop, { policyId });
    const terms = { kind: 1n, price: 100n * TOKEN, units: 10n, listPrice: 100n * TOKEN };
    const card = await buyCard(shop, { program: await anotherProgram(shop, terms, merchantId) });
    await networkHelpers.time.increase(7n * DAY);
    const text = good(await as(stranger)("card show", { card })).replace(/\s+/g, " ");
    expect(text).to.include(`you get 90.00 ${symbol}; a fee of 10.00 ${symbol} stays with the merchant`);
    const { leaving } = json(await as(stranger)("card show", { card, json: true }));
    expect(leaving).to.include({ fee: String(10n * TOKEN), forfeited: String(10n * TOKEN) });
    expect(good(await as(holder)("card leave", { card }))).to.include(
      `Ask to leave, for 90.00 ${symbol} by the rule NoObjection, after a fee of 10.00 ${symbol}, as of now.`,
    );
  });

  describe("on a terminal of 80 columns", () => {
    const { isTTY, columns } = process.stdout;

    beforeEach(() => {
      Object.assign(process.stdout, { isTTY: true, columns: 80 });
    });
    afterEach(() => {
      Object.assign(process.stdout, { isTTY, columns });
    });

    it("give an id a line of its own, whole, and what is known of it the next", async () => {
      const { as, stranger, holder, cardId, symbol } = await runner.prepare();
      const { stdout } = await as(stranger)("card find", { holder: holder.address });
      expect(stdout.split("\n")).to.deep.equal([
        "  Card",
        "    Program  Serial  State          Paid",
        "    ───────  ──────  ─────  ────────────",
        `  ${cardId}`,
        `          3       0  Open   1200.00 ${symbol}`,
        "",
      ]);
      // A line that begins with no id stays one, however wide.
      expect(good(await as(stranger)("merchant list", {}))).to.match(/^ 1 Active 0x/m);
    });

    it("break sentences, and no id", async () => {
      const { as, stranger, cardId, escrow, holder } = await runner.prepare();
      await escrow.connect(holder).requestExit(cardId);
      const lines = (await as(stranger)("card show", { card: cardId })).stdout.split("\n");
      expect(lines.length).to.be.greaterThan(12);
      for (const line of lines) expect(line.length, line).to.be.at.most(80);
    });
  });

  describe("in docs/commands.md", () => {
    const documented = page("docs/commands.md");
    const tasks = commands.filter((each) => each.type !== TaskDefinitionType.EMPTY_TASK);
    const nameOf = ({ id: words }: { readonly id: string[] }): string => words.join(" ");
    const rows = rowsOf(documented.text)
      .filter((cells) => cells.length === 3)
      .map(([cell, , what]) => ({ command: cell!.replaceAll("`", ""), what: what! }));
    /** The task of a line, that with the longest name. */
    const taskOf = (line: string) =>
      tasks.filter((task) => `${line} `.startsWith(`${nameOf(task)} `)).sort((a, b) => b.id.length - a.id.length)[0];
    const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

    it("stands every command once, with its arguments in their order", () => {
      expect(rows.map(({ command }) => taskOf(command)).map((task) => task && nameOf(task))).to.have.members(
        tasks.map(nameOf),
      );
      for (const { command } of rows) {
        const task = taskOf(command)!;
        const given = command.slice(nameOf(task).length).trim().split(" ").filter(Boolean);
        expect(given.length, command).to.equal(task.positionalArguments.length);
        for (const [i, argument] of task.positionalArguments.entries()) {
          expect(given[i]!.endsWith("..."), command).to.equal(argument.isVariadic);
        }
      }
    });

    it("stands every option of a command, and no other", () => {
      const common = ["escrow", "register", "deployBlock", "from", "json", "dryRun"];
      for (const { command, what } of rows) {
        const own = Object.keys(taskOf(command)!.options).filter((name) => !common.includes(name));
        const named = [...what.matchAll(/`--([a-z-]+)/g)].map((match) => match[1]!);
        expect(named, command).to.have.members(own.map(kebab));
      }
      for (const name of common) expect(documented.text).to.include(`--${kebab(name)}`);
    });

    it("has an example of every command, which it takes", () => {
      const lines = documented.fences.flatMap(({ code }) => code.trim().split("\n"));
      const seen = new Set<string>();
      for (const line of lines) {
        const words = line.match(/"[^"]*"|\S+/g)!;
        expect(words.slice(0, 4)).to.deep.equal(["npm", "run", "hh", "--"]);
        const task = taskOf(words.slice(4).join(" "))!;
        seen.add(nameOf(task));
        const options = new Map(Object.values(task.options).map((option) => [kebab(option.name), option]));
        const rest = words.slice(4 + task.id.length);
        let positional = 0;
        for (let i = 0; i < rest.length; i++) {
          if (!rest[i]!.startsWith("--")) positional++;
          else if (rest[i] === "--network") i++;
          else {
            const option = options.get(rest[i]!.slice(2));
            expect(option, line).to.not.equal(undefined);
            if (option!.type !== ArgumentType.FLAG) i++;
          }
        }
        const all = task.positionalArguments;
        expect(positional, line).to.be.at.least(all.filter(({ defaultValue }) => defaultValue === undefined).length);
        if (!all.some(({ isVariadic }) => isVariadic)) expect(positional, line).to.be.at.most(all.length);
      }
      expect([...seen]).to.have.members(tasks.map(nameOf));
    });
  });

  it("name an address that is not the escrow's, and that none is known", async () => {
    const { holder } = await runner.prepare();
    const wrong = await runner.run("pool show", { escrow: holder.address, merchant: 1n });
    expect([
      wrong.code,
      wrong.stderr.startsWith(`Error: There is no PrepaidEscrow at ${holder.address}`),
    ]).to.deep.equal([1, true]);
    const none = await runner.run("pool show", { merchant: 1n });
    expect([none.code, none.stderr.startsWith("Error: No deployment on chain 31337")]).to.deep.equal([1, true]);
  });

  it("end the process with 3 where the node does not answer", async () => {
    const cli = path.join(ROOT, "node_modules/hardhat/dist/src/cli.js");
    const key = `0x${"1".repeat(64)}`;
    const env = { ...process.env, SEPOLIA_RPC_URL: "http://127.0.0.1:9", DEPLOYER_PRIVATE_KEY: key, NO_COLOR: "1" };
    const output = await new Promise<Output>((resolve) => {
      execFile(
        process.execPath,
        [cli, "policy", "show", "1", "--network", "sepolia"],
        { cwd: ROOT, env },
        (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        },
      );
    });
    expect([output.code, output.stderr.startsWith("Error: The node does not answer.")]).to.deep.equal([3, true]);
  });
});
