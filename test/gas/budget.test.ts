import { readFileSync, writeFileSync } from "node:fs";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { Wallet, id } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { compactSignature, escrowDomain, typedDataTypes } from "../../src/contracts/typedData.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  authorize,
  buyCard,
  now,
  signVoucher,
  signSettlement,
} from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";

/**
 * Gas of whole transactions, as a user pays it, in a warm business: the pool, the vault and the payees hold money, the
 * merchant has a cap and the program a limit. `UPDATE_SNAPSHOTS=1 npm run gas` writes the figures anew.
 */
const SNAPSHOT = new URL("../../snapshots/gas.json", import.meta.url);

/** The budget: gas of one transaction, or of one card in it. */
const budget = {
  "buy a card (allowance set)": 79_000n,
  "settle one visit": 49_000n,
  "settle, per visit, 100 cards": 14_900n,
  "settle and pay out, per visit, 100 cards": 15_200n,
  "pay out": 52_000n,
  "settle one visit and pay out": 72_000n,
  "execute an exit": 64_000n,
  "flag a default": 50_000n,
  "refund, per card, 100 cards, holders have tokens": 14_500n,
  "refund, per card, 100 cards, holders have none": 30_500n,
} as const;

/** Measured and kept from growing unseen, but not in the budget. */
const watched = [
  "buy a card of any amount",
  "buy a pass",
  "buy with an authorization",
  "settle one visit with an operator's signature",
  "accrue, per pass, 100 passes",
  "request an exit",
  "execute an exit with a fee",
  "execute an exit of a pass",
  "extend, per pass, 100 passes",
  "merchant refunds a card",
  "refund, per pass, 100 passes, holders have tokens",
  "complain",
  "contest an exit",
  "rule for a complaint",
  "execute a dispute",
  "request a move",
  "execute a move",
  "register a merchant",
  "publish a program",
] as const;

type Line = keyof typeof budget | (typeof watched)[number];

/** Zero bytes in signatures, dates and addresses cost less than others, and vary from run to run: by less than this share. */
const ZERO_BYTES = 0.001;

const CROWD = 100;

/** A hundred holders whose cards somebody else paid. */
async function deployCrowd() {
  const shop = await deployShop();
  const { escrow, regulator, merchantId, programs } = shop;
  await escrow.connect(regulator).setOutstandingCap(merchantId, 10_000_000n);
  const crowd = Array.from({ length: CROWD }, (_, i) => new Wallet(id(`holder ${String(i)}`)));
  const cards = (program: bigint, serial = 0n): string[] =>
    crowd.map(({ address }) => encodeCardId({ holder: address, programId: program, serial }));
  for (const { address } of crowd) {
    await escrow.connect(shop.payer).buy(programs.count, address, 1_200n * TOKEN, 0n);
    await escrow.connect(shop.payer).buy(programs.count, address, 1_200n * TOKEN, 1n);
    await escrow.connect(shop.payer).buy(programs.pass, address, 3_600n * TOKEN, 0n);
  }
  // A warm business: visits were settled before, and the merchant was paid before.
  const first = await buyCard(shop, { program: programs.count });
  await escrow.connect(shop.operator).settleAndPayOut(merchantId, [await signVoucher(escrow, shop.holder, first, 1n)]);
  return { ...shop, crowd, cards, first };
}

/** Twenty visits of a merchant whose policy has a fee for leaving and no cooling-off. */
async function chargingProgram(shop: Shop): Promise<bigint> {
  const policyId = await anotherPolicy(shop, { coolingOff: 0n, feePriceBps: 1_000n, feeRestBps: 1_000n });
  const merchantId = await anotherMerchant(shop, { policyId, outstandingCap: 10_000_000n });
  const terms = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
  return await anotherProgram(shop, terms, merchantId);
}

type Crowd = Awaited<ReturnType<typeof deployCrowd>>;

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<bigint> {
  return (await (await sent).wait())!.gasUsed;
}

