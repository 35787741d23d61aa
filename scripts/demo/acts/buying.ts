import type { Wallet } from "ethers";

import type { Call, Purchase } from "../../../src/actions/calls.js";
import { authorizationRequest } from "../../../src/actions/signing.js";
import { DAY } from "../../../src/contracts/policy.js";
import { mintCall } from "../mint.js";
import { capital, counted, grouped } from "../money.js";
import { beginningOf } from "../model.js";
import type { Crowd } from "../model.js";
import type { StepOf } from "../scenario.js";
import { signDigest } from "../signing.js";
import type { CrowdCard, PublishedProgram, World } from "../world.js";
import { inBatches, sendMany } from "./action.js";
import type { Action, Progress } from "./action.js";

/** Validity of an authorization to pay, in seconds. */
const AUTHORIZATION_LIFE = DAY;
/** Gas limit of one relayed purchase, and of one transfer of the bank. */
const PURCHASE_GAS = 260_000n;
const MINT_GAS = 100_000n;
/** Number of transactions that are sent before the next blocks are mined. */
const TOGETHER = 250;

/* ONE CARD */

/** A consumer buys a card, in one of three ways. */
export const buy: Action<"buy"> = {
  attempt: (world, step) => {
    const { name, merchant } = world.program(step.program);
    const buyer = world.consumerName(step.paidBy ?? step.consumer);
    const gift = step.paidBy === undefined ? "" : ` for ${world.consumerName(step.consumer)}`;
    return `${buyer} buys “${name}” at ${world.merchant(merchant).name}${gift}`;
  },

  play: async (world, { step }) => {
    const program = world.program(step.program);
    const { purchase, cardId } = purchaseOf(world, program, step);
    const { holder, principal } = purchase;
    const payer = world.cast.consumer(step.paidBy ?? step.consumer);
    // The purchase spends the price again.
    await world.credit(payer.address, principal);
    await ways[step.pay](world, payer, purchase);
    world.countCard(holder, program);
    world.cards.set(step.card, { name: step.card, cardId, holder: step.consumer, program, principal });
    return `${buy.attempt(world, step)} for ${world.money.full(principal)}${manners[step.pay]}`;
  },
};

/** The purchase of a step, and the id of its card. */
function purchaseOf(world: World, program: PublishedProgram, step: StepOf<"buy">) {
  const holder = world.cast.consumer(step.consumer).address;
  const { cardId, serial } = world.nextCard(holder, program);
  const principal = step.amount ?? program.price;
  const startsAt = step.startsOnDay === undefined ? 0n : beginningOf(world.scenario, step.startsOnDay);
  const purchase: Purchase = { programId: program.programId, holder, principal, serial, startsAt };
  return { purchase, cardId };
}

/** A way to pay for a card. */
type Way = (world: World, payer: Wallet, purchase: Purchase) => Promise<void>;

const ways: Readonly<Record<StepOf<"buy">["pay"], Way>> = {
  approve: buyWithApproval,
  permit: buyWithPermit,
  authorization: buyWithAuthorization,
};

const manners: Readonly<Record<StepOf<"buy">["pay"], string>> = {
  approve: "",
  permit: ", with a signed permit",
  authorization: ", by signature alone",
};

/** Two transactions: an allowance, and the purchase. */
async function buyWithApproval(world: World, payer: Wallet, purchase: Purchase): Promise<void> {
  const client = world.as(payer);
  await client.approve(world.addresses.token, purchase.principal);
  await client.send(client.buyCall(purchase));
}

/** One transaction: the payer signs a permit and sends it along. */
async function buyWithPermit(world: World, payer: Wallet, purchase: Purchase): Promise<void> {
  const client = world.as(payer);
  const signed = await client.sign(await client.permitRequest(purchase));
  await client.execute("buyWithPermit", signed);
}

/** No transaction of the payer: the payer signs an authorization, and a relayer sends the purchase. */
async function buyWithAuthorization(world: World, payer: Wallet, purchase: Purchase): Promise<void> {
  await world.relayer.send(authorizedPurchase(world, payer, purchase));
}

/** The call of a purchase that the payer has signed. Anyone can send it. */
function authorizedPurchase(world: World, payer: Wallet, purchase: Purchase): Call {
  const { addresses, cast, chain, client } = world;
  const program = world.programById(purchase.programId);
  const request = authorizationRequest(world.tokenDomain, {
    escrow: addresses.escrow,
    vault: world.merchantOf(program).vault,
    payer: payer.address,
    purchase,
    validAfter: 0n,
    validBefore: chain.time + AUTHORIZATION_LIFE,
    salt: cast.salt(`authorization/${purchase.holder}/${program.reference}/${purchase.serial}`),
  });
  const signature = signDigest(payer, request.digest);
  return client.call("buyWithAuthorization", request.complete(signature));
}

/* A CROWD */

/** Part of a crowd buys: each person signs an authorization, and a relayer sends all purchases. */
export const crowdBuys: Action<"crowdBuys"> = {
  attempt: (world, step) => {
    const { name, program } = world.crowd(step.crowd);
    return `${capital(name)}s buy “${program.name}” at ${world.merchantOf(program).name}`;
  },

  play: async (world, { step }, progress) => {
    const crowd = world.crowd(step.crowd);
    const program = world.program(crowd.program.reference);
    const bought = world.crowds.get(crowd.id) ?? [];
    const people = newcomers(world, crowd, bought.length, step.percent);
    await creditAll(world, people, crowd.principal);
    const cards = await buyAll(world, people, program, crowd.principal, progress);
    world.crowds.set(crowd.id, [...bought, ...cards]);
    world.crowdShares.set(crowd.id, (world.crowdShares.get(crowd.id) ?? 0) + step.percent);
    const paid = world.money.full(crowd.principal * BigInt(people.length));
    const buyers = `${counted(people.length, crowd.name)} ${people.length === 1 ? "buys" : "buy"}`;
    return `${buyers} “${program.name}” at ${world.merchantOf(program).name} by signature alone: ${paid}`;
  },
};

/** The people of a crowd who buy now: another `percent` of the crowd. */
function newcomers(world: World, crowd: Crowd, bought: number, percent: number): readonly Wallet[] {
  const share = (world.crowdShares.get(crowd.id) ?? 0) + percent;
  return world.cast.crowd(crowd.id, Math.floor((crowd.count * share) / 100)).slice(bought);
}

/** The bank credits each person with the price. */
async function creditAll(world: World, people: readonly Wallet[], amount: bigint): Promise<void> {
  const mints = people.map(({ address }) => mintCall(world.addresses.token, address, amount));
  await sendMany(world, world.relayer, mints, { gasLimit: MINT_GAS, together: TOGETHER });
}

/** Each person signs, and a relayer sends the purchases, group by group. */
async function buyAll(
  world: World,
  people: readonly Wallet[],
  program: PublishedProgram,
  principal: bigint,
  progress: Progress,
): Promise<CrowdCard[]> {
  const cards: CrowdCard[] = [];
  for (const group of inBatches(people, TOGETHER)) {
    const calls = group.map((holder) => {
      const { cardId, serial } = world.nextCard(holder.address, program);
      cards.push({ cardId, holder });
      const { programId } = program;
      return authorizedPurchase(world, holder, { programId, holder: holder.address, principal, serial, startsAt: 0n });
    });
    await sendMany(world, world.relayer, calls, { gasLimit: PURCHASE_GAS, together: TOGETHER });
    for (const { address } of group) world.countCard(address, program);
    if (cards.length < people.length) progress(`${grouped(cards.length)} of ${grouped(people.length)} have bought`);
  }
  return cards;
}
