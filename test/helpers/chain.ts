import { network } from "hardhat";

/** The one chain a test process talks to. Fixtures bring it back to a known state, so tests do not disturb each other. */
export const { ethers, ignition, networkHelpers, provider } = await network.create();
