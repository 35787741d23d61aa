import { Contract, Interface, isError } from "ethers";
import type { Result } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "../contracts/abi.js";
import type { Call } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
import { AllowanceShortError, BalanceShortError, RoleMissingError, TokenRefusedError } from "./errors.js";
import { RevertError, UnknownRevertError, findRevert, isRevert } from "../contracts/reverts.js";
import type { RevertName } from "../contracts/reverts.js";
import { runnerOf } from "./ethersLike.js";
import type { ProviderLike } from "./ethersLike.js";
import { scanLogs } from "./logs.js";
import type { EscrowReader } from "./reader.js";
import { RoleId, roleLabels } from "../contracts/roles.js";
import type { SupervisionRole } from "../contracts/roles.js";

/*
 * A contract's refusal has the values of its own check only. If the cause is a role or the token, this file reads from the chain who has
 * the role, or how much is missing.
 */

/** Blocks before the escrow's deployment in which its roles may have been granted. */
const BEFORE_ESCROW = 10_000;

/** Blocks before the newest in which grants are looked for: reading more would delay the error. */
const FARTHEST = 500_000;

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const registerAbi = IDepositRegister__factory.createInterface();
const transferAbi = new Interface(["function transfer(address to, uint256 value) returns (bool)"]);
const managedAbi = ["function authority() view returns (address)"];
const managerAbi = new Interface([
  "function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)",
  "function hasRole(uint64 roleId, address account) view returns (bool isMember, uint32 executionDelay)",
  "event RoleGranted(uint64 indexed roleId, address indexed account, uint32 delay, uint48 since, bool newMember)",
]);

/** A payment to a merchant: `amount` in token base units. */
interface Payment {
  readonly merchantId: bigint;
  readonly amount: bigint;
  /** Whether the call carries a permit, which gives the allowance. */
  readonly permitted?: boolean;
}

/**
 * Adds to a refusal what the chain shows about its cause. Any other error is returned as it is.
 *
 * @param reader Reads the chain.
 * @param request The call that was refused.
 * @param error The error that was thrown.
 */
export async function refusalOf(
  reader: EscrowReader,
  request: Call & { readonly from: string },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof RevertError || error instanceof UnknownRevertError)) return error;
  try {
    if (isRevert(error, "AccessManagedUnauthorized")) return await roleMissing(reader, request, error);
    if (!isOfToken(error)) return error;
    return (await shortfall(reader, request, error)) ?? (await blockedBy(reader, request, error)) ?? error;
  } catch {
    // The node did not answer. The refusal itself is still known.
    return error;
  }
}

/**
 * The accounts that have a role in the escrow's role manager, found by its `RoleGranted` events.
 *
 * @param role The role's number.
 * @param fromBlock Grants before this block are not seen.
 */
export async function roleHolders(
  provider: ProviderLike,
  manager: string,
  role: bigint,
  fromBlock: number,
): Promise<string[]> {
  const contract = new Contract(manager, managerAbi, runnerOf(provider));
  const topics = managerAbi.encodeFilterTopics("RoleGranted", [role]);
  const logs = await scanLogs(provider, { address: manager, topics, fromBlock });
  const granted = new Set(logs.map((log) => String(managerAbi.parseLog(log)?.args.account)));
  const holders: string[] = [];
  for (const account of granted) {
    const [isMember] = (await contract.getFunction("hasRole").staticCall(role, account)) as [boolean, bigint];
    if (isMember) holders.push(account);
  }
  return holders;
}

async function roleMissing(
  { provider, deployBlock }: EscrowReader,
  { to, data, from }: Call & { readonly from: string },
  cause: Error,
): Promise<RoleMissingError> {
  const manager = (await new Contract(to, managedAbi, runnerOf(provider))
    .getFunction("authority")
    .staticCall()) as string;
  const contract = new Contract(manager, managerAbi, runnerOf(provider));
  const role = (await contract.getFunction("getTargetFunctionRole").staticCall(to, data.slice(0, 10))) as bigint;
  const fromBlock = Math.max(deployBlock - BEFORE_ESCROW, (await provider.getBlockNumber()) - FARTHEST, 0);
  const [name] = Object.entries(RoleId).find(([, id]) => id === role) ?? [];
  const label = name === undefined ? String(role) : name === "Admin" ? "ADMIN" : roleLabels[name as SupervisionRole];
  return new RoleMissingError(from, label, await roleHolders(provider, manager, role, fromBlock), { cause });
}

/** Errors of a transfer that failed, by the token or by the library that calls it. */
const tokenErrors: readonly RevertName[] = [
  "ERC20InsufficientAllowance",
  "ERC20InsufficientBalance",
  "SafeERC20FailedOperation",
  "Error",
  "Panic",
];

