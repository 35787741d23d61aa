import { z } from "zod";

import bundled from "../../data/presets.json" with { type: "json" };
import { MAX_DEPOSIT_BPS, MAX_REPORT_DAYS, NO_THRESHOLD, checkDepositRule } from "../contracts/depositRule.js";
import type { DepositRule } from "../contracts/depositRule.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import {
  PresetAmountError,
  PresetFieldError,
  PresetFileError,
  PresetRuleUnknownError,
  PresetUnknownError,
} from "./presetErrors.js";
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
  maxPassTermDays: count,
  maxCount: count,
  maxListBps: count,
  maxHolderExposure: count,
  accrualDelayDays: count,
  rulingTimeoutDays: count,
  runOffNoticeDays: count,
  finalSettlementDays: count,
  complaintCount: count,
  complaintBps: count,
  maxAdvanceDays: count,
  feeFlat: count,
  feeMax: count,
  feePriceBps: count,
  feeRestBps: count,
  coolingOffFeeBps: count,
  coolingOffTermBps: count,
  coolingOffInFull: z.boolean(),
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

const presetSchema = z
  .strictObject({
    name: z.string().regex(/^[A-Z]{2}-[A-Za-z0-9-]+$/),
    title: sentence,
    kind: z.enum(["base", "overlay", "sector", "platform", "scheme", "draft"]),
    source: sentence,
    status: z.string().regex(/^[PVM](?:\/[PVM])*(?!\w)/),
    validFrom: z.iso.date().optional(),
    validUntil: z.iso.date().optional(),
    currency: z.string().regex(/^[A-Z]{3}$/),
    currencyDecimals: count.max(4),
    policy: policySchema.partial(),
    everyCard: z.array(sentence).default([]),
    notExpressed: z.array(sentence),
    register: registerSchema.optional(),
  })
  .refine(
    ({ validFrom = "", validUntil }) => validUntil === undefined || validFrom <= validUntil,
    "the last day is before the first",
  );

const fileSchema = z
  .strictObject({
    about: sentence,
    units: sentence,
    defaults: policySchema,
    presets: z.array(presetSchema),
  })
  .refine((file) => new Set(file.presets.map((preset) => preset.name)).size === file.presets.length, "names are unique")
  .refine(
    ({ defaults, presets }) => presets.every(({ policy }) => allowsPasses({ ...defaults, ...present(policy) })),
    "coolingOffInFull needs coolingOffRequiresUnused, or without a feeMax a coolingOffFeeBps of at least coolingOffTermBps",
  );

/** The fields of a policy that are there. */
function present(policy: {
  readonly [Field in keyof PresetPolicy]?: PresetPolicy[Field] | undefined;
}): Partial<PresetPolicy> {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}

/**
 * Whether passes of a long enough term can be published under a policy. A cooling-off in full asks that the pass is unused, or takes a
 * fee that covers its days: otherwise the pass could be regretted and bought again for ever.
 * Source: `MerchantRegistry._requirePaidCoolingOff`.
 */
function allowsPasses(policy: PresetPolicy): boolean {
  const { coolingOffInFull, coolingOffRequiresUnused, coolingOffFeeBps, coolingOffTermBps, feeMax } = policy;
  const paid = coolingOffFeeBps > 0 && coolingOffFeeBps >= coolingOffTermBps && feeMax === 0;
  return !coolingOffInFull || coolingOffRequiresUnused || paid;
}

/** The fields of a policy in days, minor units of the currency, or basis points. A limit of zero is none. */
export type PresetPolicy = Readonly<z.infer<typeof policySchema>>;

/**
 * A tiered deposit rule: the highest tier whose threshold lies strictly below the balance applies to the whole balance. `reportDays` is
 * the longest time from the date of a report until the next is due; it is missing if the preset names no time.
 */
export type PresetDepositRule = Readonly<z.infer<typeof depositRuleSchema>>;

/** The demands of a preset on balances outside the escrow. */
export type PresetRegister = Readonly<z.infer<typeof registerSchema>>;

/** A preset: its legal source, its policy, and the demands that the contracts cannot express. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly kind: z.infer<typeof presetSchema>["kind"];
  /** The legal source, in words. */
  readonly source: string;
  /** How its source was checked: P primary text, V excerpt of a published page, M memory. */
  readonly status: string;
  /** The first day of the law, such as 2025-05-01, if it is known. Of several together: the first day of all. */
  readonly validFrom?: string;
  /** The last day of the law, if it has one. Of several together: the last day of all. */
  readonly validUntil?: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Decimals of the currency's minor unit: 2 for yuan, 0 for yen. */
  readonly currencyDecimals: number;
  /** Every field; the defaults of the file included. */
  readonly policy: PresetPolicy;
  /** The fields that the preset itself decides. */
  readonly stated: readonly (keyof PresetPolicy)[];
  /** Demands that the contracts meet under every policy. */
  readonly everyCard: readonly string[];
  /** Demands that the contracts cannot express, or meet in another way. */
  readonly notExpressed: readonly string[];
  readonly register?: PresetRegister;
  /** The presets it is combined from, in their order; empty for a single one. */
  readonly parts: readonly Preset[];
}

/**
 * Reads a file of presets.
 *
 * @param data The parsed JSON.
 * @returns The presets by name, in the order of the file, each with the defaults filled in.
 * @throws PresetFileError if a field is missing, unknown or of the wrong type.
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
    read.map(({ register, policy, validFrom, validUntil, ...preset }) => {
      const given = present(policy);
      const stated = Object.keys(given) as (keyof PresetPolicy)[];
      const own = {
        ...preset,
        ...datesOf(validFrom, validUntil),
        policy: { ...defaults, ...given },
        stated,
        parts: [],
      };
      return [preset.name, register === undefined ? own : { ...own, register }];
    }),
  );
}

/** The presets of the package (`data/presets.json`), by name. */
export const presets: ReadonlyMap<string, Preset> = readPresets(bundled);

