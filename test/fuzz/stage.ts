import { HDNodeWallet, Interface, MaxUint256, getAddress, id, keccak256, toQuantity } from "ethers";
import type { SigningKey, TypedDataDomain } from "ethers";

import { decodeEvent } from "../../src/contracts/events.js";
import { findRevert } from "../../src/contracts/reverts.js";
import type { TimedEvent } from "../../src/ledger/eventLedger.js";
import { plain } from "../../src/utils/results.js";
import { escrowDomain, typedDataDigest } from "../../src/contracts/typedData.js";
import type { TypedDataMessages, TypedDataName } from "../../src/contracts/typedData.js";
import {
  BlockingToken__factory,
  DepositVault__factory,
  MerchantVault__factory,
} from "../../types/ethers-contracts/index.js";
import { ethers, networkHelpers, provider } from "../helpers/chain.js";
import { TOKEN, deploySystem } from "../helpers/fixture.js";
import { EscrowModel } from "../model/escrow.js";
import type { Voucher } from "../model/escrow.js";
import { RegisterModel } from "../model/register.js";
import type { Policy } from "../model/state.js";
import { TokenModel } from "../model/token.js";
import { Refusal, Transaction } from "../model/transaction.js";
import type { Said, Signed } from "../model/transaction.js";

/*
 * The stage: the real deployment and the model side by side. Every call is sent to the one and told to the other, at the same
 * second, and both must say the same of it.
 */

/** Accounts 0 to 19 of the chain, by what they are. `walletKey` signs for a holder that is a contract. */
const cast = [
  "admin",
  "regulator",
  "association",
  "reporter",
  "owner",
  "operator",
  "payout",
  "holder",
  "other",
  "payer",
  "relayer",
  "stranger",
  "bank",
  "liquidator",
  "secondOwner",
  "secondOperator",
  "secondPayout",
  "friend",
  "walletKey",
  "blockedHolder",
] as const;
export type Person = (typeof cast)[number];

/** Which contract a call goes to. */
export type Target = "escrow" | "register" | "plainToken" | "blockingToken";

/** One call: what is sent, and what the model is told if that is not the same. */
export interface Call {
  readonly to: Target;
  readonly name: string;
  readonly sender: string;
  readonly args: readonly unknown[];
  readonly told?: readonly unknown[];
  readonly signed?: Signed;
  /** When; at least a second after the last one. */
  readonly at: bigint;
}

/** What the chain did with a call. */
export interface Outcome {
  readonly call: Call;
  /** Name of the error, if it was refused. */
  readonly refused?: string;
  /** Events of the two contracts and transfers of the tokens, in order. */
  readonly said: readonly Said[];
  readonly events: readonly TimedEvent[];
}

interface RawReceipt {
  readonly logs: readonly {
    readonly address: string;
    readonly topics: readonly string[];
    readonly data: string;
    readonly blockNumber: string;
    readonly blockHash: string;
    readonly transactionHash: string;
    readonly logIndex: string;
  }[];
}

const tokenAbi = BlockingToken__factory.createInterface();
const batchAbi = new Interface(["function run(address target, bytes[] calls) returns (bytes[] answers)"]);
const TRANSFER = id("Transfer(address,address,uint256)");
const GAS = toQuantity(15_000_000n);

/** What differs between the model and the chain; the message shows both. */
export class Difference extends Error {
  override readonly name = "Difference";
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item), 1);
}

/** Whether two values say the same, however their fields are ordered. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  return (
    ours.length === theirs.length &&
    ours.every(([key, value]) => key in b && same(value, (b as Record<string, unknown>)[key]))
  );
}

/** Off only to see that the promises find what is wrong without the model's help. */
export const compares = process.env.FUZZ_COMPARE !== "off";

function requireSame(what: string, modelled: unknown, real: unknown): void {
  if (compares && !same(modelled, real))
    throw new Difference(`${what}\nmodel: ${show(modelled)}\nchain: ${show(real)}`);
}

async function rpc(method: string, ...params: unknown[]): Promise<unknown> {
  return await provider.request({ method, params });
}

