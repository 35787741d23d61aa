import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";

import { commands } from "../../scripts/commands/tasks.js";

/** A network of which one knows no more than a node and the key of one account. */
export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  tasks: commands,
  paths: { ignition: "./deploy/nowhere" },
  networks: {
    any: { type: "http", chainType: "l1", url: configVariable("RPC_URL"), accounts: [configVariable("ACCOUNT_KEY")] },
  },
});
