import { MaxUint256, Signature, id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { CardStatus } from "../../src/contracts/enums.js";
import { compactSignature, escrowDomain, purchaseNonce, typedDataTypes } from "../../src/contracts/typedData.js";
import type { ConsumptionMessage } from "../../src/contracts/typedData.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import type {
  PolicyStruct,
  ProgramTermsStruct,
  KeyVoucherStruct,
} from "../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { ethers, networkHelpers } from "./chain.js";
import { DAY, TOKEN, testPolicy } from "./fixture.js";
import type { Shop } from "./fixture.js";

/* TIME */

/** Lets `seconds` pass and mines a block at the end of them. */
export async function advance(seconds: bigint): Promise<void> {
  await networkHelpers.time.increase(seconds);
}

/** The next transaction is mined at exactly this Unix time. */
export async function at(time: bigint): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(time);
}

/** Unix time of the last block. */
export async function now(): Promise<bigint> {
  return BigInt(await networkHelpers.time.latest());
}

/* CARDS */

/** The fields of a purchase; each but the program has a usual value. */
export interface CardOptions {
  readonly program: bigint;
  /** Default: `holder` of the fixture. */
  readonly holder?: HardhatEthersSigner;
  /** Default: the holder. */
  readonly payer?: HardhatEthersSigner;
  /** Token base units. Default: the program's price, or 1 000 whole tokens if it has none. */
  readonly principal?: bigint;
  /** Default: the lowest free one. */
  readonly serial?: bigint;
  /** Makes it a `buyPass`. */
  readonly startsAt?: bigint;
}

/** The lowest serial the holder has not used in the program. */
export async function freeSerial(escrow: PrepaidEscrow, holder: string, programId: bigint): Promise<bigint> {
  let serial = 0n;
  while ((await escrow.card(encodeCardId({ holder, programId, serial }))).status !== CardStatus.None) serial += 1n;
  return serial;
}

/** Buys a card and answers its id. */
export async function buyCard(shop: Shop, options: CardOptions): Promise<string> {
  const { escrow } = shop;
  const { program, holder = shop.holder, payer = holder } = options;
  const principal = options.principal ?? (await usualPrincipal(escrow, program));
  const serial = options.serial ?? (await freeSerial(escrow, holder.address, program));
  await (options.startsAt === undefined
    ? escrow.connect(payer).buy(program, holder, principal, serial)
    : escrow.connect(payer).buyPass(program, holder, principal, serial, options.startsAt));
  return encodeCardId({ holder: holder.address, programId: program, serial });
}

async function usualPrincipal(escrow: PrepaidEscrow, programId: bigint): Promise<bigint> {
  const { price } = await escrow.program(programId);
  return price === 0n ? 1_000n * TOKEN : price;
}

/* SIGNING */

async function domainOf(escrow: PrepaidEscrow) {
  const { chainId } = await ethers.provider.getNetwork();
  return escrowDomain(chainId, await escrow.getAddress());
}

/** A voucher of a batch, signed by `signer`. Without a receipt one is derived from the card and the count. */
export async function signVoucher(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  cardId: string,
  cumulative: bigint,
  receipt: string = id(`${cardId} ${cumulative}`),
) {
  const message: ConsumptionMessage = { cardId, cumulative, receipt };
  const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Consumption, message);
  return { ...message, ...compactSignature(signature) } satisfies KeyVoucherStruct;
}

/** A voucher as {@link signVoucher} makes it. */
export type SignedVoucher = Awaited<ReturnType<typeof signVoucher>>;

/** A holder's signed request to leave. Default: the card's nonce, a deadline one day from now. */
export async function signExit(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  cardId: string,
  options: { readonly nonce?: bigint; readonly deadline?: bigint } = {},
) {
  const nonce = options.nonce ?? (await escrow.card(cardId)).nonce;
  const deadline = options.deadline ?? (await now()) + DAY;
  const message = { cardId, nonce, deadline };
  const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.ExitRequest, message);
  return { deadline, signature };
}

/** A holder's signed complaint. Default: the card's nonce, a deadline one day from now. */
export async function signComplaint(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  cardId: string,
  evidence: string,
  options: { readonly nonce?: bigint; readonly deadline?: bigint } = {},
) {
  const nonce = options.nonce ?? (await escrow.card(cardId)).nonce;
  const deadline = options.deadline ?? (await now()) + DAY;
  const message = { cardId, evidence, nonce, deadline };
  const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Complaint, message);
  return { deadline, signature };
}