/** The contracts under test and everybody who takes part. Nothing is sold yet. */
async function deployStage() {
  const system = await deploySystem();
  const [signer] = await ethers.getSigners();
  const blocking = await ethers.deployContract("BlockingToken");
  const batch = await ethers.deployContract("Batch");
  const mnemonic = "test test test test test test test test test test test junk";
  const root = HDNodeWallet.fromPhrase(mnemonic, undefined, "m/44'/60'/0'/0");
  const wallets = cast.map((_, i) => root.deriveChild(i));
  const people = Object.fromEntries(cast.map((name, i) => [name, wallets[i]!.address])) as Record<Person, string>;
  const keys = new Map(wallets.map(({ address, signingKey }) => [address, signingKey]));
  const wallet = await ethers.deployContract("KeyWallet", [people.walletKey]);
  const contractHolder = await wallet.getAddress();
  await rpc("hardhat_impersonateAccount", contractHolder);
  await rpc("hardhat_setBalance", contractHolder, toQuantity(10n ** 20n));

  const { escrow, register, token } = system;
  const addresses = {
    escrow: await escrow.getAddress(),
    register: await register.getAddress(),
    plainToken: await token.getAddress(),
    blockingToken: await blocking.getAddress(),
  };
  const rich = [people.holder, people.other, people.payer, people.friend, people.blockedHolder, contractHolder];
  const registerPayers = [people.owner, people.bank, people.liquidator, people.secondOwner];
  const money = 1_000_000_000n * TOKEN;
  for (const address of [addresses.plainToken, addresses.blockingToken]) {
    const of = BlockingToken__factory.connect(address, signer);
    for (const account of [...rich, ...registerPayers, people.relayer]) await of.mint(account, money);
    const approve = async (account: string, spender: string): Promise<void> => {
      const data = tokenAbi.encodeFunctionData("approve", [spender, MaxUint256]);
      await rpc("eth_sendTransaction", { from: account, to: address, data, gas: GAS });
    };
    for (const account of rich) await approve(account, addresses.escrow);
    for (const account of registerPayers) await approve(account, addresses.register);
  }
  const policies: Policy[] = [];
  const added = await escrow.queryFilter(escrow.filters.PolicyAdded());
  for (const { args } of added) policies.push(plain(await escrow.policy(args.policyId)) as Policy);
  const logs = await ethers.provider.getLogs({ address: [addresses.escrow, addresses.register], fromBlock: 0 });
  const events: TimedEvent[] = [];
  for (const log of logs) {
    const event = decodeEvent(log);
    if (event !== undefined) events.push({ ...event, timestamp: BigInt((await log.getBlock()).timestamp) });
  }
  return {
    system,
    people,
    keys,
    contractHolder,
    addresses,
    batch: await batch.getAddress(),
    rich,
    registerPayers,
    money,
    policies,
    events,
    now: BigInt(await networkHelpers.time.latest()),
  };
}

export class Stage {
  readonly escrow: EscrowModel;
  readonly register: RegisterModel;
  readonly tokens: ReadonlyMap<string, TokenModel>;
  /** All calls so far. */
  readonly played: Call[] = [];
  /** All events so far. */
  readonly events: TimedEvent[];
  now: bigint;

  private constructor(readonly set: Awaited<ReturnType<typeof deployStage>>) {
    const { addresses, people, contractHolder, rich, registerPayers, money } = set;
    const tokens = [addresses.plainToken, addresses.blockingToken].map((address) => {
      const token = new TokenModel({
        address,
        balances: new Map(),
        allowances: new Map(),
        blocked: new Set(),
        permitNonces: new Map(),
        usedAuthorizations: new Set(),
      });
      for (const account of [...rich, ...registerPayers, people.relayer]) token.mint(account, money);
      for (const account of rich) token.approve(account, addresses.escrow, MaxUint256);
      for (const account of registerPayers) token.approve(account, addresses.register, MaxUint256);
      return [address, token] as const;
    });
    this.tokens = new Map(tokens);
    const setting = {
      escrow: addresses.escrow,
      regulator: people.regulator,
      association: people.association,
      vaultCodeHash: keccak256(MerchantVault__factory.bytecode),
      walletKeys: new Map([[contractHolder, people.walletKey]]),
    };
    this.escrow = new EscrowModel(setting, this.tokens);
    set.policies.forEach((policy, i) => this.escrow.state.policies.set(BigInt(i) + 1n, policy));
    this.register = new RegisterModel(
      {
        register: addresses.register,
        regulator: people.regulator,
        association: people.association,
        reporter: people.reporter,
        vaultCodeHash: keccak256(DepositVault__factory.bytecode),
      },
      this.escrow,
      this.tokens,
    );
    this.events = [...set.events];
    this.now = set.now;
  }

