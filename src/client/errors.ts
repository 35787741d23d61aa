import { RevertError } from "../contracts/reverts.js";
import type { Token } from "../utils/token.js";
import { formatAmount } from "../utils/units.js";

/*
 * The errors of a client besides a refusal by a contract (`RevertError`) and a value that does not fit (`InvalidInputError`). Each
 * message has the value, the limit and the next step.
 */

/** Thrown when the node is on another chain than expected. */
export class WrongNetworkError extends Error {
  override readonly name = "WrongNetworkError";

  constructor(
    readonly chainId: bigint,
    readonly expected: bigint,
  ) {
    super(
      `The node is of chain ${chainId}; expected: ${expected}. Next: switch the wallet or the node to chain ${expected}.`,
    );
  }
}

/** Thrown when there is no contract of the expected kind at an address. */
export class WrongContractError extends Error {
  override readonly name = "WrongContractError";

  constructor(
    readonly address: string,
    readonly expected: string,
    readonly chainId: bigint,
  ) {
    super(`There is no ${expected} at ${address} on chain ${chainId}. Next: check the address and the network.`);
  }
}

/** Thrown when the node does not answer. */
export class NodeUnreachableError extends Error {
  override readonly name = "NodeUnreachableError";

  constructor(options: ErrorOptions) {
    super(
      "The node does not answer. Next: check its address and the connection, then repeat; nothing was lost.",
      options,
    );
  }
}

/** Thrown when a transaction was sent, or may have been, but the node stopped answering before it was mined. */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";

  /** @param transactionHash Undefined if the node stopped answering before the hash was known. */
  constructor(
    readonly transactionHash: string | undefined,
    options: ErrorOptions,
  ) {
    super(
      transactionHash === undefined
        ? "The node stopped answering while the transaction was handed to it: it may have arrived. Next: look at the account's newest transactions before sending again."
        : `Transaction ${transactionHash} was sent, but the node does not say what became of it. Next: look it up before sending again.`,
      options,
    );
  }
}

/** Thrown when a client without a signer has to send or sign. */
export class SignerMissingError extends Error {
  override readonly name = "SignerMissingError";

  constructor() {
    super("The client has no account to send from. Next: connect it to a signer instead of a provider.");
  }
}

/** Thrown when another account than the client's must sign. */
export class WrongSignerError extends Error {
  override readonly name = "WrongSignerError";

  constructor(
    readonly account: string,
    readonly expected: string,
  ) {
    super(`The account is ${account}; it has to be signed by ${expected}. Next: switch to that account.`);
  }
}

/** Thrown when the user rejects a request in the wallet. */
export class RejectedByUserError extends Error {
  override readonly name = "RejectedByUserError";

  constructor(options: ErrorOptions) {
    super("The wallet's user declined; nothing was sent. Next: confirm it in the wallet.", options);
  }
}

/** Thrown when the account has too little ether for the gas. */
export class GasMoneyShortError extends Error {
  override readonly name = "GasMoneyShortError";
  /** The account's ether in wei; undefined if it is not known. */
  readonly balance: bigint | undefined;
  /** The ether needed, in wei; undefined if it is not known. */
  readonly needed: bigint | undefined;

  constructor(
    readonly account: string,
    options: ErrorOptions & { readonly balance?: bigint; readonly needed?: bigint },
  ) {
    const { balance, needed, ...rest } = options;
    const missing =
      balance === undefined || needed === undefined
        ? ""
        : `: it has ${formatAmount(balance, 18)}, up to ${formatAmount(needed, 18)} is needed, ${formatAmount(needed - balance, 18)} is missing`;
    super(
      `${account} has not enough ether to pay for gas${missing}. Next: send it some, or have a relayer send the transaction.`,
      rest,
    );
    this.balance = balance;
    this.needed = needed;
  }
}

/** A refusal because the sender lacks a role, with the role and the accounts that have it. */
export class RoleMissingError extends RevertError<"AccessManagedUnauthorized"> {
  /**
   * @param account The sender.
   * @param role The role's label, or its number.
   * @param holders Accounts that have the role, as far as they were found.
   */
  constructor(
    readonly account: string,
    readonly role: string,
    readonly holders: readonly string[],
    options: ErrorOptions,
  ) {
    super("AccessManagedUnauthorized", { caller: account }, options);
    const who = holders.length === 0 ? "no account with it was found on chain" : `it is held by ${holders.join(", ")}`;
    this.message = `${account} does not have the role ${role}, which this function asks for; ${who}. Next: send it from an account with the role, or have the administrator grant it.`;
  }
}

