import { Contract, getAddress, hexlify, isError, randomBytes } from "ethers";
import type { TypedDataDomain } from "ethers";

import { IPrepaidEscrow__factory } from "../contracts/abi.js";
import { checksummed, isUnreachable, rpcCall } from "./rpc.js";
import { approveCall, escrowCall, registerCall } from "../actions/calls.js";
import type { Call, EscrowInputs, Purchase, RegisterInputs, KeyVoucher } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
import { coolingOffEndsAt, withdrawnFlagOf } from "../contracts/clock.js";
import { coolingOffOf } from "../contracts/policy.js";
import {
  OutcomeUnknownError,
  SignerMissingError,
  TransactionFailedError,
  WrongContractError,
  WrongNetworkError,
  WrongSignerError,
} from "./errors.js";
import { findRevert } from "../contracts/reverts.js";
import { decodeEvents } from "../contracts/events.js";
import type { EscrowEvent } from "../contracts/events.js";
import { runnerOf } from "./ethersLike.js";
import type { ProviderLike, ReceiptLike, RequestLike, SignerLike } from "./ethersLike.js";
import { EscrowHistory } from "./history.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { confirm } from "./confirm.js";
import { gasLimitFor, submit } from "./sending.js";
import type { SendOptions, SentTransaction } from "./sending.js";
import { EscrowReader } from "./reader.js";
import { RegisterClient } from "./registerClient.js";
import { refusalOf } from "./refusals.js";
import {
  authorizationRequest,
  complaintRequest,
  consumptionRequest,
  exitRequest,
  permitRequest,
  settlementRequest,
} from "../actions/signing.js";
import type { SigningRequest } from "../actions/signing.js";
import { tokenDomain } from "./tokenDomain.js";
import { escrowDomain } from "../contracts/typedData.js";
import type { ConsumptionMessage } from "../contracts/typedData.js";
import type { CardView, MerchantView } from "../contracts/views.js";

/** Addresses and settings of a client. */
export interface ClientOptions {
  readonly escrow: string;
  /** The escrow's deposit register. Needed for its operations only. */
  readonly register?: string;
  /** The expected chain. Default: any chain is accepted. */
  readonly chainId?: bigint;
  /** The block of the escrow's deployment: logs are read from there. Default: 0. */
  readonly deployBlock?: number;
  /** Milliseconds between two requests for a transaction that was sent. Default: 4 000. */
  readonly interval?: number;
}

/** The input of each operation of escrow and register, by the name of its function. */
export type OperationInputs = EscrowInputs & RegisterInputs;

/** The name of a function of escrow or register that changes something. */
export type Operation = keyof OperationInputs;

/** The cost of a call, found by a call that is not sent. */
export interface Simulation {
  readonly call: Call;
  readonly from: string;
  readonly gas: bigint;
  /** Wei at the present price of gas. */
  readonly fee: bigint;
  /** The sender's ether, in wei. */
  readonly balance: bigint;
}

/** The result of a transaction that was mined. */
export interface Outcome {
  readonly transactionHash: string;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** Wei. */
  readonly fee: bigint;
  /** The events of escrow and register, in order. */
  readonly events: readonly EscrowEvent[];
}

/** A card to buy. */
export interface Order {
  readonly programId: bigint;
  /** Default: the client's own account. */
  readonly holder?: string;
  /** Token base units. Default: the program's price; an open amount has none. */
  readonly principal?: bigint;
  /** Default: the lowest serial that the holder has not used in the program. */
  readonly serial?: bigint;
  /** Start of a pass, in Unix seconds. Default: now. */
  readonly startsAt?: bigint;
}

/** Default validity of signatures, in seconds. */
const SIGNATURE_PERIOD = 86_400n;

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const domainAbi = [
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
];

/**
 * A client of the escrow and the deposit register, over any signer or provider of ethers 6, also one of another copy of ethers.
 *
 * Numbers are `bigint`: amounts in token base units (`Token` reads and writes them for people), times in Unix seconds.
 * A call that a contract would refuse is not sent: a `RevertError` is thrown.
 */
export class EscrowClient extends EscrowReader {
  readonly #deposits: RegisterClient | undefined;
  /** Past events, and lists of cards, merchants, programs and policies. */
  readonly history: EscrowHistory;

