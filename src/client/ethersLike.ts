import type { ContractRunner, TypedDataDomain } from "ethers";

import type { RawLog } from "../contracts/events.js";

/*
 * The methods of a provider and a signer that this package calls. ethers' classes have private fields, so neither TypeScript nor
 * `instanceof` accepts an object of another copy of ethers. These interfaces do.
 */

/** A call or a transaction request. */
export interface RequestLike {
  readonly to: string;
  readonly data: string;
  readonly from?: string;
  readonly nonce?: number;
  readonly type?: number;
  readonly chainId?: bigint;
  readonly gasLimit?: bigint;
  readonly gasPrice?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly maxPriorityFeePerGas?: bigint;
}

/** Number and time of a block. */
export interface BlockLike {
  readonly number: number;
  readonly hash: string | null;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** A transaction receipt. */
export interface ReceiptLike {
  readonly hash: string;
  readonly blockNumber: number;
  readonly status: number | null;
  readonly gasUsed: bigint;
  /** Wei. */
  readonly fee: bigint;
  readonly logs: readonly RawLog[];
}

/** A transaction that a node knows. */
export interface TransactionLike {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
  wait(confirmations?: number, timeout?: number): Promise<ReceiptLike | null>;
  /** The same, with the first block in which `wait` looks for a replacement. */
  replaceableTransaction(startBlock: number): TransactionLike;
}

/** The fees that a node proposes, in wei per unit of gas. */
export interface FeeDataLike {
  readonly gasPrice: bigint | null;
  readonly maxFeePerGas: bigint | null;
  readonly maxPriorityFeePerGas: bigint | null;
}

/** The filter of `eth_getLogs`. */
export interface LogFilterLike {
  readonly address?: string | string[];
  readonly topics?: (string | string[] | null)[];
  readonly fromBlock?: number | "latest";
  readonly toBlock?: number | "latest";
}

/** A provider of ethers 6, from any copy of it, or any object with these methods. */
export interface ProviderLike {
  getNetwork(): Promise<{ readonly chainId: bigint }>;
  getBlockNumber(): Promise<number>;
  getBlock(block: number | "latest"): Promise<BlockLike | null>;
  getBalance(account: string): Promise<bigint>;
  getCode(address: string): Promise<string>;
  getTransactionCount(account: string, block?: "latest" | "pending"): Promise<number>;
  getFeeData(): Promise<FeeDataLike>;
  call(request: RequestLike & { readonly blockTag?: number }): Promise<string>;
  estimateGas(request: RequestLike): Promise<bigint>;
  getLogs(filter: LogFilterLike): Promise<RawLog[]>;
  broadcastTransaction(raw: string): Promise<TransactionLike>;
  getTransaction(hash: string): Promise<TransactionLike | null>;
  getTransactionReceipt(hash: string): Promise<ReceiptLike | null>;
}

/**
 * A signer of ethers 6, from any copy of it, or any object with these methods. To send, it needs one of `sendUncheckedTransaction` (a
 * wallet behind JSON-RPC), `signTransaction` (a key) and `sendTransaction`.
 */
export interface SignerLike {
  /** The provider that `sendTransaction` uses. Without one, the client signs with `signTransaction` and sends over its own provider. */
  readonly provider?: ProviderLike | null;
  getAddress(): Promise<string>;
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, { name: string; type: string }[]>,
    message: Record<string, unknown>,
  ): Promise<string>;
  /** Signs, and does not send. */
  signTransaction?(request: RequestLike): Promise<string>;
  /** Signs and sends. */
  sendTransaction?(request: RequestLike): Promise<TransactionLike>;
  /** Signs and sends, and returns the hash as soon as there is one. */
  sendUncheckedTransaction?(request: RequestLike): Promise<string>;
}

/** A provider for ethers' `Contract`, which uses its `call` alone if all addresses are hexadecimal. */
export function runnerOf(provider: ProviderLike): ContractRunner {
  return provider as unknown as ContractRunner;
}
