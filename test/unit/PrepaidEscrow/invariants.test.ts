import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionReceipt, ContractTransactionResponse, LogDescription } from "ethers";

import { decodeCardId } from "../../../src/cardId.js";
import { CardStatus, MerchantStatus, ProgramKind } from "../../../src/enums.js";
import type { BlockingToken, TestToken } from "../../../types/ethers-contracts/index.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  freeSerial,
  now,
  signExit,
  signRow,
  signSettlement,
} from "../../helpers/actions.js";
import type { SignedRow } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../helpers/fixture.js";
import type { Shop } from "../../helpers/fixture.js";
import { EVIDENCE } from "../../helpers/leaving.js";
import { randomOf, seedOfRun } from "../../helpers/random.js";
import type { Random } from "../../helpers/random.js";
import { openShopUnder } from "../../helpers/tokens.js";

/*
 * Random lives of several merchants. After every step the promises of the system are checked from what is on chain and what
 * the events said, with nothing else to go by. The seed is in the test's name; `SEED=…` plays the same life again.
 */

interface Merchant {
  readonly id: bigint;
  readonly vault: string;
  readonly token: TestToken;
  readonly programs: readonly bigint[];
  /** What the events said, in token base units. */
  purchases: bigint;
  paidOut: bigint;
  refunds: bigint;
  released: bigint;
  /** Sent to the vault past the escrow. */
  donations: bigint;
}

interface Card {
  readonly id: string;
  readonly merchant: Merchant;
  readonly holder: HardhatEthersSigner;
  readonly kind: bigint;
  readonly principal: bigint;
  /** The units it can be consumed to. */
  readonly face: bigint;
  /** What the events said, in token base units. */
  released: bigint;
  refunded: bigint;
  /** As last read. */
  open: boolean;
  consumed: bigint;
  remaining: bigint;
}

interface World {
  readonly shop: Shop;
  readonly random: Random;
  readonly merchants: readonly Merchant[];
  readonly blocking: BlockingToken;
  readonly holders: readonly HardhatEthersSigner[];
  readonly cards: Map<string, Card>;
  /** Rows that were booked, to be sent again. */
  readonly booked: { readonly merchantId: bigint; readonly row: SignedRow }[];
}

/** Sends one transaction, if there is anything to do. */
type Step = (world: World) => Promise<ContractTransactionResponse | undefined>;

/* THE WORLD */

async function createWorld(random: Random): Promise<World> {
  const shop = await networkHelpers.loadFixture(deployShop);
  const { escrow, regulator, token } = shop;
  const blocking: BlockingToken = await ethers.deployContract("BlockingToken");
  const under = await openShopUnder(shop, await ethers.getContractAt("TestToken", await blocking.getAddress()));
  const strict = await anotherPolicy(shop, {
    exitDelay: DAY,
    coolingOff: 3n * DAY,
    coolingOffRequiresUnused: true,
    unilateralExit: true,
    rejectOverCap: true,
    accrualDelay: 0n,
    runOffNotice: 7n * DAY,
    finalSettlement: 3n * DAY,
  });

  const merchants: Merchant[] = [];
  const add = async (id: bigint, programs: readonly bigint[], of: TestToken = token): Promise<void> => {
    const vault = await escrow.vaultOf(id);
    const nothing = { purchases: 0n, paidOut: 0n, refunds: 0n, released: 0n, donations: 0n };
    merchants.push({ id, vault, token: of, programs, ...nothing });
  };
  const oddPrograms = async (merchantId: bigint): Promise<bigint[]> => {
    const { StoredValue, Session, Term } = ProgramKind;
    const terms = [
      { kind: StoredValue, price: 0n, units: 0n, listPrice: 0n },
      { kind: StoredValue, price: 999_999n, units: 1_333_333n, listPrice: 1_333_333n },
      { kind: Session, price: 1_000_003n, units: 7n, listPrice: 1_500_000n },
      { kind: Term, price: 1_000_001n, units: 30n * DAY + 1n, listPrice: 1_000_001n },
    ];
    const ids = [];
    for (const one of terms) ids.push(await anotherProgram(shop, one, merchantId));
    return ids;
  };
  await add(shop.merchantId, Object.values(shop.programs));
  await add(under.merchantId, Object.values(under.programs), under.token);
  for (const options of [{ policyId: strict, outstandingCap: 40n }, { outstandingCap: 30n }]) {
    const id = await anotherMerchant(shop, options);
    await add(id, await oddPrograms(id));
  }
  await escrow.connect(regulator).setOutstandingCap(shop.merchantId, 9_000n);
  const holders = [shop.holder, shop.other, shop.payer];
  return { shop, random, merchants, blocking, holders, cards: new Map(), booked: [] };
}

