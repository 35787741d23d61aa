import { Interface, ZeroHash, hexlify, randomBytes } from "ethers";
import type { ParamType } from "ethers";

import { IPrepaidEscrow__factory } from "../../../src/contracts/abi.js";
import { decodeEvents } from "../../../src/contracts/events.js";
import type { RawLog } from "../../../src/contracts/events.js";
import type { Benchmark } from "./figure.js";

/** Shares of the events in a merchant's day, in percent. Most are settled vouchers. */
const SHARES = [
  ["ConsumptionSettled", 60],
  ["PoolUpdated", 20],
  ["CardOpened", 10],
  ["PaidOut", 4],
  ["ConsumptionSkipped", 2],
  ["ExitRequested", 2],
  ["CardRefunded", 2],
] as const;
const LOGS = 20_000;
/** Number of accounts in the logs. */
const ACCOUNTS = 5_000;
const TURNS = 6;

/** Measures the events decoded in a second, in memory. */
const measureDecoding: Benchmark = (note) => {
  note(`decoding: ${LOGS} logs ...`);
  const logs = logsOfADay();
  const words = logs.reduce((sum, { topics, data }) => sum + topics.length - 1 + (data.length - 2) / 64, 0);
  const limit = {
    what: "one BigInt of 32 bytes for each of their words",
    value: rateOf(() => {
      for (let i = 0; i < words; i += 1) BigInt(logs[i % LOGS]?.topics[1] ?? "");
    }),
  };
  const value = rateOf(() => decodeEvents(logs));
  return Promise.resolve([{ what: "Events decoded, one core", value, unit: "per second", limit }]);
};

export default measureDecoding;

/** Logs a second, the best of several rounds. */
function rateOf(work: () => void): number {
  let best = Infinity;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const startedAt = performance.now();
    work();
    best = Math.min(best, performance.now() - startedAt);
  }
  return (LOGS * 1_000) / best;
}

function logsOfADay(): RawLog[] {
  const abi = new Interface(IPrepaidEscrow__factory.abi);
  const accounts = Array.from({ length: ACCOUNTS }, () => hexlify(randomBytes(20)));
  const fragments = SHARES.flatMap(([name, share]) => {
    const fragment = abi.getEvent(name);
    if (fragment === null) throw new Error(`The escrow has no event ${name}.`);
    return Array.from({ length: share }, () => fragment);
  });
  return Array.from({ length: LOGS }, (_, index) => {
    const fragment = fragments[(index * 37) % fragments.length];
    if (fragment === undefined) throw new RangeError("The shares are of a hundred.");
    const values = fragment.inputs.map((type) => valueOf(type, accounts[(index * 7) % ACCOUNTS] ?? ""));
    const { topics, data } = abi.encodeEventLog(fragment, values);
    return {
      address: accounts[0] ?? "",
      topics,
      data,
      blockNumber: 1,
      blockHash: ZeroHash,
      transactionHash: ZeroHash,
      index,
    };
  });
}

function valueOf({ type }: ParamType, account: string): unknown {
  if (type === "address") return account;
  if (type === "bytes32") return hexlify(randomBytes(32));
  // Enumerations have two values at least, ids and amounts are larger.
  return type === "uint8" ? 1n : BigInt(hexlify(randomBytes(4)));
}
