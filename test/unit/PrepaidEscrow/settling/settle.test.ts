import { expect } from "chai";
import { Signature, ZeroAddress, ZeroHash, id, toBeHex } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, ProgramKind, SkipReason, WarningKind, nameOf } from "../../../../src/contracts/enums.js";
import { typedDataTypes } from "../../../../src/contracts/typedData.js";
import type { KeyVoucherStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { advance, anotherProgram, at, buyCard, now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { consumption, deployTill, domainOf, logsOf, moneyOf, spoiltVoucher } from "../../../helpers/settling.js";
import type { Log, Till } from "../../../helpers/settling.js";

const HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MAX_UINT88 = 2n ** 88n - 1n;

describe("settle", () => {
  const load = () => networkHelpers.loadFixture(deployTill);
  const skipped = (cardId: string, reason: bigint): Log => ["ConsumptionSkipped", cardId, reason];

  describe("releases what consumption is worth, floored over all of it", () => {
    interface Card {
      readonly name: string;
      readonly kind: bigint;
      readonly price: bigint;
      readonly units: bigint;
      readonly listPrice: bigint;
      /** Of an open amount. */
      readonly principal?: bigint;
      /** Consumption so far, and what this step of it releases. */
      readonly steps: readonly (readonly [cumulative: bigint, released: bigint])[];
    }
    const table: readonly Card[] = [
      {
        name: "money of any amount one for one, to the last unit",
        kind: ProgramKind.StoredValue,
        price: 0n,
        units: 0n,
        listPrice: 0n,
        principal: 1_000_007n,
        steps: [
          [1n, 1n],
          [250_000n, 249_999n],
          [1_000_006n, 750_006n],
          [1_000_007n, 1n],
        ],
      },
      {
        name: "money bought with a bonus in the ratio paid",
        kind: ProgramKind.StoredValue,
        price: 300_000n,
        units: 400_000n,
        listPrice: 400_000n,
        steps: [
          [1n, 0n],
          [2n, 1n],
          [3n, 1n],
          [4n, 1n],
          [359_400n, 269_547n],
          [400_000n, 30_450n],
        ],
      },
      {
        name: "20 visits for 1 200",
        kind: ProgramKind.Count,
        price: 120_000n,
        units: 20n,
        listPrice: 160_000n,
        steps: [
          [3n, 18_000n],
          [4n, 6_000n],
          [20n, 96_000n],
        ],
      },
      {
        name: "60 lessons for 5 000: the first 83.33, the last 83.34",
        kind: ProgramKind.Count,
        price: 500_000n,
        units: 60n,
        listPrice: 500_000n,
        steps: [
          [1n, 8_333n],
          [2n, 8_333n],
          [3n, 8_334n],
          [59n, 466_666n],
          [60n, 8_334n],
        ],
      },
      {
        name: "three visits for seven units of money",
        kind: ProgramKind.Count,
        price: 7n,
        units: 3n,
        listPrice: 7n,
        steps: [
          [1n, 2n],
          [2n, 2n],
          [3n, 3n],
        ],
      },
      {
        name: "more visits than units of money",
        kind: ProgramKind.Count,
        price: 2n,
        units: 5n,
        listPrice: 2n,
        steps: [
          [1n, 0n],
          [2n, 0n],
          [3n, 1n],
          [4n, 0n],
          [5n, 1n],
        ],
      },
    ];
    for (const { name, kind, price, units, listPrice, principal = price, steps } of table) {
      it(name, async () => {
        const till = await load();
        const { escrow, operator, holder, merchantId } = till;
        const program = await anotherProgram(till, { kind, price, units, listPrice });
        const cardId = await buyCard(till, { program, principal });
        const start = await moneyOf(till);
        let total = 0n;
        for (const [cumulative, released] of steps) {
          const voucher = await signVoucher(escrow, holder, cardId, cumulative);
          total += released;
          expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, [voucher]))).to.deep.equal([
            ["ConsumptionSettled", merchantId, cardId, released, cumulative, voucher.receipt],
            ["PoolUpdated", merchantId, start.outstanding - total, start.balance],
          ]);
          expect((await escrow.card(cardId)).consumed).to.equal(cumulative);
          expect(await escrow.remaining(cardId)).to.equal(principal - total);
          expect(await moneyOf(till)).to.deep.equal({
            ...start,
            outstanding: start.outstanding - total,
            releasable: start.releasable + total,
          });
        }
        expect(total).to.equal(principal);
      });
    }
  });

  describe("passes over a voucher", () => {
    interface Case {
      readonly name: string;
      readonly reason: bigint;
      readonly voucher: (till: Till) => Promise<KeyVoucherStruct>;
    }
    const sign = ({ escrow, holder }: Till, cardId: string, cumulative: bigint) =>
      signVoucher(escrow, holder, cardId, cumulative);
    const closed = async (till: Till): Promise<string> => {
      await till.escrow.connect(till.operator).refundCard(till.cards.count);
      return till.cards.count;
    };
    const used = async (till: Till, visits: bigint): Promise<string> => {
      const { escrow, operator, merchantId, cards } = till;
      await escrow.connect(operator).settle(merchantId, [await sign(till, cards.count, visits)]);
      return cards.count;
    };
    const neverBought = ({ holder, programs }: Till) =>
      encodeCardId({ holder: holder.address, programId: programs.count, serial: 77n });
    /** A visit signed for something else than this escrow. */
    const misdirected = async ({ escrow, holder, cards }: Till, domain: Record<string, unknown>) => {
      const message = consumption(cards.count, 1n);
      const elsewhere = { ...(await domainOf(escrow)), ...domain };
      const signature = await holder.signTypedData(elsewhere, typedDataTypes.Consumption, message);
      const { r, yParityAndS } = Signature.from(signature);
      return { ...message, r, vs: yParityAndS };
    };

    const cases: readonly Case[] = [
      {
        name: "that was settled before",
        reason: SkipReason.Stale,
        voucher: async (till) => sign(till, await used(till, 5n), 5n),
      },
      {
        name: "below what is settled",
        reason: SkipReason.Stale,
        voucher: async (till) => sign(till, await used(till, 5n), 4n),
      },
      { name: "of nothing", reason: SkipReason.Stale, voucher: (till) => sign(till, till.cards.count, 0n) },
      {
        name: "of a card nobody bought",
        reason: SkipReason.CardNotOpen,
        voucher: (till) => sign(till, neverBought(till), 1n),
      },
      {
        name: "of a closed card",
        reason: SkipReason.CardNotOpen,
        voucher: async (till) => sign(till, await closed(till), 1n),
      },
      {
        name: "of the holder zero, whom an empty signature would recover",
        reason: SkipReason.CardNotOpen,
        voucher: ({ programs }) =>
          Promise.resolve(
            spoiltVoucher(encodeCardId({ holder: ZeroAddress, programId: programs.count, serial: 0n }), 1n),
          ),
      },
      {
        name: "of another merchant's card",
        reason: SkipReason.OtherMerchant,
        voucher: (till) => sign(till, till.secondCard, 1n),
      },
      {
        name: "of no program",
        reason: SkipReason.OtherMerchant,
        voucher: (till) => sign(till, encodeCardId({ holder: till.holder.address, programId: 99n, serial: 0n }), 1n),
      },
      {
        name: "one unit over the principal of an open amount",
        reason: SkipReason.OverFace,
        voucher: (till) => sign(till, till.cards.open, 1_000n * TOKEN + 1n),
      },
      {
        name: "one unit over the face of a plan",
        reason: SkipReason.OverFace,
        voucher: (till) => sign(till, till.cards.plan, 4_000n * TOKEN + 1n),
      },
      {
        name: "one visit over the face of a count card",
        reason: SkipReason.OverFace,
        voucher: (till) => sign(till, till.cards.count, 21n),
      },
      {
        name: "of the largest number there is",
        reason: SkipReason.OverFace,
        voucher: (till) => sign(till, till.cards.open, MAX_UINT88),
      },
      {
        name: "over the face of a card that is consumed already",
        reason: SkipReason.OverFace,
        voucher: async (till) => sign(till, await used(till, 20n), 21n),
      },
      { name: "of a pass", reason: SkipReason.Pass, voucher: (till) => sign(till, till.cards.pass, DAY) },
      {
        name: "somebody else has signed",
        reason: SkipReason.BadSignature,
        voucher: ({ escrow, other, cards }) => signVoucher(escrow, other, cards.count, 1n),
      },
      {
        name: "the merchant has signed",
        reason: SkipReason.BadSignature,
        voucher: ({ escrow, operator, cards }) => signVoucher(escrow, operator, cards.count, 1n),
      },
      {
        name: "whose count was changed",
        reason: SkipReason.BadSignature,
        voucher: async (till) => ({ ...(await sign(till, till.cards.count, 1n)), cumulative: 2n }),
      },
      {
        name: "whose receipt was changed",
        reason: SkipReason.BadSignature,
        voucher: async (till) => ({ ...(await sign(till, till.cards.count, 1n)), receipt: id("another") }),
      },
      {
        name: "signed for another card of the holder",
        reason: SkipReason.BadSignature,
        voucher: async (till) => ({ ...(await sign(till, till.cards.plan, 1n)), cardId: till.cards.count }),
      },
      {
        name: "signed for another chain",
        reason: SkipReason.BadSignature,
        voucher: (till) => misdirected(till, { chainId: 1n }),
      },
      {
        name: "signed for another contract",
        reason: SkipReason.BadSignature,
        voucher: (till) => misdirected(till, { verifyingContract: till.vault }),
      },
      {
        name: "signed for another product",
        reason: SkipReason.BadSignature,
        voucher: (till) => misdirected(till, { name: "PrepaidEscrows" }),
      },
      {
        name: "signed for another version",
        reason: SkipReason.BadSignature,
        voucher: (till) => misdirected(till, { version: "2" }),
      },
      {
        name: "with an empty signature",
        reason: SkipReason.BadSignature,
        voucher: ({ cards }) => Promise.resolve(spoiltVoucher(cards.count, 1n)),
      },
      {
        name: "with a signature of the other parity",
        reason: SkipReason.BadSignature,
        voucher: async (till) => {
          const voucher = await sign(till, till.cards.count, 1n);
          return { ...voucher, vs: toBeHex(BigInt(voucher.vs) ^ (1n << 255n), 32) };
        },
      },
      {
        name: "with the upper one of the two signatures a key has for it",
        reason: SkipReason.BadSignature,
        voucher: async (till) => {
          const voucher = await sign(till, till.cards.count, 1n);
          const parity = (BigInt(voucher.vs) >> 255n) ^ 1n;
          const s = CURVE_ORDER - (BigInt(voucher.vs) & (2n ** 255n - 1n));
          return { ...voucher, vs: toBeHex((parity << 255n) | (s & (2n ** 255n - 1n)), 32) };
        },
      },
      {
        name: "with an s above half the curve's order",
        reason: SkipReason.BadSignature,
        voucher: async (till) => ({ ...(await sign(till, till.cards.count, 1n)), vs: toBeHex(HIGHEST_S + 1n, 32) }),
      },
      {
        name: "with an r that is no point of the curve",
        reason: SkipReason.BadSignature,
        voucher: async (till) => ({ ...(await sign(till, till.cards.count, 1n)), r: toBeHex(CURVE_ORDER, 32) }),
      },

      // Of several faults the first of this order is emitted: other merchant's, pass, not open, stale, over face, signature.
      {
        name: "of another merchant's pass, with the reason that it is another's",
        reason: SkipReason.OtherMerchant,
        voucher: async (till) => {
          const terms = { kind: ProgramKind.Pass, price: 100n, units: DAY, listPrice: 100n };
          const program = await anotherProgram(till, terms, till.secondId);
          return spoiltVoucher(await buyCard(till, { program }), 0n);
        },
      },
      {
        name: "of a pass nobody bought, with the reason that it is a pass",
        reason: SkipReason.Pass,
        voucher: ({ holder, programs }) =>
          Promise.resolve(
            spoiltVoucher(encodeCardId({ holder: holder.address, programId: programs.pass, serial: 9n }), 0n),
          ),
      },
      {
        name: "of a closed card, for being closed rather than stale",
        reason: SkipReason.CardNotOpen,
        voucher: async (till) => spoiltVoucher(await closed(till), 0n),
      },
      {
        name: "of a closed card, for being closed rather than over the face",
        reason: SkipReason.CardNotOpen,
        voucher: async (till) => spoiltVoucher(await closed(till), 21n),
      },
      {
        name: "that is stale, without looking at its signature",
        reason: SkipReason.Stale,
        voucher: ({ cards }) => Promise.resolve(spoiltVoucher(cards.count, 0n)),
      },
      {
        name: "over the face, without looking at its signature",
        reason: SkipReason.OverFace,
        voucher: ({ cards }) => Promise.resolve(spoiltVoucher(cards.count, 21n)),
      },
    ];
    for (const { name, reason, voucher } of cases) {
      it(`${name} (${nameOf(SkipReason, reason)})`, async () => {
        const till = await load();
        const { escrow, operator, merchantId } = till;
        const bad = await voucher(till);
        const cardId = String(bad.cardId);
        const before = { card: await escrow.card(cardId), money: await moneyOf(till) };
        expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, [bad]))).to.deep.equal([
          skipped(cardId, reason),
          ["PoolUpdated", merchantId, before.money.outstanding, before.money.balance],
        ]);
        expect({ card: await escrow.card(cardId), money: await moneyOf(till) }).to.deep.equal(before);
      });
    }
  });

  it("takes a signature of either parity", async () => {
    const till = await load();
    const { escrow, holder, operator, merchantId, cards } = till;
    const visits = Array.from({ length: 20 }, (_, i) => BigInt(i) + 1n);
    const vouchers = await Promise.all(visits.map((visit) => signVoucher(escrow, holder, cards.count, visit)));
    expect(new Set(vouchers.map(({ vs }) => BigInt(vs) >> 255n))).to.have.property("size", 2);
    const logs = await logsOf(escrow, escrow.connect(operator).settle(merchantId, vouchers));
    expect(logs.map(([name]) => name)).to.deep.equal([...vouchers.map(() => "ConsumptionSettled"), "PoolUpdated"]);
  });

  describe("books a batch", () => {
    it("of several programs and holders, each voucher at its own price, and closes with the pool", async () => {
      const till = await load();
      const { escrow, operator, holder, other, merchantId, cards } = till;
      const { outstanding, balance } = await moneyOf(till);
      const vouchers = [
        await signVoucher(escrow, holder, cards.count, 2n),
        await signVoucher(escrow, holder, cards.plan, 400n * TOKEN),
        await signVoucher(escrow, other, cards.others, 1n),
        await signVoucher(escrow, holder, cards.open, 33n * TOKEN),
        await signVoucher(escrow, holder, cards.count, 3n),
      ];
      const prices = [120n, 300n, 60n, 33n, 60n];
      expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, vouchers))).to.deep.equal([
        ...vouchers.map(({ cardId, cumulative, receipt }, i) => [
          "ConsumptionSettled",
          merchantId,
          cardId,
          prices[i]! * TOKEN,
          cumulative,
          receipt,
        ]),
        ["PoolUpdated", merchantId, outstanding - 573n * TOKEN, balance],
      ]);
      expect((await escrow.card(cards.count)).consumed).to.equal(3n);
    });

    it("around its bad vouchers", async () => {
      const till = await load();
      const { escrow, operator, holder, other, merchantId, cards } = till;
      const { outstanding, balance } = await moneyOf(till);
      const first = await signVoucher(escrow, holder, cards.count, 1n);
      const forged = await signVoucher(escrow, holder, cards.others, 1n);
      const foreign = await signVoucher(escrow, holder, till.secondCard, 1n);
      const pass = await signVoucher(escrow, holder, cards.pass, 1n);
      const last = await signVoucher(escrow, other, cards.others, 4n);
      const batch = [forged, first, foreign, pass, last];
      expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, batch))).to.deep.equal([
        skipped(cards.others, SkipReason.BadSignature),
        ["ConsumptionSettled", merchantId, cards.count, 60n * TOKEN, 1n, first.receipt],
        skipped(till.secondCard, SkipReason.OtherMerchant),
        skipped(cards.pass, SkipReason.Pass),
        ["ConsumptionSettled", merchantId, cards.others, 240n * TOKEN, 4n, last.receipt],
        ["PoolUpdated", merchantId, outstanding - 300n * TOKEN, balance],
      ]);
    });

    it("with the same voucher twice once", async () => {
      const till = await load();
      const { escrow, operator, holder, merchantId, cards } = till;
      const { outstanding, balance } = await moneyOf(till);
      const voucher = await signVoucher(escrow, holder, cards.count, 2n);
      const older = await signVoucher(escrow, holder, cards.count, 1n);
      expect(
        await logsOf(escrow, escrow.connect(operator).settle(merchantId, [voucher, voucher, older])),
      ).to.deep.equal([
        ["ConsumptionSettled", merchantId, cards.count, 120n * TOKEN, 2n, voucher.receipt],
        skipped(cards.count, SkipReason.Stale),
        skipped(cards.count, SkipReason.Stale),
        ["PoolUpdated", merchantId, outstanding - 120n * TOKEN, balance],
      ]);
    });

    it("and changes nothing when it comes again", async () => {
      const till = await load();
      const { escrow, operator, holder, other, merchantId, cards } = till;
      const vouchers = [
        await signVoucher(escrow, holder, cards.count, 20n),
        await signVoucher(escrow, holder, cards.plan, 1n),
        await signVoucher(escrow, other, cards.others, 7n),
      ];
      await escrow.connect(operator).settle(merchantId, vouchers);
      const snapshot = async () => ({
        money: await moneyOf(till),
        cards: await Promise.all(vouchers.map(({ cardId }) => escrow.card(cardId))),
      });
      const before = await snapshot();
      expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, vouchers))).to.deep.equal([
        ...vouchers.map(({ cardId }) => skipped(cardId, SkipReason.Stale)),
        ["PoolUpdated", merchantId, before.money.outstanding, before.money.balance],
      ]);
      expect(await snapshot()).to.deep.equal(before);
    });

    it("without vouchers as nothing", async () => {
      const till = await load();
      const { outstanding, balance } = await moneyOf(till);
      const { escrow, operator, merchantId } = till;
      expect(await logsOf(escrow, escrow.connect(operator).settle(merchantId, []))).to.deep.equal([
        ["PoolUpdated", merchantId, outstanding, balance],
      ]);
    });

    it("without moving a token, and without touching another merchant's money", async () => {
      const till = await load();
      const { escrow, operator, holder, merchantId, cards, secondId } = till;
      const second = await moneyOf(till, secondId);
      const { held } = await moneyOf(till);
      await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.count, 5n)]);
      expect((await moneyOf(till)).held).to.equal(held);
      expect(await moneyOf(till, secondId)).to.deep.equal(second);
    });
  });

  describe("settles every visit signed on an open card", () => {
    const afterRequest = async (till: Till, time: (requestedAt: bigint) => bigint) => {
      const { escrow, operator, holder, merchantId, cards } = till;
      await escrow.connect(holder).requestExit(cards.count);
      const requestedAt = await now();
      const voucher = await signVoucher(escrow, holder, cards.count, 2n);
      await at(time(requestedAt));
      await expect(escrow.connect(operator).settle(merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cards.count, 120n * TOKEN, 2n, voucher.receipt);
      return requestedAt;
    };

    it("after the holder has asked to leave, without ending the request", async () => {
      const till = await load();
      const requestedAt = await afterRequest(till, (time) => time + 1n);
      expect((await till.escrow.card(till.cards.count)).exitRequestedAt).to.equal(requestedAt);
    });

    it("when the exit is due and nobody has executed it", async () => {
      const till = await load();
      await afterRequest(till, (time) => time + 6n * DAY);
      const { escrow, cards, holder, token, stranger } = till;
      await expect(escrow.connect(stranger).executeExit(cards.count)).to.changeTokenBalance(
        ethers,
        token,
        holder,
        1_080n * TOKEN,
      );
    });

    it("but none once the exit was executed", async () => {
      const till = await load();
      const { escrow, operator, holder, merchantId, cards, stranger } = till;
      const voucher = await signVoucher(escrow, holder, cards.count, 2n);
      await escrow.connect(holder).requestExit(cards.count);
      await advance(5n * DAY);
      await escrow.connect(stranger).executeExit(cards.count);
      await expect(escrow.connect(operator).settle(merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSkipped")
        .withArgs(cards.count, SkipReason.CardNotOpen);
      expect((await escrow.card(cards.count)).status).to.equal(CardStatus.Closed);
    });

    it("of a program that is sold no more", async () => {
      const till = await load();
      const { escrow, owner, operator, holder, merchantId, programs, cards } = till;
      await escrow.connect(owner).retireProgram(programs.count);
      const voucher = await signVoucher(escrow, holder, cards.count, 1n);
      await expect(escrow.connect(operator).settle(merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cards.count, 60n * TOKEN, 1n, voucher.receipt);
    });

    it("up to the last unit of the face, and keeps the consumed card open", async () => {
      const till = await load();
      const { escrow, operator, holder, merchantId, cards } = till;
      const vouchers = [
        await signVoucher(escrow, holder, cards.open, 1_000n * TOKEN),
        await signVoucher(escrow, holder, cards.plan, 4_000n * TOKEN),
        await signVoucher(escrow, holder, cards.count, 20n),
      ];
      const logs = await logsOf(escrow, escrow.connect(operator).settle(merchantId, vouchers));
      expect(logs.slice(0, 3).map((log) => log[3])).to.deep.equal([1_000n * TOKEN, 3_000n * TOKEN, 1_200n * TOKEN]);
      for (const { cardId } of vouchers) {
        expect(await escrow.remaining(cardId)).to.equal(0n);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.Open);
      }
    });
  });

  it("clears the warning of a cap when enough was consumed, and not before", async () => {
    const till = await load();
    const { escrow, regulator, operator, holder, merchantId, cards } = till;
    // Outstanding are 10 000: 90.9 % of the cap; 85 % of it are 9 350.
    await escrow.connect(regulator).setOutstandingCap(merchantId, 11_000n);
    expect(await escrow.warnings(merchantId)).to.have.length(1);
    const settle = async (cumulative: bigint) =>
      escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.open, cumulative)]);
    await expect(settle(650n * TOKEN - 1n)).not.to.emit(escrow, "WarningCleared");
    await expect(settle(650n * TOKEN))
      .to.emit(escrow, "WarningCleared")
      .withArgs(merchantId, WarningKind.OutstandingCap);
    expect(await escrow.warnings(merchantId)).to.have.length(0);
  });

  it("has a receipt of zero where the holder signed none", async () => {
    const till = await load();
    const { escrow, operator, holder, merchantId, cards } = till;
    const voucher = await signVoucher(escrow, holder, cards.count, 1n, ZeroHash);
    await expect(escrow.connect(operator).settle(merchantId, [voucher]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cards.count, 60n * TOKEN, 1n, ZeroHash);
  });
});
