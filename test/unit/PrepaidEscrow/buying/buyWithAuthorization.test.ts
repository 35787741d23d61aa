import { expect } from "chai";
import { Signature, id } from "ethers";

import { CardStatus } from "../../../../src/contracts/enums.js";
import { anotherMerchant, anotherProgram, at, now } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { purchaseOf, signAuthorization } from "../../../helpers/sales.js";
import type { Authorization, SaleOptions } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";

const PRICE = 3_600n * TOKEN;

/** The shop, with a payer who has approved nothing. */
async function deployRelayed() {
  const shop = await loadShop();
  await shop.token.connect(shop.payer).approve(shop.escrow, 0n);
  return shop;
}

const load = () => networkHelpers.loadFixture(deployRelayed);

/** Submits what was signed for `signed` as a purchase of `bought`. */
async function relay(shop: Shop, signed: SaleOptions, authorization: Authorization = {}, bought = signed) {
  const { rest } = await signAuthorization(shop, signed, authorization);
  return await shop.escrow.connect(shop.relayer).buyWithAuthorization(await purchaseOf(shop, bought), ...rest);
}

describe("buyWithAuthorization", () => {
  it("buys for a payer who sends nothing and has approved nothing", async () => {
    const shop = await load();
    const { escrow, token, payer, relayer, holder, vault, programs } = shop;
    const gas = await ethers.provider.getBalance(payer);
    const { nonce } = await signAuthorization(shop);
    await expect(relay(shop, {})).to.changeTokenBalances(ethers, token, [payer, relayer, vault], [-PRICE, 0n, PRICE]);
    const cardId = await escrow.cardIdOf(holder, programs.pass, 0n);
    expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    expect(await ethers.provider.getBalance(payer)).to.equal(gas);
    expect(await token.authorizationState(payer, nonce)).to.equal(true);
  });

  it("answers the card's id", async () => {
    const shop = await load();
    const { escrow, relayer, holder, programs } = shop;
    const { rest } = await signAuthorization(shop);
    const bought = escrow.connect(relayer).buyWithAuthorization.staticCall(await purchaseOf(shop), ...rest);
    expect(await bought).to.equal(await escrow.cardIdOf(holder, programs.pass, 0n));
  });

  const changed: readonly (readonly [string, (shop: Shop) => SaleOptions])[] = [
    ["another holder", ({ stranger }) => ({ holder: stranger })],
    ["another principal", () => ({ principal: 101n })],
    ["a smaller principal", () => ({ principal: 99n })],
    ["another program", ({ programs }) => ({ program: programs.open + 4n })],
  ];
  for (const [what, change] of changed) {
    it(`pays for no purchase with ${what}`, async () => {
      const shop = await load();
      await anotherProgram(shop, { kind: 0n, price: 0n, units: 0n, listPrice: 0n });
      const signed = { program: shop.programs.open, principal: 100n };
      const bought = relay(shop, signed, {}, { ...signed, ...change(shop) });
      await expectRefusal(bought, shop.token, "ERC3009InvalidSignature");
      await relay(shop, signed);
      expect((await shop.escrow.pool(shop.merchantId)).outstanding).to.equal(100n);
    });
  }

  it("pays for no pass with another start", async () => {
    const shop = await load();
    const startsAt = (await now()) + 2n * DAY;
    for (const other of [0n, startsAt - 1n, startsAt + 1n]) {
      const bought = relay(shop, { startsAt }, {}, { startsAt: other });
      await expectRefusal(bought, shop.token, "ERC3009InvalidSignature");
    }
    await relay(shop, { startsAt });
    const cardId = await shop.escrow.cardIdOf(shop.holder, shop.programs.pass, 0n);
    expect((await shop.escrow.card(cardId)).openedAt).to.equal(startsAt);
  });

  it("pays with no other salt", async () => {
    const shop = await load();
    const { escrow, relayer } = shop;
    const { rest } = await signAuthorization(shop, {}, { salt: id("salt") });
    const [payer, validAfter, validBefore, , v, r, s] = rest;
    const purchase = await purchaseOf(shop);
    const salted = escrow
      .connect(relayer)
      .buyWithAuthorization(purchase, payer, validAfter, validBefore, id("pepper"), v, r, s);
    await expectRefusal(salted, shop.token, "ERC3009InvalidSignature");
  });

  it("takes the money of nobody but the signer", async () => {
    const shop = await load();
    const { escrow, relayer, other } = shop;
    const { rest } = await signAuthorization(shop);
    const [, ...signed] = rest;
    const bought = escrow.connect(relayer).buyWithAuthorization(await purchaseOf(shop), other, ...signed);
    await expectRefusal(bought, shop.token, "ERC3009InvalidSignature");
  });

  it("pays only under an authorization made out to the merchant's vault", async () => {
    const shop = await load();
    const another = await shop.escrow.vaultOf(await anotherMerchant(shop));
    for (const to of [await shop.escrow.getAddress(), another, shop.relayer.address]) {
      await expectRefusal(relay(shop, {}, { to }), shop.token, "ERC3009InvalidSignature");
    }
  });

  it("pays for no program of another merchant", async () => {
    const shop = await load();
    const second = await anotherMerchant(shop);
    const program = await anotherProgram(shop, { kind: 0n, price: 0n, units: 0n, listPrice: 0n }, second);
    const signed = { program, principal: 100n };
    await expectRefusal(relay(shop, signed, { to: shop.vault }), shop.token, "ERC3009InvalidSignature");
    await relay(shop, signed, { to: await shop.escrow.vaultOf(second) });
    expect((await shop.escrow.pool(second)).outstanding).to.equal(100n);
  });

  it("is not payable twice", async () => {
    const shop = await load();
    const { escrow, token, payer, relayer, programs, holder } = shop;
    const { nonce, rest } = await signAuthorization(shop);
    const again = async (serial: bigint) =>
      await escrow.connect(relayer).buyWithAuthorization(await purchaseOf(shop, { serial }), ...rest);
    await again(0n);
    const cardId = await escrow.cardIdOf(holder, programs.pass, 0n);
    await expectRefusal(again(0n), escrow, "CardSerialTaken", cardId);
    await expectRefusal(again(1n), token, "ERC3009UsedAuthorization", payer.address, nonce);
  });

  it("is worth nothing once the payer has cancelled it", async () => {
    const shop = await load();
    const { token, payer } = shop;
    const { nonce } = await signAuthorization(shop);
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
    const types = {
      CancelAuthorization: [
        { name: "authorizer", type: "address" },
        { name: "nonce", type: "bytes32" },
      ],
    };
    const signature = await payer.signTypedData(domain, types, { authorizer: payer.address, nonce });
    const { v, r, s } = Signature.from(signature);
    await token.cancelAuthorization(payer, nonce, v, r, s);
    await expectRefusal(relay(shop, {}), token, "ERC3009UsedAuthorization", payer.address, nonce);
  });

  it("cannot be taken out of its purchase at the token", async () => {
    const shop = await load();
    const { token, relayer, vault } = shop;
    const { message, signature } = await signAuthorization(shop);
    const { from, to, value, validAfter, validBefore, nonce } = message;
    const taken = token
      .connect(relayer)
      .receiveWithAuthorization(from, to, value, validAfter, validBefore, nonce, ...signature);
    await expectRefusal(taken, token, "ERC20InvalidReceiver", vault);
  });

  it("cannot be taken out of its purchase at the vault", async () => {
    const shop = await load();
    const { escrow, relayer } = shop;
    const vault = await ethers.getContractAt("MerchantVault", shop.vault);
    const { message, signature } = await signAuthorization(shop);
    const { from, value, validAfter, validBefore, nonce } = message;
    const taken = vault
      .connect(relayer)
      .receiveWithAuthorization(from, value, validAfter, validBefore, nonce, ...signature);
    const args = [relayer.address, await escrow.getAddress()];
    await expectRefusal(taken, vault, "VaultCallerNotEscrow", ...args);
  });

  it("is good after its beginning and before its end, as the token has it", async () => {
    const shop = await load();
    const begin = (await now()) + 1_000n;
    const end = begin + 100n;
    const within = { validAfter: begin, validBefore: end };
    for (const [time, serial, good] of [
      [begin, 0n, false],
      [begin + 1n, 0n, true],
      [end - 1n, 1n, true],
      [end, 2n, false],
    ] as const) {
      const { rest } = await signAuthorization(shop, { serial }, within);
      const purchase = await purchaseOf(shop, { serial });
      await at(time);
      const bought = shop.escrow.connect(shop.relayer).buyWithAuthorization(purchase, ...rest);
      if (good) await bought;
      else await expectRefusal(bought, shop.token, "ERC3009InvalidAuthorizationTime", begin, end);
    }
    expect((await shop.escrow.pool(shop.merchantId)).outstanding).to.equal(2n * PRICE);
  });

  describe("and its serial", () => {
    it("leaves no gap that a holder who searches would not cross", async () => {
      const shop = await load();
      const { escrow, holder, programs } = shop;
      for (const serial of [1n, 2n, 2n ** 64n - 1n]) {
        const previous = await escrow.cardIdOf(holder, programs.pass, serial - 1n);
        await expectRefusal(relay(shop, { serial }), escrow, "CardSerialNotNext", previous);
      }
      await relay(shop, { serial: 0n });
      const second = await escrow.cardIdOf(holder, programs.pass, 1n);
      await expectRefusal(relay(shop, { serial: 2n }), escrow, "CardSerialNotNext", second);
      await relay(shop, { serial: 1n });
      expect((await escrow.card(second)).status).to.equal(CardStatus.Open);
    });

    it("follows a card that is closed", async () => {
      const shop = await load();
      const { escrow, operator, holder, programs } = shop;
      await relay(shop, { serial: 0n });
      await escrow.connect(operator).refundCard(await escrow.cardIdOf(holder, programs.pass, 0n));
      await relay(shop, { serial: 1n });
      expect((await escrow.card(await escrow.cardIdOf(holder, programs.pass, 1n))).status).to.equal(CardStatus.Open);
    });

    it("follows neither another holder's nor another program's card", async () => {
      const shop = await load();
      const { escrow, holder, other, programs } = shop;
      await relay(shop, { holder: other });
      await relay(shop, { program: programs.open, principal: 1n });
      const missing = await escrow.cardIdOf(holder, programs.pass, 0n);
      await expectRefusal(relay(shop, { serial: 1n }), escrow, "CardSerialNotNext", missing);
    });

    it("can be moved on by a relayer when the one that was meant is taken", async () => {
      const shop = await load();
      const { escrow, relayer, other, holder, programs } = shop;
      const { rest } = await signAuthorization(shop, { serial: 0n });
      await escrow.connect(other).buy(programs.pass, holder, PRICE, 0n);
      await escrow.connect(relayer).buyWithAuthorization(await purchaseOf(shop, { serial: 1n }), ...rest);
      expect((await escrow.card(await escrow.cardIdOf(holder, programs.pass, 1n))).principal).to.equal(PRICE);
    });
  });
});
