import { expect } from "chai";
import { MaxUint256, ZeroHash, dataLength, getAddress, id, toBeHex } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import { ethers, networkHelpers, provider } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import { EVIDENCE } from "../helpers/leaving.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { Adversary } from "./adversary.js";
import { NothingToTry, escrowParts } from "./handlers.js";
import type { FuzzRun } from "./handlers.js";
import { playRun } from "./run.js";
import type { Call, Outcome, Stage } from "./stage.js";
import { Allowance, nextStep, openCards } from "./wayOut.js";
import type { Step } from "./wayOut.js";

/*
 * Promise 9: from every state that random runs reach, the holder of an open card gets the refund in time, whatever merchant,
 * regulator, association and administrator do or leave undone.
 */

const MINUTE = 60n;

/* THE OTHER SIDE */

/** A call by what it takes; `told` where the model takes other arguments. */
type Act = readonly [name: string, sender: string, args: readonly unknown[], told?: readonly unknown[]];

/** What those who have a say can do against one card, at a moment of their choice. */
function hostileAct(run: FuzzRun, cardId: string, at: bigint): Call | undefined {
  const { stage, random, people } = run;
  const { m } = run.originOf(cardId);
  const operator = [...m.operators][0] ?? m.owner;
  const longest = [...stage.escrow.state.policies]
    .filter(([, { token }]) => token === m.token)
    .toSorted(([, a], [, b]) => Number(b.finalSettlement - a.finalSettlement))[0]![0];
  const garbage = { cardId, cumulative: 2n ** 88n - 1n, receipt: ZeroHash, signedBy: people.stranger };
  const contested = stage.escrow.state.cards.get(cardId)?.dispute !== undefined;
  const dismissal: Act = ["resolve", people.association, [cardId, false, 0n, EVIDENCE]];
  const acts: readonly Act[] = [
    ["contestExit", operator, [cardId, EVIDENCE]],
    ["contestExit", operator, [cardId, EVIDENCE]],
    ["contestExit", operator, [cardId, EVIDENCE]],
    // Only who is contested can be dismissed: else it would hardly ever come to that.
    ...Array.from({ length: contested ? 20 : 1 }, () => dismissal),
    ["suspend", people.regulator, [m.id, EVIDENCE]],
    ["resume", people.regulator, [m.id]],
    ["flagDefault", people.regulator, [m.id, at - 400n * DAY, EVIDENCE]],
    ["withdrawDefault", people.regulator, [m.id]],
    ["withdrawDefault", people.regulator, [m.id]],
    ["setMerchantPolicy", people.regulator, [m.id, longest]],
    ["setOutstandingCap", people.regulator, [m.id, 0n]],
    ["startRunOff", m.owner, [m.id, at + 7n * DAY]],
    ["startRunOff", people.regulator, [m.id, at]],
    ["setPayout", m.owner, [m.id, people.secondPayout]],
    ["setOperator", m.owner, [m.id, people.secondOperator, true]],
    ["settle", operator, [m.id, [stage.signVoucher(garbage)]], [m.id, [garbage]]],
    ["payOut", people.stranger, [m.id]],
    ["accrue", people.stranger, [[cardId]]],
    ["extendPasses", operator, [[cardId], 30n * DAY]],
    ["resolveByExtension", people.association, [cardId, 30n * DAY, EVIDENCE]],
    ["endComplaint", people.stranger, [cardId]],
    ["executeDispute", people.stranger, [cardId]],
    ["refundCards", people.stranger, [m.id, [cardId]]],
    ["closeMerchant", people.stranger, [m.id]],
  ];
  const [name, sender, args, told = args] = random.pick(acts);
  if (!stage.set.keys.has(sender)) return undefined;
  return { to: "escrow", name, sender, args, told, at };
}

/** Any other call somebody could make now. */
function strayAct(run: FuzzRun): Call | undefined {
  const { handler } =
    escrowParts[run.random.pick(["buy", "settle", "payOut", "refundCards", "setBlocked", "transfer"])]!;
  try {
    const call = handler(run);
    return call === undefined ? undefined : { ...call, at: run.stage.now + 1n };
  } catch (error) {
    if (error instanceof NothingToTry) return undefined;
    throw error;
  }
}

/** An address that the token accepts, for it may refuse the holder. */
const recipientOf = ({ set }: Stage): string => set.people.liquidator;

/** A moment, or the next second if it has passed. */
const later = ({ now }: Stage, moment: bigint): bigint => (moment > now ? moment : now + 1n);

/** Calls that are refused or accepted, before a step of the holder. */
type Others = (step: Step) => Promise<readonly Outcome[]>;

/** Some calls at random, in any second that may hurt and above all in the last one. */
function atRandom(run: FuzzRun, cardId: string): Others {
  const { stage, random } = run;
  return async ({ from }) => {
    const outcomes: Outcome[] = [];
    for (let i = 0; i < 6; i++) {
      const room = from - stage.now - 1n;
      const at = room <= 1n ? stage.now + 1n : random.chance(50n) ? from - 1n : stage.now + random.between(1n, room);
      const call = hostileAct(run, cardId, at) ?? strayAct(run);
      if (call !== undefined && call.at > stage.now) outcomes.push(await stage.play(call));
    }
    return outcomes;
  };
}

