import { InvalidInputError } from "prepaid-escrow";
import type { ContractVoucher } from "prepaid-escrow";

/*
 * Links and QR codes that tills and holders hand each other. There is no server between them: everything is in the link's
 * fragment, which browsers send to nobody.
 */

/** A visit that a till asks a holder to sign. */
export interface ConsumptionLink {
  readonly chainId: number;
  readonly escrow: string;
  readonly merchantId: bigint;
  readonly cardId: string;
  /** The card's consumption before it, in units of its program. */
  readonly from: bigint;
  readonly cumulative: bigint;
  /** The receipt before the visit. */
  readonly previous: string;
  readonly salt: string;
  readonly item: string;
}

const VERSION = "1";
const HASH = /^0x[0-9a-f]{64}$/i;

/** This page's address with another fragment. */
export function linkTo(path: string): string {
  return new URL(`#${path}`, document.baseURI).href;
}

export function writeConsumptionLink(consumption: ConsumptionLink): string {
  const { chainId, escrow, merchantId, cardId, from, cumulative, previous, salt, item } = consumption;
  const parts = [
    VERSION,
    chainId,
    escrow,
    merchantId,
    cardId,
    from,
    cumulative,
    previous,
    salt,
    encodeURIComponent(item),
  ];
  return `/sign/${parts.join("~")}`;
}

/** @throws InvalidInputError if the text is no such request, or was cut. */
export function readConsumptionLink(text: string): ConsumptionLink {
  const [version, chainId, escrow, merchantId, cardId, from, cumulative, previous, salt, item] = tail(text).split("~");
  const good =
    version === VERSION &&
    [chainId, merchantId, from, cumulative].every((part) => /^\d+$/.test(part ?? "")) &&
    /^0x[0-9a-f]{40}$/i.test(escrow ?? "") &&
    [cardId, previous, salt].every((part) => HASH.test(part ?? "")) &&
    item !== undefined;
  if (!good) throw broken(text);
  return {
    ...{ chainId: Number(chainId), escrow: escrow ?? "", merchantId: BigInt(merchantId ?? 0), cardId: cardId ?? "" },
    ...{ from: BigInt(from ?? 0), cumulative: BigInt(cumulative ?? 0), previous: previous ?? "", salt: salt ?? "" },
    item: decodeURIComponent(item),
  };
}

/** @param answer The signed visit; the signature of a wallet that is a contract may have any length. */
export function writeSignature(merchantId: bigint, answer: ContractVoucher): string {
  const { cardId, cumulative, receipt, signature } = answer;
  return `/shop/${merchantId}/till/${[VERSION, cardId, cumulative, receipt, signature].join("~")}`;
}

/** @throws InvalidInputError if the text is no signed visit, or was cut. */
export function readSignature(text: string): ContractVoucher {
  const [version, cardId, cumulative, receipt, signature] = tail(text).split("~");
  const good =
    version === VERSION &&
    /^\d+$/.test(cumulative ?? "") &&
    [cardId, receipt].every((part) => HASH.test(part ?? "")) &&
    /^0x(?:[0-9a-f]{2})+$/i.test(signature ?? "");
  if (!good) throw broken(text);
  return {
    cardId: cardId ?? "",
    cumulative: BigInt(cumulative ?? 0),
    receipt: receipt ?? "",
    signature: signature ?? "",
  };
}

/** A card's id, alone or at the end of a link. */
export function readCardId(text: string): string | undefined {
  const found = /0x[0-9a-f]{64}(?![0-9a-f])/i.exec(text.trim());
  return found?.[0].toLowerCase();
}

/** The text after the last slash. */
export function tail(text: string): string {
  return text.trim().slice(text.trim().lastIndexOf("/") + 1);
}

/** The error for a text that is no link of this kind, or was cut. */
export function broken(text: string): InvalidInputError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new InvalidInputError(
    "link",
    shown,
    "the whole link or code as the other side shows it",
    "scan or copy it again",
  );
}
