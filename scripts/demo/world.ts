import type { TypedDataDomain, Wallet } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import Local from "../../deploy/modules/Local.js";
import { silenceLibraryAbiWarnings } from "../../deploy/quiet.js";
import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import type { ClaimList } from "../../src/actions/claims.js";
import { MerchantStatus, nameOf } from "../../src/contracts/enums.js";
import type { MerchantStatusName } from "../../src/contracts/enums.js";
import { decodeEvents } from "../../src/contracts/events.js";
import type { EscrowEvent, RawLog } from "../../src/contracts/events.js";
import { DAY } from "../../src/contracts/policy.js";
import { escrowDomain } from "../../src/contracts/typedData.js";
import type { DepositRegister, PrepaidEscrow, TestToken } from "../../types/ethers-contracts/index.js";
import type { Cast } from "./cast.js";
import { Chain } from "./chain.js";
import type { Call } from "./chain.js";
import type { Ledger } from "./ledger.js";
import { Money } from "./money.js";
import type { Claimants, Crowd, Merchant, Program, Scenario } from "./model.js";
import type { DepositOnChain, OnChain } from "./reconciliation.js";
import { Till } from "./till.js";

/** Where the contracts are. */
export interface Addresses {
  readonly escrow: string;
  readonly register: string;
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

/** A list of claims that the association has published. */
export interface PublishedClaims {
  readonly people: Claimants;
  readonly list: ClaimList;
}

/** What the deposit register says of a merchant, in token base units. */
export interface DepositStanding extends DepositOnChain {
  readonly reported: bigint;
  readonly required: bigint;
  readonly depositVault: string;
  readonly suretyVault: string;
  /** Sum of the list of claims; zero without one. */
  readonly claims: bigint;
  /** What of it there is money for. */
  readonly funded: bigint;
  /** What was paid on it. */
  readonly paid: bigint;
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
  /** The list of claims on each merchant that has one, by its id in the scenario. */
  readonly claimLists = new Map<string, PublishedClaims>();
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
    readonly register: DepositRegister,
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
      register: await deployed.register.getAddress(),
      token: await deployed.token.getAddress(),
    };
    const escrow: PrepaidEscrow = await ethers.getContractAt("PrepaidEscrow", addresses.escrow);
    const register: DepositRegister = await ethers.getContractAt("DepositRegister", addresses.register);
    const token: TestToken = await ethers.getContractAt("TestToken", addresses.token);
    const chain = await Chain.open(provider, scenario.start);
    const { chainId, name, version } = await token.eip712Domain();
    const domains = [
      escrowDomain(chainId, addresses.escrow),
      { name, version, chainId, verifyingContract: addresses.token },
    ] as const;
    const contracts = [escrow, register, token] as const;
    return new World(scenario, cast, chain, ...domains, ...contracts, addresses, openLedger(addresses));
  }

  /* PEOPLE AND THINGS */

  consumerName(id: string): string {
    return found(this.scenario.consumers.find((consumer) => consumer.id === id)?.name, id);
  }

  partyName(id: string): string {
    return found(this.scenario.parties.find((party) => party.id === id)?.name, id);
  }

  claimants(id: string): Claimants {
    return found(
      this.scenario.claimants.find((people) => people.id === id),
      id,
    );
  }

  claimList(merchant: string): PublishedClaims {
    return found(this.claimLists.get(merchant), `list of claims on ${merchant}`);
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

  /** A call of the deposit register, from what its interface encodes. */
  registerCall(data: string): Call {
    return { to: this.addresses.register, data };
  }

  /** A call of the token, from what its interface encodes. */
  tokenCall(data: string): Call {
    return { to: this.addresses.token, data };
  }

  /** Sends a call and answers the events of the escrow and of the register it made. */
  async send(from: Wallet, call: Call): Promise<EscrowEvent[]> {
    return this.eventsOf(await this.chain.send(from.address, call));
  }

  /** The events of the escrow and of the register among the logs of a transaction. */
  eventsOf(logs: readonly RawLog[]): EscrowEvent[] {
    const contracts = [this.addresses.escrow.toLowerCase(), this.addresses.register.toLowerCase()];
    return decodeEvents(logs.filter((log) => contracts.includes(log.address)));
  }

  /** Books everything that has happened on chain since the last time. */
  async keepBooks(): Promise<void> {
    const latest = await this.chain.blockNumber();
    if (latest < this.#nextBlock) return;
    const { escrow, register, token } = this.addresses;
    for (const log of await this.chain.logs(this.#nextBlock, latest, [escrow, register, token])) this.ledger.book(log);
    this.#nextBlock = latest + 1;
  }

  /** What the contracts say of a merchant's money. */
  async onChain(merchant: RegisteredMerchant): Promise<OnChain & { readonly status: MerchantStatusName }> {
    const { outstanding, balance } = await this.escrow.pool(merchant.merchantId);
    const { status } = await this.escrow.merchant(merchant.merchantId);
    const held = await this.token.balanceOf(merchant.vault);
    return { outstanding, balance, held, status: nameOf(MerchantStatus, status) };
  }

  /** What the deposit register says of a merchant; `undefined` if it has nothing to do with it. */
  async depositStanding({ merchantId }: RegisteredMerchant): Promise<DepositStanding | undefined> {
    if (!this.ledger.deposits.has(merchantId)) return undefined;
    const { deposit, required, reported, vault: depositVault } = await this.register.depositOf(merchantId);
    const { amount: surety, vault: suretyVault } = await this.register.surety(merchantId);
    const { claims, funded, paid } = await this.register.distribution(merchantId);
    const depositHeld = await this.token.balanceOf(depositVault);
    const suretyHeld = await this.token.balanceOf(suretyVault);
    const money = { reported, required, deposit, depositHeld, surety, suretyHeld, claims, funded, paid };
    return { ...money, depositVault, suretyVault };
  }
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new RangeError(`The story has no "${name}" at this point.`);
  return value;
}