/** An operator's signature under a batch. Default: a deadline one day from now. */
export async function signSettlement(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  merchantId: bigint,
  vouchers: readonly ConsumptionMessage[],
  deadline?: bigint,
) {
  const end = deadline ?? (await now()) + DAY;
  const consumptions = vouchers.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
  const message = { merchantId, consumptions, deadline: end };
  const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Settlement, message);
  return { deadline: end, operator: signer.address, signature };
}

/* PAYING BY SIGNATURE */

async function tokenDomain(shop: Shop) {
  const { chainId } = await ethers.provider.getNetwork();
  return { name: await shop.token.name(), version: "1", chainId, verifyingContract: await shop.token.getAddress() };
}

/** Options of {@link authorize}. */
export interface AuthorizationOptions extends CardOptions {
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly salt?: string;
  /** Who the authorization is made out to. Default: the merchant's vault. */
  readonly to?: string;
}

/** The arguments of `buyWithAuthorization`, signed by the payer (default: `payer` of the fixture). */
export async function authorize(shop: Shop, options: AuthorizationOptions) {
  const { program: programId, holder = shop.holder, payer = shop.payer, startsAt = 0n } = options;
  const principal = options.principal ?? (await usualPrincipal(shop.escrow, programId));
  const serial = options.serial ?? (await freeSerial(shop.escrow, holder.address, programId));
  const salt = options.salt ?? id("salt");
  const validAfter = options.validAfter ?? 0n;
  const validBefore = options.validBefore ?? (await now()) + DAY;
  const purchase = { programId, holder: holder.address, principal, serial, startsAt };
  const nonce = purchaseNonce({ ...purchase, escrow: await shop.escrow.getAddress(), salt });
  const message = {
    from: payer.address,
    to: options.to ?? shop.vault,
    value: principal,
    validAfter,
    validBefore,
    nonce,
  };
  const signature = await payer.signTypedData(
    await tokenDomain(shop),
    typedDataTypes.ReceiveWithAuthorization,
    message,
  );
  const { v, r, s } = Signature.from(signature);
  const args = [purchase, payer.address, validAfter, validBefore, salt, v, r, s] as const;
  return { args, nonce, purchase, payer };
}

/** A permit (ERC-2612) of `payer` for the escrow: the last four arguments of `buyWithPermit`. */
export async function permit(shop: Shop, payer: HardhatEthersSigner, value: bigint, deadline: bigint = MaxUint256) {
  const message = {
    owner: payer.address,
    spender: await shop.escrow.getAddress(),
    value,
    nonce: await shop.token.nonces(payer),
    deadline,
  };
  const signature = await payer.signTypedData(await tokenDomain(shop), typedDataTypes.Permit, message);
  const { v, r, s } = Signature.from(signature);
  return [deadline, v, r, s] as const;
}

/* MORE OF EVERYTHING */

/** Adds the test policy with other fields, and answers its id. */
export async function anotherPolicy(shop: Shop, overrides: Partial<PolicyStruct>): Promise<bigint> {
  const policy = testPolicy(await shop.token.getAddress(), overrides);
  const escrow = shop.escrow.connect(shop.regulator);
  const policyId = await escrow.addPolicy.staticCall(policy);
  await escrow.addPolicy(policy);
  return policyId;
}

/** Registers another merchant of the same owner, operator and payout, and answers its id. */
export async function anotherMerchant(
  shop: Shop,
  options: { readonly policyId?: bigint; readonly outstandingCap?: bigint } = {},
): Promise<bigint> {
  const { escrow, regulator, owner, operator, payout } = shop;
  const { policyId = shop.policyId, outstandingCap = 0n } = options;
  const args = [owner, payout, policyId, outstandingCap, "ipfs://another"] as const;
  const merchantId = await escrow.connect(regulator).registerMerchant.staticCall(...args);
  await escrow.connect(regulator).registerMerchant(...args);
  await escrow.connect(owner).setOperator(merchantId, operator, true);
  return merchantId;
}

/** Publishes a program and answers its id. Default: the test merchant's, named. */
export async function anotherProgram(
  shop: Shop,
  terms: Omit<ProgramTermsStruct, "bearer" | "feeFree" | "metadataURI"> & {
    readonly bearer?: boolean;
    readonly feeFree?: boolean;
  },
  merchantId: bigint = shop.merchantId,
): Promise<bigint> {
  const escrow = shop.escrow.connect(shop.owner);
  const full = { bearer: false, feeFree: false, metadataURI: "ipfs://program", ...terms };
  const programId = await escrow.publishProgram.staticCall(merchantId, full);
  await escrow.publishProgram(merchantId, full);
  return programId;
}
