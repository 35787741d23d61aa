import { isError } from "ethers";

import { GasMoneyShortError, NodeUnreachableError, RejectedByUserError } from "./clientErrors.js";
import { UnknownRevertError, findRevert } from "./errors.js";

/** Asks a node, a wallet or a contract, and says in one sentence what went wrong. */
export async function asked<T>(ask: () => Promise<T>, account = ""): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const revert = findRevert(error);
    if (revert !== undefined) throw revert;
    if (isError(error, "ACTION_REJECTED")) throw new RejectedByUserError({ cause: error });
    if (isError(error, "INSUFFICIENT_FUNDS")) throw new GasMoneyShortError(account, { cause: error });
    if (isUnreachable(error)) throw new NodeUnreachableError({ cause: error });
    if (isError(error, "CALL_EXCEPTION")) throw new UnknownRevertError("0x", { cause: error });
    throw error;
  }
}

/** What operating systems, fetch and ethers call a node that does not answer. */
const UNREACHABLE = new Set([
  ...["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"],
  ...["EPIPE", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET"],
]);

/** Whether an error says that a node did not answer. */
export function isUnreachable(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return (typeof code === "string" && UNREACHABLE.has(code)) || isUnreachable(cause, depth + 1);
}
