import type { CardStatusName, MerchantStatusName } from "../contracts/enums.js";
import { formatDuration, formatTime } from "../utils/units.js";

/* Why a till refuses or fails. Each class is one reason; its message has the value, the limit and the next step. */

/** A refusal or failure of the till itself. A refusal by a contract is a `RevertError`. */
export class TillError extends Error {
  override readonly name: string = "TillError";
}

/* THE CARD */

/** Thrown when a card belongs to another merchant. */
export class CardOfOtherMerchantError extends TillError {
  override readonly name = "CardOfOtherMerchantError";

  constructor(
    readonly cardId: string,
    readonly merchantId: bigint,
    readonly expected: bigint,
  ) {
    super(
      `Card ${cardId} is of merchant ${merchantId}; this till is of merchant ${expected}. Next: ask for a card of this shop.`,
    );
  }
}

/** Thrown when a card cannot be used because it is closed, or was never bought. */
export class CardNotUsableError extends TillError {
  override readonly name = "CardNotUsableError";

  constructor(
    readonly cardId: string,
    readonly status: CardStatusName,
  ) {
    const found = status === "None" ? "was never bought, or was refunded after a default or run-off" : "is closed";
    super(`Card ${cardId} ${found}; needed: an open card. Next: look for its new id if it was moved, or sell another.`);
  }
}

/** Thrown when the card is a pass: time consumes a pass, and nobody signs for it. */
export class CardIsPassError extends TillError {
  override readonly name = "CardIsPassError";

  constructor(readonly cardId: string) {
    super(
      `Card ${cardId} is a pass, which is consumed by time. Next: let its holder in while it runs; charge nothing.`,
    );
  }
}

/** Thrown when a consumption takes more units than the card has left. */
export class OverFaceError extends TillError {
  override readonly name = "OverFaceError";

  /**
   * @param cumulative Units consumed, this consumption included.
   * @param face Units of the whole card.
   * @param left Units left before the consumption.
   */
  constructor(
    readonly cardId: string,
    readonly cumulative: bigint,
    readonly face: bigint,
    readonly left: bigint,
  ) {
    super(
      `With this visit ${cumulative} units of card ${cardId} would be consumed; it has ${face}, of which ${left} are left. ` +
        `Next: charge at most ${left}, and the rest to another card.`,
    );
  }
}

/** Thrown when the till has never read a card, and the node does not answer. */
export class CardUnknownError extends TillError {
  override readonly name = "CardUnknownError";

  constructor(
    readonly cardId: string,
    options?: ErrorOptions,
  ) {
    super(
      `Nothing is known of card ${cardId}, and the node does not answer. Next: connect the till once, then it can serve off line.`,
      options,
    );
  }
}

/** Thrown when the last reading of a card is too old to serve offline: the holder may have asked to leave since. */
export class CardStateTooOldError extends TillError {
  override readonly name = "CardStateTooOldError";

  /**
   * @param age Seconds since the card was read.
   * @param limit Greatest age of a reading, in seconds.
   */
  constructor(
    readonly cardId: string,
    readonly age: bigint,
    readonly limit: bigint,
  ) {
    super(
      `Card ${cardId} was last read ${formatDuration(age)} ago; a visit off line needs at most ${formatDuration(limit)}. ` +
        "Next: connect the till and charge again.",
    );
  }
}

/** Thrown when the till's clock shows a time before the card's last reading: the age of the reading is then unknown. */
export class TillClockError extends TillError {
  override readonly name = "TillClockError";

  /**
   * @param now The time by the till's clock, in Unix seconds.
   * @param readAt When the card was read, in Unix seconds.
   */
  constructor(
    readonly cardId: string,
    readonly now: bigint,
    readonly readAt: bigint,
  ) {
    super(
      `The till's clock says ${formatTime(now)}, but card ${cardId} was last read later, at ${formatTime(readAt)}. ` +
        "Next: set the clock, or connect the till and charge again.",
    );
  }
}

/** Thrown when the merchant's status forbids serving: closed, flagged as defaulted, or unknown. */
export class MerchantNotServingError extends TillError {
  override readonly name = "MerchantNotServingError";

  constructor(
    readonly merchantId: bigint,
    readonly status: MerchantStatusName,
  ) {
    const next =
      status === "Defaulted"
        ? "settle what is signed before the final window ends; charge nothing more"
        : "charge nothing; check the merchant's id";
    super(`Merchant ${merchantId} is ${status}; visits are charged in Active, Suspended and RunOff. Next: ${next}.`);
  }
}

