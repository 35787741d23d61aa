import { MaxUint256, Signature } from "ethers";
import type { Wallet } from "ethers";

import { DAY } from "../../../src/contracts/policy.js";
import { purchaseNonce, typedDataDigest } from "../../../src/contracts/typedData.js";
import type { Call } from "../chain.js";
import { capital, counted, grouped } from "../money.js";
import { beginningOf } from "../model.js";
import type { Crowd } from "../model.js";
import type { CrowdCard, PublishedProgram, World } from "../world.js";
import type { Action } from "./action.js";

/** How long an authorization to pay is good. */
const AUTHORIZATION_LIFE = DAY;
/** Gas set aside for one relayed purchase, and for one transfer of the bank. */
const PURCHASE_GAS = 260_000;
const MINT_GAS = 100_000;
/** Transactions sent before the next blocks are mined. */
const TOGETHER = 250;

/** A card to be bought: what `buy` and its variants take. */
interface Order {
  readonly program: PublishedProgram;
  readonly holder: string;
  readonly principal: bigint;
  readonly serial: bigint;
  /** Unix time at which a pass begins; zero for now. */
  readonly startsAt: bigint;
}

/** A consumer buys a card, in one of three ways. */
export const buy: Action<"buy"> = {
  attempt: (world, step) => {
    const { name, merchant } = world.program(step.program);
    const buyer = world.consumerName(step.paidBy ?? step.consumer);
    const gift = step.paidBy === undefined ? "" : ` for ${world.consumerName(step.consumer)}`;
    return `${buyer} buys “${name}” at ${world.merchant(merchant).name}${gift}`;
  },

  play: async (world, { step }) => {
    const { cast, chain, money, scenario } = world;
    const program = world.program(step.program);
    const holder = cast.consumer(step.consumer);
    const payer = cast.consumer(step.paidBy ?? step.consumer);
    const principal = step.amount ?? program.price;
    const startsAt = step.startsOnDay === undefined ? 0n : beginningOf(scenario, step.startsOnDay);
    const { cardId, serial } = world.nextCard(holder.address, program);
    const order: Order = { program, holder: holder.address, principal, serial, startsAt };

    // The bank credits the payer; the price leaves the wallet with the purchase.
    const fund = world.token.interface.encodeFunctionData("mint", [payer.address, principal]);
    await chain.send(cast.official("relayer").address, world.tokenCall(fund));
    switch (step.pay) {
      case "approve":
        await buyWithApproval(world, payer, order);
        break;
      case "permit":
        await buyWithPermit(world, payer, order);
        break;
      case "authorization":
        await chain.send(cast.official("relayer").address, authorizedPurchase(world, payer, order));
        break;
    }
    world.countCard(holder.address, program);
    world.cards.set(step.card, { name: step.card, cardId, holder: step.consumer, program, principal });
    const manner = {
      approve: "",
      permit: ", with a signed permit",
      authorization: ", by signature alone",
    }[step.pay];
    return `${buy.attempt(world, step)} for ${money.full(principal)}${manner}`;
  },
};

async function buyWithApproval(world: World, payer: Wallet, order: Order): Promise<void> {
  const { addresses, chain, escrow, token } = world;
  const { program, holder, principal, serial, startsAt } = order;
  const approve = token.interface.encodeFunctionData("approve", [addresses.escrow, principal]);
  await chain.send(payer.address, world.tokenCall(approve));
  const purchase =
    startsAt === 0n
      ? escrow.interface.encodeFunctionData("buy", [program.programId, holder, principal, serial])
      : escrow.interface.encodeFunctionData("buyPass", [program.programId, holder, principal, serial, startsAt]);
  await chain.send(payer.address, world.escrowCall(purchase));
}

async function buyWithPermit(world: World, payer: Wallet, order: Order): Promise<void> {
  const { addresses, chain, escrow, token } = world;
  const message = {
    owner: payer.address,
    spender: addresses.escrow,
    value: order.principal,
    nonce: await token.nonces(payer.address),
    deadline: MaxUint256,
  };
  const { v, r, s } = payer.signingKey.sign(typedDataDigest(world.tokenDomain, "Permit", message));
  const values = [purchaseOf(order), message.deadline, v, r, s] as const;
  const purchase = escrow.interface.encodeFunctionData("buyWithPermit", [...values]);
  await chain.send(payer.address, world.escrowCall(purchase));
}

