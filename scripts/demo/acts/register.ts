import { id } from "ethers";

import type { EscrowClient } from "../../../src/client/client.js";
import { depositRuleFromPreset, findPreset, partsOf } from "../../../src/presets/presets.js";
import type { Preset } from "../../../src/presets/presets.js";
import { NO_THRESHOLD } from "../../../src/contracts/depositRule.js";
import type { DepositRule } from "../../../src/contracts/depositRule.js";
import { isEvent } from "../../../src/contracts/events.js";
import type { DecodedEvent } from "../../../src/contracts/events.js";
import { DAY } from "../../../src/contracts/policy.js";
import { formatBps } from "../../../src/utils/units.js";
import { counted } from "../money.js";
import { beginningOf } from "../model.js";
import type { StepOf } from "../scenario.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";
import type { Action } from "./action.js";

/** Seconds before its end in which a surety no longer counts. */
const SURETY_NOTICE = 30n * DAY;

/* RULES AND REPORTS */

/** The regulator sets the deposit rule of a merchant. */
export const setDepositRule: Action<"setDepositRule"> = {
  attempt: (world, step) => {
    const { name } = world.merchant(step.merchant);
    const preset = presetOf(world, step);
    const source = partsOf(preset).findLast(({ register }) => register?.rules[step.rule] !== undefined) ?? preset;
    return `The regulator asks a deposit of ${name} (${step.rule} of ${source.name})`;
  },

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const rule = depositRuleFromPreset(presetOf(world, step), step.rule, TOKEN_DECIMALS);
    // The last day to cure is a whole day.
    const cureBy = beginningOf(world.scenario, step.cureByDay + 1);
    const { events } = await world.regulator.execute("setRule", { merchantId, rule, cureBy });
    const waits = events.find((event) => isEvent(event, "RuleLooseningAnnounced"));
    const when =
      waits === undefined
        ? `to be there by the end of day ${step.cureByDay}`
        : `which asks less and counts from day ${world.dayOf(waits.args.effectiveAt)}`;
    const { reportDays } = rule;
    const reports = reportDays === 0n ? "" : `; a report is due ${reportDays} days after the last`;
    const share = `${shareOf(world, rule)} of what it owes outside the escrow`;
    return `${setDepositRule.attempt(world, step)}: ${share}, ${when}${reports}`;
  },
};

function presetOf(world: World, step: StepOf<"setDepositRule">): Preset {
  return step.preset === undefined ? world.merchant(step.merchant).preset : findPreset(step.preset);
}

/** The shares of a rule: "40 %", or "0 %, above 200,000.00 CNY 40 %". */
function shareOf({ money }: World, rule: DepositRule): string {
  const { bps0, threshold1, bps1, threshold2, bps2 } = rule;
  return [
    formatBps(bps0),
    ...(threshold1 === NO_THRESHOLD ? [] : [`above ${money.full(threshold1)} ${formatBps(bps1)}`]),
    ...(threshold2 === NO_THRESHOLD ? [] : [`above ${money.full(threshold2)} ${formatBps(bps2)}`]),
  ].join(", ");
}

/** The merchant, or a bank or an auditor, reports the balance outside the escrow. */
export const reportOutstanding: Action<"reportOutstanding"> = {
  attempt: (world, step) => {
    const { name } = world.merchant(step.merchant);
    const amount = world.money.full(step.amount);
    return step.byReporter
      ? `An auditor reports that ${name} owes ${amount} outside the escrow`
      : `${name} reports that it owes ${amount} outside the escrow`;
  },

  play: async (world, { day, step }) => {
    const { cast, money, scenario } = world;
    const { merchantId } = world.merchant(step.merchant);
    const reporter = step.byReporter ? world.as(cast.official("reporter")) : world.ownerOf(step.merchant);
    const { events } = await reporter.execute("reportOutstanding", {
      merchantId,
      amount: step.amount,
      asOf: beginningOf(scenario, step.asOfDay ?? day),
      evidence: id(step.evidence),
    });
    const figures = eventOf(events, "ReportedFiguresSet").args;
    const required = `${money.full(figures.required)} must be in its deposit`;
    return `${reportOutstanding.attempt(world, step)} (${step.evidence}): ${required}${waiting(world, step.amount, figures)}`;
  },
};

/** When a reported figure takes effect, if it does not at once. */
function waiting(
  world: World,
  amount: bigint,
  { reported, nextActsAt, laterActsAt }: DecodedEvent<"ReportedFiguresSet">["args"],
): string {
  if (reported === amount) return "";
  const actsAt = laterActsAt === 0n ? nextActsAt : laterActsAt;
  const until = actsAt === 0n ? "" : ` until day ${world.dayOf(actsAt)}`;
  return `, for the ${world.money.full(reported)} reported before still count${until}`;
}

