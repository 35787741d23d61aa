import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, at, buyCard, now } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY } from "../../../helpers/fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, around, askToLeave, consume } from "../../../helpers/leaving.js";
import { MOVING, askToMove, loadCard, wordOf } from "../../../helpers/moves.js";
import type { Sold } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { moneyOf } from "../../../helpers/settling.js";
import { fieldsOf } from "../../../helpers/struct.js";

const NO_MOVE = { to: ZeroAddress, by: ZeroAddress, executableAt: 0n, lapsesAt: 0n };

describe("requestMove", () => {
  it("notes who is to hold the card, raises the nonce and emits when the move falls due and lapses", async () => {
    const { escrow, holder, other, merchantId, cardId } = await loadCard();
    const time = (await now()) + 100n;
    await at(time);
    await expect(escrow.connect(holder).requestMove(cardId, other))
      .to.emit(escrow, "MoveRequested")
      .withArgs(merchantId, cardId, other, holder, time + EXIT_DELAY, time + 2n * EXIT_DELAY, 1n);
    expect(fieldsOf(await escrow.pendingMove(cardId))).to.deep.equal({
      to: other.address,
      by: holder.address,
      executableAt: time + EXIT_DELAY,
      lapsesAt: time + 2n * EXIT_DELAY,
    });
    const card = await escrow.card(cardId);
    expect([card.moving, card.nonce, card.status]).to.deep.equal([true, 1n, CardStatus.Open]);
  });

  it("changes nothing of the card but the nonce and one flag, and moves no money", async () => {
    const shop = await loadCard();
    const { escrow, cardId } = shop;
    const [before, money] = [await wordOf(escrow, cardId), await moneyOf(shop)];
    await askToMove(shop, cardId);
    expect(await wordOf(escrow, cardId)).to.equal((before | MOVING) + (1n << 248n));
    expect(await moneyOf(shop)).to.deep.equal(money);
  });

  it("is the holder's alone, if nobody else was named", async () => {
    const shop = await loadCard();
    const { escrow, holder, stranger, cardId } = shop;
    for (const caller of everybodyBut(shop, "holder")) {
      const call = escrow.connect(caller).requestMove(cardId, stranger);
      await expectRefusal(call, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
    }
    expect(fieldsOf(await escrow.pendingMove(cardId))).to.deep.equal(NO_MOVE);
  });

  describe("is refused", () => {
    it("for a card that was never sold", async () => {
      const { escrow, holder, other, programs } = await loadCard();
      const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 9n });
      const call = escrow.connect(holder).requestMove(unknown, other);
      await expectRefusal(call, escrow, "CardNotOpen", unknown, CardStatus.None);
    });

    it("for a closed card", async () => {
      const { escrow, holder, operator, other, cardId } = await loadCard();
      await escrow.connect(operator).refundCard(cardId);
      const call = escrow.connect(holder).requestMove(cardId, other);
      await expectRefusal(call, escrow, "CardNotOpen", cardId, CardStatus.Closed);
    });

    it("if zero, the escrow, the token or any merchant's vault would hold the card", async () => {
      const shop = await loadCard();
      const { escrow, holder, token, vault, cardId } = shop;
      const otherVault = await escrow.vaultOf(await anotherMerchant(shop));
      const nowhere = [ZeroAddress, await escrow.getAddress(), await token.getAddress(), vault, otherVault];
      for (const to of nowhere) {
        await expectRefusal(escrow.connect(holder).requestMove(cardId, to), escrow, "RecipientForbidden", to);
      }
    });

    it("while a request to leave is pending", async () => {
      const shop = await loadCard();
      const { escrow, holder, other, cardId } = shop;
      const { executableAt } = await askToLeave(shop, cardId);
      const call = escrow.connect(holder).requestMove(cardId, other);
      await expectRefusal(call, escrow, "CardExitPending", cardId, executableAt);
    });

    it("while a complaint is open", async () => {
      const { escrow, holder, other, cardId } = await loadCard();
      await advance(COOLING_OFF);
      await escrow.connect(holder).complain(cardId, EVIDENCE);
      const call = escrow.connect(holder).requestMove(cardId, other);
      await expectRefusal(call, escrow, "CardInDispute", cardId, DisputeKind.Complaint);
    });

    it("while the exit is contested, even after the exit would have lapsed", async () => {
      const shop = await loadCard();
      const { escrow, holder, operator, other, cardId } = shop;
      await consume(shop, cardId, 5n);
      await advance(COOLING_OFF);
      await askToLeave(shop, cardId);
      await escrow.connect(operator).contestExit(cardId, EVIDENCE);
      for (const wait of [1n, 3n * EXIT_DELAY]) {
        await advance(wait);
        const call = escrow.connect(holder).requestMove(cardId, other);
        await expectRefusal(call, escrow, "CardInDispute", cardId, DisputeKind.Contest);
      }
    });

    it("while a move is pending, due or not, whoever is to hold the card", async () => {
      const shop = await loadCard();
      const { escrow, holder, other, payer, cardId } = shop;
      const { executableAt } = await askToMove(shop, cardId);
      for (const time of [executableAt - 1n, executableAt + DAY]) {
        for (const to of [other, payer]) {
          await at(time + (to === payer ? 1n : 0n));
          const call = escrow.connect(holder).requestMove(cardId, to);
          await expectRefusal(call, escrow, "CardMovePending", cardId, executableAt);
        }
      }
    });
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "refused" : "accepted again"} ${when} the lapse of the last request`, async () => {
      const shop = await loadCard();
      const { escrow, holder, payer, merchantId, cardId } = shop;
      const { executableAt, lapsesAt } = await askToMove(shop, cardId);
      const time = lapsesAt + offset;
      await at(time);
      const call = escrow.connect(holder).requestMove(cardId, payer);
      if (offset < 0n) {
        await expectRefusal(call, escrow, "CardMovePending", cardId, executableAt);
      } else {
        await expect(call)
          .to.emit(escrow, "MoveRequested")
          .withArgs(merchantId, cardId, payer, holder, time + EXIT_DELAY, time + 2n * EXIT_DELAY, 2n);
        expect((await escrow.pendingMove(cardId)).to).to.equal(payer.address);
      }
    });

    it(`is seen ${offset < 0n ? "until" : "no more"} ${when} its lapse`, async () => {
      const shop = await loadCard();
      const { escrow, cardId } = shop;
      const { lapsesAt } = await askToMove(shop, cardId);
      await networkHelpers.time.increaseTo(lapsesAt + offset);
      const pending = offset < 0n;
      expect((await escrow.card(cardId)).moving).to.equal(pending);
      const move = fieldsOf(await escrow.pendingMove(cardId));
      if (pending) expect(move.lapsesAt).to.equal(lapsesAt);
      else expect(move).to.deep.equal(NO_MOVE);
    });
  }

  it("is accepted again once the last request to leave has lapsed, and not a second before", async () => {
    const shop = await loadCard();
    const { escrow, holder, other, cardId } = shop;
    const { executableAt, lapsesAt } = await askToLeave(shop, cardId);
    await at(lapsesAt - 1n);
    const early = escrow.connect(holder).requestMove(cardId, other);
    await expectRefusal(early, escrow, "CardExitPending", cardId, executableAt);
    await at(lapsesAt);
    await expect(escrow.connect(holder).requestMove(cardId, other)).to.emit(escrow, "MoveRequested");
    expect((await escrow.card(cardId)).exitRequestedAt).to.equal(0n);
  });

  it("waits no longer or shorter for a merchant's later rules, and a retired program's card can move", async () => {
    const shop = await loadCard();
    const { escrow, owner, regulator, cardId, programs } = shop;
    const rules = { ...fieldsOf(await escrow.policy(shop.policyId)), exitDelay: 20n * DAY };
    await escrow.connect(regulator).addPolicy(rules as Parameters<typeof escrow.addPolicy>[0]);
    await escrow.connect(regulator).setMerchantPolicy(shop.merchantId, shop.policyId + 1n);
    await escrow.connect(owner).retireProgram(programs.count);
    const { executableAt } = await askToMove(shop, cardId);
    expect((await escrow.pendingMove(cardId)).executableAt).to.equal(executableAt);
  });

  it("wraps the nonce after 255", async () => {
    const { escrow, holder, other, cardId } = await loadCard();
    for (let i = 0; i < 255; i++) await escrow.connect(holder).cancelExit(cardId);
    await escrow.connect(holder).requestMove(cardId, other);
    const card = await escrow.card(cardId);
    expect([card.nonce, card.status, card.moving]).to.deep.equal([0n, CardStatus.Open, true]);
  });

  it("concerns one card only", async () => {
    const shop = await loadCard();
    const { escrow, programs, cardId } = shop;
    const second = await buyCard(shop, { program: programs.count });
    await askToMove(shop, cardId);
    expect((await escrow.card(second)).moving).to.equal(false);
  });

  describe("ends by itself", () => {
    /** Calls of the holder that end a move, with what the nonce is raised by. */
    const endings: readonly (readonly [name: string, call: (sold: Sold) => Promise<unknown>])[] = [
      ["requestExit", ({ escrow, holder, cardId }) => escrow.connect(holder).requestExit(cardId)],
      ["cancelExit", ({ escrow, holder, cardId }) => escrow.connect(holder).cancelExit(cardId)],
      ["complain", ({ escrow, holder, cardId }) => escrow.connect(holder).complain(cardId, EVIDENCE)],
    ];
    for (const [name, call] of endings) {
      for (const due of [false, true]) {
        it(`by ${name}, ${due ? "though it is due" : "before it is due"}`, async () => {
          const sold = await loadCard();
          const { escrow, stranger, cardId } = sold;
          await advance(COOLING_OFF);
          const { executableAt } = await askToMove(sold, cardId);
          await at(due ? executableAt : executableAt - DAY);
          await call(sold);
          expect((await wordOf(escrow, cardId)) & MOVING).to.equal(0n);
          expect(fieldsOf(await escrow.pendingMove(cardId))).to.deep.equal(NO_MOVE);
          expect((await escrow.card(cardId)).nonce).to.equal(2n);
          await at(executableAt + DAY);
          const executed = escrow.connect(stranger).executeMove(cardId, 0n);
          await expectRefusal(executed, escrow, "CardMoveNotRequested", cardId);
        });
      }
    }

    it("and does not come back when the request that ended it is taken back", async () => {
      const shop = await loadCard();
      const { escrow, holder, cardId } = shop;
      const { executableAt } = await askToMove(shop, cardId);
      await escrow.connect(holder).requestExit(cardId);
      await escrow.connect(holder).cancelExit(cardId);
      await at(executableAt);
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
    });

    it("when the card is closed with the merchant's consent", async () => {
      const shop = await loadCard();
      const { escrow, operator, cardId } = shop;
      const { executableAt } = await askToMove(shop, cardId);
      await escrow.connect(operator).refundCard(cardId);
      expect(fieldsOf(await escrow.pendingMove(cardId))).to.deep.equal(NO_MOVE);
      await at(executableAt);
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardNotOpen", cardId, CardStatus.Closed);
    });
  });
});
