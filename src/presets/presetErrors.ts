import { InvalidInputError } from "../utils/invalidInput.js";

/** Thrown when a file of presets is invalid; `problems` has one line for each fault. */
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

  /** Similar names, the nearest first; often none. */
  readonly near: readonly string[];
}

/** Thrown when the escrow or the register would refuse a field of a preset. Values are in the units of the file. */
export class PresetFieldError extends Error {
  override readonly name = "PresetFieldError";

  /**
   * @param preset Name of the preset.
   * @param field Field of its policy, or of a rule of its register, such as `GENERAL.threshold1`.
   * @param value Its value.
   * @param min Least allowed value.
   * @param max Greatest allowed value.
   * @param unit Unit of these numbers, in words.
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

/** Thrown when the token has too few decimals for an amount of a preset. */
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

/** At most three known names that are similar to an unknown one. */
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

/** Levenshtein distance: the number of letters to insert, delete or change. */
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
