import { parseUnits } from "ethers";
import { z } from "zod";

import { refusals } from "./refusals.js";

/**
 * The format of a scenario file. Every field is described for the JSON schema beside the scenarios
 * (`data/scenarios/scenario.schema.json`), which editors use for completion.
 *
 * This file checks each field by itself. `planner.ts` makes the checks that need several fields (references, order, limits).
 */

/** Decimals of the demo's token. */
export const TOKEN_DECIMALS = 6;

const MAX_AMOUNT = 10n ** 12n;
export const MAX_CROWD = 10_000;
export const MAX_DAY = 3_650;

/* BUILDING BLOCKS */

/** An object with these fields and no others. */
function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `no such field; there are ${Object.keys(shape).join(", ")}`
        : `write an object with the fields ${Object.keys(shape).join(", ")}`,
  });
}

function integer(what: string, min: number, max: number) {
  return z
    .int({ error: `write ${what}, a whole number from ${min} to ${max}` })
    .min(min, { error: `write ${what}, a whole number from ${min} to ${max}` })
    .max(max, { error: `write ${what}, a whole number from ${min} to ${max}` });
}

function text(what: string, max = 60) {
  return z
    .string({ error: `write ${what}, a text of 1 to ${max} characters` })
    .min(1, { error: `write ${what}, a text of 1 to ${max} characters` })
    .max(max, { error: `write ${what}, a text of 1 to ${max} characters` });
}

const ID_RULE = "use an id of small letters, digits and dashes that begins with a letter, such as li-noodles";
const id = z.string({ error: ID_RULE }).regex(/^[a-z][a-z0-9-]{0,39}$/, { error: ID_RULE });

const REFERENCE_RULE = "name a program by merchant and program, such as gym/annual";
const programReference = z
  .string({ error: REFERENCE_RULE })
  .regex(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/, { error: REFERENCE_RULE });

const AMOUNT_RULE = 'write an amount above zero in the scenario\'s currency, such as 1200 or "38.50"';

/** An amount of money: a number or a decimal text, in whole units of the currency. */
const amount = z
  .union([z.number(), z.string()], { error: AMOUNT_RULE })
  .transform((value, context) => {
    const written = String(value);
    if (/^\d{1,12}(\.\d{1,6})?$/.test(written)) {
      const units = parseUnits(written, TOKEN_DECIMALS);
      if (units > 0n && units <= MAX_AMOUNT * 10n ** BigInt(TOKEN_DECIMALS)) return units;
    }
    context.addIssue({ code: "custom", message: AMOUNT_RULE });
    return z.NEVER;
  })
  .describe('Amount in whole units of the currency: 1200 or "38.50"');

const day = integer("the day after the start", 0, MAX_DAY).describe(
  "Days after the start; that of the step before by default",
);

/* PROGRAMS, MERCHANTS, PEOPLE */

const programName = text("what the merchant calls it", 40).describe("What the merchant calls it");
const bearer = z
  .boolean({ error: "write true or false" })
  .default(false)
  .describe("Whether it is a bearer card; the preset limits bearer and named cards apart");

const program = z.discriminatedUnion(
  "kind",
  [
    fields({
      kind: z.literal("storedValue"),
      name: programName,
      price: amount.optional().describe("What the customer pays; without it any amount, spent one for one"),
      face: amount.optional().describe("What the customer can spend for it: price and bonus"),
      bearer,
    }),
    fields({
      kind: z.literal("count"),
      name: programName,
      price: amount,
      visits: integer("the number of visits", 1, 10_000).describe("Visits on the card"),
      listPrice: amount.optional().describe("Price of all visits without the discount; the price by default"),
      bearer,
    }),
    fields({
      kind: z.literal("pass"),
      name: programName,
      price: amount,
      days: integer("the length of the pass in days", 1, MAX_DAY).describe("Length of the pass in days"),
      bearer,
    }),
  ],
  { error: "choose one of storedValue, count, pass" },
);

const presetName = text("the name of a preset from data/presets.json, or several of them joined by +", 100);