  /** A new stage; the chain goes back to the moment after the deployment. */
  static async open(): Promise<Stage> {
    return new Stage(await networkHelpers.loadFixture(deployStage));
  }

  /* CALLS */

  /** Sends a call to the chain and to the model, and compares all they say. */
  async play(call: Call): Promise<Outcome> {
    if (call.at <= this.now) throw new RangeError(`A call at ${call.at}, after ${this.now}.`);
    this.now = call.at;
    this.played.push(call);
    const tx = new Transaction(call.sender, call.at, call.signed);
    const saved = this.save();
    let refusal: Refusal | undefined;
    try {
      const on = this.modelOf(call.to) as unknown as Record<
        string,
        (tx: Transaction, ...args: readonly unknown[]) => void
      >;
      on[call.name]!(tx, ...(call.told ?? call.args));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
      this.restore(saved);
    }
    const real = await this.send(call);
    const label = `${call.to}.${call.name} from ${call.sender} at ${call.at} with ${show(call.args)}`;
    const modelled = refusal === undefined ? undefined : { error: refusal.error, fields: refusal.fields };
    requireSame(`${label}: refused`, modelled, real.refused);
    if (real.refused !== undefined) return { call, refused: real.refused.error, said: [], events: [] };
    requireSame(`${label}: events`, tx.said, real.said);
    this.events.push(...real.events);
    return { call, said: real.said, events: real.events };
  }

  /** Lets time go by: a block without a call. */
  async wait(until: bigint): Promise<void> {
    this.now = until;
    await rpc("evm_setNextBlockTimestamp", toQuantity(until));
    await rpc("evm_mine");
  }

  private async send(call: Call): Promise<{
    readonly refused: { readonly error: string; readonly fields: unknown } | undefined;
    readonly said: readonly Said[];
    readonly events: readonly TimedEvent[];
  }> {
    await rpc("evm_setNextBlockTimestamp", toQuantity(call.at));
    const data = this.abiOf(call.to).encodeFunctionData(call.name, call.args);
    const to = this.set.addresses[call.to];
    let hash: unknown;
    try {
      hash = await rpc("eth_sendTransaction", { from: call.sender, to, data, gas: GAS });
    } catch (error) {
      return { refused: readRefusal(error), said: [], events: [] };
    }
    const receipt = (await rpc("eth_getTransactionReceipt", hash)) as RawReceipt;
    const said: Said[] = [];
    const events: TimedEvent[] = [];
    for (const raw of receipt.logs) {
      const log = {
        ...raw,
        address: getAddress(raw.address),
        blockNumber: Number(raw.blockNumber),
        index: Number(raw.logIndex),
      };
      if (this.tokens.has(log.address)) {
        if (log.topics[0] !== TRANSFER) continue;
        const {
          from,
          to: payee,
          value,
        } = plain(tokenAbi.decodeEventLog("Transfer", log.data, [...log.topics])) as Record<string, unknown>;
        said.push({ name: "Transfer", args: { from, to: payee, value } });
        continue;
      }
      const event = decodeEvent(log);
      if (event === undefined) throw new Difference(`An event that nobody knows: ${show(raw)}`);
      said.push({ name: event.name, args: event.args });
      events.push({ ...event, timestamp: call.at });
    }
    return { refused: undefined, said, events };
  }

  private modelOf(to: Target): EscrowModel | RegisterModel | TokenModel {
    if (to === "escrow") return this.escrow;
    if (to === "register") return this.register;
    return this.tokens.get(this.set.addresses[to])!;
  }

