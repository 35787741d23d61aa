import { Result } from "ethers";

/** ethers' results as plain objects and lists, nested structs too. */
export function plain(value: unknown): unknown {
  if (!(value instanceof Result)) return value;
  const entries = Object.entries(value.toObject());
  const unnamed = entries.length === 0 || entries.some(([key]) => key === "_" || /^_\d+$/.test(key));
  return unnamed ? value.toArray().map(plain) : Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
