import { ProgramKind } from "../../../src/contracts/enums.js";
import { policyFromPreset } from "../../../src/presets/presets.js";
import type { Preset } from "../../../src/presets/presets.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { Merchant, Program } from "../model.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";

/**
 * What comes before the first act: the regulator adds each rule set as a policy and registers the merchants, and these enable
 * their tills and publish their programs.
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
  const { escrow, cast, addresses } = world;
  const policy = policyFromPreset(preset, addresses.token, TOKEN_DECIMALS);
  const add = world.escrowCall(escrow.interface.encodeFunctionData("addPolicy", [policy]));
  return eventOf(await world.send(cast.official("regulator"), add), "PolicyAdded").args.policyId;
}

async function register(world: World, merchant: Merchant, policyId: bigint): Promise<bigint> {
  const { cast, chain, escrow } = world;
  const { owner, operator, payout } = cast.merchant(merchant.id);
  const values = [owner.address, payout.address, policyId, merchant.cap, metadata(merchant.id)] as const;
  const events = await world.send(
    cast.official("regulator"),
    world.escrowCall(escrow.interface.encodeFunctionData("registerMerchant", [...values])),
  );
  const { merchantId, vault } = eventOf(events, "MerchantRegistered").args;
  world.merchants.set(merchant.id, { ...merchant, merchantId, vault, till: world.newTill() });
  const enable = escrow.interface.encodeFunctionData("setOperator", [merchantId, operator.address, true]);
  await chain.send(owner.address, world.escrowCall(enable));
  return merchantId;
}

async function publish(world: World, merchantId: bigint, program: Program): Promise<void> {
  const { cast, escrow } = world;
  const { bearer, price, units, listPrice, reference } = program;
  const terms = { kind: ProgramKind[program.kind], bearer, price, units, listPrice, metadataURI: metadata(reference) };
  const events = await world.send(
    cast.merchant(program.merchant).owner,
    world.escrowCall(escrow.interface.encodeFunctionData("publishProgram", [merchantId, terms])),
  );
  world.programs.set(reference, { ...program, programId: eventOf(events, "ProgramPublished").args.programId });
}

function metadata(name: string): string {
  return `https://example.org/${name}.json`;
}
