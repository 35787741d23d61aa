import type { StandingWarning } from "prepaid-escrow";
import type { LedgerEvent, LedgerState } from "prepaid-escrow/ledger";

/** The state after all events so far, for pages that list many merchants or cards. */
export interface ConsoleLedger extends LedgerState {
  readonly events: readonly LedgerEvent[];
  /** Warnings that are up, with the figures of their events: no view has them. */
  readonly warnings: readonly StandingWarning[];
  /** Whether the newest blocks have been read. */
  readonly caughtUp: boolean;
  readonly block: number;
  readonly fault: string | undefined;
}

export const EMPTY: ConsoleLedger = {
  ...{ merchants: new Map(), programs: new Map(), programURIs: new Map(), cards: new Map() },
  ...{ recoveries: new Map(), accounts: new Map() },
  events: [],
  warnings: [],
  caughtUp: false,
  block: 0,
  fault: undefined,
};
