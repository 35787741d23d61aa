import { getAddress } from "ethers";
import { InvalidInputError } from "prepaid-escrow";
import type { Token } from "prepaid-escrow";

import { secondsOf } from "../lib/days";

/** What a field of a form asks for. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  /** `day`: its beginning, or its end with `end`. */
  readonly as: "amount" | "address" | "number" | "day" | "text";
  readonly end?: boolean;
  readonly optional?: boolean;
  readonly hint?: string;
}

/** What was given: amounts in base units, days as Unix seconds. */
export interface Given {
  readonly big: (key: string) => bigint;
  readonly text: (key: string) => string;
}

/**
 * Reads the texts of a form by what its fields ask for.
 *
 * @param token The money of amounts.
 * @throws InvalidInputError if a text does not fit its field.
 */
export function readFields(
  fields: readonly FormField[],
  values: Readonly<Record<string, string>>,
  token: Token | undefined,
): Given {
  const read = new Map(fields.map((field) => [field.key, readField(field, (values[field.key] ?? "").trim(), token)]));
  return {
    big: (key) => BigInt(read.get(key) ?? 0n),
    text: (key) => String(read.get(key) ?? ""),
  };
}

function readField({ as, end, label }: FormField, text: string, token: Token | undefined): bigint | string {
  if (as === "text") return text;
  if (text === "") return 0n;
  switch (as) {
    case "amount":
      return token?.parse(text) ?? 0n;
    case "number":
      if (!/^\d+$/.test(text)) throw new InvalidInputError(label, text, "a whole number", "write digits only");
      return BigInt(text);
    case "day":
      return secondsOf(text, end === true ? "23:59:59" : "00:00:00");
    case "address":
      try {
        return getAddress(text);
      } catch {
        throw new InvalidInputError(label, text, "an address with 40 hexadecimal digits", "check it for typing errors");
      }
  }
}
