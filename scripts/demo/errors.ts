/**
 * A failure of a demo because of its input. Each message is one sentence with the value, the problem and the next step.
 * `scripts/demo/demo.ts` prints it without a stack trace.
 */
export abstract class DemoError extends Error {}

/** Thrown when an option of the command cannot be used. */
export class OptionError extends DemoError {
  override readonly name = "OptionError";

  constructor(
    readonly option: string,
    readonly value: string,
    readonly remedy: string,
  ) {
    super(`${option} is "${value}": ${remedy}.`);
  }
}

/** Thrown when a scenario file cannot be played. Nothing has been deployed by then. */
export class ScenarioError extends DemoError {
  override readonly name = "ScenarioError";

  /**
   * @param file The scenario file.
   * @param path Place in the file, such as `acts[2].steps[0].card`; empty for the file as a whole.
   * @param value The value there.
   * @param remedy The allowed values, as the end of a sentence.
   * @param others Number of further problems in the file.
   */
  constructor(
    readonly file: string,
    readonly path: string,
    readonly value: unknown,
    readonly remedy: string,
    readonly others = 0,
  ) {
    const subject = path === "" ? file : `${file}: ${path} ${value === undefined ? "is missing" : `is ${show(value)}`}`;
    const more = others === 0 ? "" : ` (and ${others} more ${others === 1 ? "problem" : "problems"} after this one)`;
    super(`${subject}: ${remedy}${more}.`);
  }
}

/** Thrown when the contracts refuse a step, or accept one that the scenario expects to be refused. */
export class StepError extends DemoError {
  override readonly name = "StepError";

  /**
   * @param path Place of the step in the scenario.
   * @param step The attempt of the step.
   * @param day Day of the step.
   * @param problem The problem, as the end of a sentence.
   */
  constructor(
    readonly path: string,
    readonly step: string,
    readonly day: number,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path} (${step}, day ${day}): ${problem.replace(/\.$/, "")}.`, options);
  }
}

/** Thrown when the books of a merchant do not add up. */
export class ReconciliationError extends DemoError {
  override readonly name = "ReconciliationError";

  /**
   * @param merchant Name of the merchant.
   * @param check Name of the sum that should be zero.
   * @param difference The sum, in token base units.
   */
  constructor(
    readonly merchant: string,
    readonly check: string,
    readonly difference: bigint,
  ) {
    super(`The books of ${merchant} do not add up: ${check} is ${difference} base units and must be 0.`);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, entry: unknown) => (typeof entry === "bigint" ? entry.toString() : entry));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
