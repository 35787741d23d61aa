import { partsOf, presets } from "./presets.js";
import type { Preset, PresetDepositRule, PresetPolicy } from "./presets.js";
import { formatBps } from "../utils/units.js";

/** A field of a preset's policy, in words. */
export interface DescribedField {
  readonly field: keyof PresetPolicy;
  /** Title of the line: "Cooling-off". */
  readonly label: string;
  /** The value in the preset: days, minor units of the currency, or basis points. */
  readonly value: number | boolean;
  /** The value in words: "7 days from each payment". */
  readonly words: string;
  /** Name of the preset that decides it; null for a default. */
  readonly decidedBy: string | null;
}

/** A deposit rule, in words. */
export interface DescribedDepositRule {
  /** The kind of issuer it applies to: `GENERAL` if there is one rule for every issuer. */
  readonly name: string;
  readonly rule: PresetDepositRule;
  /** "up to 200,000.00 CNY: nothing; above: 40 % of the whole balance". */
  readonly words: string;
  /** When the next report is due, from the date of the last. */
  readonly report: string;
}

/** A sentence about a preset. */
export interface DescribedRemark {
  readonly from: string;
  readonly text: string;
}

/** A preset in words. Plain data: it can be written as JSON. */
export interface PresetDescription {
  readonly name: string;
  readonly title: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Decimals of the currency's minor unit. */
  readonly currencyDecimals: number;
  /** The presets that it consists of, in their order, with their legal sources. */
  readonly parts: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: Preset["kind"];
    readonly source: string;
    /** How the source was checked, in words. */
    readonly checked: string;
    /** The first and the last day of the law: "2025-03-01 to 2026-12-31"; null if neither is known. */
    readonly inForce: string | null;
  }[];
  /** The holder's rights. */
  readonly rights: readonly DescribedField[];
  /** The limits on sales. */
  readonly limits: readonly DescribedField[];
  /** The rules for the regulator and the association. */
  readonly supervision: readonly DescribedField[];
  /** The demands on balances outside the escrow; null if no share of them must be deposited. */
  readonly deposit: {
    readonly decidedBy: string;
    readonly basis: string;
    readonly guaranteeOffset: boolean;
    readonly reporting: string | null;
    readonly rules: readonly DescribedDepositRule[];
    readonly remarks: readonly string[];
  } | null;
  /** Demands that the contracts meet under every policy. */
  readonly everyCard: readonly DescribedRemark[];
  /** Demands that the contracts cannot express, or meet in another way. */
  readonly notExpressed: readonly DescribedRemark[];
  /** Names of the presets that can be combined with it by a plus sign. */
  readonly combinesWith: readonly string[];
}

/** A preset in one line of a table; a dash where it decides nothing. */
export interface PresetSummary {
  readonly name: string;
  readonly title: string;
  readonly kind: Preset["kind"];
  readonly currency: string;
  /** The first and the last day of the law. */
  readonly inForce: string;
  /** Limits of a named and of a bearer card. */
  readonly cardLimits: string;
  readonly coolingOff: string;
  /** Fees for leaving, after cooling-off and in it. */
  readonly fee: string;
  /** Share of the balance outside the escrow that must be deposited. */
  readonly depositShare: string;
}

/* A PRESET */

