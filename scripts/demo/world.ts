import { JsonRpcSigner } from "ethers";
import type { TypedDataDomain, Wallet } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import Local from "../../deploy/modules/Local.js";
import { silenceLibraryAbiWarnings } from "../../deploy/quiet.js";
import type { ClaimList } from "../../src/actions/claims.js";
import { EscrowClient } from "../../src/client/client.js";
import { tokenDomain } from "../../src/client/tokenDomain.js";
import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import type { MerchantStatusName } from "../../src/contracts/enums.js";
import { DAY } from "../../src/contracts/policy.js";
import { MemoryTillStore, Till } from "../../src/till/index.js";
import type { Cast } from "./cast.js";
import { DemoChain } from "./chain.js";
import type { DemoLedger } from "./ledger.js";
import { mintCall } from "./mint.js";
import { Money } from "./money.js";
import type { Claimants, Crowd, Merchant, Program, Scenario } from "./model.js";
import type { DepositOnChain, OnChain } from "./reconciliation.js";

/** The addresses of the contracts. */
export interface Addresses {
  readonly escrow: string;
  readonly register: string;
  readonly token: string;
}

/** A registered merchant. */
export interface RegisteredMerchant extends Merchant {
  readonly merchantId: bigint;
  readonly vault: string;
  readonly till: Till;
}

/** A published program. */
export interface PublishedProgram extends Program {
  readonly programId: bigint;
}

/** A card with a name in the scenario. */
export interface NamedCard {
  readonly name: string;
  readonly cardId: string;
  /** The consumer's id in the scenario. */
  readonly holder: string;
  readonly program: PublishedProgram;
  readonly principal: bigint;
}

/** The card of one person of a crowd. */
export interface CrowdCard {
  readonly cardId: string;
  readonly holder: Wallet;
}

/** A list of claims that the association has published. */
export interface PublishedClaims {
  readonly people: Claimants;
  readonly list: ClaimList;
}

/** The state of a merchant at the deposit register, in token base units. */
export interface DepositStanding extends DepositOnChain {
  readonly reported: bigint;
  readonly required: bigint;
  readonly depositVault: string;
  readonly suretyVault: string;
  /** Sum of the list of claims; zero without one. */
  readonly claims: bigint;
  /** The part of it that is funded. */
  readonly funded: bigint;
  /** The amount paid on it. */
  readonly paid: bigint;
}

/** Seconds for which a till uses a reading of a card or the merchant again. */
const CUSTOMERS_IN_A_ROW = 60n;

/** The state that steps act on: the contracts, the people, the cards and the books. */
export class World {
  readonly merchants = new Map<string, RegisteredMerchant>();
  readonly programs = new Map<string, PublishedProgram>();
  readonly cards = new Map<string, NamedCard>();
  /** The cards that each crowd has bought. */
  readonly crowds = new Map<string, CrowdCard[]>();
  /** The consumer whom each consumer has named as recovery address. */
  readonly recoveries = new Map<string, string>();
  /** The lists of claims, by the merchant's id in the scenario. */
  readonly claimLists = new Map<string, PublishedClaims>();
  /** Percent of each crowd that has bought. */
  readonly crowdShares = new Map<string, number>();
  readonly money: Money;

  /** Sends requests that others have signed, and calls that anyone may send. */
  readonly relayer: EscrowClient;

  readonly #clients = new Map<string, EscrowClient>();
  readonly #serials = new Map<string, bigint>();
  #nextBlock = 0;

  private constructor(
    readonly scenario: Scenario,
    readonly cast: Cast,
    readonly chain: DemoChain,
    /** Reads the contracts; {@link as} sends and signs. */
    readonly client: EscrowClient,
    /** The token's EIP-712 domain, which payers sign in. */
    readonly tokenDomain: TypedDataDomain,
    readonly addresses: Addresses,
    readonly ledger: DemoLedger,
  ) {
    this.money = new Money(scenario.currency, scenario.currencyDecimals);
    // The node keeps the relayer's key: signing thousands of transactions is faster there.
    const { address } = cast.official("relayer");
    this.relayer = client.withSigner(new JsonRpcSigner(chain.provider, address));
  }

  /**
   * Deploys the system on a fresh network.
   *
   * @param connection A network whose accounts are those of the cast.
   * @param openLedger Opens the books.
   */
  static async deploy(
    scenario: Scenario,
    cast: Cast,
    connection: NetworkConnection,
    openLedger: (addresses: Addresses) => DemoLedger,
  ): Promise<World> {
    silenceLibraryAbiWarnings();
    const deployed = await connection.ignition.deploy(Local);
    const addresses: Addresses = {
      escrow: await deployed.escrow.getAddress(),
      register: await deployed.register.getAddress(),
      token: await deployed.token.getAddress(),
    };
    const chain = await DemoChain.open(connection.provider, scenario.start);
    const { escrow, register, token } = addresses;
    const client = await EscrowClient.connect(chain.provider, { escrow, register });
    const domain = await tokenDomain(chain.provider, token);
    return new World(scenario, cast, chain, client, domain, addresses, openLedger(addresses));
  }

