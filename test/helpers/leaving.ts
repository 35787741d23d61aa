import { id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import type { BlockingToken, TestToken } from "../../types/ethers-contracts/index.js";
import { now, signVoucher } from "./actions.js";
import { ethers, networkHelpers } from "./chain.js";
import { DAY, deployShop } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { SUSPENSION } from "./statuses.js";
import { openShopUnder } from "./tokens.js";

/** Periods of the test merchant's policy (`testPolicy`), in seconds. */
export const EXIT_DELAY = 5n * DAY;
export const COOLING_OFF = 7n * DAY;
export const ACCRUAL_DELAY = 7n * DAY;
export const RUN_OFF_NOTICE = 30n * DAY;
export const FINAL_SETTLEMENT = 7n * DAY;
export const RULING_TIMEOUT = 30n * DAY;

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
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, signer, cardId, cumulative)]);
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

/** The regulator flags a default; service stopped at the last block by default. Returns the dates. */
export async function flagDefault(shop: Shop, stoppedAt?: bigint, merchantId = shop.merchantId) {
  const serviceStoppedAt = stoppedAt ?? (await now());
  await shop.escrow.connect(shop.regulator).flagDefault(merchantId, serviceStoppedAt, EVIDENCE);
  const flaggedAt = await now();
  return { flaggedAt, serviceStoppedAt, windowEndsAt: flaggedAt + FINAL_SETTLEMENT };
}

/** Loads a shop like `deployShop`'s under a token whose issuer blocks accounts; `blocking` is that token. */
export async function loadBlockingShop() {
  const shop = await networkHelpers.loadFixture(deployShop);
  const blocking: BlockingToken = await ethers.deployContract("BlockingToken");
  const token: TestToken = await ethers.getContractAt("TestToken", await blocking.getAddress());
  return { ...(await openShopUnder(shop, token)), blocking };
}
