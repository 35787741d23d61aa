import { z } from "zod";

import type { ContractVoucher, KeyVoucher } from "../../src/actions/calls.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import type { ReceiptLink } from "../../src/actions/receipts.js";
import { parseVoucher } from "../../src/actions/vouchers.js";
import type { Voucher } from "../../src/actions/vouchers.js";
import { address, bytes, digits, hash, parseJson, readText } from "./files.js";

const consumption = { cardId: hash, cumulative: digits, receipt: hash };
const place = { chainId: digits.optional(), escrow: address.optional() };
/** A voucher as `settle` takes it. */
export const voucherSchema = z.strictObject({ ...consumption, r: hash, vs: hash });
const vouchersAllowed =
  "vouchers with cardId, cumulative (digits in quotes), receipt, r and vs, or the lines of voucher sign";
const contractVouchersAllowed = "vouchers with cardId, cumulative (digits in quotes), receipt and signature";

function oneOrMore<Item extends z.ZodType>(signed: Item) {
  return z.union([signed.transform((one) => [one]), z.array(signed).min(1)]);
}
const vouchersSchema = oneOrMore(voucherSchema.extend(place));
const contractVouchersSchema = oneOrMore(z.strictObject({ ...consumption, signature: bytes, ...place }));

/** The escrow something is for, where that is known. */
export type Place = Partial<Pick<Voucher, "chainId" | "escrow">>;

/** A voucher, with the escrow it is for where that is known. */
export type CarriedVoucher = KeyVoucher & Place;

/**
 * Vouchers of a text: lines as `voucher sign` prints them, or JSON of one voucher or a list of them.
 *
 * @param what What the text is, for errors.
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

/** The vouchers of files, in their order. */
export function readVoucherFiles(files: readonly string[]): CarriedVoucher[] {
  return readEach(files, readVouchers);
}

/** The vouchers of contract holders in files, in their order. */
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

/** A voucher without the parts of its place that are not known. */
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

/** A visit as it is kept, with what its hash hides. */
export interface StoredReceiptLink extends ReceiptLink {
  readonly salt?: string | undefined;
  readonly item?: string | undefined;
}

/** The visits of a card, oldest first, as a file keeps them. */
export interface Receipts {
  readonly cardId: string;
  readonly links: readonly StoredReceiptLink[];
}

/** Reads a file of receipts. */
export function readReceipts(file: string): Receipts {
  const allowed = "an object with cardId and links, each with cumulative (digits in quotes) and itemHash";
  return parseJson("receipts", readText("receipts", file), receiptsSchema, allowed);
}
