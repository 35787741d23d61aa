import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import { CardStatus } from "../../../../src/contracts/enums.js";
import { at, now, permit } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { purchaseOf } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";
import { deployShopUnder } from "../../../helpers/tokens.js";

const PRICE = 3_600n * TOKEN;

/** A shop whose buyers have approved nothing, with `buy`, which buys a pass for the holder under a permit. */
async function withBuyer<Some extends Shop>(shop: Some) {
  for (const person of [shop.holder, shop.other, shop.payer]) await shop.token.connect(person).approve(shop.escrow, 0n);
  const buy = async (
    payer: HardhatEthersSigner,
    signed: Awaited<ReturnType<typeof permit>>,
    options: Parameters<typeof purchaseOf>[1] = {},
  ) => await shop.escrow.connect(payer).buyWithPermit(await purchaseOf(shop, options), ...signed);
  return { ...shop, buy };
}

async function deployBuyer() {
  return await withBuyer(await loadShop());
}

async function deployPermitless() {
  return await withBuyer(await deployShopUnder("PermitlessToken"));
}

const load = () => networkHelpers.loadFixture(deployBuyer);

/** The refusal of a token that has been allowed nothing. */
async function expectNoAllowance(shop: Shop, bought: Promise<unknown>): Promise<void> {
  const args = [await shop.escrow.getAddress(), 0n, PRICE];
  await expectRefusal(bought, shop.token, "ERC20InsufficientAllowance", ...args);
}

describe("buyWithPermit", () => {
  it("buys with the sender's permit alone, and uses it up", async () => {
    const shop = await load();
    const { escrow, token, payer, holder, buy } = shop;
    await buy(payer, await permit(shop, payer, PRICE));
    const cardId = await escrow.cardIdOf(holder, shop.programs.pass, 0n);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    expect(await token.balanceOf(shop.vault)).to.equal(PRICE);
    expect(await token.allowance(payer, escrow)).to.equal(0n);
    expect(await token.nonces(payer)).to.equal(1n);
  });

  it("answers the card's id", async () => {
    const shop = await load();
    const { escrow, payer, holder, programs } = shop;
    const signed = await permit(shop, payer, PRICE);
    const cardId = await escrow.connect(payer).buyWithPermit.staticCall(await purchaseOf(shop), ...signed);
    expect(cardId).to.equal(await escrow.cardIdOf(holder, programs.pass, 0n));
  });

  it("buys when somebody else has submitted the permit already", async () => {
    const shop = await load();
    const { escrow, token, payer, stranger, vault, buy } = shop;
    const signed = await permit(shop, payer, PRICE);
    await token.connect(stranger).permit(payer, escrow, PRICE, ...signed);
    await buy(payer, signed);
    expect(await token.balanceOf(vault)).to.equal(PRICE);
    expect(await token.allowance(payer, escrow)).to.equal(0n);
  });

  it("buys under a permit until its last second, and not after", async () => {
    const shop = await load();
    const { token, payer, vault, buy } = shop;
    const deadline = (await now()) + DAY;
    const signed = await permit(shop, payer, PRICE, deadline);
    await at(deadline + 1n);
    await expectNoAllowance(shop, buy(payer, signed));
    await at(deadline);
    await buy(payer, signed);
    expect(await token.balanceOf(vault)).to.equal(PRICE);
  });

  const failing: readonly (readonly [string, (shop: Shop) => ReturnType<typeof permit>])[] = [
    ["has expired", async (shop) => await permit(shop, shop.payer, PRICE, (await now()) - 1n)],
    ["somebody else has signed", async (shop) => await permit(shop, shop.other, PRICE)],
    ["is for another amount", async (shop) => await permit(shop, shop.payer, PRICE + 1n)],
    [
      "has been used",
      async (shop) => {
        const signed = await permit(shop, shop.payer, PRICE);
        await shop.token.permit(shop.payer, shop.escrow, PRICE, ...signed);
        await shop.token.connect(shop.payer).approve(shop.escrow, 0n);
        return signed;
      },
    ],
  ];
  for (const [how, sign] of failing) {
    it(`lets the allowance decide when the permit ${how}`, async () => {
      const shop = await load();
      const { escrow, token, payer, other, vault, buy } = shop;
      const signed = await sign(shop);
      const nonce = await token.nonces(payer);
      await expectNoAllowance(shop, buy(payer, signed));
      await token.connect(payer).approve(escrow, PRICE);
      await buy(payer, signed);
      expect(await token.balanceOf(vault)).to.equal(PRICE);
      expect(await token.nonces(payer)).to.equal(nonce);
      expect(await token.nonces(other)).to.equal(0n);
    });
  }

  it("buys no second card with one permit", async () => {
    const shop = await load();
    const { payer, buy } = shop;
    const signed = await permit(shop, payer, PRICE);
    await buy(payer, signed);
    await expectNoAllowance(shop, buy(payer, signed, { serial: 1n }));
  });

  it("never takes the money of a signer who is not the sender", async () => {
    const shop = await load();
    const { token, payer, other, buy } = shop;
    const before = await token.balanceOf(payer);
    const signed = await permit(shop, payer, PRICE);
    await expectNoAllowance(shop, buy(other, signed));
    expect(await token.balanceOf(payer)).to.equal(before);
    expect(await token.nonces(payer)).to.equal(0n);
  });

  describe("under a token without permits", () => {
    it("lets the allowance decide", async () => {
      const shop = await networkHelpers.loadFixture(deployPermitless);
      const { escrow, token, payer, vault, buy } = shop;
      const signed = await permit(shop, payer, PRICE);
      await expectNoAllowance(shop, buy(payer, signed));
      await token.connect(payer).approve(escrow, PRICE);
      await buy(payer, signed);
      expect(await token.balanceOf(vault)).to.equal(PRICE);
    });
  });
});
