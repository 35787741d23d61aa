import type { TypedDataDomain, Wallet } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import Local from "../../deploy/modules/Local.js";
import { silenceLibraryAbiWarnings } from "../../deploy/quiet.js";
import { decodeCardId, encodeCardId } from "../../src/cardId.js";
import { MerchantStatus, nameOf } from "../../src/enums.js";
import type { MerchantStatusName } from "../../src/enums.js";
import { decodeEvents } from "../../src/events.js";
import type { EscrowEvent, RawLog } from "../../src/events.js";
import { DAY } from "../../src/policy.js";
import { escrowDomain } from "../../src/typedData.js";
import type { PrepaidEscrow, TestToken } from "../../types/ethers-contracts/index.js";
import type { Cast } from "./cast.js";
import { Chain } from "./chain.js";
import type { Call } from "./chain.js";
import type { Ledger } from "./ledger.js";
import { Money } from "./money.js";
import type { Crowd, Merchant, Program, Scenario } from "./plan.js";
import type { OnChain } from "./reconciliation.js";
import { Till } from "./till.js";

/** Where the contracts are. */
export interface Addresses {
  readonly escrow: string;
  readonly token: string;
}

/** A merchant once it is registered. */
export interface RegisteredMerchant extends Merchant {
  readonly merchantId: bigint;
  readonly vault: string;
  readonly till: Till;
}

/** A program once it is published. */
export interface PublishedProgram extends Program {
  readonly programId: bigint;
}

/** A card bought by name. */
export interface NamedCard {
  readonly name: string;
  readonly cardId: string;
  /** Id of the consumer. */
  readonly holder: string;
  readonly program: PublishedProgram;
  readonly principal: bigint;
}

/** The part of a crowd that has bought. */
export interface CrowdCard {
  readonly cardId: string;
  readonly holder: Wallet;
}

/** Everything a step of the story acts on: the contracts, the people, and what has happened so far. */
export class World {
  readonly merchants = new Map<string, RegisteredMerchant>();
  readonly programs = new Map<string, PublishedProgram>();
  readonly cards = new Map<string, NamedCard>();
  /** Who of each crowd has bought, and what. */
  readonly crowds = new Map<string, CrowdCard[]>();
  /** The consumer each has named to move the cards should the phone be lost. */
  readonly recoveries = new Map<string, string>();
  /** Percent of each crowd that has bought. */
  readonly crowdShares = new Map<string, number>();
  readonly money: Money;

  readonly #serials = new Map<string, bigint>();
  #nextBlock = 0;

  private constructor(
    readonly scenario: Scenario,
    readonly cast: Cast,
    readonly chain: Chain,
    /** What holders and operators sign under. */
    readonly escrowDomain: TypedDataDomain,
    /** What payers sign under. */
    readonly tokenDomain: TypedDataDomain,
    readonly escrow: PrepaidEscrow,
    readonly token: TestToken,
    readonly addresses: Addresses,
    readonly ledger: Ledger,
  ) {
    this.money = new Money(scenario.currency, scenario.currencyDecimals);
  }

  /**
   * Deploys the system on a fresh network.
   *
   * @param connection A network whose accounts are those of the cast.
   * @param openLedger Makes the books to keep.
   */
  static async deploy(
    scenario: Scenario,
    cast: Cast,
    connection: NetworkConnection,
    openLedger: (addresses: Addresses) => Ledger,
  ): Promise<World> {
    silenceLibraryAbiWarnings();
    const { ethers, ignition, provider } = connection;
    const deployed = await ignition.deploy(Local);
    const addresses: Addresses = {
      escrow: await deployed.escrow.getAddress(),
      token: await deployed.token.getAddress(),
    };
    const escrow: PrepaidEscrow = await ethers.getContractAt("PrepaidEscrow", addresses.escrow);
    const token: TestToken = await ethers.getContractAt("TestToken", addresses.token);
    const chain = await Chain.open(provider, scenario.start);
    const { chainId, name, version } = await token.eip712Domain();
    const domains = [
      escrowDomain(chainId, addresses.escrow),
      { name, version, chainId, verifyingContract: addresses.token },
    ] as const;
    return new World(scenario, cast, chain, ...domains, escrow, token, addresses, openLedger(addresses));
  }

