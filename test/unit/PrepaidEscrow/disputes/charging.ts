import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { DisputeKind, ProgramKind } from "../../../../src/contracts/enums.js";
import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { advance, anotherPolicy, anotherProgram, buyCard } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { loadCustomers } from "../../../helpers/disputes.js";
import type { Customers } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { COOLING_OFF } from "../../../helpers/leaving.js";

/** A tenth of the price is the fee for leaving. */
export const FEE_BPS = 1_000n;
/** What a year's pass of {@link buyChargingPass} costs to leave, in token base units. */
export const PASS_FEE = 360n * TOKEN;

type Terms = Parameters<typeof anotherProgram>[1];

const YEAR = { kind: ProgramKind.Pass, price: 3_600n * TOKEN, units: 365n * DAY, listPrice: 3_600n * TOKEN };
const AMOUNT = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };

/** Publishes a program under a policy with a fee and sells from it; the merchant's policy is as before afterwards. */
async function sell<Sold>(
  shop: Shop,
  terms: Terms,
  rules: Partial<PolicyStruct>,
  buy: (program: bigint) => Promise<Sold>,
): Promise<Sold> {
  const { escrow, regulator, merchantId, policyId } = shop;
  const charging = await anotherPolicy(shop, { feePriceBps: FEE_BPS, ...rules });
  await escrow.connect(regulator).setMerchantPolicy(merchantId, charging);
  const sold = await buy(await anotherProgram(shop, terms, merchantId));
  await escrow.connect(regulator).setMerchantPolicy(merchantId, policyId);
  return sold;
}

/** What a pass that is sold under a fee can say otherwise. */
export interface ChargingOptions {
  readonly rules?: Partial<PolicyStruct>;
  readonly feeFree?: boolean;
  readonly startsAt?: bigint;
}

/**
 * Buys the holder a year's pass of the shop's merchant that costs {@link PASS_FEE} to leave: without a fee nothing is at stake
 * in a contest of a pass. Answers its id.
 */
export async function buyChargingPass(shop: Shop, options: ChargingOptions = {}): Promise<string> {
  const { rules = {}, feeFree = false, startsAt } = options;
  return await sell(
    shop,
    { ...YEAR, feeFree },
    rules,
    async (program) => await buyCard(shop, startsAt === undefined ? { program } : { program, startsAt }),
  );
}

/** Buys the holder open amounts of these principals, in token base units, that cost a fee to leave; answers their ids. */
export async function buyChargingAmounts(shop: Shop, principals: readonly bigint[]): Promise<string[]> {
  return await sell(shop, AMOUNT, {}, async (program) => {
    const cards: string[] = [];
    for (const principal of principals) cards.push(await buyCard(shop, { program, principal }));
    return cards;
  });
}

async function deployChargingPass(): Promise<Customers> {
  const shop = await loadCustomers();
  const pass = await buyChargingPass(shop);
  const passOpenedAt = (await shop.escrow.card(pass)).openedAt;
  await advance(COOLING_OFF);
  return { ...shop, pass, passOpenedAt };
}

/** {@link loadCustomers} with a pass that costs {@link PASS_FEE} to leave, past its cooling-off. */
export async function loadChargingPass(): Promise<Customers> {
  return await networkHelpers.loadFixture(deployChargingPass);
}

/** Who executes a dispute that costs the holder something: a complaint its holder alone, a contest anyone. */
export function executor(shop: Shop, kind: bigint): HardhatEthersSigner {
  return kind === DisputeKind.Complaint ? shop.holder : shop.stranger;
}
