import { policyFromPreset } from "../../../src/presets/presets.js";
import type { Preset } from "../../../src/presets/presets.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { Merchant, Program } from "../model.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";

/**
 * Prepares the first act: the regulator adds each preset as a policy and registers the merchants, and the merchants enable their tills
 * and publish their programs.
 */
export async function openForBusiness(world: World): Promise<void> {
  const policies = new Map<string, bigint>();
  for (const merchant of world.scenario.merchants) {
    const { preset } = merchant;
    const policyId = policies.get(preset.name) ?? (await addPolicy(world, preset));
    policies.set(preset.name, policyId);
    const merchantId = await register(world, merchant, policyId);
    for (const program of merchant.programs) await publish(world, merchantId, program);
  }
}

async function addPolicy(world: World, preset: Preset): Promise<bigint> {
  const policy = policyFromPreset(preset, world.addresses.token, TOKEN_DECIMALS);
  const { events } = await world.regulator.execute("addPolicy", { policy });
  return eventOf(events, "PolicyAdded").args.policyId;
}

async function register(world: World, merchant: Merchant, policyId: bigint): Promise<bigint> {
  const { owner, operator, payout } = world.cast.merchant(merchant.id);
  const { events } = await world.regulator.execute("registerMerchant", {
    owner: owner.address,
    payout: payout.address,
    policyId,
    outstandingCap: merchant.cap,
    metadataURI: metadata(merchant.id),
  });
  const { merchantId, vault } = eventOf(events, "MerchantRegistered").args;
  await world.as(owner).execute("setOperator", { merchantId, operator: operator.address, enabled: true });
  const till = await world.openTill(merchant, merchantId);
  world.merchants.set(merchant.id, { ...merchant, merchantId, vault, till });
  return merchantId;
}

async function publish(world: World, merchantId: bigint, program: Program): Promise<void> {
  const { kind, bearer, price, units, listPrice, reference } = program;
  const terms = { kind, bearer, price, units, listPrice, feeFree: false, metadataURI: metadata(reference) };
  const { events } = await world.ownerOf(program.merchant).execute("publishProgram", { merchantId, terms });
  world.programs.set(reference, { ...program, programId: eventOf(events, "ProgramPublished").args.programId });
}

function metadata(name: string): string {
  return `https://example.org/${name}.json`;
}
