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

/** Fees of a transaction, in wei per unit of gas. */
export type Fees =
  { readonly gasPrice: bigint } | { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** A transaction before it is sent. */
export interface PreparedTransaction {
  readonly from: string;
  readonly nonce: number;
  /** Missing if the wallet signs and sends in one step. */
  readonly hash?: string;
  /** The signed transaction, which can be sent again; missing if the wallet signs and sends in one step. */
  readonly raw?: string;
}

/** Keeps transactions before they are sent, so that none is lost if the process ends meanwhile. */
export interface SendMemory {
  /** Called before the transaction is sent, and again if the hash is known only after. */
  readonly remember: (prepared: PreparedTransaction) => Promise<void>;
  /** Called if it is certain that nothing was sent. */
  readonly forget: () => Promise<void>;
}

/** Options for sending a call. */
export interface SendOptions {
  /**
   * The gas limit. Default: a fifth more than the estimate, after the call was tried.
   *
   * With a given limit the call is not tried: this saves requests, but a refusal may cost gas.
   */
  readonly gasLimit?: bigint;
  /** Default: proposed by the signer or the node. */
  readonly fees?: Fees;
  /** Default: the account's next one. Needed to send several transactions before the first is mined. */
  readonly nonce?: number;
  /** Called with the transaction's hash as soon as there is one. */
  readonly onSent?: (transactionHash: string) => void;
  /** Keeps the transaction before it is sent. */
  readonly memory?: SendMemory;
}

/** A transaction that was sent. */
export interface SentTransaction {
  readonly call: Call;
  readonly from: string;
  readonly hash: string;
  /** The nonce, if it was chosen before sending. */
  readonly nonce?: number;
  /** The signed transaction; missing if the wallet sent it. */
  readonly raw?: string;
  /** The transaction that the signer returned; missing for a wallet behind JSON-RPC, which returns the hash alone. */
  readonly response?: TransactionLike;
  /** The chain's newest block before sending: a replacement is looked for from there. */
  readonly block?: number;
}

/** A signer, and the node it sends over. */
export interface Sender {
  readonly signer: SignerLike;
  readonly provider: ProviderLike;
  readonly chainId: bigint;
}

/**
 * The gas limit for an estimate: a fifth more, because the state may change until the transaction is mined. Unused gas costs nothing.
 */
export function gasLimitFor(estimate: bigint): bigint {
  const limit = (estimate * 6n) / 5n;
  return estimate < GAS_CAP && limit > GAS_CAP ? GAS_CAP : limit;
}

/**
 * Sends a call and returns once the transaction has a hash, without waiting until it is mined.
 *
 * @param request The call, its sender and its gas limit.
 * @throws RejectedByUserError, GasMoneyShortError, or NodeUnreachableError if nothing was sent.
 * @throws OutcomeUnknownError if the connection broke while the transaction was sent. With a memory it is a NodeUnreachableError:
 * the transaction can be looked up by what the memory keeps.
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
    const prepared = { from, nonce: filled.nonce, ...(raw === undefined ? {} : { raw, hash: keccak256(raw) }) };
    ({ hash } = prepared);
    await memory?.remember(prepared);
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

/** Signs a transaction; `undefined` if the wallet cannot sign without sending. */
export async function signedBy(
  { signer, provider, chainId }: Sender,
  request: Call & { readonly from: string; readonly gasLimit: bigint; readonly nonce: number } & Partial<Fees>,
): Promise<string | undefined> {
  // A wallet of a node or a browser cannot sign without sending, and might still show its user the request.
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

/** A signer behind JSON-RPC: it signs and sends in one step, and returns the hash alone. */
type Wallet = SignerLike & Required<Pick<SignerLike, "sendUncheckedTransaction">>;

function isWallet(signer: SignerLike): signer is Wallet {
  return typeof signer.sendUncheckedTransaction === "function";
}

/**
 * Sends by a signer, and returns as soon as there is a hash. `sendTransaction` of ethers' JSON-RPC signer would wait until the node knows
 * the transaction, which never ends if the wallet sends to miners privately.
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

/** The fees that the node proposes. */
async function feesOf(provider: ProviderLike): Promise<Partial<Fees>> {
  const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await provider.getFeeData();
  if (maxFeePerGas !== null && maxPriorityFeePerGas !== null) return { maxFeePerGas, maxPriorityFeePerGas };
  return gasPrice === null ? {} : { gasPrice };
}

/** Turns an error of sending into one of this package: OutcomeUnknownError, or GasMoneyShortError with the missing amount. */
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
  // Checked only after a failure: somebody else may pay for the gas of a wallet.
  return balance < needed ? new GasMoneyShortError(from, { cause: error, balance, needed }) : error;
}
