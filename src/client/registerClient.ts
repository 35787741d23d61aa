import { IDepositRegister__factory } from "../contracts/abi.js";
import type { IDepositRegister } from "../contracts/abi.js";
import { runnerOf } from "./ethersLike.js";
import type { ProviderLike } from "./ethersLike.js";
import { rpcCall, rpcView, checksummed, isUnreachable } from "./rpc.js";
import { WrongContractError } from "./errors.js";
import type { ClaimLine } from "../actions/claims.js";
import type { ClaimQuote, DepositView, DistributionView, RuleView, SuretyView } from "../contracts/registerViews.js";
import { WarningKind, WarningLevel, nameOf } from "../contracts/enums.js";
import type { WarningView } from "../contracts/views.js";

/**
 * Reads the deposit register. `EscrowClient` sends its operations. Amounts in token base units, times in Unix seconds.
 *
 * Every method throws NodeUnreachableError if the node does not answer.
 */
export class RegisterClient {
  readonly #contract: IDepositRegister;

  private constructor(
    provider: ProviderLike,
    readonly register: string,
  ) {
    this.#contract = IDepositRegister__factory.connect(register, runnerOf(provider));
  }

  /**
   * Connects to a register, after checking that it is there and belongs to the escrow.
   *
   * @param at The register, the escrow it must belong to, and the chain, for the error.
   * @throws WrongContractError if there is no register of this escrow at the address.
   */
  static async connect(
    provider: ProviderLike,
    at: { readonly register: string; readonly escrow: string; readonly chainId: bigint },
  ): Promise<RegisterClient> {
    const register = checksummed("register", at.register);
    const client = new RegisterClient(provider, register);
    const missing = new WrongContractError(register, "DepositRegister", at.chainId);
    if ((await rpcCall(() => provider.getCode(register))) === "0x") throw missing;
    const escrow = await client.#contract.escrow().catch(async (cause: unknown) => {
      if (isUnreachable(cause)) return await rpcCall(() => Promise.reject(cause as Error));
      throw missing;
    });
    if (escrow === at.escrow) return client;
    throw new WrongContractError(register, `DepositRegister of escrow ${at.escrow}`, at.chainId);
  }

  /** A merchant's deposit rule. */
  async rule(merchantId: bigint): Promise<RuleView> {
    return await rpcView(() => this.#contract.rule(merchantId));
  }

  /** A merchant's deposit, with its reports. */
  async depositOf(merchantId: bigint): Promise<DepositView> {
    return await rpcView(() => this.#contract.depositOf(merchantId));
  }

  /** The deposit that is required now, in token base units. */
  async required(merchantId: bigint): Promise<bigint> {
    return await rpcCall(() => this.#contract.required(merchantId));
  }

  /** A merchant's surety. */
  async surety(merchantId: bigint): Promise<SuretyView> {
    return await rpcView(() => this.#contract.surety(merchantId));
  }

  /** The distribution of a merchant's deposit after a default. */
  async distribution(merchantId: bigint): Promise<DistributionView> {
    return await rpcView(() => this.#contract.distribution(merchantId));
  }

  /** The amount that a claim was paid, and the amount due to it now, in token base units; `index` is its line in the list. */
  async quoteClaim(merchantId: bigint, { index, account, amount }: ClaimLine & { index: bigint }): Promise<ClaimQuote> {
    return await rpcView(() => this.#contract.quoteClaim(merchantId, index, account, amount));
  }

  /** The register's warnings about a merchant that stand. */
  async warnings(merchantId: bigint): Promise<readonly WarningView[]> {
    const standing = await rpcCall(() => this.#contract.warnings(merchantId));
    return standing.map(({ kind, level }) => ({ kind: nameOf(WarningKind, kind), level: nameOf(WarningLevel, level) }));
  }
}
