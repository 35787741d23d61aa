import { ZeroAddress } from "ethers";

import type { WarningKindName } from "../contracts/enums.js";
import { lastingWarnings } from "../contracts/warnings.js";
import type { MerchantView, WarningView } from "../contracts/views.js";
import type { LedgerMerchant } from "./ledgerViews.js";
import type { LedgerTables, MerchantRow, StandingLevels } from "./state.js";

/** The open cards of a merchant, and its complaints. */
interface CardCounts {
  readonly openCards: number;
  readonly complaintCount: bigint;
  /** In token base units. */
  readonly complaintValue: bigint;
}

const NO_CARDS: CardCounts = { openCards: 0, complaintCount: 0n, complaintValue: 0n };

/** Counts the open cards and the complaints of each merchant that has any. */
export function countCards({ cards }: LedgerTables): ReadonlyMap<bigint, CardCounts> {
  const counts = new Map<bigint, CardCounts>();
  for (const [, { merchantId, open, dispute }] of cards) {
    if (!open) continue;
    const { openCards, complaintCount, complaintValue } = counts.get(merchantId) ?? NO_CARDS;
    const complained = dispute?.kind === "Complaint";
    counts.set(merchantId, {
      openCards: openCards + 1,
      complaintCount: complained ? complaintCount + 1n : complaintCount,
      complaintValue: complained ? complaintValue + dispute.value : complaintValue,
    });
  }
  return counts;
}

/**
 * A merchant as the escrow's views would return it.
 *
 * @param now In Unix seconds.
 */
export function merchantAt(row: MerchantRow, counts = NO_CARDS, now: bigint): LedgerMerchant {
  const { metadataURI, outstanding, balance, outstandingCap } = row;
  return {
    metadataURI,
    merchant: viewAt(row, counts, now),
    pool: { outstanding, balance, releasable: balance - outstanding, outstandingCap },
    warnings: standing(row.warnings),
    operators: new Set(row.operators),
    openCards: counts.openCards,
  };
}

function viewAt(row: MerchantRow, { complaintCount, complaintValue }: CardCounts, now: bigint): MerchantView {
  const { status, nextPayout, nextOwner, flag, withdrawn } = row;
  const payoutChanged = nextPayout !== undefined && now >= nextPayout.at;
  const pendingPayout = payoutChanged ? undefined : nextPayout;
  return {
    status: status === "Suspended" && now >= row.suspendedUntil ? "Active" : status,
    owner: row.owner,
    payout: payoutChanged ? nextPayout.to : row.payout,
    vault: row.vault,
    token: row.token,
    policyId: row.policyId,
    nextOwner: nextOwner?.to ?? ZeroAddress,
    ownershipAcceptableAt: nextOwner?.at ?? 0n,
    nextPayout: pendingPayout?.to ?? ZeroAddress,
    payoutChangesAt: pendingPayout?.at ?? 0n,
    suspendedUntil: row.suspendedUntil,
    lastServiceAt: row.lastServiceAt,
    noticeEndsAt: row.noticeEndsAt,
    serviceStoppedAt: flag?.serviceStoppedAt ?? 0n,
    flaggedAt: (status === "Defaulted" ? flag?.flaggedAt : withdrawn?.flaggedAt) ?? 0n,
    windowEndsAt: flag?.windowEndsAt ?? 0n,
    withdrawnAt: withdrawn?.withdrawnAt ?? 0n,
    complaintCount,
    complaintValue,
  };
}

/** Warnings in the order of their kinds. */
export function standing(warnings: StandingLevels): WarningView[] {
  const kinds = Object.keys(lastingWarnings) as WarningKindName[];
  return kinds.flatMap((kind) => {
    const level = warnings.get(kind);
    return level === undefined ? [] : [{ kind, level }];
  });
}
