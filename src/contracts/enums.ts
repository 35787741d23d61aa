/**
 * The enumerations of the contracts: each name, and its number on chain as a `bigint`.
 *
 * Source: `contracts/interfaces/IPrepaidEscrow.sol`, `contracts/interfaces/IDepositRegister.sol` and
 * `contracts/interfaces/IWarnings.sol`.
 */

/** The units of a program: money, visits or seconds. */
export const ProgramKind = { StoredValue: 0n, Count: 1n, Pass: 2n } as const;
export type ProgramKindName = keyof typeof ProgramKind;

/** The life of a merchant. */
export const MerchantStatus = { None: 0n, Active: 1n, Suspended: 2n, RunOff: 3n, Closed: 4n, Defaulted: 5n } as const;
export type MerchantStatusName = keyof typeof MerchantStatus;

/** The life of a card. */
export const CardStatus = { None: 0n, Open: 1n, Closed: 2n } as const;
export type CardStatusName = keyof typeof CardStatus;

/** Why an item of a batch (a voucher, or a pass to accrue or to extend) was skipped. */
export const SkipReason = {
  Stale: 0n,
  CardNotOpen: 1n,
  OtherMerchant: 2n,
  OverFace: 3n,
  BadSignature: 4n,
  Pass: 5n,
  NotAPass: 6n,
  Waiting: 7n,
} as const;
export type SkipReasonName = keyof typeof SkipReason;

/** The rule that decides the refund of a card that closes. */
export const ExitRule = {
  None: 0n,
  CoolingOff: 1n,
  Unilateral: 2n,
  NoObjection: 3n,
  MerchantConsent: 4n,
  RunOff: 5n,
  Default: 6n,
  Ruling: 7n,
  RulingTimeout: 8n,
} as const;
export type ExitRuleName = keyof typeof ExitRule;

/** The subject of a dispute. */
export const DisputeKind = { None: 0n, Complaint: 1n, Contest: 2n } as const;
export type DisputeKindName = keyof typeof DisputeKind;

/** Why a claim of a batch was not paid. */
export const ClaimSkipReason = {
  NotListed: 0n,
  OverTotal: 1n,
  NothingDue: 2n,
  RecipientForbidden: 3n,
  Refused: 4n,
} as const;
export type ClaimSkipReasonName = keyof typeof ClaimSkipReason;

/** The subject of a warning. The escrow raises the first four, the deposit register the others. */
export const WarningKind = {
  CardOverLimit: 0n,
  HolderExposure: 1n,
  OutstandingCap: 2n,
  Complaints: 3n,
  DepositShort: 4n,
  SuretyExpiring: 5n,
  ReportOverdue: 6n,
} as const;
export type WarningKindName = keyof typeof WarningKind;

/** How serious a warning is. */
export const WarningLevel = { Notice: 0n, Warning: 1n } as const;
export type WarningLevelName = keyof typeof WarningLevel;

/**
 * The name of a number of an enumeration.
 *
 * @param values The enumeration.
 * @param value The number on chain.
 * @throws RangeError if the enumeration has no such number: the contract is newer than this package.
 */
export function nameOf<Name extends string>(values: Readonly<Record<Name, bigint>>, value: bigint): Name {
  for (const name in values) if (values[name] === value) return name;
  throw new RangeError(
    `${value} is none of ${Object.keys(values).join(", ")}: update this package to read this contract.`,
  );
}
