/** What the books keep as text: JSON in which a whole number of chain size is written with an `n`, as in code. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}

/** What {@link encode} wrote. Its callers know the type, for they wrote it. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) =>
    typeof part === "string" && /^\d+n$/.test(part) ? BigInt(part.slice(0, -1)) : part,
  );
}
