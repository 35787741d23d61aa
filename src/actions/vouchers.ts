import { recoverAddress } from "ethers";

import { decodeCardId } from "../contracts/cardId.js";
import type { SignedConsumption } from "./calls.js";
import type { MerchantStatusName, SkipReasonName } from "../contracts/enums.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { faceOf } from "../contracts/release.js";
import { escrowDomain, typedDataDigest } from "../contracts/typedData.js";
import type { CardView, ProgramView } from "../contracts/views.js";

/** A holder's signed confirmation with the escrow it is for, so that it can be carried from the holder to the merchant. */
export interface Voucher extends SignedConsumption {
  readonly chainId: bigint;
  readonly escrow: string;
}

/** What a voucher is checked against. */
export interface VoucherState {
  readonly chainId: bigint;
  readonly escrow: string;
  readonly card: CardView;
  readonly program: ProgramView;
  /** Status of the program's merchant. */
  readonly status: MerchantStatusName;
}

/** Why a voucher cannot be settled; the first ones are what a batch would report. */
export type VoucherProblemName =
  | Extract<SkipReasonName, "Pass" | "CardNotOpen" | "Stale" | "OverFace" | "BadSignature">
  | "OtherEscrow"
  | "MerchantClosed";

/** One reason against a voucher, with its figures in words. */
export interface VoucherProblem {
  readonly reason: VoucherProblemName;
  readonly sentence: string;
}

const PREFIX = "consumption";

/** A voucher in one line of text: `consumption:CHAIN:ESCROW:CARD:CUMULATIVE:RECEIPT:R:VS`. */
export function printVoucher(voucher: Voucher): string {
  const { chainId, escrow, cardId, cumulative, receipt, r, vs } = voucher;
  return [PREFIX, chainId, escrow, cardId, cumulative, receipt, r, vs].join(":");
}

/**
 * Reads what {@link printVoucher} wrote.
 *
 * @throws InvalidInputError if it is no such line.
 */
export function parseVoucher(text: string): Voucher {
  const match =
    /^consumption:(\d+):(0x[\da-fA-F]{40}):(0x[\da-fA-F]{64}):(\d+):(0x[\da-fA-F]{64}):(0x[\da-fA-F]{64}):(0x[\da-fA-F]{64})$/.exec(
      text.trim(),
    );
  if (match === null) {
    const allowed = "consumption:CHAIN:ESCROW:CARD:CUMULATIVE:RECEIPT:R:VS";
    throw new InvalidInputError("voucher", text, allowed, "copy the whole line that consumption sign wrote");
  }
  const [, chainId = "", escrow = "", cardId = "", cumulative = "", receipt = "", r = "", vs = ""] = match;
  return { chainId: BigInt(chainId), escrow, cardId, cumulative: BigInt(cumulative), receipt, r, vs };
}

/**
 * Every reason why a voucher would not be booked, without asking anybody: empty if it is good. A holder that is a contract
 * (ERC-1271) does not sign in this form, and is found to have a bad signature.
 *
 * Source: `Settling.check` and `SignedRequests` of the escrow.
 */
export function checkVoucher(voucher: Voucher, state: VoucherState): VoucherProblem[] {
  const { cardId, cumulative } = voucher;
  const { holder } = decodeCardId(cardId);
  const problems: VoucherProblem[] = [];
  const add = (reason: VoucherProblemName, sentence: string): void => void problems.push({ reason, sentence });
  if (voucher.chainId !== state.chainId || voucher.escrow.toLowerCase() !== state.escrow.toLowerCase()) {
    add(
      "OtherEscrow",
      `It is for escrow ${voucher.escrow} on chain ${voucher.chainId}; here is ${state.escrow} on chain ${state.chainId}.`,
    );
  }
  if (state.status === "Closed") add("MerchantClosed", "The merchant is closed and settles nothing any more.");
  if (state.program.kind === "Term") add("Pass", "The card is a pass, which is consumed by time and not by signature.");
  if (state.card.status !== "Open") {
    const found = state.card.status === "None" ? "was never bought" : "is closed";
    add("CardNotOpen", `The card ${found}.`);
  } else {
    const face = faceOf(state.card.principal, state.program.units);
    if (cumulative <= state.card.consumed) {
      add("Stale", `It confirms ${cumulative} units in all; ${state.card.consumed} are booked already.`);
    }
    if (cumulative > face) add("OverFace", `It confirms ${cumulative} units in all; the card has ${face}.`);
  }
  const signer = signerOf(voucher);
  if (signer !== holder) {
    add("BadSignature", `It is signed by ${signer ?? "nobody"}; the holder is ${holder}.`);
  }
  return problems;
}

/** Whose signature a voucher carries; nobody's if it cannot have been signed, for a number that is too large or a false checksum. */
function signerOf({ chainId, escrow, cardId, cumulative, receipt, r, vs }: Voucher): string | undefined {
  try {
    const digest = typedDataDigest(escrowDomain(chainId, escrow), "Consumption", { cardId, cumulative, receipt });
    return recoverAddress(digest, { r, yParityAndS: vs });
  } catch {
    return undefined;
  }
}