const merchant = fields({
  name: text("the merchant's name", 28),
  cap: integer("the regulator's ceiling in whole units of the currency", 1, 10 ** 12)
    .optional()
    .describe("The regulator's ceiling on what the merchant owes its customers, in whole units of the currency"),
  preset: presetName.optional().describe("The preset this merchant is under; the scenario's by default"),
  programs: z.record(id, program, { error: "write the merchant's programs by id" }),
});

const consumer = fields({ name: text("the consumer's name", 28) });

const crowd = fields({
  name: text("what one of them is called, such as member", 20).describe("What one of them is called, such as member"),
  program: programReference,
  count: integer("the number of people", 1, MAX_CROWD).describe(
    "How many people; their wallets are derived from the seed",
  ),
  amount: amount.optional().describe("What each pays, for a program of any amount"),
});

const party = fields({ name: text("the name of a bank, an insurer, a liquidator", 28) });

const owed = integer("an amount in whole units of the currency", 1, 1_000_000);

const claimants = fields({
  name: text("what one of them is called, such as bather", 20).describe("What one of them is called, such as bather"),
  merchant: id.describe("The merchant that sold them cards outside the escrow"),
  count: integer("the number of people", 1, MAX_CROWD).describe(
    "How many people; their wallets are derived from the seed",
  ),
  owed: fields({ min: owed, max: owed }).describe(
    "What each is owed, drawn from the seed, in whole units of the currency",
  ),
});

/* STEPS */

const refused = z
  .enum(Object.keys(refusals) as (keyof typeof refusals)[], {
    error: `name the refusal: ${Object.keys(refusals).join(", ")}`,
  })
  .optional()
  .describe("The refusal this step must meet; the play fails if the contracts let it pass");

/** A step: its kind, its day, and whether the contracts must refuse it. */
function step<Name extends string, Shape extends z.ZodRawShape>(name: Name, about: string, shape: Shape) {
  return fields({ do: z.literal(name), day: day.optional(), ...shape, refused }).describe(about);
}

const flag = (about: string) => z.boolean({ error: "write true or false" }).default(false).describe(about);
const evidence = text("what the evidence is", 200).describe("What the evidence is; only its hash goes on chain");
const days = integer("the number of days", 1, 365).describe("How many days the pass is extended by");
const range = (what: string) => fields({ min: integer(what, 0, 1_000), max: integer(what, 0, 1_000) });

