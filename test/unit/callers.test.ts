import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash, toBeHex } from "ethers";
import type { BaseContract } from "ethers";

import { buyCard } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { expectRefusal } from "../helpers/refusals.js";
import { deployRegister, listOf, placeSurety } from "../helpers/register.js";

/** An account with ether at any address. */
async function accountAt(address: string): Promise<HardhatEthersSigner> {
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 18n);
  return await ethers.getSigner(address);
}

/** A shop with a register, cards, a vault of each kind, and callers who are not who may call. */
async function deployCallers() {
  const shop = await deployRegister();
  const { escrow, register, owner, holder, merchantId, other, programs } = shop;
  await placeSurety(shop, 1n);
  await escrow.connect(owner).transferOwnership(merchantId, other);
  await register.connect(owner).deposit(merchantId, 1n);
  const cardId = await buyCard(shop, { program: programs.count });
  const moving = await buyCard(shop, { program: programs.count });
  await escrow.connect(holder).requestMove(moving, other);
  return {
    ...shop,
    cardId,
    moving,
    vault: await ethers.getContractAt("MerchantVault", shop.vault),
    depositVault: await ethers.getContractAt("DepositVault", await register.depositVaultOf(merchantId)),
    through: await ethers.deployContract("Batch"),
    lowest: await accountAt(toBeHex(0x1_0000, 20)),
    highest: await accountAt(toBeHex(2n ** 160n - 1n, 20)),
  };
}
type Callers = Awaited<ReturnType<typeof deployCallers>>;

interface Call {
  readonly contract?: (shop: Callers) => BaseContract;
  readonly args: (shop: Callers) => readonly unknown[];
  /** Who may call. */
  readonly by: (shop: Callers) => HardhatEthersSigner;
  readonly refusal: string;
  /** What the refusal names before the caller; the merchant by default. */
  readonly of?: (shop: Callers) => readonly unknown[];
  /** Who should have called, where the refusal names it. */
  readonly wanted?: (shop: Callers) => unknown;
}

const asOwner = {
  by: ({ owner }: Callers) => owner,
  refusal: "MerchantOwnerOnly",
  wanted: ({ owner }: Callers) => owner,
};
const asOperator = { by: ({ operator }: Callers) => operator, refusal: "MerchantOperatorOnly" };
const asHolder = {
  by: ({ holder }: Callers) => holder,
  refusal: "CardHolderOnly",
  of: ({ cardId }: Callers) => [cardId],
  wanted: ({ holder }: Callers) => holder,
};
const asVaultOf = { by: ({ owner }: Callers) => owner, of: () => [] };
const asPartyOf = {
  by: ({ bank }: Callers) => bank,
  refusal: "SuretyPartyOnly",
  wanted: ({ bank }: Callers) => bank,
};
const inRegister = { contract: ({ register }: Callers) => register };

