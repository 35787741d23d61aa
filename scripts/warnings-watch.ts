import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { InvalidInputError } from "../src/invalidInput.js";
import { WatchError } from "../src/watcher/errors.js";

/** What `npm run watch -- ...` takes. */
interface WatchArguments {
  readonly escrow: string | undefined;
  readonly register: string | undefined;
  readonly from: string | undefined;
  readonly confirmations: string | undefined;
  readonly store: string | undefined;
  readonly jsonLines: boolean;
}

/** `npm run watch`: tells the warnings of the escrow and the deposit register until it is stopped. */
const watch: NewTaskActionFunction<WatchArguments> = async (args, hre) => {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const from = wholeNumber("--from", args.from);
    const confirmations = wholeNumber("--confirmations", args.confirmations);

    // What follows imports types that the first build makes.
    if (!existsSync(path.join(hre.config.paths.root, "types"))) {
      process.stderr.write("Building the contracts, once and for about a minute ...\n");
      await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
    }
    const { findDeployBlock, openSqliteStore } = await import("../src/watcher/index.js");
    const { tellWarnings } = await import("./warnings-watch/run.js");

    const { ethers, networkName, provider: node } = await hre.network.create();
    const provider = {
      send: async (method: string, params: readonly unknown[]): Promise<unknown> => {
        const answer: unknown = await node.request({ method, params });
        return answer;
      },
    };
    const contracts = await contractsOf(args, hre.config.paths.ignition, networkName, provider);
    const store = args.store === undefined ? undefined : await openSqliteStore(args.store);
    try {
      // A store that has a place needs no first block, and a node may have forgotten when the contracts came.
      const begun = (await store?.load()) !== undefined;
      const deployed = contracts.escrow ?? contracts.register ?? "";
      const first = from ?? (begun ? 0 : await findDeployBlock(provider, deployed));
      await tellWarnings(
        {
          provider,
          contracts,
          fromBlock: first,
          ...(confirmations === undefined ? {} : { confirmations }),
          ...(store === undefined ? {} : { store }),
          signal: abort.signal,
          onFault: (reason) => {
            const sentence =
              reason === undefined ? "The node answers again." : `The node fails (${reason}); trying again.`;
            process.stderr.write(`${sentence}\n`);
          },
        },
        args.jsonLines,
        ethers.provider,
        (line) => process.stdout.write(`${line}\n`),
      );
    } finally {
      await store?.close();
    }
    return successfulResult();
  } catch (error) {
    if (!(error instanceof WatchError || error instanceof InvalidInputError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    return errorResult();
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
};

export default watch;

/** A number that was typed. */
function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new InvalidInputError(option, value, "whole numbers from 0", "type digits only");
  return Number(value);
}

/** The contracts that were named, or else those that were deployed from here to the network. */
async function contractsOf(
  { escrow, register }: WatchArguments,
  folder: string,
  networkName: string,
  provider: { send(method: string, params: readonly unknown[]): Promise<unknown> },
): Promise<{ readonly escrow?: string; readonly register?: string }> {
  if (escrow !== undefined || register !== undefined) {
    return { ...(escrow === undefined ? {} : { escrow }), ...(register === undefined ? {} : { register }) };
  }
  const { WatchedNodeUnreachableError } = await import("../src/watcher/index.js");
  const { reasonOf } = await import("../src/watcher/errors.js");
  const chainId = await provider.send("eth_chainId", []).catch((error: unknown) => {
    throw new WatchedNodeUnreachableError(reasonOf(error));
  });
  const file = path.join(folder, "deployments", `chain-${Number(chainId)}`, "deployed_addresses.json");
  const deployed = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : {};
  const found = { escrow: deployed["Escrow#PrepaidEscrow"], register: deployed["Register#DepositRegister"] };
  if (found.escrow === undefined) {
    throw new WatchError(
      `Nothing was deployed from this folder to the network ${networkName} (chain ${Number(chainId)}). ` +
        "Next: choose a network with --network, or name the contracts with --escrow and --register.",
    );
  }
  return { escrow: found.escrow, ...(found.register === undefined ? {} : { register: found.register }) };
}