const steps = [
  step("buy", "A consumer buys a card", {
    consumer: id,
    program: programReference,
    card: id.describe("A name for the card, by which later steps refer to it"),
    amount: amount.optional().describe("What is paid, for a program of any amount"),
    pay: z
      .enum(["approve", "permit", "authorization"], { error: "choose one of approve, permit, authorization" })
      .default("approve")
      .describe(
        "approve: two transactions; permit: one (ERC-2612); authorization: none, a relayer sends it (ERC-3009)",
      ),
    paidBy: id.optional().describe("Another consumer who pays, for a card that is a gift"),
    startsOnDay: integer("the day the pass begins", 1, MAX_DAY).optional().describe("The day a pass begins, if later"),
  }),
  step("crowdBuys", "Part of a crowd buys, each with one signed authorization that a relayer sends", {
    crowd: id,
    percent: integer("the share of the crowd in percent", 1, 100).describe("Share of the crowd in percent"),
  }),
  step("visit", "A holder is served and signs at the till", {
    card: id,
    spend: amount.optional().describe("What is consumed of a stored-value card, in money of face value"),
    visits: integer("the number of visits", 1, 1_000)
      .optional()
      .describe("Visits consumed of a count card; 1 by default"),
    item: text("what was consumed", 80)
      .default("service")
      .describe("What was consumed; only its salted hash is signed"),
  }),
  step("crowdVisits", "The people of a crowd who have bought are served, each a number of times drawn from the seed", {
    crowd: id,
    visits: range("the number of visits").describe("How often each comes"),
    spend: range("the amount of a visit")
      .optional()
      .describe("What a visit costs, for stored-value cards, in whole units"),
  }),
  step("settle", "A merchant confirms what its customers have signed, in one batch after the other", {
    merchant: id,
    payOut: flag("Whether the released money is paid out at once"),
    relayed: flag("Whether the operator only signs the batch and a relayer sends it"),
  }),
  step("payOut", "What is released is paid to the merchant", { merchant: id }),
  step("accrue", "The time of every pass of a merchant is counted", { merchant: id }),
  step("extendPass", "The merchant extends a pass: it counts as begun so many days later", { card: id, days }),
  step("requestExit", "A holder asks to leave", {
    card: id,
    relayed: flag("Whether the holder only signs and a relayer sends it"),
  }),
  step("cancelExit", "A holder takes the request back", { card: id }),
  step("executeExit", "A request to leave that is due is executed", { card: id }),
  step("refundCard", "The merchant agrees: the card is closed and all that remains is paid back", { card: id }),
  step("complain", "A holder complains about the merchant", {
    card: id,
    relayed: flag("Whether the holder only signs and a relayer sends it"),
    evidence,
  }),
  step("contestExit", "The merchant contests a request to leave, which then waits for a ruling", {
    card: id,
    evidence,
  }),
  step("resolve", "The consumer association rules on a dispute", {
    card: id,
    upheld: z
      .boolean({ error: "write true or false" })
      .describe("Whether the holder is right, and the card is closed and paid"),
    award: amount.optional().describe("What the holder is to get; all that holder's cause gives if it is left out"),
    decision: text("what the ruling says", 200).describe("Text of the ruling; only its hash goes on chain"),
  }),
  step("resolveByExtension", "The consumer association rules on a complaint about a pass by extending it", {
    card: id,
    days,
    decision: text("what the ruling says", 200).describe("Text of the ruling; only its hash goes on chain"),
  }),
  step("executeDispute", "A dispute that was not ruled on in time is executed; a complaint by its holder", {
    card: id,
  }),
  step("endComplaint", "A complaint that was neither ruled on nor executed is ended without effect", { card: id }),
  step("setRecovery", "A consumer names an account that may move the cards should the phone be lost", {
    consumer: id,
    recovery: id.describe("The consumer whose account it is"),
  }),
  step("requestMove", "A card is to go to another holder", {
    card: id,
    to: id.describe("The consumer who will hold it"),
    byRecovery: flag("Whether the recovery address asks, the holder's phone being lost"),
  }),
  step("consentMove", "The merchant lets a move be executed at once", { card: id }),
  step("cancelMove", "The holder ends a pending move", { card: id }),
  step("executeMove", "A move that is due is executed", {
    card: id,
    as: id.describe("A name for the card at its new holder, by which later steps refer to it"),
  }),
  step("suspend", "The regulator stops sales and payouts of a merchant for 90 days", { merchant: id, evidence }),
  step("resume", "The regulator ends a suspension", { merchant: id }),
  step("flagDefault", "The regulator flags a merchant as defaulted", {
    merchant: id,
    serviceStoppedDay: day.describe("The day from whose beginning there was no service"),
    evidence,
  }),
  step("withdrawDefault", "The regulator withdraws a flag", { merchant: id }),
  step("startRunOff", "A merchant begins to close in order", {
    merchant: id,
    lastServiceDay: day.describe("The last day of service"),
  }),
  step("refundAll", "Everybody who still holds a card of the merchant is refunded, in batches", { merchant: id }),
  step("closeMerchant", "A run-off is completed", { merchant: id }),
  step("setDepositRule", "The regulator sets the deposit rule for the cards that a merchant sells outside the escrow", {
    merchant: id,
    rule: text("the name of a deposit rule", 40).describe(
      "A deposit rule of the preset, such as GENERAL; data/presets.json names them",
    ),
    preset: presetName.optional().describe("The preset it is of; the merchant's by default"),
    cureByDay: day.describe("The day by whose end the deposit is to be there"),
  }),
  step("reportOutstanding", "The balance of the cards sold outside the escrow is reported", {
    merchant: id,
    amount,
    byReporter: flag("Whether a bank or an auditor reports, not the merchant"),
    asOfDay: day.optional().describe("The day at whose beginning the balance was so; that of the step by default"),
    evidence,
  }),
  step("deposit", "Somebody pays into the deposit of a merchant", {
    merchant: id,
    amount,
    from: id.optional().describe("The party who pays; the merchant by default"),
  }),
  step("withdraw", "A merchant takes out of its deposit what is not required", { merchant: id, amount }),
  step("nameSurety", "A merchant names who may stand surety for it", {
    merchant: id,
    party: id.describe("A bank or an insurer among the parties"),
  }),
  step("placeSurety", "A surety is placed, added to or prolonged", {
    merchant: id,
    party: id.describe("Who stands surety"),
    amount: amount.optional().describe("What is paid in; nothing, to prolong only, if it is left out"),
    endDay: integer("the day from which the surety may be taken back", 1, MAX_DAY).describe(
      "The day from which the surety may be taken back; it counts until 30 days before",
    ),
  }),
  step("takeBackSurety", "A surety that has ended goes back to its party", {
    merchant: id,
    party: id.describe("Who placed it"),
  }),
  step("refreshWarnings", "Warnings of the register that time has changed are raised and cleared", { merchant: id }),
  step("publishClaims", "The consumer association publishes who is owed what outside the escrow", {
    merchant: id,
    claimants: id.describe("The people of the list"),
  }),
  step("claimAll", "The claims of a merchant's published list are paid, in batches", {
    merchant: id,
    percent: integer("the share of the list in percent", 1, 100)
      .default(100)
      .describe("How many come forward, from the top of the list, in percent"),
  }),
  step("paySurplus", "What exceeds the claims goes to the surety and then to the merchant", { merchant: id }),
] as const;

