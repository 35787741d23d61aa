import type {
  CardStatusName,
  DisputeKindName,
  ExitRuleName,
  MerchantStatusName,
  ProgramKindName,
  WarningKindName,
  WarningLevelName,
} from "./enums.js";

/*
 * The results of the contracts' views, as plain objects. Amounts in token base units, times in Unix seconds (zero: never, or not pending),
 * enumerations by name, addresses checksummed. The escrow's interface explains each field.
 */

/** A merchant as it stands now; `status` and `payout` are the effective ones. */
export interface MerchantView {
  readonly status: MerchantStatusName;
  readonly owner: string;
  readonly payout: string;
  readonly vault: string;
  readonly token: string;
  readonly policyId: bigint;
  readonly nextOwner: string;
  readonly ownershipAcceptableAt: bigint;
  readonly nextPayout: string;
  readonly payoutChangesAt: bigint;
  readonly suspendedUntil: bigint;
  readonly lastServiceAt: bigint;
  readonly noticeEndsAt: bigint;
  readonly serviceStoppedAt: bigint;
  readonly flaggedAt: bigint;
  readonly windowEndsAt: bigint;
  readonly withdrawnAt: bigint;
  readonly complaintCount: bigint;
  readonly complaintValue: bigint;
}

/** A merchant's pool. */
export interface PoolView {
  /** The value that holders can still use or take back. */
  readonly outstanding: bigint;
  /** Tokens accounted to the merchant's vault. */
  readonly balance: bigint;
  /** The amount that can be paid out: balance less outstanding, in the statuses that allow it. */
  readonly releasable: bigint;
  /** The regulator's cap, in whole tokens and not in base units; zero for none. */
  readonly outstandingCap: bigint;
}

/** A program of a merchant. */
export interface ProgramView {
  readonly merchantId: bigint;
  readonly policyId: bigint;
  readonly kind: ProgramKindName;
  readonly bearer: boolean;
  readonly retired: boolean;
  /** Zero for an open amount. */
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  /** Whether its cards can be left without a fee: the policy has none, or the merchant charges none. */
  readonly feeFree: boolean;
}

/** A card as booked. */
export interface CardView {
  readonly status: CardStatusName;
  readonly principal: bigint;
  /** In units of its program. */
  readonly consumed: bigint;
  /** When it began; for a pass bought in advance, when it will begin. An extension of a pass moves it. */
  readonly openedAt: bigint;
  readonly exitRequestedAt: bigint;
  readonly nonce: bigint;
  readonly disputed: boolean;
  readonly moving: boolean;
  /** Whether cooling-off was over when the pass was extended: the extension begins no second one. */
  readonly coolingOffOver: boolean;
}

/** A card's dispute; `kind` is `None` where there is none. */
export interface DisputeView {
  readonly kind: DisputeKindName;
  /** The remaining principal when a complaint was opened. */
  readonly value: bigint;
  readonly rulingFrom: bigint;
  readonly rulingUntil: bigint;
  /** From when the next complaint is accepted, after one that was dismissed, taken back or ended without a ruling. */
  readonly complaintFrom: bigint;
  readonly contestDismissed: boolean;
}

/** A card's pending move; `to` is the zero address where there is none. */
export interface MoveView {
  readonly to: string;
  readonly by: string;
  readonly executableAt: bigint;
  readonly lapsesAt: bigint;
}

/** A warning that stands. */
export interface WarningView {
  readonly kind: WarningKindName;
  readonly level: WarningLevelName;
}

/** The result of leaving: by the pending request, or by one made now, at the moment when it falls due. */
export interface ExitQuote {
  /** The rule that decides; `None` for a card that is not open. */
  readonly rule: ExitRuleName;
  /** Goes to the holder. */
  readonly refund: bigint;
  /** The discount taken back and the fee, which go to the merchant if the holder leaves at holder's cause. */
  readonly forfeited: bigint;
  /** The part of `forfeited` that is the policy's fee. */
  readonly fee: bigint;
  /** Value of the time of a pass that is not booked yet. It goes to the merchant. */
  readonly released: bigint;
  /** Units consumed, with the time of a pass counted to the request, or to the end of service if that is earlier. */
  readonly consumed: bigint;
  /** From when the refund can be paid: by the pending request, or by one made now. In a dispute, when the time to rule ends. */
  readonly executableAt: bigint;
  /** When that request lapses, or anyone can end the complaint; zero if neither happens, as for a pass. */
  readonly lapsesAt: bigint;
}
