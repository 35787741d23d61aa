import type { NetworkConnection, NetworkManager } from "hardhat/types/network";

import { Cast } from "../demo/cast.js";
import { DAY } from "../../src/contracts/policy.js";
import type { Scenario } from "../demo/model.js";
import { openStage, playOn } from "../demo/player.js";
import type { Narrator } from "../demo/player.js";
import type { World } from "../demo/world.js";
import type { BookedVoucher } from "../../src/till/index.js";
import { keyVoucherOf } from "../../src/till/index.js";

/** Ether of each account in the development wallet, in wei. */
const PURSE = `0x${(10n ** 20n).toString(16)}`;
/** Test money of each consumer, in whole tokens. */
const POCKET = 20_000n;
/** Milliseconds between two blocks, which keep the chain's clock running. */
const BLOCK_TIME = 4_000;

/** A person whose account is in the development wallet. */
export interface Person {
  readonly name: string;
  readonly role: "consumer" | "owner" | "operator" | "regulator" | "association" | "reporter" | "surety";
  readonly address: string;
  readonly key: string;
  /** The merchant of an owner or operator. */
  readonly merchantId?: string;
}

/** A chain on which a scenario was played whose last day is today. */
export interface Stage {
  readonly connection: NetworkConnection;
  /** The content of `console.json`. */
  readonly settings: unknown;
  readonly people: readonly Person[];
  /** Stops the clock: until `go`, blocks are mined on request only. */
  readonly hold: () => void;
  readonly go: () => void;
  readonly close: () => Promise<void>;
}

/** A narrator that prints nothing: the page shows the result. */
const silent: Narrator = {
  begin: () => undefined,
  prepare: (_attempt, work) => work(),
  opened: () => undefined,
  beginAct: () => undefined,
  step: async (_day, _attempt, play) => {
    await play(() => undefined);
  },
  warn: () => undefined,
  endAct: () => undefined,
  finish: () => undefined,
};

/** Plays a scenario so that its last day is today, and then lets the chain's clock run. */
export async function setStage(written: Scenario, network: NetworkManager): Promise<Stage> {
  const lastDay = Math.max(...written.acts.flatMap(({ steps }) => steps.map(({ day }) => day)));
  const now = BigInt(Math.floor(Date.now() / 1000));
  const scenario = { ...written, start: now - (BigInt(lastDay) + 1n) * DAY };
  const cast = new Cast(scenario);
  const connection = await openStage(scenario, cast, network);
  const { world } = await playOn(connection, scenario, cast, silent);
  const { provider } = connection;
  const people = peopleOf(world);
  for (const { address } of people) await provider.request({ method: "hardhat_setBalance", params: [address, PURSE] });
  for (const { address } of people.filter(({ role }) => role === "consumer" || role === "owner" || role === "surety")) {
    await world.credit(address, POCKET * 10n ** 6n);
  }
  const clock = BigInt(Math.floor(Date.now() / 1000));
  await provider.request({ method: "evm_mine", params: [`0x${clock.toString(16)}`] });
  let ticking: NodeJS.Timeout | undefined;
  const hold = (): void => {
    clearInterval(ticking);
  };
  const go = (): void => {
    hold();
    ticking = setInterval(() => {
      provider.request({ method: "evm_mine", params: [] }).catch(() => undefined);
    }, BLOCK_TIME);
  };
  go();
  return {
    ...{ connection, settings: await settingsOf(world, people), people, hold, go },
    close: async () => {
      hold();
      await connection.close();
    },
  };
}

function peopleOf({ cast, scenario, merchants }: World): Person[] {
  const official = (name: "regulator" | "association" | "reporter", title: string): Person => {
    const { address, privateKey: key } = cast.official(name);
    return { name: title, role: name, address, key };
  };
  return [
    ...scenario.consumers.map(({ id, name }): Person => {
      const { address, privateKey: key } = cast.consumer(id);
      return { name, role: "consumer", address, key };
    }),
    ...[...merchants.values()].flatMap(({ id, name, merchantId }) => {
      const { owner, operator } = cast.merchant(id);
      const of = { name, merchantId: merchantId.toString() };
      return [
        { ...of, role: "owner", address: owner.address, key: owner.privateKey },
        { ...of, role: "operator", address: operator.address, key: operator.privateKey },
      ] satisfies Person[];
    }),
    official("regulator", "Regulator"),
    official("association", "Consumer association"),
    official("reporter", "Auditor"),
    ...scenario.parties.map(({ id, name }): Person => {
      const { address, privateKey: key } = cast.party(id);
      return { name, role: "surety", address, key };
    }),
  ];
}

async function settingsOf(world: World, people: readonly Person[]): Promise<unknown> {
  const { addresses, merchants, programs } = world;
  const crowds = [...world.crowds].flatMap(([id, cards]) => {
    const { name } = world.crowd(id);
    return cards.map(({ holder }, i) => [holder.address, `${name} ${i + 1}`] as const);
  });
  return {
    deployments: [
      {
        name: "Local chain",
        chainId: 31337,
        node: "rpc",
        escrow: addresses.escrow,
        register: addresses.register,
        deployBlock: 0,
      },
    ],
    names: {
      merchants: Object.fromEntries([...merchants.values()].map(({ merchantId, name }) => [String(merchantId), name])),
      programs: Object.fromEntries([...programs.values()].map(({ programId, name }) => [String(programId), name])),
      accounts: Object.fromEntries([
        ...crowds,
        ...people.filter(({ role }) => role === "consumer").map(({ address, name }) => [address, name] as const),
      ]),
    },
    development: {
      evidence: world.scenario.acts.flatMap(({ steps }) =>
        steps.flatMap(({ step }) => ("evidence" in step ? [step.evidence] : [])),
      ),
      accounts: people,
      vouchers: await Promise.all(
        [...merchants.values()].map(async ({ merchantId, till }) => ({
          merchantId: String(merchantId),
          vouchers: (await till.waiting()).map(written),
        })),
      ),
    },
  };
}

function written(voucher: BookedVoucher) {
  const { cumulative, ...row } = keyVoucherOf(voucher);
  const { previous, item, salt } = voucher;
  return { ...row, previous, item, salt, cumulative: cumulative.toString() };
}