  private constructor(
    provider: ProviderLike,
    readonly signer: SignerLike | undefined,
    readonly chainId: bigint,
    escrow: string,
    deposits: RegisterClient | undefined,
    deployBlock: number,
    /** Milliseconds between two requests for a transaction that was sent. */
    readonly interval: number,
  ) {
    super(provider, escrow, deployBlock);
    this.#deposits = deposits;
    this.history = new EscrowHistory(this);
  }

  /** The address of the deposit register, if the client knows it. */
  get register(): string | undefined {
    return this.#deposits?.register;
  }

  /**
   * The client of the deposit register.
   *
   * @throws InvalidInputError if the client was connected without its address.
   */
  get deposits(): RegisterClient {
    if (this.#deposits !== undefined) return this.#deposits;
    const allowed = "the deposit register's address";
    throw new InvalidInputError("register", "not given", allowed, "connect the client with it");
  }

  /**
   * Connects to an escrow, after checking that the contract is there.
   *
   * @param runner A provider to read with, or a signer (with its provider) to send and sign with as well.
   * @throws InvalidInputError if the signer has no provider, or an address is none.
   * @throws WrongNetworkError if the node is on another chain than expected.
   * @throws WrongContractError if there is no escrow or no register of it at an address.
   * @throws NodeUnreachableError if the node does not answer.
   */
  static async connect(runner: ProviderLike | SignerLike, options: ClientOptions): Promise<EscrowClient> {
    const signer = "signTypedData" in runner ? runner : undefined;
    const provider = "signTypedData" in runner ? runner.provider : runner;
    if (provider === null || provider === undefined)
      throw new InvalidInputError("runner", "a signer", "a signer with a provider", "connect it to one");
    const escrow = checksummed("escrow", options.escrow);
    const register = options.register === undefined ? undefined : checksummed("register", options.register);
    const { chainId } = await rpcCall(() => provider.getNetwork());
    if (options.chainId !== undefined && options.chainId !== chainId)
      throw new WrongNetworkError(chainId, options.chainId);
    const found = await rpcCall(async () => {
      if ((await provider.getCode(escrow)) === "0x") return undefined;
      return (await new Contract(escrow, domainAbi, runnerOf(provider))
        .getFunction("eip712Domain")
        .staticCall()
        .catch((error: unknown) => {
          // A contract without this function reverts or returns nothing.
          if (findRevert(error) !== undefined || isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA")) {
            return undefined;
          }
          throw error;
        })) as { readonly name: string } | undefined;
    });
    if (found?.name !== "PrepaidEscrow") throw new WrongContractError(escrow, "PrepaidEscrow", chainId);
    const deposits =
      register === undefined ? undefined : await RegisterClient.connect(provider, { register, escrow, chainId });
    return new EscrowClient(
      provider,
      signer,
      chainId,
      escrow,
      deposits,
      options.deployBlock ?? 0,
      options.interval ?? 4_000,
    );
  }

  /**
   * A client of the same contracts that sends and signs with another signer. No request is made.
   *
   * @param signer If it has a provider and sends by itself, it sends over that one; all else goes over this client's provider.
   */
  withSigner(signer: SignerLike): EscrowClient {
    const { provider, chainId, escrow, deployBlock, interval } = this;
    return new EscrowClient(provider, signer, chainId, escrow, this.#deposits, deployBlock, interval);
  }

  /* SENDING */

  /**
   * The account that this client sends and signs from.
   *
   * @throws SignerMissingError if the client was connected without a signer.
   */
  async account(): Promise<string> {
    const { signer } = this;
    if (signer === undefined) throw new SignerMissingError();
    return await rpcCall(() => signer.getAddress());
  }

  /**
   * The call of an operation. It is not sent.
   *
   * @throws InvalidInputError if a value does not fit its parameter, or the register's address is not known.
   */
  call<Name extends Operation>(operation: Name, input: OperationInputs[Name]): Call {
    if (escrowAbi.hasFunction(operation)) {
      const name = operation as keyof EscrowInputs;
      return escrowCall(this.escrow, name, input);
    }
    const name = operation as keyof RegisterInputs;
    return registerCall(this.deposits.register, name, input as RegisterInputs[typeof name]);
  }

  /**
   * Tries an operation without sending it, and estimates its cost.
   *
   * @param from The sender. Default: the client's account.
   * @throws RevertError if the contract would refuse; its subclasses `RoleMissingError`, `AllowanceShortError` and `BalanceShortError`
   * have the missing role or amount.
   * @throws TokenRefusedError if the token would refuse. NodeUnreachableError if the node does not answer.
   */
  async simulate<Name extends Operation>(
    operation: Name,
    input: OperationInputs[Name],
    from?: string,
  ): Promise<Simulation> {
    return await this.simulateCall(this.call(operation, input), from);
  }

  /** {@link simulate} for a call that is built already. */
  async simulateCall(call: Call, from?: string): Promise<Simulation> {
    const sender = from ?? (await this.account());
    const request = { ...call, from: sender };
    try {
      return await rpcCall(async () => {
        await this.provider.call(request);
        const [gas, { maxFeePerGas, gasPrice }, balance] = await Promise.all([
          this.provider.estimateGas(request),
          this.provider.getFeeData(),
          this.provider.getBalance(sender),
        ]);
        return { call, from: sender, gas, fee: gas * (gasPrice ?? maxFeePerGas ?? 0n), balance };
      }, sender);
    } catch (error) {
      throw await refusalOf(this, request, error);
    }
  }

  /**
   * Tries an operation, sends it, and waits until it is mined.
   *
   * @throws RevertError if the contract refuses. Nothing was sent then, unless the chain changed in between.
   * @throws The errors of {@link send}.
   */
  async execute<Name extends Operation>(operation: Name, input: OperationInputs[Name]): Promise<Outcome> {
    return await this.send(this.call(operation, input));
  }

  /**
   * {@link execute} for a call that is built already.
   *
   * @param options Gas limit, fees, nonce, and callbacks before and after the transaction is sent.
   * @throws The errors of {@link submit}.
   * @throws TransactionDroppedError if the nodes no longer know the transaction, TransactionReplacedError if another one was mined with
   * its nonce, TransactionFailedError if it was reverted for an unknown reason.
   * @throws OutcomeUnknownError if thirty requests in a row do not find it; see `interval` of {@link ClientOptions}.
   */
  async send(call: Call, options: SendOptions = {}): Promise<Outcome> {
    return await this.outcomeOf(await this.submit(call, options));
  }

  /**
   * Sends a call and returns once the transaction has a hash; {@link outcomeOf} waits until it is mined.
   *
   * @throws RevertError if the contract refuses, SignerMissingError, RejectedByUserError, GasMoneyShortError, NodeUnreachableError:
   * nothing was sent.
   * @throws OutcomeUnknownError if the connection broke while the transaction was sent.
   */
  async submit(call: Call, options: SendOptions = {}): Promise<SentTransaction> {
    const { signer, provider, chainId } = this;
    if (signer === undefined) throw new SignerMissingError();
    const from = await this.account();
    const gasLimit = options.gasLimit ?? gasLimitFor(await this.#estimate({ ...call, from }));
    const sent = await submit({ signer, provider, chainId }, { ...call, from, gasLimit }, options);
    options.onSent?.(sent.hash);
    return sent;
  }

  /**
   * Waits until a transaction that was {@link submit}ted is mined.
   *
   * @throws RevertError if it was reverted, and the errors of {@link send} after sending.
   */
  async outcomeOf(sent: SentTransaction): Promise<Outcome> {
    return this.#readOutcome(await this.#mined(sent));
  }

  /**
   * The result of a transaction that is mined, by its hash.
   *
   * @throws OutcomeUnknownError if the node has no such transaction in a block; TransactionFailedError if it was reverted.
   */
  async outcome(transactionHash: string): Promise<Outcome> {
    const receipt = await rpcCall(() => this.provider.getTransactionReceipt(transactionHash));
    if (receipt === null) throw new OutcomeUnknownError(transactionHash, {});
    if (receipt.status !== 1) throw new TransactionFailedError(transactionHash);
    return this.#readOutcome(receipt);
  }

  #readOutcome(receipt: ReceiptLike): Outcome {
    const { hash: transactionHash, blockNumber, gasUsed, fee, logs } = receipt;
    const ours = logs.filter(({ address }) => address === this.escrow || address === this.register);
    let events: readonly EscrowEvent[] | undefined;
    return {
      transactionHash,
      blockNumber,
      gasUsed,
      fee,
      // Decoded on first use: a caller that sends thousands of transactions reads few of them.
      get events() {
        return (events ??= decodeEvents(ours));
      },
    };
  }

  /**
   * Lets the escrow or the register take tokens of the client's account, which `buy` and `deposit` need.
   *
   * @param token The token's address.
   * @param value Base units.
   * @param spender Default: the escrow.
   */
  async approve(token: string, value: bigint, spender: string = this.escrow): Promise<Outcome> {
    return await this.send(approveCall(token, { spender, value }));
  }

  /**
   * A purchase with its default values filled in.
   *
   * @throws InvalidInputError if the program sells open amounts and none is given.
   */
  async purchase(order: Order): Promise<Purchase> {
    const { programId, startsAt = 0n } = order;
    const holder = order.holder === undefined ? await this.account() : checksummed("holder", order.holder);
    const { price } = await this.program(programId);
    const principal = order.principal ?? price;
    if (principal === 0n) {
      throw new InvalidInputError(
        "principal",
        principal,
        "more than 0",
        `say how much to pay; program ${programId} sells any amount`,
      );
    }
    return {
      programId,
      holder,
      principal,
      serial: order.serial ?? (await this.freeSerial(holder, programId)),
      startsAt,
    };
  }

  /** The call that buys a card with the sender's allowance. */
  buyCall({ startsAt, ...purchase }: Purchase): Call {
    return startsAt === 0n ? this.call("buy", purchase) : this.call("buyPass", { ...purchase, startsAt });
  }

  /**
   * Buys a card with the allowance of the client's account.
   *
   * @throws The errors of {@link purchase} and {@link send}.
   */
  async buy(order: Order): Promise<Outcome> {
    return await this.send(this.buyCall(await this.purchase(order)));
  }

  /* SIGNING */

  /** The EIP-712 domain of the escrow, which holders and operators sign in. */
  get domain(): TypedDataDomain {
    return escrowDomain(this.chainId, this.escrow);
  }

  /**
   * Signs a request with the client's account.
   *
   * @returns A voucher, or the input of the call that the signature completes.
   * @throws WrongSignerError if another account must sign, SignerMissingError without a signer, RejectedByUserError.
   */
  async sign<Result>(request: SigningRequest<Result>): Promise<Result> {
    const account = await this.account();
    if (account !== getAddress(request.signer)) throw new WrongSignerError(account, request.signer);
    const { domain, types, message } = request;
    const signer = this.signer;
    if (signer === undefined) throw new SignerMissingError();
    return request.complete(await rpcCall(() => signer.signTypedData(domain, types, message)));
  }

  /** A consumption for its holder to sign; see {@link consumptionRequest}. */
  consumptionRequest(message: ConsumptionMessage): SigningRequest<KeyVoucher> {
    return consumptionRequest(this.domain, decodeCardId(message.cardId).holder, message);
  }

  /**
   * A batch for an operator to sign. The signature completes the input of `settleWithSignature`.
   *
   * @param options `operator`, default: the client's account; `deadline` in Unix seconds, default: in one day.
   */
  async settlementRequest(
    merchantId: bigint,
    vouchers: readonly KeyVoucher[],
    options: { readonly operator?: string; readonly deadline?: bigint } = {},
  ): Promise<SigningRequest<EscrowInputs["settleWithSignature"]>> {
    const operator = options.operator ?? (await this.account());
    const deadline = options.deadline ?? (await this.#deadline());
    return settlementRequest(this.domain, operator, { merchantId, vouchers, deadline });
  }

  /**
   * A request to leave for the holder to sign. The signature completes the input of `requestExitWithSignature`.
   *
   * @param deadline Last second at which the signature is valid, in Unix seconds. Default: in one day, or the end of the cooling-off if
   * that is earlier, because a request sent after it may pay less.
   */
  async exitRequest(
    cardId: string,
    deadline?: bigint,
  ): Promise<SigningRequest<EscrowInputs["requestExitWithSignature"]>> {
    const card = await this.card(cardId);
    const message = { cardId, nonce: card.nonce, deadline: deadline ?? (await this.#exitDeadline(cardId, card)) };
    return exitRequest(this.domain, decodeCardId(cardId).holder, message);
  }

  /**
   * A complaint for the holder to sign. The signature completes the input of `complainWithSignature`.
   *
   * @param evidence Hash of the evidence.
   * @param deadline Last second at which the signature is valid, in Unix seconds. Default: in one day.
   */
  async complaintRequest(
    cardId: string,
    evidence: string,
    deadline?: bigint,
  ): Promise<SigningRequest<EscrowInputs["complainWithSignature"]>> {
    const { nonce } = await this.card(cardId);
    const message = { cardId, evidence, nonce, deadline: deadline ?? (await this.#deadline()) };
    return complaintRequest(this.domain, decodeCardId(cardId).holder, message);
  }

  /**
   * A payment for one card that anyone can relay (ERC-3009). The signature completes the input of `buyWithAuthorization`.
   *
   * @param order The card; `payer`, default: the client's account; `validBefore` in Unix seconds, default: in one day; `salt`, default:
   * random.
   * @throws TokenDomainUnknownError if the token's EIP-712 domain cannot be found.
   */
  async authorizationRequest(
    order: Order & { readonly payer?: string; readonly validBefore?: bigint; readonly salt?: string },
  ): Promise<SigningRequest<EscrowInputs["buyWithAuthorization"]>> {
    const purchase = await this.purchase(order);
    const { vault, token } = await this.#sellerOf(purchase);
    return authorizationRequest(await rpcCall(() => tokenDomain(this.provider, token)), {
      escrow: this.escrow,
      vault,
      payer: order.payer ?? (await this.account()),
      purchase,
      validAfter: 0n,
      validBefore: order.validBefore ?? (await this.#deadline()),
      salt: order.salt ?? hexlify(randomBytes(32)),
    });
  }

  /**
   * A permit (ERC-2612) for the price of one card. The signature completes the input of `buyWithPermit`, which the payer sends.
   *
   * @param order The card; `payer`, default: the client's account; `deadline` in Unix seconds, default: in one day.
   * @throws TokenDomainUnknownError if the token's EIP-712 domain cannot be found.
   */
  async permitRequest(
    order: Order & { readonly payer?: string; readonly deadline?: bigint },
  ): Promise<SigningRequest<EscrowInputs["buyWithPermit"]>> {
    const purchase = await this.purchase(order);
    const { token } = await this.#sellerOf(purchase);
    const payer = order.payer ?? (await this.account());
    return permitRequest(await rpcCall(() => tokenDomain(this.provider, token)), {
      escrow: this.escrow,
      payer,
      purchase,
      nonce: await this.permitNonce(token, payer),
      deadline: order.deadline ?? (await this.#deadline()),
    });
  }

  /* INSIDE */

  /** The gas of a call. One request where it passes; where it does not, the call is tried for the reason as well. */
  async #estimate(request: RequestLike & { readonly from: string }): Promise<bigint> {
    try {
      return await rpcCall(async () => {
        try {
          return await this.provider.estimateGas(request);
        } catch (error) {
          if (isUnreachable(error)) throw error;
          // Some nodes answer an estimate without what the contract has answered.
          await this.provider.call(request);
          throw error;
        }
      }, request.from);
    } catch (error) {
      throw await refusalOf(this, request, error);
    }
  }

  async #sellerOf({ programId }: Purchase): Promise<MerchantView> {
    return await this.merchant((await this.program(programId)).merchantId);
  }

  async #exitDeadline(cardId: string, { openedAt, coolingOffOver }: CardView): Promise<bigint> {
    const deadline = await this.#deadline();
    if (coolingOffOver) return deadline;
    const program = await this.program(decodeCardId(cardId).programId);
    const [policy, merchant] = await Promise.all([this.policy(program.policyId), this.merchant(program.merchantId)]);
    const ends = coolingOffEndsAt(withdrawnFlagOf(merchant), openedAt, coolingOffOf(policy, program));
    const lastRegret = ends - 1n;
    const over = lastRegret < deadline - SIGNATURE_PERIOD;
    return over || lastRegret > deadline ? deadline : lastRegret;
  }

  async #deadline(): Promise<bigint> {
    return (await this.now()) + SIGNATURE_PERIOD;
  }

  async #mined(sent: SentTransaction): Promise<ReceiptLike> {
    const { call, from } = sent;
    const receipt = await confirm(this.provider, sent, this.interval);
    if (receipt.status === 1) return receipt;
    await rpcCall(() => this.provider.call({ ...call, from, blockTag: receipt.blockNumber }));
    throw new TransactionFailedError(sent.hash);
  }
}
