import { z } from "zod";

import bundled from "../data/presets.json" with { type: "json" };
import { InvalidInputError } from "./invalidInput.js";
import { DAY, checkPolicy, tokenAddress } from "./policy.js";
import type { Policy, PolicyNumber } from "./policy.js";

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
  })
  .refine((rule) => (rule.threshold1 === undefined) === (rule.bps1 === undefined), "threshold1 and bps1 go together")
  .refine((rule) => (rule.threshold2 === undefined) === (rule.bps2 === undefined), "threshold2 and bps2 go together")
  .refine((rule) => rule.threshold2 === undefined || rule.threshold1 !== undefined, "the second tier needs the first")
  .refine((rule) => (rule.threshold2 ?? Infinity) > (rule.threshold1 ?? 0), "thresholds rise")
  .refine((rule) => {
    const { bps0, bps1 = bps0, bps2 = bps1 } = rule;
    return bps0 <= bps1 && bps1 <= bps2 && bps2 <= 20_000;
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
  status: sentence,
  currency: z.string().regex(/^[A-Z]{3}$/),
  currencyDecimals: count.max(4),
  policy: policySchema.partial(),
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

/** One tiered deposit rule: the highest tier whose threshold lies strictly below the balance applies to all of it. */
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
  readonly notExpressed: readonly string[];
  readonly register?: PresetRegister;
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
    super("preset", preset, known.join(", "), "choose one of these");
  }
}

/** Thrown when a preset's field becomes a value the escrow refuses; in the units of the file. */
export class PresetFieldError extends Error {
  override readonly name = "PresetFieldError";

  /**
   * @param preset Name of the preset.
   * @param field Field of its policy.
   * @param value Its value.
   * @param min The least it may be.
   * @param max The most it may be.
   * @param unit What these numbers count.
   */
  constructor(
    readonly preset: string,
    readonly field: keyof PresetPolicy,
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
    readonly field: keyof PresetPolicy,
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
      return [preset.name, { ...preset, policy: complete, stated, ...(register === undefined ? {} : { register }) }];
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
    notExpressed: [...base.notExpressed, ...overlay.notExpressed],
    ...(register === undefined ? {} : { register }),
  };
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
    toBaseUnits(preset, field, tokenDecimals);
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

/** Base units of the token as minor units of the currency, floored. */
function toMinor(preset: Preset, value: bigint, tokenDecimals: number): bigint {
  return (value * 10n ** BigInt(preset.currencyDecimals)) / 10n ** BigInt(tokenDecimals);
}

/** Minor units of the currency as base units of the token. */
function toBaseUnits(
  preset: Preset,
  field: "maxNamed" | "maxBearer" | "maxHolderExposure",
  tokenDecimals: number,
): bigint {
  const value = BigInt(preset.policy[field]);
  const scaled = value * 10n ** BigInt(tokenDecimals);
  const divisor = 10n ** BigInt(preset.currencyDecimals);
  if (scaled % divisor !== 0n) {
    throw new PresetAmountError(preset.name, field, value, preset.currencyDecimals, tokenDecimals);
  }
  return scaled / divisor;
}
