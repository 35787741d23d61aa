/** One property, and whether it was proved. */
export interface Proof {
  /** Contract and function. */
  readonly name: string;
  readonly holds: boolean;
  /** Why not, if it does not hold. */
  readonly why: string;
}
