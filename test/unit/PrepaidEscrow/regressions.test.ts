import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import type { ContractTransactionResponse } from "ethers";

import { CardStatus, ExitRule, MerchantStatus, WarningKind, WarningLevel } from "../../../src/enums.js";
import { AcceptingToken__factory, UpgradeableToken__factory } from "../../../types/ethers-contracts/index.js";
import type { TestToken } from "../../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now } from "../../helpers/actions.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN, deployShop, testPolicy } from "../../helpers/fixture.js";
import type { Shop } from "../../helpers/fixture.js";
import { expectRefusal } from "../../helpers/refusals.js";
import { routes } from "../../helpers/sales.js";
import { SUSPENSION } from "../../helpers/statuses.js";
import { openShopUnder } from "../../helpers/tokens.js";
import { capWarningsIn } from "../../helpers/warnings.js";

const load = () => networkHelpers.loadFixture(deployShop);

/** The escrow's events of one transaction. */
async function eventsOf(shop: Shop, sent: Promise<ContractTransactionResponse>) {
  const receipt = await (await sent).wait();
  return (receipt?.logs ?? []).map((log) => shop.escrow.interface.parseLog(log)).filter((event) => event !== null);
}

describe("A card closed at the end of a run-off", () => {
  it("leaves the same state by every way whose event says the same", async () => {
    const shop = await load();
    const { escrow, owner, holder, other, stranger, merchantId, programs } = shop;
    const executed = await buyCard(shop, { program: programs.session });
    const sent = await buyCard(shop, { program: programs.session, serial: 1n });
    const swept = await buyCard(shop, { program: programs.session, holder: other });
    await escrow.connect(owner).startRunOff(merchantId, (await now()) + 10n);
    await advance(26n * DAY);
    for (const cardId of [executed, sent]) await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    const ways = [
      [executed, escrow.connect(stranger).executeExit(executed)],
      [sent, escrow.connect(holder).executeExitTo(sent, holder)],
      [swept, escrow.connect(stranger).refundCards(merchantId, [swept])],
    ] as const;
    for (const [cardId, call] of ways) {
      const refunds = (await eventsOf(shop, call)).filter(({ name }) => name === "CardRefunded");
      const [event] = refunds;
      expect(refunds.length).to.equal(1);
      expect([event?.args[1], event?.args[3], event?.args[4], event?.args[5]]).to.deep.equal([
        cardId,
        ExitRule.RunOff,
        0n,
        1_200n * TOKEN,
      ]);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
    }
  });
});

describe("The merchant's own token", () => {
  const refuse = async (shop: Shop, call: Promise<unknown>) => {
    await expectRefusal(call, shop.escrow, "RecipientForbidden", await shop.token.getAddress());
  };

  for (const [name, buy] of Object.entries(routes)) {
    it(`holds no card, so that no refund gets stuck in it (${name})`, async () => {
      const shop = await load();
      await refuse(shop, buy(shop, { holder: shop.token }));
    });
  }

  it("receives no refund", async () => {
    const shop = await load();
    const { escrow, token, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.session });
    await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    await refuse(shop, escrow.connect(holder).executeExitTo(cardId, token));
  });

  it("is no payout address of a new merchant", async () => {
    const shop = await load();
    const { escrow, token, regulator, owner, policyId } = shop;
    await refuse(shop, escrow.connect(regulator).registerMerchant(owner, token, policyId, 0n, "ipfs://merchant"));
  });

  it("does not become a payout address", async () => {
    const shop = await load();
    const { escrow, token, owner, merchantId } = shop;
    await refuse(shop, escrow.connect(owner).setPayout(merchantId, token));
  });
});

describe("The dates a reader of events keeps", () => {
  it("tell the end of a suspension that was ended early, from which the wait for another counts", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    await escrow.connect(regulator).suspend(merchantId, id("evidence"));
    const time = (await now()) + DAY;
    await at(time);
    await expect(escrow.connect(regulator).resume(merchantId))
      .to.emit(escrow, "MerchantResumed")
      .withArgs(merchantId, time);
    expect((await escrow.merchant(merchantId)).suspendedUntil).to.equal(time);
  });

  it("tell by how much a withdrawn flag delays the lapse of a pending request", async () => {
    const shop = await load();
    const { escrow, regulator, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.session });
    const [requested] = await eventsOf(shop, escrow.connect(holder).requestExit(cardId));
    const lapsesAt = BigInt(String(requested?.args.getValue("lapsesAt")));
    const flaggedAt = (await now()) + DAY;
    await at(flaggedAt);
    const [flag] = await eventsOf(shop, escrow.connect(regulator).flagDefault(merchantId, flaggedAt, ZeroHash));
    const withdrawnAt = flaggedAt + 3n * DAY;
    await at(withdrawnAt);
    await expect(escrow.connect(regulator).withdrawDefault(merchantId))
      .to.emit(escrow, "DefaultWithdrawn")
      .withArgs(merchantId, MerchantStatus.Suspended, withdrawnAt + SUSPENSION, withdrawnAt);
    const { finalSettlement } = await escrow.policy(shop.policyId);
    const flagUp = withdrawnAt - (BigInt(String(flag?.args.getValue("windowEndsAt"))) - finalSettlement);
    expect(flagUp).to.equal(3n * DAY);
    expect((await escrow.quoteExit(cardId)).lapsesAt).to.equal(lapsesAt + flagUp);
  });
});

