import { Signature, ZeroHash, id } from "ethers";
import type { ContractTransactionResponse, TypedDataDomain, TypedDataField } from "ethers";

import { MerchantStatus, ProgramKind } from "../../src/contracts/enums.js";
import { compactSignature, escrowDomain, typedDataTypes } from "../../src/contracts/typedData.js";
import type { ConsumptionMessage } from "../../src/contracts/typedData.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import type { ContractVoucherStruct, KeyVoucherStruct } from "../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { anotherMerchant, anotherProgram, at, buyCard, now } from "./actions.js";
import { ethers } from "./chain.js";
import { DAY, TOKEN, deployShop } from "./fixture.js";
import type { Shop } from "./fixture.js";

/* WHAT HAPPENED */

/** An event as the tests write it: its name and all its arguments. */
export type Log = readonly [name: string, ...args: unknown[]];

/** Every event of the escrow in a transaction, in order, with all its arguments. */
export async function logsOf(escrow: PrepaidEscrow, sent: Promise<ContractTransactionResponse>): Promise<Log[]> {
  const receipt = await (await sent).wait();
  const address = await escrow.getAddress();
  return receipt!.logs
    .filter((log) => log.address === address)
    .map((log) => {
      const { name, args } = escrow.interface.parseLog(log)!;
      return [name, ...(args.toArray() as unknown[])];
    });
}

/** A merchant's money as booked, and the tokens in its vault. */
export async function moneyOf({ escrow, token }: Shop, merchantId = 1n) {
  const { outstanding, balance } = await escrow.pool(merchantId);
  return {
    outstanding,
    balance,
    releasable: await escrow.releasable(merchantId),
    held: await token.balanceOf(await escrow.vaultOf(merchantId)),
  };
}

/* SIGNING */

/** Anything with a key that signs typed data. */
export interface TypedDataSigner {
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

/** The domain the escrow's messages are signed in. */
export async function domainOf(escrow: PrepaidEscrow): Promise<TypedDataDomain> {
  const { chainId } = await ethers.provider.getNetwork();
  return escrowDomain(chainId, await escrow.getAddress());
}

/** What a holder signs for a visit, with a receipt of its own. */
export function consumption(cardId: string, cumulative: bigint): ConsumptionMessage {
  return { cardId, cumulative, receipt: id(`${cardId} ${cumulative}`) };
}

/** A voucher for `settleContractHolders`, signed by `signer`. */
export async function contractVoucher(
  escrow: PrepaidEscrow,
  signer: TypedDataSigner,
  cardId: string,
  cumulative: bigint,
) {
  const message = consumption(cardId, cumulative);
  const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Consumption, { ...message });
  return { ...message, signature } satisfies ContractVoucherStruct;
}

/** A voucher for `settle`, signed by `signer`, who need not be an account of the chain. */
export async function keyVoucher(escrow: PrepaidEscrow, signer: TypedDataSigner, cardId: string, cumulative: bigint) {
  const { signature, ...message } = await contractVoucher(escrow, signer, cardId, cumulative);
  return { ...message, ...compactSignature(signature) } satisfies KeyVoucherStruct;
}

/** A voucher whose signature recovers nobody. */
export function spoiltVoucher(cardId: string, cumulative: bigint) {
  return { ...consumption(cardId, cumulative), r: ZeroHash, vs: ZeroHash } satisfies KeyVoucherStruct;
}

/** The same voucher for `settleContractHolders`. */
export function asContractVoucher({
  r,
  vs,
  ...message
}: ConsumptionMessage & { readonly r: string; readonly vs: string }) {
  const signature = vs === ZeroHash ? "0x" : Signature.from({ r, yParityAndS: vs }).serialized;
  return { ...message, signature } satisfies ContractVoucherStruct;
}

/* A TILL WITH CARDS */

/** The shop with a card of each kind, and a second merchant with a card of its own. */
export async function deployTill() {
  const shop = await deployShop();
  const { programs, other } = shop;
  const cards = {
    open: await buyCard(shop, { program: programs.open }),
    plan: await buyCard(shop, { program: programs.plan }),
    count: await buyCard(shop, { program: programs.count }),
    pass: await buyCard(shop, { program: programs.pass }),
    others: await buyCard(shop, { program: programs.count, holder: other }),
  };
  const secondId = await anotherMerchant(shop);
  const terms = { kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN };
  const secondProgram = await anotherProgram(shop, terms, secondId);
  const secondCard = await buyCard(shop, { program: secondProgram });
  return { ...shop, cards, secondId, secondProgram, secondCard };
}

