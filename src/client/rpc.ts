import { getAddress, isError } from "ethers";

import { GasMoneyShortError, NodeUnreachableError, RejectedByUserError } from "./errors.js";
import { nameOf } from "../contracts/enums.js";
import { UnknownRevertError, findRevert } from "../contracts/reverts.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { plain } from "../utils/results.js";

/** Ids of merchants, programs and policies have 32 bits. */
const MAX_ID = 2n ** 32n - 1n;

/** Number of requests made at once. Some providers send them together. */
const AT_ONCE = 100;

/**
 * Makes a request to a node, a wallet or a contract, and turns its failure into an error of this package.
 *
 * @param account The sender, for the error.
 * @throws RevertError or UnknownRevertError if a contract refuses, RejectedByUserError, GasMoneyShortError, NodeUnreachableError,
 * InvalidInputError for an id that is too large; any other error as it is.
 */
export async function rpcCall<T>(ask: () => Promise<T>, account = ""): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const revert = findRevert(error);
    if (revert !== undefined) throw revert;
    if (isError(error, "ACTION_REJECTED")) throw new RejectedByUserError({ cause: error });
    if (isError(error, "INSUFFICIENT_FUNDS")) throw new GasMoneyShortError(account, { cause: error });
    if (isUnreachable(error)) throw new NodeUnreachableError({ cause: error });
    if (isError(error, "CALL_EXCEPTION")) throw new UnknownRevertError("0x", { cause: error });
    // ethers checks numbers before the request. Every number that a view takes is a 32-bit id.
    if (isError(error, "INVALID_ARGUMENT") && error.argument.endsWith("Id")) {
      throw new InvalidInputError(
        error.argument,
        String(error.value),
        `0 to ${MAX_ID}`,
        "give the id of one that exists",
      );
    }
    throw error;
  }
}

/** The result of a view as a plain object, with enumerations by name. Throws as {@link rpcCall} does. */
export async function rpcView<View>(
  ask: () => Promise<unknown>,
  enums: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {},
): Promise<View> {
  const view = plain(await rpcCall(ask)) as Record<string, unknown>;
  for (const [field, names] of Object.entries(enums)) view[field] = nameOf(names, view[field] as bigint);
  // A test compares the types of the views with the ABI.
  return view as View;
}

/** Makes a request for each item, some at once. The results are in the order of the items. */
export async function rpcEach<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(ask))));
  }
  return answers;
}

/** Error codes of operating systems, fetch and ethers for a node that does not answer. */
const UNREACHABLE = new Set([
  ...["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"],
  ...["EPIPE", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET"],
]);

/** Those of them that mean that nothing has reached the node. */
const UNCONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** Messages of Chromium, Firefox and Safari, which give no code. Newer versions add the host. */
const UNREACHABLE_IN_BROWSERS =
  /^(?:Failed to fetch|NetworkError when attempting to fetch resource\.|Load failed)(?: \(.*\))?$/;

/** Whether an error, or its cause, means that the node does not answer. */
export function isUnreachable(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, message, cause, error: answered } = error as Readonly<Record<string, unknown>>;
  return (
    (typeof code === "string" && UNREACHABLE.has(code)) ||
    (typeof message === "string" && UNREACHABLE_IN_BROWSERS.test(message)) ||
    isUnreachable(cause, depth + 1) ||
    // ethers keeps a wallet's error here.
    isUnreachable(answered, depth + 1)
  );
}

/** Whether an error means that the request has certainly not reached the node. */
export function isUnsent(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, cause, error: answered } = error as Readonly<Record<string, unknown>>;
  return (
    (typeof code === "string" && UNCONNECTED.has(code)) || isUnsent(cause, depth + 1) || isUnsent(answered, depth + 1)
  );
}

/**
 * An address with its checksum.
 *
 * @throws InvalidInputError if it is none, or its checksum is wrong.
 */
export function checksummed(field: string, address: string): string {
  try {
    return getAddress(address);
  } catch {
    const allowed = /^0x[0-9a-fA-F]{40}$/.test(address)
      ? "an address whose capital letters fit its checksum"
      : "an address with 40 hexadecimal digits";
    throw new InvalidInputError(field, address, allowed, "check it for typing errors");
  }
}
