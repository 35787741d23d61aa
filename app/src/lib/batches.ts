/** Parts of a list, in order. */
export function batchesOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Cards in one transaction. Each takes 15 000 to 35 000 gas, so that the transaction stays far below its limit. */
export const CARDS_AT_ONCE = 100;
