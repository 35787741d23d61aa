import { MaxUint256, ZeroAddress } from "ethers";

import { require } from "./transaction.js";
import type { Transaction } from "./transaction.js";

export interface TokenState {
  readonly address: string;
  balances: Map<string, bigint>;
  /** By owner and spender. */
  allowances: Map<string, bigint>;
  blocked: Set<string>;
  permitNonces: Map<string, bigint>;
  usedAuthorizations: Set<string>;
}

/** A stablecoin whose issuer blocks accounts. */
export class TokenModel {
  constructor(public state: TokenState) {}

  balanceOf(account: string): bigint {
    return this.state.balances.get(account) ?? 0n;
  }

  allowance(owner: string, spender: string): bigint {
    return this.state.allowances.get(`${owner} ${spender}`) ?? 0n;
  }

  mint(to: string, amount: bigint): void {
    this.state.balances.set(to, this.balanceOf(to) + amount);
  }

  approve(owner: string, spender: string, amount: bigint): void {
    this.state.allowances.set(`${owner} ${spender}`, amount);
  }

  setBlocked(_tx: Transaction, account: string, value: boolean): void {
    if (value) this.state.blocked.add(account);
    else this.state.blocked.delete(account);
  }

  transfer(tx: Transaction, to: string, amount: bigint): void {
    this.move(tx, tx.sender, to, amount);
  }

  /** Moves what is somebody's to move. */
  move(tx: Transaction, from: string, to: string, amount: bigint): void {
    const balance = this.balanceOf(from);
    const { blocked } = this.state;
    require(!blocked.has(from), "AccountBlocked", { account: from });
    require(!blocked.has(to), "AccountBlocked", { account: to });
    require(balance >= amount, "ERC20InsufficientBalance", { sender: from, balance, needed: amount });
    this.state.balances.set(from, balance - amount);
    this.mint(to, amount);
    tx.emit("Transfer", { from, to, value: amount });
  }

  /** Moves what the owner has let a spender take. */
  take(tx: Transaction, spender: string, from: string, to: string, amount: bigint): void {
    const allowance = this.allowance(from, spender);
    if (allowance !== MaxUint256) {
      require(allowance >= amount, "ERC20InsufficientAllowance", { spender, allowance, needed: amount });
      this.approve(from, spender, allowance - amount);
    }
    this.move(tx, from, to, amount);
  }

  /** Whether a payment would go through. */
  accepts(from: string, to: string): boolean {
    return !this.state.blocked.has(from) && !this.state.blocked.has(to) && to !== ZeroAddress;
  }

  /** A permit that is good sets the allowance; any other changes nothing. */
  permit(owner: string, spender: string, value: bigint, signer: string, nonce: bigint): void {
    const current = this.state.permitNonces.get(owner) ?? 0n;
    if (signer !== owner || nonce !== current) return;
    this.state.permitNonces.set(owner, current + 1n);
    this.approve(owner, spender, value);
  }

  /** ERC-3009: the payee takes what the payer has signed for it. */
  receiveWithAuthorization(
    tx: Transaction,
    from: string,
    to: string,
    value: bigint,
    validAfter: bigint,
    validBefore: bigint,
    nonce: string,
    good: boolean,
  ): void {
    require(good, "ERC3009InvalidSignature");
    const inTime = tx.now > validAfter && tx.now < validBefore;
    require(inTime, "ERC3009InvalidAuthorizationTime", { validAfter, validBefore });
    const key = `${from} ${nonce}`;
    require(!this.state.usedAuthorizations.has(key), "ERC3009UsedAuthorization", { authorizer: from, nonce });
    this.state.usedAuthorizations.add(key);
    this.move(tx, from, to, value);
  }
}
