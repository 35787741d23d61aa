/** One measured figure and the limit it was held against, both measured in the same run. */
export interface Figure {
  /** What was measured, as a voucher's name. */
  readonly what: string;
  /** Per second, or milliseconds where `unit` says so. */
  readonly value: number;
  readonly unit: "per second" | "ms";
  /** What nothing of this kind could pass, and what sets it: signature arithmetic, node, disk. */
  readonly limit?: { readonly what: string; readonly value: number };
}

/** Measures one part of the package. Says what it is doing by `note`. */
export type Benchmark = (note: (line: string) => void) => Promise<readonly Figure[]>;
