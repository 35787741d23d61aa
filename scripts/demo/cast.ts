import { SigningKey, Wallet, id } from "ethers";

import type { Scenario } from "./model.js";

/** Ether of an account that sends transactions, in wei. A consumer who only signs has none. */
const PURSE = 10n ** 24n;

/** The authorities and the relayer, in the order that the deployment modules expect of a local network's accounts. */
const officials = ["admin", "regulator", "association", "reporter", "relayer"] as const;

/** An authority or the relayer. */
export type Official = (typeof officials)[number];

/** The three wallets of a merchant. */
export interface MerchantWallets {
  readonly owner: Wallet;
  /** The account that the till settles with. */
  readonly operator: Wallet;
  readonly payout: Wallet;
}

/**
 * The wallets of all people in a scenario. They are derived from its seed, so that a scenario always has the same addresses.
 */
export class Cast {
  readonly #seed: string;
  readonly #consumers: ReadonlyMap<string, Wallet>;
  readonly #merchants: ReadonlyMap<string, MerchantWallets>;
  readonly #parties: ReadonlyMap<string, Wallet>;
  readonly #officials: ReadonlyMap<string, Wallet>;
  readonly #crowds = new Map<string, Wallet[]>();
  readonly #crowdOf = new Map<string, string>();
  readonly #spenders: ReadonlySet<string>;

  constructor(scenario: Scenario) {
    this.#seed = scenario.seed;
    this.#officials = new Map(officials.map((name) => [name, this.#derive(`official/${name}`)]));
    this.#consumers = new Map(scenario.consumers.map(({ id: name }) => [name, this.#derive(`consumer/${name}`)]));
    this.#merchants = new Map(
      scenario.merchants.map(({ id: name }) => [
        name,
        {
          owner: this.#derive(`merchant/${name}/owner`),
          operator: this.#derive(`merchant/${name}/operator`),
          payout: this.#derive(`merchant/${name}/payout`),
        },
      ]),
    );
    this.#parties = new Map(scenario.parties.map(({ id: name }) => [name, this.#derive(`party/${name}`)]));
    this.#spenders = spendersOf(scenario);
  }

  official(name: Official): Wallet {
    return known(this.#officials, name);
  }

  consumer(name: string): Wallet {
    return known(this.#consumers, name);
  }

  merchant(name: string): MerchantWallets {
    return known(this.#merchants, name);
  }

  /** A bank, an insurer, a liquidator. */
  party(name: string): Wallet {
    return known(this.#parties, name);
  }

  /** One person of a group who bought outside the escrow. */
  claimant(group: string, i: number): Wallet {
    return this.#derive(`claimant/${group}/${i}`);
  }

  /** The first `count` people of a crowd. */
  crowd(name: string, count: number): readonly Wallet[] {
    const people = this.#crowds.get(name) ?? [];
    for (let i = people.length; i < count; i++) {
      const wallet = this.#derive(`crowd/${name}/${i}`);
      people.push(wallet);
      this.#crowdOf.set(wallet.address, name);
    }
    this.#crowds.set(name, people);
    return people.slice(0, count);
  }

  /** The crowd of an address; `undefined` if it belongs to none. */
  crowdOf(address: string): string | undefined {
    return this.#crowdOf.get(address);
  }

  /** The network's first accounts: those that send transactions. No other account has ether. */
  accounts(): { privateKey: string; balance: bigint }[] {
    const senders = [
      ...officials.map((name) => this.official(name)),
      ...[...this.#merchants.values()].flatMap(({ owner, operator }) => [owner, operator]),
      ...this.#parties.values(),
      ...[...this.#spenders].map((name) => this.consumer(name)),
    ];
    return senders.map(({ privateKey }) => ({ privateKey, balance: PURSE }));
  }

  /** A number from `min` to `max`, drawn from the seed for `purpose`. */
  draw(purpose: string, min: number, max: number): number {
    return min + Number(BigInt(id(`${this.#seed}/draw/${purpose}`)) % BigInt(max - min + 1));
  }

  /** 32 bytes, drawn from the seed for `purpose`. */
  salt(purpose: string): string {
    return id(`${this.#seed}/salt/${purpose}`);
  }

  #derive(role: string): Wallet {
    return new Wallet(new SigningKey(id(`${this.#seed}/${role}`)));
  }
}

/** The consumers who send transactions themselves. */
function spendersOf(scenario: Scenario): ReadonlySet<string> {
  const spenders = new Set<string>();
  const holders = new Map<string, string>();
  const recoveries = new Map<string, string>();
  const movesTo = new Map<string, string>();
  const complained = new Set<string>();
  const sends = (consumer: string | undefined) => {
    if (consumer !== undefined) spenders.add(consumer);
  };
  for (const { step } of scenario.acts.flatMap((act) => act.steps)) {
    if (step.do === "buy") {
      holders.set(step.card, step.consumer);
      if (step.pay !== "authorization") sends(step.paidBy ?? step.consumer);
    } else if (step.do === "requestExit" || step.do === "complain") {
      if (!step.relayed) sends(holders.get(step.card));
      if (step.do === "complain") complained.add(step.card);
      else complained.delete(step.card);
    } else if (step.do === "executeDispute") {
      // A complaint that nobody ruled on is for its holder to execute.
      if (complained.has(step.card)) sends(holders.get(step.card));
    } else if (step.do === "cancelExit" || step.do === "cancelMove") {
      sends(holders.get(step.card));
    } else if (step.do === "setRecovery") {
      recoveries.set(step.consumer, step.recovery);
      sends(step.consumer);
    } else if (step.do === "requestMove") {
      const holder = holders.get(step.card) ?? "";
      movesTo.set(step.card, step.to);
      sends(step.byRecovery ? recoveries.get(holder) : holder);
    } else if (step.do === "executeMove") {
      holders.set(step.as, movesTo.get(step.card) ?? "");
    }
  }
  return spenders;
}

function known<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new RangeError(`The scenario has no "${name}".`);
  return value;
}
