import type {
  DisputeKindName,
  MerchantStatusName,
  ProgramKindName,
  WarningLevelName,
} from "../../src/contracts/enums.js";

/*
 * What the ledger keeps: plain records, no sums. Whatever follows from the records (what is outstanding, what remains, how many
 * complaints are open) is worked out from them each time it is asked for.
 */

export interface Policy {
  readonly token: string;
  readonly exitDelay: bigint;
  readonly coolingOff: bigint;
  readonly coolingOffRequiresUnused: boolean;
  readonly unilateralExit: boolean;
  readonly rejectOverLimit: boolean;
  readonly rejectOverCap: boolean;
  readonly maxNamed: bigint;
  readonly maxBearer: bigint;
  readonly maxPassTerm: bigint;
  readonly maxCount: bigint;
  readonly maxListBps: bigint;
  readonly maxHolderExposure: bigint;
  readonly accrualDelay: bigint;
  readonly rulingTimeout: bigint;
  readonly runOffNotice: bigint;
  readonly finalSettlement: bigint;
  readonly complaintCount: bigint;
  readonly complaintBps: bigint;
  readonly maxAdvance: bigint;
  readonly feeFlat: bigint;
  readonly feeMax: bigint;
  readonly feePriceBps: bigint;
  readonly feeRestBps: bigint;
  readonly coolingOffFeeBps: bigint;
  readonly coolingOffTermBps: bigint;
  readonly coolingOffInFull: boolean;
}

export interface Program {
  readonly merchantId: bigint;
  readonly policyId: bigint;
  readonly kind: ProgramKindName;
  readonly bearer: boolean;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  /** Its cards can be left without a fee. */
  readonly feeFree: boolean;
  /** Seconds, as resolved when it was published. */
  readonly coolingOff: bigint;
  retired: boolean;
}

export interface Merchant {
  readonly id: bigint;
  readonly token: string;
  readonly vault: string;
  owner: string;
  payout: string;
  payoutChange?: { readonly to: string; readonly effectiveAt: bigint };
  ownershipChange?: { readonly to: string; readonly acceptableAt: bigint };
  policyId: bigint;
  /** Whole tokens; zero for none. */
  cap: bigint;
  operators: Set<string>;
  /** As last set: a suspension lapses without a trace. */
  status: MerchantStatusName;
  suspendedUntil: bigint;
  runOff?: { readonly lastServiceAt: bigint; readonly noticeEndsAt: bigint };
  /** The last default flag; `withdrawnAt` when it was taken back. */
  flag?: { readonly flaggedAt: bigint; readonly serviceStoppedAt: bigint; readonly windowEndsAt: bigint };
  /** The flag that was taken back. */
  withdrawn?: { readonly flaggedAt: bigint; readonly withdrawnAt: bigint };
  hadClosed: boolean;
  /** Length of the window of the next flag. */
  finalSettlement: bigint;
  /** Tokens accounted to the vault: what was paid in less what was paid out. */
  balance: bigint;
  capWarning?: WarningLevelName | undefined;
  complaintsWarning: boolean;
  /** The least that was outstanding when complaints were looked at, since the warning has been up. */
  complaintsAgainst: bigint;
  /** By holder: the last sum that was reported, and from when it can be reported again without being higher. */
  exposures: Map<string, { readonly principal: bigint; readonly repeatableFrom: bigint }>;
}

export interface Dispute {
  readonly kind: Exclude<DisputeKindName, "None">;
  /** What remained when a complaint was opened. */
  readonly value: bigint;
  readonly beganAt: bigint;
  readonly rulingFrom: bigint;
  readonly rulingUntil: bigint;
}

export interface Move {
  readonly to: string;
  readonly requestedAt: bigint;
  readonly notBefore: bigint;
  /** The naming it was asked for under, if a recovery address did. */
  readonly naming?: bigint;
}

export interface Card {
  readonly principal: bigint;
  /** An extension of a pass moves it. */
  openedAt: bigint;
  /** Whether cooling-off was over when the pass was extended. */
  coolingOffOver: boolean;
  consumed: bigint;
  /** Zero for none. A request that has lapsed is still written here. */
  exitRequestedAt: bigint;
  nonce: bigint;
  open: boolean;
  dispute?: Dispute | undefined;
  contestDismissed: boolean;
  move?: Move | undefined;
}

export interface EscrowState {
  policies: Map<bigint, Policy>;
  programs: Map<bigint, Program>;
  merchants: Map<bigint, Merchant>;
  cards: Map<string, Card>;
  /** From when a card's holder may complain again. */
  complaintFrom: Map<string, bigint>;
  /** The account a holder has named, and how often one was named. */
  recoveries: Map<string, { readonly account: string; readonly naming: bigint }>;
}
