import { formatAmount, parseAmount } from "./units.js";

/** A token, which reads and writes amounts as people do. */
export class Token {
  /**
   * @param address The token's contract.
   * @param symbol `symbol()` of the token.
   * @param decimals `decimals()` of the token.
   */
  constructor(
    readonly address: string,
    readonly symbol: string,
    readonly decimals: number,
  ) {}

  /**
   * Reads an amount as people write it ("1200", "12.5").
   *
   * @returns Token base units.
   * @throws InvalidInputError if the text is no such number, or has more decimals than the token.
   */
  parse(text: string): bigint {
    return parseAmount(text, this.decimals);
  }

  /** Writes token base units as people read them, with the symbol: "12.50 USDC". */
  format(value: bigint): string {
    return `${formatAmount(value, this.decimals, 2)} ${this.symbol}`;
  }
}
