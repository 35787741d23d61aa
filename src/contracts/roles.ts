import type { IDepositRegister, IPrepaidEscrow } from "./abi.js";

/** The name of a function of the escrow. */
export type EscrowFunction = Parameters<IPrepaidEscrow["interface"]["getFunction"]>[0];

/** The name of a function of the deposit register. */
export type RegisterFunction = Parameters<IDepositRegister["interface"]["getFunction"]>[0];

/**
 * Role ids in the `AccessManager` that the escrow and the deposit register ask who may supervise.
 *
 * The administrator's id is OpenZeppelin's. No role can move anybody's money.
 */
export const RoleId = {
  Admin: 0n,
  Regulator: 1n,
  Association: 2n,
  Reporter: 3n,
} as const;

/** A role that is granted to those who supervise merchants. */
export type SupervisionRole = Exclude<keyof typeof RoleId, "Admin">;

/** What each role is called on chain (`RoleLabel` events of the manager). */
export const roleLabels = {
  Regulator: "REGULATOR",
  Association: "ASSOCIATION",
  Reporter: "REPORTER",
} as const satisfies Record<SupervisionRole, string>;

/** The escrow's functions that only the holders of a role may call. `startRunOff` is open to the merchant's owner as well. */
export const supervisedFunctions = {
  Regulator: [
    "addPolicy",
    "registerMerchant",
    "setMerchantPolicy",
    "setOutstandingCap",
    "suspend",
    "resume",
    "startRunOff",
    "flagDefault",
    "withdrawDefault",
  ],
  Association: ["resolve"],
  Reporter: [],
} as const satisfies Record<SupervisionRole, readonly EscrowFunction[]>;

/**
 * The deposit register's functions that only the holders of a role may call. `reportOutstanding` is open to the merchant's
 * owner as well, `objectToClaims` to the owner and the surety.
 */
export const supervisedRegisterFunctions = {
  Regulator: ["setRule", "objectToClaims"],
  Association: ["publishClaims"],
  Reporter: ["reportOutstanding"],
} as const satisfies Record<SupervisionRole, readonly RegisterFunction[]>;
