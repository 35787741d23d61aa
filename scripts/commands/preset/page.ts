import { styleText } from "node:util";

import type {
  DescribedField,
  DescribedRemark,
  PresetDescription,
  PresetSummary,
} from "../../../src/presets/presetDescription.js";
import { WIDTH, table, wrap } from "../../terminal/text.js";
import type { Column } from "../../terminal/text.js";

/** The output of `npm run preset`: a table of all presets, and the page of one. */

const NARROWEST = 80;
const WIDEST = 120;
/** Number of columns from which a title is printed beside its name instead of below it. */
const ROOMY = 110;

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const wrapping = (title: string): Column => ({ title, align: "left", wraps: true });
const dim = (text: string): string => styleText("dim", text);
const bold = (text: string): string => styleText("bold", text);

/**
 * The width of the output.
 *
 * @param columns Columns of the terminal; `undefined` if the output is no terminal.
 */
export function screenWidth(columns: number | undefined): number {
  return Math.min(Math.max(columns ?? WIDTH, NARROWEST), WIDEST);
}

/** The table of all presets. */
export function presetTable(summaries: readonly PresetSummary[], width: number): string {
  const roomy = width >= ROOMY;
  const rows = summaries.map(({ name, title, kind, inForce, cardLimits, coolingOff, depositShare }) => [
    ...(roomy ? [name, titled(title, inForce)] : [`${name}\n${titled(title, inForce)}`]),
    kind,
    cardLimits.replace(", ", "\n"),
    coolingOff.replace(", ", "\n"),
    depositShare,
  ]);
  const columns = [
    ...(roomy ? [left("Name"), wrapping("Preset")] : [wrapping("Preset")]),
    left("Kind"),
    right("Card limit"),
    left("Cooling-off"),
    right("Deposit"),
  ];
  const notes = [
    "Card limit of a named card, and of a bearer card where it differs. Deposit is the share of what a merchant owes on " +
      "cards sold outside the escrow; inside it every card is covered in full.",
    "Starting values, not legal advice. One of them in full: npm run preset -- NAME",
  ];
  return ["", table(columns, rows, dim, width), "", ...notes.map((note) => wrap(note, width))].join("\n");
}

/** A title, and below it the days of the law that are known. */
function titled(title: string, inForce: string): string {
  return inForce === "–" ? title : `${title}\n${inForce}`;
}

/** The page of one preset, or of several together. */
export function presetPage(description: PresetDescription, width: number): string {
  const { name, currency, parts, everyCard, notExpressed } = description;
  const several = parts.length > 1;
  return [
    "",
    ...(several
      ? [
          bold(wrap(name, width)),
          dim(wrap("What a later preset decides takes the place of an earlier one's.", width)),
          "",
        ]
      : []),
    parts.map((part) => partLines(part, currency, width)).join("\n\n"),
    ...fieldTable("The holder's rights", description.rights, several, width),
    ...fieldTable("Limits on what is sold", description.limits, several, width),
    ...fieldTable("Supervision", description.supervision, several, width),
    ...depositLines(description, several, width),
    ...remarkLines("Asked, and met for every card", everyCard, several, width),
    ...remarkLines("Asked, and not expressed by the contracts", notExpressed, several, width),
    ...combinationLines(description, width),
    "",
    dim(wrap("Starting values, not legal advice: whoever deploys checks the law in force.", width)),
  ].join("\n");
}

function partLines(part: PresetDescription["parts"][number], currency: string, width: number): string {
  const { name, title, kind, source, checked, inForce } = part;
  const line = (label: string, text: string): string => {
    const start = `  ${label.padEnd(9)}`;
    return dim(start) + wrap(text, width - start.length, " ".repeat(start.length));
  };
  return [
    bold(wrap(`${name} · ${title}`, width)),
    line("Kind", `${kindWords[kind]}, in ${currency}`),
    line("Source", source),
    line("Checked", checked),
    ...(inForce === null ? [] : [line("In force", inForce)]),
  ].join("\n");
}

const kindWords: Readonly<Record<PresetDescription["parts"][number]["kind"], string>> = {
  base: "base, the general rules of a place",
  overlay: "overlay, applies beside the general rules",
  sector: "sector, the rules of a trade",
  platform: "platform, the terms of a scheme with custody",
  scheme: "scheme, joined of one's own will",
  draft: "draft, not in force",
};

/** A table of values. If several presets apply, it names the preset of each value. */
function fieldTable(title: string, fields: readonly DescribedField[], several: boolean, width: number): string[] {
  const rows = fields.map(({ label, words, decidedBy }) => [
    label,
    words,
    decidedBy === null ? dim("default") : several ? decidedBy : "preset",
  ]);
  return ["", table([left(title), wrapping("Value"), left("From")], rows, dim, width)];
}

function depositLines({ deposit }: PresetDescription, several: boolean, width: number): string[] {
  if (deposit === null) {
    const none = "None asked. Inside the escrow every card is covered in full.";
    return ["", bold("Deposit for cards sold outside the escrow"), `  ${wrap(none, width - 2, "  ")}`];
  }
  const rows = deposit.rules.map(({ name, words, report }) => [name, words, report]);
  const facts = [
    `Reckoned on: ${deposit.basis}.`,
    ...(deposit.guaranteeOffset ? ["A surety may stand in for a part of it."] : []),
    ...(deposit.reporting === null ? [] : [deposit.reporting]),
    ...deposit.remarks,
    ...(several ? [`Decided by ${deposit.decidedBy}.`] : []),
  ];
  return [
    "",
    bold("Deposit for cards sold outside the escrow"),
    table([left("Rule"), wrapping("What must be there"), left("Next report")], rows, dim, width),
    ...facts.map((fact) => bullet(fact, width)),
  ];
}

function remarkLines(title: string, remarks: readonly DescribedRemark[], several: boolean, width: number): string[] {
  if (remarks.length === 0) return [];
  const lines = remarks.map(({ from, text }) => bullet(several ? `${from}: ${text}` : text, width));
  return ["", bold(title), ...lines];
}

function combinationLines({ name, currency, combinesWith }: PresetDescription, width: number): string[] {
  const [example] = combinesWith;
  const lines =
    example === undefined
      ? [`There is no other preset in ${currency}.`]
      : [
          `npm run preset -- ${name} + ${example}`,
          `What a later one decides takes the place of an earlier one's. In ${currency} there are ${combinesWith.join(", ")}.`,
        ];
  return ["", bold("Together with others"), ...lines.map((line) => `  ${wrap(line, width - 2, "  ")}`)];
}

function bullet(text: string, width: number): string {
  return `  · ${wrap(text, width - 4, "    ")}`;
}
