import { z } from "zod";

import bundled from "../../data/presets.json" with { type: "json" };
import { MAX_DEPOSIT_BPS, MAX_REPORT_DAYS, NO_THRESHOLD, checkDepositRule } from "../contracts/depositRule.js";
import type { DepositRule } from "../contracts/depositRule.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { DAY, checkPolicy, tokenAddress } from "../contracts/policy.js";
import type { Policy, PolicyNumber } from "../contracts/policy.js";

/* THE FILE */

const count = z.int().nonnegative();
const sentence = z.string().min(1);

const policySchema = z.strictObject({
  exitDelayDays: count,
  coolingOffDays: count,
  coolingOffRequiresUnused: z.boolean(),
  unilateralExit: z.boolean(),
  rejectOverLimit: z.boolean(),
  rejectOverCap: z.boolean(),
  maxNamed: count,
  maxBearer: count,
  maxTermDays: count,
  maxSessions: count,
  maxListBps: count,
  maxHolderExposure: count,
  accrualDelayDays: count,
  rulingTimeoutDays: count,
  runOffNoticeDays: count,
  finalSettlementDays: count,
  complaintCount: count,
  complaintBps: count,
  maxAdvanceDays: count,
});

const depositRuleSchema = z
  .strictObject({
    bps0: count,
    threshold1: count.optional(),
    bps1: count.optional(),
    threshold2: count.optional(),
    bps2: count.optional(),
    reportDays: count.max(MAX_REPORT_DAYS).optional(),
  })
  .refine((rule) => (rule.threshold1 === undefined) === (rule.bps1 === undefined), "threshold1 and bps1 go together")
  .refine((rule) => (rule.threshold2 === undefined) === (rule.bps2 === undefined), "threshold2 and bps2 go together")
  .refine((rule) => rule.threshold2 === undefined || rule.threshold1 !== undefined, "the second tier needs the first")
  .refine((rule) => (rule.threshold2 ?? Infinity) > (rule.threshold1 ?? 0), "thresholds rise")
  .refine((rule) => {
    const { bps0, bps1 = bps0, bps2 = bps1 } = rule;
    return bps0 <= bps1 && bps1 <= bps2 && bps2 <= MAX_DEPOSIT_BPS;
  }, "shares never fall from tier to tier and are at most 20 000");

const registerSchema = z.strictObject({
  basis: sentence,
  guaranteeOffset: z.boolean().optional(),
  reporting: sentence.optional(),
  rules: z.record(z.string().regex(/^[A-Z]+$/), depositRuleSchema),
  remarks: z.array(sentence).optional(),
});

const presetSchema = z.strictObject({
  name: z.string().regex(/^[A-Z]{2}-[A-Za-z0-9-]+$/),
  title: sentence,
  kind: z.enum(["base", "overlay", "sector", "platform", "scheme", "draft"]),
  source: sentence,
  status: z.string().regex(/^[PVM](?:\/[PVM])*(?!\w)/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  currencyDecimals: count.max(4),
  policy: policySchema.partial(),
  everyCard: z.array(sentence).default([]),
  notExpressed: z.array(sentence),
  register: registerSchema.optional(),
});

const fileSchema = z
  .strictObject({
    about: sentence,
    units: sentence,
    defaults: policySchema,
    presets: z.array(presetSchema),
  })
  .refine(
    (file) => new Set(file.presets.map((preset) => preset.name)).size === file.presets.length,
    "names are unique",
  );

/** The fields of a policy as people write them: days, minor units of the currency, basis points. A limit of zero is none. */
export type PresetPolicy = Readonly<z.infer<typeof policySchema>>;

/**
 * One tiered deposit rule: the highest tier whose threshold lies strictly below the balance applies to all of it. `reportDays`
 * is the longest time from the date of one report to the day the next must be there; none if the rule set names no day.
 */
export type PresetDepositRule = Readonly<z.infer<typeof depositRuleSchema>>;

/** What a rule set asks of balances outside the escrow. */
export type PresetRegister = Readonly<z.infer<typeof registerSchema>>;

/** A rule set: where it comes from, the policy it becomes, and what it asks that the contracts cannot express. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly kind: z.infer<typeof presetSchema>["kind"];
  /** The legal source, in words. */
  readonly source: string;
  /** How it was checked: P primary text, V excerpt of a published page, M memory. */
  readonly status: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Decimals of the currency's minor unit: 2 for yuan, 0 for yen. */
  readonly currencyDecimals: number;
  /** Every field, the file's defaults included. */
  readonly policy: PresetPolicy;
  /** The fields the rule set itself decides. */
  readonly stated: readonly (keyof PresetPolicy)[];
  /** What the rule set asks and the contracts do under every policy. */
  readonly everyCard: readonly string[];
  /** What it asks and they cannot express, or do otherwise. */
  readonly notExpressed: readonly string[];
  readonly register?: PresetRegister;
  /** The rule sets it was put together from, in their order; empty if it is one of its own. */
  readonly parts: readonly Preset[];
}

