import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Signature, id } from "ethers";
import type { AddressLike, ContractTransactionResponse } from "ethers";

import { purchaseNonce, typedDataTypes } from "../../src/contracts/typedData.js";
import { ethers } from "./chain.js";
import { now, permit } from "./actions.js";
import { DAY, TOKEN } from "./fixture.js";
import type { Shop } from "./fixture.js";

/** The fields of a sale, all of them optional: the pass of the shop, for its price, serial 0, beginning now. */
export interface SaleOptions {
  readonly program?: bigint;
  /** Who will own the card. Default: `holder` of the fixture. */
  readonly holder?: AddressLike;
  readonly principal?: bigint;
  readonly serial?: bigint;
  readonly startsAt?: bigint;
}

/** A way to buy: the same card, paid by `payer`. */
export type Route = (shop: Shop, options?: SaleOptions) => Promise<ContractTransactionResponse>;

/** The purchase that `options` describe. */
export async function purchaseOf(shop: Shop, options: SaleOptions = {}) {
  const { program: programId = shop.programs.pass, principal = 3_600n * TOKEN, serial = 0n, startsAt = 0n } = options;
  const holder = await ethers.resolveAddress(options.holder ?? shop.holder);
  return { programId, holder, principal, serial, startsAt };
}

/** The fields of an ERC-3009 authorization for a purchase that a test can make wrong. */
export interface Authorization {
  readonly payer?: HardhatEthersSigner;
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  /** Default: one of the serial's own. */
  readonly salt?: string;
  /** Who the authorization is made out to. Default: the vault of the shop. */
  readonly to?: string;
}

/** A payer's authorization for a purchase, and the arguments of `buyWithAuthorization` without the purchase. */
export async function signAuthorization(shop: Shop, options: SaleOptions = {}, authorization: Authorization = {}) {
  const { escrow, token } = shop;
  const purchase = await purchaseOf(shop, options);
  const { payer = shop.payer, validAfter = 0n, to = shop.vault } = authorization;
  const salt = authorization.salt ?? id(`salt ${purchase.serial}`);
  const validBefore = authorization.validBefore ?? (await now()) + DAY;
  const nonce = purchaseNonce({ ...purchase, escrow: await escrow.getAddress(), salt });
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
  const value = purchase.principal;
  const message = { from: payer.address, to, value, validAfter, validBefore, nonce };
  const signed = await payer.signTypedData(domain, typedDataTypes.ReceiveWithAuthorization, message);
  const { v, r, s } = Signature.from(signed);
  return {
    message,
    nonce,
    signature: [v, r, s] as const,
    rest: [payer, validAfter, validBefore, salt, v, r, s] as const,
  };
}

/** Every way to buy a card, by the function's name. */
export const routes: Readonly<Record<"buy" | "buyPass" | "buyWithPermit" | "buyWithAuthorization", Route>> = {
  buy: async (shop, options) => {
    const { programId, holder, principal, serial } = await purchaseOf(shop, options);
    return await shop.escrow.connect(shop.payer).buy(programId, holder, principal, serial);
  },
  buyPass: async (shop, options) => {
    const { programId, holder, principal, serial, startsAt } = await purchaseOf(shop, options);
    return await shop.escrow.connect(shop.payer).buyPass(programId, holder, principal, serial, startsAt);
  },
  buyWithPermit: async (shop, options) => {
    const purchase = await purchaseOf(shop, options);
    const signed = await permit(shop, shop.payer, purchase.principal);
    return await shop.escrow.connect(shop.payer).buyWithPermit(purchase, ...signed);
  },
  buyWithAuthorization: async (shop, options) => {
    const purchase = await purchaseOf(shop, options);
    const { rest } = await signAuthorization(shop, options);
    return await shop.escrow.connect(shop.relayer).buyWithAuthorization(purchase, ...rest);
  },
};
