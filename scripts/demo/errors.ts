/**
 * What can go wrong in a demo by the fault of its input: each message is one sentence that names what was given, what is
 * wrong with it and what to do. `scripts/demo/demo.ts` prints them without a stack trace.
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
   * @param path Where in the file, such as `acts[2].steps[0].card`; empty for the file as a whole.
   * @param value What stands there.
   * @param remedy What is allowed there, as the end of a sentence.
   * @param others How many more problems the file has.
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

/** Thrown when the escrow refuses a step, or lets one pass that the scenario expects to be refused. */
export class StepError extends DemoError {
  override readonly name = "StepError";

  /**
   * @param path Where the step stands in the scenario.
   * @param step What the step does.
   * @param day Its day.
   * @param problem What happened, as the end of a sentence.
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
   * @param check What should be zero.
   * @param difference What it is, in token base units.
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
