import type { Result } from "ethers";

/** A struct that a view answered, as a plain object to compare with. */
export function fieldsOf(struct: object): Record<string, unknown> {
  return (struct as Result).toObject();
}
