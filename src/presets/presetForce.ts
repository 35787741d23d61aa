import { InvalidInputError } from "../utils/invalidInput.js";
import { partsOf } from "./presets.js";
import type { Preset } from "./presets.js";

/** Whether the law of a preset is in force on a day. A draft is in force on none. */
export type PresetForce = "InForce" | "NotYet" | "NoLonger" | "Draft";

/** A preset that is not in force on a day. */
export interface PresetOutOfForce {
  readonly preset: Preset;
  readonly force: Exclude<PresetForce, "InForce">;
}

/**
 * Whether the law of a preset is in force on a day. Without a known first or last day the law counts as in force.
 *
 * @param preset A single preset; see {@link presetsOutOfForce} for several together.
 * @param day A date of the calendar, such as 2026-12-31; see {@link calendarDay}.
 * @throws InvalidInputError if `day` is no date.
 */
export function forceOfPreset(
  { kind, validFrom, validUntil }: Pick<Preset, "kind" | "validFrom" | "validUntil">,
  day: string,
): PresetForce {
  const date = calendarDay(day);
  if (kind === "draft") return "Draft";
  // ISO dates have the order of their letters.
  if (validFrom !== undefined && date < validFrom) return "NotYet";
  if (validUntil !== undefined && date > validUntil) return "NoLonger";
  return "InForce";
}

/**
 * The presets among some that are not in force on a day. Of several together it names the single ones.
 *
 * @param presets See `findPreset`; a preset that occurs twice is named once.
 * @param day A date of the calendar, such as 2026-12-31.
 * @returns Empty if all are in force.
 * @throws InvalidInputError if `day` is no date.
 */
export function presetsOutOfForce(presets: Iterable<Preset>, day: string): readonly PresetOutOfForce[] {
  const singles = new Map([...presets].flatMap(partsOf).map((preset) => [preset.name, preset]));
  return [...singles.values()].flatMap((preset) => {
    const force = forceOfPreset(preset, day);
    return force === "InForce" ? [] : [{ preset, force }];
  });
}

/** Why a preset is not in force, in words after its name: "ended on 2026-12-31". */
export function explainForce({ preset, force }: PresetOutOfForce): string {
  const words: Readonly<Record<PresetOutOfForce["force"], string>> = {
    NotYet: `begins on ${String(preset.validFrom)}`,
    NoLonger: `ended on ${String(preset.validUntil)}`,
    Draft: "is a draft",
  };
  return words[force];
}

/**
 * The date of a moment in UTC, or a checked date: "2026-12-31".
 *
 * @throws InvalidInputError if the text is no date of the calendar.
 */
export function calendarDay(day: string | Date): string {
  const text = typeof day === "string" ? day : day.toISOString().slice(0, 10);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // 30 February would be read as a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new InvalidInputError("date", text, "a date such as 2026-12-31", "correct the date");
  }
  return text;
}