async function rowsOf({ escrow, crowd, cards, programs }: Crowd, cumulative: bigint) {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = escrowDomain(chainId, await escrow.getAddress());
  return Promise.all(
    cards(programs.count).map(async (cardId, i) => {
      const message = { cardId, cumulative, receipt: id(`${cardId} ${String(cumulative)}`) };
      return {
        ...message,
        ...compactSignature(await crowd[i]!.signTypedData(domain, typedDataTypes.Consumption, message)),
      };
    }),
  );
}

describe("Gas of whole transactions", () => {
  const measured = new Map<Line, bigint>();
  const load = () => networkHelpers.loadFixture(deployCrowd);
  const as = (shop: Shop, signer: HardhatEthersSigner): PrepaidEscrow => shop.escrow.connect(signer);

  it("buys", async () => {
    const shop = await load();
    const { programs, holder, relayer } = shop;
    const buyer = as(shop, holder);
    measured.set("buy a card (allowance set)", await gasOf(buyer.buy(programs.count, holder, 1_200n * TOKEN, 1n)));
    measured.set("buy a card of any amount", await gasOf(buyer.buy(programs.open, holder, 500n * TOKEN, 0n)));
    const startsAt = (await now()) + DAY;
    measured.set("buy a pass", await gasOf(buyer.buyPass(programs.pass, holder, 3_600n * TOKEN, 0n, startsAt)));
    const { args } = await authorize(shop, { program: programs.count, payer: shop.payer, holder });
    measured.set("buy with an authorization", await gasOf(as(shop, relayer).buyWithAuthorization(...args)));
  });

  it("settles", async () => {
    const shop = await load();
    const { merchantId, first, operator, holder, escrow } = shop;
    const till = as(shop, operator);
    const voucher = async (visits: bigint) => [await signVoucher(escrow, holder, first, visits)];
    measured.set("settle one visit", await gasOf(till.settle(merchantId, await voucher(2n))));
    measured.set("settle one visit and pay out", await gasOf(till.settleAndPayOut(merchantId, await voucher(3n))));
    await till.settle(merchantId, await voucher(4n));
    measured.set("pay out", await gasOf(till.payOut(merchantId)));
    const vouchers = await voucher(5n);
    const { deadline, signature } = await signSettlement(escrow, operator, merchantId, vouchers);
    const relayed = as(shop, shop.relayer).settleWithSignature(merchantId, vouchers, deadline, operator, signature);
    measured.set("settle one visit with an operator's signature", await gasOf(relayed));
  });

  it("settles a hundred cards", async () => {
    const shop = await load();
    const till = as(shop, shop.operator);
    await till.settle(shop.merchantId, await rowsOf(shop, 1n));
    const perCard = async (sent: Promise<ContractTransactionResponse>) => (await gasOf(sent)) / BigInt(CROWD);
    measured.set("settle, per visit, 100 cards", await perCard(till.settle(shop.merchantId, await rowsOf(shop, 2n))));
    measured.set(
      "settle and pay out, per visit, 100 cards",
      await perCard(till.settleAndPayOut(shop.merchantId, await rowsOf(shop, 3n))),
    );
    await advance(100n * DAY);
    await till.accrue(shop.cards(shop.programs.pass));
    await advance(DAY);
    measured.set("accrue, per pass, 100 passes", await perCard(till.accrue(shop.cards(shop.programs.pass))));
    await till.extendPasses(shop.cards(shop.programs.pass), DAY);
    const extended = till.extendPasses(shop.cards(shop.programs.pass), DAY);
    measured.set("extend, per pass, 100 passes", await perCard(extended));
  });

  it("lets holders leave", async () => {
    const shop = await load();
    const { first, holder, operator } = shop;
    measured.set("request an exit", await gasOf(as(shop, holder).requestExit(first)));
    await advance(5n * DAY);
    measured.set("execute an exit", await gasOf(as(shop, shop.stranger).executeExit(first)));
    const pass = await buyCard(shop, { program: shop.programs.pass });
    const charging = await chargingProgram(shop);
    const charged = await buyCard(shop, { program: charging });
    // A warm business: one card was left before.
    const warm = await buyCard(shop, { program: charging });
    for (const cardId of [pass, charged, warm]) await as(shop, holder).requestExit(cardId);
    await advance(5n * DAY);
    measured.set("execute an exit of a pass", await gasOf(as(shop, shop.stranger).executeExit(pass)));
    await as(shop, shop.stranger).executeExit(warm);
    measured.set("execute an exit with a fee", await gasOf(as(shop, shop.stranger).executeExit(charged)));
    const second = await buyCard(shop, { program: shop.programs.count });
    measured.set("merchant refunds a card", await gasOf(as(shop, operator).refundCard(second)));
  });

  it("settles disputes and moves cards", async () => {
    const shop = await load();
    const { holder, operator, association, other, stranger } = shop;
    const { count } = shop.programs;
    const evidence = id("evidence");
    const complained = shop.first;
    const contested = await buyCard(shop, { program: count });
    const moved = await buyCard(shop, { program: count });
    // A contest is about the discount, so some of it must be used; nobody complains in cooling-off.
    await as(shop, operator).settle(shop.merchantId, [await signVoucher(shop.escrow, holder, contested, 5n)]);
    await advance(7n * DAY);
    measured.set("complain", await gasOf(as(shop, holder).complain(complained, evidence)));
    measured.set("request a move", await gasOf(as(shop, holder).requestMove(moved, other)));
    await advance(5n * DAY);
    measured.set("execute a move", await gasOf(as(shop, stranger).executeMove(moved, 0n)));
    const ruling = as(shop, association).resolve(complained, true, 1_200n * TOKEN, evidence);
    measured.set("rule for a complaint", await gasOf(ruling));
    await as(shop, holder).requestExit(contested);
    measured.set("contest an exit", await gasOf(as(shop, operator).contestExit(contested, evidence)));
    await advance(30n * DAY);
    measured.set("execute a dispute", await gasOf(as(shop, stranger).executeDispute(contested)));
  });

  it("flags a default and refunds everybody", async () => {
    const shop = await load();
    const { merchantId, regulator, stranger, token, crowd } = shop;
    const flag = as(shop, regulator).flagDefault(merchantId, await now(), id("evidence"));
    measured.set("flag a default", await gasOf(flag));
    await advance(7n * DAY);
    const perCard = async (cards: string[]) =>
      (await gasOf(as(shop, stranger).refundCards(merchantId, cards))) / BigInt(CROWD);
    measured.set("refund, per card, 100 cards, holders have none", await perCard(shop.cards(shop.programs.count)));
    expect(await token.balanceOf(crowd[0]!.address)).to.equal(1_200n * TOKEN);
    measured.set(
      "refund, per card, 100 cards, holders have tokens",
      await perCard(shop.cards(shop.programs.count, 1n)),
    );
    measured.set("refund, per pass, 100 passes, holders have tokens", await perCard(shop.cards(shop.programs.pass)));
  });

  it("opens a business", async () => {
    const shop = await load();
    const { regulator, owner, payout, policyId, merchantId } = shop;
    const registered = as(shop, regulator).registerMerchant(owner, payout, policyId, 0n, "ipfs://merchant");
    measured.set("register a merchant", await gasOf(registered));
    const terms = {
      kind: 1n,
      bearer: false,
      feeFree: false,
      price: 100n,
      units: 10n,
      listPrice: 150n,
      metadataURI: "ipfs://program",
    };
    measured.set("publish a program", await gasOf(as(shop, owner).publishProgram(merchantId, terms)));
  });

  it("stays within the budget", () => {
    for (const [line, limit] of Object.entries(budget)) expect(measured.get(line as Line), line).to.be.at.most(limit);
  });

  it("is what snapshots/gas.json says", () => {
    const figures = Object.fromEntries([...measured].map(([line, gas]) => [line, Number(gas)]));
    expect(Object.keys(figures)).to.have.members([...Object.keys(budget), ...watched]);
    if (process.env.UPDATE_SNAPSHOTS === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(figures, null, 2)}\n`);
      return;
    }
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(snapshot)).to.have.members(Object.keys(figures));
    for (const [line, gas] of Object.entries(figures)) {
      expect(gas, line).to.be.closeTo(snapshot[line]!, Math.ceil(snapshot[line]! * ZERO_BYTES));
    }
  });
});