/**
 * The holder of a card leaves, against others who act before every step, and must get out in time.
 *
 * @returns What the others managed to do, in order.
 */
async function escape(run: FuzzRun, cardId: string, others: Others): Promise<readonly string[]> {
  const { stage, random } = run;
  const recipient = recipientOf(stage);
  const { holder } = decodeCardId(cardId);
  const begun = stage.now;
  const allowance = new Allowance(run, cardId);
  const against: string[] = [];
  for (;;) {
    const planned = await nextStep(run, cardId, recipient);
    if (planned === undefined) break;
    for (const { call, refused, said } of await others(planned)) {
      if (refused === undefined) against.push(call.name);
      allowance.hear(said, stage);
    }
    const step = await nextStep(run, cardId, recipient);
    if (step !== undefined) {
      // What is next comes later than planned: the others may come in between.
      if (step.from > planned.from && step.from > stage.now + 1n && random.chance(90n)) continue;
      const at = later(stage, step.from);
      const { refused } = await stage.play({ to: "escrow", name: step.name, sender: holder, args: step.args, at });
      expect(refused, `${step.name} of ${cardId} at ${at}, after ${against.join(", ")}`).to.equal(undefined);
    }
    const waited = stage.now - begun;
    const told = `${cardId}: ${waited} of ${allowance.seconds} seconds, after ${against.join(", ")}`;
    expect(waited <= allowance.seconds + MINUTE, told).to.equal(true);
  }
  return against;
}

/* STATES TO START FROM */

async function reach(seed: bigint, random: Random, calls = 90): Promise<FuzzRun> {
  const { run } = await playRun(seed, { calls, every: calls, watchers: () => [] });
  return Object.assign(run, { random });
}

/** Open cards, first those that the other side can still do most against. */
function longestFirst(run: FuzzRun): string[] {
  const { stage } = run;
  const free = (cardId: string): number => {
    const { m, policy } = run.originOf(cardId);
    const { contestDismissed } = stage.escrow.state.cards.get(cardId)!;
    const busy = stage.escrow.statusOf(m, stage.now) === "Active";
    return [busy, !policy.unilateralExit, !contestDismissed, m.withdrawn === undefined].filter(Boolean).length;
  };
  return openCards(run).toSorted((a, b) => free(b) - free(a));
}

/** The token's issuer refuses an account. */
async function block(stage: Stage, account: string, at = stage.now + 1n): Promise<void> {
  await stage.play({
    to: "blockingToken",
    name: "setBlocked",
    sender: stage.set.people.admin,
    args: [account, true],
    at,
  });
}

/** The administrator takes every role's power away: nobody is left to decide anything. */
async function closeRoles(stage: Stage): Promise<void> {
  const { set } = stage;
  const { manager } = set.system;
  const data = manager.interface.encodeFunctionData("setTargetClosed", [set.addresses.escrow, true]);
  const to = await manager.getAddress();
  stage.now += 1n;
  await networkHelpers.time.setNextBlockTimestamp(stage.now);
  await provider.request({ method: "eth_sendTransaction", params: [{ from: set.people.admin, to, data }] });
}

/** The holders of some cards leave, each from the same state of a run. */
async function eachLeaves(
  run: FuzzRun,
  cards: readonly string[],
  leave: (cardId: string) => Promise<void>,
): Promise<void> {
  for (const cardId of cards.slice(0, 10)) {
    await run.stage.whatIf(async () => {
      await leave(cardId);
    });
  }
}

/** Nobody else does anything any more. */
async function alone(seed: bigint): Promise<void> {
  const run = await reach(seed, randomOf(seed));
  const { stage } = run;
  await eachLeaves(run, openCards(run), async (cardId) => {
    // The token's issuer refuses holder and payout address.
    await block(stage, decodeCardId(cardId).holder);
    await block(stage, stage.escrow.payoutOf(run.originOf(cardId).m, stage.now));
    await closeRoles(stage);
    await escape(run, cardId, () => Promise.resolve([]));
  });
}

/** Everybody else is hostile. Answers what they managed to do. */
async function amongEnemies(seed: bigint): Promise<ReadonlySet<string>> {
  const run = await reach(seed, randomOf(seed));
  const done = new Set<string>();
  await eachLeaves(run, openCards(run), async (cardId) => {
    await block(run.stage, decodeCardId(cardId).holder);
    for (const name of await escape(run, cardId, atRandom(run, cardId))) done.add(name);
  });
  return done;
}

