import { expect } from "chai";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { EscrowClient } from "../../src/client/client.js";
import { CardStatus } from "../../src/contracts/enums.js";
import { buyCard, permit } from "../helpers/actions.js";
import { ethers } from "../helpers/chain.js";
import { TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { moveAtOnce } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { purchaseOf, routes, signAuthorization } from "../helpers/sales.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

/** Where nobody who counts up from zero ever looks. */
const FAR = 2n ** 63n;

const idOf = (shop: Shop, programId: bigint, serial: bigint, holder = shop.holder): string =>
  encodeCardId({ holder: holder.address, programId, serial });

describe("Attack: serials", () => {
  describe("a stranger opens a gap, to hide what the holder gets next", () => {
    for (const serial of [1n, FAR, 2n ** 64n - 1n]) {
      it(`with a card of one base unit at serial ${serial}: refused by every way to buy for somebody else`, async () => {
        const shop = await loadShop();
        const { escrow, holder, payer, relayer, programs } = shop;
        const sale = { program: programs.open, principal: 1n, serial };
        const missing = idOf(shop, programs.open, serial - 1n);
        const bought = escrow.connect(payer).buy(programs.open, holder, 1n, serial);
        await expectRefusal(bought, escrow, "CardSerialNotNext", missing);
        const signed = await permit(shop, payer, 1n);
        const permitted = escrow.connect(payer).buyWithPermit(await purchaseOf(shop, sale), ...signed);
        await expectRefusal(permitted, escrow, "CardSerialNotNext", missing);
        const { rest } = await signAuthorization(shop, sale);
        const relayed = escrow.connect(relayer).buyWithAuthorization(await purchaseOf(shop, sale), ...rest);
        await expectRefusal(relayed, escrow, "CardSerialNotNext", missing);
        const pass = routes.buyPass(shop, { serial });
        await expectRefusal(pass, escrow, "CardSerialNotNext", idOf(shop, programs.pass, serial - 1n));
      });
    }

    it("with a contract that the holder calls: refused, for the contract pays", async () => {
      const { escrow, token, holder, programs } = await loadShop();
      const through = await ethers.deployContract("Batch");
      await token.mint(through, 2n);
      const approve = token.interface.encodeFunctionData("approve", [await escrow.getAddress(), 2n]);
      await through.run(token, [approve]);
      const buy = (serial: bigint) =>
        through
          .connect(holder)
          .run(escrow, [escrow.interface.encodeFunctionData("buy", [programs.open, holder.address, 1n, serial])]);
      const missing = encodeCardId({ holder: holder.address, programId: programs.open, serial: 0n });
      await expectRefusal(buy(1n), escrow, "CardSerialNotNext", missing);
      await buy(0n);
      await buy(1n);
    });

    it("gains nothing: a move and a relayed purchase cannot be put out of sight, and a search finds every card", async () => {
      const shop = await loadShop();
      const { escrow, holder, other, payer, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.open, holder: other });
      await expectRefusal(
        escrow.connect(payer).buy(programs.open, holder, 1n, FAR),
        escrow,
        "CardSerialNotNext",
        idOf(shop, programs.open, FAR - 1n),
      );
      // As near as a stranger gets: the next one.
      await escrow.connect(payer).buy(programs.open, holder, 1n, 0n);
      const hidden = moveAtOnce(shop, cardId, holder, FAR + 1n, other);
      await expectRefusal(hidden, escrow, "CardSerialNotNext", idOf(shop, programs.open, FAR));
      await escrow.connect(stranger).executeMove(cardId, 1n);
      const client = await EscrowClient.connect(ethers.provider, { escrow: await escrow.getAddress() });
      const found = await client.findCards(holder.address);
      expect(found.map(({ serial }) => serial)).to.deep.equal([0n, 1n]);
    });

    it("but a holder's own gap is the holder's to make", async () => {
      const shop = await loadShop();
      const { escrow, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.open, serial: FAR });
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
    });
  });

  it("a sale is front-run by a card of one unit under its serial: the next serial sells, and the intruder has paid for a gift", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, other, programs } = shop;
    const before = await purse(token, other);
    const intruder = await buyCard(shop, { program: programs.open, payer: other, principal: 1n, serial: 0n });
    const bought = escrow.connect(holder).buy(programs.open, holder, TOKEN, 0n);
    await expectRefusal(bought, escrow, "CardSerialTaken", intruder);
    const cardId = await buyCard(shop, { program: programs.open, principal: TOKEN });
    expect(before - (await purse(token, other))).to.equal(1n);
    expect(await escrow.holderOf(intruder)).to.equal(holder.address);
    await expectSound(shop, [intruder, cardId]);
  });

  it("a permit is used up by a stranger before the purchase: the purchase goes through on its allowance", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, payer, stranger, programs } = shop;
    await token.connect(payer).approve(escrow, 0n);
    const [deadline, v, r, s] = await permit(shop, payer, 1_200n * TOKEN);
    await token.connect(stranger).permit(payer, escrow, 1_200n * TOKEN, deadline, v, r, s);
    const purchase = await purchaseOf(shop, { program: programs.count, principal: 1_200n * TOKEN });
    // The stranger cannot spend what the permit allows, on no card and for nobody.
    const stolen = escrow.connect(stranger).buyWithPermit({ ...purchase, holder: stranger.address }, deadline, v, r, s);
    await expectRefusal(stolen, token, "ERC20InsufficientAllowance");
    await escrow.connect(payer).buyWithPermit(purchase, deadline, v, r, s);
    expect(await token.allowance(payer, escrow)).to.equal(0n);
    expect(await escrow.remaining(idOf(shop, programs.count, 0n, holder))).to.equal(1_200n * TOKEN);
  });

  it("an authorization is front-run with everything a stranger can choose: the holder has the same card, once", async () => {
    const shop = await loadShop();
    const { escrow, token, holder, payer, relayer, stranger, programs } = shop;
    const { rest } = await signAuthorization(shop);
    const before = await purse(token, payer);
    await escrow.connect(stranger).buyWithAuthorization(await purchaseOf(shop), ...rest);
    const again = async (serial: bigint) =>
      await escrow.connect(relayer).buyWithAuthorization(await purchaseOf(shop, { serial }), ...rest);
    await expectRefusal(again(0n), escrow, "CardSerialTaken", idOf(shop, programs.pass, 0n));
    await expectRefusal(again(1n), token, "ERC3009UsedAuthorization");
    expect(before - (await purse(token, payer))).to.equal(3_600n * TOKEN);
    expect(await escrow.remaining(idOf(shop, programs.pass, 0n, holder))).to.equal(3_600n * TOKEN);
  });

  it("a holder's list is filled with dust: each entry costs its sender a card, and the holder's next purchase is one step on", async () => {
    const shop = await loadShop();
    const { escrow, token, payer, other, holder, programs } = shop;
    const before = await purse(token, payer);
    for (let serial = 0n; serial < 40n; serial += 1n) {
      await escrow.connect(payer).buy(programs.open, holder, 1n, serial);
    }
    expect(before - (await purse(token, payer))).to.equal(40n);
    const cardId = await buyCard(shop, { program: programs.open, principal: TOKEN });
    expect(cardId).to.equal(idOf(shop, programs.open, 40n));
    // Nor is anybody else's list any longer.
    expect(await buyCard(shop, { program: programs.open, holder: other })).to.equal(
      idOf(shop, programs.open, 0n, other),
    );
  });
});
