import type { KeyVoucher } from "../actions/calls.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { releasedBy } from "../contracts/release.js";
import type { SigningRequest } from "../actions/signing.js";
import type { Token } from "../utils/token.js";
import type { KnownCard } from "./cardState.js";
import { SignatureMalformedError, SignatureMalleableError } from "./errors.js";

/** The price of a consumption: units of the card's program, or the text a person writes for them ("2", "12.50"). */
export type Price =
  { readonly units: bigint; readonly amount?: never } | { readonly amount: string; readonly units?: never };

/** A consumption to ask a holder for. */
export type ConsumptionOrder = Price & {
  readonly cardId: string;
  /** What is consumed, for the receipt. Only its salted hash goes on chain. */
  readonly item: string;
  /** 32 random bytes, which hide the item. Default: the till draws them. */
  readonly salt?: string;
};

/** The texts that a holder must see before signing. */
export interface ConsumptionDisplay {
  readonly shop: string;
  readonly item: string;
  /** Units of this consumption; cumulative after it; units left on the card after it. */
  readonly amount: string;
  readonly total: string;
  readonly left: string;
  /** Remaining principal after it: the refund if the merchant defaults. */
  readonly money: string;
  /** All of it in one sentence. */
  readonly sentence: string;
}

/** A consumption that waits for its holder's signature, as the book keeps it. */
export interface PendingConsumption {
  readonly cardId: string;
  /** Cumulative before this consumption, in units: the higher one of the book's and the chain's. */
  readonly consumed: bigint;
  /** Cumulative of the newest voucher in the book, in units; zero if there was none. */
  readonly after: bigint;
  /** Cumulative after this consumption, in units. */
  readonly cumulative: bigint;
  /** The receipts before and after this consumption. */
  readonly previous: string;
  readonly receipt: string;
  readonly item: string;
  /** 32 random bytes that hide the item in the receipt. The holder gets them too. */
  readonly salt: string;
}

/** A consumption for its holder to sign. */
export interface ConsumptionRequest extends PendingConsumption {
  /** For the holder's wallet. */
  readonly toSign: SigningRequest<KeyVoucher>;
  readonly display: ConsumptionDisplay;
}

/**
 * The units that a price stands for.
 *
 * @throws InvalidInputError if the units are not positive, or the amount cannot be read.
 */
export function unitsOf(price: Price, card: KnownCard, token: Token): bigint {
  if (price.units !== undefined) return positive("units", price.units);
  if (card.kind === "StoredValue") return positive("amount", token.parse(price.amount));
  const count = price.amount.trim();
  if (!/^\d{1,27}$/.test(count)) {
    throw new InvalidInputError("amount", price.amount, "whole visits", "write the number of visits like 1");
  }
  return positive("amount", BigInt(count));
}

function positive(field: string, units: bigint): bigint {
  if (units > 0n) return units;
  throw new InvalidInputError(field, units, "more than 0", "charge something, or nothing at all");
}

/** The texts that a holder must see for a consumption. */
export function displayOf(
  shop: string,
  item: string,
  card: KnownCard,
  token: Token,
  consumed: bigint,
  cumulative: bigint,
): ConsumptionDisplay {
  const money = token.format(card.principal - releasedBy(cumulative, card.principal, card.units));
  if (card.kind === "Pass") {
    const [amount, left] = ["the first visit of a pass", "the time of the pass"];
    const sentence = `${shop}: ${item}, ${amount}. Signing it ends the right to leave in cooling-off.`;
    return { shop, item, amount, total: amount, left, money, sentence };
  }
  const write = (units: bigint): string => {
    if (card.kind === "StoredValue") return token.format(units);
    return units === 1n ? "1 visit" : `${units} visits`;
  };
  const [amount, total, left] = [cumulative - consumed, cumulative, card.face - cumulative].map(write) as [
    string,
    string,
    string,
  ];
  const sentence = `${shop}: ${item}, ${amount}. Consumed so far: ${total}. Left after it: ${left}, worth ${money} of what was paid.`;
  return { shop, item, amount, total, left, money, sentence };
}

/** A signature in the compact form of EIP-2098, as settlements carry it. */
export interface ParsedSignature {
  readonly r: string;
  readonly vs: string;
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Reads the signature of a key, and writes it in its compact form (EIP-2098).
 *
 * @param signature `r ‖ s ‖ v` (65 bytes, v of 27, 28, 0 or 1) or `r ‖ vs` (64 bytes), in hexadecimal.
 * @throws SignatureMalformedError if it has another form.
 * @throws SignatureMalleableError if its `s` is in the upper half of the curve's order (EIP-2).
 */
export function parseSignature(signature: string): ParsedSignature {
  if (!/^0x[0-9a-fA-F]*$/.test(signature) || ![130, 132].includes(signature.length)) {
    throw new SignatureMalformedError(signature, "64 or 65 bytes in hexadecimal");
  }
  const hex = signature.slice(2).toLowerCase();
  const r = `0x${hex.slice(0, 64)}`;
  const word = BigInt(`0x${hex.slice(64, 128)}`);
  const compact = hex.length === 128;
  const s = compact ? word & (2n ** 255n - 1n) : word;
  if (s > HALF_ORDER) throw new SignatureMalleableError(`0x${s.toString(16).padStart(64, "0")}`);
  if (compact) return { r, vs: `0x${hex.slice(64, 128)}` };
  const v = Number.parseInt(hex.slice(128), 16);
  if (![0, 1, 27, 28].includes(v)) throw new SignatureMalformedError(signature, "27 or 28 as the last byte");
  const parity = v === 28 || v === 1 ? 1n : 0n;
  return { r, vs: `0x${((parity << 255n) | s).toString(16).padStart(64, "0")}` };
}
