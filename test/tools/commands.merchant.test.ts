import { writeFileSync } from "node:fs";

import { expect } from "chai";
import { ZeroAddress, id, keccak256, toUtf8Bytes } from "ethers";

import { CardStatus, MerchantStatus } from "../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, buyCard, now } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { commandRunner, good, iso, json, refusal } from "../helpers/commands.js";
import { DAY, TOKEN } from "../helpers/fixture.js";

const merchant = 1n;

describe("Commands for merchants and regulators", () => {
  const runner = commandRunner();

  it("list merchants, programs, policies and cards", async () => {
    const { as, stranger, shop, cardId, owner, symbol, policyId } = await runner.prepare();
    const merchants = good(await as(stranger)("merchant list", {}));
    expect(merchants).to.include(`1 Active ${owner.address} ${policyId} 1200.00 ${symbol}`);
    const programs = JSON.parse(good(await as(stranger)("program list", { merchant: "1", json: true }))) as object[];
    expect(programs.map((each) => (each as { programId: string }).programId)).to.deep.equal(["1", "2", "3", "4"]);
    expect(good(await as(stranger)("program list", { merchant: "2" }))).to.equal("No program was published.\n");
    expect(good(await as(stranger)("program show", { program: 4n }))).to.include("Gives 365 d");
    expect(good(await as(stranger)("policy list", {}))).to.include(`${policyId} ${symbol} 5 d 7 d yes`);
    await shop.escrow.connect(shop.holder).requestExit(cardId);
    await advance(5n * DAY);
    await shop.escrow.executeExit(cardId);
    const open = await buyCard(shop, { program: 2n });
    const all = good(await as(stranger)("merchant cards", { merchant }));
    expect(all).to.include(`${cardId} Closed`).and.to.include(`${open} Open`);
    expect(good(await as(stranger)("merchant cards", { merchant, open: true }))).to.not.include(cardId);
  });

  it("list what waits, with its times", async () => {
    const { as, stranger, shop, cardId, holder, other } = await runner.prepare();
    expect(good(await as(stranger)("merchant waiting", { merchant }))).to.equal("Nothing is waiting.\n");
    const [leaving, moving] = [await buyCard(shop, { program: 1n }), await buyCard(shop, { program: 2n })];
    await advance(7n * DAY);
    await shop.escrow.connect(holder).requestExit(leaving);
    await shop.escrow.connect(holder).requestMove(moving, other);
    await shop.escrow.connect(holder).complain(cardId, id("closed"));
    const text = good(await as(stranger)("merchant waiting", { merchant }));
    expect(text).to.match(new RegExp(`${leaving} exit can be executed from 20.+ \\(in 4 d\\)`));
    expect(text).to.match(new RegExp(`${moving} move can be executed from 20.+ \\(in 4 d\\)`));
    expect(text).to.match(new RegExp(`${cardId} complaint can be ruled on until 20.+ \\((?:in 30 d|in 29 d)\\)`));
  });

  it("publish a program of every kind, and retire one", async () => {
    const { as, owner, escrow, stranger } = await runner.prepare();
    const publish = async (args: Readonly<Record<string, string | boolean>>) =>
      await as(owner)("program publish", { merchant, ...args });
    expect(good(await publish({ kind: "count", price: "800", units: "10", listPrice: "1000" }))).to.include(
      "It is program 5",
    );
    expect(good(await publish({ kind: "pass", price: "3600", units: "365 d", bearer: true }))).to.include("365 d for");
    good(await publish({ kind: "stored-value", price: "100", units: "120" }));
    good(await publish({ kind: "stored-value" }));
    const terms = await Promise.all([5n, 6n, 7n, 8n].map(async (each) => await escrow.program(each)));
    expect(terms.map(({ price, units, listPrice, bearer }) => [price, units, listPrice, bearer])).to.deep.equal([
      [800n * TOKEN, 10n, 1_000n * TOKEN, false],
      [3_600n * TOKEN, 365n * DAY, 3_600n * TOKEN, true],
      [100n * TOKEN, 120n * TOKEN, 120n * TOKEN, false],
      [0n, 0n, 0n, false],
    ]);
    expect((await publish({ kind: "coupon", price: "1", units: "1" })).code).to.equal(1);
    good(await publish({ kind: "count", price: "10", units: "1", feeFree: true }));
    // The policy of this merchant has no fee to leave out.
    expect((await escrow.program(9n)).feeFree).to.equal(true);
    good(await as(owner)("program retire", { program: 5n }));
    expect(good(await as(stranger)("program show", { program: 5n }))).to.include("On sale no, it is retired");
  });

  it("add a policy after a preset, and put a merchant under it", async () => {
    const { as, regulator, escrow, token, policyId } = await runner.prepare();
    const args = { preset: ["CN-WEIHAI-2021"], token: await token.getAddress() };
    expect(good(await as(regulator)("policy add", args))).to.include(`It is policy ${policyId + 1n}`);
    good(await as(regulator)("merchant set-policy", { merchant, policy: policyId + 1n }));
    expect((await escrow.merchant(merchant)).policyId).to.equal(policyId + 1n);
    good(await as(regulator)("merchant set-cap", { merchant, cap: "50000" }));
    expect((await escrow.pool(merchant)).outstandingCap).to.equal(50_000n);
    const unknown = refusal(await as(regulator)("policy add", { ...args, preset: ["CN-WEIHEI-2021"], json: true }));
    expect(unknown).to.include({ code: 1, error: "PresetUnknownError" });
  });

  it("warn of a preset that is not in force, and add its policy all the same", async () => {
    const { as, regulator, token } = await runner.prepare();
    const add = async (preset: string, options: object) =>
      await as(regulator)("policy add", { preset: [preset], token: await token.getAddress(), ...options });
    const ended = good(await add("CN-WEIHAI-2021 + CN-SH-2019", {}));
    expect(ended).to.include("Warning: CN-SH-2019 is not in force: it ended on 2024-04-30.");
    expect(ended).to.include("It is policy");
    expect(good(await add("CN-SZ-2026-draft", { dryRun: true }))).to.include("not in force: it is a draft.");
    const { warnings } = json(await add("CN-SH-2019", { json: true })) as { warnings?: string[] };
    expect(warnings).to.deep.equal(["CN-SH-2019 is not in force: it ended on 2024-04-30"]);
    const tried = json(await add("CN-SH-2019", { json: true, dryRun: true })) as { warnings?: string[] };
    expect(tried.warnings).to.have.length(1);
    // This one has no dates, so no day brings a warning.
    expect(json(await add("CN-ZJ-2017", { json: true }))).to.not.have.property("warnings");
    expect(good(await add("CN-ZJ-2017", {}))).to.not.include("Warning");
  });

  it("change payout and owner after their time, or cancel", async () => {
    const { as, owner, other, payer, stranger, escrow } = await runner.prepare();
    good(await as(owner)("merchant payout set", { merchant, account: other.address }));
    expect(good(await as(stranger)("merchant payout show", { merchant })).replace(/\s+/g, " ")).to.match(
      new RegExp(`Next payout ${other.address}, from 20.+ \\(in \\d d\\)`),
    );
    good(await as(owner)("merchant payout cancel", { merchant }));
    expect((await escrow.merchant(merchant)).nextPayout).to.equal(ZeroAddress);
    good(await as(owner)("merchant owner transfer", { merchant, account: payer.address }));
    good(await as(owner)("merchant owner cancel", { merchant }));
    good(await as(owner)("merchant owner transfer", { merchant, account: payer.address }));
    expect((await as(payer)("merchant owner accept", { merchant })).code).to.equal(2);
    await advance(7n * DAY);
    good(await as(payer)("merchant owner accept", { merchant }));
    expect(json(await as(stranger)("merchant owner show", { merchant, json: true })).owner).to.equal(payer.address);
  });

  it("publish a program without the fees of the policy, and show both kinds", async () => {
    const { as, owner, stranger, shop, escrow, symbol } = await runner.prepare();
    const fees = { feeFlat: 5n * TOKEN, feeMax: 40n * TOKEN, feePriceBps: 1_000n, feeRestBps: 2_000n };
    const cooling = { coolingOffFeeBps: 250n, coolingOffTermBps: 1_000n, coolingOffRequiresUnused: true };
    const policyId = await anotherPolicy(shop, { ...fees, ...cooling, coolingOffInFull: true });
    const merchantId = await anotherMerchant(shop, { policyId });
    const args = { merchant: merchantId, kind: "count", price: "100", units: "10" };
    good(await as(owner)("program publish", args));
    good(await as(owner)("program publish", { ...args, feeFree: true }));
    expect([(await escrow.program(5n)).feeFree, (await escrow.program(6n)).feeFree]).to.deep.equal([false, true]);
    expect(good(await as(stranger)("program show", { program: 5n }))).to.include(
      "Fee for leaving as the policy has it",
    );
    expect(good(await as(stranger)("program show", { program: 6n }))).to.include("Fee for leaving none");
    const shown = good(await as(stranger)("policy show", { policy: policyId })).replace(/\s+/g, " ");
    for (const line of [
      "Cooling-off of a pass 10 % of its term, if longer; 60 d at most",
      "Days of a pass in cooling-off not counted",
      "Fee in cooling-off 2.5 % of the price",
      `Fee for leaving, unused 5.00 ${symbol}`,
      "Fee for leaving, of the price 10 % of the price",
      "Fee for leaving, of the rest 20 % of what remains at the list price",
      `Largest fee 40.00 ${symbol}`,
    ]) {
      expect(shown).to.include(line);
    }
    const usual = good(await as(stranger)("policy show", { policy: shop.policyId })).replace(/\s+/g, " ");
    expect(usual).to.include("Fee in cooling-off none").and.to.include("Largest fee half the price");
  });

  it("look at a merchant's warnings anew", async () => {
    const { as, stranger, operator, holder, other, escrow, shop } = await runner.prepare();
    expect(good(await as(stranger)("merchant review-warnings", { merchant }))).to.include("No warning has changed (");
    // Three complaints are hidden behind a large card that is sold to somebody and paid back.
    const cards = [];
    for (let i = 0; i < 3; i++) cards.push(await buyCard(shop, { program: 3n }));
    const hiding = await buyCard(shop, { program: 1n, holder: other, principal: 50_000n * TOKEN });
    await advance(7n * DAY);
    for (const card of cards) await escrow.connect(holder).complain(card, id("closed"));
    await escrow.connect(operator).refundCard(hiding);
    expect(await escrow.warnings(merchant)).to.have.length(0);
    expect(good(await as(stranger)("merchant review-warnings", { merchant }))).to.include("Complaints raised (");
    expect(await escrow.warnings(merchant)).to.have.length(1);
    const unknown = refusal(await as(stranger)("merchant review-warnings", { merchant: 9n, json: true }));
    expect(unknown).to.include({ code: 2, revert: "MerchantUnknown" });
  });

  it("report what one holder has over the limit", async () => {
    const { as, holder, stranger, shop, token } = await runner.prepare();
    const refused = refusal(await as(stranger)("exposure report", { merchant, holder: holder.address, json: true }));
    expect(refused).to.include({ code: 2, revert: "ExposureWithinLimit" });
    for (let i = 0; i < 6; i++) await buyCard(shop, { program: 2n });
    await token.mint(holder, 100_000n * TOKEN);
    await buyCard(shop, { program: 1n, principal: 2_000n * TOKEN });
    expect(good(await as(stranger)("exposure report", { merchant, holder: holder.address }))).to.match(
      /^Report that 8 open cards .+ are of 21200\.00 .+ together\.\n.+\nWarningRaised/,
    );
  });

  it("suspend and resume; run off and close", async () => {
    const { as, regulator, owner, stranger, escrow } = await runner.prepare();
    const evidence = runner.file("report.txt");
    writeFileSync(evidence, "Doors locked.");
    const text = good(await as(regulator)("supervision suspend", { merchant, evidence }));
    expect(text)
      .to.include(keccak256(toUtf8Bytes("Doors locked.")))
      .and.to.include("It lapses at 20");
    good(await as(regulator)("supervision resume", { merchant }));
    const last = (await now()) + 10n * DAY;
    good(await as(owner)("supervision run-off", { merchant, lastServiceAt: iso(last) }));
    expect((await as(stranger)("supervision close", { merchant })).code).to.equal(2);
    await advance(30n * DAY);
    expect(good(await as(stranger)("supervision refund-all", { merchant }))).to.include("1 refunded");
    good(await as(stranger)("supervision close", { merchant }));
    expect((await escrow.merchant(merchant)).status).to.equal(MerchantStatus.Closed);
  });

  it("flag a default and withdraw it", async () => {
    const { as, regulator, stranger, escrow } = await runner.prepare();
    const stopped = (await now()) - DAY;
    const args = { merchant, evidence: id("closed"), serviceStoppedAt: iso(stopped) };
    const missing = refusal(await as(stranger)("supervision flag-default", { ...args, json: true }));
    expect(missing).to.include({ code: 2, revert: "AccessManagedUnauthorized" });
    expect(good(await as(regulator)("supervision flag-default", args))).to.include("settles until 20");
    expect((await escrow.merchant(merchant)).serviceStoppedAt).to.equal(stopped);
    expect(good(await as(regulator)("supervision withdraw-default", { merchant }))).to.include("is Suspended");
    expect((await as(regulator)("supervision flag-default", { merchant })).code).to.equal(1);
  });

  it("refund everybody in batches of the gas given, and go on after an interruption", async () => {
    const { as, regulator, stranger, shop, cardId, other, payer, symbol, escrow } = await runner.prepare();
    const more: string[] = [];
    for (let i = 0; i < 8; i++) more.push(await buyCard(shop, { program: 3n, holder: other }));
    await buyCard(shop, { program: 2n, holder: payer });
    good(await as(regulator)("supervision flag-default", { merchant, evidence: id("closed") }));
    expect((await as(stranger)("supervision refund-all", { merchant })).code).to.equal(2);
    await networkHelpers.time.increaseTo((await escrow.merchant(merchant)).windowEndsAt);
    const dry = json(
      await as(stranger)("supervision refund-all", { merchant, gas: "100000", dryRun: true, json: true }),
    );
    expect(dry.sent).to.equal(false);
    expect(Number(dry.transactions)).to.be.greaterThan(1);
    // Somebody else has begun, and was interrupted.
    await escrow.refundCards(merchant, [cardId, more[0]!]);
    const text = good(await as(stranger)("supervision refund-all", { merchant, gas: "100000" }));
    expect(text).to.include("Refund 8 open cards of merchant 1");
    expect(text.match(/Transaction 0x/g)!.length).to.be.greaterThan(1);
    expect(text).to.include("8 of 8 cards").and.to.include(`8 refunded with 11400.00 ${symbol}, 0 not paid`);
    for (const card of more) expect((await escrow.card(card)).status).to.equal(CardStatus.None);
    expect(good(await as(stranger)("supervision refund-all", { merchant }))).to.include("Refund 0 open cards");
  });

  it("name whom a refund did not reach, and that the claim stands", async () => {
    const { as, shop, cardId, regulator, stranger, holder, other, symbol } = await runner.prepareUnder("BlockingToken");
    const { merchantId: merchant, programs } = shop;
    const token = await ethers.getContractAt("BlockingToken", await shop.token.getAddress());
    const paid = await buyCard(shop, { program: programs.count, holder: other });
    await shop.escrow.connect(regulator).flagDefault(merchant, await now(), id("closed"));
    await networkHelpers.time.increaseTo((await shop.escrow.merchant(merchant)).windowEndsAt);
    await token.setBlocked(holder, true);
    const text = good(await as(stranger)("supervision refund-all", { merchant }));
    expect(text).to.include(`1 refunded with 1200.00 ${symbol}, 1 not paid`);
    expect(text).to.include(`not paid: 1200.00 ${symbol} to ${holder.address}, whose claim stands (card ${cardId})`);
    const again = json(await as(stranger)("supervision refund-all", { merchant, json: true }));
    expect(again).to.include({ cards: 0, refunded: "0" });
    expect(again.failed).to.have.length(1);
    expect((await shop.escrow.card(paid)).status).to.equal(CardStatus.None);
    expect((await shop.escrow.card(cardId)).status).to.equal(CardStatus.Open);
  });
});