  private abiOf(to: Target): Interface {
    if (to === "escrow") return this.set.system.escrow.interface;
    if (to === "register") return this.set.system.register.interface;
    return tokenAbi;
  }

  private save() {
    const tokens = [...this.tokens.values()].map(({ state }) => structuredClone(state));
    return { escrow: structuredClone(this.escrow.state), register: structuredClone(this.register.state), tokens };
  }

  private restore(saved: ReturnType<Stage["save"]>): void {
    this.escrow.state = saved.escrow;
    this.register.state = saved.register;
    [...this.tokens.values()].forEach((token, i) => (token.state = saved.tokens[i]!));
  }

  /** Goes back, chain and model, once `act` is done: for what would happen if. */
  async whatIf<T>(act: () => Promise<T>): Promise<T> {
    const snapshot = await rpc("evm_snapshot");
    const saved = this.save();
    const { now } = this;
    const [known, played] = [this.events.length, this.played.length];
    try {
      return await act();
    } finally {
      await rpc("evm_revert", snapshot);
      this.restore(saved);
      this.now = now;
      this.events.length = known;
      this.played.length = played;
    }
  }

  /* READING */

  /** Asks many questions in one call: function names and arguments of one contract. */
  async ask(to: Target, questions: readonly (readonly [name: string, ...args: unknown[]])[]): Promise<unknown[]> {
    const abi = this.abiOf(to);
    const answers: unknown[] = [];
    for (let i = 0; i < questions.length; i += 150) {
      const some = questions.slice(i, i + 150);
      const calls = some.map(([name, ...args]) => abi.encodeFunctionData(name, args));
      const data = batchAbi.encodeFunctionData("run", [this.set.addresses[to], calls]);
      const answer = (await rpc("eth_call", { to: this.set.batch, data, gas: GAS }, "latest")) as string;
      const [results] = batchAbi.decodeFunctionResult("run", answer) as unknown as [string[]];
      results.forEach((result, n) => {
        const name = some[n]![0];
        const decoded = abi.decodeFunctionResult(name, result);
        const [first] = decoded as unknown as unknown[];
        const isList = abi.getFunction(name)!.outputs[0]!.baseType === "array";
        if (decoded.length > 1) answers.push(decoded.toArray());
        else answers.push(isList ? (first as unknown[]).map(plain) : plain(first));
      });
    }
    return answers;
  }

  /* SIGNING */

  get escrowDomain(): TypedDataDomain {
    return escrowDomain(31_337n, this.set.addresses.escrow);
  }

  tokenDomain(token: string): TypedDataDomain {
    return { name: "Test Yuan", version: "1", chainId: 31_337n, verifyingContract: token };
  }

  /** A signature by the key of an account. */
  sign<Name extends TypedDataName>(
    domain: TypedDataDomain,
    name: Name,
    message: TypedDataMessages[Name],
    signer: string,
  ): ReturnType<SigningKey["sign"]> {
    return this.set.keys.get(signer)!.sign(typedDataDigest(domain, name, message));
  }

  /** A voucher of a batch, signed by `signedBy`: for `settle`. */
  signVoucher(voucher: Voucher): Readonly<Record<string, unknown>> {
    const signature = this.signConsumption(voucher);
    return { ...voucher, r: signature.r, vs: signature.yParityAndS };
  }

  /** The same for `settleContractHolders`. */
  signContractVoucher(voucher: Voucher): Readonly<Record<string, unknown>> {
    return { ...voucher, signature: this.signConsumption(voucher).serialized };
  }

  private signConsumption({ cardId, cumulative, receipt, signedBy }: Voucher): ReturnType<SigningKey["sign"]> {
    return this.sign(this.escrowDomain, "Consumption", { cardId, cumulative, receipt }, signedBy);
  }
}

function readRefusal(error: unknown): { readonly error: string; readonly fields: unknown } {
  const revert = findRevert(error);
  if (revert === undefined) throw error;
  if (!("data" in revert)) return { error: revert.revert, fields: revert.fields };
  const parsed = tokenAbi.parseError(revert.data);
  if (parsed === null) throw error;
  return { error: parsed.name, fields: parsed.args.toObject() };
}
