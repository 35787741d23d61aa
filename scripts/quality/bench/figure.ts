/** One measured figure and the limit it was held against, both measured in the same run. */
export interface Figure {
  /** Name of the figure. */
  readonly what: string;
  /** Number per second, or milliseconds if `unit` is set. */
  readonly value: number;
  readonly unit: "per second" | "ms";
  /** The upper limit of the figure, and what sets it: signature arithmetic, node, disk. */
  readonly limit?: { readonly what: string; readonly value: number };
}

/** Measures one part of the package. Calls `note` with its progress. */
export type Benchmark = (note: (line: string) => void) => Promise<readonly Figure[]>;