/** Describes a preset in words. */
export function describePreset(preset: Preset): PresetDescription {
  const parts = partsOf(preset);
  const { name, title, currency, currencyDecimals, policy, register } = preset;
  const described = (field: keyof PresetPolicy): DescribedField => {
    const [label, words] = fields[field];
    const decidedBy = parts.findLast(({ stated }) => stated.includes(field))?.name ?? null;
    return { field, label, value: policy[field], words: words(preset), decidedBy };
  };
  const remarks = (kind: "everyCard" | "notExpressed"): DescribedRemark[] =>
    parts.flatMap((part) => part[kind].map((text) => ({ from: part.name, text })));
  return {
    name,
    title,
    currency,
    currencyDecimals,
    parts: parts.map((part) => {
      const { name, title, kind, source, status } = part;
      return { name, title, kind, source, checked: checkedWords(status), inForce: datesInWords(part) };
    }),
    rights: rights.map(described),
    limits: limits.map(described),
    supervision: supervision.map(described),
    deposit:
      register === undefined
        ? null
        : {
            decidedBy: parts.findLast((part) => part.register !== undefined)?.name ?? name,
            basis: register.basis,
            guaranteeOffset: register.guaranteeOffset ?? false,
            reporting: register.reporting ?? null,
            rules: Object.entries(register.rules).map(([name, rule]) => describeRule(preset, name, rule)),
            remarks: register.remarks ?? [],
          },
    everyCard: remarks("everyCard"),
    notExpressed: remarks("notExpressed"),
    combinesWith: [...presets.values()]
      .filter((other) => other.currency === currency && parts.every((part) => part.name !== other.name))
      .map((other) => other.name),
  };
}

/** Describes a preset in one line of a table. */
export function summarizePreset(preset: Preset): PresetSummary {
  const { name, title, kind, currency, policy, register } = preset;
  const { maxNamed, maxBearer } = policy;
  const bearer = maxBearer === 0 ? "no limit" : money(preset, maxBearer);
  const named = maxNamed === 0 ? "no limit" : money(preset, maxNamed);
  const shares = Object.values(register?.rules ?? {}).flatMap(({ bps0, bps1 = bps0, bps2 = bps1 }) => [bps0, bps2]);
  const most = Math.max(...shares);
  return {
    name,
    title,
    kind,
    currency,
    inForce: datesInWords(preset) ?? "–",
    cardLimits: maxNamed !== maxBearer ? `${named}, bearer ${bearer}` : maxNamed === 0 ? "–" : named,
    coolingOff: coolingOffInWords(policy),
    fee: feesInWords(preset),
    depositShare:
      shares.length === 0 ? "–" : `${shares.every((bps) => bps === most) ? "" : "up to "}${formatBps(BigInt(most))}`,
  };
}

function coolingOffInWords({ coolingOffDays, coolingOffTermBps, coolingOffRequiresUnused }: PresetPolicy): string {
  const periods = [
    ...(coolingOffDays === 0 ? [] : [days(coolingOffDays)]),
    ...(coolingOffTermBps === 0 ? [] : [`${formatBps(BigInt(coolingOffTermBps))} of term`]),
  ];
  if (periods.length === 0) return "–";
  return periods.join(", or ") + (coolingOffRequiresUnused ? ", if unused" : "");
}

function feesInWords(preset: Preset): string {
  const { feeFlat, feePriceBps, feeRestBps, feeMax, coolingOffFeeBps } = preset.policy;
  const shares = [
    ...(feePriceBps === 0 ? [] : [share(feePriceBps, "the price")]),
    ...(feeRestBps === 0 ? [] : [share(feeRestBps, "what remains")]),
  ];
  const most = feeMax === 0 ? "" : `, at most ${money(preset, feeMax)}`;
  const fees = [
    ...(feeFlat === 0 ? [] : [`${money(preset, feeFlat)} unused`]),
    ...(shares.length === 0 ? [] : [shares.join(" and ") + most]),
    ...(coolingOffFeeBps === 0 ? [] : [`in cooling-off ${share(coolingOffFeeBps, "the price")}${most}`]),
  ];
  return fees.length === 0 ? "–" : fees.join("; ");
}

/* FIELDS */

const rights: readonly (keyof PresetPolicy)[] = [
  "coolingOffDays",
  "coolingOffRequiresUnused",
  "coolingOffTermBps",
  "coolingOffInFull",
  "coolingOffFeeBps",
  "unilateralExit",
  "feeFlat",
  "feePriceBps",
  "feeRestBps",
  "feeMax",
  "exitDelayDays",
  "runOffNoticeDays",
  "finalSettlementDays",
];

const limits: readonly (keyof PresetPolicy)[] = [
  "maxNamed",
  "maxBearer",
  "rejectOverLimit",
  "maxHolderExposure",
  "maxPassTermDays",
  "maxCount",
  "maxAdvanceDays",
  "maxListBps",
  "rejectOverCap",
];

