import path from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import type { Call } from "../../src/calls.js";
import { EscrowClient } from "../../src/client.js";
import type { Outcome } from "../../src/client.js";
import {
  GasMoneyShortError,
  NodeUnreachableError,
  OutcomeUnknownError,
  RejectedByUserError,
  SignerMissingError,
  TokenDomainUnknownError,
  TransactionFailedError,
  TransactionReplacedError,
  WrongContractError,
  WrongNetworkError,
  WrongSignerError,
} from "../../src/clientErrors.js";
import { DeploymentUnknownError, findDeployment } from "../../src/deployments.js";
import { RevertError, UnknownRevertError } from "../../src/errors.js";
import type { AnyRevertError } from "../../src/errors.js";
import { InvalidInputError } from "../../src/invalidInput.js";
import { formatAmount } from "../../src/units.js";
import { readDeployment } from "../deployments/read.js";
import { table } from "../story/text.js";
import { exitWith } from "./exit.js";

/** What every command takes. */
export interface CommonArguments {
  readonly escrow: string | undefined;
  readonly from: string | undefined;
  readonly json: boolean;
}

/** What every command that sends something takes. */
export interface WriteArguments extends CommonArguments {
  readonly dryRun: boolean;
}

/** What a command that reads answers: lines for people, values for programs. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** What a command that sends is about to do. */
export interface Plan {
  /** One sentence, without its point. */
  readonly intent: string;
  readonly call: Call;
  /** What has happened, in one sentence; the names of the events unless told otherwise. */
  readonly result?: (outcome: Outcome) => string;
}

/**
 * The exit code of a failure: 1 for a mistake in what was given, 2 where the contract refuses, 3 where node or wallet fail.
 * Nothing was sent with 1 and 2.
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
    ],
  ],
  [2, [RevertError, UnknownRevertError, TokenDomainUnknownError]],
  [3, [NodeUnreachableError, OutcomeUnknownError, RejectedByUserError, GasMoneyShortError]],
  [3, [TransactionFailedError, TransactionReplacedError]],
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

/** A command that sends one transaction: it says what it will do, tries it, prices it, and says what became of it. */
export function writing<Arguments extends WriteArguments>(
  plan: (client: EscrowClient, args: Arguments) => Promise<Plan>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  return command(async (client, args) => {
    const { intent, call, result = namesOfEvents } = await plan(client, args);
    const say = (line: string): void => {
      if (!args.json) print(line);
    };
    say(`${intent}.`);
    const { from, gas, fee } = await client.simulateCall(call);
    if (args.dryRun) {
      say(`From ${from}, for ${gas} gas, now ${formatAmount(fee, 18)} ether. Nothing was sent.`);
      if (args.json) print(toJson({ intent, from, call, gas, fee, sent: false }));
      return;
    }
    const outcome = await client.send(call, (hash) => {
      say(`Transaction ${hash}`);
    });
    say(`${result(outcome)} (${outcome.gasUsed} gas, ${formatAmount(outcome.fee, 18)} ether).`);
    if (args.json) print(toJson({ intent, from, call, ...outcome, sent: true }));
  });
}

function command<Arguments extends CommonArguments>(
  run: (client: EscrowClient, args: Arguments) => Promise<void>,
): { readonly default: NewTaskActionFunction<Arguments> } {
  const action: NewTaskActionFunction<Arguments> = async (args, hre) => {
    try {
      await run(await connect(hre, args), args);
      return successfulResult();
    } catch (error) {
      const code = failures.find(([, kinds]) => kinds.some((kind) => error instanceof kind))?.[0];
      if (code === undefined || !(error instanceof Error)) throw error;
      const { name, message } = error;
      const { revert, fields } = error as Partial<AnyRevertError>;
      process.stderr.write(args.json ? `${toJson({ error: name, message, revert, fields })}\n` : `Error: ${message}\n`);
      exitWith(code);
      return errorResult(code);
    }
  };
  return { default: action };
}

/** The client on the chosen network, for the escrow that was given, was deployed from this folder, or came with the package. */
async function connect(hre: HardhatRuntimeEnvironment, { escrow, from }: CommonArguments): Promise<EscrowClient> {
  const { ethers } = await hre.network.getOrCreate();
  const { chainId } = await ethers.provider.getNetwork().catch((cause: unknown) => {
    // Hardhat found something else to be wrong, such as the chain's id.
    if (cause instanceof Error && cause.name === "HardhatError" && !/connect|timed out/i.test(cause.message))
      throw cause;
    throw new NodeUnreachableError({ cause });
  });
  const folder = path.join(hre.config.paths.ignition, "deployments", `chain-${chainId}`);
  const options = escrow === undefined ? (readDeployment(folder) ?? findDeployment(chainId)) : { escrow };
  const signer = from === undefined ? (await ethers.getSigners())[0] : await ethers.getSigner(from);
  return await EscrowClient.connect(signer ?? ethers.provider, options);
}

function namesOfEvents({ events }: Outcome): string {
  return events.length === 0 ? "Done" : events.map(({ name }) => name).join(", ");
}

/** What is known of one thing: a title, and lines of a name and a value. */
export function sheet(title: string, lines: readonly (readonly [name: string, value: string])[]): string {
  const columns = [
    { title, align: "left" },
    { title: "", align: "left", wraps: true },
  ] as const;
  return table(columns, lines, (head) => head);
}

/** `undefined` as an option that must be given. */
export function given(option: string, value: string | undefined): string {
  if (value === undefined) throw new InvalidInputError(`--${option}`, "missing", "a value", `give it with --${option}`);
  return value;
}

/** An option that is a whole number. */
export function wholeNumber(option: string, value: string): bigint {
  if (/^\d+$/.test(value)) return BigInt(value);
  throw new InvalidInputError(`--${option}`, value, "a whole number", "write it in digits");
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item), 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
