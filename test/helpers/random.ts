/** Numbers that look random and can be had again: the same seed gives the same sequence. */
export interface Random {
  /** An integer of [0, limit). */
  readonly below: (limit: bigint) => bigint;
  /** An integer of [min, max], both included. */
  readonly between: (min: bigint, max: bigint) => bigint;
  /** True `percent` times in a hundred. */
  readonly chance: (percent: bigint) => boolean;
  /** One of the values. */
  readonly pick: <T>(values: readonly T[]) => T;
}

/** The seed of this run: `SEED` of the environment, or another one each time. */
export function seedOfRun(): bigint {
  const given = process.env.SEED;
  return given === undefined ? BigInt(Math.floor(Math.random() * 2 ** 32)) : BigInt(given);
}

/** A generator (splitmix64). */
export function randomOf(seed: bigint): Random {
  let state = BigInt.asUintN(64, seed);
  const next = (): bigint => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const below = (limit: bigint): bigint => next() % limit;
  return {
    below,
    between: (min, max) => min + below(max - min + 1n),
    chance: (percent) => below(100n) < percent,
    pick: (values) => values[Number(below(BigInt(values.length)))]!,
  };
}
