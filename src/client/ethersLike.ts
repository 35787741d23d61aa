import type { ContractRunner, TypedDataDomain } from "ethers";

import type { RawLog } from "../contracts/events.js";

/*
 * What this package asks of a provider and of a signer. ethers' classes have private fields, so that TypeScript takes those of another
 * copy of ethers for strangers, and `instanceof` does too. These interfaces name the methods that are called, and nothing else.
 */

/** A call or a transaction, as far as it is known. */
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

/** A block's place and time. */
export interface BlockLike {
  readonly number: number;
  readonly hash: string | null;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** What became of a transaction. */
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
  /** The same, with the block from which a replacement is looked for. */
  replaceableTransaction(startBlock: number): TransactionLike;
}

/** Wei per unit of gas, as a node proposes it. */
export interface FeeDataLike {
  readonly gasPrice: bigint | null;
  readonly maxFeePerGas: bigint | null;
  readonly maxPriorityFeePerGas: bigint | null;
}

/** Which logs are asked for. */
export interface LogFilterLike {
  readonly address?: string | string[];
  readonly topics?: (string | string[] | null)[];
  readonly fromBlock?: number | "latest";
  readonly toBlock?: number | "latest";
}

/** A provider of ethers 6, from whichever copy, or anything with these methods. */
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
 * A signer of ethers 6, from whichever copy, or anything with these methods. It needs one way of sending at least:
 * `sendUncheckedTransaction` (a wallet behind JSON-RPC), `signTransaction` (a key), or `sendTransaction`.
 */
export interface SignerLike {
  /** Where `sendTransaction` sends to. Without one, what `signTransaction` signs is sent over the client's provider. */
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
  /** Signs and sends, and answers the hash as soon as there is one. */
  sendUncheckedTransaction?(request: RequestLike): Promise<string>;
}

/** A provider as ethers' `Contract` takes it, which calls `call` and nothing else of it as long as addresses are hexadecimal. */
export function runnerOf(provider: ProviderLike): ContractRunner {
  return provider as unknown as ContractRunner;
}
