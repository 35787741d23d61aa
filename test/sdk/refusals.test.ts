import { expect } from "chai";

import { EscrowClient } from "../../src/client/client.js";
import { BalanceShortError, TokenRefusedError } from "../../src/client/errors.js";
import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import type { Shop } from "../helpers/fixture.js";
import { deployShopUnder } from "../helpers/tokens.js";

async function underBlocking() {
  return await withCard(await deployShopUnder("BlockingToken"));
}

async function underFalse() {
  return await withCard(await deployShopUnder("FalseToken"));
}

/** A card whose holder has asked to leave, and may. */
async function withCard<Mocked extends Shop>(shop: Mocked) {
  const escrow = await shop.escrow.getAddress();
  const of = async (person: typeof shop.holder) => await EscrowClient.connect(person, { escrow });
  const cardId = await buyCard(shop, { program: shop.programs.count });
  const holder = await of(shop.holder);
  await holder.execute("requestExit", { cardId });
  await networkHelpers.time.increaseTo((await holder.quote(cardId)).executableAt);
  return { shop, cardId, holder, other: await of(shop.other) };
}

async function refused(work: Promise<unknown>): Promise<TokenRefusedError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(TokenRefusedError);
  return error as TokenRefusedError;
}

describe("A token that refuses", () => {
  it("is found to have blocked the payer", async () => {
    const { shop, other } = await networkHelpers.loadFixture(underBlocking);
    await shop.mock.setBlocked(shop.other, true);
    const error = await refused(other.buy({ programId: shop.programs.count }));
    expect(error.account).to.equal(shop.other.address);
    expect(error.message)
      .to.include(shop.other.address)
      .and.match(/ Next: .+\.$/);
  });

  it("is found to have blocked the holder of a refund, and the recipient of another", async () => {
    const { shop, holder, other, cardId } = await networkHelpers.loadFixture(underBlocking);
    await shop.mock.setBlocked(shop.holder, true);
    expect((await refused(other.execute("executeExit", { cardId }))).account).to.equal(shop.holder.address);
    await shop.mock.setBlocked(shop.holder, false);
    await shop.mock.setBlocked(shop.relayer, true);
    const elsewhere = holder.execute("executeExitTo", { cardId, recipient: shop.relayer.address });
    expect((await refused(elsewhere)).account).to.equal(shop.relayer.address);
    await holder.execute("executeExit", { cardId });
  });

  it("is found to move nothing at all, whether it reverts or answers false", async () => {
    const blocking = await networkHelpers.loadFixture(underBlocking);
    const { vault } = await blocking.holder.merchant(blocking.shop.merchantId);
    await blocking.shop.mock.setBlocked(vault, true);
    const frozen = await refused(blocking.holder.execute("executeExit", { cardId: blocking.cardId }));
    expect(frozen.account).to.equal(undefined);
    const { shop, holder, cardId } = await networkHelpers.loadFixture(underFalse);
    await shop.mock.setRefusing(true);
    expect((await refused(holder.execute("executeExit", { cardId }))).account).to.equal(undefined);
  });

  it("is not blamed for what the payer lacks", async () => {
    const { shop, other } = await networkHelpers.loadFixture(underBlocking);
    const balance = await shop.token.balanceOf(shop.other);
    await shop.token.connect(shop.other).transfer(shop.owner, balance);
    const error: unknown = await other.buy({ programId: shop.programs.count }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(BalanceShortError);
    const permit = await other.sign(await other.permitRequest({ programId: shop.programs.count }));
    const again: unknown = await other.simulate("buyWithPermit", permit).catch((reason: unknown) => reason);
    expect(again).to.be.instanceOf(BalanceShortError);
  });
});
