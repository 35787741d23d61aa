import { expect } from "chai";

import { ExitRule } from "../../../../src/contracts/enums.js";
import { advance, anotherProgram, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { routes } from "../../../helpers/sales.js";
import type { Route } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";
import { fieldsOf } from "../../../helpers/struct.js";
import { deployShopUnder } from "../../../helpers/tokens.js";

const PRICE = 3_600n * TOKEN;

async function deployFee() {
  return await deployShopUnder("FeeToken");
}
async function deployFalse() {
  return await deployShopUnder("FalseToken");
}
async function deploySilent() {
  return await deployShopUnder("SilentToken");
}
async function deployAgreeing() {
  return await deployShopUnder("AgreeingToken");
}
async function deployBlocking() {
  return await deployShopUnder("BlockingToken");
}

/** Sells a card of 1 000 tokens and books 100 of them. */
async function release(shop: Shop): Promise<string> {
  const { escrow, operator, holder, merchantId, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.open });
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 100n * TOKEN)]);
  return cardId;
}

async function poolOf({ escrow, merchantId }: Shop): Promise<Record<string, unknown>> {
  return fieldsOf(await escrow.pool(merchantId));
}

describe("A token that keeps a fee", () => {
  const load = () => networkHelpers.loadFixture(deployFee);

  for (const [name, buy] of Object.entries<Route>(routes)) {
    it(`is refused by ${name}, be the fee ever so small`, async () => {
      const shop = await load();
      await shop.mock.setFee(1n);
      await expectRefusal(buy(shop), shop.escrow, "PoolDepositShort", shop.merchantId, PRICE - 1n, PRICE);
      await shop.mock.setFee(0n);
      await buy(shop);
      expect((await shop.escrow.pool(shop.merchantId)).balance).to.equal(PRICE);
    });

    if (name === "buyWithAuthorization") continue;

    it(`is accepted by ${name} only when the vault holds all that is accounted to it`, async () => {
      const shop = await load();
      await buy(shop);
      await shop.mock.setFee(5n);
      const again = async () => await buy(shop, { serial: 1n });
      const accounted = 2n * PRICE;
      await shop.token.mint(shop.vault, 4n);
      await expectRefusal(again(), shop.escrow, "PoolDepositShort", shop.merchantId, accounted - 1n, accounted);
      await shop.token.mint(shop.vault, 1n);
      await again();
      expect(await shop.token.balanceOf(shop.vault)).to.equal(accounted);
      expect(await poolOf(shop)).to.deep.equal({ outstanding: accounted, balance: accounted, outstandingCap: 0n });
    });
  }

  it("is refused by buyWithAuthorization even when a gift makes the vault whole", async () => {
    const shop = await load();
    await shop.token.mint(shop.vault, PRICE);
    await shop.mock.setFee(1n);
    const bought = routes.buyWithAuthorization(shop);
    await expectRefusal(bought, shop.escrow, "PoolDepositShort", shop.merchantId, 2n * PRICE - 1n, 2n * PRICE);
  });

  it("costs the payee, and never the other cards, once it begins after the sale", async () => {
    const shop = await load();
    const { escrow, token, payout, holder, vault, merchantId } = shop;
    const cardId = await release(shop);
    await shop.mock.setFee(7n);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(payout)).to.equal(100n * TOKEN - 7n);
    expect(await token.balanceOf(vault)).to.equal(900n * TOKEN);
    await escrow.connect(shop.operator).refundCard(cardId);
    expect(await token.balanceOf(vault)).to.equal(0n);
    expect(await token.balanceOf(holder)).to.equal(1_000_000n * TOKEN - 100n * TOKEN - 7n);
  });
});

