import path from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";
import { Listr } from "listr2";

import { checksummed } from "../../src/client/rpc.js";
import type { Call } from "../../src/actions/calls.js";
import { EscrowClient } from "../../src/client/client.js";
import type { ClientOptions, Outcome } from "../../src/client/client.js";
import {
  GasMoneyShortError,
  NodeUnreachableError,
  OutcomeUnknownError,
  RejectedByUserError,
  SignerMissingError,
  StaleNonceError,
  TokenDomainUnknownError,
  TransactionDroppedError,
  TransactionFailedError,
  TransactionReplacedError,
  WrongContractError,
  WrongNetworkError,
  WrongSignerError,
} from "../../src/client/errors.js";
import { DeploymentUnknownError, deployments, findDeployment } from "../../src/contracts/deployments.js";
import type { Deployment } from "../../src/contracts/deployments.js";
import { RevertError, UnknownRevertError } from "../../src/contracts/reverts.js";
import type { AnyRevertError } from "../../src/contracts/reverts.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { PresetAmountError, PresetFieldError } from "../../src/presets/index.js";
import { formatAmount } from "../../src/utils/units.js";
import { readDeployment } from "./deployments/read.js";
import { requireLasting } from "./deployments/lasting.js";
import { exitWith } from "../terminal/exit.js";
import { FileUnwritableError } from "./files.js";
import { commandAfter } from "./hints.js";

/** The options of every command. */
export interface CommonArguments {
  readonly escrow: string | undefined;
  readonly register: string | undefined;
  readonly deployBlock: string | undefined;
  readonly from: string | undefined;
  readonly json: boolean;
}

/** The options of every command that sends transactions. */
export interface WriteArguments extends CommonArguments {
  readonly dryRun: boolean;
}

/** The output of a command: lines for people, values for programs. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** The transaction that a command will send. */
export interface Plan {
  /** One sentence without its full stop. */
  readonly intent: string;
  /** What speaks against it, one sentence without its full stop each. They are printed, and stop nothing. */
  readonly warnings?: readonly string[];
  readonly call: Call;
  /** The result in one sentence. Default: the names of the events. */
  readonly result?: (outcome: Outcome) => string;
}

/**
 * The exit code of a failure: 1 for wrong input, 2 for a refusal by a contract, 3 for a failure of node, wallet or disk. With 1 and 2
 * nothing was sent.
 */
type ExitCode = 1 | 2 | 3;

const failures: readonly (readonly [ExitCode, readonly (abstract new (...args: never[]) => Error)[]])[] = [
  [
    1,
    [
      InvalidInputError,
      DeploymentUnknownError,
      WrongContractError,
      WrongNetworkError,
      WrongSignerError,
      SignerMissingError,
      StaleNonceError,
      PresetAmountError,
      PresetFieldError,
    ],
  ],
  [2, [RevertError, UnknownRevertError, TokenDomainUnknownError]],
  [3, [NodeUnreachableError, OutcomeUnknownError, RejectedByUserError, GasMoneyShortError]],
  [3, [TransactionFailedError, TransactionReplacedError, TransactionDroppedError, FileUnwritableError]],
];

/** A command that reads. */
export function reading<Arguments extends CommonArguments>(
  answer: (client: EscrowClient, args: Arguments) => Promise<Answer>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  return command(async (client, args) => {
    const { text, data } = await answer(client, args);
    print(args.json ? toJson(data) : text);
  });
}

/** A command that sends one transaction. It prints its intent, tries the call, prints the cost, and prints the result. */
export function writing<Arguments extends WriteArguments>(
  plan: (client: EscrowClient, args: Arguments) => Promise<Plan>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  return command(async (client, args) => {
    const { intent, warnings = [], call, result = namesOfEvents } = await plan(client, args);
    const write = (line: string): void => {
      if (!args.json) print(line);
    };
    write(`${intent}.`);
    for (const warning of warnings) write(`Warning: ${warning}.`);
    const said = warnings.length === 0 ? {} : { warnings };
    const { from, gas, fee, balance } = await client.simulateCall(call);
    if (args.dryRun) {
      const short = balance < fee ? ` The account has ${formatAmount(balance, 18)} ether, which is too little.` : "";
      write(`From ${from}, for ${gas} gas, now ${formatAmount(fee, 18)} ether.${short} Nothing was sent.`);
      if (args.json) print(toJson({ intent, ...said, from, call, gas, fee, balance, sent: false }));
      return;
    }
    const onSent = (hash: string): void => {
      write(`Transaction ${hash}`);
    };
    const outcome = await client.send(call, { onSent });
    write(`${result(outcome)} (${outcome.gasUsed} gas, ${formatAmount(outcome.fee, 18)} ether).`);
    if (args.json) print(toJson({ intent, ...said, from, call, ...outcome, sent: true }));
  });
}

