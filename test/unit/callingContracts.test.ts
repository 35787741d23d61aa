import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash } from "ethers";
import type { BaseContract } from "ethers";

import { buyCard } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { expectRefusal } from "../helpers/refusals.js";
import { deployRegister, placeSurety } from "../helpers/register.js";

/** A shop with a register and a card, a vault of each kind, and a contract through which anybody can call. */
async function deployThrough() {
  const shop = await deployRegister();
  const { escrow, register, owner, merchantId, other } = shop;
  await placeSurety(shop, 1n);
  await escrow.connect(owner).transferOwnership(merchantId, other);
  await register.connect(owner).deposit(merchantId, 1n);
  return {
    ...shop,
    cardId: await buyCard(shop, { program: shop.programs.session }),
    vault: await ethers.getContractAt("MerchantVault", shop.vault),
    depositVault: await ethers.getContractAt("DepositVault", await register.depositVaultOf(merchantId)),
    through: await ethers.deployContract("Batch"),
  };
}
type Through = Awaited<ReturnType<typeof deployThrough>>;

interface Call {
  /** Who may call, and signs here. */
  readonly by: (shop: Through) => HardhatEthersSigner;
  readonly contract?: (shop: Through) => BaseContract;
  readonly args: (shop: Through) => readonly unknown[];
  readonly refusal: string;
  /** What the refusal says before it names the caller; the merchant unless said otherwise. */
  readonly of?: (shop: Through) => readonly unknown[];
  /** Who should have called, where the refusal names it. */
  readonly wanted?: (shop: Through) => unknown;
}

const asOwner = {
  by: ({ owner }: Through) => owner,
  refusal: "MerchantOwnerOnly",
  wanted: ({ owner }: Through) => owner,
};
const asOperator = { by: ({ operator }: Through) => operator, refusal: "MerchantOperatorOnly" };
const asHolder = {
  by: ({ holder }: Through) => holder,
  refusal: "CardHolderOnly",
  of: ({ cardId }: Through) => [cardId],
  wanted: ({ holder }: Through) => holder,
};

const calls: Readonly<Record<string, Call>> = {
  setPayout: { ...asOwner, args: ({ merchantId, other }) => [merchantId, other.address] },
  transferOwnership: { ...asOwner, args: ({ merchantId, other }) => [merchantId, other.address] },
  acceptOwnership: {
    by: ({ other }) => other,
    args: ({ merchantId }) => [merchantId],
    refusal: "MerchantNextOwnerOnly",
    wanted: ({ other }) => other,
  },
  settle: { ...asOperator, args: ({ merchantId }) => [merchantId, []] },
  settleContractHolders: { ...asOperator, args: ({ merchantId }) => [merchantId, []] },
  refundCard: { ...asOperator, args: ({ cardId }) => [cardId] },
  contestExit: { ...asOperator, args: ({ cardId }) => [cardId, ZeroHash] },
  requestExit: { ...asHolder, args: ({ cardId }) => [cardId] },
  requestMove: { ...asHolder, args: ({ cardId, other }) => [cardId, other.address] },
  complain: { ...asHolder, args: ({ cardId }) => [cardId, ZeroHash] },
  nameSurety: {
    ...asOwner,
    contract: ({ register }) => register,
    args: ({ merchantId, bank }) => [merchantId, bank.address],
  },
  placeSurety: {
    by: ({ bank }) => bank,
    contract: ({ register }) => register,
    args: ({ merchantId }) => [merchantId, 1n, 2n ** 32n - 1n],
    refusal: "SuretyNamedOnly",
    wanted: ({ bank }) => bank,
  },
  "pay of a vault": {
    by: ({ owner }) => owner,
    contract: ({ vault }) => vault,
    args: ({ owner }) => [owner.address, 1n],
    refusal: "VaultCallerNotEscrow",
    of: () => [],
    wanted: ({ escrow }) => escrow,
  },
  "pay of a deposit's vault": {
    by: ({ owner }) => owner,
    contract: ({ depositVault }) => depositVault,
    args: ({ owner }) => [owner.address, 1n],
    refusal: "VaultCallerNotRegister",
    of: () => [],
    wanted: ({ register }) => register,
  },
};

describe("A contract through which somebody calls who may", () => {
  for (const [name, { by, contract, args, refusal, of, wanted }] of Object.entries(calls)) {
    it(`is refused by itself, and named: ${name}`, async () => {
      const shop = await networkHelpers.loadFixture(deployThrough);
      const target: BaseContract = contract?.(shop) ?? shop.escrow;
      const data = target.interface.encodeFunctionData(name.split(" ")[0]!, args(shop));
      const said = [
        ...(of?.(shop) ?? [shop.merchantId]),
        shop.through,
        ...(wanted === undefined ? [] : [wanted(shop)]),
      ];
      const sent = shop.through.connect(by(shop)).getFunction("run").send(target, [data]);
      await expectRefusal(sent, target, refusal, ...said);
    });
  }
});
