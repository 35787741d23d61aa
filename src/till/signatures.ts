import { decodeCardId } from "../contracts/cardId.js";
import type { KnownCard } from "./cardState.js";
import { parseSignature } from "./consumptionRequest.js";
import type { PendingConsumption } from "./consumptionRequest.js";
import { SignatureMalformedError, VoucherSignerError } from "./errors.js";
import type { BookedVoucher } from "./store.js";
import type { Verifier } from "./verifier.js";

/**
 * Checks a holder's signature, and writes it as the book keeps it. If there is code at the holder's address, a signature that is not of
 * the holder's key passes with `contract` set: only the contract can check it (ERC-1271).
 *
 * @throws SignatureMalformedError if the signature cannot be read.
 * @throws SignatureMalleableError if its `s` is in the upper half of the curve's order.
 * @throws VoucherSignerError if it is not of the holder's key, and the holder has no code.
 */
export function checkSignature(
  verifier: Verifier,
  { code }: KnownCard,
  { cardId, cumulative, receipt }: PendingConsumption,
  signature: string,
): Pick<BookedVoucher, "signature" | "contract"> {
  try {
    const { r, vs } = parseSignature(signature);
    if (verifier.verify({ cardId, cumulative, receipt, r, vs })) {
      return { signature: r + vs.slice(2), contract: false };
    }
    if (!code) throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
  } catch (error) {
    if (!code) throw error;
  }
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(signature)) {
    throw new SignatureMalformedError(signature, "bytes in hexadecimal");
  }
  return { signature, contract: true };
}
