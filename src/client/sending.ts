import { isError, keccak256 } from "ethers";

import type { Call } from "../actions/calls.js";
import type { ProviderLike, RequestLike, SignerLike, TransactionLike } from "./ethersLike.js";
import {
  GasMoneyShortError,
  NodeUnreachableError,
  OutcomeUnknownError,
  RejectedByUserError,
  SignerMissingError,
} from "./errors.js";
import { rpcCall, isUnsent } from "./rpc.js";

/** The most gas one transaction may have (EIP-7825). */
const GAS_CAP = 2n ** 24n;

/** What a transaction offers for its gas, in wei per unit. */
export type Fees =
  { readonly gasPrice: bigint } | { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** What is known of a transaction before it leaves. */
export interface PreparedTransaction {
  readonly from: string;
  readonly nonce: number;
  /** Missing where the wallet signs and sends in one step. */
  readonly hash?: string;
  /** The signed transaction, with which it can be sent again; missing where the wallet signs and sends in one step. */
  readonly raw?: string;
}

/** Where departures are kept, so that a transaction is not lost if the process ends while it is sent. */
export interface SendMemory {
  /** Called with all that is known before anything leaves, and again if the hash becomes known only after. */
  readonly remember: (departure: PreparedTransaction) => Promise<void>;
  /** Called if it is certain that nothing has left. */
  readonly forget: () => Promise<void>;
}

/** How a call is sent. */
export interface SendOptions {
  /**
   * The gas limit. Default: the call is tried first, and the limit is its estimate and a fifth.
   *
   * A call with a limit of the caller's is sent without being tried: fewer requests, but a refusal may cost gas.
   */
  readonly gasLimit?: bigint;
  /** Default: what the signer, or else the node, proposes. */
  readonly fees?: Fees;
  /** Default: the account's next one. Needed to send several transactions before the first is mined. */
  readonly nonce?: number;
  /** Called with the transaction's hash as soon as there is one. */
  readonly onSent?: (transactionHash: string) => void;
  /** Keeps the transaction before it leaves. */
  readonly memory?: SendMemory;
}

/** A transaction that has left. */
export interface SentTransaction {
  readonly call: Call;
  readonly from: string;
  readonly hash: string;
  /** The nonce, if it was chosen before the transaction left. */
  readonly nonce?: number;
  /** The signed transaction; missing where the wallet sent it. */
  readonly raw?: string;
  /** The transaction as the signer answered it; a wallet behind JSON-RPC answers the hash alone. */
  readonly response?: TransactionLike;
  /** The chain's last block before it left, where a replacement is looked for from there. */
  readonly block?: number;
}

/** Who sends, and over which node. */
export interface Sender {
  readonly signer: SignerLike;
  readonly provider: ProviderLike;
  readonly chainId: bigint;
}

/**
 * The gas limit for an estimate: a fifth more, because the state may change until the transaction is mined. Gas that is not used is not
 * paid for.
 */
export function gasLimitFor(estimate: bigint): bigint {
  const limit = (estimate * 6n) / 5n;
  return estimate < GAS_CAP && limit > GAS_CAP ? GAS_CAP : limit;
}

/**
 * Sends a call and returns once the transaction has a hash, without waiting until it is mined.
 *
 * @param request The call, its sender and its gas limit.
 * @throws RejectedByUserError, GasMoneyShortError, and NodeUnreachableError if nothing can have left; OutcomeUnknownError if the node
 * broke off while taking it. With a memory the latter is a NodeUnreachableError as well: the memory has what is needed to look it up.
 */
export async function submit(
  sender: Sender,
  request: Call & { readonly from: string; readonly gasLimit: bigint },
  { fees, nonce, memory }: SendOptions,
): Promise<SentTransaction> {
  const { signer, provider } = sender;
  const { from, to, data, gasLimit } = request;
  const transaction = { to, data, gasLimit, ...fees, ...(nonce === undefined ? {} : { nonce }) };
  const about = { call: { to, data }, from };
  let hash: string | undefined;
  try {
    if (memory === undefined && (Boolean(signer.provider) || isWallet(signer))) {
      return await rpcCall(async () => ({ ...about, ...(await sendBySigner(signer, provider, transaction)) }), from);
    }
    const filled = { ...transaction, nonce: nonce ?? (await nextNonce(provider, from)) };
    const raw = await rpcCall(() => signedBy(sender, { ...filled, from }), from);
    const departure = { from, nonce: filled.nonce, ...(raw === undefined ? {} : { raw, hash: keccak256(raw) }) };
    ({ hash } = departure);
    await memory?.remember(departure);
    if (raw !== undefined && hash !== undefined) {
      const response = await rpcCall(() => provider.broadcastTransaction(raw), from);
      return { ...about, nonce: filled.nonce, hash, raw, response };
    }
    const sent = await rpcCall(() => sendBySigner(signer, provider, filled), from);
    await memory?.remember({ from, nonce: filled.nonce, hash: sent.hash });
    return { ...about, nonce: filled.nonce, ...sent };
  } catch (error) {
    if (memory !== undefined) {
      if (error instanceof RejectedByUserError || error instanceof GasMoneyShortError) await memory.forget();
      throw error;
    }
    throw await explained(error, provider, request, hash);
  }
}

/** The signed transaction; `undefined` if the wallet keeps it to itself. */
export async function signedBy(
  { signer, provider, chainId }: Sender,
  request: Call & { readonly from: string; readonly gasLimit: bigint; readonly nonce: number } & Partial<Fees>,
): Promise<string | undefined> {
  // A node's or a browser's wallet: a request to sign alone would show its user something that cannot be done.
  if (isWallet(signer) || signer.signTransaction === undefined) return undefined;
  const fees = "gasPrice" in request || "maxFeePerGas" in request ? {} : await feesOf(provider);
  const filled = { ...request, ...fees, chainId };
  try {
    return await signer.signTransaction({ ...filled, type: "gasPrice" in filled ? 0 : 2 });
  } catch (error) {
    if (isError(error, "ACTION_REJECTED")) throw error;
    return undefined;
  }
}

/** A signer behind JSON-RPC: it signs and sends in one step, and answers the hash alone. */
type Wallet = SignerLike & Required<Pick<SignerLike, "sendUncheckedTransaction">>;

function isWallet(signer: SignerLike): signer is Wallet {
  return typeof signer.sendUncheckedTransaction === "function";
}

/**
 * Has a signer send a transaction, and returns as soon as it has a hash: ethers waits until a node knows what a wallet has sent,
 * without end, and a wallet may have a way of its own to the miners.
 */
async function sendBySigner(
  signer: SignerLike,
  provider: ProviderLike,
  request: RequestLike,
): Promise<Pick<SentTransaction, "hash" | "response" | "block">> {
  if (isWallet(signer)) {
    const block = await provider.getBlockNumber();
    return { hash: await signer.sendUncheckedTransaction(request), block };
  }
  if (signer.sendTransaction === undefined) throw new SignerMissingError();
  const response = await signer.sendTransaction(request);
  return { hash: response.hash, response };
}

async function nextNonce(provider: ProviderLike, from: string): Promise<number> {
  return await rpcCall(() => provider.getTransactionCount(from, "pending"));
}

/** What the node proposes. */
async function feesOf(provider: ProviderLike): Promise<Partial<Fees>> {
  const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await provider.getFeeData();
  if (maxFeePerGas !== null && maxPriorityFeePerGas !== null) return { maxFeePerGas, maxPriorityFeePerGas };
  return gasPrice === null ? {} : { gasPrice };
}

/** An error of sending; where the account is short of ether, one with the amount that is missing. */
async function explained(
  error: unknown,
  provider: ProviderLike,
  { from, gasLimit }: { readonly from: string; readonly gasLimit: bigint },
  hash: string | undefined,
): Promise<unknown> {
  if (error instanceof RejectedByUserError) return error;
  if (error instanceof NodeUnreachableError) {
    return isUnsent(error) ? error : new OutcomeUnknownError(hash, { cause: error });
  }
  const [balance, { maxFeePerGas, gasPrice }] = await rpcCall(() =>
    Promise.all([provider.getBalance(from), provider.getFeeData()]),
  );
  const needed = gasLimit * (maxFeePerGas ?? gasPrice ?? 0n);
  // A wallet may be paid for by somebody else, so that too little is no reason not to try.
  return balance < needed ? new GasMoneyShortError(from, { cause: error, balance, needed }) : error;
}
