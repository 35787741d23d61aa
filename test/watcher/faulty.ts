import type { RpcProvider } from "../../src/watcher/index.js";
import { provider } from "../helpers/chain.js";

export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;
/** Answers instead of the node, or asks it with `ask`. */
export type Fault = (ask: Ask, method: string, params: readonly unknown[]) => Promise<unknown>;

/** The chain of these tests as a node answers. */
export const ask: Ask = async (method, params) => {
  const answer: unknown = await provider.request({ method, params });
  return answer;
};

/** A node in front of the chain of these tests that does what `fault` says; without one, a good node. */
export class FaultyNode implements RpcProvider {
  readonly asked: { readonly method: string; readonly params: readonly unknown[] }[] = [];

  constructor(public fault?: Fault) {}

  async send(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push({ method, params });
    return this.fault === undefined ? await ask(method, params) : await this.fault(ask, method, params);
  }

  /** The widest range of blocks asked for, each time. */
  get ranges(): number[] {
    return this.asked
      .filter(({ method, params }) => method === "eth_getLogs" && "fromBlock" in (params[0] as object))
      .map(({ params }) => {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        return Number(toBlock) - Number(fromBlock) + 1;
      });
  }
}

/** An error as ethers throws what a node answers. */
export function nodeError(code: number, message: string): Error {
  return Object.assign(new Error("could not coalesce error"), { code: "UNKNOWN_ERROR", error: { code, message } });
}