/** The transactions that a command will send. */
export interface SeriesPlan {
  /** One sentence, without its point. */
  readonly intent: string;
  /** Number of items, and the word for one. */
  readonly total: number;
  readonly item: string;
  /** Each call is built after the one before it was mined. */
  readonly calls: AsyncIterable<{ readonly call: Call; readonly count: number }>;
  /** The result of all transactions. */
  readonly result: (outcomes: readonly Outcome[]) => Answer;
}

/** A command that sends as many transactions as its items need. After a failure, repeating it sends the rest. */
export function series<Arguments extends WriteArguments>(
  plan: (client: EscrowClient, args: Arguments) => Promise<SeriesPlan>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  return command(async (client, args) => {
    const { intent, total, item, calls, result } = await plan(client, args);
    const write = (line: string): void => {
      if (!args.json) print(line);
    };
    write(`${intent}.`);
    const from = await client.account();
    if (args.dryRun) {
      let [transactions, gas, fee] = [0, 0n, 0n];
      for await (const { call } of calls) {
        const trial = await client.simulateCall(call);
        [transactions, gas, fee] = [transactions + 1, gas + trial.gas, fee + trial.fee];
      }
      const cost = `${counted(transactions, "transaction")}, ${gas} gas, now ${formatAmount(fee, 18)} ether`;
      write(`From ${from}, in ${cost}. Nothing was sent.`);
      if (args.json) print(toJson({ intent, from, transactions, gas, fee, sent: false }));
      return;
    }
    const outcomes: Outcome[] = [];
    const work = async (show: (line: string) => void): Promise<void> => {
      let done = 0;
      for await (const { call, count } of calls) {
        const onSent = (hash: string): void => {
          show(`Transaction ${hash}`);
        };
        const outcome = await client.send(call, { onSent });
        outcomes.push(outcome);
        done += count;
        show(`${done} of ${counted(total, item)}`);
      }
    };
    if (total > 0) await withProgress(counted(total, item), args.json, work);
    const { text, data } = result(outcomes);
    const transactions = outcomes.map(({ transactionHash, gasUsed, fee }) => ({ transactionHash, gasUsed, fee }));
    write(text);
    if (args.json) print(toJson({ intent, from, transactions, ...(data as object), sent: true }));
  });
}

/** Number of items in the first transaction of a series, before the gas of one is known. */
const SERIES_SIZE = 250;

/**
 * Divides items into calls by their gas.
 *
 * @param build The call for some of the items, and whether they are the last.
 * @param gas Most gas of one call.
 */
export async function* sized<Item>(
  client: EscrowClient,
  items: readonly Item[],
  gas: bigint,
  build: (items: readonly Item[], last: boolean) => Call,
): AsyncGenerator<{ readonly call: Call; readonly count: number }> {
  for (let start = 0; start < items.length;) {
    let count = Math.min(SERIES_SIZE, items.length - start);
    let call: Call;
    for (;;) {
      call = build(items.slice(start, start + count), start + count === items.length);
      const trial = await client.simulateCall(call);
      if (trial.gas <= gas || count === 1) break;
      count = Math.max(1, Math.min(count - 1, Math.floor((count * Number(gas)) / Number(trial.gas))));
    }
    yield { call, count };
    start += count;
  }
}