describe("A token that accepts every call", () => {
  async function deployAccepting() {
    const shop = await deployShop();
    const deployed = await new AcceptingToken__factory(shop.regulator).deploy();
    const token: TestToken = await ethers.getContractAt("TestToken", await deployed.getAddress());
    return await openShopUnder(shop, token);
  }
  const loadAccepting = () => networkHelpers.loadFixture(deployAccepting);
  const unsigned = [0n, 0n, ZeroHash, 27, ZeroHash, ZeroHash] as const;
  const purchase = ({ holder, programs }: Shop, principal: bigint) => ({
    programId: programs.open,
    holder: holder.address,
    principal,
    serial: 0n,
    startsAt: 0n,
  });

  for (const [what, surplus, booked] of [
    ["an empty vault", 0n, 0n],
    ["what lies in the vault unbooked", 100n, 0n],
    ["more than the price lying there unbooked", 250n, 0n],
    ["what lies there above other cards", 100n, 40n],
  ] as const) {
    it(`pays no card under a forged authorization out of ${what}`, async () => {
      const shop = await loadAccepting();
      const { escrow, token, payer, other, stranger, merchantId, vault, programs } = shop;
      if (booked !== 0n) await escrow.connect(payer).buy(programs.open, other, booked, 0n);
      await token.mint(vault, surplus);
      const forged = escrow.connect(stranger).buyWithAuthorization(purchase(shop, 100n), payer, ...unsigned);
      const held = booked + surplus;
      await expectRefusal(forged, escrow, "PoolDepositShort", merchantId, held, held + 100n);
      expect((await escrow.pool(merchantId)).outstanding).to.equal(booked);
    });
  }

  it("sells to who pays by allowance", async () => {
    const shop = await loadAccepting();
    const { escrow, token, payer, holder, vault, programs } = shop;
    await expect(escrow.connect(payer).buy(programs.open, holder, 100n, 0n)).to.changeTokenBalances(
      ethers,
      token,
      [payer, vault],
      [-100n, 100n],
    );
  });
});

describe("A pass of a program nobody published", () => {
  it("is refused by the program's number, not by its kind", async () => {
    const shop = await load();
    const { escrow, payer, holder } = shop;
    for (const unknown of [0n, 5n]) {
      for (const startsAt of [0n, (await now()) + DAY]) {
        const bought = escrow.connect(payer).buyPass(unknown, holder, TOKEN, 0n, startsAt);
        await expectRefusal(bought, escrow, "ProgramUnknown", unknown);
      }
    }
  });
});

describe("A token's decimals", () => {
  it("are missed by name in a contract that does not say them", async () => {
    const { escrow, regulator, manager } = await load();
    for (const silent of [await escrow.getAddress(), await manager.getAddress()]) {
      const added = escrow.connect(regulator).addPolicy(testPolicy(silent));
      await expectRefusal(added, escrow, "PolicyTokenDecimalsTooMany", silent, 255n, 18n);
    }
  });

  async function deployUpgradeable() {
    const shop = await deployShop();
    const mock = await new UpgradeableToken__factory(shop.regulator).deploy();
    const token: TestToken = await ethers.getContractAt("TestToken", await mock.getAddress());
    return { ...(await openShopUnder(shop, token)), mock };
  }

  for (const decimals of [0n, 18n, 78n, 255n]) {
    it(`are those the merchant was registered with, though the token says ${decimals} later`, async () => {
      const shop = await networkHelpers.loadFixture(deployUpgradeable);
      const { escrow, regulator, payer, holder, mock, merchantId, programs } = shop;
      await mock.setDecimals(decimals);
      await escrow.connect(regulator).setOutstandingCap(merchantId, 1_000n);
      const cap = 1_000n * TOKEN;
      expect(await capWarningsIn(escrow, escrow.connect(payer).buy(programs.open, holder, cap + 1n, 0n))).to.deep.equal(
        [["WarningRaised", merchantId, WarningKind.OutstandingCap, ZeroHash, cap + 1n, cap, WarningLevel.Warning]],
      );
    });
  }

  for (const decimals of [19n, 255n]) {
    it(`are asked again at registration, and ${decimals} refused`, async () => {
      const shop = await networkHelpers.loadFixture(deployUpgradeable);
      const { escrow, regulator, owner, payout, mock, policyId } = shop;
      await mock.setDecimals(decimals);
      const registered = escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "ipfs://merchant");
      await expectRefusal(registered, escrow, "PolicyTokenDecimalsTooMany", await mock.getAddress(), decimals, 18n);
    });
  }
});
