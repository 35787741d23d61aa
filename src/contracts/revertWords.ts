import { overflownTime } from "../utils/overflow.js";
import { LAST_TIME, formatTime } from "../utils/units.js";
import { decodeCardId } from "./cardId.js";
import type { MerchantStatusName } from "./enums.js";

/** For each error, its sentence in two parts: the value and the limit; the next step. */
export type Sentences<Fields> = {
  readonly [Name in keyof Fields]: (fields: Fields[Name]) => readonly [problem: string, next: string];
};

/** A card by its serial, holder and program. */
export function cardName(cardId: string): string {
  const { holder, programId, serial } = decodeCardId(cardId);
  return `card ${serial} of ${holder} in program ${programId}`;
}

/** A number that does not fit its field: a time after the end of 32-bit time, or an amount. */
export function overflow(fields: { readonly value: bigint; readonly bits: bigint }): readonly [string, string] {
  const time = overflownTime(fields);
  if (time === undefined) return [`${fields.value} does not fit ${fields.bits} bits`, "use a smaller amount"];
  return [
    `It would end ${time - LAST_TIME} seconds after ${formatTime(LAST_TIME)}, the last moment these contracts can keep`,
    "what was begun in time goes on; begin anew with contracts of a later version",
  ];
}

/** The next step after a status that forbids a call. */
export const statusAdvice: Readonly<Record<MerchantStatusName, string>> = {
  None: "check the merchant's id",
  Active: "only a merchant that is suspended, closing or defaulted allows it",
  Suspended: "wait for the end of the suspension, or for the regulator to resume it",
  RunOff: "the merchant is closing: it sells no more, and its cards are refunded",
  Closed: "the merchant is closed and does no more business",
  Defaulted: "cards are refunded when the final window is over",
};

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
