import { IPrepaidEscrow__factory } from "../../../src/contracts/abi";

/** The escrow's interface, to say what a call does. */
export const escrowAbi = IPrepaidEscrow__factory.createInterface();
