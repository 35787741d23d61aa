import { expect } from "chai";
import { ZeroHash } from "ethers";
import type { ContractTransactionResponse } from "ethers";

import { CardStatus, ExitRule, MerchantStatus } from "../../../src/contracts/enums.js";
import { advance, at, buyCard, now } from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../helpers/fixture.js";
import type { Shop } from "../../helpers/fixture.js";
import { expectRefusal } from "../../helpers/refusals.js";
import { SUSPENSION } from "../../helpers/statuses.js";

const load = () => networkHelpers.loadFixture(deployShop);

/** The escrow's events of one transaction. */
async function eventsOf(shop: Shop, sent: Promise<ContractTransactionResponse>) {
  const receipt = await (await sent).wait();
  return (receipt?.logs ?? []).map((log) => shop.escrow.interface.parseLog(log)).filter((event) => event !== null);
}

describe("A card closed at the end of a run-off", () => {
  it("leaves the same state by every way that emits the same event", async () => {
    const shop = await load();
    const { escrow, owner, holder, other, stranger, merchantId, programs } = shop;
    const executed = await buyCard(shop, { program: programs.count });
    const sent = await buyCard(shop, { program: programs.count, serial: 1n });
    const swept = await buyCard(shop, { program: programs.count, holder: other });
    await escrow.connect(owner).startRunOff(merchantId, (await now()) + 10n);
    await advance(26n * DAY);
    for (const cardId of [executed, sent]) await escrow.connect(holder).requestExit(cardId);
    await advance(5n * DAY);
    const ways = [
      [executed, escrow.connect(stranger).executeExit(executed)],
      [sent, escrow.connect(holder).executeExitTo(sent, holder)],
      [swept, escrow.connect(stranger).refundCards(merchantId, [swept])],
    ] as const;
    for (const [cardId, call] of ways) {
      const refunds = (await eventsOf(shop, call)).filter(({ name }) => name === "CardRefunded");
      const [event] = refunds;
      expect(refunds.length).to.equal(1);
      expect([event?.args[1], event?.args[3], event?.args[4], event?.args[5]]).to.deep.equal([
        cardId,
        ExitRule.RunOff,
        0n,
        1_200n * TOKEN,
      ]);
      expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
    }
  });
});

describe("The dates a reader of events keeps", () => {
  it("give by how much a withdrawn flag delays the lapse of a pending request", async () => {
    const shop = await load();
    const { escrow, regulator, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const [requested] = await eventsOf(shop, escrow.connect(holder).requestExit(cardId));
    const lapsesAt = BigInt(String(requested?.args.getValue("lapsesAt")));
    const flaggedAt = (await now()) + DAY;
    await at(flaggedAt);
    const [flag] = await eventsOf(shop, escrow.connect(regulator).flagDefault(merchantId, flaggedAt, ZeroHash));
    const withdrawnAt = flaggedAt + 3n * DAY;
    await at(withdrawnAt);
    await expect(escrow.connect(regulator).withdrawDefault(merchantId))
      .to.emit(escrow, "DefaultWithdrawn")
      .withArgs(merchantId, MerchantStatus.Suspended, withdrawnAt + SUSPENSION, withdrawnAt);
    const { finalSettlement } = await escrow.policy(shop.policyId);
    const flagUp = withdrawnAt - (BigInt(String(flag?.args.getValue("windowEndsAt"))) - finalSettlement);
    expect(flagUp).to.equal(3n * DAY);
    expect((await escrow.quoteExit(cardId)).lapsesAt).to.equal(lapsesAt + flagUp);
  });
});

describe("A pass of a program nobody published", () => {
  it("is refused by the program's number, not by its kind", async () => {
    const shop = await load();
    const { escrow, payer, holder } = shop;
    for (const unknown of [0n, 5n]) {
      for (const startsAt of [0n, (await now()) + DAY]) {
        const bought = escrow.connect(payer).buyPass(unknown, holder, TOKEN, 0n, startsAt);
        await expectRefusal(bought, escrow, "ProgramUnknown", unknown);
      }
    }
  });
});
