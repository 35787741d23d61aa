import { expect } from "chai";
import { MaxUint256, toBeHex } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus } from "../../../../src/contracts/enums.js";
import { anotherProgram, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

const MAX_88 = 2n ** 88n - 1n;
const MAX_96 = 2n ** 96n - 1n;

describe("buy", () => {
  for (const [name, price] of [
    ["plan", 3_000n * TOKEN],
    ["count", 1_200n * TOKEN],
    ["pass", 3_600n * TOKEN],
  ] as const) {
    it(`sells the ${name} program for its price and nothing else`, async () => {
      const { escrow, holder, programs } = await loadShop();
      const program = programs[name];
      const buy = async (principal: bigint) => await escrow.connect(holder).buy(program, holder, principal, 0n);
      for (const wrong of [price - 1n, price + 1n]) {
        await expectRefusal(buy(wrong), escrow, "CardPriceMismatch", wrong, price);
      }
      await buy(price);
      expect((await escrow.card(await escrow.cardIdOf(holder, program, 0n))).principal).to.equal(price);
    });
  }

  it("sells an open amount from one base unit to the widest, but not nothing", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, programs } = shop;
    await token.mint(holder, MAX_88);
    await expectRefusal(buyCard(shop, { program: programs.open, principal: 0n }), escrow, "CardPrincipalZero");
    for (const principal of [1n, MAX_88]) {
      const cardId = await buyCard(shop, { program: programs.open, principal });
      expect((await escrow.card(cardId)).principal).to.equal(principal);
      expect(await escrow.remaining(cardId)).to.equal(principal);
    }
  });

  it("answers the card's id", async () => {
    const { escrow, holder, programs } = await loadShop();
    const cardId = await escrow.connect(holder).buy.staticCall(programs.open, holder, 1n, 17n);
    expect(cardId).to.equal(encodeCardId({ holder: holder.address, programId: programs.open, serial: 17n }));
    expect(cardId).to.equal(await escrow.cardIdOf(holder, programs.open, 17n));
    expect(await escrow.holderOf(cardId)).to.equal(holder.address);
  });

  it("names as payer the contract that pays, not who calls through it", async () => {
    const { escrow, token, holder, merchantId, programs, stranger } = await loadShop();
    const payer = await ethers.deployContract("Batch");
    await token.mint(payer, 7n);
    const approve = token.interface.encodeFunctionData("approve", [await escrow.getAddress(), 7n]);
    await payer.run(token, [approve]);
    const buy = escrow.interface.encodeFunctionData("buy", [programs.open, holder.address, 7n, 0n]);
    const { outstanding, balance } = await escrow.pool(merchantId);
    const cardId = await escrow.cardIdOf(holder, programs.open, 0n);
    const time = (await now()) + 100n;
    await at(time);
    await expect(payer.connect(stranger).run(escrow, [buy]))
      .to.emit(escrow, "CardOpened")
      .withArgs(merchantId, cardId, holder, payer, 7n, time, outstanding + 7n, balance + 7n);
  });

  it("gives the payer no say over the card of somebody else", async () => {
    const shop = await loadShop();
    const { escrow, holder, payer, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count, payer });
    const args = [cardId, payer.address, holder.address];
    await expectRefusal(escrow.connect(payer).requestExit(cardId), escrow, "CardHolderOnly", ...args);
  });

  it("takes the payer's tokens, not the holder's", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, stranger, programs, vault } = shop;
    const bought = escrow.connect(holder).buy(programs.open, stranger, 9n, 0n);
    await expect(bought).to.changeTokenBalances(ethers, token, [holder, stranger, vault], [-9n, 0n, 9n]);
  });

  it("keeps cards of one holder apart by serial, of two holders by holder, of two programs by program", async () => {
    const shop = await loadShop();
    const { escrow, holder, other, programs } = shop;
    const another = await anotherProgram(shop, { kind: 0n, price: 0n, units: 0n, listPrice: 0n });
    const cards = [
      await buyCard(shop, { program: programs.open, holder, serial: 0n, principal: 1n }),
      await buyCard(shop, { program: programs.open, holder, serial: 1n, principal: 2n }),
      await buyCard(shop, { program: programs.open, holder: other, serial: 0n, principal: 3n }),
      await buyCard(shop, { program: another, holder, serial: 0n, principal: 4n }),
    ];
    const principals = await Promise.all(cards.map(async (cardId) => (await escrow.card(cardId)).principal));
    expect(principals).to.deep.equal([1n, 2n, 3n, 4n]);
    expect((await escrow.pool(shop.merchantId)).outstanding).to.equal(10n);
  });

  it("takes any free serial from the holder", async () => {
    const shop = await loadShop();
    const { escrow, programs } = shop;
    for (const serial of [20n, 2n ** 64n - 1n]) {
      const cardId = await buyCard(shop, { program: programs.open, serial });
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    }
  });

  it("asks for an allowance of the whole principal", async () => {
    const { escrow, token, holder, programs } = await loadShop();
    const buy = async () => await escrow.connect(holder).buy(programs.open, holder, 100n, 0n);
    for (const allowance of [0n, 99n]) {
      await token.connect(holder).approve(escrow, allowance);
      const args = [await escrow.getAddress(), allowance, 100n];
      await expectRefusal(buy(), token, "ERC20InsufficientAllowance", ...args);
    }
    await token.connect(holder).approve(escrow, 100n);
    await buy();
    expect(await token.allowance(holder, escrow)).to.equal(0n);
  });

  it("knows no amount wider than a card", async () => {
    const { escrow, token, holder, programs } = await loadShop();
    await token.mint(holder, 2n ** 90n);
    const fields: [bigint, string, bigint, bigint] = [programs.open, holder.address, MAX_88, 0n];
    const data = escrow.interface.encodeFunctionData("buy", fields);
    const wider = data.replace(toBeHex(MAX_88, 32).slice(2), toBeHex(MAX_88 + 1n, 32).slice(2));
    await expect(holder.sendTransaction({ to: escrow, data: wider })).to.be.revertedWithoutReason(ethers);
    await holder.sendTransaction({ to: escrow, data });
    expect((await escrow.pool(1n)).outstanding).to.equal(MAX_88);
  });

  describe("when a pool is nearly as full as it can be", () => {
    /** A merchant with 2^96 − 256 base units outstanding, on 256 of the widest cards. */
    async function deployFull() {
      const shop = await loadShop();
      await shop.token.mint(shop.payer, 2n ** 97n);
      for (let serial = 0n; serial < 256n; serial += 1n) {
        await shop.escrow.connect(shop.payer).buy(shop.programs.open, shop.holder, MAX_88, serial);
      }
      await shop.token.connect(shop.payer).approve(shop.escrow, MaxUint256);
      const buy = async (principal: bigint) =>
        await shop.escrow.connect(shop.payer).buy(shop.programs.open, shop.other, principal, 0n);
      return { ...shop, buy };
    }
    const loadFull = () => networkHelpers.loadFixture(deployFull);

    for (const principal of [254n, 255n]) {
      it(`sells ${principal} base units more`, async () => {
        const { escrow, merchantId, buy } = await loadFull();
        await buy(principal);
        const { outstanding, balance } = await escrow.pool(merchantId);
        expect([outstanding, balance]).to.deep.equal([MAX_96 - 255n + principal, MAX_96 - 255n + principal]);
      });
    }

    it("refuses 256, which would not fit", async () => {
      const { escrow, merchantId, buy } = await loadFull();
      await expectRefusal(buy(256n), escrow, "WordFieldOverflow", MAX_96 + 1n, 96n);
      expect((await escrow.pool(merchantId)).outstanding).to.equal(MAX_96 - 255n);
    });

    it("refuses them too while released money waits to be paid out, and sells them after", async () => {
      const { escrow, operator, holder, programs, merchantId, buy } = await loadFull();
      const cardId = await escrow.cardIdOf(holder, programs.open, 0n);
      await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 1_000n)]);
      await expectRefusal(buy(256n), escrow, "WordFieldOverflow", MAX_96 + 1n, 96n);
      await escrow.payOut(merchantId);
      await buy(256n);
      expect((await escrow.pool(merchantId)).outstanding).to.equal(MAX_96 - 255n - 1_000n + 256n);
    });
  });
});