/* THE SIGNATURE */

/** Thrown when a signature has the wrong form. */
export class SignatureMalformedError extends TillError {
  override readonly name = "SignatureMalformedError";

  constructor(
    readonly signature: string,
    readonly expected: string,
  ) {
    super(`The signature is ${signature.slice(0, 20)}…; expected: ${expected}. Next: have the wallet sign again.`);
  }
}

/**
 * Thrown when the `s` of a signature is in the upper half of the curve's order. Every valid signature has a second form there, and the
 * escrow refuses it (EIP-2).
 */
export class SignatureMalleableError extends TillError {
  override readonly name = "SignatureMalleableError";

  constructor(readonly s: string) {
    super(
      `The signature's s is ${s}, in the upper half of the curve's order, which the escrow refuses. Next: have a wallet sign that follows EIP-2.`,
    );
  }
}

/** Thrown when a voucher is not signed by the holder of the card. */
export class VoucherSignerError extends TillError {
  override readonly name = "VoucherSignerError";

  constructor(
    readonly cardId: string,
    readonly holder: string,
  ) {
    super(
      `The voucher of card ${cardId} is not signed by its holder ${holder}, or differs from the request. ` +
        "Next: have the holder's account sign the request as it is.",
    );
  }
}

/* THE PLACE IN THE CHAIN OF RECEIPTS */

/** Thrown when another consumption was booked or settled since this one was requested, at this or another till. */
export class RequestStaleError extends TillError {
  override readonly name = "RequestStaleError";

  /**
   * @param cumulative Units consumed by the request, this consumption included.
   * @param consumed Units consumed by the book or the chain.
   */
  constructor(
    readonly cardId: string,
    readonly cumulative: bigint,
    readonly consumed: bigint,
  ) {
    super(
      `The request counts card ${cardId} up to ${cumulative}, but another visit has been recorded since (now ${consumed}). ` +
        "Next: charge the visit again and have that signed.",
    );
  }
}

/** Thrown when the book has the voucher already: after a retry or a replay. The book keeps it once. */
export class VoucherRepeatedError extends TillError {
  override readonly name = "VoucherRepeatedError";

  constructor(
    readonly cardId: string,
    readonly cumulative: bigint,
    /** When it was accepted, in Unix seconds. */
    readonly acceptedAt: bigint,
  ) {
    super(
      `This visit of card ${cardId} (up to ${cumulative}) is in the book since ${formatTime(acceptedAt)}. ` +
        "Next: serve it once; charge the next visit anew.",
    );
  }
}

/** Thrown when the signed consumption is not the last request for the card: a till has made a newer one. */
export class VoucherNotRequestedError extends TillError {
  override readonly name = "VoucherNotRequestedError";

  /** @param cumulative Cumulative of the signed consumption, in units. */
  constructor(
    readonly cardId: string,
    readonly cumulative: bigint,
  ) {
    super(
      `The signed visit counts card ${cardId} up to ${cumulative}, but is not the last one that this till charged. ` +
        "Next: charge the visit here and have that signed.",
    );
  }
}

/** Thrown when the book has no voucher with this receipt. */
export class VoucherUnknownError extends TillError {
  override readonly name = "VoucherUnknownError";

  constructor(
    readonly cardId: string,
    readonly receipt: string,
  ) {
    super(
      `The book has no visit of card ${cardId} with receipt ${receipt}. Next: take a receipt of the card's visits.`,
    );
  }
}

/* THE BOOK */

/** Thrown when a book belongs to another merchant, escrow or chain. */
export class BookMismatchError extends TillError {
  override readonly name = "BookMismatchError";

  constructor(
    readonly kept: string,
    readonly asked: string,
  ) {
    super(`The book is of ${kept}; asked for is ${asked}. Next: give each merchant a book of its own.`);
  }
}

/** Thrown when the book cannot be read or written: the disk is full, the server is down, or the file is no book. */
export class BookFailedError extends TillError {
  override readonly name = "BookFailedError";

  constructor(
    readonly place: string,
    readonly reason: string,
    options?: ErrorOptions,
    /** The next step. */
    readonly next = "check the disk, the server and the permissions, then accept the voucher again: if it was kept after all, the till answers that it is in the book",
  ) {
    super(
      `The book ${place} cannot be used (${reason}). What was accepted is kept; serve nothing now. Next: ${next}.`,
      options,
    );
  }
}
