import type { ProgramTerms, Token } from "prepaid-escrow";

import { nameUri } from "../../lib/names";

/** A program as it is typed. */
export interface TypedProgram {
  readonly kind: ProgramTerms["kind"];
  readonly name: string;
  readonly price: string;
  readonly units: string;
  readonly listPrice: string;
  readonly bearer: boolean;
  readonly feeFree: boolean;
}

export const NOTHING_TYPED: TypedProgram = {
  ...{ kind: "Count", name: "", price: "", units: "", listPrice: "", bearer: false, feeFree: false },
};

/**
 * The terms of a program that was typed.
 *
 * @param token The money of its prices.
 * @throws InvalidInputError if an amount is none; SyntaxError if a number is none.
 */
export function readTerms(typed: TypedProgram, token: Token): ProgramTerms {
  const { kind, bearer, feeFree } = typed;
  const parse = (text: string): bigint => (text.trim() === "" ? 0n : token.parse(text));
  const price = parse(typed.price);
  const units =
    kind === "StoredValue"
      ? parse(typed.units)
      : BigInt(typed.units.trim() === "" ? 0 : typed.units.trim()) * (kind === "Pass" ? 86_400n : 1n);
  const listPrice =
    kind === "StoredValue" ? units : kind === "Pass" || typed.listPrice.trim() === "" ? price : parse(typed.listPrice);
  return { kind, bearer, price, units, listPrice, feeFree, metadataURI: nameUri(typed.name.trim()) };
}
