import { errorResult, successfulResult } from "hardhat/utils/result";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

import chosen from "../../../deploy/parameters/policies.json" with { type: "json" };
import { calendarDay, explainForce, findPreset, presets, presetsOutOfForce } from "../../../src/presets/index.js";
import type { Preset, PresetOutOfForce } from "../../../src/presets/index.js";
import { answerInvalidInput, printPreset } from "./output.js";

/** The options of `npm run preset -- check`. */
interface CheckArguments {
  readonly name: readonly string[];
  readonly at: string | undefined;
  readonly json: boolean;
}

/** The presets in use and all others, on a day. */
export interface PresetCheck {
  readonly day: string;
  /** Those in use that are not in force. */
  readonly inUse: readonly PresetOutOfForce[];
  /** The others of the package that are not in force. */
  readonly others: readonly PresetOutOfForce[];
  /** Those that are in force and have a last day. */
  readonly ending: readonly Preset[];
}

/** `npm run preset -- check`: names the presets that are not in force, and fails if one of them is in use. */
const check: NewTaskActionFunction<CheckArguments> = ({ name, at, json }) =>
  answerInvalidInput(() => {
    const used = name.length === 0 ? presetsOfDeployments() : [findPreset(name.join(" "))];
    const result = checkPresets(used, calendarDay(at ?? new Date()));
    printPreset(json ? toData(result) : checkText(result));
    return result.inUse.length === 0 ? successfulResult() : errorResult();
  });

export default check;

/** The presets that `deploy/parameters/policies.json` names. */
export function presetsOfDeployments(): readonly Preset[] {
  return Object.values(chosen).flatMap((group) => group.presets.map(findPreset));
}

/** Which presets are not in force on a day. */
export function checkPresets(used: readonly Preset[], day: string): PresetCheck {
  const inUse = presetsOutOfForce(used, day);
  const out = presetsOutOfForce(presets.values(), day);
  const named = new Set(inUse.map(({ preset }) => preset.name));
  const ended = new Set(out.map(({ preset }) => preset.name));
  return {
    day,
    inUse,
    others: out.filter(({ preset }) => !named.has(preset.name)),
    ending: [...presets.values()].filter(({ name, validUntil }) => validUntil !== undefined && !ended.has(name)),
  };
}

function checkText({ day, inUse, others, ending }: PresetCheck): string {
  const line = (each: PresetOutOfForce): string => `  ${each.preset.name} ${explainForce(each)}`;
  return [
    `On ${day}`,
    inUse.length === 0
      ? "Every preset in use is in force."
      : "In use and not in force. Next: look for the law that has taken its place, and add a policy after it.",
    ...inUse.map(line),
    ...(others.length === 0 ? [] : ["Not in use and not in force", ...others.map(line)]),
    ...(ending.length === 0 ? [] : ["In force until"]),
    ...ending.map(({ name, validUntil }) => `  ${name} ${String(validUntil)}`),
  ].join("\n");
}

function toData({ day, inUse, others, ending }: PresetCheck): object {
  const plain = ({ preset: { name, validFrom, validUntil }, force }: PresetOutOfForce): object => {
    return { name, force, validFrom: validFrom ?? null, validUntil: validUntil ?? null };
  };
  return {
    day,
    inUse: inUse.map(plain),
    others: others.map(plain),
    ending: ending.map(({ name, validUntil }) => ({ name, validUntil })),
  };
}