/* STEPS */

const openCards = ({ cards }: World, merchant?: Merchant): Card[] =>
  [...cards.values()].filter((card) => card.open && (merchant === undefined || card.merchant === merchant));

const anyOpen = (world: World): Card | undefined => {
  const open = openCards(world);
  return open.length === 0 ? undefined : world.random.pick(open);
};

/** A row for a card: mostly a good one, sometimes over the face, stale, or signed by somebody else. */
async function rowFor({ shop, random, holders }: World, card: Card): Promise<SignedRow> {
  const left = card.face - card.consumed;
  const visit = left === 0n ? 0n : random.between(1n, random.chance(20n) ? left : (left + 9n) / 10n);
  const cumulative = random.chance(5n) ? card.face + 1n : card.consumed + (random.chance(5n) ? 0n : visit);
  return signRow(shop.escrow, random.chance(5n) ? random.pick(holders) : card.holder, card.id, cumulative);
}

async function batch(world: World): Promise<{ readonly merchant: Merchant; readonly rows: SignedRow[] } | undefined> {
  const { random, merchants } = world;
  const merchant = random.pick(merchants);
  const mine = openCards(world, merchant);
  if (mine.length === 0) return undefined;
  const rows = [];
  for (let i = random.between(1n, 4n); i > 0n; i--) {
    const card = random.chance(5n) ? anyOpen(world)! : random.pick(mine);
    rows.push(await rowFor(world, card));
  }
  return { merchant, rows };
}

const settler = async ({ shop, random }: World, merchant: Merchant): Promise<HardhatEthersSigner> => {
  const { status } = await shop.escrow.merchant(merchant.id);
  return status === MerchantStatus.Defaulted && random.chance(50n) ? shop.stranger : shop.operator;
};

const buy: Step = async ({ shop, random, merchants, holders }) => {
  const { escrow } = shop;
  const holder = random.pick(holders);
  const payer = random.pick(holders);
  const merchant = random.pick(merchants);
  const programId = random.pick(merchant.programs);
  const { price, kind } = await escrow.program(programId);
  const principal = price === 0n ? random.between(1n, random.pick([10n, 2n * TOKEN])) : price;
  const serial = await freeSerial(escrow, holder.address, programId);
  if (kind === ProgramKind.Term && random.chance(30n)) {
    const startsAt = (await now()) + random.between(1n, 31n * DAY);
    return escrow.connect(payer).buyPass(programId, holder, principal, serial, startsAt);
  }
  return escrow.connect(payer).buy(programId, holder, principal, serial);
};

const settle: Step = async (world) => {
  const made = await batch(world);
  if (made === undefined) return undefined;
  const { escrow } = world.shop;
  return escrow.connect(await settler(world, made.merchant)).settle(made.merchant.id, made.rows);
};

const settleAndPayOut: Step = async (world) => {
  const made = await batch(world);
  if (made === undefined) return undefined;
  return world.shop.escrow.connect(world.shop.operator).settleAndPayOut(made.merchant.id, made.rows);
};

const settleWithSignature: Step = async (world) => {
  const made = await batch(world);
  if (made === undefined) return undefined;
  const { escrow, operator, relayer } = world.shop;
  const { deadline, signature } = await signSettlement(escrow, operator, made.merchant.id, made.rows);
  return escrow.connect(relayer).settleWithSignature(made.merchant.id, made.rows, deadline, operator, signature);
};

