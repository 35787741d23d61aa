/** A text that looks like an encoded bigint, or like the escaped form of such a text. */
const NUMBER_LIKE = /^'*\d+n$/;

/** JSON in which a bigint is written as a text with an `n` at its end, as in code. A text that looks like one is escaped. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    return typeof part === "string" && NUMBER_LIKE.test(part) ? `'${part}` : part;
  });
}

/** Reads the text of {@link encode}. The caller knows the type of the value. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== "string" || !NUMBER_LIKE.test(part)) return part;
    return part.startsWith("'") ? part.slice(1) : BigInt(part.slice(0, -1));
  });
}
