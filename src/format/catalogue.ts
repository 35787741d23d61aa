import type { ExitRuleName, WarningKindName, WarningLevelName } from "../contracts/enums.js";

/*
 * The words of one language, as templates: `explainQuote`, `describeWarning` and `describeRights` decide what to say and fill them in.
 * Amounts, times and periods arrive written, by the caller's `Writer`.
 */

/** The languages that texts of this package come in. */
export type Language = "en" | "zh";

/** The parts of the sentence about a quote. */
export interface QuoteParts {
  readonly rule: Exclude<ExitRuleName, "None">;
  readonly refund: string;
  /** The discount that the merchant keeps; `undefined` if it keeps none. */
  readonly forfeited: string | undefined;
  readonly from: string;
  /** When the request lapses; `undefined` if it does not. */
  readonly until: string | undefined;
}

/** The parts of the sentence about a warning. */
export interface WarningParts {
  readonly merchantId: bigint;
  readonly kind: WarningKindName;
  readonly level: WarningLevelName;
  readonly observed: string;
  readonly limit: string;
}

/** The subject of a right. */
export type RightName =
  "confirm" | "regret" | "leave" | "delay" | "complain" | "closing" | "default" | "expiry" | "move";

/** The rules that decide a cardholder's rights. */
export interface RightParts {
  /** Whether the card is a pass, which is consumed by time. */
  readonly isPass: boolean;
  /** Price of the whole card without discount; `undefined` if the card has no discount. */
  readonly listPrice: string | undefined;
  readonly accrualDelay: string;
  /** `undefined` without a cooling-off period. */
  readonly coolingOff: string | undefined;
  readonly coolingOffRequiresUnused: boolean;
  readonly unilateralExit: boolean;
  readonly exitDelay: string;
  readonly rulingTimeout: string;
  readonly runOffNotice: string;
  readonly finalSettlement: string;
}

/** A right in a few words, and in a sentence or two. */
export type RightWords = readonly [title: string, text: string];

/** The words of one language. */
export interface Catalogue {
  readonly language: Language;
  /** For a card that is not open. */
  readonly nothingToRefund: string;
  quote(parts: QuoteParts): string;
  warning(parts: WarningParts): string;
  /** In the order of presentation. */
  readonly rights: Readonly<Record<RightName, (parts: RightParts) => RightWords>>;
}