const calls: Readonly<Record<string, Call>> = {
  setPayout: { ...asOwner, args: ({ merchantId, other }) => [merchantId, other.address] },
  retireProgram: { ...asOwner, args: ({ programs }) => [programs.count] },
  transferOwnership: { ...asOwner, args: ({ merchantId, other }) => [merchantId, other.address] },
  acceptOwnership: {
    by: ({ other }) => other,
    args: ({ merchantId }) => [merchantId],
    refusal: "MerchantNextOwnerOnly",
    wanted: ({ other }) => other,
  },
  settle: { ...asOperator, args: ({ merchantId }) => [merchantId, []] },
  settleContractHolders: { ...asOperator, args: ({ merchantId }) => [merchantId, []] },
  settleAndPayOut: { ...asOperator, args: ({ merchantId }) => [merchantId, []] },
  refundCard: { ...asOperator, args: ({ cardId }) => [cardId] },
  contestExit: { ...asOperator, args: ({ cardId }) => [cardId, ZeroHash] },
  consentMove: { ...asOperator, args: ({ moving }) => [moving, 0n] },
  requestExit: { ...asHolder, args: ({ cardId }) => [cardId] },
  cancelExit: { ...asHolder, args: ({ cardId }) => [cardId] },
  executeExitTo: { ...asHolder, args: ({ cardId, other }) => [cardId, other.address] },
  requestMove: { ...asHolder, args: ({ cardId, other }) => [cardId, other.address] },
  cancelMove: { ...asHolder, of: ({ moving }) => [moving], args: ({ moving }) => [moving] },
  complain: { ...asHolder, args: ({ cardId }) => [cardId, ZeroHash] },
  withdraw: { ...asOwner, ...inRegister, args: ({ merchantId }) => [merchantId, 1n] },
  nameSurety: { ...asOwner, ...inRegister, args: ({ merchantId, bank }) => [merchantId, bank.address] },
  placeSurety: {
    ...inRegister,
    by: ({ bank }) => bank,
    args: ({ merchantId }) => [merchantId, 1n, 2n ** 32n - 1n],
    refusal: "SuretyNamedOnly",
    wanted: ({ bank }) => bank,
  },
  "takeBackSurety to a low address": {
    ...asPartyOf,
    ...inRegister,
    args: ({ merchantId, lowest }) => [merchantId, lowest.address],
  },
  "takeBackSurety to a high address": {
    ...asPartyOf,
    ...inRegister,
    args: ({ merchantId, highest }) => [merchantId, highest.address],
  },
  "reportOutstanding of an owner": {
    ...inRegister,
    by: ({ owner }) => owner,
    args: ({ merchantId }) => [merchantId, 1n, 1n, ZeroHash],
    refusal: "AccessManagedUnauthorized",
    of: () => [],
  },
  "reportOutstanding of a reporter": {
    ...inRegister,
    by: ({ reporter }) => reporter,
    args: ({ merchantId }) => [merchantId, 1n, 1n, ZeroHash],
    refusal: "AccessManagedUnauthorized",
    of: () => [],
  },
  claimTo: {
    ...inRegister,
    by: ({ holder }) => holder,
    args: ({ merchantId, holder, other }) => [
      merchantId,
      listOf([{ account: holder.address, amount: 1n }]).claim(0),
      other.address,
    ],
    refusal: "ClaimAccountOnly",
    wanted: ({ holder }) => holder,
  },
  "pay of a merchant's vault": {
    ...asVaultOf,
    contract: ({ vault }) => vault,
    args: ({ owner }) => [owner.address, 1n],
    refusal: "VaultCallerNotEscrow",
    wanted: ({ escrow }) => escrow,
  },
  "pay of a deposit's vault": {
    ...asVaultOf,
    contract: ({ depositVault }) => depositVault,
    args: ({ owner }) => [owner.address, 1n],
    refusal: "VaultCallerNotRegister",
    wanted: ({ register }) => register,
  },
};

describe("Who calls", () => {
  for (const [name, { by, contract, args, refusal, of, wanted }] of Object.entries(calls)) {
    const prepare = async () => {
      const shop = await networkHelpers.loadFixture(deployCallers);
      const target: BaseContract = contract?.(shop) ?? shop.escrow;
      const data = target.interface.encodeFunctionData(name.split(" ")[0]!, args(shop));
      const refuses = async (sent: Promise<unknown>, caller: unknown) => {
        const named = [...(of?.(shop) ?? [shop.merchantId]), caller, ...(wanted === undefined ? [] : [wanted(shop)])];
        await expectRefusal(sent, target, refusal, ...named);
      };
      return { shop, target, data, refuses };
    };

    it(`${name}: a contract is refused by its own address, though who may calls through it`, async () => {
      const { shop, target, data, refuses } = await prepare();
      await refuses(shop.through.connect(by(shop)).getFunction("run").send(target, [data]), shop.through);
    });

    it(`${name}: an address is refused that is lower, and one that is higher, than that of who may`, async () => {
      const { shop, target, data, refuses } = await prepare();
      for (const caller of [shop.lowest, shop.highest]) {
        await refuses(caller.sendTransaction({ to: await target.getAddress(), data }), caller);
      }
    });
  }
});