/** A refusal because the allowance is too small, with the missing amount. */
export class AllowanceShortError extends RevertError<"ERC20InsufficientAllowance"> {
  /** Token base units. */
  readonly missing: bigint;

  constructor(
    readonly account: string,
    readonly token: Token,
    fields: { readonly spender: string; readonly allowance: bigint; readonly needed: bigint },
    options: ErrorOptions,
  ) {
    super("ERC20InsufficientAllowance", fields, options);
    const { spender, allowance, needed } = fields;
    this.missing = needed - allowance;
    this.message = `${spender} may take ${token.format(allowance)} of ${account}; needed: ${token.format(needed)}, ${token.format(this.missing)} more. Next: approve it for ${token.format(needed)}, or sign a permit where the token has them.`;
  }
}

/** A refusal because the payer has too few tokens, with the missing amount. */
export class BalanceShortError extends RevertError<"ERC20InsufficientBalance"> {
  /** Token base units. */
  readonly missing: bigint;

  constructor(
    readonly token: Token,
    fields: { readonly sender: string; readonly balance: bigint; readonly needed: bigint },
    options: ErrorOptions,
  ) {
    super("ERC20InsufficientBalance", fields, options);
    const { sender, balance, needed } = fields;
    this.missing = needed - balance;
    this.message = `${sender} has ${token.format(balance)}; needed: ${token.format(needed)}. Next: put the missing ${token.format(this.missing)} on that account.`;
  }
}

/** A refusal by the token: its issuer has blocked an account, or stopped all transfers. */
export class TokenRefusedError extends Error {
  override readonly name = "TokenRefusedError";

  /**
   * @param token The token.
   * @param account The account that the token refuses; undefined if it moves nothing out of the merchant's vault to anyone.
   * @param options `cause`: the contract's error.
   */
  constructor(
    readonly token: Token,
    readonly account: string | undefined,
    options: ErrorOptions,
  ) {
    super(
      account === undefined
        ? `The token ${token.symbol} moves nothing out of the merchant's vault at present. Next: ask its issuer; what is in the vault stays there until it is moved again.`
        : `The token ${token.symbol} moves nothing from or to ${account}. Next: ask its issuer why the account is blocked; a holder can have a refund paid to another address.`,
      options,
    );
  }
}

/** Thrown when the nonce of a signed request is lower than its card's. */
export class StaleNonceError extends Error {
  override readonly name = "StaleNonceError";

  constructor(
    readonly cardId: string,
    readonly nonce: bigint,
    readonly cardNonce: bigint,
  ) {
    super(
      `The request was signed with nonce ${nonce}; card ${cardId} has nonce ${cardNonce} now. Next: the holder has made another request since; have this one signed again.`,
    );
  }
}

/** Thrown when a transaction was mined and reverted, and repeating the call does not give the reason. */
export class TransactionFailedError extends Error {
  override readonly name = "TransactionFailedError";

  constructor(
    readonly transactionHash: string,
    options?: ErrorOptions,
  ) {
    super(
      `Transaction ${transactionHash} failed. Next: look it up on an explorer, and send it again with more gas.`,
      options,
    );
  }
}

/** Thrown when the nodes no longer know a transaction that was sent and never mined. */
export class TransactionDroppedError extends Error {
  override readonly name = "TransactionDroppedError";

  constructor(readonly transactionHash: string) {
    super(
      `The node does not know transaction ${transactionHash} any more; it was dropped before it was mined, and nothing has happened. Next: send it again, with a higher price of gas if the wallet asks.`,
    );
  }
}

/** Thrown when another transaction was mined with the nonce of one that was sent. */
export class TransactionReplacedError extends Error {
  override readonly name = "TransactionReplacedError";

  constructor(
    readonly transactionHash: string,
    readonly replacement: string,
    options: ErrorOptions,
  ) {
    super(
      `Transaction ${transactionHash} was replaced by ${replacement} from the same account. Next: look at what that did, then send again if needed.`,
      options,
    );
  }
}

/** Thrown when the EIP-712 domain of a token's permits and authorizations cannot be found. */
export class TokenDomainUnknownError extends Error {
  override readonly name = "TokenDomainUnknownError";

  constructor(readonly token: string) {
    super(`How to sign for token ${token} cannot be found out. Next: approve the escrow and buy with that allowance.`);
  }
}
