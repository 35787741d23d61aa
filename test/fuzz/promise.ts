/** A promise that was broken: the message begins with its number. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Fails unless a promise holds; `number` is its number in `docs/invariants.md`. */
export function hold(number: number, holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenPromise(`${number}. ${what}`);
}
