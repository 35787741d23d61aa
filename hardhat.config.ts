import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { config as loadEnvFile } from "dotenv";
import { configVariable, defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

import { configuredPort } from "./scripts/commands/local/port.js";
import { tasks } from "./scripts/tasks.js";

// Configuration variables come from the environment, from `.env`, or from the encrypted keystore
// (`npm run hh -- keystore set NAME`). They are read only when a command uses them.
loadEnvFile({ quiet: true });

// One compiler and one set of settings for every build profile: what is tested is what is deployed, and a deployment
// finds the contracts compiled. The compiler is the npm package `solc`, so that nothing is downloaded outside the
// package registry. Hardhat knows a build by its settings: with a relative path a moved project keeps its build
// (scripts/solidity-hooks.ts makes it absolute).
const compiler = {
  version: "0.8.36",
  path: "node_modules/solc/soljson.js",
  isolated: false,
  toolVersionsInBuildInfo: true,
  settings: {
    optimizer: { enabled: true, runs: 800 },
    viaIR: true,
    evmVersion: "cancun",
  },
};

const solidityHooks: HardhatPlugin = {
  id: "solidity-hooks",
  hookHandlers: { solidity: () => import("./scripts/solidity-hooks.js") },
};

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers, solidityHooks],
  tasks,
  solidity: {
    profiles: { default: compiler, production: compiler },
    // Deployed as it is by deploy/modules/AccessManager.ts.
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  paths: {
    // Mocks are compiled like contracts so that TypeScript tests can deploy them; they stay out of `contracts/`.
    sources: { solidity: ["./contracts", "./test/mocks"] },
    tests: "./test",
    ignition: "./deploy",
  },
  coverage: { skipFiles: ["test/mocks/**"] },
  test: {
    mocha: {
      timeout: 120_000,
      forbidOnly: "CI" in process.env,
    },
  },
  networks: {
    // `allowUnlimitedContractSize` stays unset: that means false, and true under `--coverage`, whose instrumented code is larger.
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    localhost: { type: "http", chainType: "l1", url: `http://127.0.0.1:${configuredPort()}` },
    sepolia: {
      type: "http",
      chainType: "l1",
      chainId: 11155111,
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("DEPLOYER_PRIVATE_KEY")],
    },
  },
  verify: {
    etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") },
  },
});
