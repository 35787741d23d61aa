import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { CardStatus } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, at, buyCard, now, signComplaint, signExit } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { DAY } from "../../../helpers/fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, around, askToLeave, consume } from "../../../helpers/leaving.js";
import {
  MOVING,
  RECOVERY_DELAY,
  askToMove,
  askToRecover,
  idAt,
  loadCard,
  loadRecoverable,
  wordOf,
} from "../../../helpers/moves.js";
import type { Recoverable } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { fieldsOf } from "../../../helpers/struct.js";

describe("setRecovery", () => {
  it("names the address that may move the caller's cards, and emits it", async () => {
    const { escrow, holder, relayer } = await loadCard();
    expect(await escrow.recoveryOf(holder)).to.equal(ZeroAddress);
    await expect(escrow.connect(holder).setRecovery(relayer)).to.emit(escrow, "RecoverySet").withArgs(holder, relayer);
    expect(await escrow.recoveryOf(holder)).to.equal(relayer.address);
  });

  it("concerns the caller's cards only", async () => {
    const { escrow, stranger, holder, cardId } = await loadCard();
    await escrow.connect(stranger).setRecovery(stranger);
    expect(await escrow.recoveryOf(holder)).to.equal(ZeroAddress);
    const call = escrow.connect(stranger).requestMove(cardId, stranger);
    await expectRefusal(call, escrow, "CardHolderOnly", cardId, stranger.address, holder.address);
  });

  it("concerns the cards of a contract that calls, not of who calls through it", async () => {
    const { escrow, holder, relayer } = await loadCard();
    const through = await ethers.deployContract("Batch");
    const naming = escrow.interface.encodeFunctionData("setRecovery", [relayer.address]);
    await expect(through.connect(holder).run(escrow, [naming]))
      .to.emit(escrow, "RecoverySet")
      .withArgs(through, relayer);
    expect(await escrow.recoveryOf(through)).to.equal(relayer.address);
    expect(await escrow.recoveryOf(holder)).to.equal(ZeroAddress);
  });

  it("names one address: the one before may do nothing any more", async () => {
    const { escrow, holder, friend, payer, other, cardId } = await loadRecoverable();
    await escrow.connect(holder).setRecovery(payer);
    const call = escrow.connect(friend).requestMove(cardId, other);
    await expectRefusal(call, escrow, "CardHolderOnly", cardId, friend.address, holder.address);
    await expect(escrow.connect(payer).requestMove(cardId, other)).to.emit(escrow, "MoveRequested");
  });

  it("names nobody with zero", async () => {
    const { escrow, holder, friend, other, cardId } = await loadRecoverable();
    await expect(escrow.connect(holder).setRecovery(ZeroAddress))
      .to.emit(escrow, "RecoverySet")
      .withArgs(holder, ZeroAddress);
    expect(await escrow.recoveryOf(holder)).to.equal(ZeroAddress);
    const call = escrow.connect(friend).requestMove(cardId, other);
    await expectRefusal(call, escrow, "CardHolderOnly", cardId, friend.address, holder.address);
  });

  it("is refused for the escrow and for any merchant's vault, which could never ask", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, friend, vault } = shop;
    const otherVault = await escrow.vaultOf(await anotherMerchant(shop));
    for (const account of [await escrow.getAddress(), vault, otherVault]) {
      await expectRefusal(escrow.connect(holder).setRecovery(account), escrow, "RecipientForbidden", account);
    }
    expect(await escrow.recoveryOf(holder)).to.equal(friend.address);
  });

  it("can be called before the first card is bought, and holds for every card of every merchant", async () => {
    const shop = await loadCard();
    const { escrow, other, friend, programs } = { ...shop, friend: shop.relayer };
    await escrow.connect(other).setRecovery(friend);
    for (const program of [programs.open, programs.pass]) {
      const cardId = await buyCard(shop, { program, holder: other });
      await expect(escrow.connect(friend).requestMove(cardId, friend)).to.emit(escrow, "MoveRequested");
    }
  });
});

