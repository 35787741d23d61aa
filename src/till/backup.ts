import { InvalidInputError } from "../utils/invalidInput.js";
import { hashItem, nextReceipt } from "../actions/receipts.js";
import { LAST_TIME } from "../utils/units.js";
import { BookMismatchError } from "./errors.js";
import { decode, encode } from "../utils/json.js";
import type { BookedVoucher } from "./store.js";

/** The outcome of restoring one voucher. */
export interface RestoredVoucher {
  readonly voucher: BookedVoucher;
  /**
   * `kept`: it is in the book now. `known`: it was in the book before. `settled`: the escrow has counted it. `refused`: see `error`.
   */
  readonly outcome: "kept" | "known" | "settled" | "refused";
  /** Why it was refused: another account signed it, another voucher has its place, or the card is closed. */
  readonly error?: Error;
}

/** The form of a backup. The field `backup` distinguishes it from other files. */
interface Backup {
  readonly backup: 1;
  /** Names the merchant whose book was backed up. */
  readonly identity: string;
  readonly vouchers: readonly BookedVoucher[];
}

const REMEDY = "give the whole file that the till has written";

/** Writes vouchers as a text that {@link readBackup} reads. */
export function writeBackup(identity: string, vouchers: readonly BookedVoucher[]): string {
  const backup: Backup = { backup: 1, identity, vouchers };
  return encode(backup);
}

/**
 * Reads the vouchers of a backup, and checks that each is complete and matches its receipt.
 *
 * @throws InvalidInputError if the text is no backup or was changed.
 * @throws BookMismatchError if it is of another merchant's book.
 */
export function readBackup(text: string, identity: string): BookedVoucher[] {
  let read: unknown;
  try {
    read = decode(text);
  } catch {
    throw new InvalidInputError("backup", shortened(text), "the JSON of a till's backup", REMEDY);
  }
  if (!isRecord(read) || read.backup !== 1 || typeof read.identity !== "string" || !Array.isArray(read.vouchers))
    throw new InvalidInputError("backup", shortened(text), "the JSON of a till's backup", REMEDY);
  if (read.identity !== identity) throw new BookMismatchError(read.identity, identity);
  return read.vouchers.map((voucher: unknown, i) => {
    if (!isVoucher(voucher))
      throw new InvalidInputError(`visit ${i + 1} of the backup`, shortened(encode(voucher)), "a visit", REMEDY);
    const { cardId, cumulative, previous, receipt, item, salt } = voucher;
    const worked = nextReceipt(previous, cardId, { cumulative, itemHash: hashItem(salt, item) });
    if (receipt !== worked)
      throw new InvalidInputError(`receipt of visit ${i + 1} of the backup`, receipt, worked, REMEDY);
    return voucher;
  });
}

const HASH = /^0x[0-9a-f]{64}$/;
const WORD = 2n ** 256n - 1n;

function isVoucher(value: unknown): value is BookedVoucher {
  if (!isRecord(value)) return false;
  const { cardId, cumulative, previous, receipt, item, salt, signature, contract, acceptedAt } = value;
  return (
    [cardId, previous, receipt, salt].every((hash) => typeof hash === "string" && HASH.test(hash)) &&
    isCount(cumulative, WORD) &&
    isCount(acceptedAt, LAST_TIME) &&
    typeof item === "string" &&
    // PostgreSQL stores no zero byte in a text.
    !item.includes("\0") &&
    typeof signature === "string" &&
    typeof contract === "boolean"
  );
}

function isCount(value: unknown, most: bigint): boolean {
  return typeof value === "bigint" && value >= 0n && value <= most;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
