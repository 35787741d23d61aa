import type { IDepositRegister, IPrepaidEscrow } from "./abi.js";

/** The name of a function of the escrow. */
export type EscrowFunction = Parameters<IPrepaidEscrow["interface"]["getFunction"]>[0];

/** The name of a function of the deposit register. */
export type RegisterFunction = Parameters<IDepositRegister["interface"]["getFunction"]>[0];

/**
 * Role ids in the `AccessManager` of the escrow and the deposit register.
 *
 * OpenZeppelin defines the administrator's id. No role can move money.
 */
export const RoleId = {
  Admin: 0n,
  Regulator: 1n,
  Association: 2n,
  Reporter: 3n,
} as const;

/** A role that supervises merchants. */
export type SupervisionRole = Exclude<keyof typeof RoleId, "Admin">;

/** The name of each role on chain (`RoleLabel` events of the manager). */
export const roleLabels = {
  Regulator: "REGULATOR",
  Association: "ASSOCIATION",
  Reporter: "REPORTER",
} as const satisfies Record<SupervisionRole, string>;

/** The escrow's functions that need a role. The merchant's owner may call `startRunOff` as well. */
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
  Association: ["resolve", "resolveByExtension"],
  Reporter: [],
} as const satisfies Record<SupervisionRole, readonly EscrowFunction[]>;

/**
 * The deposit register's functions that need a role. The merchant's owner may call `reportOutstanding` as well; the owner and the
 * surety may call `objectToClaims`.
 */
export const supervisedRegisterFunctions = {
  Regulator: ["setRule", "objectToClaims"],
  Association: ["publishClaims"],
  Reporter: ["reportOutstanding"],
} as const satisfies Record<SupervisionRole, readonly RegisterFunction[]>;
