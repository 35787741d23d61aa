/** Text that would be read as a whole number of chain size, or was marked not to be. */
const NUMBER_LIKE = /^'*\d+n$/;

/** What the books keep as text: JSON in which a whole number of chain size is written with an `n`, as in code. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    return typeof part === "string" && NUMBER_LIKE.test(part) ? `'${part}` : part;
  });
}

/** What {@link encode} wrote. Its callers know the type, for they wrote it. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== "string" || !NUMBER_LIKE.test(part)) return part;
    return part.startsWith("'") ? part.slice(1) : BigInt(part.slice(0, -1));
  });
}