const supervision: readonly (keyof PresetPolicy)[] = [
  "accrualDelayDays",
  "rulingTimeoutDays",
  "complaintCount",
  "complaintBps",
];

type Words = (preset: Preset) => string;

const fields: Readonly<Record<keyof PresetPolicy, readonly [label: string, words: Words]>> = {
  coolingOffDays: [
    "Cooling-off",
    ({ policy }) => (policy.coolingOffDays === 0 ? "none" : `${days(policy.coolingOffDays)} from each payment`),
  ],
  coolingOffRequiresUnused: [
    "Cooling-off of a used card",
    ({ policy }) => {
      if (policy.coolingOffDays === 0) return "none";
      return policy.coolingOffRequiresUnused ? "none: it ends with the first use" : "the same";
    },
  ],
  coolingOffTermBps: [
    "Cooling-off of a pass",
    ({ policy }) =>
      policy.coolingOffTermBps === 0
        ? "the same as of other cards"
        : `at least ${share(policy.coolingOffTermBps, "its term")}, up to 60 days`,
  ],
  coolingOffInFull: [
    "Days of a pass left in cooling-off",
    ({ policy }) => (policy.coolingOffInFull ? "are not counted" : "are counted"),
  ],
  coolingOffFeeBps: [
    "Fee for leaving in cooling-off",
    ({ policy }) => (policy.coolingOffFeeBps === 0 ? "none" : share(policy.coolingOffFeeBps, "the price")),
  ],
  unilateralExit: [
    "Leaving for the holder's own reasons",
    ({ policy }) =>
      policy.unilateralExit
        ? "at any time, and the merchant cannot contest it"
        : "at any time; the merchant may contest it before the association",
  ],
  feeFlat: [
    "Fee for leaving with an unused card",
    (preset) => {
      const { feeFlat } = preset.policy;
      return feeFlat === 0 ? "as for a used one" : `${money(preset, feeFlat)}, except of a pass`;
    },
  ],
  feePriceBps: [
    "Fee for leaving, by the price",
    ({ policy }) => (policy.feePriceBps === 0 ? "none" : share(policy.feePriceBps, "the price")),
  ],
  feeRestBps: [
    "Fee for leaving, by what remains",
    ({ policy }) =>
      policy.feeRestBps === 0 ? "none" : share(policy.feeRestBps, "what remains at the price without discount"),
  ],
  feeMax: [
    "Largest fee for leaving",
    (preset) => {
      const { feeMax } = preset.policy;
      return feeMax === 0 ? "half the price, the contracts' own limit" : `${money(preset, feeMax)}, or half the price`;
    },
  ],
  exitDelayDays: ["Refund after a request to leave", ({ policy }) => `due after ${days(policy.exitDelayDays)}`],
  runOffNoticeDays: [
    "Notice of closing",
    ({ policy }) => `${days(policy.runOffNoticeDays)}, then everyone is refunded`,
  ],
  finalSettlementDays: [
    "After a default",
    ({ policy }) => `${days(policy.finalSettlementDays)} to settle signed visits, then everyone is refunded`,
  ],
  maxNamed: ["Named card", (preset) => atMost(preset, preset.policy.maxNamed)],
  maxBearer: ["Bearer card", (preset) => atMost(preset, preset.policy.maxBearer)],
  rejectOverLimit: [
    "A card over its limit",
    ({ policy }) => (policy.rejectOverLimit ? "is refused" : "is sold with a warning"),
  ],
  maxHolderExposure: [
    "All cards of a holder at a merchant",
    (preset) => {
      const { maxHolderExposure } = preset.policy;
      return maxHolderExposure === 0 ? "no limit" : `a warning above ${money(preset, maxHolderExposure)}`;
    },
  ],
  maxPassTermDays: [
    "Longest pass",
    ({ policy }) =>
      policy.maxPassTermDays === 0 ? "3,650 days, the contracts' own limit" : days(policy.maxPassTermDays),
  ],
  maxCount: ["Most visits on a card", ({ policy }) => (policy.maxCount === 0 ? "no limit" : number(policy.maxCount))],
  maxAdvanceDays: [
    "A pass may begin",
    ({ policy }) =>
      policy.maxAdvanceDays === 0
        ? "on the day it is paid only"
        : `up to ${days(policy.maxAdvanceDays)} after it is paid`,
  ],
  maxListBps: [
    "Price without discount",
    ({ policy }) =>
      policy.maxListBps === 10_000
        ? "the price: no discount, no bonus"
        : `at most ${formatBps(BigInt(policy.maxListBps))} of the price`,
  ],
  rejectOverCap: [
    "A sale over the merchant's cap",
    ({ policy }) => (policy.rejectOverCap ? "is refused" : "is made with a warning"),
  ],
  accrualDelayDays: [
    "A pass is released",
    ({ policy }) =>
      policy.accrualDelayDays === 0 ? "as its time passes" : `${days(policy.accrualDelayDays)} behind its time`,
  ],
  rulingTimeoutDays: [
    "Ruling on a dispute",
    ({ policy }) => `within ${days(policy.rulingTimeoutDays)}, or the holder's claim goes ahead`,
  ],
  complaintCount: ["Warning of complaints: from", ({ policy }) => `${number(policy.complaintCount)} open at a time`],
  complaintBps: ["… and from", ({ policy }) => `${formatBps(BigInt(policy.complaintBps))} of the outstanding value`],
};