/** Thrown when a file of presets is not what it should be; `problems` has one line for each fault. */
export class PresetFileError extends Error {
  override readonly name = "PresetFileError";

  constructor(readonly problems: readonly string[]) {
    super(`The file of presets has ${problems.length} fault(s): ${problems.join("; ")}. Next: correct them.`);
  }
}

/** Thrown when no preset has the name. */
export class PresetUnknownError extends InvalidInputError {
  override readonly name = "PresetUnknownError";

  constructor(
    readonly preset: string,
    readonly known: readonly string[],
  ) {
    const near = nearest(preset, known);
    const remedy = near.length === 0 ? "choose one of these" : `choose one of these, perhaps ${near.join(" or ")}`;
    super("preset", preset, known.join(", "), remedy);
    this.near = near;
  }

  /** Names that look like it, the nearest first; often none. */
  readonly near: readonly string[];
}

/** Thrown when a preset's field becomes a value the escrow refuses; in the units of the file. */
export class PresetFieldError extends Error {
  override readonly name = "PresetFieldError";

  /**
   * @param preset Name of the preset.
   * @param field Field of its policy, or of a rule of its register, such as `GENERAL.threshold1`.
   * @param value Its value.
   * @param min The least it may be.
   * @param max The most it may be.
   * @param unit What these numbers count.
   */
  constructor(
    readonly preset: string,
    readonly field: string,
    readonly value: bigint,
    readonly min: bigint,
    readonly max: bigint,
    readonly unit: string,
  ) {
    super(`${preset}: ${field} is ${value}; allowed: ${min} to ${max} ${unit}. Next: change it in the preset.`);
  }
}

/** Thrown when an amount of a preset cannot be said in the token, which has too few decimals. */
export class PresetAmountError extends Error {
  override readonly name = "PresetAmountError";

  constructor(
    readonly preset: string,
    readonly field: string,
    readonly value: bigint,
    readonly currencyDecimals: number,
    readonly tokenDecimals: number,
  ) {
    super(
      `${preset}: ${field} is ${value} with ${currencyDecimals} decimals, and the token has ${tokenDecimals}. ` +
        `Next: use a token with at least ${currencyDecimals} decimals, or a round amount.`,
    );
  }
}

/** Thrown when a preset has no deposit rule of the name. */
export class PresetRuleUnknownError extends InvalidInputError {
  override readonly name = "PresetRuleUnknownError";

  constructor(
    readonly preset: string,
    readonly rule: string,
    readonly known: readonly string[],
  ) {
    const [allowed, remedy] =
      known.length === 0
        ? ["none, as it asks for no deposit", "choose another preset"]
        : [known.join(", "), "choose one of these"];
    super(`deposit rule of ${preset}`, rule, allowed, remedy);
  }
}

/**
 * Reads a file of presets.
 *
 * @param data The parsed JSON.
 * @returns The presets by name, in the order of the file, each with the defaults filled in.
 * @throws PresetFileError if anything is missing, unknown or of the wrong kind.
 */