/** Shows the progress of long work: in one place on a terminal, otherwise line by line; nothing with JSON output. */
async function withProgress(
  title: string,
  silent: boolean,
  work: (show: (line: string) => void) => Promise<void>,
): Promise<void> {
  const list = new Listr(
    [
      {
        title,
        task: async (_, task) => {
          await work((line) => {
            task.output = line;
          });
        },
        rendererOptions: { persistentOutput: true, outputBar: Infinity },
      },
    ],
    {
      // The command prints the error.
      rendererOptions: { showErrorMessage: false },
      renderer: silent ? "silent" : process.stdout.isTTY ? "default" : "simple",
      fallbackRenderer: "simple",
    },
  );
  await list.run();
}

function command<Arguments extends CommonArguments>(
  run: (client: EscrowClient, args: Arguments) => Promise<void>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  const action: NewTaskActionFunction<Arguments> = async (args, hre) => {
    let register: string | undefined;
    try {
      const client = await connect(hre, args);
      ({ register } = client);
      await run(client, args);
      return successfulResult();
    } catch (error) {
      const code = failures.find(([, kinds]) => kinds.some((kind) => error instanceof kind))?.[0];
      if (code === undefined || !(error instanceof Error)) throw error;
      const { name, message } = error;
      const { revert, fields } = error as Partial<AnyRevertError>;
      const command = commandAfter(error, register, hre.globalOptions.network);
      const sentence = `Error: ${message}${command === undefined ? "" : ` Command: ${command}.`}\n`;
      process.stderr.write(args.json ? `${toJson({ error: name, message, revert, fields, command })}\n` : sentence);
      exitWith(code);
      return errorResult(code);
    }
  };
  return { default: action };
}

/** The client on the chosen network, for the escrow that was given, deployed from this folder, or published with the package. */
async function connect(hre: HardhatRuntimeEnvironment, args: CommonArguments): Promise<EscrowClient> {
  const { ethers, networkConfig, networkName } = await hre.network.getOrCreate();
  const { chainId } = await ethers.provider.getNetwork().catch((cause: unknown) => {
    // Hardhat has found another mistake, such as a wrong chain id.
    if (cause instanceof Error && cause.name === "HardhatError" && !/connect|timed out/i.test(cause.message))
      throw cause;
    throw new NodeUnreachableError({ cause });
  });
  const meant = networkConfig.chainId === undefined ? chainId : BigInt(networkConfig.chainId);
  if (meant !== chainId) throw new WrongNetworkError(chainId, meant);
  if (networkConfig.type === "edr-simulated") requireLasting(networkName, await ethers.provider.getBlockNumber());
  const folder = path.join(hre.config.paths.ignition, "deployments", `chain-${chainId}`);
  const options = whereabouts(args, chainId, readDeployment(folder) ?? deployments.get(chainId));
  const from = args.from === undefined ? undefined : checksummed("--from", args.from);
  const signer = from === undefined ? (await ethers.getSigners())[0] : await ethers.getSigner(from);
  return await EscrowClient.connect(signer ?? ethers.provider, options);
}

/** The addresses of the contracts. Given ones take precedence over known ones. */
function whereabouts(args: CommonArguments, chainId: bigint, known: Deployment | undefined): ClientOptions {
  const { register, deployBlock } = args;
  const given = {
    ...(register === undefined ? {} : { register }),
    ...(deployBlock === undefined ? {} : { deployBlock: Number(wholeNumber("deploy-block", deployBlock)) }),
  };
  if (args.escrow === undefined) return { ...(known ?? findDeployment(chainId)), ...given };
  const escrow = checksummed("--escrow", args.escrow);
  return { ...(known?.escrow === escrow ? known : { escrow }), ...given };
}

function namesOfEvents({ events }: Outcome): string {
  return events.length === 0 ? "Done" : events.map(({ name }) => name).join(", ");
}

/** A number of things in words: "1 card", "2 cards", "3 passes". */
export function counted(count: number, item: string): string {
  return `${count} ${item}${count === 1 ? "" : item.endsWith("s") ? "es" : "s"}`;
}

/** The value of an option that must be given. */
export function given(option: string, value: string | undefined): string {
  if (value === undefined) throw new InvalidInputError(`--${option}`, "missing", "a value", `give it with --${option}`);
  return value;
}

/** An option that is a whole number. */
export function wholeNumber(option: string, value: string): bigint {
  if (/^\d+$/.test(value)) return BigInt(value);
  throw new InvalidInputError(`--${option}`, value, "a whole number", "write it in digits");
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item), 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