describe("A token that answers false", () => {
  const load = () => networkHelpers.loadFixture(deployFalse);

  for (const name of ["buy", "buyPass", "buyWithPermit"] as const) {
    it(`is refused by ${name}`, async () => {
      const shop = await load();
      await shop.mock.setRefusing(true);
      const refused = routes[name](shop);
      await expectRefusal(refused, shop.escrow, "SafeERC20FailedOperation", await shop.mock.getAddress());
      expect(await poolOf(shop)).to.deep.equal({ outstanding: 0n, balance: 0n, outstandingCap: 0n });
    });
  }

  it("leaves released money where it is until it can be paid out", async () => {
    const shop = await load();
    const { escrow, token, operator, payout, merchantId } = shop;
    await release(shop);
    const before = await poolOf(shop);
    await shop.mock.setRefusing(true);
    const failed = [escrow, "SafeERC20FailedOperation", await shop.mock.getAddress()] as const;
    await expectRefusal(escrow.payOut(merchantId), ...failed);
    await expectRefusal(escrow.connect(operator).settleAndPayOut(merchantId, []), ...failed);
    expect(await poolOf(shop)).to.deep.equal(before);
    await shop.mock.setRefusing(false);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(payout)).to.equal(100n * TOKEN);
  });

  it("closes no card it does not pay", async () => {
    const shop = await load();
    const { escrow, operator, holder, other } = shop;
    const cardId = await release(shop);
    await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    const before = [fieldsOf(await escrow.card(cardId)), await poolOf(shop)];
    await shop.mock.setRefusing(true);
    const failed = [escrow, "SafeERC20FailedOperation", await shop.mock.getAddress()] as const;
    await expectRefusal(escrow.executeExit(cardId), ...failed);
    await expectRefusal(escrow.connect(holder).executeExitTo(cardId, other), ...failed);
    await expectRefusal(escrow.connect(operator).refundCard(cardId), ...failed);
    expect([fieldsOf(await escrow.card(cardId)), await poolOf(shop)]).to.deep.equal(before);
    await shop.mock.setRefusing(false);
    await expect(escrow.executeExit(cardId)).to.changeTokenBalance(ethers, shop.token, holder, 900n * TOKEN);
  });

  it("keeps the claims of everybody whom a batch of refunds could not pay", async () => {
    const shop = await load();
    const { escrow, regulator, holder, merchantId } = shop;
    const cardId = await release(shop);
    await escrow.connect(regulator).flagDefault(merchantId, await now(), ethers.ZeroHash);
    await advance(7n * DAY);
    const before = [fieldsOf(await escrow.card(cardId)), await poolOf(shop)];
    await shop.mock.setRefusing(true);
    await expect(escrow.refundCards(merchantId, [cardId]))
      .to.emit(escrow, "RefundFailed")
      .withArgs(merchantId, cardId, holder.address, 900n * TOKEN);
    expect([fieldsOf(await escrow.card(cardId)), await poolOf(shop)]).to.deep.equal(before);
    await shop.mock.setRefusing(false);
    await expect(escrow.refundCards(merchantId, [cardId]))
      .to.emit(escrow, "CardRefunded")
      .withArgs(merchantId, cardId, holder.address, ExitRule.Default, 0n, 900n * TOKEN);
  });
});

describe("A token that agrees to a signed transfer and makes none", () => {
  const load = () => networkHelpers.loadFixture(deployAgreeing);

  it("opens no card", async () => {
    const shop = await load();
    await expectRefusal(routes.buyWithAuthorization(shop), shop.escrow, "PoolDepositShort", shop.merchantId, 0n, PRICE);
  });

  it("opens no card out of what lies in the vault beyond what is accounted to it", async () => {
    const shop = await load();
    const { escrow, token, vault, merchantId } = shop;
    await routes.buy(shop);
    await token.mint(vault, PRICE);
    const bought = routes.buyWithAuthorization(shop, { serial: 1n });
    await expectRefusal(bought, escrow, "PoolDepositShort", merchantId, 2n * PRICE, 3n * PRICE);
    expect((await escrow.pool(merchantId)).balance).to.equal(PRICE);
  });
});

describe("A token that answers nothing", () => {
  const load = () => networkHelpers.loadFixture(deploySilent);

  for (const [name, buy] of Object.entries<Route>(routes)) {
    it(`is accepted by ${name}`, async () => {
      const shop = await load();
      await expect(buy(shop)).to.changeTokenBalances(ethers, shop.token, [shop.payer, shop.vault], [-PRICE, PRICE]);
    });
  }

  it("is paid out and refunded as any other", async () => {
    const shop = await load();
    const { escrow, token, operator, payout, holder, vault, merchantId } = shop;
    const cardId = await release(shop);
    const paid = escrow.payOut(merchantId);
    await expect(paid).to.changeTokenBalances(ethers, token, [vault, payout], [-100n * TOKEN, 100n * TOKEN]);
    const refunded = escrow.connect(operator).refundCard(cardId);
    await expect(refunded).to.changeTokenBalances(ethers, token, [vault, holder], [-900n * TOKEN, 900n * TOKEN]);
  });

  it("is refunded in a batch as any other", async () => {
    const shop = await load();
    const { escrow, token, regulator, holder, merchantId } = shop;
    const cardId = await release(shop);
    await escrow.connect(regulator).flagDefault(merchantId, await now(), ethers.ZeroHash);
    await advance(7n * DAY);
    const refunded = escrow.refundCards(merchantId, [cardId]);
    await expect(refunded).to.changeTokenBalance(ethers, token, holder, 900n * TOKEN);
  });
});

