import { expect } from "chai";
import { MaxUint256, ZeroHash, dataLength, getAddress, id, toBeHex } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/cardId.js";
import { ethers, networkHelpers, provider } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import { EVIDENCE } from "../helpers/leaving.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { excess } from "../model/fraction.js";
import { NothingToTry, escrowParts } from "./handlers.js";
import type { Life } from "./handlers.js";
import { playLife } from "./life.js";
import type { Call, Stage } from "./stage.js";

/*
 * Promise 9: from every state that random lives reach, the holder of an open card gets the refund in time, whatever merchant,
 * regulator, association and administrator do or leave undone.
 */

const MINUTE = 60n;

/** What a holder does next, and from when it can be done. */
interface Plan {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly from: bigint;
}

/** The way out, read from the state as any wallet would; the money goes to an address the token accepts. */
function planOf({ escrow, now }: Stage, cardId: string, recipient: string): Plan {
  const { m, policy } = escrow.originOf(cardId);
  const { dispute } = escrow.state.cards.get(cardId)!;
  const take = (from: bigint): Plan => ({ name: "executeExitTo", args: [cardId, recipient], from });
  if (m.status === "Defaulted") return take(escrow.flagOf(m).windowEndsAt);
  if (escrow.refundsOpen(m, now)) return take(0n);
  if (dispute?.kind === "Contest") return take(dispute.rulingUntil);
  const since = escrow.pendingExit(cardId, now);
  return since === 0n ? { name: "requestExit", args: [cardId], from: 0n } : take(since + policy.exitDelay);
}

/** The longest that no hostility can pass: exit delay and ruling timeout, an exit delay once more after a dismissal. */
function longestWait({ escrow }: Stage, cardId: string): bigint {
  const { policy } = escrow.originOf(cardId);
  return 2n * policy.exitDelay + policy.rulingTimeout;
}

/* THE OTHER SIDE */

/** What those who have a say can do against one card, at a moment of their choice. */
function hostileAct(life: Life, cardId: string, at: bigint): Call | undefined {
  const { stage, random, people } = life;
  const { m } = life.originOf(cardId);
  const operator = [...m.operators][0] ?? m.owner;
  const longest = [...stage.escrow.state.policies]
    .filter(([, { token }]) => token === m.token)
    .toSorted(([, a], [, b]) => Number(b.finalSettlement - a.finalSettlement))[0]![0];
  const garbage = { cardId, cumulative: 2n ** 88n - 1n, receipt: ZeroHash, signedBy: people.stranger };
  const acts: readonly (readonly [
    name: string,
    sender: string,
    args: readonly unknown[],
    told?: readonly unknown[],
  ])[] = [
    ["contestExit", operator, [cardId, EVIDENCE]],
    ["contestExit", operator, [cardId, EVIDENCE]],
    ["contestExit", operator, [cardId, EVIDENCE]],
    ["resolve", people.association, [cardId, false, 0n, EVIDENCE]],
    ["resolve", people.association, [cardId, false, 0n, EVIDENCE]],
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
    ["settle", operator, [m.id, [stage.signRow(garbage)]], [m.id, [garbage]]],
    ["payOut", people.stranger, [m.id]],
    ["accrue", people.stranger, [[cardId]]],
    ["refundCards", people.stranger, [m.id, [cardId]]],
    ["closeMerchant", people.stranger, [m.id]],
  ];
  const [name, sender, args, told = args] = random.pick(acts);
  if (!stage.set.keys.has(sender)) return undefined;
  return { to: "escrow", name, sender, args, told, at };
}

/** Any other call somebody could make now. */
function strayAct(life: Life): Call | undefined {
  const { handler } =
    escrowParts[life.random.pick(["buy", "settle", "payOut", "refundCards", "setBlocked", "transfer"])]!;
  try {
    const call = handler(life);
    return call === undefined ? undefined : { ...call, at: life.stage.now + 1n };
  } catch (error) {
    if (error instanceof NothingToTry) return undefined;
    throw error;
  }
}

/** How a holder got out. */
interface Escape {
  readonly waited: bigint;
  readonly allowed: bigint;
  /** What the other side managed to do. */
  readonly against: readonly string[];
}

/**
 * The holder of a card leaves, against others who act in every second that may hurt, and before the last one.
 *
 * @param hostility How many calls the others try before each step of the holder.
 */
