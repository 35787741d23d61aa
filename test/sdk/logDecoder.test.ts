import { expect } from "chai";
import { Interface, ZeroAddress, ZeroHash, getBytes, hexlify, toBeHex } from "ethers";
import type { EventFragment, ParamType } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "../../src/contracts/abi.js";
import { decodeEvent } from "../../src/contracts/events.js";
import { compileReader } from "../../src/contracts/logDecoder.js";
import { plain } from "../../src/utils/results.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";

const ROUNDS = 1;

const fragments = new Map<string, EventFragment>();
for (const { abi } of [IPrepaidEscrow__factory, IDepositRegister__factory]) {
  new Interface(abi).forEachEvent((fragment) => fragments.set(fragment.topicHash, fragment));
}
const abi = new Interface([...fragments.values()]);

interface Log {
  readonly topics: string[];
  readonly data: string;
}

/** A value of a type: the ends of its range, and what lies between. */
function valueOf({ type, components, arrayChildren }: ParamType, random: Random): unknown {
  if (arrayChildren !== null) throw new Error("No event has a list.");
  if (components !== null) return components.map((component) => valueOf(component, random));
  if (type === "string") return "é漢".repeat(Number(random.below(40n)));
  if (type === "bool") return random.below(2n) === 1n;
  const [, bits] = /^uint(\d+)$/.exec(type) ?? [];
  // Most numbers of 8 bits are enumerations, whose names are few.
  if (bits === "8") return random.below(9n);
  const bytes = type === "address" ? 20 : bits === undefined ? 32 : Number(bits) / 8;
  const limit = 2n ** BigInt(8 * bytes);
  const value = random.pick([0n, 1n, limit - 1n, random.below(limit), random.below(limit)]);
  return bits === undefined ? toBeHex(value, bytes) : value;
}

function flip(hex: string, random: Random): string {
  if (hex === "0x") return hex;
  const bytes = getBytes(hex);
  const at = Number(random.below(BigInt(bytes.length)));
  bytes[at] = bytes[at]! ^ Number(1n + random.below(255n));
  return hexlify(bytes);
}

/** Ways to spoil a log. */
const mangles: readonly ((log: Log, random: Random) => Log)[] = [
  (log) => log,
  ({ topics, data }, random) => ({ topics, data: flip(data, random) }),
  ({ topics, data }, random) => {
    const at = 1 + Number(random.below(BigInt(Math.max(1, topics.length - 1))));
    return { topics: topics.map((topic, i) => (i === at ? flip(topic, random) : topic)), data };
  },
  ({ topics, data }) => ({ topics, data: data.slice(0, -64) }),
  ({ topics, data }) => ({ topics, data: data.slice(0, -1) }),
  ({ topics, data }) => ({ topics, data: `${data}${"0".repeat(64)}` }),
  ({ topics, data }) => ({ topics, data: `${data}00` }),
  ({ topics, data }) => ({ topics, data: `0x${data.slice(2).toUpperCase()}` }),
  ({ topics, data }) => ({ topics, data: data.replace(/.$/, "g") }),
  ({ topics, data }) => ({ topics, data: data.slice(2) }),
  ({ topics }) => ({ topics, data: "0x" }),
  ({ topics, data }) => ({ topics: topics.slice(0, -1), data }),
  ({ topics, data }) => ({ topics: [...topics, ZeroHash], data }),
  ({ topics: [first = "", ...rest], data }) => ({ topics: [first, ...rest.map((topic) => topic.slice(0, -2))], data }),
  ({ topics: [first = "", ...rest], data }) => ({ topics: [first, ...rest.map((topic) => `${topic}00`)], data }),
  ({ topics: [first = "", ...rest], data }) => ({
    topics: [first, ...rest.map((t) => `0x${t.slice(2).toUpperCase()}`)],
    data,
  }),
  ({ topics: [first = "", ...rest], data }) => ({ topics: [first, ...rest.map(() => `0x${"f".repeat(64)}`)], data }),
  ({ topics, data }) => ({ topics, data: `0x${"f".repeat(data.length - 2)}` }),
];

/** What something answers, or the sentence of its error. */
function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("Decoding logs", () => {
  const seed = seedOfRun();

  it("gives the values and the errors of ethers, for every event, on good and spoiled logs", function () {
    this.timeout(60_000);
    const random = randomOf(seed);
    let failures = 0;
    for (const fragment of fragments.values()) {
      const read = compileReader(fragment);
      for (let round = 0; round < ROUNDS * mangles.length; round += 1) {
        const values = fragment.inputs.map((input) => valueOf(input, random));
        const mangle = mangles[round % mangles.length]!;
        const { topics, data } = mangle(abi.encodeEventLog(fragment, values), random);
        const expected = outcomeOf(() => plain(abi.decodeEventLog(fragment, data, topics)));
        const where = `seed ${seed}, ${fragment.name}, ${topics.join(" ")}, ${data}`;
        if (typeof expected === "string") failures += 1;
        const taken = outcomeOf(() => read(topics, data));
        // What the reader takes it reads as ethers does; what it does not take is left to ethers.
        if (taken !== undefined) expect(taken, where).to.deep.equal(expected);
        const place = {
          address: ZeroAddress,
          blockNumber: 1,
          blockHash: ZeroHash,
          transactionHash: ZeroHash,
          index: 0,
        };
        const event = outcomeOf(() => decodeEvent({ topics, data, ...place }));
        if (typeof expected === "string") expect(event, where).to.equal(expected);
        else if (typeof event === "string") expect(event, where).to.match(/is none of .+: update this package/);
        else expect(withoutNames((event as { args: object }).args, expected as object), where).to.deep.equal(expected);
      }
    }
    expect(failures).to.be.greaterThan(150);
  });

  it("leaves to ethers only the events with a text", () => {
    const random = randomOf(seed);
    const left: string[] = [];
    for (const fragment of fragments.values()) {
      const { topics, data } = abi.encodeEventLog(
        fragment,
        fragment.inputs.map((input) => valueOf(input, random)),
      );
      if (compileReader(fragment)(topics, data) === undefined) left.push(fragment.name);
    }
    expect(left).to.have.members(["MerchantRegistered", "ProgramPublished"]);
  });

  it("refuses a number that an enumeration does not have, whoever decodes the log", () => {
    const cleared = [...fragments.values()].find(({ name }) => name === "WarningCleared")!;
    const { topics, data } = abi.encodeEventLog(cleared, [1n, 7n]);
    const place = { address: ZeroAddress, blockNumber: 1, blockHash: ZeroHash, transactionHash: ZeroHash, index: 0 };
    for (const log of [
      { topics, data },
      { topics: [...topics, ZeroHash], data },
    ]) {
      expect(() => decodeEvent({ ...log, ...place })).to.throw(RangeError, /^7 is none of .+ReportOverdue: update/);
    }
  });
});

/** An event's values with the numbers of enumerations in the place of their names, as far as the other has numbers there. */
function withoutNames(args: object, numbers: object): object {
  return Object.fromEntries(
    Object.entries(args).map(([field, value]: [string, unknown]) => {
      const number = (numbers as Record<string, unknown>)[field];
      if (typeof value === "object" && value !== null) return [field, withoutNames(value, number as object)];
      return [field, typeof value === "string" && typeof number === "bigint" ? number : value];
    }),
  );
}
