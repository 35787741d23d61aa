import { z } from "zod";

import type { SignedConsumption } from "../../src/calls.js";
import { InvalidInputError } from "../../src/invalidInput.js";
import type { Visit } from "../../src/receipts.js";
import { parseVoucher } from "../../src/vouchers.js";
import type { Voucher } from "../../src/vouchers.js";
import { parseJson, readText } from "./files.js";

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "32 bytes in hexadecimal");
const digits = z.string().regex(/^\d+$/, "digits").transform(BigInt);
const row = { cardId: hash, cumulative: digits, receipt: hash, r: hash, vs: hash };
const rowSchema = z.strictObject({
  ...row,
  chainId: digits.optional(),
  escrow: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "an address")
    .optional(),
});
const rowsSchema = z.union([rowSchema.transform((one) => [one]), z.array(rowSchema).min(1)]);
const rowsAllowed =
  "rows with cardId, cumulative (digits in quotes), receipt, r and vs, or the lines of consumption sign";

/** A signed row, with the escrow it is for where that is known. */
export type CarriedRow = SignedConsumption & Partial<Pick<Voucher, "chainId" | "escrow">>;

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
  return parseJson(what, text, rowsSchema, rowsAllowed).map(({ chainId, escrow, ...signed }) => ({
    ...signed,
    ...(chainId === undefined ? {} : { chainId }),
    ...(escrow === undefined ? {} : { escrow }),
  }));
}

/** The rows of files, in their order. */
export function readRowFiles(files: readonly string[]): CarriedRow[] {
  if (files.length === 0) throw new InvalidInputError("rows", "no file", "files with signed rows", "name at least one");
  return files.flatMap((file) => readRows("rows", readText("rows", file)));
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
