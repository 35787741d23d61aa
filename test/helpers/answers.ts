import type { Result } from "ethers";

/** The fields by name of a struct that a view answers. */
export function fieldsOf(answer: object): Record<string, unknown> {
  return (answer as Result).toObject();
}
