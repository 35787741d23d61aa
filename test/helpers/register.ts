import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, MaxUint256, ZeroHash, concat, id, keccak256 } from "ethers";
import type { AddressLike, BigNumberish, ContractTransactionResponse } from "ethers";

import { WarningKind, nameOf } from "../../src/contracts/enums.js";
import type { WarningKindName } from "../../src/contracts/enums.js";
import type { ClaimStruct, DepositRuleStruct } from "../../types/ethers-contracts/contracts/DepositRegister.js";
import { at, now } from "./actions.js";
import { ethers } from "./chain.js";
import { DAY, TOKEN } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { loadShop } from "./shop.js";

/* PERIODS, in seconds */

export const LOOSENING_DELAY = 30n * DAY;
export const SURETY_NOTICE = 30n * DAY;
export const SURETY_MAX_TERM = 3_650n * DAY;
export const SURETY_BINDING = 365n * DAY;
export const OBJECTION_PERIOD = 14n * DAY;

export const EVIDENCE = id("evidence");

/* FIXTURE */

/** A shop with a bank that stands surety, and a liquidator who brings late money. */
export type RegisterShop<Base extends Shop = Shop> = Base & {
  readonly bank: HardhatEthersSigner;
  readonly liquidator: HardhatEthersSigner;
};

/** A shop's people who pay to the register: owner, bank and liquidator have 1 000 000 tokens and have approved it. */
export async function withRegister<Base extends Shop>(shop: Base): Promise<RegisterShop<Base>> {
  const signers = await ethers.getSigners();
  const [bank, liquidator] = [signers[12]!, signers[13]!];
  for (const person of [shop.owner, bank, liquidator]) {
    await shop.token.mint(person, 1_000_000n * TOKEN);
    await shop.token.connect(person).approve(shop.register, MaxUint256);
  }
  return { ...shop, bank, liquidator };
}

/** The test shop with a register, without a rule. */
export async function deployRegister(): Promise<RegisterShop> {
  return await withRegister(await loadShop());
}

/* RULES */

/** The threshold of a tier that does not exist. */
export const NO_TIER = 2n ** 96n - 1n;

/** A rule as a preset has it: a threshold that it leaves out is no tier. */
export interface Tiers {
  readonly bps0: bigint;
  readonly threshold1?: bigint;
  readonly bps1?: bigint;
  readonly threshold2?: bigint;
  readonly bps2?: bigint;
  readonly reportDays?: bigint;
}

/** A rule as the register takes it. */
export function ruleOf(tiers: Tiers): Readonly<Record<keyof Tiers, bigint>> & DepositRuleStruct {
  const { bps0, threshold1 = NO_TIER, bps1 = bps0, threshold2 = NO_TIER, bps2 = bps1, reportDays = 0n } = tiers;
  return { bps0, threshold1, bps1, threshold2, bps2, reportDays };
}

/** Sets a rule as the regulator; a tightening is to be met within 10 days. */
export async function setRule(shop: RegisterShop, tiers: Tiers): Promise<ContractTransactionResponse> {
  const cureBy = (await now()) + 10n * DAY;
  return await shop.register.connect(shop.regulator).setRule(shop.merchantId, ruleOf(tiers), cureBy);
}

/* REPORTS AND MONEY */

/** Reports a balance as of the last block, or of `asOf`. */
export async function report(
  shop: RegisterShop,
  by: HardhatEthersSigner,
  amount: bigint,
  asOf?: bigint,
): Promise<ContractTransactionResponse> {
  return await shop.register.connect(by).reportOutstanding(shop.merchantId, amount, asOf ?? (await now()), EVIDENCE);
}

/** The owner pays into the deposit. */
export async function pay(shop: RegisterShop, amount: bigint): Promise<void> {
  await shop.register.connect(shop.owner).deposit(shop.merchantId, amount);
}

/** The owner names the bank, which places a surety that ends `term` seconds after now. Answers its end. */
export async function placeSurety(shop: RegisterShop, amount: bigint, term: bigint = 100n * DAY): Promise<bigint> {
  const { register, owner, bank, merchantId } = shop;
  await register.connect(owner).nameSurety(merchantId, bank);
  const endsAt = (await now()) + term;
  await register.connect(bank).placeSurety(merchantId, amount, endsAt);
  return endsAt;
}

/* DEFAULT */