/** Raises and clears the warnings that depend on time; anyone may send it. */
export const refreshWarnings: Action<"refreshWarnings"> = {
  attempt: (world, step) => `The register is asked what time has changed at ${world.merchant(step.merchant).name}`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const { events } = await world.relayer.execute("refreshWarnings", { merchantId });
    const raised = events.filter((event) => isEvent(event, "WarningRaised")).length;
    const cleared = events.length - raised;
    const found = [
      ...(raised === 0 ? [] : [`${counted(raised, "warning")} raised`]),
      ...(cleared === 0 ? [] : [`${counted(cleared, "warning")} cleared`]),
    ];
    return `${refreshWarnings.attempt(world, step)}: ${found.join(", ") || "no warning"}`;
  },
};

/* MONEY */

/** Somebody pays into a deposit. */
export const deposit: Action<"deposit"> = {
  attempt: (world, step) => {
    const { name } = world.merchant(step.merchant);
    return step.from === undefined
      ? `${name} pays into its deposit`
      : `${world.partyName(step.from)} pays into the deposit of ${name}`;
  },

  play: async (world, { step }) => {
    const { money } = world;
    const { merchantId } = world.merchant(step.merchant);
    const payer = step.from === undefined ? world.ownerOf(step.merchant) : world.party(step.from);
    await fund(world, payer, step.amount);
    const { events } = await payer.execute("deposit", { merchantId, amount: step.amount });
    const { amount, deposit: held } = eventOf(events, "Deposited").args;
    return `${deposit.attempt(world, step)}: ${money.full(amount)}, the deposit is now ${money.full(held)}`;
  },
};

/** The merchant takes out an amount that is not required. */
export const withdraw: Action<"withdraw"> = {
  attempt: (world, step) =>
    `${world.merchant(step.merchant).name} takes ${world.money.full(step.amount)} out of its deposit`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const { events } = await world.ownerOf(step.merchant).execute("withdraw", { merchantId, amount: step.amount });
    const { deposit: left } = eventOf(events, "Withdrawn").args;
    return `${withdraw.attempt(world, step)}: ${world.money.full(left)} are left`;
  },
};

/** Prepares a payment to the register: the bank credits the payer, and the payer approves the register. */
async function fund(world: World, payer: EscrowClient, amount: bigint): Promise<void> {
  const { addresses } = world;
  await world.credit(await payer.account(), amount);
  await payer.approve(addresses.token, amount, addresses.register);
}

/* SURETY */

/** The merchant names its surety. */
export const nameSurety: Action<"nameSurety"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} names ${world.partyName(step.party)} as its surety`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const { address: surety } = world.cast.party(step.party);
    await world.ownerOf(step.merchant).execute("nameSurety", { merchantId, surety });
    return nameSurety.attempt(world, step);
  },
};

/** A bank or an insurer places a surety, adds to it or prolongs it. */
export const placeSurety: Action<"placeSurety"> = {
  attempt: (world, step) => {
    const verb = step.amount === undefined ? "prolongs its surety" : "stands surety";
    return `${world.partyName(step.party)} ${verb} for ${world.merchant(step.merchant).name}`;
  },

  play: async (world, { step }) => {
    const { money, scenario } = world;
    const { merchantId } = world.merchant(step.merchant);
    const party = world.party(step.party);
    const added = step.amount ?? 0n;
    if (added !== 0n) await fund(world, party, added);
    const placed = { merchantId, amount: added, endsAt: beginningOf(scenario, step.endDay) };
    const { events } = await party.execute("placeSurety", placed);
    const { amount, endsAt } = eventOf(events, "SuretyPlaced").args;
    const counts = `it counts until day ${world.dayOf(endsAt - SURETY_NOTICE)} and ends on day ${world.dayOf(endsAt)}`;
    return `${placeSurety.attempt(world, step)} with ${money.full(amount)}: ${counts}`;
  },
};

/** The party takes back a surety that has ended. */
export const takeBackSurety: Action<"takeBackSurety"> = {
  attempt: (world, step) =>
    `${world.partyName(step.party)} takes its surety for ${world.merchant(step.merchant).name} back`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const party = world.party(step.party);
    const { events } = await party.execute("takeBackSurety", { merchantId, recipient: await party.account() });
    const { amount } = eventOf(events, "SuretyTakenBack").args;
    return `${takeBackSurety.attempt(world, step)}: ${world.money.full(amount)}`;
  },
};
