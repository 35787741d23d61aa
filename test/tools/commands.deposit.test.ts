import { writeFileSync } from "node:fs";

import { expect } from "chai";
import { id, keccak256, toUtf8Bytes } from "ethers";

import { claimList } from "../../src/actions/claims.js";
import { now } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { commandRunner, good, iso, json, refusal } from "../helpers/commands.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { flag } from "../helpers/register.js";

const merchant = 1n;

describe("Commands of the deposit register", () => {
  const runner = commandRunner();

  it("set a rule as one share or from a preset, and show it", async () => {
    const { as, regulator, stranger, symbol } = await runner.prepare();
    const cureBy = iso((await now()) + 30n * DAY);
    const set = good(await as(regulator)("deposit rule set", { merchant, share: "4000", reportDays: "90", cureBy }));
    expect(set).to.match(/^Ask of merchant 1: 40 % of the balance; a report every 90 d; to be met by /);
    expect(set).to.include("It is in force");
    const shown = good(await as(stranger)("deposit rule show", { merchant }));
    expect(shown).to.include("Rule 40 % of the balance").and.to.include("(in 29 d)");
    const looser = good(await as(regulator)("deposit rule set", { merchant, share: "100", cureBy }));
    expect(looser).to.include("It asks less, and acts from 20");
    const { nextRule } = json(await as(stranger)("deposit rule show", { merchant, json: true }));
    expect(nextRule).to.include({ bps0: "100", bps2: "100" });
    const tiers = good(
      await as(regulator)("deposit rule set", {
        merchant,
        preset: "CN-SH-2019",
        rule: "GENERAL",
        cureBy,
        dryRun: true,
      }),
    );
    expect(tiers).to.include(symbol).and.to.include("Nothing was sent");
    expect(tiers).to.include("Warning: CN-SH-2019 is not in force: it ended on 2024-04-30.");
    const undated = { merchant, preset: "CN-BJ-COMMERCE-2023", rule: "GENERAL", cureBy, dryRun: true };
    expect(good(await as(regulator)("deposit rule set", undated))).to.not.include("Warning");
    const both = await as(regulator)("deposit rule set", { merchant, preset: "CN-SH-2019", share: "1", cureBy });
    expect(both.code).to.equal(1);
    expect((await as(stranger)("deposit rule set", { merchant, share: "5000", cureBy })).code).to.equal(2);
  });

  it("report, pay in, withdraw and refresh warnings, and show what must be there", async () => {
    const { as, regulator, owner, stranger, symbol, shop } = await runner.prepare();
    const cureBy = iso((await now()) + 30n * DAY);
    good(await as(regulator)("deposit rule set", { merchant, share: "4000", reportDays: "90", cureBy }));
    const evidence = runner.file("balance.txt");
    writeFileSync(evidence, "80 000");
    const report = good(await as(owner)("deposit report", { merchant, amount: "80000", evidence }));
    expect(report)
      .to.include(keccak256(toUtf8Bytes("80 000")))
      .and.to.include(`Required are 32000.00 ${symbol}`);
    const short = good(await as(stranger)("deposit show", { merchant }));
    expect(short).to.include(`Required 32000.00 ${symbol}`).and.to.include("Warnings DepositShort (Warning)");
    expect(good(await as(owner)("deposit pay-in", { merchant, amount: "32500" }))).to.include(
      `The deposit is 32500.00 ${symbol}`,
    );
    expect(good(await as(owner)("deposit withdraw", { merchant, amount: "500" }))).to.include(
      `The deposit is 32000.00 ${symbol}`,
    );
    const over = refusal(await as(owner)("deposit withdraw", { merchant, amount: "1", json: true }));
    expect(over).to.include({ code: 2, revert: "DepositBelowRequired" });
    const { deposit, warnings } = json(await as(stranger)("deposit show", { merchant, json: true }));
    expect([deposit, warnings]).to.deep.equal([String(32_000n * TOKEN), []]);
    await networkHelpers.time.increase(91n * DAY);
    expect(good(await as(stranger)("deposit refresh-warnings", { merchant }))).to.include("ReportOverdue is up");
    expect(good(await as(stranger)("deposit refresh-warnings", { merchant }))).to.include("Nothing has changed");
    const { vault } = await shop.register.depositOf(merchant);
    await shop.token.mint(vault, 7n * TOKEN);
    expect(good(await as(stranger)("deposit book", { merchant }))).to.include(`The deposit is 32007.00 ${symbol}`);
  });

  it("name the allowance and the balance that are short, and by how much", async () => {
    const { as, owner, stranger, token, shop, registerAddress } = await runner.prepare();
    await token.connect(owner).approve(registerAddress, 5n * TOKEN);
    const allowance = refusal(await as(owner)("deposit pay-in", { merchant, amount: "12", json: true }));
    expect(allowance).to.include({ code: 2, revert: "ERC20InsufficientAllowance" });
    expect(allowance.command).to.equal("token approve MERCHANT 12.00 --for-register, with that merchant's number");
    expect(allowance.fields).to.deep.equal({
      spender: registerAddress,
      allowance: String(5n * TOKEN),
      needed: String(12n * TOKEN),
    });
    good(await as(owner)("token approve", { merchant, amount: "12", forRegister: true }));
    good(await as(owner)("deposit pay-in", { merchant, amount: "12" }));
    const shown = json(await as(owner)("token show", { merchant, json: true }));
    expect(shown.allowance).to.deep.include({ register: "0", escrow: "0" });
    await shop.token.mint(stranger, 3n * TOKEN);
    const balance = refusal(await as(stranger)("deposit pay-in", { merchant, amount: "10", json: true }));
    expect(balance).to.include({ code: 2, revert: "ERC20InsufficientBalance" });
    expect(balance.fields).to.deep.include({ balance: String(3n * TOKEN), needed: String(10n * TOKEN) });
  });

  it("name a surety, place it, show it and take it back", async () => {
    const { as, owner, bank, stranger, symbol } = await runner.prepare();
    good(await as(owner)("deposit surety name", { merchant, account: bank.address }));
    const end = (await now()) + 100n * DAY;
    const place = { merchant, amount: "20000", endsAt: iso(end) };
    expect(refusal(await as(stranger)("deposit surety place", { ...place, json: true })).revert).to.equal(
      "SuretyNamedOnly",
    );
    expect(good(await as(bank)("deposit surety place", place))).to.include(`The surety is 20000.00 ${symbol}`);
    const shown = good(await as(stranger)("deposit surety show", { merchant }));
    expect(shown).to.include(`Placed by ${bank.address}`).and.to.include("(in 99 d)");
    expect((await as(bank)("deposit surety take-back", { merchant })).code).to.equal(2);
    await networkHelpers.time.increaseTo(end);
    good(await as(stranger)("deposit surety take-back", { merchant }));
    expect(json(await as(stranger)("deposit surety show", { merchant, json: true })).amount).to.equal("0");
  });

  it("publish a list of claims, object to it, open and pay it, and pay the surplus", async () => {
    const { as, shop, association, regulator, owner, stranger, holder, other, payer, relayer, symbol, token } =
      await runner.prepare();
    good(await as(owner)("deposit pay-in", { merchant, amount: "1000" }));
    await flag(shop);
    const wrong = runner.file("wrong.json");
    writeFileSync(wrong, JSON.stringify([{ account: holder.address, amount: "1" }]));
    good(await as(association)("deposit claims publish", { merchant, file: wrong }));
    good(await as(regulator)("deposit claims object", { merchant, evidence: id("a line is missing") }));
    const file = runner.file("claims.csv");
    const people = [holder, other, payer];
    const amounts = ["300", "500.5", "99.5"];
    writeFileSync(file, ["account,amount", ...people.map((each, i) => `${each.address},${amounts[i]!}`)].join("\n"));
    expect(good(await as(association)("deposit claims publish", { merchant, file }))).to.include(
      "objected to until 20",
    );
    const lines = people.map(({ address: account }, i) => ({ account, amount: [300n, 500n, 99n][i]! * TOKEN }));
    lines[1]!.amount += TOKEN / 2n;
    lines[2]!.amount += TOKEN / 2n;
    const listed = json(await as(stranger)("deposit claims list", { merchant, file, json: true }));
    expect(listed).to.include({ standing: true, root: claimList(lines).root, claims: String(900n * TOKEN) });
    expect((await as(stranger)("deposit claims open", { merchant })).code).to.equal(2);
    const distribution = json(await as(stranger)("deposit claims show", { merchant, json: true }));
    await networkHelpers.time.increaseTo(BigInt(distribution.opensAt as string));
    good(await as(stranger)("deposit claims open", { merchant }));
    const stale = await as(stranger)("deposit claims claim", { merchant, file: wrong, index: 0n });
    expect(stale.code).to.equal(1);
    const before = await token.balanceOf(relayer);
    const claimed = await as(holder)("deposit claims claim", { merchant, file, index: 0n, to: relayer.address });
    expect(good(claimed)).to.include(`300.00 ${symbol} paid to ${relayer.address}`);
    expect((await token.balanceOf(relayer)) - before).to.equal(300n * TOKEN);
    const text = good(await as(stranger)("deposit claims pay", { merchant, file, gas: "90000" }));
    expect(text).to.include("Pay 2 of 3 claims").and.to.include(`2 paid with 600.00 ${symbol}, 0 skipped`);
    expect(text.match(/Transaction 0x/g)).to.have.length(2);
    expect(good(await as(stranger)("deposit claims pay", { merchant, file }))).to.include("Pay 0 of 3 claims");
    good(await as(stranger)("deposit pay-surplus", { merchant }));
    expect(json(await as(stranger)("deposit show", { merchant, json: true })).deposit).to.equal("0");
    expect((await as(stranger)("deposit claims claim", { merchant, file, index: 3n })).code).to.equal(1);
  });

  it("name what is wrong with a file of claims", async () => {
    const { as, association, holder } = await runner.prepare();
    const file = runner.file("claims.csv");
    const bad = ["who,what\n", "account,amount\n0x12,5\n", `account,amount\n${holder.address},5,6\n`, "[{}]", "[oops"];
    for (const content of [...bad, `account,amount\n${holder.address},five\n`]) {
      writeFileSync(file, content);
      const { code, error } = refusal(await as(association)("deposit claims publish", { merchant, file, json: true }));
      expect([code, error], content).to.deep.equal([1, "InvalidInputError"]);
    }
  });

  it("need the register's address", async () => {
    const { address, stranger } = await runner.prepare();
    const shown = await runner.run("deposit show", { escrow: address, from: stranger.address, merchant, json: true });
    expect(refusal(shown)).to.include({ code: 1, error: "InvalidInputError" });
  });
});