/* THE DEPOSIT */

function describeRule(preset: Preset, name: string, rule: PresetDepositRule): DescribedDepositRule {
  const { bps0, threshold1, bps1, threshold2, bps2, reportDays = 0 } = rule;
  const tiers: readonly (readonly [bps: number | undefined, upTo: number | undefined])[] = [
    [bps0, threshold1],
    [bps1, threshold2],
    [bps2, undefined],
  ];
  const clauses = tiers.flatMap(([bps, upTo], i) => {
    if (bps === undefined) return [];
    if (upTo !== undefined) return [`up to ${money(preset, upTo)}: ${ofBalance(bps)}`];
    return [i === 0 ? ofBalance(bps) : `above: ${ofBalance(bps)}`];
  });
  const report = reportDays === 0 ? "no date named" : `within ${days(reportDays)}`;
  return { name, rule, words: clauses.join("; "), report };
}

function ofBalance(bps: number): string {
  return bps === 0 ? "nothing" : share(bps, "the whole balance");
}

/* WORDS */

function share(bps: number, whole: string): string {
  return `${formatBps(BigInt(bps))} of ${whole}`;
}

const checks = {
  P: "the primary text was read",
  V: "read in an excerpt of a published page",
  M: "from memory",
} as const;

/** A status with its letters written as words. */
function checkedWords(status: string): string {
  const [letters = ""] = /^[PVM](?:\/[PVM])*/.exec(status) ?? [];
  const words = letters.split("/").map((letter) => checks[letter as keyof typeof checks]);
  return words.join("; in part ") + status.slice(letters.length);
}

function datesInWords({ validFrom, validUntil }: Pick<Preset, "validFrom" | "validUntil">): string | null {
  if (validUntil === undefined) return validFrom === undefined ? null : `from ${validFrom}`;
  return validFrom === undefined ? `until ${validUntil}` : `${validFrom} to ${validUntil}`;
}

function number(value: number): string {
  return new Intl.NumberFormat("en").format(value);
}

function days(value: number): string {
  return `${number(value)} ${value === 1 ? "day" : "days"}`;
}

function atMost(preset: Preset, limit: number): string {
  return limit === 0 ? "no limit" : `at most ${money(preset, limit)}`;
}

/** An amount in minor units, with the currency's decimals and code: "5,000.00 CNY". */
function money({ currency, currencyDecimals }: Preset, minor: number): string {
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: currencyDecimals,
    maximumFractionDigits: currencyDecimals,
  });
  return `${format.format(minor / 10 ** currencyDecimals)} ${currency}`;
}
