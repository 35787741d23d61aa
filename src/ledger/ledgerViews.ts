import type {
  CardView,
  DisputeView,
  ExitQuote,
  MerchantView,
  MoveView,
  PoolView,
  ProgramView,
  WarningView,
} from "../contracts/views.js";
import type { DepositView, DistributionView, RuleView, SuretyView } from "../contracts/registerViews.js";

/** A merchant, its pool, and its operators. */
export interface LedgerMerchant {
  /** As registered. No view of the escrow returns it. */
  readonly metadataURI: string;
  readonly merchant: MerchantView;
  readonly pool: PoolView;
  /** The lasting warnings of the escrow that stand. */
  readonly warnings: readonly WarningView[];
  /** Addresses of the accounts that may settle for the merchant. */
  readonly operators: ReadonlySet<string>;
  /** Number of the merchant's open cards. */
  readonly openCards: number;
}

/** A card, its pending exit, its dispute, and its pending move. */
export interface LedgerCard {
  readonly merchantId: bigint;
  readonly card: CardView;
  /** Principal not yet released, in token base units. */
  readonly remaining: bigint;
  /**
   * When the pending exit becomes executable without anybody's consent, and when it lapses, in Unix seconds. Both are zero without
   * a pending exit, and while the exit is contested. That of a pass does not lapse.
   */
  readonly exit: Pick<ExitQuote, "executableAt" | "lapsesAt">;
  readonly dispute: DisputeView;
  readonly move: MoveView;
}

/** A merchant's account with the deposit register. */
export interface LedgerAccount {
  readonly rule: RuleView;
  /** The vault is the zero address until the first payment opens it. */
  readonly deposit: DepositView;
  /** The vault is the zero address until the first surety opens it. */
  readonly surety: SuretyView;
  readonly distribution: DistributionView;
  /** The lasting warnings of the register that stand. */
  readonly warnings: readonly WarningView[];
}

/** The whole state of the escrow and the deposit register at one moment, as their views would return it. */
export interface LedgerState {
  /** By merchant id. */
  readonly merchants: ReadonlyMap<bigint, LedgerMerchant>;
  /** By program id. */
  readonly programs: ReadonlyMap<bigint, ProgramView>;
  /** Metadata URI of each program, as published, by program id. No view of the escrow returns it. */
  readonly programURIs: ReadonlyMap<bigint, string>;
  /**
   * By card id. A card that the escrow deleted (a refund after a default or a run-off) is missing; if a complaint about it ended
   * without success before, an entry with `complaintFrom` alone stays.
   */
  readonly cards: ReadonlyMap<string, LedgerCard>;
  /** Recovery address of each holder that has named one, by holder. */
  readonly recoveries: ReadonlyMap<string, string>;
  /** By merchant id. */
  readonly accounts: ReadonlyMap<bigint, LedgerAccount>;
}
