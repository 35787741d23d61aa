/** A fault that may pass. Never thrown to the user of the package. */
export class PassingFault extends Error {
  override readonly name: string = "PassingFault";
}

/** What an error says, on one line, whichever library threw it. */
export function reasonOf(error: unknown): string {
  for (const text of textsOf(error)) {
    // ethers' own words for an error it does not know say less than what the node answered.
    if (!text.startsWith("could not coalesce error")) return text.replace(/\s+/g, " ").slice(0, 200);
  }
  return "unknown reason";
}

/** Every text in an error, the most telling first: what the node said, then what the library made of it. */
export function textsOf(error: unknown): string[] {
  if (typeof error === "string") return [error];
  if (typeof error !== "object" || error === null) return [];
  const {
    info,
    error: inner,
    cause,
    errors,
    responseStatus,
    responseBody,
    shortMessage,
    message,
    code,
  } = error as Readonly<Record<string, unknown>>;
  const nested = [info, inner, cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  const own = [responseStatus, responseBody, shortMessage, message, code];
  return [
    ...nested.flatMap(textsOf),
    ...own.filter((text) => typeof text === "string" || typeof text === "number").map(String),
  ].filter((text) => text !== "");
}
