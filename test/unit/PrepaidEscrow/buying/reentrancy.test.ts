import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { Interface, ZeroHash } from "ethers";

import { ExitRule } from "../../../../src/contracts/enums.js";
import { IPrepaidEscrow__factory } from "../../../../types/ethers-contracts/index.js";
import { advance, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { changingCalls } from "../../../helpers/calls.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, testPolicy } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { purchaseOf, routes } from "../../../helpers/sales.js";
import { arm, deployShopUnder, disarm } from "../../../helpers/tokens.js";
import type { Hook, MockShop } from "../../../helpers/tokens.js";

type ReentrantShop = MockShop<"ReentrantToken">;

/** A shop under a token that calls back, with a card of 1 000 tokens of which 100 are released and can be paid out. */
async function deployReentrant() {
  const shop = await deployShopUnder("ReentrantToken");
  const { escrow, operator, holder, merchantId, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.open });
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 100n * TOKEN)]);
  return { ...shop, cardId };
}
type Loaded = Awaited<ReturnType<typeof deployReentrant>>;

const load = () => networkHelpers.loadFixture(deployReentrant);

/** Every function of the escrow that changes anything, and a call of it. */
const changing = changingCalls(Interface.from(IPrepaidEscrow__factory.abi));

/** A call that brings the escrow to a token's function. */
type Entry = (shop: Loaded) => Promise<ContractTransactionResponse>;
const exit = async ({ escrow, holder, cardId }: Loaded) => {
  await escrow.connect(holder).requestExit(cardId);
  await advance(5n * DAY);
};
const flag = async ({ escrow, regulator, merchantId }: Loaded) => {
  await escrow.connect(regulator).flagDefault(merchantId, await now(), ZeroHash);
  await advance(7n * DAY);
};
const nothingBefore = async (): Promise<void> => {
  await Promise.resolve();
};

const entries: readonly {
  readonly name: string;
  readonly hooks: readonly Hook[];
  readonly before: (shop: Loaded) => Promise<void>;
  readonly enter: Entry;
}[] = [
  { name: "buy", hooks: ["transferFrom", "balanceOf"], before: nothingBefore, enter: routes.buy },
  { name: "buyPass", hooks: ["transferFrom", "balanceOf"], before: nothingBefore, enter: routes.buyPass },
  { name: "buyWithPermit", hooks: ["transferFrom", "balanceOf"], before: nothingBefore, enter: routes.buyWithPermit },
  {
    name: "buyWithAuthorization",
    hooks: ["receiveWithAuthorization", "balanceOf"],
    before: nothingBefore,
    enter: routes.buyWithAuthorization,
  },
  {
    name: "payOut",
    hooks: ["transfer"],
    before: nothingBefore,
    enter: async ({ escrow, merchantId }) => await escrow.payOut(merchantId),
  },
  {
    name: "settleAndPayOut",
    hooks: ["transfer"],
    before: nothingBefore,
    enter: async ({ escrow, operator, merchantId }) => await escrow.connect(operator).settleAndPayOut(merchantId, []),
  },
  {
    name: "executeExit",
    hooks: ["transfer"],
    before: exit,
    enter: async ({ escrow, cardId }) => await escrow.executeExit(cardId),
  },
  {
    name: "executeExitTo",
    hooks: ["transfer"],
    before: exit,
    enter: async ({ escrow, holder, other, cardId }) => await escrow.connect(holder).executeExitTo(cardId, other),
  },
  {
    name: "executeExitTo after a default",
    hooks: ["transfer"],
    before: flag,
    enter: async ({ escrow, holder, other, cardId }) => await escrow.connect(holder).executeExitTo(cardId, other),
  },
  {
    name: "refundCard",
    hooks: ["transfer"],
    before: nothingBefore,
    enter: async ({ escrow, operator, cardId }) => await escrow.connect(operator).refundCard(cardId),
  },
];

/** Lets the token call the escrow's `payOut` whenever `hook` is called. */
async function armWithPayOut(shop: ReentrantShop, hook: Hook): Promise<void> {
  const data = shop.escrow.interface.encodeFunctionData("payOut", [shop.merchantId]);
  await arm(shop, hook, await shop.escrow.getAddress(), data);
}