/** Whether a refusal may come from the token. */
function isOfToken(error: RevertError | UnknownRevertError): boolean {
  return error instanceof UnknownRevertError || tokenErrors.includes(error.revert);
}

/** The error for a balance or an allowance that is too small; `undefined` if both are enough, or the call is no payment. */
async function shortfall(
  reader: EscrowReader,
  { to, data, from }: Call & { readonly from: string },
  cause: Error,
): Promise<RevertError | undefined> {
  const payment = to === reader.escrow ? await purchaseIn(reader, data) : depositIn(data);
  if (payment === undefined) return undefined;
  const { address } = await reader.tokenOf(payment.merchantId);
  const [token, balance, allowance] = await Promise.all([
    reader.token(address),
    reader.balance(address, from),
    reader.allowance(address, from, to),
  ]);
  const needed = payment.amount;
  if (balance < needed) return new BalanceShortError(token, { sender: from, balance, needed }, { cause });
  if (allowance < needed && payment.permitted !== true) {
    return new AllowanceShortError(from, token, { spender: to, allowance, needed }, { cause });
  }
  return undefined;
}

async function purchaseIn(reader: EscrowReader, data: string): Promise<Payment | undefined> {
  const parsed = escrowAbi.parseTransaction({ data });
  if (parsed === null || !["buy", "buyPass", "buyWithPermit"].includes(parsed.name)) return undefined;
  const permitted = parsed.name === "buyWithPermit";
  const args: Result = permitted ? (parsed.args[0] as Result) : parsed.args;
  const { programId, principal } = args.toObject() as { programId: bigint; principal: bigint };
  return { merchantId: (await reader.program(programId)).merchantId, amount: principal, permitted };
}

function depositIn(data: string): Payment | undefined {
  const parsed = registerAbi.parseTransaction({ data });
  if (parsed?.name !== "deposit" && parsed?.name !== "placeSurety") return undefined;
  return parsed.args.toObject() as { merchantId: bigint; amount: bigint };
}

/** Finds the account of a call that the token refuses, by trying each; undefined if it refuses none. */
async function blockedBy(
  reader: EscrowReader,
  request: Call & { readonly from: string },
  cause: Error,
): Promise<TokenRefusedError | undefined> {
  const parties = await partiesOf(reader, request);
  if (parties === undefined) return undefined;
  const { vault, token: address, payout } = await reader.merchant(parties.merchantId);
  const token = await reader.token(address);
  if (!(await moves(reader, address, vault, reader.escrow))) return new TokenRefusedError(token, undefined, { cause });
  for (const account of new Set([...parties.accounts, payout])) {
    const moved = (await moves(reader, address, vault, account)) && (await moves(reader, address, account, vault));
    if (!moved) return new TokenRefusedError(token, account, { cause });
  }
  return undefined;
}

/** Whether a token would move one base unit, or zero from an empty account. It is tried by a call and not sent. */
async function moves(reader: EscrowReader, token: string, from: string, to: string): Promise<boolean> {
  const value = (await reader.balance(token, from)) > 0n ? 1n : 0n;
  try {
    const data = transferAbi.encodeFunctionData("transfer", [to, value]);
    const answer = await reader.provider.call({ to: token, from, data });
    // Some of the oldest tokens return nothing.
    return answer === "0x" || BigInt(answer) !== 0n;
  } catch (error) {
    if (findRevert(error) !== undefined || isError(error, "CALL_EXCEPTION")) return false;
    throw error;
  }
}

/** The merchant of a call, and the accounts whose tokens it may move. */
async function partiesOf(
  reader: EscrowReader,
  { to, data, from }: Call & { readonly from: string },
): Promise<{ readonly merchantId: bigint; readonly accounts: readonly string[] } | undefined> {
  const parsed = (to === reader.escrow ? escrowAbi : registerAbi).parseTransaction({ data });
  if (parsed === null) return undefined;
  const args = parsed.args.toObject() as Readonly<Record<string, unknown>>;
  const { programId } = (args.purchase ?? args) as { readonly programId?: bigint };
  const accounts = [from, args.payer, args.recipient].filter((account) => typeof account === "string");
  if (typeof args.merchantId === "bigint") return { merchantId: args.merchantId, accounts };
  if (programId !== undefined) return { merchantId: (await reader.program(programId)).merchantId, accounts };
  if (typeof args.cardId !== "string") return undefined;
  const card = decodeCardId(args.cardId);
  // A refund goes to its recipient, or else to the holder.
  const receivers = accounts.length > 1 ? accounts : [...accounts, card.holder];
  return { merchantId: (await reader.program(card.programId)).merchantId, accounts: receivers };
}
