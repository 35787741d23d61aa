import type { BookedVoucher } from "../till/store.js";

/** A voucher as a row of a database. SQLite returns booleans as numbers; drivers of PostgreSQL return large numbers as texts. */
export interface VoucherRow {
  readonly card: string;
  readonly cumulative: string;
  readonly previous: string;
  readonly receipt: string;
  readonly item: string;
  readonly salt: string;
  readonly signature: string;
  readonly contract: boolean | number;
  readonly accepted: number | string;
}

/** The voucher of a row. */
export function voucherOf(row: VoucherRow): BookedVoucher {
  const { card, cumulative, previous, receipt, item, salt, signature, contract, accepted } = row;
  const signed = { signature, contract: Boolean(contract), acceptedAt: BigInt(accepted) };
  return { cardId: card, cumulative: BigInt(cumulative), previous, receipt, item, salt, ...signed };
}