const accrue: Step = async (world) => {
  const ids = openCards(world).map(({ id }) => id);
  if (ids.length === 0) return undefined;
  const some = Array.from({ length: Number(world.random.between(1n, 6n)) }, () => world.random.pick(ids));
  return world.shop.escrow.connect(world.shop.stranger).accrue(some);
};

const payOut: Step = async ({ shop, random, merchants }) => {
  const earning = merchants.filter(({ released, paidOut }) => released > paidOut);
  return shop.escrow.payOut(random.pick(earning.length === 0 ? merchants : earning).id);
};

const requestExit: Step = async (world) => {
  const { shop, random } = world;
  const card = anyOpen(world);
  if (card === undefined) return undefined;
  if (random.chance(50n)) return shop.escrow.connect(card.holder).requestExit(card.id);
  const { deadline, signature } = await signExit(shop.escrow, card.holder, card.id);
  return shop.escrow.connect(shop.relayer).requestExitWithSignature(card.id, deadline, signature);
};

const cancelExit: Step = async (world) => {
  const card = anyOpen(world);
  return card && world.shop.escrow.connect(card.holder).cancelExit(card.id);
};

/** Executes an exit that is due, if there is one. */
const executeExit: Step = async (world) => {
  const { shop, random } = world;
  const time = await now();
  const due = [];
  for (const card of openCards(world)) {
    const { exitRequestedAt } = await shop.escrow.card(card.id);
    if (exitRequestedAt !== 0n && (await shop.escrow.quoteExit(card.id)).executableAt <= time) due.push(card);
  }
  const card = due.length === 0 ? anyOpen(world) : random.pick(due);
  if (card === undefined) return undefined;
  return random.chance(70n)
    ? shop.escrow.connect(shop.stranger).executeExit(card.id)
    : shop.escrow.connect(card.holder).executeExitTo(card.id, random.pick(world.holders));
};

const refundCard: Step = async (world) => {
  const card = anyOpen(world);
  return card && world.shop.escrow.connect(world.shop.operator).refundCard(card.id);
};

/** Refunds cards of a merchant that closes or is flagged, if there is one. */
const refundCards: Step = async (world) => {
  const { shop, random, merchants, cards } = world;
  const ending = [];
  for (const merchant of merchants) {
    const { status } = await shop.escrow.merchant(merchant.id);
    if (status === MerchantStatus.RunOff || status === MerchantStatus.Defaulted) ending.push(merchant);
  }
  const merchant = random.pick(ending.length === 0 ? merchants : ending);
  const ids = [...cards.values()].filter((card) => card.merchant === merchant).map(({ id }) => id);
  if (ids.length === 0) return undefined;
  const some = Array.from({ length: Number(random.between(1n, 4n)) }, () => random.pick(ids));
  return shop.escrow.connect(shop.stranger).refundCards(merchant.id, some);
};

const suspend: Step = async ({ shop, random, merchants }) =>
  shop.escrow.connect(shop.regulator).suspend(random.pick(merchants).id, EVIDENCE);

const resume: Step = async ({ shop, random, merchants }) =>
  shop.escrow.connect(shop.regulator).resume(random.pick(merchants).id);

const startRunOff: Step = async ({ shop, random, merchants }) =>
  shop.escrow
    .connect(random.chance(50n) ? shop.owner : shop.regulator)
    .startRunOff(random.pick(merchants).id, (await now()) + random.between(1n, 30n * DAY));

const closeMerchant: Step = async ({ shop, random, merchants }) => shop.escrow.closeMerchant(random.pick(merchants).id);

const flagDefault: Step = async ({ shop, random, merchants }) =>
  shop.escrow
    .connect(shop.regulator)
    .flagDefault(random.pick(merchants).id, (await now()) - random.between(0n, 40n * DAY), EVIDENCE);

