import { writeFileSync } from "node:fs";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { readDeployments } from "./read.js";

/** Chain ids of local networks. */
const LOCAL = new Set([1337n, 31337n]);

/** `hardhat deployments`: writes the public deployments that Ignition keeps in deploy/deployments into the package's list. */
const collect: NewTaskActionFunction = (_, hre) => {
  const found = readDeployments(path.join(hre.config.paths.ignition, "deployments"));
  const lasting = [...found].filter(([chainId]) => !LOCAL.has(chainId));
  const file = path.join(hre.config.paths.root, "data", "deployments.json");
  const list = Object.fromEntries(lasting.map(([chainId, deployment]) => [chainId.toString(), deployment]));
  writeFileSync(file, `${JSON.stringify(list, undefined, 2)}\n`);
  console.log(`${lasting.length} public deployments written to data/deployments.json.`);
};

export default collect;
