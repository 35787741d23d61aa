import { expect } from "chai";
import { ZeroHash } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, ProgramKind, WarningKind, WarningLevel } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../../../helpers/actions.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { COOLING_OFF, EXIT_DELAY, around, consume, runOff } from "../../../helpers/leaving.js";
import { moveAtOnce } from "../../../helpers/moves.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf, moneyOf } from "../../../helpers/settling.js";
import { loadShop } from "../../../helpers/shop.js";
import { bring } from "../../../helpers/statuses.js";

/** Of the test merchant's policy. */
const LIMIT = 20_000n * TOKEN;

/** Cards of any amount of `holder`, their ids in rising order. */
async function buyCards(shop: Shop, ...principals: readonly bigint[]): Promise<string[]> {
  const cardIds: string[] = [];
  for (const principal of principals) cardIds.push(await buyCard(shop, { program: shop.programs.open, principal }));
  return cardIds;
}

/** The shop with three cards of the holder that together are one base unit above the limit. */
async function loadExposed() {
  const shop = await loadShop();
  return { ...shop, cardIds: await buyCards(shop, 9_000n * TOKEN, 11_000n * TOKEN, 1n) };
}

/** The event of a report, with all its arguments. */
function warning(shop: Shop, cardId: string, observed: bigint, limit = LIMIT, merchantId = shop.merchantId) {
  return ["WarningRaised", merchantId, WarningKind.HolderExposure, cardId, observed, limit, WarningLevel.Warning];
}