describe("A token that calls back", () => {
  describe("finds locked, while a card is paid,", () => {
    for (const { name, data } of changing) {
      it(name, async () => {
        const shop = await load();
        await arm(shop, "transferFrom", await shop.escrow.getAddress(), data);
        await expectRefusal(routes.buy(shop), shop.escrow, "ReentrancyGuardReentrantCall");
      });
    }
  });

  describe("finds the escrow locked", () => {
    for (const { name, hooks, before, enter } of entries) {
      for (const hook of hooks) {
        it(`in ${hook}, during ${name}`, async () => {
          const shop = await load();
          await before(shop);
          await armWithPayOut(shop, hook);
          await expectRefusal(enter(shop), shop.escrow, "ReentrancyGuardReentrantCall");
          await disarm(shop);
          expect((await (await enter(shop)).wait())?.status).to.equal(1);
        });
      }
    }
  });

  it("gains nothing in a permit, whose failure is ignored", async () => {
    const shop = await load();
    const { escrow, merchantId, payout, payer } = shop;
    await armWithPayOut(shop, "permit");
    const args = [0n, 27n, ZeroHash, ZeroHash] as const;
    await escrow.connect(payer).buyWithPermit(await purchaseOf(shop), ...args);
    expect(await shop.mock.callbacks()).to.equal(0n);
    expect(await shop.token.balanceOf(payout)).to.equal(0n);
    expect((await escrow.pool(merchantId)).balance).to.equal(1_000n * TOKEN + 3_600n * TOKEN);
  });

  it("gains nothing when it is asked for its decimals, whose failure reads as too many", async () => {
    const shop = await load();
    const { escrow, regulator, owner, payout, policyId } = shop;
    const token = await shop.mock.getAddress();
    await armWithPayOut(shop, "decimals");
    const added = escrow.connect(regulator).addPolicy(testPolicy(token));
    await expectRefusal(added, escrow, "PolicyTokenDecimalsTooMany", token, 255n, 18n);
    const registered = escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "");
    await expectRefusal(registered, escrow, "PolicyTokenDecimalsTooMany", token, 255n, 18n);
  });

  it("gains nothing in a batch of refunds, whose failures are skipped", async () => {
    const shop = await load();
    const { escrow, merchantId, holder, cardId } = shop;
    await flag(shop);
    const data = escrow.interface.encodeFunctionData("refundCards", [merchantId, [cardId]]);
    await arm(shop, "transfer", await escrow.getAddress(), data);
    await expect(escrow.refundCards(merchantId, [cardId]))
      .to.emit(escrow, "RefundFailed")
      .withArgs(merchantId, cardId, holder.address, 900n * TOKEN);
    expect((await escrow.pool(merchantId)).balance).to.equal(1_000n * TOKEN);
    await disarm(shop);
    await expect(escrow.refundCards(merchantId, [cardId]))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder.address, ExitRule.Default, 0n, 900n * TOKEN);
  });

  it("has no say over a vault", async () => {
    const shop = await load();
    const { escrow, mock } = shop;
    const vault = await ethers.getContractAt("MerchantVault", shop.vault);
    const data = vault.interface.encodeFunctionData("pay", [await mock.getAddress(), 1n]);
    await arm(shop, "transferFrom", shop.vault, data);
    const args = [await mock.getAddress(), await escrow.getAddress()];
    await expectRefusal(routes.buy(shop), vault, "VaultCallerNotEscrow", ...args);
  });

  it("reads a pool that is already booked when money leaves", async () => {
    const shop = await load();
    const { escrow, mock, merchantId } = shop;
    await arm(shop, "transfer", await escrow.getAddress(), escrow.interface.encodeFunctionData("pool", [merchantId]));
    await escrow.payOut(merchantId);
    const [seen] = escrow.interface.decodeFunctionResult("pool", await mock.answer());
    expect(seen).to.deep.equal([900n * TOKEN, 900n * TOKEN, 0n]);
    expect(await mock.callbacks()).to.equal(1n);
  });

  it("leaves the escrow open after it was refused", async () => {
    const shop = await load();
    await armWithPayOut(shop, "transferFrom");
    await expectRefusal(routes.buy(shop), shop.escrow, "ReentrancyGuardReentrantCall");
    await disarm(shop);
    await routes.buy(shop);
    await expect(shop.escrow.payOut(shop.merchantId)).to.emit(shop.escrow, "PaidOut");
  });

  it("does not keep others from several calls in one transaction", async () => {
    const { escrow, merchantId, owner } = await load();
    const batch = await ethers.deployContract("Batch");
    await escrow.connect(owner).setOperator(merchantId, batch, true);
    const settle = escrow.interface.encodeFunctionData("settle", [merchantId, []]);
    const receipt = await (await batch.getFunction("run").send(escrow, [settle, settle])).wait();
    const names = receipt?.logs.map((log) => escrow.interface.parseLog(log)?.name);
    expect(names).to.deep.equal(["PoolUpdated", "PoolUpdated"]);
  });
});
