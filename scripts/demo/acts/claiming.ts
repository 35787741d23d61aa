import { id } from "ethers";

import { claimList } from "../../../src/actions/claims.js";
import type { ClaimLine } from "../../../src/actions/claims.js";
import { isEvent } from "../../../src/contracts/events.js";
import { parseAmount } from "../../../src/utils/units.js";
import { counted, grouped, percentOf } from "../money.js";
import type { Claimants } from "../model.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { World } from "../world.js";
import { eventOf, inBatches, sendBatches } from "./action.js";
import type { Action } from "./action.js";

/** The association publishes its list of claims of people who bought outside the escrow. */
export const publishClaims: Action<"publishClaims"> = {
  attempt: (world, step) => `The consumer association publishes the claims on ${world.merchant(step.merchant).name}`,

  play: async (world, { step }) => {
    const { money } = world;
    const { merchantId } = world.merchant(step.merchant);
    const people = world.claimants(step.claimants);
    const list = claimList(linesOf(world, people));
    // A reader of the list can check it against this hash.
    const evidence = id(JSON.stringify(list.lines.map(({ account, amount }) => [account, amount.toString()])));
    const { root, claims } = list;
    const { events } = await world.association.execute("publishClaims", { merchantId, root, claims, evidence });
    const published = eventOf(events, "ClaimsPublished").args;
    world.claimLists.set(step.merchant, { people, list });
    const owed = `${counted(people.count, people.name)} ${people.count === 1 ? "is" : "are"} owed ${money.full(list.claims)}`;
    const objections = `objections until day ${world.dayOf(published.objectionsEndAt)}`;
    const surety = published.suretyBound ? ", and the surety answers for it" : "";
    const opens = `paid from day ${world.dayOf(published.opensAt)}`;
    return `${publishClaims.attempt(world, step)}: ${owed}; ${objections}, ${opens}${surety}`;
  },
};

/** The amount owed to each person, drawn from the seed. */
function linesOf({ cast }: World, { id: group, count, owed }: Claimants): ClaimLine[] {
  return Array.from({ length: count }, (_, i) => {
    const whole = cast.draw(`claimant/${group}/${i}`, owed.min, owed.max);
    return { account: cast.claimant(group, i).address, amount: parseAmount(String(whole), TOKEN_DECIMALS) };
  });
}

/** The claims of people who come forward are paid; anyone may send it. */
export const claimAll: Action<"claimAll"> = {
  attempt: (world, step) => `The claims on ${world.merchant(step.merchant).name} are paid`,

  play: async (world, { step }, progress) => {
    const { client, money } = world;
    const merchant = world.merchant(step.merchant);
    const { merchantId } = merchant;
    const { people, list } = world.claimList(step.merchant);
    const claims = list.lines.slice(0, Math.ceil((list.lines.length * step.percent) / 100));
    const events = await sendBatches(
      world,
      claims,
      (batch) => client.call("claimMany", { merchantId, claims: batch }),
      (done) => {
        progress(`${grouped(done)} of ${grouped(claims.length)} paid`);
      },
    );
    const paid = events.filter((event) => isEvent(event, "ClaimPaid"));
    const sum = paid.reduce((total, { args }) => total + args.amount, 0n);
    const standing = await world.depositStanding(merchant);
    const rate =
      standing === undefined
        ? ""
        : `, so that each of them has had ${percentOf(standing.funded, standing.claims)} of the claim`;
    const drawn = events.find((event) => isEvent(event, "SuretyDrawn"));
    const surety = drawn === undefined ? "" : `; the surety gives ${money.full(drawn.args.amount)} for what is missing`;
    const skipped = claims.length - paid.length;
    const left = skipped === 0 ? "" : `; ${counted(skipped, "claim")} had nothing to get now`;
    const batches = counted(inBatches(claims).length, "batch", "batches");
    const who = `${counted(paid.length, people.name)} of ${merchant.name}`;
    return `${who} get ${money.full(sum)} in ${batches}${rate}${surety}${left}`;
  },
};

/** The surplus is paid; anyone may send it. */
export const paySurplus: Action<"paySurplus"> = {
  attempt: (world, step) => `What exceeds the claims on ${world.merchant(step.merchant).name} is paid`,

  play: async (world, { step }) => {
    const { money, relayer } = world;
    const { merchantId, name } = world.merchant(step.merchant);
    const { events } = await relayer.execute("paySurplus", { merchantId });
    const shares = [
      ...events
        .filter((event) => isEvent(event, "SuretyRepaid"))
        .map(({ args }) => `${money.full(args.amount)} back to the surety`),
      ...events
        .filter((event) => isEvent(event, "SurplusPaid"))
        .map(({ args }) => `${money.full(args.amount)} to ${name}`),
    ];
    return `${paySurplus.attempt(world, step)}: ${shares.join(", then ")}`;
  },
};