describe("reportHolderExposure", () => {
  it("warns of the cards by the first of them, with their sum and the limit, and does nothing else", async () => {
    const shop = await loadExposed();
    const { escrow, stranger, merchantId, cardIds } = shop;
    const money = await moneyOf(shop);
    const said = await logsOf(escrow, escrow.connect(stranger).reportHolderExposure(merchantId, cardIds));
    expect(said).to.deep.equal([warning(shop, cardIds[0]!, LIMIT + 1n)]);
    expect(await moneyOf(shop)).to.deep.equal(money);
    expect(await escrow.warnings(merchantId)).to.deep.equal([]);
  });

  it("is open to anyone", async () => {
    const shop = await loadShop();
    const { escrow, merchantId } = shop;
    const cardIds = await buyCards(shop, LIMIT);
    for (const caller of everybodyBut(shop)) {
      cardIds.push(...(await buyCards(shop, 1n)));
      const report = escrow.connect(caller).reportHolderExposure(merchantId, cardIds);
      await expect(report).to.emit(escrow, "WarningRaised");
    }
  });

  describe("looks at the sum of principals:", () => {
    for (const [name, last] of [
      ["one below the limit", -1n],
      ["at the limit", 0n],
      ["one above it", 1n],
    ] as const) {
      it(`${name} it ${last > 0n ? "warns" : "does not"}`, async () => {
        const shop = await loadShop();
        const { escrow, merchantId } = shop;
        const cardIds = await buyCards(shop, 12_000n * TOKEN, 8_000n * TOKEN + last);
        const report = escrow.reportHolderExposure(merchantId, cardIds);
        if (last > 0n) {
          await expect(report)
            .to.emit(escrow, "WarningRaised")
            .withArgs(...warning(shop, cardIds[0]!, LIMIT + 1n).slice(1));
        } else {
          await expectRefusal(report, escrow, "ExposureWithinLimit", LIMIT + last, LIMIT);
        }
      });
    }

    it("one card above the limit is enough", async () => {
      const shop = await loadShop();
      const { escrow, merchantId } = shop;
      const [cardId] = await buyCards(shop, LIMIT + 1n);
      await expect(escrow.reportHolderExposure(merchantId, [cardId!]))
        .to.emit(escrow, "WarningRaised")
        .withArgs(...warning(shop, cardId!, LIMIT + 1n).slice(1));
    });

    it("what was paid counts, not what remains", async () => {
      const shop = await loadExposed();
      const { escrow, merchantId, cardIds } = shop;
      await consume(shop, cardIds[1]!, 11_000n * TOKEN);
      await expect(escrow.reportHolderExposure(merchantId, cardIds)).to.emit(escrow, "WarningRaised");
    });

    it("cards of different programs of the merchant count together", async () => {
      const shop = await loadShop();
      const { escrow, merchantId, programs } = shop;
      const cardIds = [
        ...(await buyCards(shop, 18_000n * TOKEN)),
        await buyCard(shop, { program: programs.count }),
        await buyCard(shop, { program: programs.pass }),
      ];
      const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, cardIds));
      expect(said).to.deep.equal([warning(shop, cardIds[0]!, 22_800n * TOKEN)]);
    });

    it("no card at all is nothing", async () => {
      const { escrow, merchantId } = await loadShop();
      await expectRefusal(escrow.reportHolderExposure(merchantId, []), escrow, "ExposureWithinLimit", 0n, LIMIT);
    });
  });

  describe("refuses", () => {
    it("cards that do not rise", async () => {
      const { escrow, merchantId, cardIds } = await loadExposed();
      const [a, b, c] = cardIds as [string, string, string];
      await expectRefusal(escrow.reportHolderExposure(merchantId, [b, a, c]), escrow, "ExposureCardsUnordered", a, b);
      await expectRefusal(escrow.reportHolderExposure(merchantId, [a, c, b]), escrow, "ExposureCardsUnordered", b, c);
    });

    it("a card shown twice", async () => {
      const { escrow, merchantId, cardIds } = await loadExposed();
      const [a, b] = cardIds as [string, string];
      for (const [list, twice] of [
        [[a, a], a],
        [[a, b, b], b],
      ] satisfies [string[], string][]) {
        const call = escrow.reportHolderExposure(merchantId, list);
        await expectRefusal(call, escrow, "ExposureCardsUnordered", twice, twice);
      }
    });

    it("cards of two holders, in whichever order their ids rise", async () => {
      const shop = await loadShop();
      const { escrow, other, merchantId, programs } = shop;
      const [mine] = await buyCards(shop, 15_000n * TOKEN);
      const theirs = await buyCard(shop, { program: programs.open, holder: other, principal: 15_000n * TOKEN });
      for (const list of [
        [mine!, theirs],
        [theirs, mine!],
      ]) {
        const call = escrow.reportHolderExposure(merchantId, list);
        await expectRefusal(call, escrow, "ExposureCardsUnordered", list[1], list[0]);
      }
    });

    it("a card of another merchant, first or later", async () => {
      const shop = await loadExposed();
      const { escrow, merchantId, cardIds } = shop;
      const secondId = await anotherMerchant(shop);
      const terms = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };
      const foreign = await buyCard(shop, { program: await anotherProgram(shop, terms, secondId) });
      for (const list of [[foreign], [...cardIds, foreign]]) {
        const call = escrow.reportHolderExposure(merchantId, list);
        await expectRefusal(call, escrow, "CardOtherMerchant", foreign, merchantId);
      }
      const call = escrow.reportHolderExposure(secondId, cardIds);
      await expectRefusal(call, escrow, "CardOtherMerchant", cardIds[0], secondId);
    });

    it("an id of no program", async () => {
      const { escrow, holder, merchantId } = await loadShop();
      for (const nothing of [ZeroHash, encodeCardId({ holder: holder.address, programId: 99n, serial: 0n })]) {
        const call = escrow.reportHolderExposure(merchantId, [nothing]);
        await expectRefusal(call, escrow, "CardOtherMerchant", nothing, merchantId);
      }
    });

    it("a card that was never sold", async () => {
      const { escrow, holder, merchantId, programs, cardIds } = await loadExposed();
      const unsold = encodeCardId({ holder: holder.address, programId: programs.open, serial: 9n });
      const call = escrow.reportHolderExposure(merchantId, [...cardIds, unsold]);
      await expectRefusal(call, escrow, "CardNotOpen", unsold, CardStatus.None);
    });

    it("a closed card", async () => {
      const { escrow, operator, merchantId, cardIds } = await loadExposed();
      await escrow.connect(operator).refundCard(cardIds[2]!);
      const call = escrow.reportHolderExposure(merchantId, cardIds);
      await expectRefusal(call, escrow, "CardNotOpen", cardIds[2], CardStatus.Closed);
    });

    it("a merchant nobody registered", async () => {
      const { escrow, cardIds } = await loadExposed();
      await expectRefusal(escrow.reportHolderExposure(0n, []), escrow, "MerchantUnknown", 0n);
      await expectRefusal(escrow.reportHolderExposure(9n, cardIds), escrow, "MerchantUnknown", 9n);
    });

    it("every sum where the policy has no limit", async () => {
      const shop = await loadShop();
      const merchantId = await anotherMerchant(shop, {
        policyId: await anotherPolicy(shop, { maxHolderExposure: 0n }),
      });
      const terms = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };
      const program = await anotherProgram(shop, terms, merchantId);
      const cardId = await buyCard(shop, { program, principal: 500_000n * TOKEN });
      const call = shop.escrow.reportHolderExposure(merchantId, [cardId]);
      await expectRefusal(call, shop.escrow, "ExposureWithinLimit", 500_000n * TOKEN, 0n);
      const nothing = shop.escrow.reportHolderExposure(merchantId, []);
      await expectRefusal(nothing, shop.escrow, "ExposureWithinLimit", 0n, 0n);
    });
  });

  describe("warns again", () => {
    /** Reported at one base unit above the limit, with a fourth card of two that was not. */
    async function loadReported() {
      const shop = await loadExposed();
      await shop.escrow.reportHolderExposure(shop.merchantId, shop.cardIds);
      const repeatableFrom = (await now()) + 30n * DAY;
      const [fourth] = await buyCards(shop, 2n);
      return { ...shop, fourth: fourth!, repeatableFrom };
    }

    for (const { when, offset } of around) {
      it(`${offset < 0n ? "not " : ""}for the same sum, ${when} the end of 30 days`, async () => {
        const shop = await loadReported();
        const { escrow, merchantId, cardIds, repeatableFrom } = shop;
        await at(repeatableFrom + offset);
        const call = escrow.reportHolderExposure(merchantId, cardIds);
        if (offset < 0n) {
          await expectRefusal(call, escrow, "ExposureReported", LIMIT + 1n, LIMIT + 1n, repeatableFrom);
        } else {
          expect(await logsOf(escrow, call)).to.deep.equal([warning(shop, cardIds[0]!, LIMIT + 1n)]);
        }
      });
    }

    it("not for a lower one, though it is above the limit; and after 30 days for that too, which then counts", async () => {
      const shop = await loadReported();
      const { escrow, merchantId, cardIds, fourth } = shop;
      const [a, b, c] = cardIds as [string, string, string];
      await escrow.reportHolderExposure(merchantId, [a, b, c, fourth]);
      const repeatableFrom = (await now()) + 30n * DAY;
      const call = escrow.reportHolderExposure(merchantId, [a, b, fourth]);
      await expectRefusal(call, escrow, "ExposureReported", LIMIT + 2n, LIMIT + 3n, repeatableFrom);
      await at(repeatableFrom);
      const lower = escrow.reportHolderExposure(merchantId, [a, b, fourth]);
      expect(await logsOf(escrow, lower)).to.deep.equal([warning(shop, a, LIMIT + 2n)]);
      const higher = escrow.reportHolderExposure(merchantId, [a, b, c, fourth]);
      expect(await logsOf(escrow, higher)).to.deep.equal([warning(shop, a, LIMIT + 3n)]);
    });

    it("for a higher one, by one base unit too", async () => {
      const shop = await loadReported();
      const { escrow, merchantId, cardIds, fourth } = shop;
      const [a, b] = cardIds as [string, string];
      const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, [a, b, fourth]));
      expect(said).to.deep.equal([warning(shop, a, LIMIT + 2n)]);
    });

    it("for each holder and each merchant by itself", async () => {
      const shop = await loadReported();
      const { escrow, other, merchantId, programs } = shop;
      const theirs = await buyCard(shop, { program: programs.open, holder: other, principal: LIMIT + 1n });
      const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, [theirs]));
      expect(said).to.deep.equal([warning(shop, theirs, LIMIT + 1n)]);
      const secondId = await anotherMerchant(shop);
      const terms = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };
      const program = await anotherProgram(shop, terms, secondId);
      const foreign = await buyCard(shop, { program, principal: LIMIT + 1n });
      const elsewhere = await logsOf(escrow, escrow.reportHolderExposure(secondId, [foreign]));
      expect(elsewhere).to.deep.equal([warning(shop, foreign, LIMIT + 1n, LIMIT, secondId)]);
    });

    it("not because a refused report looked higher", async () => {
      const { escrow, merchantId, cardIds, fourth } = await loadReported();
      const [a, b, c] = cardIds as [string, string, string];
      const refused = escrow.reportHolderExposure(merchantId, [a, b, c, fourth, fourth]);
      await expectRefusal(refused, escrow, "ExposureCardsUnordered", fourth, fourth);
      await expect(escrow.reportHolderExposure(merchantId, [a, b, c, fourth])).to.emit(escrow, "WarningRaised");
    });
  });

  it("holds the merchant to its policy of now, for cards sold under another as well", async () => {
    const shop = await loadShop();
    const { escrow, regulator, merchantId } = shop;
    const [cardId] = await buyCards(shop, 15_000n * TOKEN);
    const within = escrow.reportHolderExposure(merchantId, [cardId!]);
    await expectRefusal(within, escrow, "ExposureWithinLimit", 15_000n * TOKEN, LIMIT);
    const strict = 10_000n * TOKEN;
    await escrow
      .connect(regulator)
      .setMerchantPolicy(merchantId, await anotherPolicy(shop, { maxHolderExposure: strict }));
    const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, [cardId!]));
    expect(said).to.deep.equal([warning(shop, cardId!, 15_000n * TOKEN, strict)]);
    await escrow
      .connect(regulator)
      .setMerchantPolicy(merchantId, await anotherPolicy(shop, { maxHolderExposure: 15_000n * TOKEN }));
    const call = escrow.reportHolderExposure(merchantId, [cardId!]);
    await expectRefusal(call, escrow, "ExposureWithinLimit", 15_000n * TOKEN, 15_000n * TOKEN);
  });

  it("counts a card that moved for its new holder", async () => {
    const shop = await loadExposed();
    const { escrow, other, merchantId, programs, cardIds } = shop;
    const [a, b, c] = cardIds as [string, string, string];
    const theirs = await buyCard(shop, { program: programs.open, holder: other, principal: 10_000n * TOKEN });
    const moved = await moveAtOnce(shop, b, other, 1n);
    const before = escrow.reportHolderExposure(merchantId, [a, b, c]);
    await expectRefusal(before, escrow, "CardNotOpen", b, CardStatus.Closed);
    const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, [theirs, moved]));
    expect(said).to.deep.equal([warning(shop, theirs, 21_000n * TOKEN)]);
  });

  it("counts cards whose holder is leaving, complaining or moving: they are open", async () => {
    const shop = await loadExposed();
    const { escrow, holder, other, merchantId, cardIds } = shop;
    const [a, b, c] = cardIds as [string, string, string];
    await advance(COOLING_OFF);
    await escrow.connect(holder).requestExit(a);
    await escrow.connect(holder).complain(b, ZeroHash);
    await escrow.connect(holder).requestMove(c, other);
    await advance(EXIT_DELAY);
    await expect(escrow.reportHolderExposure(merchantId, cardIds)).to.emit(escrow, "WarningRaised");
  });

  for (const standing of ["Suspended", "Lapsed", "RunOff", "Defaulted"] as const) {
    it(`is open against a merchant that is ${standing}`, async () => {
      const shop = await loadExposed();
      const { escrow, merchantId, cardIds } = shop;
      await bring(shop, standing);
      const said = await logsOf(escrow, escrow.reportHolderExposure(merchantId, cardIds));
      expect(said).to.deep.equal([warning(shop, cardIds[0]!, LIMIT + 1n)]);
    });
  }

  it("is open against a closed merchant for cards that are used up and were not closed", async () => {
    const shop = await loadShop();
    const { escrow, merchantId } = shop;
    const cardIds = await buyCards(shop, LIMIT + 1n);
    await consume(shop, cardIds[0]!, LIMIT + 1n);
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await escrow.closeMerchant(merchantId);
    await expect(escrow.reportHolderExposure(merchantId, cardIds)).to.emit(escrow, "WarningRaised");
  });
});