/** Flags the merchant; answers when it was flagged and when the escrow's final window ends. */
export async function flag(shop: RegisterShop): Promise<{ readonly flaggedAt: bigint; readonly windowEndsAt: bigint }> {
  await shop.escrow.connect(shop.regulator).flagDefault(shop.merchantId, await now(), EVIDENCE);
  const { flaggedAt, windowEndsAt } = await shop.escrow.merchant(shop.merchantId);
  return { flaggedAt, windowEndsAt };
}

/** Publishes a list as the association. */
export async function publish(shop: RegisterShop, list: List): Promise<bigint> {
  await shop.register.connect(shop.association).publishClaims(shop.merchantId, list.root, list.total, EVIDENCE);
  return await now();
}

/** Flags the merchant, publishes a list and lets its time pass: the next call can claim. */
export async function distribute(shop: RegisterShop, list: List): Promise<void> {
  await flag(shop);
  await publish(shop, list);
  await at((await shop.register.distribution(shop.merchantId)).opensAt);
}

/* WARNINGS */

/** The warnings that are up. */
export async function standing(shop: RegisterShop): Promise<readonly WarningKindName[]> {
  return (await shop.register.warnings(shop.merchantId)).map(({ kind }) => nameOf(WarningKind, kind));
}

/** What a transaction emits about warnings, in order: raised kinds with what was seen and the limit, and cleared ones. */
export async function said(
  shop: RegisterShop,
  sent: Promise<ContractTransactionResponse>,
): Promise<readonly (readonly [string, ...unknown[]])[]> {
  const receipt = await (await sent).wait();
  const lines: [string, ...unknown[]][] = [];
  for (const log of receipt?.logs ?? []) {
    const event = shop.register.interface.parseLog(log);
    if (event?.name === "WarningRaised") {
      const [merchantId, kind, cardId, observed, limit, level] = event.args.toArray() as bigint[];
      if (String(cardId) !== ZeroHash) throw new Error("A merchant's warning names no card.");
      lines.push(["raised", merchantId, nameOf(WarningKind, kind!), observed, limit, level]);
    } else if (event?.name === "WarningCleared") {
      const [merchantId, kind] = event.args.toArray() as bigint[];
      lines.push(["cleared", merchantId, nameOf(WarningKind, kind!)]);
    }
  }
  return lines;
}

/* LISTS OF CLAIMS */

/** One line of a list. */
export interface Line {
  readonly account: string;
  readonly amount: bigint;
}

/** A list of claims and its Merkle tree, in the form of OpenZeppelin's standard tree of (uint256, address, uint256). */
export interface List {
  readonly root: string;
  /** The published sum. */
  readonly total: bigint;
  readonly lines: readonly Line[];
  /** The claim of a line, with its proof. */
  readonly claim: (index: number) => ClaimStruct & { readonly account: string; readonly amount: bigint };
}

/** The leaf of a claim. */
export function leafOf(index: BigNumberish, account: AddressLike, amount: BigNumberish): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "address", "uint256"], [index, account, amount]);
  return keccak256(keccak256(encoded));
}

function hashPair(a: string, b: string): string {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}

/** A list; `total` is the sum to publish if it is not that of the lines. */
export function listOf(lines: readonly Line[], total?: bigint): List {
  const hashed = lines.map(({ account, amount }, index) => ({ index, leaf: leafOf(index, account, amount) }));
  hashed.sort((a, b) => (a.leaf < b.leaf ? -1 : 1));
  const size = Math.max(0, 2 * hashed.length - 1);
  const tree = new Array<string>(size);
  const placeOf = new Map<number, number>();
  hashed.forEach(({ index, leaf }, i) => {
    tree[size - 1 - i] = leaf;
    placeOf.set(index, size - 1 - i);
  });
  for (let i = size - 1 - hashed.length; i >= 0; i -= 1) tree[i] = hashPair(tree[2 * i + 1]!, tree[2 * i + 2]!);
  return {
    root: tree[0] ?? ZeroHash,
    total: total ?? lines.reduce((sum, { amount }) => sum + amount, 0n),
    lines,
    claim: (index) => {
      const proof: string[] = [];
      for (let i = placeOf.get(index)!; i > 0; i = Math.floor((i - 1) / 2))
        proof.push(tree[i % 2 === 0 ? i - 1 : i + 1]!);
      return { index, ...lines[index]!, proof };
    },
  };
}
