import { Contract, getAddress, hexlify, isError, randomBytes } from "ethers";
import type { TypedDataDomain } from "ethers";

import { IPrepaidEscrow__factory } from "../contracts/abi.js";
import { checksummed, isUnreachable, rpcCall } from "./rpc.js";
import { approveCall, escrowCall, registerCall } from "../actions/calls.js";
import type { Call, EscrowInputs, Purchase, RegisterInputs, KeyVoucher } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
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

/** Where the contracts are. */
export interface ClientOptions {
  readonly escrow: string;
  /** The deposit register beside it, if its operations are wanted. */
  readonly register?: string;
  /** The chain the caller means to be on; another one is refused. */
  readonly chainId?: bigint;
  /** The block the escrow was deployed in; old logs are looked for from there. Default: 0. */
  readonly deployBlock?: number;
  /** Milliseconds between two looks for a transaction that was sent. Default: 4 000. */
  readonly interval?: number;
}

/** What each operation of escrow and register takes, by the name of its function. */
export type OperationInputs = EscrowInputs & RegisterInputs;

/** The name of a function of escrow or register that changes something. */
export type Operation = keyof OperationInputs;

/** What a call would cost, found by trying it. */
export interface Simulation {
  readonly call: Call;
  readonly from: string;
  readonly gas: bigint;
  /** Wei at the present price of gas. */
  readonly fee: bigint;
  /** Wei the sender has. */
  readonly balance: bigint;
}

/** What became of a transaction. */
export interface Outcome {
  readonly transactionHash: string;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** Wei. */
  readonly fee: bigint;
  /** What escrow and register say has happened, in order. */
  readonly events: readonly EscrowEvent[];
}

/** A card to be bought; what is left out has a usual value. */
export interface Order {
  readonly programId: bigint;
  /** Default: the client's own account. */
  readonly holder?: string;
  /** Token base units. Default: the program's price; an open amount has none. */
  readonly principal?: bigint;
  /** Default: the lowest one the holder has not used in the program. */
  readonly serial?: bigint;
  /** Unix time at which a pass begins. Default: now. */
  readonly startsAt?: bigint;
}

/** How long signatures are good unless the caller says otherwise, in seconds. */
const SIGNATURE_PERIOD = 86_400n;

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const domainAbi = [
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
];

/**
 * The escrow and the deposit register for programs, over any signer or provider of ethers 6, of whichever copy.
 *
 * Numbers are `bigint`: amounts in token base units (`Token` reads and writes them for people), times in Unix seconds.
 * What a contract refuses is thrown as `RevertError`, before anything is sent.
 */
export class EscrowClient extends EscrowReader {
  readonly #deposits: RegisterClient | undefined;
  /** What has happened, and lists that only events make possible. */
  readonly history: EscrowHistory;

