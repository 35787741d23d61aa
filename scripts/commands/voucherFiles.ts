import { z } from "zod";

import type { ContractVoucher, KeyVoucher } from "../../src/actions/calls.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import type { ReceiptLink } from "../../src/actions/receipts.js";
import { parseVoucher } from "../../src/actions/vouchers.js";
import type { Voucher } from "../../src/actions/vouchers.js";
import { address, bytes, digits, hash, parseJson, readText } from "./files.js";

const consumption = { cardId: hash, cumulative: digits, receipt: hash };
const place = { chainId: digits.optional(), escrow: address.optional() };
/** A voucher in the form of `settle`. */
export const voucherSchema = z.strictObject({ ...consumption, r: hash, vs: hash });
const vouchersAllowed =
  "vouchers with cardId, cumulative (digits in quotes), receipt, r and vs, or the lines of voucher sign";
const contractVouchersAllowed = "vouchers with cardId, cumulative (digits in quotes), receipt and signature";

function oneOrMore<Item extends z.ZodType>(signed: Item) {
  return z.union([signed.transform((one) => [one]), z.array(signed).min(1)]);
}
const vouchersSchema = oneOrMore(voucherSchema.extend(place));
const contractVouchersSchema = oneOrMore(z.strictObject({ ...consumption, signature: bytes, ...place }));

/** The chain and the escrow of a voucher, as far as they are known. */
export type Place = Partial<Pick<Voucher, "chainId" | "escrow">>;

/** A voucher with its {@link Place}. */
export type CarriedVoucher = KeyVoucher & Place;

/**
 * Reads vouchers from a text: lines of `voucher sign`, or JSON of one voucher or a list of them.
 *
 * @param what Name of the text, for errors.
 */
export function readVouchers(what: string, text: string): CarriedVoucher[] {
  if (/^\s*voucher:/.test(text)) {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(parseVoucher);
  }
  return parseJson(what, text, vouchersSchema, vouchersAllowed).map(placed);
}

/** Reads the vouchers of files, in their order. */
export function readVoucherFiles(files: readonly string[]): CarriedVoucher[] {
  return readEach(files, readVouchers);
}

/** Reads the vouchers of contract holders from files, in their order. */
export function readContractVoucherFiles(files: readonly string[]): (ContractVoucher & Place)[] {
  return readEach(files, (what, text) =>
    parseJson(what, text, contractVouchersSchema, contractVouchersAllowed).map(placed),
  );
}

function readEach<Item>(files: readonly string[], read: (what: string, text: string) => Item[]): Item[] {
  if (files.length === 0)
    throw new InvalidInputError("vouchers", "no file", "files with vouchers", "name at least one");
  return files.flatMap((file) => read(`vouchers of ${file}`, readText("vouchers", file)));
}

/** A voucher without the undefined fields of its place. */
function placed<Item extends { readonly chainId?: bigint | undefined; readonly escrow?: string | undefined }>({
  chainId,
  escrow,
  ...signed
}: Item) {
  return {
    ...signed,
    ...(chainId === undefined ? {} : { chainId }),
    ...(escrow === undefined ? {} : { escrow }),
  };
}

const receiptsSchema = z.strictObject({
  cardId: hash,
  links: z.array(
    z.strictObject({ cumulative: digits, itemHash: hash, salt: hash.optional(), item: z.string().optional() }),
  ),
});

/** A consumption as a file of receipts keeps it, with the item and the salt of its hash. */
export interface StoredReceiptLink extends ReceiptLink {
  readonly salt?: string | undefined;
  readonly item?: string | undefined;
}

/** A file of receipts: the consumptions of a card, oldest first. */
export interface Receipts {
  readonly cardId: string;
  readonly links: readonly StoredReceiptLink[];
}

/** Reads a file of receipts. */
export function readReceipts(file: string): Receipts {
  const allowed = "an object with cardId and links, each with cumulative (digits in quotes) and itemHash";
  return parseJson("receipts", readText("receipts", file), receiptsSchema, allowed);
}
