import { z } from "zod";

import type { ContractConsumption, SignedConsumption } from "../../src/actions/calls.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import type { Visit } from "../../src/actions/receipts.js";
import { parseVoucher } from "../../src/actions/vouchers.js";
import type { Voucher } from "../../src/actions/vouchers.js";
import { address, bytes, digits, hash, parseJson, readText } from "./files.js";

const visit = { cardId: hash, cumulative: digits, receipt: hash };
const place = { chainId: digits.optional(), escrow: address.optional() };
/** A row as `settle` takes it. */
export const signedRow = z.strictObject({ ...visit, r: hash, vs: hash });
const rowsAllowed =
  "rows with cardId, cumulative (digits in quotes), receipt, r and vs, or the lines of consumption sign";
const contractRowsAllowed = "rows with cardId, cumulative (digits in quotes), receipt and signature";

function oneOrMore<Row extends z.ZodType>(row: Row) {
  return z.union([row.transform((one) => [one]), z.array(row).min(1)]);
}
const rowsSchema = oneOrMore(signedRow.extend(place));
const contractRowsSchema = oneOrMore(z.strictObject({ ...visit, signature: bytes, ...place }));

/** The escrow something is for, where that is known. */
export type Place = Partial<Pick<Voucher, "chainId" | "escrow">>;

/** A signed row, with the escrow it is for where that is known. */
export type CarriedRow = SignedConsumption & Place;

/**
 * Signed rows of a text: lines as `consumption sign` prints them, or JSON of one row or a list of them.
 *
 * @param what What the text is, for errors.
 */
export function readRows(what: string, text: string): CarriedRow[] {
  if (/^\s*consumption:/.test(text)) {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(parseVoucher);
  }
  return parseJson(what, text, rowsSchema, rowsAllowed).map(placed);
}

/** The rows of files, in their order. */
export function readRowFiles(files: readonly string[]): CarriedRow[] {
  return readEach(files, readRows);
}

/** The rows of contract holders in files, in their order. */
export function readContractRowFiles(files: readonly string[]): (ContractConsumption & Place)[] {
  return readEach(files, (what, text) => parseJson(what, text, contractRowsSchema, contractRowsAllowed).map(placed));
}

function readEach<Row>(files: readonly string[], read: (what: string, text: string) => Row[]): Row[] {
  if (files.length === 0) throw new InvalidInputError("rows", "no file", "files with signed rows", "name at least one");
  return files.flatMap((file) => read(`rows of ${file}`, readText("rows", file)));
}

/** A row without the parts of its place that are not known. */
function placed<Row extends { readonly chainId?: bigint | undefined; readonly escrow?: string | undefined }>({
  chainId,
  escrow,
  ...row
}: Row) {
  return {
    ...row,
    ...(chainId === undefined ? {} : { chainId }),
    ...(escrow === undefined ? {} : { escrow }),
  };
}

const receiptsSchema = z.strictObject({
  cardId: hash,
  visits: z.array(
    z.strictObject({ cumulative: digits, itemHash: hash, salt: hash.optional(), item: z.string().optional() }),
  ),
});

/** A visit as it is kept, with what its hash hides. */
export interface KeptVisit extends Visit {
  readonly salt?: string | undefined;
  readonly item?: string | undefined;
}

/** The visits of a card, oldest first, as a file keeps them. */
export interface Receipts {
  readonly cardId: string;
  readonly visits: readonly KeptVisit[];
}

/** Reads a file of receipts. */
export function readReceipts(file: string): Receipts {
  const allowed = "an object with cardId and visits, each with cumulative (digits in quotes) and itemHash";
  return parseJson("receipts", readText("receipts", file), receiptsSchema, allowed);
}