  private constructor(
    provider: ProviderLike,
    readonly signer: SignerLike | undefined,
    readonly chainId: bigint,
    escrow: string,
    deposits: RegisterClient | undefined,
    deployBlock: number,
    /** Milliseconds between two looks for a transaction that was sent. */
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
   * What the deposit register answers.
   *
   * @throws InvalidInputError if the client was connected without its address.
   */
  get deposits(): RegisterClient {
    if (this.#deposits !== undefined) return this.#deposits;
    const allowed = "the deposit register's address";
    throw new InvalidInputError("register", "not given", allowed, "connect the client with it");
  }

  /**
   * A client of an escrow, once the node has answered that it is there.
   *
   * @param runner A provider to read with, or a signer (with its provider) to send and sign with as well.
   * @param options Where the contracts are.
   * @throws WrongNetworkError, WrongContractError, NodeUnreachableError.
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
          // A contract without this function refuses or answers nothing.
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
   * A client of the same contracts that sends and signs with another signer. The node is not asked again.
   *
   * @param signer Its own provider is used for what it sends by itself; without one, the client's provider is used.
   */
  withSigner(signer: SignerLike): EscrowClient {
    const { provider, chainId, escrow, deployBlock, interval } = this;
    return new EscrowClient(provider, signer, chainId, escrow, this.#deposits, deployBlock, interval);
  }

  /* SENDING */

  /** The account this client sends and signs from. */
  async account(): Promise<string> {
    const { signer } = this;
    if (signer === undefined) throw new SignerMissingError();
    return await rpcCall(() => signer.getAddress());
  }

  /**
   * The call of an operation, to be sent by whoever likes to.
   *
   * @throws InvalidInputError if a value does not fit.
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
   * Tries an operation without sending it, and prices it.
   *
   * @param from Who would send it; the client's account unless told otherwise.
   * @throws RevertError if the contract would refuse; `RoleMissingError`, `AllowanceShortError` and `BalanceShortError` are
   * such errors that say more.
   */
  async simulate<Name extends Operation>(
    operation: Name,
    input: OperationInputs[Name],
    from?: string,
  ): Promise<Simulation> {
    return await this.simulateCall(this.call(operation, input), from);
  }

  /** The same for a call that is built already. */
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
   * @throws RevertError if the contract refuses; before anything is sent, unless the chain changed in between.
   */
  async execute<Name extends Operation>(operation: Name, input: OperationInputs[Name]): Promise<Outcome> {
    return await this.send(this.call(operation, input));
  }

  /**
   * The same for a call that is built already.
   *
   * @param options Gas limit, fees, nonce, and who is called before and after the transaction leaves.
   * @throws TransactionDroppedError if nodes forget it, TransactionReplacedError if another one has taken its place,
   * OutcomeUnknownError if there is no sign of it for thirty looks, or if the node broke off while taking it; see `interval` of {@link ClientOptions}.
   */
  async send(call: Call, options: SendOptions = {}): Promise<Outcome> {
    return await this.outcomeOf(await this.submit(call, options));
  }

  /**
   * Sends a call and returns once the transaction has a hash; {@link outcomeOf} waits until it is mined.
   *
   * @throws RevertError if the contract refuses, RejectedByUserError, GasMoneyShortError, NodeUnreachableError: nothing was sent.
   * OutcomeUnknownError if the node broke off while taking it.
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
   * @throws RevertError if it was reverted; what {@link send} throws once the transaction has left.
   */
  async outcomeOf(sent: SentTransaction): Promise<Outcome> {
    return this.#readOutcome(await this.#mined(sent));
  }

  /**
   * What a transaction that is mined has done, by its hash.
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
      // Decoded when they are first read: whoever sends thousands of transactions reads few of them.
      get events() {
        return (events ??= decodeEvents(ours));
      },
    };
  }

  /**
   * Lets the escrow (or the register) take tokens of the client's account, as buying with an allowance needs it.
   *
   * @param token The token's address.
   * @param value Base units.
   * @param spender The escrow unless told otherwise.
   */
  async approve(token: string, value: bigint, spender: string = this.escrow): Promise<Outcome> {
    return await this.send(approveCall(token, { spender, value }));
  }

  /**
   * A purchase with its usual values filled in.
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

  /** The call that buys a card with the allowance of whoever sends it. */
  buyCall({ startsAt, ...purchase }: Purchase): Call {
    return startsAt === 0n ? this.call("buy", purchase) : this.call("buyPass", { ...purchase, startsAt });
  }

  /** Buys a card with the allowance of the client's account. */
  async buy(order: Order): Promise<Outcome> {
    return await this.send(this.buyCall(await this.purchase(order)));
  }

  /* SIGNING */

  /** The domain that holders and operators sign in. */
  get domain(): TypedDataDomain {
    return escrowDomain(this.chainId, this.escrow);
  }

  /**
   * Has the client's account sign a request.
   *
   * @returns What the request makes of the signature: a voucher, or the input of the call that anyone may send.
   * @throws WrongSignerError if another account should sign.
   */
  async sign<Result>(request: SigningRequest<Result>): Promise<Result> {
    const account = await this.account();
    if (account !== getAddress(request.signer)) throw new WrongSignerError(account, request.signer);
    const { domain, types, message } = request;
    const signer = this.signer;
    if (signer === undefined) throw new SignerMissingError();
    return request.complete(await rpcCall(() => signer.signTypedData(domain, types, message)));
  }

  /** A visit for its holder to confirm; see {@link consumptionRequest}. */
  consumptionRequest(message: ConsumptionMessage): SigningRequest<KeyVoucher> {
    return consumptionRequest(this.domain, decodeCardId(message.cardId).holder, message);
  }

  /**
   * A batch for an operator to sign; the answer is the input of `settleWithSignature`.
   *
   * @param options `operator`: the client's account unless told otherwise; `deadline`: in one day.
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
   * A request to leave for the holder to sign; the answer is the input of `requestExitWithSignature`.
   *
   * @param deadline Last moment the signature is good; unless told otherwise in one day, and in cooling-off the last moment of
   * that if it is earlier: sent later, the request would pay less.
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
   * A complaint for the holder to sign; the answer is the input of `complainWithSignature`.
   *
   * @param evidence Hash of what is brought forward.
   * @param deadline Last moment the signature is good; in one day unless told otherwise.
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
   * A payment for one card that anyone can relay (ERC-3009); the answer is the input of `buyWithAuthorization`.
   *
   * @param order The card; `payer`: the client's account unless told otherwise; `validBefore`: in one day; `salt`: random.
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
   * A permit (ERC-2612) for the price of one card; the answer is the input of `buyWithPermit`, which the payer sends.
   *
   * @param order The card; `payer`: the client's account unless told otherwise; `deadline`: in one day.
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

  async #exitDeadline(cardId: string, { openedAt }: CardView): Promise<bigint> {
    const deadline = await this.#deadline();
    const { policyId } = await this.program(decodeCardId(cardId).programId);
    const lastRegret = openedAt + (await this.policy(policyId)).coolingOff - 1n;
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
