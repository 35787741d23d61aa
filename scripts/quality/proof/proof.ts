/** One property, and whether it was proved. */
export interface Proof {
  /** Contract and function. */
  readonly name: string;
  readonly holds: boolean;
  /** The reason if it was not proved. */
  readonly why: string;
}