/** Everybody else does the worst there is, in the worst order and to the last second. Answers what was done to each card. */
async function againstTheWorst(seed: bigint): Promise<readonly string[]> {
  const random = randomOf(seed);
  // Sooner than the others, while more merchants do business.
  const run = await reach(seed, random, Number(random.between(30n, 90n)));
  const { stage } = run;
  const orders: string[] = [];
  await eachLeaves(run, longestFirst(run), async (cardId) => {
    const { m } = run.originOf(cardId);
    // After cooling-off an exit can be contested.
    const regret = stage.escrow.coolingOffEndsAt(cardId);
    await block(stage, decodeCardId(cardId).holder, random.chance(80n) ? later(stage, regret) : stage.now + 1n);
    await block(stage, stage.escrow.payoutOf(m, stage.now));
    const adversary = new Adversary(run, cardId, recipientOf(stage));
    await escape(run, cardId, async (step) => await adversary.against(step));
    orders.push(adversary.done.join(", "));
  });
  return orders;
}

/** Runs in which those who act at random manage, between them, everything that is asked of them. */
const ENEMIES = 20n;

describe("whoever holds an open card gets the refund in time", () => {
  /** The states of this test are others than those of runs.test.ts. */
  const apart = 1_000_000n;
  const minutes = Number(process.env.FUZZ_MINUTES ?? "0");
  // As in runs.test.ts: the short run is the same each time.
  const seed = minutes === 0 ? BigInt(process.env.SEED ?? "1") : seedOfRun();
  const runs = minutes === 0 ? 2n : BigInt(Math.ceil(minutes * 2));
  const orders: string[] = [];

  for (let n = seed; n < seed + runs; n++) {
    it(`when nobody else does anything any more (SEED=${n})`, async () => {
      await alone(n + apart);
    });

    it(`when everybody else is hostile (SEED=${n})`, async function () {
      this.timeout(0);
      await amongEnemies(n + apart);
    });

    it(`when everybody else does the worst there is, in the worst order and to the last second (SEED=${n})`, async function () {
      this.timeout(0);
      orders.push(...(await againstTheWorst(n + apart)));
    });
  }

  it("though the others did what they could", async function () {
    // Judged are runs that are the same each time: the others of any two may lack the occasion.
    if (minutes === 0 && process.env.SEED !== undefined) this.skip();
    this.timeout(0);
    const judged = minutes === 0 ? orders : [];
    if (minutes > 0) for (const n of [1n, 2n]) judged.push(...(await againstTheWorst(n + apart)));
    // Everything against one card: a contest, its dismissal, and the two flags there are.
    const all = /contest, .*dismissal, .*flag, .*withdrawal and flag/;
    expect(judged.filter((order) => all.test(order))).to.not.be.empty;
    // Few states of a short run leave those any time that act at random.
    if (minutes === 0) return;
    const done = new Set<string>();
    for (let n = 1n; n <= ENEMIES; n++) for (const name of await amongEnemies(n + apart)) done.add(name);
    const needed = ["contestExit", "resolve", "suspend", "flagDefault", "withdrawDefault", "startRunOff"];
    expect([...done]).to.include.members(needed);
  });

  it("in one transaction for as many cards as the gas cap of a transaction lets through", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, token, regulator, stranger, merchantId } = shop;
    const cap = 2n ** 24n;
    const cards = 420;
    const batch = await ethers.deployContract("Batch");
    const payer = await batch.getAddress();
    await token.mint(payer, 1_000n * TOKEN);
    await batch.run(token, [token.interface.encodeFunctionData("approve", [await escrow.getAddress(), MaxUint256])]);
    // Accounts that have never had a token: the dearest to pay.
    const holders = Array.from({ length: cards }, (_, i) => getAddress(toBeHex(BigInt(id(`holder ${i}`)) >> 96n, 20)));
    for (let i = 0; i < cards; i += 100) {
      const some = holders.slice(i, i + 100);
      const buys = some.map((holder) => escrow.interface.encodeFunctionData("buy", [1n, holder, TOKEN, 0n]));
      await batch.run(escrow, buys, { gasLimit: cap });
    }
    await escrow.connect(regulator).flagDefault(merchantId, 1n, EVIDENCE);
    await networkHelpers.time.increase(7n * DAY);
    const ids = holders.map((holder) => encodeCardId({ holder, programId: 1n, serial: 0n }));
    const call = escrow.interface.encodeFunctionData("refundCards", [merchantId, ids]);
    const sent = await stranger.sendTransaction({ to: await escrow.getAddress(), data: call, gasLimit: cap });
    const { gasUsed } = (await sent.wait())!;
    expect(gasUsed < cap, `${gasUsed} gas for ${cards} cards in ${dataLength(call)} bytes`).to.equal(true);
    // The gas that is given back at the end, a fifth at most, has to be there first: this batch nearly fills a transaction.
    expect(gasUsed > (cap * 7n) / 10n, `${gasUsed} gas of ${cap}`).to.equal(true);
    const { outstanding, balance } = await escrow.pool(merchantId);
    expect([outstanding, balance]).to.deep.equal([0n, 0n]);
    for (const holder of holders) expect(await token.balanceOf(holder)).to.equal(TOKEN);
  });
});
