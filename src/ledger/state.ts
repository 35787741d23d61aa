import { ZeroAddress, ZeroHash } from "ethers";

import type { WithdrawnFlag } from "../contracts/clock.js";
import type { DepositRule } from "../contracts/depositRule.js";
import type { MerchantStatusName, WarningKindName, WarningLevelName } from "../contracts/enums.js";
import type { EscrowEventArgs } from "../contracts/events.js";
import type { DisputeView, ProgramView } from "../contracts/views.js";

/*
 * The state that events build: rows in tables. Amounts are in token base units, times in Unix seconds. Rows change through
 * `changeMerchant` and its likes. The fields that are not `readonly` are the exception: nearly every event of a busy escrow writes
 * them, and writing them directly applies twice as many events a second.
 */

/** The operations on a table that the ledger needs. A `Map` has them. */
export interface Table<Key, Row> extends Iterable<readonly [Key, Row]> {
  get(key: Key): Row | undefined;
  set(key: Key, row: Row): unknown;
  delete(key: Key): boolean;
}

/** Every table of the ledger. */
export interface LedgerTables {
  /** By policy id. */
  readonly policies: Table<bigint, EscrowEventArgs<"PolicyAdded">["policy"]>;
  /** By merchant id. */
  readonly merchants: Table<bigint, MerchantRow>;
  /** By program id. */
  readonly programs: Table<bigint, ProgramRow>;
  /** By card id. */
  readonly cards: Table<string, CardRow>;
  /** When the next complaint about a card is accepted, after one without success, by card id. It outlives the card. */
  readonly complaintFrom: Table<string, bigint>;
  /** By holder. */
  readonly recoveries: Table<string, RecoveryRow>;
  /** By merchant id. A merchant without events of the register has no row. */
  readonly accounts: Table<bigint, AccountRow>;
}

/** When an event happened. */
export interface Moment {
  readonly blockNumber: number;
  /** Time of the block, in Unix seconds, if it is known. */
  readonly timestamp?: bigint;
}

/* ROWS */

/** The lasting warnings that stand, with their levels. */
export type StandingLevels = ReadonlyMap<WarningKindName, WarningLevelName>;

export interface MerchantRow {
  readonly metadataURI: string;
  readonly vault: string;
  readonly token: string;
  readonly owner: string;
  readonly payout: string;
  readonly nextPayout: Change | undefined;
  readonly nextOwner: Change | undefined;
  readonly policyId: bigint;
  readonly operators: ReadonlySet<string>;
  /** As the last event set it. A suspension lapses without an event. */
  readonly status: MerchantStatusName;
  readonly suspendedUntil: bigint;
  readonly lastServiceAt: bigint;
  readonly noticeEndsAt: bigint;
  readonly flag: Flag | undefined;
  readonly withdrawn: WithdrawnFlag | undefined;
  outstanding: bigint;
  balance: bigint;
  /** In whole tokens, not in base units. */
  readonly outstandingCap: bigint;
  readonly warnings: StandingLevels;
}

/** A change of an address that takes effect, or can be accepted, at `at`. */
interface Change {
  readonly to: string;
  readonly at: bigint;
}

/** A default flag. */
interface Flag {
  readonly flaggedAt: bigint;
  readonly serviceStoppedAt: bigint;
  readonly windowEndsAt: bigint;
}

export type ProgramRow = ProgramView & {
  readonly exitDelay: bigint;
  /** In seconds; for a pass the policy's share of its term may be the longer one. */
  readonly coolingOff: bigint;
  readonly metadataURI: string;
};

export interface CardRow {
  readonly principal: bigint;
  readonly openedAt: bigint;
  readonly merchantId: bigint;
  readonly open: boolean;
  /** In units of the card's program. */
  consumed: bigint;
  /** Principal released so far. */
  released: bigint;
  readonly exitRequestedAt: bigint;
  readonly nonce: bigint;
  readonly dispute: Pick<DisputeView, "kind" | "value" | "rulingFrom" | "rulingUntil"> | undefined;
  readonly contestDismissed: boolean;
  readonly coolingOffOver: boolean;
  readonly move: MoveRow | undefined;
}

export interface MoveRow {
  readonly to: string;
  readonly by: string;
  readonly requestedAt: bigint;
  readonly executableAt: bigint;
  readonly exitDelay: bigint;
  /** If a recovery address requested the move: the number of its naming. Naming another address ends the move. */
  readonly naming: bigint | undefined;
}

export interface RecoveryRow {
  readonly account: string;
  /** How often the holder has named a recovery address, this time included. */
  readonly naming: bigint;
}

/** A reported balance and the date it is of. */
export interface Figure {
  readonly amount: bigint;
  readonly asOf: bigint;
}

