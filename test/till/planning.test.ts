import { expect } from "chai";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { BATCH_GAS, PAYOUT_GAS, SETTLE_GAS, planSettlement } from "../../src/till/index.js";
import type { KnownCard, KnownMerchant, OpenVoucher, PlanInput, PlanOptions } from "../../src/till/index.js";
import { errorOf } from "../helpers/errors.js";

const DAY = 86_400n;
const NOW = 1_800_000_000n;
const HOLDER = "0x00000000000000000000000000000000000000aa";

const idOf = (serial: bigint, programId = 3n): string => encodeCardId({ holder: HOLDER, programId, serial });

function cardOf(cardId: string, overrides: Partial<KnownCard> = {}): KnownCard {
  const offer = { merchantId: 1n, kind: "Count", units: 20n, face: 20n, principal: 1_200_000_000n } as const;
  const state = { status: "Open", consumed: 0n, leaving: false, moving: false, disputed: false, code: false } as const;
  return { cardId, ...offer, ...state, receipt: idOf(0n), exitDelay: 5n * DAY, readAt: NOW, ...overrides };
}

function voucherOf(
  cardId: string,
  overrides: { cumulative?: bigint; since?: bigint; contract?: boolean } = {},
): OpenVoucher {
  const { cumulative = 1n, since = NOW, contract = false } = overrides;
  const rest = { previous: idOf(0n), receipt: idOf(1n), item: "x", salt: idOf(2n), signature: "0x" };
  return { voucher: { cardId, cumulative, ...rest, contract, acceptedAt: since }, settled: 0n, since };
}

const active: KnownMerchant = { status: "Active", lastServiceAt: 0n, noticeEndsAt: 0n, windowEndsAt: 0n, readAt: NOW };

function plan(
  open: readonly OpenVoucher[],
  options: PlanOptions = {},
  more: Partial<PlanInput> & { card?: Partial<KnownCard> } = {},
) {
  const cards = new Map(open.map(({ voucher }) => [voucher.cardId, cardOf(voucher.cardId, more.card)]));
  return planSettlement({ open, cards, merchant: active, inFlight: [], decimals: 6, now: NOW, options, ...more });
}

const many = (count: number) => Array.from({ length: count }, (_, i) => voucherOf(idOf(BigInt(i))));