const withdrawDefault: Step = async ({ shop, random, merchants }) =>
  shop.escrow.connect(shop.regulator).withdrawDefault(random.pick(merchants).id);

const setPayout: Step = async ({ shop, random, merchants }) =>
  shop.escrow.connect(shop.owner).setPayout(random.pick(merchants).id, random.pick([shop.payout, shop.association]));

const setOutstandingCap: Step = async ({ shop, random, merchants }) =>
  shop.escrow.connect(shop.regulator).setOutstandingCap(random.pick(merchants).id, random.pick([0n, 5n, 30n, 9_000n]));

/** The token's issuer blocks a holder, or lets one go. */
const block: Step = async ({ random, blocking, holders }) =>
  blocking.setBlocked(random.pick(holders), random.chance(50n));

/** Somebody sends tokens to a vault, which the escrow takes no notice of. */
const donate: Step = async ({ shop, random, merchants }) => {
  const merchant = random.pick(merchants);
  const amount = random.between(1n, TOKEN);
  const sent = await merchant.token.connect(shop.other).transfer(merchant.vault, amount);
  merchant.donations += amount;
  return sent;
};

/** Rows that were booked once are sent again. */
const replay: Step = async ({ shop, random, booked }) => {
  if (booked.length === 0) return undefined;
  const { merchantId, row } = random.pick(booked);
  return shop.escrow.connect(shop.operator).settle(merchantId, [row, row]);
};

/** How often each step is taken, of their sum. */
const weights: readonly (readonly [Step, number])[] = [
  [buy, 22],
  [settle, 18],
  [settleAndPayOut, 4],
  [settleWithSignature, 4],
  [accrue, 8],
  [payOut, 6],
  [requestExit, 10],
  [cancelExit, 2],
  [executeExit, 10],
  [refundCard, 2],
  [refundCards, 6],
  [suspend, 1],
  [resume, 2],
  [startRunOff, 1],
  [closeMerchant, 1],
  [flagDefault, 1],
  [withdrawDefault, 2],
  [setPayout, 1],
  [setOutstandingCap, 1],
  [block, 2],
  [donate, 1],
  [replay, 3],
];
const lots = weights.flatMap(([step, weight]) => Array.from({ length: weight }, () => step));

/* CHECKS */

const isVaultTransfer = (merchant: Merchant, log: LogDescription): boolean =>
  log.name === "Transfer" && log.args.getValue("from") === merchant.vault;

