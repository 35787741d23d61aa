import type { RpcProvider } from "../../src/watcher/index.js";
import { HangUp, ask, nodeError, refusal } from "../helpers/http.js";
import type { Ask, Fault } from "../helpers/http.js";
import type { Random } from "../helpers/random.js";

/** A node in front of the chain of these tests that behaves as `fault` has it; without one, a good node. */
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

/** What a node answers that has not heard of the latest change: blocks and logs as they were. */
export async function remember(): Promise<Ask> {
  const head = Number(await ask("eth_blockNumber", []));
  const blocks = new Map<number, { hash: string }>();
  const logs = new Map<string, unknown>();
  for (let number = Math.max(0, head - 12); number <= head; number += 1) {
    const block = (await ask("eth_getBlockByNumber", [`0x${number.toString(16)}`, false])) as { hash: string };
    blocks.set(number, block);
    logs.set(block.hash, await ask("eth_getLogs", [{ blockHash: block.hash }]));
  }
  return async (method, params) => {
    if (method === "eth_blockNumber") return `0x${head.toString(16)}`;
    if (method === "eth_getBlockByNumber") {
      const number = Number(params[0]);
      return number > head ? null : (blocks.get(number) ?? (await ask(method, params)));
    }
    const { blockHash, address } = (params[0] ?? {}) as { blockHash?: string; address?: string[] };
    if (method !== "eth_getLogs" || blockHash === undefined) return await ask(method, params);
    const known = logs.get(blockHash) as { address: string }[] | undefined;
    if (known === undefined) throw nodeError(-32000, "unknown block");
    return known.filter((log) => address?.some((one) => one.toLowerCase() === log.address.toLowerCase()));
  };
}

/** A node, or several behind one address, on a bad day. */
export function badDay(random: Random, stale: () => Ask | undefined): Fault {
  /** Questions whose last answer had a log left out: no node does that to the same question twice on end. */
  const cut = new Set<string>();
  return async (ask, method, params) => {
    const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
    if (fromBlock !== undefined && Number(toBlock) - Number(fromBlock) >= 5) throw nodeError(-32005, "limit exceeded");
    if (random.chance(4n)) throw refusal(random.pick([429, 503]));
    if (random.chance(2n)) throw new HangUp();
    const other = stale();
    const answer = await (other !== undefined && random.chance(10n) ? other : ask)(method, params);
    if (method === "eth_getBlockByNumber" && random.chance(4n)) return null;
    if (method === "eth_blockNumber" && random.chance(10n)) return `0x${Math.max(0, Number(answer) - 3).toString(16)}`;
    if (method !== "eth_getLogs") return answer;
    const logs = answer as unknown[];
    const question = JSON.stringify(params);
    if (!cut.delete(question) && logs.length > 0 && random.chance(8n)) {
      cut.add(question);
      const left = Number(random.below(BigInt(logs.length)));
      return logs.filter((_, i) => i !== left);
    }
    return random.chance(20n) ? [...logs, ...logs].reverse() : logs;
  };
}
