/**
 * The contracts' ABIs and the types generated from them. Everything in this folder takes them from here, so that the package
 * carries these interfaces and no other contract's code.
 */
export { IDepositRegister__factory } from "../../types/ethers-contracts/factories/contracts/interfaces/IDepositRegister__factory.js";
export { IPrepaidEscrow__factory } from "../../types/ethers-contracts/factories/contracts/interfaces/IPrepaidEscrow__factory.js";
export type { IDepositRegister } from "../../types/ethers-contracts/contracts/interfaces/IDepositRegister.js";
export type { IPrepaidEscrow } from "../../types/ethers-contracts/contracts/interfaces/IPrepaidEscrow.js";
export type { TypedContractEvent } from "../../types/ethers-contracts/common.js";