  /* WHO SENDS */

  /** A client that sends and signs with a wallet. */
  as(wallet: Wallet): EscrowClient {
    const known = this.#clients.get(wallet.address);
    if (known !== undefined) return known;
    const client = this.client.withSigner(wallet.connect(this.chain.provider));
    this.#clients.set(wallet.address, client);
    return client;
  }

  get regulator(): EscrowClient {
    return this.as(this.cast.official("regulator"));
  }

  get association(): EscrowClient {
    return this.as(this.cast.official("association"));
  }

  ownerOf(merchant: string): EscrowClient {
    return this.as(this.cast.merchant(merchant).owner);
  }

  operatorOf(merchant: string): EscrowClient {
    return this.as(this.cast.merchant(merchant).operator);
  }

  consumer(id: string): EscrowClient {
    return this.as(this.cast.consumer(id));
  }

  party(id: string): EscrowClient {
    return this.as(this.cast.party(id));
  }

  /** The bank credits an account with test money, in base units. */
  async credit(account: string, amount: bigint): Promise<void> {
    await this.relayer.send(mintCall(this.addresses.token, account, amount));
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

  programById(programId: bigint): PublishedProgram {
    const programs = [...this.programs.values()];
    const program = programs.find((published) => published.programId === programId);
    return found(program, `program ${programId}`);
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

  /** Opens the till of a merchant; its operator settles. */
  async openTill({ id, name }: Merchant, merchantId: bigint): Promise<Till> {
    return await Till.open({
      client: this.operatorOf(id),
      merchantId,
      shop: name,
      store: new MemoryTillStore(),
      // This network has no reorganisations.
      confirmations: 0,
      clock: () => this.chain.time,
      freshFor: CUSTOMERS_IN_A_ROW,
    });
  }

  /** The id and serial of the holder's next card of a program. */
  nextCard(holder: string, program: PublishedProgram): { readonly cardId: string; readonly serial: bigint } {
    const serial = this.#serials.get(`${holder} ${program.reference}`) ?? 0n;
    return { cardId: encodeCardId({ holder, programId: program.programId, serial }), serial };
  }

  /** Counts a card that was bought. */
  countCard(holder: string, program: PublishedProgram): void {
    const key = `${holder} ${program.reference}`;
    this.#serials.set(key, (this.#serials.get(key) ?? 0n) + 1n);
  }

  /** The open cards of matching programs, by the books. */
  openCards(matches: (program: PublishedProgram) => boolean): string[] {
    const programs = new Set([...this.programs.values()].filter(matches).map(({ programId }) => programId));
    const open = [...this.ledger.cards.values()].filter(({ closedBy }) => closedBy === undefined);
    return open.map(({ cardId }) => cardId).filter((cardId) => programs.has(decodeCardId(cardId).programId));
  }

  /** Days from the start to a time. */
  dayOf(time: bigint): bigint {
    return (time - this.scenario.start) / DAY;
  }

  /* BOOKS */

  /** Books all logs since the last call. */
  async keepBooks(): Promise<void> {
    const latest = await this.chain.blockNumber();
    if (latest < this.#nextBlock) return;
    const { escrow, register, token } = this.addresses;
    for (const log of await this.chain.logs(this.#nextBlock, latest, [escrow, register, token])) this.ledger.book(log);
    this.#nextBlock = latest + 1;
  }

  /** A merchant's figures on chain. */
  async onChain({ merchantId, vault }: RegisteredMerchant): Promise<OnChain & { readonly status: MerchantStatusName }> {
    const [{ outstanding, balance }, { status }, held] = await Promise.all([
      this.client.pool(merchantId),
      this.client.merchant(merchantId),
      this.balanceOf(vault),
    ]);
    return { outstanding, balance, held, status };
  }

  /** The state of a merchant at the deposit register; `undefined` without a deposit rule, report or deposit. */
  async depositStanding({ merchantId }: RegisteredMerchant): Promise<DepositStanding | undefined> {
    if (!this.ledger.deposits.has(merchantId)) return undefined;
    const { deposits } = this.client;
    const [{ deposit, required, reported, vault: depositVault }, { amount: surety, vault: suretyVault }, distribution] =
      await Promise.all([
        deposits.depositOf(merchantId),
        deposits.surety(merchantId),
        deposits.distribution(merchantId),
      ]);
    const { claims, funded, paid } = distribution;
    const [depositHeld, suretyHeld] = await Promise.all([this.balanceOf(depositVault), this.balanceOf(suretyVault)]);
    const money = { reported, required, deposit, depositHeld, surety, suretyHeld, claims, funded, paid };
    return { ...money, depositVault, suretyVault };
  }

  /** Balance of an account, in token base units. */
  async balanceOf(account: string): Promise<bigint> {
    return await this.client.balance(this.addresses.token, account);
  }
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new RangeError(`The scenario has no "${name}" at this point.`);
  return value;
}
