import { expect } from "chai";
import { EventFragment, Interface, ZeroAddress, ZeroHash } from "ethers";

import { describeWarningInChinese } from "../../src/locales/zh.js";
import { decodeEvent, decodeEvents, isEvent, topicOf } from "../../src/contracts/events.js";
import type { EscrowEvent } from "../../src/contracts/events.js";
import { policyFromPreset, findPreset } from "../../src/presets/presets.js";
import { standingWarnings } from "../../src/contracts/warnings.js";
import { describeWarning } from "../../src/format/warnings.js";
import { IDepositRegister__factory, IPrepaidEscrow__factory } from "../../types/ethers-contracts/index.js";
import { advance, anotherMerchant, anotherProgram, buyCard, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { deployRegister, distribute, listOf, pay, report, ruleOf, setRule } from "../helpers/register.js";

/** The events of both contracts; warnings are the same in both. */
const abi = new Interface([
  ...new Map(
    [IPrepaidEscrow__factory, IDepositRegister__factory]
      .flatMap((factory) => new Interface(factory.abi).fragments)
      .filter((fragment) => EventFragment.isFragment(fragment))
      .map((fragment) => [fragment.topicHash, fragment] as const),
  ).values(),
]);

/** Every event of the escrow so far, or of the last block alone. */
async function eventsOf(shop: Shop, fromBlock = 0): Promise<EscrowEvent[]> {
  return decodeEvents(await ethers.provider.getLogs({ address: await shop.escrow.getAddress(), fromBlock }));
}

async function lastEvents(shop: Shop): Promise<EscrowEvent[]> {
  return eventsOf(shop, await ethers.provider.getBlockNumber());
}

function only<Name extends EscrowEvent["name"]>(events: readonly EscrowEvent[], name: Name) {
  const [first, ...more] = events.filter((event) => isEvent(event, name));
  expect(more).to.deep.equal([]);
  return first!;
}

describe("events", () => {
  it("are decoded one and all, with the names and values of the ABI", () => {
    const fragments = abi.fragments.filter((fragment) => EventFragment.isFragment(fragment));
    expect(fragments.length).to.be.greaterThan(20);
    for (const fragment of fragments) {
      if (["PolicyAdded", "ProgramPublished", "RuleTightened", "RuleLooseningAnnounced"].includes(fragment.name))
        continue;
      const values = fragment.inputs.map(({ type }) => {
        if (type === "address") return `0x${"12".repeat(20)}`;
        if (type === "bytes32") return `0x${"34".repeat(32)}`;
        if (type === "string") return "text";
        return type === "bool" ? true : 1n;
      });
      const { data, topics } = abi.encodeEventLog(fragment, values);
      const place = { address: ZeroAddress, blockNumber: 5, blockHash: ZeroHash, transactionHash: ZeroHash, index: 6 };
      const event = decodeEvent({ topics, data, ...place })!;
      expect(event).to.include({ name: fragment.name, ...place });
      expect(topicOf(event.name)).to.equal(topics[0]);
      expect(Object.keys(event.args)).to.deep.equal(fragment.inputs.map((input) => input.name));
      fragment.inputs.forEach((input, i) => {
        const value = (event.args as unknown as Record<string, unknown>)[input.name];
        const isEnum = input.type === "uint8" && input.name !== "nonce";
        if (isEnum) expect(value, `${fragment.name} ${input.name}`).to.be.a("string");
        else expect(value, `${fragment.name} ${input.name}`).to.equal(values[i]);
      });
    }
  });

  it("of a policy carry the policy", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const policy = policyFromPreset(findPreset("CN-EDU-2021"), await shop.token.getAddress(), 6);
    await shop.escrow.connect(shop.regulator).addPolicy(policy);
    const { args } = only(await lastEvents(shop), "PolicyAdded");
    expect(args.token).to.equal(policy.token);
    expect(args.policy).to.deep.equal(policy);
  });

  it("of a program carry its terms, the kind by name", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const programId = await anotherProgram(shop, {
      kind: 1n,
      price: 5n,
      units: 6n,
      listPrice: 7n,
      bearer: true,
      feeFree: true,
    });
    const { args } = only(await lastEvents(shop), "ProgramPublished");
    expect(args).to.deep.equal({
      programId,
      merchantId: 1n,
      policyId: shop.policyId,
      terms: {
        kind: "Count",
        bearer: true,
        price: 5n,
        units: 6n,
        listPrice: 7n,
        feeFree: true,
        metadataURI: "ipfs://program",
      },
    });
  });

  it("of a rule carry the rule", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const sent = await setRule(shop, { bps0: 4_000n, reportDays: 90n });
    const [event] = decodeEvents((await sent.wait())!.logs);
    const { since, cureBy } = await shop.register.rule(1n);
    expect(event).to.include({ name: "RuleTightened" });
    expect(event!.args).to.deep.equal({
      merchantId: 1n,
      rule: ruleOf({ bps0: 4_000n, reportDays: 90n }),
      since,
      cureBy,
      required: 0n,
    });
    const [later] = decodeEvents((await (await setRule(shop, { bps0: 1n, reportDays: 90n })).wait())!.logs);
    expect(later).to.include({ name: "RuleLooseningAnnounced" });
    expect(later!.args).to.deep.include({ merchantId: 1n, rule: ruleOf({ bps0: 1n, reportDays: 90n }) });
  });

  it("of a claim that is skipped name the reason", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const list = listOf([{ account: shop.holder.address, amount: 10n }]);
    await distribute(shop, list);
    const { register, merchantId } = shop;
    const sent = await register.claimMany(merchantId, [list.claim(0), { ...list.claim(0), amount: 11n }]);
    const skipped = decodeEvents((await sent.wait())!.logs).filter((event) => isEvent(event, "ClaimSkipped"));
    expect(skipped.map(({ args }) => args.reason)).to.deep.equal(["NothingDue", "NotListed"]);
  });

  it("of a day of business come in order and with their place", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, operator, payout, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 2n);
    await escrow.connect(operator).settleAndPayOut(merchantId, [voucher, voucher]);

    const events = await lastEvents(shop);
    const settled = only(events, "ConsumptionSettled");
    expect(settled.args).to.deep.equal({
      merchantId,
      cardId,
      released: 120n * TOKEN,
      cumulative: 2n,
      receipt: voucher.receipt,
    });
    expect(only(events, "ConsumptionSkipped").args).to.deep.equal({ cardId, reason: "Stale" });
    expect(only(events, "PaidOut").args).to.include({ merchantId, payout: payout.address, amount: 120n * TOKEN });

    const block = await ethers.provider.getBlock("latest");
    expect(settled).to.include({
      address: await escrow.getAddress(),
      blockNumber: block!.number,
      blockHash: block!.hash,
    });
    expect(settled.transactionHash).to.equal(block!.transactions[0]);
    expect(events.map((event) => event.index)).to.deep.equal(
      [...events.map((event) => event.index)].sort((a, b) => a - b),
    );
  });

  it("name the rule of a refund and the status after a flag", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, regulator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.open });
    await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    await escrow.executeExit(cardId);
    expect(only(await lastEvents(shop), "CardRefunded").args).to.include({
      rule: "CoolingOff",
      recipient: holder.address,
    });

    await escrow.connect(regulator).flagDefault(merchantId, 0n, ZeroHash);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    expect(only(await lastEvents(shop), "DefaultWithdrawn").args).to.include({ status: "Suspended" });
  });

  it("are not read from logs of others", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const logs = await ethers.provider.getLogs({ address: await shop.token.getAddress(), fromBlock: 0 });
    expect(logs.length).to.be.greaterThan(0);
    expect(decodeEvents(logs)).to.deep.equal([]);
    const place = { address: ZeroAddress, blockNumber: 5, blockHash: ZeroHash, transactionHash: ZeroHash, index: 6 };
    expect(decodeEvent({ topics: [], data: "0x", ...place })).to.equal(undefined);
  });
});

