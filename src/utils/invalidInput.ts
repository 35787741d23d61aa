/**
 * A value that the contracts could not take, found before anything is sent.
 *
 * The message says which value, what is allowed and what to do.
 */
export class InvalidInputError extends Error {
  override readonly name: string = "InvalidInputError";

  /**
   * @param field What the value is of.
   * @param value The value itself.
   * @param allowed What would be allowed, in words.
   * @param remedy What to do, in words.
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
