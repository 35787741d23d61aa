import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { isUnreachable } from "../../../src/client/rpc.js";
import { readDeployments } from "../deployments/read.js";

/**
 * `npm run deploy:local`: deploys afresh to the local node, without a question. If there was a deployment before, it prints which one is
 * replaced.
 */
const deployLocal: NewTaskActionFunction = async (_args, hre) => {
  const connection = await hre.network.create();
  const { networkConfig, networkName } = connection;
  if (networkConfig.type !== "http") {
    process.stderr.write(
      `Error: --network is ${networkName}, which ends with this command. Next: add --network localhost.\n`,
    );
    return errorResult();
  }
  let chainId: bigint;
  try {
    chainId = BigInt((await connection.provider.request({ method: "eth_chainId" })) as string);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const url = await networkConfig.url.getUrl();
    process.stderr.write(
      `Error: no node answers at ${url}. Next: npm run node, in a terminal of its own (LOCAL_PORT names another port).\n`,
    );
    return errorResult();
  }
  const before = readDeployments(path.join(hre.config.paths.ignition, "deployments")).get(chainId);
  if (before !== undefined) {
    process.stdout.write(
      `This deployment replaces the one of escrow ${before.escrow} on chain ${chainId}: commands use the new contracts, ` +
        "and cards of the old ones are found only with --escrow.\n",
    );
  }
  // Ignition asks for confirmation on chains other than Hardhat's own. A local node needs none.
  process.env.HARDHAT_IGNITION_CONFIRM_DEPLOYMENT ??= "true";
  process.env.HARDHAT_IGNITION_CONFIRM_RESET ??= "true";
  const modulePath = path.join(hre.config.paths.ignition, "modules", "LocalMoney.ts");
  await hre.tasks.getTask(["ignition", "deploy"]).run({ modulePath, reset: true });
  return process.exitCode === 1 ? errorResult() : successfulResult();
};

export default deployLocal;
