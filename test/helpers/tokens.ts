import { MaxUint256, ZeroHash } from "ethers";

import {
  AgreeingToken__factory,
  BlockingToken__factory,
  DecimalsToken__factory,
  FalseToken__factory,
  FeeToken__factory,
  PermitlessToken__factory,
  ReentrantToken__factory,
  SilentToken__factory,
} from "../../types/ethers-contracts/index.js";
import type { DecimalsToken, TestToken } from "../../types/ethers-contracts/index.js";
import { ethers } from "./chain.js";
import { TOKEN, testPolicy } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { loadShop } from "./shop.js";

/** The tokens that misbehave, by the name of their contract. All have six decimals and can be minted by anyone. */
const mocks = {
  AgreeingToken: AgreeingToken__factory,
  BlockingToken: BlockingToken__factory,
  FalseToken: FalseToken__factory,
  FeeToken: FeeToken__factory,
  PermitlessToken: PermitlessToken__factory,
  ReentrantToken: ReentrantToken__factory,
  SilentToken: SilentToken__factory,
} as const;

/** The name of a token that misbehaves. */
export type MockName = keyof typeof mocks;
type Mock<Name extends MockName> = ReturnType<(typeof mocks)[Name]["connect"]>;
/** A shop whose token misbehaves: `mock` is that token with all its functions, `token` is the same as a plain one. */
export type MockShop<Name extends MockName> = Shop & { readonly mock: Mock<Name> };

/**
 * The test shop with another merchant under a misbehaving token, and answers that merchant's shop: the same people, with
 * 1 000 000 tokens each and an allowance for the escrow, and the same programs. Tokens behave until a test changes them.
 *
 * Name the function that calls it, for `loadFixture`.
 */
export async function deployShopUnder<Name extends MockName>(name: Name): Promise<MockShop<Name>> {
  const shop = await loadShop();
  const signer = (await ethers.getSigners())[0]!;
  const deployed = await new mocks[name](signer).deploy();
  const address = await deployed.getAddress();
  const token: TestToken = await ethers.getContractAt("TestToken", address);
  return { ...(await openShopUnder(shop, token)), mock: mocks[name].connect(address, signer) as Mock<Name> };
}

/** Registers a merchant under `token` that sells what the shop's merchant sells, and answers the shop as that merchant's. */
export async function openShopUnder(shop: Shop, token: TestToken): Promise<Shop> {
  const { escrow, regulator, owner, operator, payout } = shop;
  const policy = testPolicy(await token.getAddress());
  const policyId = await escrow.connect(regulator).addPolicy.staticCall(policy);
  await escrow.connect(regulator).addPolicy(policy);
  const args = [owner, payout, policyId, 0n, "ipfs://merchant"] as const;
  const merchantId = await escrow.connect(regulator).registerMerchant.staticCall(...args);
  await escrow.connect(regulator).registerMerchant(...args);
  await escrow.connect(owner).setOperator(merchantId, operator, true);

  const publish = async (programId: bigint): Promise<bigint> => {
    const { kind, bearer, price, units, listPrice } = await escrow.program(programId);
    const terms = { kind, bearer, price, units, listPrice, feeFree: false, metadataURI: "ipfs://program" };
    const published = await escrow.connect(owner).publishProgram.staticCall(merchantId, terms);
    await escrow.connect(owner).publishProgram(merchantId, terms);
    return published;
  };
  const programs = {
    open: await publish(shop.programs.open),
    plan: await publish(shop.programs.plan),
    count: await publish(shop.programs.count),
    pass: await publish(shop.programs.pass),
  };
  for (const person of [shop.holder, shop.other, shop.payer]) {
    await token.mint(person, 1_000_000n * TOKEN);
    await token.connect(person).approve(escrow, MaxUint256);
  }
  return { ...shop, token, policyId, merchantId, programs, vault: await escrow.vaultOf(merchantId) };
}

/** A token with this many decimals. */
export async function deployDecimals(decimals: bigint): Promise<DecimalsToken> {
  const signer = (await ethers.getSigners())[0]!;
  return await new DecimalsToken__factory(signer).deploy(decimals);
}

/** A function in which a {@link ReentrantToken} calls back. */
export type Hook = "transfer" | "transferFrom" | "balanceOf" | "decimals" | "permit" | "receiveWithAuthorization";

/** From now on the shop's token calls `target` with `data` whenever `hook` is called. */
export async function arm(shop: MockShop<"ReentrantToken">, hook: Hook, target: string, data: string): Promise<void> {
  await shop.mock.arm(shop.mock.interface.getFunction(hook).selector, target, data);
}

/** The shop's token calls nobody any more. */
export async function disarm(shop: MockShop<"ReentrantToken">): Promise<void> {
  await shop.mock.arm(ZeroHash.slice(0, 10), await shop.escrow.getAddress(), "0x");
}
