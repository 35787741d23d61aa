import { expect } from "chai";
import { ZeroHash } from "ethers";

import { CardStatus, DisputeKind, MerchantStatus } from "../../../../src/contracts/enums.js";
import { at } from "../../../helpers/actions.js";
import { DECISION, complain, complaintsOf, contest, loadCustomers } from "../../../helpers/disputes.js";
import { DAY } from "../../../helpers/fixture.js";
import { EVIDENCE, around, flagDefault } from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf } from "../../../helpers/settling.js";

describe("resolveByExtension", () => {
  it("extends the pass a complaint is about, which goes on", async () => {
    const shop = await loadCustomers();
    const { escrow, association, merchantId, pass, passOpenedAt } = shop;
    const { rulingFrom } = await complain(shop, pass);
    await at(rulingFrom);
    const resolved = escrow.connect(association).resolveByExtension(pass, 20n * DAY, DECISION);
    expect(await logsOf(escrow, resolved)).to.deep.equal([
      ["PassExtended", merchantId, pass, 20n * DAY, passOpenedAt + 20n * DAY, true],
      ["ComplaintEnded", merchantId, pass, 0n, DECISION],
    ]);
    const card = await escrow.card(pass);
    expect([card.status, card.openedAt, card.disputed]).to.deep.equal([
      CardStatus.Open,
      passOpenedAt + 20n * DAY,
      false,
    ]);
    expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
  });

  it("lets the holder complain again at once: this complaint was right", async () => {
    const shop = await loadCustomers();
    const { escrow, association, holder, pass } = shop;
    const { rulingFrom } = await complain(shop, pass);
    await at(rulingFrom);
    await escrow.connect(association).resolveByExtension(pass, DAY, DECISION);
    await expect(escrow.connect(holder).complain(pass, EVIDENCE)).to.emit(escrow, "ComplaintOpened");
  });

  for (const { when, offset } of around) {
    it(`keeps to the time to rule, ${when} its beginning and its end`, async () => {
      const shop = await loadCustomers();
      const { escrow, association, pass } = shop;
      const { rulingFrom, rulingUntil } = await complain(shop, pass);
      for (const [boundary, allowed] of [
        [rulingFrom, offset >= 0n],
        [rulingUntil, offset < 0n],
      ] as const) {
        await at(boundary + offset);
        const resolved = escrow.connect(association).resolveByExtension(pass, DAY, DECISION);
        if (allowed) {
          await expect(resolved).to.emit(escrow, "PassExtended");
          return;
        }
        const args = [pass, boundary + offset, rulingFrom, rulingUntil];
        await expectRefusal(resolved, escrow, "CardRulingOutOfTime", ...args);
      }
    });
  }

  it("is the association's alone", async () => {
    const shop = await loadCustomers();
    const { escrow, pass } = shop;
    const { rulingFrom } = await complain(shop, pass);
    await at(rulingFrom);
    for (const caller of everybodyBut(shop, "association")) {
      const resolved = escrow.connect(caller).resolveByExtension(pass, DAY, DECISION);
      await expectRefusal(resolved, escrow, "AccessManagedUnauthorized", caller.address);
    }
  });

  it("is refused for another kind of card, a contest, no dispute, too long an extension, and under a flag", async () => {
    const shop = await loadCustomers();
    const { escrow, association, merchantId, programs, cardId, pass, passOpenedAt, othersCard, other } = shop;
    const extend = async (id: string, seconds: bigint) =>
      await escrow.connect(association).resolveByExtension(id, seconds, ZeroHash);
    await expectRefusal(extend(pass, DAY), escrow, "CardNotInDispute", pass);
    await contest(shop, cardId);
    await expectRefusal(extend(cardId, DAY), escrow, "CardNoComplaint", cardId, DisputeKind.Contest);
    await complain(shop, pass);
    const { rulingFrom } = await complain(shop, othersCard, other);
    await at(rulingFrom);
    await expectRefusal(extend(othersCard, DAY), escrow, "CardNotAPass", programs.count);
    const time = rulingFrom + 10n;
    await at(time);
    const tooFar = extend(pass, 500n * DAY);
    const latest = time + 365n * DAY;
    await expectRefusal(tooFar, escrow, "CardStartOutOfRange", passOpenedAt + 500n * DAY, passOpenedAt, latest);
    await flagDefault(shop);
    await expectRefusal(extend(pass, DAY), escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
  });
});
