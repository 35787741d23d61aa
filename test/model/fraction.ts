/** An exact number: nothing is rounded until somebody asks for it. */
export class Fraction {
  constructor(
    readonly numerator: bigint,
    readonly denominator = 1n,
  ) {
    if (denominator <= 0n) throw new RangeError("A fraction's denominator is above zero.");
  }

  times(factor: Fraction | bigint): Fraction {
    if (typeof factor === "bigint") return new Fraction(this.numerator * factor, this.denominator);
    return new Fraction(this.numerator * factor.numerator, this.denominator * factor.denominator);
  }

  /** Whether it is above a whole number. */
  isAbove(other: bigint): boolean {
    return this.numerator > other * this.denominator;
  }

  isAtLeast(other: bigint): boolean {
    return this.numerator >= other * this.denominator;
  }

  /** The whole number at or below it. Not for negative ones. */
  floor(): bigint {
    return this.numerator / this.denominator;
  }

  /** The whole number at or above it. Not for negative ones. */
  ceil(): bigint {
    return (this.numerator + this.denominator - 1n) / this.denominator;
  }
}

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
/** Difference, but not below zero. */
export const excess = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n);
