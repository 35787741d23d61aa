import { IPrepaidEscrow__factory } from "../../../../types/ethers-contracts/factories/contracts/interfaces/IPrepaidEscrow__factory";

/** The escrow's interface, to show what a call does. */
export const escrowAbi = IPrepaidEscrow__factory.createInterface();
