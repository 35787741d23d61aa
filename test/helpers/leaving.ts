import { id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { ProgramKind } from "../../src/enums.js";
import type { BlockingToken, TestToken } from "../../types/ethers-contracts/index.js";
import { anotherMerchant, anotherPolicy, anotherProgram, now, signRow } from "./actions.js";
import { ethers, networkHelpers } from "./chain.js";
import { DAY, TOKEN, deployShop } from "./fixture.js";
import type { Shop } from "./fixture.js";

/** Periods of the test merchant's policy (`testPolicy`), and the one that stands in the code. In seconds. */
export const EXIT_DELAY = 5n * DAY;
export const COOLING_OFF = 7n * DAY;
export const ACCRUAL_DELAY = 7n * DAY;
export const RUN_OFF_NOTICE = 30n * DAY;
export const FINAL_SETTLEMENT = 7n * DAY;
export const SUSPENSION = 90n * DAY;

/** What acts of supervision refer to. */
export const EVIDENCE = id("evidence");

/** One second before a boundary, at it, and one second after it. */
export const around = [
  { when: "one second before", offset: -1n },
  { when: "at", offset: 0n },
  { when: "one second after", offset: 1n },
] as const;

/** Lets a card's holder sign, and the operator settle, consumption up to `cumulative`. */
export async function consume(shop: Shop, cardId: string, cumulative: bigint, signer = shop.holder): Promise<void> {
  const { escrow, operator } = shop;
  const { merchantId } = await escrow.program((BigInt(cardId) >> 64n) & 0xffffffffn);
  await escrow.connect(operator).settle(merchantId, [await signRow(escrow, signer, cardId, cumulative)]);
}

/** The holder asks to leave; answers the three times of the request. */
export async function askToLeave(shop: Shop, cardId: string, holder: HardhatEthersSigner = shop.holder) {
  await shop.escrow.connect(holder).requestExit(cardId);
  const requestedAt = await now();
  return { requestedAt, executableAt: requestedAt + EXIT_DELAY, lapsesAt: requestedAt + 2n * EXIT_DELAY };
}

/** The regulator suspends the merchant; answers when that lapses. */
export async function suspend(shop: Shop, merchantId = shop.merchantId): Promise<bigint> {
  await shop.escrow.connect(shop.regulator).suspend(merchantId, EVIDENCE);
  return (await now()) + SUSPENSION;
}

/** The owner closes in order, serving for `serviceFor` more seconds from the last block; answers the dates. */
export async function runOff(shop: Shop, serviceFor: bigint = 10n * DAY, merchantId = shop.merchantId) {
  const lastServiceAt = (await now()) + serviceFor;
  await shop.escrow.connect(shop.owner).startRunOff(merchantId, lastServiceAt);
  const startedAt = await now();
  return { startedAt, lastServiceAt, noticeEndsAt: startedAt + RUN_OFF_NOTICE };
}

/** The regulator flags a default; service stopped at the last block unless said otherwise. Answers the dates. */
export async function flagDefault(shop: Shop, stoppedAt?: bigint, merchantId = shop.merchantId) {
  const serviceStoppedAt = stoppedAt ?? (await now());
  await shop.escrow.connect(shop.regulator).flagDefault(merchantId, serviceStoppedAt, EVIDENCE);
  const flaggedAt = await now();
  return { flaggedAt, serviceStoppedAt, windowEndsAt: flaggedAt + FINAL_SETTLEMENT };
}

/** Loads a shop like `deployShop`'s whose token's issuer blocks accounts: merchant 2, with programs of its own. */
export async function loadBlockingShop() {
  const shop = await networkHelpers.loadFixture(deployShop);
  const blocking: BlockingToken = await ethers.deployContract("BlockingToken");
  const address = await blocking.getAddress();
  const token: TestToken = await ethers.getContractAt("TestToken", address);
  const policyId = await anotherPolicy(shop, { token: address });
  const merchantId = await anotherMerchant(shop, { policyId });
  const publish = (kind: bigint, price: bigint, units: bigint, listPrice: bigint) =>
    anotherProgram(shop, { kind, price, units, listPrice }, merchantId);
  const programs = {
    open: await publish(ProgramKind.StoredValue, 0n, 0n, 0n),
    plan: await publish(ProgramKind.StoredValue, 3_000n * TOKEN, 4_000n * TOKEN, 4_000n * TOKEN),
    session: await publish(ProgramKind.Session, 1_200n * TOKEN, 20n, 1_600n * TOKEN),
    term: await publish(ProgramKind.Term, 3_600n * TOKEN, 365n * DAY, 3_600n * TOKEN),
  };
  for (const person of [shop.holder, shop.other, shop.payer]) {
    await token.mint(person, 1_000_000n * TOKEN);
    await token.connect(person).approve(shop.escrow, 2n ** 256n - 1n);
  }
  const vault = await shop.escrow.vaultOf(merchantId);
  return { ...shop, token, blocking, policyId, merchantId, programs, vault };
}