/** Books what the events of one transaction said, and checks what must be true of the transaction by itself. */
async function account(world: World, receipt: ContractTransactionReceipt): Promise<Set<Merchant>> {
  const { shop, merchants, holders, cards } = world;
  const { escrow } = shop;
  const touched = new Set<Merchant>();
  const changed = new Set<Card>();
  const payments: string[] = [];
  const address = await escrow.getAddress();
  for (const log of receipt.logs) {
    if (log.address !== address) continue;
    const event = escrow.interface.parseLog(log);
    expect(event, "an event of the escrow").to.not.equal(null);
    const { name, args } = event!;
    if (!["CardOpened", "ConsumptionSettled", "PassAccrued", "CardRefunded", "PaidOut"].includes(name)) continue;
    const merchant = merchants.find(({ id }) => id === args.getValue("merchantId"))!;
    touched.add(merchant);
    if (name === "PaidOut") {
      const amount = args.getValue("amount") as bigint;
      merchant.paidOut += amount;
      payments.push(`${merchant.vault} ${String(args.getValue("payout"))} ${amount}`);
      const { status, windowEndsAt } = await escrow.merchant(merchant.id, { blockTag: receipt.blockNumber });
      // 8. Nothing goes to the merchant from a flag until its window has ended.
      const inWindow =
        status === MerchantStatus.Defaulted && BigInt((await receipt.getBlock()).timestamp) < windowEndsAt;
      expect(inWindow, "paid out in the final window").to.be.false;
      continue;
    }
    const id = args.getValue("cardId") as string;
    if (name === "CardOpened") {
      const { programId, holder } = decodeCardId(id);
      const program = await escrow.program(programId);
      const principal = args.getValue("principal") as bigint;
      cards.set(id, {
        id,
        merchant,
        holder: holders.find((one) => one.address === holder)!,
        kind: program.kind,
        principal,
        face: program.units === 0n ? principal : program.units,
        released: 0n,
        refunded: 0n,
        open: true,
        consumed: 0n,
        remaining: principal,
      });
      merchant.purchases += principal;
      continue;
    }
    const card = cards.get(id)!;
    const released = args.getValue("released") as bigint;
    card.released += released;
    merchant.released += released;
    if (name === "CardRefunded") {
      const refunded = args.getValue("refunded") as bigint;
      card.refunded += refunded;
      merchant.refunds += refunded;
      payments.push(`${merchant.vault} ${String(args.getValue("recipient"))} ${refunded}`);
    }
    changed.add(card);
  }
  for (const card of changed) await reread(world, card);
  // 10. Tokens leave a vault only as a payout or a refund says.
  const transfers = receipt.logs
    .map((log) => shop.token.interface.parseLog(log))
    .filter((log) => log !== null)
    .filter((log) => merchants.some((merchant) => isVaultTransfer(merchant, log)))
    .map(
      ({ args }) => `${String(args.getValue("from"))} ${String(args.getValue("to"))} ${String(args.getValue("value"))}`,
    );
  expect(transfers).to.deep.equal(payments.filter((payment) => !payment.endsWith(" 0")));
  return touched;
}

/** Reads a card again, and checks what must be true of it by itself. */
async function reread({ shop }: World, card: Card): Promise<void> {
  const { status, consumed, principal } = await shop.escrow.card(card.id);
  const remaining = await shop.escrow.remaining(card.id);
  card.open = status === CardStatus.Open;
  card.remaining = remaining;
  if (status !== CardStatus.None) {
    // 6. Consumption never falls and never passes the face.
    expect(consumed, card.id).to.be.at.least(card.consumed);
    expect(consumed, card.id).to.be.at.most(card.face);
    expect(principal, card.id).to.equal(card.principal);
    card.consumed = consumed;
  }
  // 3. Of each card: what was released, refunded and remains is the principal.
  expect(card.released + card.refunded + remaining, card.id).to.equal(card.principal);
}

/** Checks what must be true of a merchant's money. */
async function check({ shop, cards }: World, merchant: Merchant): Promise<void> {
  const { outstanding, balance } = await shop.escrow.pool(merchant.id);
  const held = await merchant.token.balanceOf(merchant.vault);
  let remaining = 0n;
  for (const card of cards.values()) if (card.merchant === merchant) remaining += card.remaining;
  // 1. The vault holds what is accounted to it (and what was sent to it past the escrow).
  expect(held, `merchant ${merchant.id}: solvency`).to.equal(balance + merchant.donations);
  // 2. Outstanding is what remains on the cards.
  expect(outstanding, `merchant ${merchant.id}: outstanding`).to.equal(remaining);
  // 3. Nothing comes from nowhere and nothing is lost.
  const { purchases, paidOut, refunds, released } = merchant;
  expect(balance, `merchant ${merchant.id}: conservation`).to.equal(purchases - paidOut - refunds);
  // 4. Every card is covered in full.
  expect(balance, `merchant ${merchant.id}: custody`).to.be.at.least(outstanding);
  // 5. The merchant has received at most what was released and forfeited.
  expect(paidOut, `merchant ${merchant.id}: earned`).to.be.at.most(released);
  expect(await shop.escrow.releasable(merchant.id)).to.equal(released - paidOut);
}

/** Reads everything again: what no event named has not changed. */
async function checkAll(world: World): Promise<void> {
  for (const card of world.cards.values()) {
    const { open, consumed, remaining } = card;
    await reread(world, card);
    expect([card.open, card.consumed, card.remaining], card.id).to.deep.equal([open, consumed, remaining]);
  }
  for (const merchant of world.merchants) await check(world, merchant);
}