const STEP_NAMES = steps.map((option) => option.shape.do.value).join(", ");

const anyStep = z.discriminatedUnion("do", steps, { error: `choose one of ${STEP_NAMES}` });

/* THE FILE */

const act = fields({
  title: text("the title of the act"),
  text: text("what happens, in a sentence or two", 400).optional().describe("What happens, in a sentence or two"),
  steps: z.array(anyStep, { error: "write a list of steps" }).min(1, { error: "give the act at least one step" }),
});

const START_RULE = 'write the date of day 0, from 2000 to 2090, such as "2026-03-02"';

/** A scenario file. */
export const scenarioSchema = fields({
  $schema: z.string().optional().describe("scenario.schema.json, for completion in editors"),
  title: text("the title of the demo"),
  summary: text("what the demo is about", 400).optional().describe("What the demo is about"),
  currency: z.string({ error: "write the code of a currency, such as CNY" }).regex(/^[A-Z]{3}$/, {
    error: "write the code of a currency, such as CNY",
  }),
  preset: presetName.describe(
    "The preset of data/presets.json the merchants are under; each one after a + replaces the fields it decides",
  ),
  start: z.iso
    .date({ error: START_RULE })
    .refine((date) => date >= "2000-01-01" && date <= "2090-12-31", { error: START_RULE })
    .describe("The date of day 0"),
  seed: text("a text from which every wallet and every draw is derived").describe(
    "Every wallet and every draw is derived from it",
  ),
  merchants: z.record(id, merchant, { error: "write the merchants by id" }),
  consumers: z.record(id, consumer, { error: "write the consumers by id" }).default({}),
  crowds: z.record(id, crowd, { error: "write the crowds by id" }).default({}),
  parties: z
    .record(id, party, { error: "write the parties by id" })
    .default({})
    .describe("Banks, insurers, liquidators: others who pay into a deposit or stand surety"),
  claimants: z
    .record(id, claimants, { error: "write the claimants by id" })
    .default({})
    .describe("People who bought cards of a merchant outside the escrow"),
  acts: z.array(act, { error: "write a list of acts" }).min(1, { error: "give the demo at least one act" }),
});

/** The content of a scenario file, with amounts in token base units. */
export type ScenarioFile = z.output<typeof scenarioSchema>;
export type ScenarioStep = z.output<typeof anyStep>;
export type StepName = ScenarioStep["do"];
/** The step of kind `Name`. */
export type StepOf<Name extends StepName> = Extract<ScenarioStep, { do: Name }>;
export type ProgramFile = z.output<typeof program>;