/** A purchase that its payer only signs. */
function authorizedPurchase(world: World, payer: Wallet, order: Order): Call {
  const { addresses, cast, chain, escrow } = world;
  const { program, holder, principal, serial, startsAt } = order;
  const salt = cast.salt(`authorization/${holder}/${program.reference}/${serial}`);
  const { programId } = program;
  const message = {
    from: payer.address,
    to: world.merchantOf(program).vault,
    value: principal,
    validAfter: 0n,
    validBefore: chain.time + AUTHORIZATION_LIFE,
    nonce: purchaseNonce({ escrow: addresses.escrow, programId, holder, principal, startsAt, salt }),
  };
  const digest = typedDataDigest(world.tokenDomain, "ReceiveWithAuthorization", message);
  const { v, r, s } = Signature.from(payer.signingKey.sign(digest));
  const { validAfter, validBefore } = message;
  const values = [purchaseOf(order), payer.address, validAfter, validBefore, salt, v, r, s] as const;
  return world.escrowCall(escrow.interface.encodeFunctionData("buyWithAuthorization", [...values]));
}

function purchaseOf({ program, holder, principal, serial, startsAt }: Order) {
  return { programId: program.programId, holder, principal, serial, startsAt };
}

/** Part of a crowd buys: everybody signs one authorization, a relayer sends them all. */
export const crowdBuys: Action<"crowdBuys"> = {
  attempt: (world, step) => {
    const { name, program } = world.crowd(step.crowd);
    return `${capital(name)}s buy “${program.name}” at ${world.merchantOf(program).name}`;
  },

  play: async (world, { step }, progress) => {
    const { cast, chain, money, token } = world;
    const crowd = world.crowd(step.crowd);
    const program = world.program(crowd.program.reference);
    const bought = world.crowds.get(crowd.id) ?? [];
    const people = newcomers(world, crowd, bought.length, step.percent);
    const relayer = cast.official("relayer").address;

    const mints = people.map(({ address }) =>
      world.tokenCall(token.interface.encodeFunctionData("mint", [address, crowd.principal])),
    );
    await chain.sendMany(relayer, mints, MINT_GAS, TOGETHER, () => undefined);
    const cards: CrowdCard[] = [];
    for (let done = 0; done < people.length; done += TOGETHER) {
      const purchases = people.slice(done, done + TOGETHER).map((holder) => {
        const { cardId, serial } = world.nextCard(holder.address, program);
        cards.push({ cardId, holder });
        const order = { program, holder: holder.address, principal: crowd.principal, serial, startsAt: 0n };
        return authorizedPurchase(world, holder, order);
      });
      await chain.sendMany(relayer, purchases, PURCHASE_GAS, TOGETHER, () => undefined);
      for (const { holder } of cards.slice(done)) world.countCard(holder.address, program);
      if (cards.length < people.length) progress(`${grouped(cards.length)} of ${grouped(people.length)} have bought`);
    }
    world.crowds.set(crowd.id, [...bought, ...cards]);
    world.crowdShares.set(crowd.id, (world.crowdShares.get(crowd.id) ?? 0) + step.percent);
    const paid = crowd.principal * BigInt(people.length);
    const buyers = counted(people.length, crowd.name);
    const verb = people.length === 1 ? "buys" : "buy";
    const shop = world.merchantOf(program).name;
    return `${buyers} ${verb} “${program.name}” at ${shop} by signature alone: ${money.full(paid)}`;
  },
};

/** Who of a crowd buys now: as many as bring its share to `percent` more than before. */
function newcomers(world: World, crowd: Crowd, bought: number, percent: number): readonly Wallet[] {
  const share = (world.crowdShares.get(crowd.id) ?? 0) + percent;
  return world.cast.crowd(crowd.id, Math.floor((crowd.count * share) / 100)).slice(bought);
}