  /* PEOPLE AND THINGS */

  consumerName(id: string): string {
    return found(this.scenario.consumers.find((consumer) => consumer.id === id)?.name, id);
  }

  merchant(id: string): RegisteredMerchant {
    return found(this.merchants.get(id), id);
  }

  merchantOf(program: Program): RegisteredMerchant {
    return this.merchant(program.merchant);
  }

  program(reference: string): PublishedProgram {
    return found(this.programs.get(reference), reference);
  }

  card(name: string): NamedCard {
    return found(this.cards.get(name), name);
  }

  recoveryOf(consumer: string): string {
    return found(this.recoveries.get(consumer), `recovery address of ${consumer}`);
  }

  crowd(id: string): Crowd {
    return found(
      this.scenario.crowds.find((crowd) => crowd.id === id),
      id,
    );
  }

  /** A new till for a merchant. */
  newTill(): Till {
    return new Till(this.escrowDomain);
  }

  /** The id the holder's next card of a program will have. */
  nextCard(holder: string, program: PublishedProgram): { readonly cardId: string; readonly serial: bigint } {
    const serial = this.#serials.get(`${holder} ${program.reference}`) ?? 0n;
    return { cardId: encodeCardId({ holder, programId: program.programId, serial }), serial };
  }

  /** Counts a card that was bought. */
  countCard(holder: string, program: PublishedProgram): void {
    const key = `${holder} ${program.reference}`;
    this.#serials.set(key, (this.#serials.get(key) ?? 0n) + 1n);
  }

  /** The cards of matching programs that are open, by the books. */
  openCards(matches: (program: PublishedProgram) => boolean): string[] {
    const programs = new Set([...this.programs.values()].filter(matches).map(({ programId }) => programId));
    const open = [...this.ledger.cards.values()].filter(({ closedBy }) => closedBy === undefined);
    return open.map(({ cardId }) => cardId).filter((cardId) => programs.has(decodeCardId(cardId).programId));
  }

  /** How many days after the start a moment is. */
  dayOf(time: bigint): bigint {
    return (time - this.scenario.start) / DAY;
  }

  /* CALLS */

  /** A call of the escrow, from what its interface encodes. */
  escrowCall(data: string): Call {
    return { to: this.addresses.escrow, data };
  }

  /** A call of the token, from what its interface encodes. */
  tokenCall(data: string): Call {
    return { to: this.addresses.token, data };
  }

  /** Sends a call and answers the events of the escrow it made. */
  async send(from: Wallet, call: Call): Promise<EscrowEvent[]> {
    return this.eventsOf(await this.chain.send(from.address, call));
  }

  /** The events of the escrow among the logs of a transaction. */
  eventsOf(logs: readonly RawLog[]): EscrowEvent[] {
    const escrow = this.addresses.escrow.toLowerCase();
    return decodeEvents(logs.filter((log) => log.address === escrow));
  }

  /** Books everything that has happened on chain since the last time. */
  async keepBooks(): Promise<void> {
    const latest = await this.chain.blockNumber();
    if (latest < this.#nextBlock) return;
    const { escrow, token } = this.addresses;
    for (const log of await this.chain.logs(this.#nextBlock, latest, [escrow, token])) this.ledger.book(log);
    this.#nextBlock = latest + 1;
  }

  /** What the contracts say of a merchant's money. */
  async onChain(merchant: RegisteredMerchant): Promise<OnChain & { readonly status: MerchantStatusName }> {
    const { outstanding, balance } = await this.escrow.pool(merchant.merchantId);
    const { status } = await this.escrow.merchant(merchant.merchantId);
    const held = await this.token.balanceOf(merchant.vault);
    return { outstanding, balance, held, status: nameOf(MerchantStatus, status) };
  }
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new RangeError(`The story has no "${name}" at this point.`);
  return value;
}