export interface AccountRow {
  readonly deposit: bigint;
  readonly depositVault: string;
  readonly suretyVault: string;
  readonly rule: DepositRule;
  readonly ruleSince: bigint;
  readonly cureBy: bigint;
  readonly nextRule: { readonly rule: DepositRule; readonly at: bigint } | undefined;
  /** Since when the rule demands reports. */
  readonly reportsSince: bigint;
  readonly reported: Figure;
  /** Lower figures of the owner that are not yet in force, soonest first. */
  readonly waiting: readonly (Figure & { readonly actsAt: bigint })[];
  /**
   * Set by an owner's `OutstandingReported`, for the `ReportedFiguresSet` of the same call: that event has the amounts and the times
   * of the figures, but not the date of a waiting one.
   */
  readonly justReported: Figure | undefined;
  readonly ownerAsOf: bigint;
  readonly certified: Figure;
  readonly named: string;
  readonly party: string;
  readonly surety: bigint;
  readonly suretyEndsAt: bigint;
  readonly warnings: StandingLevels;
  readonly claimsOpen: boolean;
  /** Of the first default flag, and of a second one after the first was withdrawn. */
  readonly distributions: readonly [DistributionRow, DistributionRow];
}

export interface DistributionRow {
  readonly root: string;
  readonly claims: bigint;
  readonly publishedAt: bigint;
  readonly objectedAt: bigint;
  readonly objections: bigint;
  readonly counted: bigint;
  readonly paid: bigint;
  readonly drawn: bigint;
  readonly suretyFree: boolean;
}

/* EMPTY ROWS */

export const NO_RULE: DepositRule = {
  bps0: 0n,
  threshold1: 0n,
  bps1: 0n,
  threshold2: 0n,
  bps2: 0n,
  reportDays: 0n,
};

const NO_DISTRIBUTION: DistributionRow = {
  root: ZeroHash,
  claims: 0n,
  publishedAt: 0n,
  objectedAt: 0n,
  objections: 0n,
  counted: 0n,
  paid: 0n,
  drawn: 0n,
  suretyFree: false,
};

const NO_ACCOUNT: AccountRow = {
  deposit: 0n,
  depositVault: ZeroAddress,
  suretyVault: ZeroAddress,
  rule: NO_RULE,
  ruleSince: 0n,
  cureBy: 0n,
  nextRule: undefined,
  reportsSince: 0n,
  reported: { amount: 0n, asOf: 0n },
  waiting: [],
  justReported: undefined,
  ownerAsOf: 0n,
  certified: { amount: 0n, asOf: 0n },
  named: ZeroAddress,
  party: ZeroAddress,
  surety: 0n,
  suretyEndsAt: 0n,
  warnings: new Map(),
  claimsOpen: false,
  distributions: [NO_DISTRIBUTION, NO_DISTRIBUTION],
};

/** Tables without a row, in memory. */
export function emptyState(): LedgerTables {
  return {
    policies: new Map(),
    merchants: new Map(),
    programs: new Map(),
    cards: new Map(),
    complaintFrom: new Map(),
    recoveries: new Map(),
    accounts: new Map(),
  };
}

/* READING */

/**
 * The row of a key.
 *
 * @param what What the key stands for, in the error's sentence.
 * @throws RangeError if there is none: an earlier event is missing.
 */
export function known<Key, Row>(table: Table<Key, Row>, key: Key, what: string): Row {
  const row = table.get(key);
  if (row !== undefined) return row;
  throw new RangeError(
    `No event before this one names ${what} ${String(key)}. Next: read the events from the deployment on.`,
  );
}

export function merchantOf({ merchants }: LedgerTables, merchantId: bigint): MerchantRow {
  return known(merchants, merchantId, "merchant");
}

export function cardOf({ cards }: LedgerTables, cardId: string): CardRow {
  return known(cards, cardId, "card");
}

export function accountOf({ accounts }: LedgerTables, merchantId: bigint): AccountRow {
  return accounts.get(merchantId) ?? NO_ACCOUNT;
}

/** The distribution of the default flag that stands, or of the next one. */
export function distributionOf(state: LedgerTables, merchantId: bigint): DistributionRow {
  const [first, second] = accountOf(state, merchantId).distributions;
  return isSecondFlag(state, merchantId) ? second : first;
}

function isSecondFlag({ merchants }: LedgerTables, merchantId: bigint): boolean {
  return merchants.get(merchantId)?.withdrawn !== undefined;
}

/* WRITING */

export function changeMerchant(state: LedgerTables, merchantId: bigint, change: Partial<MerchantRow>): void {
  Object.assign(merchantOf(state, merchantId), change);
}

export function changeCard(state: LedgerTables, cardId: string, change: Partial<CardRow>): void {
  Object.assign(cardOf(state, cardId), change);
}

export function changeAccount(state: LedgerTables, merchantId: bigint, change: Partial<AccountRow>): void {
  const row = state.accounts.get(merchantId);
  if (row === undefined) state.accounts.set(merchantId, { ...NO_ACCOUNT, ...change });
  else Object.assign(row, change);
}

/** Changes the distribution of the default flag that stands, or of the next one. */
export function changeDistribution(state: LedgerTables, merchantId: bigint, change: Partial<DistributionRow>): void {
  const [first, second] = accountOf(state, merchantId).distributions;
  changeAccount(state, merchantId, {
    distributions: isSecondFlag(state, merchantId)
      ? [first, { ...second, ...change }]
      : [{ ...first, ...change }, second],
  });
}
