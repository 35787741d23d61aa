import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { anotherMerchant, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY } from "../../../helpers/fixture.js";
import { expectOwnerOnly, expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

/** The shop with money to pay out, and a change of payout address begun. */
async function deployChange() {
  const shop = await loadShop();
  const { escrow, owner, operator, holder, stranger, merchantId, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.open });
  const release = async (cumulative: bigint) =>
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, cumulative)]);
  await release(5n);
  await escrow.connect(owner).setPayout(merchantId, stranger);
  return { ...shop, release, due: (await now()) + 7n * DAY };
}

const load = () => networkHelpers.loadFixture(deployChange);

describe("setPayout", () => {
  it("emits the new address and when it takes effect", async () => {
    const { escrow, owner, other, merchantId } = await load();
    const time = (await now()) + 100n;
    await at(time);
    await expect(escrow.connect(owner).setPayout(merchantId, other))
      .to.emit(escrow, "PayoutChangeStarted")
      .withArgs(merchantId, other.address, time + 7n * DAY);
  });

  it("is shown as pending until it takes effect", async () => {
    const { escrow, payout, stranger, merchantId, due } = await load();
    await networkHelpers.time.increaseTo(due - 1n);
    const before = await escrow.merchant(merchantId);
    expect([before.payout, before.nextPayout, before.payoutChangesAt]).to.deep.equal([
      payout.address,
      stranger.address,
      due,
    ]);
    await networkHelpers.time.increaseTo(due);
    const after = await escrow.merchant(merchantId);
    expect([after.payout, after.nextPayout, after.payoutChangesAt]).to.deep.equal([stranger.address, ZeroAddress, 0n]);
  });

  it("pays the old address until the last second", async () => {
    const { escrow, payout, stranger, token, merchantId, due } = await load();
    await at(due - 1n);
    await expect(escrow.payOut(merchantId))
      .to.emit(escrow, "PaidOut")
      .withArgs(merchantId, payout.address, 5n, 999_999_995n);
    expect(await token.balanceOf(payout)).to.equal(5n);
    expect(await token.balanceOf(stranger)).to.equal(0n);
  });

  it("pays the new address from then on, without another call", async () => {
    const { escrow, payout, stranger, token, merchantId, due, release } = await load();
    await at(due);
    await expect(escrow.payOut(merchantId))
      .to.emit(escrow, "PaidOut")
      .withArgs(merchantId, stranger.address, 5n, 999_999_995n);
    await release(7n);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(stranger)).to.equal(7n);
    expect(await token.balanceOf(payout)).to.equal(0n);
    const { payout: now_, nextPayout, payoutChangesAt } = await escrow.merchant(merchantId);
    expect([now_, nextPayout, payoutChangesAt]).to.deep.equal([stranger.address, ZeroAddress, 0n]);
  });

  it("pays the new address when visits are settled and paid out in one", async () => {
    const { escrow, operator, stranger, token, merchantId, due } = await load();
    await at(due);
    await escrow.connect(operator).settleAndPayOut(merchantId, []);
    expect(await token.balanceOf(stranger)).to.equal(5n);
  });

  it("begins anew when another address is named in time", async () => {
    const { escrow, owner, other, payout, token, merchantId, due } = await load();
    await at(due - 1n);
    await escrow.connect(owner).setPayout(merchantId, other);
    const later = due - 1n + 7n * DAY;
    await at(later - 1n);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(payout)).to.equal(5n);
    await networkHelpers.time.increaseTo(later);
    expect((await escrow.merchant(merchantId)).payout).to.equal(other.address);
  });

  it("keeps the address that has taken effect while yet another one waits", async () => {
    const { escrow, owner, other, payout, stranger, token, merchantId, due } = await load();
    await at(due);
    await escrow.connect(owner).setPayout(merchantId, other);
    const shown = await escrow.merchant(merchantId);
    expect([shown.payout, shown.nextPayout, shown.payoutChangesAt]).to.deep.equal([
      stranger.address,
      other.address,
      due + 7n * DAY,
    ]);
    await escrow.payOut(merchantId);
    expect(await token.balanceOf(stranger)).to.equal(5n);
    expect(await token.balanceOf(payout)).to.equal(0n);
  });

  it("refuses an address that could not use the money", async () => {
    const shop = await load();
    const { escrow, token, owner, merchantId, vault } = shop;
    const another = await escrow.vaultOf(await anotherMerchant(shop));
    for (const forbidden of [ZeroAddress, await escrow.getAddress(), await token.getAddress(), vault, another]) {
      const set = escrow.connect(owner).setPayout(merchantId, forbidden);
      await expectRefusal(set, escrow, "RecipientForbidden", forbidden);
    }
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner, other } = await load();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.connect(owner).setPayout(unknown, other), escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { escrow, merchantId, other } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).setPayout(merchantId, other);
    });
  });
});

describe("cancelPayout", () => {
  it("drops the pending address and emits it", async () => {
    const { escrow, owner, payout, stranger, merchantId, due } = await load();
    await at(due - 1n);
    await expect(escrow.connect(owner).cancelPayout(merchantId))
      .to.emit(escrow, "PayoutChangeCancelled")
      .withArgs(merchantId, stranger.address);
    await networkHelpers.time.increaseTo(due);
    const shown = await escrow.merchant(merchantId);
    expect([shown.payout, shown.nextPayout, shown.payoutChangesAt]).to.deep.equal([payout.address, ZeroAddress, 0n]);
    await expect(escrow.payOut(merchantId))
      .to.emit(escrow, "PaidOut")
      .withArgs(merchantId, payout.address, 5n, 999_999_995n);
  });

  it("is too late once the address has taken effect", async () => {
    const { escrow, owner, stranger, merchantId, due } = await load();
    for (const time of [due, due + 1n]) {
      await at(time);
      await expectRefusal(escrow.connect(owner).cancelPayout(merchantId), escrow, "MerchantNothingPending", merchantId);
    }
    await networkHelpers.time.increaseTo(due + 1n);
    expect((await escrow.merchant(merchantId)).payout).to.equal(stranger.address);
  });

  it("is refused when nothing is pending", async () => {
    const shop = await load();
    const { escrow, owner, merchantId } = shop;
    await escrow.connect(owner).cancelPayout(merchantId);
    for (const quiet of [merchantId, await anotherMerchant(shop)]) {
      await expectRefusal(escrow.connect(owner).cancelPayout(quiet), escrow, "MerchantNothingPending", quiet);
    }
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner } = await load();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.connect(owner).cancelPayout(unknown), escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => await escrow.connect(caller).cancelPayout(merchantId));
  });
});