describe("A move by the recovery address", () => {
  it("is noted as its own, falls due after thirty days, and leaves the nonce", async () => {
    const { escrow, friend, other, merchantId, cardId } = await loadRecoverable();
    const word = await wordOf(escrow, cardId);
    const time = (await now()) + 100n;
    const [executableAt, lapsesAt] = [time + RECOVERY_DELAY, time + RECOVERY_DELAY + EXIT_DELAY];
    await at(time);
    await expect(escrow.connect(friend).requestMove(cardId, other))
      .to.emit(escrow, "MoveRequested")
      .withArgs(merchantId, cardId, other, friend, executableAt, lapsesAt, 0n);
    expect(await wordOf(escrow, cardId)).to.equal(word | MOVING);
    expect(fieldsOf(await escrow.pendingMove(cardId))).to.deep.equal({
      to: other.address,
      by: friend.address,
      executableAt,
      lapsesAt,
    });
  });

  it("is refused to a contract that the recovery address calls", async () => {
    const { escrow, friend, holder, other, cardId } = await loadRecoverable();
    const through = await ethers.deployContract("Batch");
    const move = escrow.interface.encodeFunctionData("requestMove", [cardId, other.address]);
    const call = through.connect(friend).run(escrow, [move]);
    await expectRefusal(call, escrow, "CardHolderOnly", cardId, through, holder.address);
  });

  it("is noted as a contract's, where that is the recovery address, whoever calls it", async () => {
    const { escrow, holder, stranger, other, merchantId, cardId } = await loadCard();
    const through = await ethers.deployContract("Batch");
    await escrow.connect(holder).setRecovery(through);
    const move = escrow.interface.encodeFunctionData("requestMove", [cardId, other.address]);
    const time = (await now()) + 100n;
    const [executableAt, lapsesAt] = [time + RECOVERY_DELAY, time + RECOVERY_DELAY + EXIT_DELAY];
    await at(time);
    await expect(through.connect(stranger).run(escrow, [move]))
      .to.emit(escrow, "MoveRequested")
      .withArgs(merchantId, cardId, other, through, executableAt, lapsesAt, 0n);
    expect((await escrow.pendingMove(cardId)).by).to.equal(await through.getAddress());
  });

  for (const { when, offset } of around) {
    it(`is ${offset < 0n ? "too early" : "done"} ${when} the end of the thirty days`, async () => {
      const shop = await loadRecoverable();
      const { escrow, stranger, other, merchantId, cardId } = shop;
      const { executableAt } = await askToRecover(shop, cardId);
      const time = executableAt + offset;
      await at(time);
      const call = escrow.connect(stranger).executeMove(cardId, 0n);
      if (offset < 0n) {
        await expectRefusal(call, escrow, "CardMoveTooEarly", cardId, time, executableAt);
      } else {
        await expect(call).to.emit(escrow, "CardMoved").withArgs(merchantId, cardId, other, idAt(cardId, other));
        expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
      }
    });

    it(`is ${offset < 0n ? "done" : "refused"} ${when} the lapse, an exit delay after that`, async () => {
      const shop = await loadRecoverable();
      const { escrow, cardId } = shop;
      const { lapsesAt } = await askToRecover(shop, cardId);
      await at(lapsesAt + offset);
      const call = escrow.executeMove(cardId, 0n);
      if (offset < 0n) await expect(call).to.emit(escrow, "CardMoved");
      else await expectRefusal(call, escrow, "CardMoveNotRequested", cardId);
    });

    it(`can be asked for again ${when} the lapse: ${offset < 0n ? "no" : "yes"}`, async () => {
      const shop = await loadRecoverable();
      const { escrow, friend, cardId } = shop;
      const { executableAt, lapsesAt } = await askToRecover(shop, cardId);
      await at(lapsesAt + offset);
      const call = escrow.connect(friend).requestMove(cardId, friend);
      if (offset < 0n) await expectRefusal(call, escrow, "CardMovePending", cardId, executableAt);
      else await expect(call).to.emit(escrow, "MoveRequested");
    });
  }

  it("is open to nobody else, whatever the role, where the holder named nobody", async () => {
    const shop = await loadCard();
    const { escrow, holder, cardId } = shop;
    for (const caller of everybodyBut(shop, "holder")) {
      for (const to of [caller, shop.other]) {
        const call = escrow.connect(caller).requestMove(cardId, to);
        await expectRefusal(call, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
      }
    }
  });

  it("is open to nobody but the named one, where the holder named one", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, cardId } = shop;
    for (const caller of everybodyBut(shop, "holder", "relayer")) {
      const call = escrow.connect(caller).requestMove(cardId, caller);
      await expectRefusal(call, escrow, "CardHolderOnly", cardId, caller.address, holder.address);
    }
  });

  it("cannot replace the holder's own request", async () => {
    const shop = await loadRecoverable();
    const { escrow, friend, other, cardId } = shop;
    const { executableAt, lapsesAt } = await askToMove(shop, cardId);
    await at(executableAt + DAY);
    const call = escrow.connect(friend).requestMove(cardId, friend);
    await expectRefusal(call, escrow, "CardMovePending", cardId, executableAt);
    expect((await escrow.pendingMove(cardId)).to).to.equal(other.address);
    await at(lapsesAt);
    await expect(escrow.connect(friend).requestMove(cardId, friend)).to.emit(escrow, "MoveRequested");
  });

  it("is replaced by the holder's own request, whose delay begins then", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, payer, merchantId, cardId } = shop;
    const { executableAt } = await askToRecover(shop, cardId);
    const time = executableAt - 1n;
    await at(time);
    await expect(escrow.connect(holder).requestMove(cardId, payer))
      .to.emit(escrow, "MoveRequested")
      .withArgs(merchantId, cardId, payer, holder, time + EXIT_DELAY, time + 2n * EXIT_DELAY, 1n);
    await at(executableAt);
    const early = escrow.executeMove(cardId, 0n);
    await expectRefusal(early, escrow, "CardMoveTooEarly", cardId, executableAt, time + EXIT_DELAY);
    const move = await escrow.pendingMove(cardId);
    expect([move.to, move.by]).to.deep.equal([payer.address, holder.address]);
  });

  it("is refused while the holder's request to leave or a dispute is open, like the holder's own", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, friend, other, cardId } = shop;
    const { executableAt } = await askToLeave(shop, cardId);
    const call = escrow.connect(friend).requestMove(cardId, other);
    await expectRefusal(call, escrow, "CardExitPending", cardId, executableAt);
    await escrow.connect(holder).cancelExit(cardId);
    await advance(COOLING_OFF);
    await escrow.connect(holder).complain(cardId, EVIDENCE);
    await expectRefusal(escrow.connect(friend).requestMove(cardId, other), escrow, "CardInDispute", cardId, 1n);
  });

  it("goes nowhere that a holder's own could not go", async () => {
    const { escrow, friend, vault, token, cardId } = await loadRecoverable();
    for (const to of [ZeroAddress, vault, await token.getAddress(), await escrow.getAddress()]) {
      await expectRefusal(escrow.connect(friend).requestMove(cardId, to), escrow, "RecipientForbidden", to);
    }
  });

  describe("ends by any act of the holder on the card:", () => {
    const acts: Readonly<Record<string, (shop: Recoverable) => Promise<unknown>>> = {
      requestExit: ({ escrow, holder, cardId }) => escrow.connect(holder).requestExit(cardId),
      async requestExitWithSignature({ escrow, holder, stranger, cardId }) {
        const { deadline, signature } = await signExit(escrow, holder, cardId);
        await escrow.connect(stranger).requestExitWithSignature(cardId, deadline, signature);
      },
      cancelExit: ({ escrow, holder, cardId }) => escrow.connect(holder).cancelExit(cardId),
      complain: ({ escrow, holder, cardId }) => escrow.connect(holder).complain(cardId, EVIDENCE),
      async complainWithSignature({ escrow, holder, stranger, cardId }) {
        const { deadline, signature } = await signComplaint(escrow, holder, cardId, EVIDENCE);
        await escrow.connect(stranger).complainWithSignature(cardId, EVIDENCE, deadline, signature);
      },
      async "requestMove, then cancelMove"({ escrow, holder, payer, cardId }) {
        await escrow.connect(holder).requestMove(cardId, payer);
        await escrow.connect(holder).cancelMove(cardId);
      },
      cancelMove: ({ escrow, holder, cardId }) => escrow.connect(holder).cancelMove(cardId),
      "setRecovery to another": ({ escrow, holder, payer }) => escrow.connect(holder).setRecovery(payer),
      "setRecovery to the same": ({ escrow, holder, friend }) => escrow.connect(holder).setRecovery(friend),
      "setRecovery to nobody": ({ escrow, holder }) => escrow.connect(holder).setRecovery(ZeroAddress),
    };
    for (const [name, act] of Object.entries(acts)) {
      it(name, async () => {
        const shop = await loadRecoverable();
        const { escrow, cardId } = shop;
        const { executableAt } = await askToRecover(shop, cardId);
        await advance(29n * DAY);
        await act(shop);
        expect((await escrow.card(cardId)).moving).to.equal(false);
        expect((await escrow.pendingMove(cardId)).by).to.equal(ZeroAddress);
        await at(executableAt);
        await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
      });
    }

    it("even a second before it would be executed, when it has long been due", async () => {
      const shop = await loadRecoverable();
      const { escrow, holder, cardId } = shop;
      const { lapsesAt } = await askToRecover(shop, cardId);
      await at(lapsesAt - 2n);
      await escrow.connect(holder).cancelMove(cardId);
      await at(lapsesAt - 1n);
      await expectRefusal(escrow.executeMove(cardId, 0n), escrow, "CardMoveNotRequested", cardId);
    });

    it("but not by a visit that is settled, which may have been signed long ago", async () => {
      const shop = await loadRecoverable();
      const { escrow, other, cardId } = shop;
      const { executableAt } = await askToRecover(shop, cardId);
      await at(executableAt - DAY);
      await consume(shop, cardId, 4n);
      expect((await escrow.card(cardId)).moving).to.equal(true);
      await at(executableAt);
      await escrow.executeMove(cardId, 0n);
      expect((await escrow.card(idAt(cardId, other))).consumed).to.equal(4n);
    });

    it("and not by a stranger's, nor by a request that is refused", async () => {
      const shop = await loadRecoverable();
      const { escrow, holder, stranger, cardId } = shop;
      await askToRecover(shop, cardId);
      const { deadline, signature } = await signExit(escrow, stranger, cardId);
      const call = escrow.connect(stranger).requestExitWithSignature(cardId, deadline, signature);
      await expectRefusal(call, escrow, "SignatureInvalid", holder.address);
      expect((await escrow.card(cardId)).moving).to.equal(true);
    });
  });

  it("can be asked for anew after the holder ended it, and waits its thirty days again", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, cardId } = shop;
    await askToRecover(shop, cardId);
    await advance(29n * DAY);
    await escrow.connect(holder).cancelMove(cardId);
    const { executableAt } = await askToRecover(shop, cardId);
    await at(executableAt - 1n);
    const early = escrow.executeMove(cardId, 0n);
    await expectRefusal(early, escrow, "CardMoveTooEarly", cardId, executableAt - 1n, executableAt);
  });

  it("ends for all cards at once when another address is named, and comes back for none", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, friend, payer, programs, cardId } = shop;
    const second = await buyCard(shop, { program: programs.plan });
    const { executableAt } = await askToRecover(shop, cardId);
    await askToRecover(shop, second);
    await escrow.connect(holder).setRecovery(payer);
    await escrow.connect(holder).setRecovery(friend);
    await at(executableAt + DAY);
    for (const id of [cardId, second]) {
      await expectRefusal(escrow.executeMove(id, 0n), escrow, "CardMoveNotRequested", id);
      await expectRefusal(escrow.connect(holder).cancelMove(id), escrow, "CardMoveNotRequested", id);
    }
  });

  it("is replaced at once by the request of an address named since", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, payer, stranger, cardId } = shop;
    await askToRecover(shop, cardId);
    await escrow.connect(holder).setRecovery(payer);
    await askToRecover(shop, cardId, payer, stranger);
    const move = await escrow.pendingMove(cardId);
    expect([move.to, move.by]).to.deep.equal([stranger.address, payer.address]);
  });

  it("leaves a move that the holder asked for untouched when another address is named", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, payer, other, cardId } = shop;
    const { executableAt } = await askToMove(shop, cardId);
    await escrow.connect(holder).setRecovery(payer);
    expect((await escrow.pendingMove(cardId)).by).to.equal(holder.address);
    await at(executableAt);
    await escrow.executeMove(cardId, 0n);
    expect((await escrow.card(idAt(cardId, other))).status).to.equal(CardStatus.Open);
  });

  it("voids nothing that the holder has signed", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, stranger, cardId } = shop;
    const { deadline, signature } = await signExit(escrow, holder, cardId);
    await askToRecover(shop, cardId);
    await expect(escrow.connect(stranger).requestExitWithSignature(cardId, deadline, signature)).to.emit(
      escrow,
      "ExitRequested",
    );
  });

  it("counts as the holder's own where the holder is named by itself", async () => {
    const shop = await loadCard();
    const { escrow, holder, cardId } = shop;
    await escrow.connect(holder).setRecovery(holder);
    const { executableAt } = await askToMove(shop, cardId);
    expect((await escrow.pendingMove(cardId)).executableAt).to.equal(executableAt);
    expect((await escrow.card(cardId)).nonce).to.equal(1n);
  });

  it("keeps nobody from leaving with the money while it is pending", async () => {
    const shop = await loadRecoverable();
    const { escrow, holder, cardId } = shop;
    await askToRecover(shop, cardId);
    const { executableAt } = await askToLeave(shop, cardId);
    await at(executableAt);
    await expect(escrow.executeExit(cardId)).to.emit(escrow, "CardRefunded");
    expect(await escrow.recoveryOf(holder)).to.equal(shop.friend.address);
  });
});
