/**
 * A subscription that goes on until it is killed, as a program of its own: `node --import tsx endlessWatching.ts`. It says `begun` on
 * standard output.
 */
import { JsonRpcProvider } from "ethers";

import { Subscription, openStore } from "../../src/watcher/index.js";

const { NODE, ESCROW, STORE, HOOK, SECRET, CONFIRMATIONS } = process.env as Readonly<Record<string, string>>;
const provider = new JsonRpcProvider(NODE, 31_337n, { staticNetwork: true, batchMaxCount: 1 });
const subscription = await Subscription.open({
  provider,
  contracts: { escrow: ESCROW! },
  fromBlock: 0,
  confirmations: Number(CONFIRMATIONS),
  window: 40,
  pollInterval: 2,
  longestWait: 4,
  store: await openStore(STORE!, { longestWait: 50 }),
  endpoints: [{ name: "desk", url: HOOK!, secret: SECRET!, firstWait: 1, longestWait: 4, tries: 1_000 }],
  signal: new AbortController().signal,
});
process.stdout.write("begun\n");
await subscription.run();