/** A step may be refused, but only in the contracts' own words: no panic, no overflow, no silence. */
function checkRefusal(world: World, error: unknown): void {
  const { data } = error as { data?: string };
  if (typeof data !== "string") throw error;
  const known = world.shop.escrow.interface.parseError(data) ?? world.blocking.interface.parseError(data);
  const words = /^(Merchant|Pool|Program|Card|Account|ERC20)/;
  if (known === null || !words.test(known.name)) throw error;
}

describe("what always holds", () => {
  const seed = seedOfRun();
  const steps = 300;

  it(`over ${steps} random steps of four merchants (SEED=${seed})`, async () => {
    const random = randomOf(seed);
    const world = await createWorld(random);
    for (let i = 1; i <= steps; i++) {
      await advance(random.pick([1n, 60n, 3_600n, 3_600n, DAY / 2n, DAY, random.chance(15n) ? 20n * DAY : 1n]));
      const step = random.pick(lots);
      try {
        const sent = await step(world);
        if (sent === undefined) continue;
        const receipt = (await sent.wait())!;
        const touched = await account(world, receipt);
        if (step === replay) expect(touched.size, "a row was booked twice").to.equal(0);
        for (const merchant of touched) await check(world, merchant);
        await rememberRows(world, receipt);
      } catch (error) {
        checkRefusal(world, error);
      }
      if (i % 25 === 0) await checkAll(world);
    }
    await checkAll(world);
    expect(world.cards.size, "cards sold").to.be.at.least(10);
    await everybodyIsRefunded(world);
  });
});

/** Keeps the rows a batch has booked: sent again they must change nothing. */
async function rememberRows({ shop, booked }: World, receipt: ContractTransactionReceipt): Promise<void> {
  const sent = await shop.escrow.runner!.provider!.getTransaction(receipt.hash);
  const call = shop.escrow.interface.parseTransaction({ data: sent!.data });
  if (call?.name !== "settle") return;
  const [merchantId, rows] = call.args as unknown as [bigint, (readonly [string, bigint, string, string, string])[]];
  for (const [cardId, cumulative, receiptHead, r, vs] of rows) {
    booked.push({ merchantId, row: { cardId, cumulative, receipt: receiptHead, r, vs } });
  }
}

/** The end, whatever happened before: after a flag and its window every holder has the money that was left. */
async function everybodyIsRefunded(world: World): Promise<void> {
  const { shop, merchants, blocking, cards } = world;
  const { escrow, regulator, stranger } = shop;
  for (const { id } of merchants) {
    const { status } = await escrow.merchant(id);
    if (status !== MerchantStatus.Defaulted) await escrow.connect(regulator).flagDefault(id, await now(), EVIDENCE);
  }
  await advance(7n * DAY);
  // The issuer still blocks one holder, who names another address.
  await blocking.setBlocked(shop.holder, true);
  for (const merchant of merchants) {
    const ids = [...cards.values()].filter((card) => card.merchant === merchant).map(({ id }) => id);
    for (let i = 0; i < ids.length; i += 40) {
      const sent = await escrow.connect(stranger).refundCards(merchant.id, ids.slice(i, i + 40));
      await account(world, (await sent.wait())!);
    }
    for (const card of openCards(world, merchant)) {
      const sent = await escrow.connect(card.holder).executeExitTo(card.id, stranger);
      await account(world, (await sent.wait())!);
    }
    if ((await escrow.releasable(merchant.id)) > 0n) {
      await account(world, (await (await escrow.payOut(merchant.id)).wait())!);
    }
    await check(world, merchant);
    const { outstanding, balance } = await escrow.pool(merchant.id);
    expect([outstanding, balance], `merchant ${merchant.id} at the end`).to.deep.equal([0n, 0n]);
    expect(merchant.purchases, `merchant ${merchant.id} at the end`).to.equal(merchant.paidOut + merchant.refunds);
  }
}
