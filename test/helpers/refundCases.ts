import { ProgramKind } from "../../src/contracts/enums.js";
import { DAY } from "./fixture.js";
import { read } from "./markdown.js";

/** Why the card of a case is closed. */
export type Cause = "merchant" | "consumer" | "coolingOff" | "coolingOffUnused" | "ruling";

/** What a case begins with: see `about` in the file. */
export interface CaseInput {
  readonly paid?: number;
  readonly bonus?: number;
  readonly list?: number;
  readonly listTotal?: number;
  readonly refusedList?: number;
  readonly n?: number;
  readonly total?: number;
  readonly used?: number;
  readonly totalDays?: number;
  readonly usedDays?: number;
  readonly cause?: Cause;
  readonly awarded?: number;
  readonly policy?: Readonly<Record<string, number | boolean>>;
}

/** A refund as somebody outside reckoned it, in minor units of the currency. */
export interface RefundCase {
  readonly id: string;
  readonly jurisdiction: string;
  readonly kind: string;
  readonly desc: string;
  readonly rule: string;
  readonly source: string;
  readonly note?: string;
  /** Why the contracts pay something else, or nothing that can be compared. */
  readonly difference?: string;
  readonly input: CaseInput;
  readonly expect: { readonly refund: number; readonly earned?: number };
  readonly runs: boolean;
  readonly tolerance?: number;
}

/** All cases, in the order of the file. */
export const { cases: refundCases } = JSON.parse(read("test/data/refundCases.json")) as {
  readonly cases: readonly RefundCase[];
};

/** A program, one card of it, and how much of it was used: money, visits, or seconds. */
export interface Sold {
  readonly kind: bigint;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly principal: bigint;
  readonly used: bigint;
}

/** The months of a pass are twelfths of a year of 360 days, all alike. */
const MONTH = 30n * DAY;

/** What is sold in a case that runs. One minor unit is one base unit of the token. */
export function soldIn({ id, input }: RefundCase): Sold {
  const must = (field: "paid" | "used" | "usedDays" | "n"): bigint => {
    const value = input[field];
    if (value === undefined) throw new Error(`Case ${id} has no ${field}.`);
    return BigInt(value);
  };
  const principal = must("paid");
  const pass = (units: bigint, used: bigint): Sold => {
    return { kind: ProgramKind.Pass, price: principal, units, listPrice: principal, principal, used };
  };
  if (input.totalDays !== undefined) return pass(BigInt(input.totalDays) * DAY, must("usedDays") * DAY);
  if (input.total !== undefined) return pass(BigInt(input.total) * MONTH, must("used") * MONTH);
  const used = must("used");
  if (input.bonus !== undefined) {
    const units = principal + BigInt(input.bonus);
    return { kind: ProgramKind.StoredValue, price: principal, units, listPrice: units, principal, used };
  }
  if (input.n === undefined) {
    return { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n, principal, used };
  }
  const units = must("n");
  const listPrice = BigInt(input.listTotal ?? (input.list ?? 0) * input.n);
  return {
    kind: ProgramKind.Count,
    price: principal,
    units,
    listPrice: listPrice === 0n ? principal : listPrice,
    principal,
    used,
  };
}
