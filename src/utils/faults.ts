/** A fault that can pass. It stays inside the package: the work is tried again. */
export class TransientFault extends Error {
  override readonly name: string = "TransientFault";
}

/** The reason in an error of any library, in one line. */
export function reasonOf(error: unknown): string {
  for (const text of textsOf(error)) {
    // ethers' message for an unknown error has less information than the node's answer.
    if (!text.startsWith("could not coalesce error")) return text.replace(/\s+/g, " ").slice(0, 200);
  }
  return "unknown reason";
}

/** Every text in an error, the most specific first: the node's answer, then the library's message. */
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