describe("warnings", () => {
  /** A merchant with a cap of 1 000 tokens and an open program. */
  async function capped() {
    const shop = await networkHelpers.loadFixture(deployShop);
    const merchantId = await anotherMerchant(shop, { outstandingCap: 1_000n });
    const program = await anotherProgram(shop, { kind: 0n, price: 0n, units: 0n, listPrice: 0n }, merchantId);
    return { shop, merchantId, program };
  }

  it("of one card are described once, and in a sentence", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const cardId = await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
    const events = await lastEvents(shop);
    const warning = only(events, "WarningRaised");
    expect(warning.args).to.deep.equal({
      merchantId: 1n,
      kind: "CardOverLimit",
      cardId,
      observed: 5_000n * TOKEN + 1n,
      limit: 5_000n * TOKEN,
      level: "Warning",
    });
    expect(standingWarnings(events)).to.deep.equal([]);
    expect(describeWarning(warning, { decimals: 6, symbol: "TCNY" })).to.equal(
      "Warning for merchant 1: a card is over its limit (5000.000001 TCNY, limit 5000 TCNY).",
    );
    const writer = { amount: (value: bigint) => `<${value}>`, duration: String };
    expect(describeWarning(warning, { decimals: 6, symbol: "TCNY" }, writer)).to.equal(
      "Warning for merchant 1: a card is over its limit (<5000000001>, limit <5000000000>).",
    );
    expect(describeWarningInChinese(warning, writer)).to.equal(
      "商家 1 警告：单张卡超过限额（<5000000001>，限额 <5000000000>）。",
    );
  });

  it("that last stand until they are cleared, at their last level", async () => {
    const { shop, merchantId, program } = await capped();
    const { escrow, holder, operator } = shop;
    const standing = async () => standingWarnings(await eventsOf(shop));
    const cap = { merchantId, kind: "OutstandingCap" };

    await buyCard(shop, { program, principal: 900n * TOKEN });
    expect(await standing()).to.deep.equal([]);
    const cardId = await buyCard(shop, { program, principal: 50n * TOKEN });
    expect(await standing()).to.deep.equal([{ ...cap, level: "Notice", observed: 950n * TOKEN, limit: 900n * TOKEN }]);
    await buyCard(shop, { program, principal: 51n * TOKEN });
    const before = await standing();
    expect(before).to.deep.equal([{ ...cap, level: "Warning", observed: 1_001n * TOKEN, limit: 1_000n * TOKEN }]);

    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 50n * TOKEN)]);
    expect(await standing()).to.deep.equal(before);
    await escrow.connect(operator).refundCard(cardId.slice(0, -1) + "0");
    expect(await standing()).to.deep.equal([]);
    expect(standingWarnings(await lastEvents(shop), before)).to.deep.equal([]);
    expect(standingWarnings([], before)).to.deep.equal(before);
  });

  it("describe whether the cap is near or passed", async () => {
    const { shop, merchantId, program } = await capped();
    for (const principal of [950n * TOKEN, 51n * TOKEN]) await buyCard(shop, { program, principal });
    const raised = (await eventsOf(shop)).filter((event) => isEvent(event, "WarningRaised"));
    expect(raised.map((event) => describeWarning(event, { decimals: 6, symbol: "TCNY" }))).to.deep.equal([
      `Notice for merchant ${merchantId}: the outstanding balance is near its cap (950 TCNY, limit 900 TCNY).`,
      `Warning for merchant ${merchantId}: the outstanding balance is over its cap (1001 TCNY, limit 1000 TCNY).`,
    ]);
    const writer = { amount: (value: bigint) => String(value / TOKEN), duration: String };
    const [notice, warning] = raised.map((event) => describeWarningInChinese(event, writer as never));
    expect([notice, warning]).to.deep.equal([
      `商家 ${merchantId} 提示：预收资金余额接近上限（950，限额 900）。`,
      `商家 ${merchantId} 警告：预收资金余额超过上限（1001，限额 1000）。`,
    ]);
  });

  it("of the register stand beside those of the escrow, in one list", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, register, regulator, owner, merchantId, programs } = shop;
    await escrow.connect(regulator).setOutstandingCap(merchantId, 1_000n);
    await buyCard(shop, { program: programs.open, principal: 950n * TOKEN });
    await setRule(shop, { bps0: 4_000n });
    await report(shop, owner, 1_000n);
    const address = [await escrow.getAddress(), await register.getAddress()];
    const both = async () => decodeEvents(await ethers.provider.getLogs({ address, fromBlock: 0 }));
    const kinds = standingWarnings(await both()).map(({ kind, observed, limit }) => [kind, observed, limit]);
    expect(kinds).to.deep.equal([
      ["OutstandingCap", 950n * TOKEN, 900n * TOKEN],
      ["DepositShort", 0n, 400n],
    ]);
    await pay(shop, 400n);
    expect(standingWarnings(await both()).map(({ kind }) => kind)).to.deep.equal(["OutstandingCap"]);
  });

  it("that last are those the contract reports", async () => {
    const { shop, merchantId, program } = await capped();
    await buyCard(shop, { program, principal: 950n * TOKEN });
    const reported = await shop.escrow.warnings(merchantId);
    expect(reported.map(({ kind, level }) => [kind, level])).to.deep.equal([[2n, 0n]]);
    const [standing] = standingWarnings(await eventsOf(shop));
    expect(standing).to.include({ kind: "OutstandingCap", level: "Notice" });
  });
});
