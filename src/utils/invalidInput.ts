/**
 * A value that the contracts or this package cannot accept, found before anything is sent.
 *
 * The message names the value, the limit and the next step.
 */
export class InvalidInputError extends Error {
  override readonly name: string = "InvalidInputError";

  /**
   * @param field Name of the field.
   * @param value Its value.
   * @param allowed The allowed values, in words.
   * @param remedy The next step, in words.
   */
  constructor(
    readonly field: string,
    readonly value: string | number | bigint,
    readonly allowed: string,
    readonly remedy: string,
  ) {
    super(`${field} is ${String(value)}; allowed: ${allowed}. Next: ${remedy}.`);
  }
}