/**
 * A preset of the package, or several combined: "CN-WEIHAI-2021 + CN-SPC-2025".
 *
 * @throws PresetUnknownError if there is no preset of a name.
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
 * Combines two presets that apply together: where the overlay decides a field itself, it replaces the decision of the base.
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
  const { validFrom, validUntil, ...rest } = base;
  return {
    ...rest,
    ...datesOf(
      [validFrom, overlay.validFrom]
        .filter((day) => day !== undefined)
        .sort()
        .at(-1),
      [validUntil, overlay.validUntil].filter((day) => day !== undefined).sort()[0],
    ),
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

/** The days of a law that are known. */
function datesOf(
  validFrom: string | undefined,
  validUntil: string | undefined,
): Pick<Preset, "validFrom" | "validUntil"> {
  return {
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

/** The presets that a preset consists of, in their order; a single one consists of itself. */
export function partsOf(preset: Preset): readonly Preset[] {
  return preset.parts.length === 0 ? [preset] : preset.parts;
}

/* THE POLICY */

/** For each number of a policy, the field of a preset and its unit. */
const origins = {
  exitDelay: ["exitDelayDays", "days"],
  coolingOff: ["coolingOffDays", "days"],
  maxNamed: ["maxNamed", "minor units"],
  maxBearer: ["maxBearer", "minor units"],
  maxPassTerm: ["maxPassTermDays", "days"],
  maxCount: ["maxCount", "visits"],
  maxListBps: ["maxListBps", "basis points"],
  maxHolderExposure: ["maxHolderExposure", "minor units"],
  accrualDelay: ["accrualDelayDays", "days"],
  rulingTimeout: ["rulingTimeoutDays", "days"],
  runOffNotice: ["runOffNoticeDays", "days"],
  finalSettlement: ["finalSettlementDays", "days"],
  complaintCount: ["complaintCount", "complaints"],
  complaintBps: ["complaintBps", "basis points"],
  maxAdvance: ["maxAdvanceDays", "days"],
  feeFlat: ["feeFlat", "minor units"],
  feeMax: ["feeMax", "minor units"],
  feePriceBps: ["feePriceBps", "basis points"],
  feeRestBps: ["feeRestBps", "basis points"],
  coolingOffFeeBps: ["coolingOffFeeBps", "basis points"],
  coolingOffTermBps: ["coolingOffTermBps", "basis points"],
} as const satisfies Record<PolicyNumber, readonly [keyof PresetPolicy, string]>;

/**
 * The policy of a preset, in token base units and seconds, within the bounds of the escrow.
 *
 * @param preset See {@link findPreset}.
 * @param token The token's address. The token must be in the preset's currency.
 * @param tokenDecimals The token's `decimals()`.
 * @throws PresetFieldError if the escrow would refuse a field.
 * @throws PresetAmountError if the token has too few decimals for an amount.
 * @throws InvalidInputError if `token` is no address.
 */
export function policyFromPreset(preset: Preset, token: string, tokenDecimals: number): Policy {
  const { policy } = preset;
  const days = (value: number): bigint => BigInt(value) * DAY;
  const money = (field: "maxNamed" | "maxBearer" | "maxHolderExposure" | "feeFlat" | "feeMax"): bigint =>
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
    maxPassTerm: days(policy.maxPassTermDays),
    maxCount: BigInt(policy.maxCount),
    maxListBps: BigInt(policy.maxListBps),
    maxHolderExposure: money("maxHolderExposure"),
    accrualDelay: days(policy.accrualDelayDays),
    rulingTimeout: days(policy.rulingTimeoutDays),
    runOffNotice: days(policy.runOffNoticeDays),
    finalSettlement: days(policy.finalSettlementDays),
    complaintCount: BigInt(policy.complaintCount),
    complaintBps: BigInt(policy.complaintBps),
    maxAdvance: days(policy.maxAdvanceDays),
    feeFlat: money("feeFlat"),
    feeMax: money("feeMax"),
    feePriceBps: BigInt(policy.feePriceBps),
    feeRestBps: BigInt(policy.feeRestBps),
    coolingOffFeeBps: BigInt(policy.coolingOffFeeBps),
    coolingOffTermBps: BigInt(policy.coolingOffTermBps),
    coolingOffInFull: policy.coolingOffInFull,
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
 * The presets of the package with exactly this policy: single ones or, if there is none, pairs of one and an overlay.
 *
 * @param policy A policy of the escrow.
 * @param tokenDecimals `decimals()` of its token.
 * @returns Empty if no preset has these rules.
 */
export function presetsOf(policy: Policy, tokenDecimals: number): readonly Preset[] {
  const becomes = (preset: Preset): boolean => {
    try {
      const made = policyFromPreset(preset, policy.token, tokenDecimals);
      return (Object.keys(made) as (keyof Policy)[]).every((field) => made[field] === policy[field]);
    } catch (error) {
      // The token has too few decimals for the preset, or so many that the escrow would refuse its amounts.
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
 * A deposit rule of a preset, in the form of the register.
 *
 * @param preset See {@link findPreset}.
 * @param name Name of the rule in `preset.register.rules`: `GENERAL` if there is one rule for every issuer.
 * @param tokenDecimals `decimals()` of the merchant's token; the token must be in the preset's currency.
 * @throws PresetRuleUnknownError if the preset has no such rule.
 * @throws PresetFieldError if the register would refuse a field, or treat a threshold as none.
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
