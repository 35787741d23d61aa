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
  readonly discount: string | undefined;
  /** The fee that the merchant keeps; `undefined` if it keeps none. */
  readonly fee: string | undefined;
  readonly from: string;
  /** When the request lapses, or anyone can end the complaint; `undefined` if neither happens. */
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

/** A fee for leaving after cooling-off. Shares are written as percentages. */
export interface FeeParts {
  /** For an unused card that is no pass; `undefined` if the shares decide it too. */
  readonly flat: string | undefined;
  /** Share of the price; `undefined` if there is none. */
  readonly ofPrice: string | undefined;
  /** Share of what remains at the list price; `undefined` if there is none. */
  readonly ofRest: string | undefined;
  /** The largest sum of the shares; `undefined` if it is half the price. */
  readonly most: string | undefined;
}

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
  /** Whether the days of a pass are left uncounted in cooling-off. */
  readonly coolingOffInFull: boolean;
  /** Share of the price that is the fee for leaving in cooling-off; `undefined` without one. */
  readonly coolingOffFee: string | undefined;
  /** `undefined` without a fee for leaving. */
  readonly fee: FeeParts | undefined;
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
