import { Result, isError } from "ethers";

/** A result of ethers as plain objects and lists, with nested structs. */
export function plain(value: unknown): unknown {
  if (!(value instanceof Result)) return value;
  const named = entriesOf(value);
  return named === undefined
    ? value.toArray().map(plain)
    : Object.fromEntries(named.map(([name, item]) => [name, plain(item)]));
}

/** The values of a struct by their names; none for a list. */
function entriesOf(result: Result): [string, unknown][] | undefined {
  try {
    const entries = Object.entries(result.toObject() as Record<string, unknown>);
    // ethers names each item of a list "_". In a list of one item, that name is unique.
    return entries.length === 0 || entries.some(([name]) => name === "_") ? undefined : entries;
  } catch (error) {
    if (isError(error, "UNSUPPORTED_OPERATION")) return undefined;
    throw error;
  }
}
