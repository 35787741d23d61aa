import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { at, now } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY } from "../../../helpers/fixture.js";
import { everybodyBut, expectOwnerOnly, expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

/** The shop, whose owner has offered it to `other`. */
async function deployOffer() {
  const shop = await loadShop();
  await shop.escrow.connect(shop.owner).transferOwnership(shop.merchantId, shop.other);
  return { ...shop, due: (await now()) + 7n * DAY };
}

const load = () => networkHelpers.loadFixture(deployOffer);

describe("transferOwnership", () => {
  it("emits to whom it is offered and from when it can be accepted", async () => {
    const { escrow, owner, stranger, merchantId } = await load();
    const time = (await now()) + 100n;
    await at(time);
    await expect(escrow.connect(owner).transferOwnership(merchantId, stranger))
      .to.emit(escrow, "OwnershipTransferStarted")
      .withArgs(merchantId, stranger.address, time + 7n * DAY);
    const { owner: shown, nextOwner, ownershipAcceptableAt } = await escrow.merchant(merchantId);
    expect([shown, nextOwner, ownershipAcceptableAt]).to.deep.equal([owner.address, stranger.address, time + 7n * DAY]);
  });

  it("replaces an earlier offer and begins anew", async () => {
    const { escrow, owner, other, stranger, merchantId, due } = await load();
    await at(due);
    await escrow.connect(owner).transferOwnership(merchantId, stranger);
    const later = due + 7n * DAY;
    const byFirst = escrow.connect(other).acceptOwnership(merchantId);
    await expectRefusal(byFirst, escrow, "MerchantNextOwnerOnly", merchantId, other.address, stranger.address);
    await at(later - 1n);
    const early = escrow.connect(stranger).acceptOwnership(merchantId);
    await expectRefusal(early, escrow, "MerchantTooEarly", merchantId, later - 1n, later);
  });

  it("refuses an owner nobody is", async () => {
    const { escrow, owner, merchantId } = await load();
    const offered = escrow.connect(owner).transferOwnership(merchantId, ZeroAddress);
    await expectRefusal(offered, escrow, "RecipientForbidden", ZeroAddress);
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner, other } = await load();
    for (const unknown of [0n, 2n]) {
      const offered = escrow.connect(owner).transferOwnership(unknown, other);
      await expectRefusal(offered, escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { escrow, merchantId, stranger } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).transferOwnership(merchantId, stranger);
    });
  });
});

describe("acceptOwnership", () => {
  it("waits seven days", async () => {
    const { escrow, owner, other, merchantId, due } = await load();
    await at(due - 1n);
    const early = escrow.connect(other).acceptOwnership(merchantId);
    await expectRefusal(early, escrow, "MerchantTooEarly", merchantId, due - 1n, due);
    await at(due);
    await expect(escrow.connect(other).acceptOwnership(merchantId))
      .to.emit(escrow, "OwnershipTransferred")
      .withArgs(merchantId, owner.address, other.address);
    const { owner: shown, nextOwner, ownershipAcceptableAt } = await escrow.merchant(merchantId);
    expect([shown, nextOwner, ownershipAcceptableAt]).to.deep.equal([other.address, ZeroAddress, 0n]);
  });

  it("can come at any time later", async () => {
    const { escrow, other, merchantId, due } = await load();
    await at(due + 365n * DAY);
    await escrow.connect(other).acceptOwnership(merchantId);
    expect((await escrow.merchant(merchantId)).owner).to.equal(other.address);
  });

  it("leaves the old owner in charge until then, and no longer", async () => {
    const { escrow, owner, other, stranger, merchantId, due } = await load();
    const byNext = escrow.connect(other).setOperator(merchantId, stranger, true);
    await expectRefusal(byNext, escrow, "MerchantOwnerOnly", merchantId, other.address, owner.address);
    await at(due);
    await escrow.connect(owner).setOperator(merchantId, stranger, true);
    await escrow.connect(other).acceptOwnership(merchantId);
    const byFormer = escrow.connect(owner).setOperator(merchantId, stranger, false);
    await expectRefusal(byFormer, escrow, "MerchantOwnerOnly", merchantId, owner.address, other.address);
    await escrow.connect(other).setOperator(merchantId, stranger, false);
    expect(await escrow.isOperator(merchantId, stranger)).to.equal(false);
  });

  it("happens once", async () => {
    const { escrow, other, merchantId, due } = await load();
    await at(due);
    await escrow.connect(other).acceptOwnership(merchantId);
    const again = escrow.connect(other).acceptOwnership(merchantId);
    await expectRefusal(again, escrow, "MerchantNextOwnerOnly", merchantId, other.address, ZeroAddress);
  });

  it("is for the account it is offered to alone", async () => {
    const shop = await load();
    const { escrow, other, merchantId, due } = shop;
    await networkHelpers.time.increaseTo(due);
    for (const caller of everybodyBut(shop, "other")) {
      const accepted = escrow.connect(caller).acceptOwnership(merchantId);
      await expectRefusal(accepted, escrow, "MerchantNextOwnerOnly", merchantId, caller.address, other.address);
    }
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, other } = await load();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.connect(other).acceptOwnership(unknown), escrow, "MerchantUnknown", unknown);
    }
  });
});

describe("cancelOwnershipTransfer", () => {
  for (const [when, offset] of [
    ["before the offer can be accepted", -1n],
    ["when the offer can just be accepted", 0n],
    ["as long as the offer is not accepted", 365n * DAY],
  ] as const) {
    it(`withdraws the offer ${when}`, async () => {
      const { escrow, owner, other, merchantId, due } = await load();
      await at(due + offset);
      await expect(escrow.connect(owner).cancelOwnershipTransfer(merchantId))
        .to.emit(escrow, "OwnershipTransferCancelled")
        .withArgs(merchantId, other.address);
      const { owner: shown, nextOwner, ownershipAcceptableAt } = await escrow.merchant(merchantId);
      expect([shown, nextOwner, ownershipAcceptableAt]).to.deep.equal([owner.address, ZeroAddress, 0n]);
      await networkHelpers.time.increase(7n * DAY);
      const accepted = escrow.connect(other).acceptOwnership(merchantId);
      await expectRefusal(accepted, escrow, "MerchantNextOwnerOnly", merchantId, other.address, ZeroAddress);
    });
  }

  it("is refused when nothing is offered", async () => {
    const { escrow, owner, merchantId } = await load();
    await escrow.connect(owner).cancelOwnershipTransfer(merchantId);
    const again = escrow.connect(owner).cancelOwnershipTransfer(merchantId);
    await expectRefusal(again, escrow, "MerchantNothingPending", merchantId);
  });

  it("is refused once the offer is accepted", async () => {
    const { escrow, owner, other, merchantId, due } = await load();
    await at(due);
    await escrow.connect(other).acceptOwnership(merchantId);
    const byFormer = escrow.connect(owner).cancelOwnershipTransfer(merchantId);
    await expectRefusal(byFormer, escrow, "MerchantOwnerOnly", merchantId, owner.address, other.address);
    const byOwner = escrow.connect(other).cancelOwnershipTransfer(merchantId);
    await expectRefusal(byOwner, escrow, "MerchantNothingPending", merchantId);
  });

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner } = await load();
    for (const unknown of [0n, 2n]) {
      await expectRefusal(escrow.connect(owner).cancelOwnershipTransfer(unknown), escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).cancelOwnershipTransfer(merchantId);
    });
  });
});
