/**
 * A subscription that goes on until it is killed, as a program of its own. Waits for its {@link EndlessOptions} as a line of
 * JSON on standard input and prints `begun`.
 */
import { FetchRequest, JsonRpcProvider } from "ethers";

import { Subscription } from "../../src/watcher/index.js";
import { openStore } from "../../src/node/index.js";

/** What is to be watched, and the webhook to send to. */
export interface EndlessOptions {
  readonly node: string;
  readonly escrow: string;
  readonly store: string;
  readonly hook: string;
  readonly secret: string;
  readonly fromBlock: number;
  readonly confirmations: number;
}

const line = await new Promise<string>((resolve) =>
  process.stdin.once("data", (part: Buffer) => {
    resolve(String(part));
  }),
);
const { node, escrow, store, hook, secret, fromBlock, confirmations } = JSON.parse(line) as EndlessOptions;
const request = new FetchRequest(node);
request.setThrottleParams({ slotInterval: 1 });
const provider = new JsonRpcProvider(request, 31_337n, { staticNetwork: true, batchMaxCount: 1 });
const subscription = await Subscription.open({
  provider,
  contracts: { escrow },
  fromBlock,
  confirmations,
  window: 40,
  pollInterval: 2,
  longestWait: 4,
  store: await openStore(store, { longestWait: 50 }),
  endpoints: [{ name: "desk", url: hook, secret, firstWait: 1, longestWait: 4, tries: 1_000 }],
  signal: new AbortController().signal,
});
process.stdout.write("begun\n");
await subscription.run();
