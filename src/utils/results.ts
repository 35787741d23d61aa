import { Result, isError } from "ethers";

/** ethers' results as plain objects and lists, nested structs too. */
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
    // ethers calls each item of a list "_"; where there is one alone, the name is even unique.
    return entries.length === 0 || entries.some(([name]) => name === "_") ? undefined : entries;
  } catch (error) {
    if (isError(error, "UNSUPPORTED_OPERATION")) return undefined;
    throw error;
  }
}
