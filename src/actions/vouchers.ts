import { recoverAddress } from "ethers";

import { decodeCardId } from "../contracts/cardId.js";
import type { KeyVoucher } from "./calls.js";
import type { MerchantStatusName, SkipReasonName } from "../contracts/enums.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { faceOf } from "../contracts/release.js";
import { escrowDomain, typedDataDigest } from "../contracts/typedData.js";
import type { Policy } from "../contracts/policy.js";
import type { CardView, ProgramView } from "../contracts/views.js";

/** A signed consumption, with the escrow it is for. */
export interface Voucher extends KeyVoucher {
  readonly chainId: bigint;
  readonly escrow: string;
}

/** The facts that a voucher is checked against. */
export interface VoucherState {
  readonly chainId: bigint;
  readonly escrow: string;
  readonly card: CardView;
  readonly program: ProgramView;
  /** The policy that the program was published under. Without it, no voucher of a pass counts as good. */
  readonly policy?: Pick<Policy, "coolingOffRequiresUnused">;
  /** Status of the program's merchant. */
  readonly status: MerchantStatusName;
}

/** Why a voucher cannot be settled. The first reasons are those that a batch reports. */
export type VoucherProblemName =
  | Extract<SkipReasonName, "Pass" | "CardNotOpen" | "Stale" | "OverFace" | "BadSignature">
  | "OtherEscrow"
  | "MerchantClosed";

/** A reason why a voucher cannot be settled, with its figures in words. */
export interface VoucherProblem {
  readonly reason: VoucherProblemName;
  readonly sentence: string;
}

const PREFIX = "voucher";

/** A voucher in one line of text: `voucher:CHAIN:ESCROW:CARD:CUMULATIVE:RECEIPT:R:VS`. */
export function printVoucher(voucher: Voucher): string {
  const { chainId, escrow, cardId, cumulative, receipt, r, vs } = voucher;
  return [PREFIX, chainId, escrow, cardId, cumulative, receipt, r, vs].join(":");
}

/**
 * Reads the line that {@link printVoucher} writes.
 *
 * @throws InvalidInputError if the text has another form.
 */
export function parseVoucher(text: string): Voucher {
  const match =
    /^voucher:(\d+):(0x[\da-fA-F]{40}):(0x[\da-fA-F]{64}):(\d+):(0x[\da-fA-F]{64}):(0x[\da-fA-F]{64}):(0x[\da-fA-F]{64})$/.exec(
      text.trim(),
    );
  if (match === null) {
    const allowed = "voucher:CHAIN:ESCROW:CARD:CUMULATIVE:RECEIPT:R:VS";
    throw new InvalidInputError("voucher", text, allowed, "copy the whole line that voucher sign wrote");
  }
  const [, chainId = "", escrow = "", cardId = "", cumulative = "", receipt = "", r = "", vs = ""] = match;
  return { chainId: BigInt(chainId), escrow, cardId, cumulative: BigInt(cumulative), receipt, r, vs };
}

/**
 * Checks a voucher offline.
 *
 * @returns Every reason why the escrow would not book it; empty if it is good. A holder that is a contract (ERC-1271) does not sign in
 * this form: its voucher counts as badly signed.
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
  if (state.program.kind === "Pass" && !isCheckIn(cumulative, state.policy)) {
    add("Pass", "The card is a pass, which is consumed by time and not by signature.");
  }
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

/** Whether it is the first visit of a pass, signed as one second because cooling-off asks for an unused card. */
function isCheckIn(cumulative: bigint, policy: VoucherState["policy"]): boolean {
  return cumulative === 1n && policy?.coolingOffRequiresUnused === true;
}

/** The signer of a voucher; `undefined` if nobody can have signed it, because a number is too large or a checksum is wrong. */
function signerOf({ chainId, escrow, cardId, cumulative, receipt, r, vs }: Voucher): string | undefined {
  try {
    const digest = typedDataDigest(escrowDomain(chainId, escrow), "Consumption", { cardId, cumulative, receipt });
    return recoverAddress(digest, { r, yParityAndS: vs });
  } catch {
    return undefined;
  }
}
