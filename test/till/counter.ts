import { setTimeout as pause } from "node:timers/promises";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { EscrowClient } from "../../src/client/client.js";
import { MemoryTillStore, Till } from "../../src/till/index.js";
import type { Acceptance, ConsumptionRequest, TillOptions, TillStore, ConsumptionOrder } from "../../src/till/index.js";
import { now } from "../helpers/actions.js";
import { ethers } from "../helpers/chain.js";
import type { Shop } from "../helpers/fixture.js";

/** A till at the counter of the test shop, with the chain's clock. */
export interface Counter {
  readonly till: Till;
  readonly store: TillStore;
  readonly client: EscrowClient;
  /** The till's clock, which begins at the time of the chain's last block. */
  readonly clock: { time: bigint };
}

/** Opens a till of the shop; the operator sends unless `options` brings another client. */
export async function openCounter(
  shop: Shop,
  options: Partial<TillOptions> = {},
  signer: HardhatEthersSigner = shop.operator,
): Promise<Counter> {
  const client = options.client ?? (await EscrowClient.connect(signer, { escrow: await shop.escrow.getAddress() }));
  const store = options.store ?? new MemoryTillStore();
  const clock = { time: await now() };
  const { merchantId } = shop;
  const till = await Till.open({
    merchantId,
    shop: "Corner Gym",
    confirmations: 2,
    clock: () => clock.time,
    ...options,
    client,
    store,
  });
  return { till, store, client, clock };
}

/** What a holder's wallet makes of a charge. */
export async function sign({ toSign }: ConsumptionRequest, holder: HardhatEthersSigner): Promise<string> {
  return await holder.signTypedData(toSign.domain, toSign.types, toSign.message);
}

/** Charges a visit, has it signed, and accepts it. */
export async function serve(
  { till }: Pick<Counter, "till">,
  order: ConsumptionOrder,
  holder: HardhatEthersSigner,
): Promise<Acceptance> {
  const request = await till.requestConsumption(order);
  return await till.accept(request, await sign(request, holder));
}

/** Mines so many empty blocks. */
export async function mine(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await ethers.provider.send("evm_mine", []);
}

/** Waits for something that other processes bring about. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 1_000) throw new Error("It did not happen within ten seconds.");
    await pause(10);
  }
}