/** What {@link deployTill} answers. */
export type Till = Awaited<ReturnType<typeof deployTill>>;

/* THE STATES OF A MERCHANT */

/** A merchant's situation at the moment of the next transaction. */
export interface Situation {
  readonly name: string;
  /** The effective status. */
  readonly status: bigint;
  readonly settling: "operators" | "anyone" | "over" | "closed";
  readonly paysOut: boolean;
  /** Brings the till's merchant there, and answers the time of the next transaction. */
  readonly enter: (till: Till) => Promise<bigint>;
}

/** The evidence of every act of supervision in the tests. */
export const EVIDENCE = id("evidence");

async function nextAt(time: bigint): Promise<bigint> {
  await at(time);
  return time;
}

async function suspended({ escrow, regulator, merchantId }: Till): Promise<bigint> {
  await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
  return (await escrow.merchant(merchantId)).suspendedUntil;
}

async function inRunOff({ escrow, owner, merchantId }: Till) {
  await escrow.connect(owner).startRunOff(merchantId, (await now()) + 10n * DAY);
  return escrow.merchant(merchantId);
}

async function flagged({ escrow, regulator, merchantId }: Till): Promise<bigint> {
  await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
  return (await escrow.merchant(merchantId)).windowEndsAt;
}

async function closed(till: Till): Promise<bigint> {
  const { escrow, merchantId, cards, stranger } = till;
  await at((await inRunOff(till)).noticeEndsAt);
  await escrow.connect(stranger).refundCards(merchantId, Object.values(cards));
  await escrow.connect(stranger).closeMerchant(merchantId);
  return (await now()) + 1n;
}

/** Every status of a merchant, and each boundary between two of them one second before and at. */
export const situations: readonly Situation[] = [
  {
    name: "Active",
    status: MerchantStatus.Active,
    settling: "operators",
    paysOut: true,
    enter: async () => nextAt((await now()) + 1n),
  },
  {
    name: "Suspended, a second before it lapses",
    status: MerchantStatus.Suspended,
    settling: "operators",
    paysOut: false,
    enter: async (till) => nextAt((await suspended(till)) - 1n),
  },
  {
    name: "Active again, as the suspension has lapsed",
    status: MerchantStatus.Active,
    settling: "operators",
    paysOut: true,
    enter: async (till) => nextAt(await suspended(till)),
  },
  {
    name: "Active again, a second later",
    status: MerchantStatus.Active,
    settling: "operators",
    paysOut: true,
    enter: async (till) => nextAt((await suspended(till)) + 1n),
  },
  {
    name: "RunOff, a second before the last service",
    status: MerchantStatus.RunOff,
    settling: "operators",
    paysOut: true,
    enter: async (till) => nextAt((await inRunOff(till)).lastServiceAt - 1n),
  },
  {
    name: "RunOff, from the last service",
    status: MerchantStatus.RunOff,
    settling: "operators",
    paysOut: true,
    enter: async (till) => nextAt((await inRunOff(till)).lastServiceAt),
  },
  {
    name: "RunOff, after the notice",
    status: MerchantStatus.RunOff,
    settling: "operators",
    paysOut: true,
    enter: async (till) => nextAt((await inRunOff(till)).noticeEndsAt),
  },
  {
    name: "Closed",
    status: MerchantStatus.Closed,
    settling: "closed",
    paysOut: true,
    enter: async (till) => nextAt(await closed(till)),
  },
  {
    name: "Defaulted, just flagged",
    status: MerchantStatus.Defaulted,
    settling: "anyone",
    paysOut: false,
    enter: async (till) => {
      await flagged(till);
      return nextAt((await now()) + 1n);
    },
  },
  {
    name: "Defaulted, a second before the window ends",
    status: MerchantStatus.Defaulted,
    settling: "anyone",
    paysOut: false,
    enter: async (till) => nextAt((await flagged(till)) - 1n),
  },
  {
    name: "Defaulted, as the window ends",
    status: MerchantStatus.Defaulted,
    settling: "over",
    paysOut: true,
    enter: async (till) => nextAt(await flagged(till)),
  },
  {
    name: "Defaulted, a second after the window's end",
    status: MerchantStatus.Defaulted,
    settling: "over",
    paysOut: true,
    enter: async (till) => nextAt((await flagged(till)) + 1n),
  },
  {
    name: "Suspended, as a flag was withdrawn",
    status: MerchantStatus.Suspended,
    settling: "operators",
    paysOut: false,
    enter: async (till) => {
      await flagged(till);
      await till.escrow.connect(till.regulator).withdrawDefault(till.merchantId);
      return nextAt((await now()) + 1n);
    },
  },
];