async function escape(life: Life, cardId: string, recipient: string, hostility: bigint): Promise<Escape> {
  const { stage, random } = life;
  const { holder } = decodeCardId(cardId);
  const begun = stage.now;
  const { m } = life.originOf(cardId);
  let allowed = longestWait(stage, cardId) + MINUTE;
  // A flag that is up counts with what is left of its window.
  if (m.status === "Defaulted") allowed += excess(stage.escrow.flagOf(m).windowEndsAt, begun);
  const against: string[] = [];
  for (let step = 0; step < 60; step++) {
    const plan = planOf(stage, cardId, recipient);
    for (let i = 0n; i < hostility; i++) {
      const room = plan.from - stage.now - 1n;
      const at =
        room <= 1n ? stage.now + 1n : random.chance(50n) ? plan.from - 1n : stage.now + random.between(1n, room);
      const call = hostileAct(life, cardId, at) ?? strayAct(life);
      if (call === undefined || call.at <= stage.now) continue;
      const { refused, said } = await stage.play(call);
      if (refused === undefined) against.push(call.name);
      for (const { name, args } of said) {
        if (name === "DefaultFlagged" && args.merchantId === m.id) allowed += (args.windowEndsAt as bigint) - stage.now;
      }
    }
    if (!(stage.escrow.state.cards.get(cardId)?.open ?? false)) break;
    const { name, args, from } = planOf(stage, cardId, recipient);
    // The plan has changed: what is next comes later.
    if (from > plan.from && from > stage.now + 1n && hostility > 0n && random.chance(70n)) continue;
    const at = from > stage.now ? from : stage.now + 1n;
    const { refused } = await stage.play({ to: "escrow", name, sender: holder, args, at });
    expect(refused, `${name} of ${cardId} at ${at}, after ${against.join(", ")}`).to.equal(undefined);
    if (name === "executeExitTo") break;
  }
  expect(stage.escrow.state.cards.get(cardId)?.open ?? false, `${cardId} is still open`).to.equal(false);
  return { waited: stage.now - begun, allowed, against };
}

/* STATES TO START FROM */

async function reach(seed: bigint, random: Random): Promise<Life> {
  const { life } = await playLife(seed, { calls: 90, every: 90, watchers: () => [] });
  return Object.assign(life, { random });
}

/** Open cards whose holders can send transactions. */
function openCards(life: Life): string[] {
  const { keys, contractHolder } = life.stage.set;
  return [...life.stage.escrow.state.cards]
    .filter(([cardId, { open }]) => {
      const { holder } = decodeCardId(cardId);
      return open && (keys.has(holder) || holder === contractHolder);
    })
    .map(([cardId]) => cardId);
}

async function block(stage: Stage, account: string): Promise<void> {
  const sender = stage.set.people.admin;
  await stage.play({ to: "blockingToken", name: "setBlocked", sender, args: [account, true], at: stage.now + 1n });
}

/** The administrator takes every role's power away: nobody is left to decide anything. */
async function closeRoles({ set }: Stage): Promise<void> {
  const { manager } = set.system;
  const data = manager.interface.encodeFunctionData("setTargetClosed", [set.addresses.escrow, true]);
  const to = await manager.getAddress();
  await provider.request({ method: "eth_sendTransaction", params: [{ from: set.people.admin, to, data }] });
}

describe("whoever holds an open card gets the refund in time", () => {
  // As in lives.test.ts: the short run is the same each time.
  const seed = (process.env.LIVES_MINUTES === undefined ? BigInt(process.env.SEED ?? "1") : seedOfRun()) + 1_000_000n;
  const lives = process.env.LIVES_MINUTES === undefined ? 2n : BigInt(process.env.LIVES_MINUTES) * 2n;

  /** What the other side managed to do. */
  const done = new Set<string>();

  for (let n = 0n; n < lives; n++) {
    it(`when nobody else does anything any more (SEED=${seed + n - 1_000_000n})`, async () => {
      const random = randomOf(seed + n);
      const life = await reach(seed + n, random);
      const { stage } = life;
      for (const cardId of openCards(life).slice(0, 10)) {
        await stage.whatIf(async () => {
          // The token's issuer refuses holder and payout address.
          await block(stage, decodeCardId(cardId).holder);
          await block(stage, stage.escrow.payoutOf(life.originOf(cardId).m, stage.now));
          await closeRoles(stage);
          stage.now += 1n;
          const { waited, allowed } = await escape(life, cardId, stage.set.people.liquidator, 0n);
          expect(waited <= allowed, `${cardId}: ${waited} of ${allowed} seconds`).to.equal(true);
        });
      }
    });

    it(`when everybody else is hostile (SEED=${seed + n - 1_000_000n})`, async function () {
      this.timeout(0);
      const random = randomOf(seed + n);
      const life = await reach(seed + n, random);
      const { stage } = life;
      for (const cardId of openCards(life).slice(0, 10)) {
        await stage.whatIf(async () => {
          await block(stage, decodeCardId(cardId).holder);
          const { waited, allowed, against } = await escape(life, cardId, stage.set.people.liquidator, 6n);
          expect(waited <= allowed, `${cardId}: ${waited} of ${allowed} seconds, after ${against.join(", ")}`).to.equal(
            true,
          );
          for (const name of against) done.add(name);
        });
      }
    });
  }

  it("though the others did what they could", () => {
    // Few states of a short run leave the others any time.
    const needed =
      lives > 5n ? ["contestExit", "resolve", "suspend", "flagDefault", "withdrawDefault", "startRunOff"] : [];
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