export function readPresets(data: unknown): ReadonlyMap<string, Preset> {
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) {
    throw new PresetFileError(
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "file"}: ${issue.message}`),
    );
  }
  const { defaults, presets: read } = parsed.data;
  return new Map(
    read.map(({ register, policy, ...preset }) => {
      const given = Object.entries(policy).filter(([, value]) => value !== undefined);
      const complete: PresetPolicy = { ...defaults, ...Object.fromEntries(given) };
      const stated = given.map(([field]) => field as keyof PresetPolicy);
      const own = { ...preset, policy: complete, stated, parts: [] };
      return [preset.name, register === undefined ? own : { ...own, register }];
    }),
  );
}

/** The presets that come with the project, `data/presets.json`, by name. */
export const presets: ReadonlyMap<string, Preset> = readPresets(bundled);

/**
 * One of the presets that come with the project, or several under one another: "CN-WEIHAI-2021 + CN-SPC-2025".
 *
 * @throws PresetUnknownError if none has a name.
 * @throws InvalidInputError if the presets are in different currencies.
 */
export function findPreset(name: string): Preset {
  const [base = "", ...overlays] = name.split("+").map((part) => part.trim());
  return overlays.reduce((preset, overlay) => overlaid(preset, onePreset(overlay)), onePreset(base));
}

function onePreset(name: string): Preset {
  const preset = presets.get(name);
  if (preset === undefined) throw new PresetUnknownError(name, [...presets.keys()]);
  return preset;
}

/**
 * A rule set under another that applies as well: whatever the second decides itself takes the place of the first's.
 *
 * @throws InvalidInputError if they are in different currencies.
 */
export function overlaid(base: Preset, overlay: Preset): Preset {
  if (overlay.currency !== base.currency) {
    const allowed = `${base.currency}, the currency of ${base.name}`;
    throw new InvalidInputError("currency", overlay.currency, allowed, `leave ${overlay.name} out`);
  }
  const decided = Object.fromEntries(overlay.stated.map((field) => [field, overlay.policy[field]]));
  const register = overlay.register ?? base.register;
  return {
    ...base,
    name: `${base.name} + ${overlay.name}`,
    title: `${base.title}; ${overlay.title}`,
    source: `${base.source}; ${overlay.source}`,
    status: `${base.status}; ${overlay.status}`,
    policy: { ...base.policy, ...decided },
    stated: [...new Set([...base.stated, ...overlay.stated])],
    everyCard: [...base.everyCard, ...overlay.everyCard],
    notExpressed: [...base.notExpressed, ...overlay.notExpressed],
    parts: [...partsOf(base), ...partsOf(overlay)],
    ...(register === undefined ? {} : { register }),
  };
}

/** The rule sets a preset consists of, in their order: itself, if it is one of its own. */
export function partsOf(preset: Preset): readonly Preset[] {
  return preset.parts.length === 0 ? [preset] : preset.parts;
}

/** At most three of the known names that look like one that does not exist. */
function nearest(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const candidates = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => {
      const part = wanted.length > 1 && candidate.toLowerCase().includes(wanted);
      return part || distance <= Math.max(wanted.length, candidate.length) / 3;
    })
    .sort((a, b) => a.distance - b.distance);
  return candidates.slice(0, 3).map(({ candidate }) => candidate);
}

/** How many letters must be put in, left out or changed to make one word of another. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 0; line < from.length; line++) {
    const next = [line + 1];
    for (const [column, above] of row.slice(1).entries()) {
      const changed = (row[column] ?? 0) + (from[line] === to[column] ? 0 : 1);
      next.push(Math.min(changed, above + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/* THE POLICY */

/** The field of a preset behind each number of a policy, and what one of its units is on chain. */
const origins = {
  exitDelay: ["exitDelayDays", "days"],
  coolingOff: ["coolingOffDays", "days"],
  maxNamed: ["maxNamed", "minor units"],
  maxBearer: ["maxBearer", "minor units"],
  maxTerm: ["maxTermDays", "days"],
  maxSessions: ["maxSessions", "visits"],
  maxListBps: ["maxListBps", "basis points"],
  maxHolderExposure: ["maxHolderExposure", "minor units"],
  accrualDelay: ["accrualDelayDays", "days"],
  rulingTimeout: ["rulingTimeoutDays", "days"],
  runOffNotice: ["runOffNoticeDays", "days"],
  finalSettlement: ["finalSettlementDays", "days"],
  complaintCount: ["complaintCount", "complaints"],
  complaintBps: ["complaintBps", "basis points"],
  maxAdvance: ["maxAdvanceDays", "days"],
} as const satisfies Record<PolicyNumber, readonly [keyof PresetPolicy, string]>;

/**
 * The policy a preset becomes, in units of the token and seconds, within the bounds of the escrow.
 *
 * @param preset See {@link findPreset}.
 * @param token The token's address; it must be money of the preset's currency.
 * @param tokenDecimals The token's `decimals()`.
 * @throws PresetFieldError if the escrow would refuse a field.
 * @throws PresetAmountError if the token has too few decimals for an amount.
 * @throws InvalidInputError if `token` is no address.
 */
export function policyFromPreset(preset: Preset, token: string, tokenDecimals: number): Policy {
  const { policy } = preset;
  const days = (value: number): bigint => BigInt(value) * DAY;
  const money = (field: "maxNamed" | "maxBearer" | "maxHolderExposure"): bigint =>
    toBaseUnits(preset, field, policy[field], tokenDecimals);
  const result: Policy = {
    token: tokenAddress(token),
    exitDelay: days(policy.exitDelayDays),
    coolingOff: days(policy.coolingOffDays),
    coolingOffRequiresUnused: policy.coolingOffRequiresUnused,
    unilateralExit: policy.unilateralExit,
    rejectOverLimit: policy.rejectOverLimit,
    rejectOverCap: policy.rejectOverCap,
    maxNamed: money("maxNamed"),
    maxBearer: money("maxBearer"),
    maxTerm: days(policy.maxTermDays),
    maxSessions: BigInt(policy.maxSessions),
    maxListBps: BigInt(policy.maxListBps),
    maxHolderExposure: money("maxHolderExposure"),
    accrualDelay: days(policy.accrualDelayDays),
    rulingTimeout: days(policy.rulingTimeoutDays),
    runOffNotice: days(policy.runOffNoticeDays),
    finalSettlement: days(policy.finalSettlementDays),
    complaintCount: BigInt(policy.complaintCount),
    complaintBps: BigInt(policy.complaintBps),
    maxAdvance: days(policy.maxAdvanceDays),
  };
  const [problem] = checkPolicy(result);
  if (problem !== undefined) {
    const [field, unit] = origins[problem.field];
    const inUnit = (value: bigint): bigint =>
      unit === "days" ? value / DAY : unit === "minor units" ? toMinor(preset, value, tokenDecimals) : value;
    const { min, max } = problem;
    throw new PresetFieldError(preset.name, field, BigInt(policy[field]), inUnit(min), inUnit(max), unit);
  }
  return result;
}

/**
 * The rule sets that come with the project which become exactly this policy: single ones, and where there is none, one under an
 * overlay.
 *
 * @param policy A policy of the escrow.
 * @param tokenDecimals `decimals()` of its token.
 * @returns None if its rules are somebody's own.
 */
export function presetsOf(policy: Policy, tokenDecimals: number): readonly Preset[] {
  const becomes = (preset: Preset): boolean => {
    try {
      const made = policyFromPreset(preset, policy.token, tokenDecimals);
      return (Object.keys(made) as (keyof Policy)[]).every((field) => made[field] === policy[field]);
    } catch (error) {
      // The token has too few decimals for it, or so many that the escrow would refuse its amounts.
      if (error instanceof PresetAmountError || error instanceof PresetFieldError) return false;
      throw error;
    }
  };
  const all = [...presets.values()];
  const found = all.filter(becomes);
  if (found.length > 0) return found;
  const overlays = all.filter(({ kind }) => kind === "overlay");
  return all
    .flatMap((base) =>
      overlays
        .filter(({ name, currency }) => name !== base.name && currency === base.currency)
        .map((overlay) => overlaid(base, overlay)),
    )
    .filter(becomes);
}

/** Base units of the token as minor units of the currency, floored. */
function toMinor(preset: Preset, value: bigint, tokenDecimals: number): bigint {
  return (value * 10n ** BigInt(preset.currencyDecimals)) / 10n ** BigInt(tokenDecimals);
}

/** Minor units of the currency as base units of the token. */
function toBaseUnits(preset: Preset, field: string, value: number, tokenDecimals: number): bigint {
  const scaled = BigInt(value) * 10n ** BigInt(tokenDecimals);
  const divisor = 10n ** BigInt(preset.currencyDecimals);
  if (scaled % divisor !== 0n) {
    throw new PresetAmountError(preset.name, field, BigInt(value), preset.currencyDecimals, tokenDecimals);
  }
  return scaled / divisor;
}

/* THE DEPOSIT RULE */

/**
 * A deposit rule of a preset as the register takes it.
 *
 * @param preset See {@link findPreset}.
 * @param name Which of its rules: `GENERAL` where there is one for every issuer; see `preset.register.rules`.
 * @param tokenDecimals `decimals()` of the merchant's token; it must be money of the preset's currency.
 * @throws PresetRuleUnknownError if it has no such rule.
 * @throws PresetFieldError if the register would refuse a field, or take a threshold for none.
 * @throws PresetAmountError if the token has too few decimals for a threshold.
 */
export function depositRuleFromPreset(preset: Preset, name: string, tokenDecimals: number): DepositRule {
  const rules = preset.register?.rules ?? {};
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) throw new PresetRuleUnknownError(preset.name, name, Object.keys(rules));
  const threshold = (field: "threshold1" | "threshold2"): bigint => {
    const value = rule[field];
    if (value === undefined) return NO_THRESHOLD;
    const amount = toBaseUnits(preset, `${name}.${field}`, value, tokenDecimals);
    if (amount < NO_THRESHOLD) return amount;
    const max = toMinor(preset, NO_THRESHOLD - 1n, tokenDecimals);
    throw new PresetFieldError(preset.name, `${name}.${field}`, BigInt(value), 0n, max, "minor units");
  };
  const { bps0, bps1 = bps0, bps2 = bps1, reportDays = 0 } = rule;
  const result: DepositRule = {
    bps0: BigInt(bps0),
    threshold1: threshold("threshold1"),
    bps1: BigInt(bps1),
    threshold2: threshold("threshold2"),
    bps2: BigInt(bps2),
    reportDays: BigInt(reportDays),
  };
  const [problem] = checkDepositRule(result);
  if (problem !== undefined) {
    const { field, value, min, max } = problem;
    const unit = field.startsWith("threshold") ? "minor units" : field === "reportDays" ? "days" : "basis points";
    const inUnit = (raw: bigint): bigint => (unit === "minor units" ? toMinor(preset, raw, tokenDecimals) : raw);
    throw new PresetFieldError(preset.name, `${name}.${field}`, inUnit(value), inUnit(min), inUnit(max), unit);
  }
  return result;
}
