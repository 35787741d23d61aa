import { formatAmount, formatBps } from "../../src/utils/units.js";
import { TOKEN_DECIMALS } from "./scenario.js";

/** Writes amounts of one currency for people: `1,134,794.88 CNY`. Chain amounts are exact, the texts are rounded. */
export class Money {
  readonly #currency: string;
  readonly #decimals: number;

  /**
   * @param currency ISO 4217.
   * @param decimals Decimals shown.
   */
  constructor(currency: string, decimals: number) {
    this.#currency = currency;
    this.#decimals = decimals;
  }

  /** With the currency. */
  full(amount: bigint): string {
    return `${this.bare(amount)} ${this.#currency}`;
  }

  /** Without the currency, for tables that name it once. */
  bare(amount: bigint): string {
    const step = 10n ** BigInt(TOKEN_DECIMALS - this.#decimals);
    const [size, sign] = amount < 0n ? [-amount, "-"] : [amount, ""];
    const rounded = (size + step / 2n) / step;
    return sign + grouped(formatAmount(rounded, this.#decimals, this.#decimals));
  }

  /** As {@link bare}, but a dash for zero. */
  cell(amount: bigint): string {
    return amount === 0n ? "–" : this.bare(amount);
  }
}

/** A number with thousands separators: `12,345`. */
export function grouped(value: bigint | number | string): string {
  const [whole = "", fraction] = String(value).split(".");
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

/** A number of things, such as `1 visit` or `2,000 members`. */
export function counted(count: bigint | number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${Number(count) === 1 ? one : many}`;
}

/** A share as a percentage, rounded down to two decimals: `54.23 %`. If the whole is zero, it is 100 %. */
export function percentOf(part: bigint, whole: bigint): string {
  return formatBps(whole === 0n ? 10_000n : (part * 10_000n) / whole);
}

/** A text with a capital letter at the beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
