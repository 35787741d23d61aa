import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { InvalidInputError } from "../../../src/utils/invalidInput.js";
import { StoreFailedError, WatchError } from "../../../src/watcher/errors.js";
import { requireLasting } from "../deployments/lasting.js";
import { withExitCode } from "./failing.js";

/** The options of `npm run watch`. */
interface WatchArguments {
  readonly escrow: string | undefined;
  readonly register: string | undefined;
  readonly from: string | undefined;
  readonly confirmations: string | undefined;
  readonly store: string | undefined;
  readonly events: string | undefined;
  readonly webhook: string | undefined;
  readonly webhooks: string | undefined;
  readonly healthPort: string | undefined;
  readonly healthHost: string;
  readonly jsonLines: boolean;
  readonly once: boolean;
}

/** A node, by the method that the watcher calls. */
interface Node {
  send(method: string, params: readonly unknown[]): Promise<unknown>;
}

/** `npm run watch`: prints the warnings of the escrow and the deposit register until it is stopped. */
const watch: NewTaskActionFunction<WatchArguments> = async (args, hre) => {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await withExitCode(async () => {
      await run(args, hre, abort);
    });
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
};

export default watch;

async function run(args: WatchArguments, hre: HardhatRuntimeEnvironment, abort: AbortController): Promise<void> {
  const from = wholeNumber("--from", args.from);
  const confirmations = wholeNumber("--confirmations", args.confirmations);
  const port = wholeNumber("--health-port", args.healthPort);

  // The imports below need types that the first build generates.
  if (!existsSync(path.join(hre.config.paths.root, "types"))) {
    process.stderr.write("Building the contracts, once and for about a minute ...\n");
    await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
  }
  const { HealthServer, openStore } = await import("../../../src/node/index.js");
  const { MemoryStore, Subscription, findDeployBlock, readerOf } = await import("../../../src/watcher/index.js");
  const { endpointsOf, eventName } = await import("./endpoints.js");
  const { jsonLine, sentences } = await import("./lines.js");
  const { reportLine } = await import("./report.js");

  const endpoints = await endpointsOf(args.webhooks, args.webhook);
  const events = eventsOf(args.events)?.map(eventName);
  const { ethers, networkConfig, networkName, provider: node } = await hre.network.create();
  if (networkConfig.type === "edr-simulated" && args.escrow === undefined && args.register === undefined) {
    requireLasting(networkName, await ethers.provider.getBlockNumber());
  }
  const provider: Node = {
    send: async (method, params) => {
      const answer: unknown = await node.request({ method, params });
      return answer;
    },
  };
  const contracts = await contractsOf(args, hre.config.paths.ignition, networkName, provider);
  const store =
    args.store === undefined
      ? new MemoryStore()
      : await openStore(args.store, { onFault: faultOf("store"), signal: abort.signal });
  const health = port === undefined ? undefined : await HealthServer.open({ port, host: args.healthHost });
  try {
    // A store with a place needs no first block. The node may no longer have the logs of the deployment.
    const begun = args.store !== undefined && (await store.load()) !== undefined;
    const deployed = contracts.escrow ?? contracts.register ?? "";
    const line = args.jsonLines ? jsonLine : sentences(contracts.escrow, ethers.provider);
    const subscription = await Subscription.open({
      provider,
      contracts,
      fromBlock: from ?? (begun ? 0 : await findDeployBlock(provider, deployed)),
      ...(confirmations === undefined ? {} : { confirmations }),
      ...(events === undefined ? {} : { events }),
      store,
      endpoints,
      once: args.once,
      signal: abort.signal,
      onFault: faultOf("node"),
      onChainEvent: async (chainEvent) => {
        await print(await line(chainEvent), abort);
      },
      onDelivery: (report) => {
        health?.onDelivery(report);
        const text = reportLine(report);
        if (text !== undefined) process.stderr.write(`${text}\n`);
      },
    });
    health?.attach(subscription);
    if (health !== undefined) {
      process.stderr.write(`Health and metrics: http://${args.healthHost}:${health.port}/health and /metrics\n`);
    }
    const watched = Object.entries(contracts).map(([name, address]) => `${name} ${address}`);
    const end = args.once ? "up to now" : "Ctrl-C ends it";
    process.stderr.write(`Watching ${watched.join(" and ")} on ${networkName}; ${end}.\n`);
    const known = new Set(["default", ...endpoints.map(({ name }) => readerOf(name))]);
    for (const { name, waiting } of await store.readers()) {
      if (known.has(name)) continue;
      process.stderr.write(
        `The store keeps the place of "${name}", which was not asked for; ${waiting} events wait for it. ` +
          `Once it is not needed any more: npm run hh -- warnings forget "${name}" --store PLACE\n`,
      );
    }
    await subscription.run();
  } finally {
    await health?.close();
    await store.close();
  }
}

/** Prints on standard error when a fault begins and when it ends. */
function faultOf(what: "node" | "store"): (reason: string | undefined) => void {
  return (reason) => {
    const sentence =
      reason === undefined ? `The ${what} answers again.` : `The ${what} fails (${reason}); trying again.`;
    process.stderr.write(`${sentence}\n`);
  };
}

/** Writes a line, and waits until it is written: only then does the chain event count as delivered. */
async function print(line: string, abort: AbortController): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.once("error", reject);
    process.stdout.write(`${line}\n`, (error) => {
      process.stdout.off("error", reject);
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  }).catch((error: unknown) => {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    // The program that reads the output has ended.
    if (code === "EPIPE") abort.abort();
    throw new StoreFailedError("standard output", code);
  });
}

/** The events of the option `--events`. Default: the warnings; `undefined` for all. */
function eventsOf(value: string | undefined): readonly string[] | undefined {
  if (value === "all") return undefined;
  return value === undefined ? ["WarningRaised", "WarningCleared"] : value.split(",").map((name) => name.trim());
}

/** The value of an option that is a whole number. */
function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new InvalidInputError(option, value, "whole numbers from 0", "type digits only");
  return Number(value);
}

/** The contracts that were given, or those deployed from this folder to the network. */
async function contractsOf(
  { escrow, register }: WatchArguments,
  folder: string,
  networkName: string,
  provider: Node,
): Promise<{ readonly escrow?: string; readonly register?: string }> {
  if (escrow !== undefined || register !== undefined) {
    return { ...(escrow === undefined ? {} : { escrow }), ...(register === undefined ? {} : { register }) };
  }
  const { WatchedNodeUnreachableError } = await import("../../../src/watcher/index.js");
  const { reasonOf } = await import("../../../src/utils/faults.js");
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