describe("Planning a settlement", () => {
  it("has nothing to do without vouchers", () => {
    const nothing = plan([]);
    expect(nothing).to.include({ settle: false, gas: 0n, worth: 0n, left: 0, pays: true });
  });

  it("lets a fresh voucher wait, and has its worth", () => {
    const { settle, because, worth, vouchers } = plan(many(1));
    expect({ settle, because, worth }).to.deep.equal({ settle: false, because: [], worth: 60_000_000n });
    expect(vouchers).to.have.length(1);
  });

  for (const [when, since, settle] of [
    ["a second before", NOW - DAY + 1n, false],
    ["at", NOW - DAY, true],
    ["a second after", NOW - DAY - 1n, true],
  ] as const) {
    it(`${settle ? "sends" : "keeps"} a voucher ${when} its longest wait`, () => {
      expect(plan([voucherOf(idOf(1n), { since })]).settle).to.equal(settle);
    });
  }

  it("sends when there are enough", () => {
    expect(plan(many(9), { enoughVouchers: 10 }).settle).to.be.false;
    expect(plan(many(10), { enoughVouchers: 10 })).to.deep.include({ settle: true, because: ["Enough"] });
  });

  for (const [because, card] of [
    ["ExitPending", { leaving: true }],
    ["MovePending", { moving: true }],
    ["DisputeOpen", { disputed: true }],
  ] as const) {
    it(`sends at once: ${because}`, () => {
      expect(plan(many(1), {}, { card })).to.deep.include({ settle: true, because: [because] });
    });
  }

  it("sends everything at once after a default flag", () => {
    const merchant = { ...active, status: "Defaulted" } as const;
    expect(plan(many(3), {}, { merchant })).to.deep.include({ settle: true, because: ["Defaulted"] });
  });

  it("sends in time before a run-off's notice ends", () => {
    const merchant = { ...active, status: "RunOff", noticeEndsAt: NOW + 2n * DAY } as const;
    expect(plan(many(1), { ahead: 2n * DAY }, { merchant })).to.deep.include({
      settle: true,
      because: ["RunOffEnding"],
    });
    expect(plan(many(1), { ahead: 2n * DAY - 1n }, { merchant }).settle).to.be.false;
  });

  it("sends vouchers of contracts at once, in a transaction of their own", () => {
    const { contractVouchers, vouchers, settle } = plan([voucherOf(idOf(1n), { contract: true }), voucherOf(idOf(2n))]);
    expect([contractVouchers.length, vouchers.length, settle]).to.deep.equal([1, 1, true]);
  });

  it("leaves out what is closed, settled or on its way", () => {
    const open = many(4);
    const cards = new Map([
      [idOf(0n), cardOf(idOf(0n), { status: "Closed" })],
      [idOf(1n), cardOf(idOf(1n), { consumed: 1n })],
      [idOf(2n), cardOf(idOf(2n))],
    ]);
    const inFlight = [{ cardId: idOf(2n), cumulative: 1n }];
    expect(plan(open, {}, { cards, inFlight }).vouchers).to.deep.equal([]);
  });

  it("does not count the time of a visit that is on its way as waiting of the next", () => {
    const voucher = voucherOf(idOf(1n), { cumulative: 2n, since: NOW - 2n * DAY });
    const open = [{ ...voucher, voucher: { ...voucher.voucher, acceptedAt: NOW } }];
    expect(plan(open).settle).to.be.true;
    expect(plan(open, {}, { inFlight: [{ cardId: idOf(1n), cumulative: 1n }] }).settle).to.be.false;
  });

  it("puts rows of one program side by side, and counts the reading of each once", () => {
    const open = [1n, 2n, 1n, 2n].map((programId, i) => voucherOf(idOf(BigInt(i), programId)));
    const { vouchers, gas } = plan(open);
    const programs = vouchers.map(({ voucher }) => voucher.cardId.slice(42, 50));
    expect(programs).to.deep.equal([...programs].sort());
    expect(gas).to.equal(SETTLE_GAS.base + 4n * SETTLE_GAS.perVoucher + 2n * SETTLE_GAS.perProgram);
  });

  it("never plans more gas than a transaction may have, with room for the margin", () => {
    const { vouchers, gas, left } = plan(many(1_200), { payOut: true });
    expect(gas <= BATCH_GAS).to.be.true;
    expect(gas + SETTLE_GAS.perVoucher > BATCH_GAS).to.be.true;
    expect(vouchers.length + left).to.equal(1_200);
    const contracts = Array.from({ length: 40 }, (_, i) => voucherOf(idOf(BigInt(i)), { contract: true }));
    expect(plan(contracts).gas <= BATCH_GAS).to.be.true;
  });

  it("takes at most `maxVouchers`, urgent ones first, then the oldest", () => {
    const open = [1n, 2n, 3n].map((serial) => voucherOf(idOf(serial), { since: NOW - serial }));
    const cards = new Map(open.map(({ voucher }) => [voucher.cardId, cardOf(voucher.cardId)]));
    cards.set(idOf(1n), cardOf(idOf(1n), { leaving: true }));
    const { vouchers, left } = plan(open, { maxVouchers: 2 }, { cards });
    expect(vouchers.map(({ voucher }) => voucher.cardId)).to.deep.equal([idOf(1n), idOf(3n)]);
    expect(left).to.equal(1);
    for (const maxVouchers of [0, -1, NaN]) {
      expect(errorOf(() => plan(open, { maxVouchers }))).to.be.instanceOf(InvalidInputError);
    }
  });

  describe("with what gas costs", () => {
    // One visit is worth 60 tokens.
    const worth = 60n;
    const voucher = SETTLE_GAS.base + SETTLE_GAS.perVoucher + SETTLE_GAS.perProgram;
    const old = [voucherOf(idOf(1n), { since: NOW - DAY })];

    for (const [when, weiPerToken, pays] of [
      ["less than", (voucher - 1n) * 1_000n, false],
      ["as much as", voucher * 1_000n, true],
      ["more than", (voucher + 1n) * 1_000n, true],
    ] as const) {
      it(`${pays ? "sends" : "keeps"} an old voucher worth ${when} its gas`, () => {
        const found = plan(old, { market: { gasPrice: 1_000n * worth, weiPerToken } });
        expect(found).to.include({ pays, settle: pays, cost: voucher * 1_000n * worth, value: weiPerToken * worth });
      });
    }

    it("sends what is urgent all the same, and marks that it does not pay", () => {
      const market = { gasPrice: 10n ** 9n, weiPerToken: 1n };
      expect(plan(old, { market }, { card: { leaving: true } })).to.include({ settle: true, pays: false });
    });

    it("leaves a row at home that does not pay for itself", () => {
      const crumb = { ...voucherOf(idOf(9n, 1n)), since: NOW - DAY };
      const cards = new Map([
        [idOf(1n), cardOf(idOf(1n))],
        [idOf(9n, 1n), cardOf(idOf(9n, 1n), { kind: "StoredValue", units: 0n, face: 10n, principal: 10n })],
      ]);
      const market = { gasPrice: 10n ** 9n, weiPerToken: 10n ** 15n };
      const { vouchers, left } = plan([...old, crumb], { market }, { cards });
      expect(vouchers.map(({ voucher }) => voucher.cardId)).to.deep.equal([idOf(1n)]);
      expect(left).to.equal(1);
    });
  });

  it("has the merchant paid along where the status allows it", () => {
    const voucher = many(1);
    expect(plan(voucher, { payOut: true })).to.include({ payOut: true });
    expect(plan(voucher, { payOut: true }).gas - plan(voucher).gas).to.equal(PAYOUT_GAS);
    for (const status of ["Suspended", "Defaulted"] as const) {
      expect(plan(voucher, { payOut: true }, { merchant: { ...active, status } }).payOut).to.be.false;
    }
  });
});
