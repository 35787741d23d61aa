import { expect } from "chai";

import { CardStatus, ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  signVoucher,
} from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import {
  EVIDENCE,
  EXIT_DELAY,
  FINAL_SETTLEMENT,
  RULING_TIMEOUT,
  askToLeave,
  consume,
  flagDefault,
} from "../helpers/leaving.js";
import { askToMove } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, purse } from "./scene.js";

const MAX_88 = 2n ** 88n - 1n;
const MAX_32 = 2n ** 32n - 1n;

/** The widest card there is, of the most units: every product of the release arithmetic at its largest. */
async function deployWidest() {
  const shop = await loadShop();
  const { token, holder, other } = shop;
  for (const person of [holder, other]) await token.mint(person, 2n ** 92n);
  const program = await anotherProgram(shop, {
    kind: ProgramKind.StoredValue,
    price: MAX_88 / 2n,
    units: MAX_88 - 1n,
    listPrice: MAX_88 - 1n,
  });
  return { ...shop, program };
}

describe("Attack: the widths of the numbers", () => {
  describe("the widest card of the widest program", () => {
    it("is settled to one unit below its face, and pays what exact arithmetic gives", async () => {
      const shop = await networkHelpers.loadFixture(deployWidest);
      const { escrow, token, holder, merchantId, program } = shop;
      const [price, units] = [MAX_88 / 2n, MAX_88 - 1n];
      const cardId = await buyCard(shop, { program });
      await consume(shop, cardId, units - 1n);
      const released = ((units - 1n) * price) / units;
      expect(await escrow.remaining(cardId)).to.equal(price - released);
      await expectSound(shop, [cardId]);
      await flagDefault(shop);
      await advance(7n * DAY);
      const before = await purse(token, holder);
      await escrow.refundCards(merchantId, [cardId]);
      expect((await purse(token, holder)) - before).to.equal(price - released);
      await expectSound(shop, []);
    });

    it("cannot be consumed past its face, by one unit or by the widest number there is", async () => {
      const shop = await networkHelpers.loadFixture(deployWidest);
      const { escrow, operator, holder, merchantId, program } = shop;
      const cardId = await buyCard(shop, { program });
      const vouchers = [];
      for (const cumulative of [MAX_88 - 1n + 1n, MAX_88])
        vouchers.push(await signVoucher(escrow, holder, cardId, cumulative));
      await escrow.connect(operator).settle(merchantId, vouchers);
      expect((await escrow.card(cardId)).consumed).to.equal(0n);
    });

    it("counts in a ceiling of the widest number of whole tokens without an overflow", async () => {
      const shop = await networkHelpers.loadFixture(deployWidest);
      const { escrow, regulator, merchantId, program } = shop;
      await escrow.connect(regulator).setOutstandingCap(merchantId, 2n ** 48n - 1n);
      const cardId = await buyCard(shop, { program });
      await consume(shop, cardId, MAX_88 / 3n);
      await expectSound(shop, [cardId]);
    });
  });

  describe("ids at their end", () => {
    it("the last serial there can be is sold, settled, left and moved as any other, and none follows it", async () => {
      const shop = await loadShop();
      const { escrow, holder, other, programs } = shop;
      const last = 2n ** 64n - 1n;
      const cardId = await buyCard(shop, { program: programs.open, serial: last });
      await consume(shop, cardId, TOKEN);
      // The number after it is no serial: the call cannot even be written.
      expect(() =>
        escrow.interface.encodeFunctionData("buy", [programs.open, holder.address, 1n, last + 1n]),
      ).to.throw();
      // Its neighbours in the id, the next program and the next holder, are not touched by it.
      expect(BigInt(cardId) + 1n).to.equal((BigInt(holder.address) << 96n) | ((programs.open + 1n) << 64n));
      const next = await escrow.cardIdOf(holder, programs.open + 1n, 0n);
      expect((await escrow.card(next)).status).to.equal(CardStatus.None);
      await expectRefusal(
        escrow.connect(holder).buy(programs.open, holder, 1n, last),
        escrow,
        "CardSerialTaken",
        cardId,
      );
      await escrow.connect(holder).requestMove(cardId, other);
      await escrow.connect(shop.operator).consentMove(cardId, (await escrow.card(cardId)).nonce);
      await escrow.executeMove(cardId, 0n);
      await expectSound(shop, [await escrow.cardIdOf(other, programs.open, 0n)]);
    });

    it("the last policy, merchant and program there can be are numbered once: the next would be, and is, refused", async () => {
      const shop = await loadShop();
      const { escrow } = shop;
      // policyCount, merchantCount and programCount share a word; see EscrowState.
      const counts = [0n, 32n, 64n].reduce((word, offset) => word | ((MAX_32 - 1n) << offset), 0n);
      await networkHelpers.setStorageAt(await escrow.getAddress(), 0x10n, counts);
      const policyId = await anotherPolicy(shop, {});
      expect(policyId).to.equal(MAX_32);
      const merchantId = await anotherMerchant(shop, { policyId });
      expect(merchantId).to.equal(MAX_32);
      const terms = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };
      const program = await anotherProgram(shop, terms, merchantId);
      expect(program).to.equal(MAX_32);
      const cardId = await buyCard(shop, { program, principal: TOKEN });
      await consume(shop, cardId, 1n);
      expect((await escrow.card(cardId)).consumed).to.equal(1n);
      await expectSound({ ...shop, merchantId }, [cardId]);
      await expect(anotherPolicy(shop, {})).to.be.revertedWithPanic(0x11);
      await expect(anotherMerchant(shop)).to.be.revertedWithPanic(0x11);
      await expect(anotherProgram(shop, terms, merchantId)).to.be.revertedWithPanic(0x11);
    });
  });

  describe("the end of 32-bit time, in February 2106", () => {
    // Files that come after this one begin in the present.
    afterEach(loadShop);

    it("every exit asked for before it is executed after it", async () => {
      const shop = await loadShop();
      const { escrow, token, holder, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - 1n);
      const { executableAt } = await askToLeave(shop, cardId);
      expect(executableAt > MAX_32).to.be.true;
      const before = await purse(token, holder);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId)).to.emit(escrow, "CardRefunded");
      expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
    });

    it("a flag raised in time refunds everybody after it", async () => {
      const shop = await loadShop();
      const { escrow, regulator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - FINAL_SETTLEMENT);
      await escrow.connect(regulator).flagDefault(merchantId, 1n, EVIDENCE);
      await at(MAX_32 + 1n);
      await expect(escrow.refundCards(merchantId, [cardId])).to.emit(escrow, "CardRefunded");
      expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
    });

    it("a flag whose window would end after it is refused", async () => {
      const shop = await loadShop();
      const { escrow, regulator, merchantId } = shop;
      await at(MAX_32 - FINAL_SETTLEMENT + 1n);
      const late = escrow.connect(regulator).flagDefault(merchantId, 1n, EVIDENCE);
      await expectRefusal(late, escrow, "WordFieldOverflow");
    });

    it("a complaint whose ruling would end after it is refused, not due at once: no visit is dodged by it", async () => {
      const shop = await loadShop();
      const { escrow, operator, holder, stranger, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - RULING_TIMEOUT + 1n);
      await expect(escrow.connect(holder).complain(cardId, EVIDENCE)).to.be.revert(ethers);
      // The other way out is open, and the visit is settled in its delay.
      const { executableAt } = await askToLeave(shop, cardId);
      await at(executableAt - 1n);
      await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 5n)]);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, holder.address, ExitRule.NoObjection, 100n * TOKEN, 800n * TOKEN);
    });

    it("a complaint whose ruling ends with it is heard and executed as any other", async () => {
      const shop = await loadShop();
      const { escrow, holder, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - RULING_TIMEOUT);
      await escrow.connect(holder).complain(cardId, EVIDENCE);
      expect((await escrow.dispute(cardId)).rulingUntil).to.equal(MAX_32);
      await at(MAX_32 - 1n);
      await expectRefusal(escrow.executeDispute(cardId), escrow, "CardRulingPending");
      await at(MAX_32);
      await expect(escrow.connect(stranger).executeDispute(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("a contest whose ruling would end after it is refused: the exit goes ahead", async () => {
      const shop = await loadShop();
      const { escrow, operator, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - 8n * DAY);
      const { executableAt } = await askToLeave(shop, cardId);
      await expect(escrow.connect(operator).contestExit(cardId, EVIDENCE)).to.be.revert(ethers);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeExit(cardId)).to.emit(escrow, "CardRefunded");
    });

    it("a move that would fall due after it is refused, not due at once", async () => {
      const shop = await loadShop();
      const { escrow, holder, other, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - EXIT_DELAY + 1n);
      await expect(escrow.connect(holder).requestMove(cardId, other)).to.be.revert(ethers);
      expect((await escrow.card(cardId)).moving).to.be.false;
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
    });

    it("a move that falls due with it is executed", async () => {
      const shop = await loadShop();
      const { escrow, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await at(MAX_32 - EXIT_DELAY);
      const { executableAt } = await askToMove(shop, cardId);
      await at(executableAt);
      await expect(escrow.connect(stranger).executeMove(cardId, 0n)).to.emit(escrow, "CardMoved");
    });

    it("nothing is sold after it", async () => {
      const shop = await loadShop();
      await at(MAX_32 + 1n);
      const late = buyCard(shop, { program: shop.programs.count });
      await expectRefusal(late, shop.escrow, "WordFieldOverflow", MAX_32 + 1n, 32n);
    });
  });
});
