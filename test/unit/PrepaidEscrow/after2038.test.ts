import { expect } from "chai";

import { MerchantStatus } from "../../../src/contracts/enums.js";
import { advance, at, buyCard, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { complain } from "../../helpers/disputes.js";
import { DAY } from "../../helpers/fixture.js";
import { COOLING_OFF, askToLeave, flagDefault, runOff, suspend } from "../../helpers/leaving.js";
import { askToMove } from "../../helpers/moves.js";
import { loadShop } from "../../helpers/shop.js";

/** Ten days after the end of 31-bit time, in January 2038. */
const LATER = 2n ** 31n + 10n * DAY;

/** A shop in 2038. */
async function load() {
  const shop = await loadShop();
  await networkHelpers.time.increaseTo(LATER);
  return shop;
}

describe("Dates after 2038", () => {
  // Files that come after this one begin in the present.
  afterEach(loadShop);

  it("are kept of a card and its request to leave", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    const openedAt = await now();
    const { requestedAt, executableAt, lapsesAt } = await askToLeave(shop, cardId);
    const card = await shop.escrow.card(cardId);
    expect([card.openedAt, card.exitRequestedAt]).to.deep.equal([openedAt, requestedAt]);
    const quote = await shop.escrow.quoteExit(cardId);
    expect([quote.executableAt, quote.lapsesAt]).to.deep.equal([executableAt, lapsesAt]);
  });

  it("are kept of a dispute", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    await advance(COOLING_OFF);
    const { rulingFrom, rulingUntil } = await complain(shop, cardId);
    const dispute = await shop.escrow.dispute(cardId);
    expect([dispute.rulingFrom, dispute.rulingUntil]).to.deep.equal([rulingFrom, rulingUntil]);
  });

  it("are kept of a move", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    const { executableAt, lapsesAt } = await askToMove(shop, cardId);
    const move = await shop.escrow.pendingMove(cardId);
    expect([move.executableAt, move.lapsesAt]).to.deep.equal([executableAt, lapsesAt]);
  });

  it("are kept of changes of owner and payout address", async () => {
    const shop = await load();
    const { escrow, owner, other, merchantId } = shop;
    await escrow.connect(owner).setPayout(merchantId, other);
    const payoutChangesAt = (await now()) + 7n * DAY;
    await escrow.connect(owner).transferOwnership(merchantId, other);
    const ownershipAcceptableAt = (await now()) + 7n * DAY;
    const merchant = await escrow.merchant(merchantId);
    expect([merchant.payoutChangesAt, merchant.ownershipAcceptableAt]).to.deep.equal([
      payoutChangesAt,
      ownershipAcceptableAt,
    ]);
  });

  it("are kept of all acts of supervision", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId } = shop;
    const suspendedUntil = await suspend(shop);
    expect((await escrow.merchant(merchantId)).suspendedUntil).to.equal(suspendedUntil);
    await escrow.connect(regulator).resume(merchantId);
    const { lastServiceAt, noticeEndsAt } = await runOff(shop);
    const { serviceStoppedAt, flaggedAt, windowEndsAt } = await flagDefault(shop);
    const merchant = await escrow.merchant(merchantId);
    expect([
      merchant.lastServiceAt,
      merchant.noticeEndsAt,
      merchant.serviceStoppedAt,
      merchant.flaggedAt,
      merchant.windowEndsAt,
    ]).to.deep.equal([lastServiceAt, noticeEndsAt, serviceStoppedAt, flaggedAt, windowEndsAt]);
    await at(flaggedAt + DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const restored = await escrow.merchant(merchantId);
    expect([restored.status, restored.flaggedAt, restored.withdrawnAt]).to.deep.equal([
      MerchantStatus.RunOff,
      flaggedAt,
      flaggedAt + DAY,
    ]);
  });
});