describe("A token that blocks an address", () => {
  const load = () => networkHelpers.loadFixture(deployBlocking);

  it("sells nothing to a blocked payer, and a card to a blocked holder whom somebody else pays for", async () => {
    const shop = await load();
    const { escrow, mock, payer, holder, programs } = shop;
    await mock.setBlocked(payer, true);
    await expectRefusal(routes.buy(shop), mock, "AccountBlocked", payer.address);
    await mock.setBlocked(payer, false);
    await mock.setBlocked(holder, true);
    await routes.buy(shop);
    expect(await escrow.remaining(await escrow.cardIdOf(holder, programs.pass, 0n))).to.equal(PRICE);
  });

  it("pays a merchant whose payout address is blocked at another one, seven days after that is named", async () => {
    const shop = await load();
    const { escrow, token, mock, owner, payout, stranger, merchantId } = shop;
    await release(shop);
    await mock.setBlocked(payout, true);
    await expectRefusal(escrow.payOut(merchantId), mock, "AccountBlocked", payout.address);
    await escrow.connect(owner).setPayout(merchantId, stranger);
    await at((await now()) + 7n * DAY);
    await expect(escrow.payOut(merchantId)).to.changeTokenBalance(ethers, token, stranger, 100n * TOKEN);
  });

  it("pays holders of a merchant whose payout address is blocked", async () => {
    const shop = await load();
    const { escrow, token, mock, operator, payout, holder } = shop;
    const cardId = await release(shop);
    await mock.setBlocked(payout, true);
    const refunded = escrow.connect(operator).refundCard(cardId);
    await expect(refunded).to.changeTokenBalance(ethers, token, holder, 900n * TOKEN);
  });

  it("freezes one merchant's vault and no other's", async () => {
    const shop = await load();
    const { escrow, mock, token, regulator, owner, payout, policyId, programs } = shop;
    const second = await escrow.connect(regulator).registerMerchant.staticCall(owner, payout, policyId, 0n, "");
    await escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "");
    const open = { kind: 0n, price: 0n, units: 0n, listPrice: 0n };
    const program = await anotherProgram(shop, open, second);
    await buyCard(shop, { program: programs.open });
    await mock.setBlocked(shop.vault, true);
    const frozen = buyCard(shop, { program: programs.open });
    await expectRefusal(frozen, mock, "AccountBlocked", shop.vault);
    await buyCard(shop, { program, principal: 3n });
    expect(await token.balanceOf(await escrow.vaultOf(second))).to.equal(3n);
  });
});

describe("A token whose issuer has taken from a vault", () => {
  /** The shop, with a pass sold and a base unit of its price taken out of the vault. */
  async function deployTaken() {
    const shop = await loadShop();
    await routes.buy(shop);
    await networkHelpers.impersonateAccount(shop.vault);
    await networkHelpers.setBalance(shop.vault, 10n ** 18n);
    await shop.token.connect(await ethers.getSigner(shop.vault)).transfer(shop.stranger, 1n);
    return shop;
  }

  for (const [name, buy] of Object.entries<Route>(routes)) {
    it(`sells nothing more by ${name} until the vault holds what is accounted to it`, async () => {
      const shop = await networkHelpers.loadFixture(deployTaken);
      const again = async () => await buy(shop, { serial: 1n });
      const args = [shop.merchantId, 2n * PRICE - 1n, 2n * PRICE];
      await expectRefusal(again(), shop.escrow, "PoolDepositShort", ...args);
      await shop.token.mint(shop.vault, 1n);
      await again();
      expect(await shop.token.balanceOf(shop.vault)).to.equal(2n * PRICE);
    });
  }
});
