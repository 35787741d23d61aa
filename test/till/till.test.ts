import { expect } from "chai";
import { Signature } from "ethers";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { EMPTY_RECEIPT, hashItem, nextReceipt, verifyConsumption } from "../../src/actions/receipts.js";
import {
  BookMismatchError,
  CardIsPassError,
  CardNotUsableError,
  CardOfOtherMerchantError,
  CardStateTooOldError,
  MemoryTillStore,
  MerchantNotServingError,
  OverFaceError,
  SignatureMalformedError,
  SignatureMalleableError,
  TillClockError,
  VoucherNotRequestedError,
  VoucherRepeatedError,
  RequestStaleError,
  VoucherUnknownError,
  VoucherSignerError,
  keyVoucherOf,
} from "../../src/till/index.js";
import type { ConsumptionRequest } from "../../src/till/index.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { EscrowClient } from "../../src/client/client.js";
import { ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import { advance, anotherPolicy, anotherProgram, at, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { flagDefault, runOff, suspend } from "../helpers/leaving.js";
import { moveAtOnce } from "../helpers/moves.js";
import { deployTill } from "../helpers/settling.js";
import type { Till as Cards } from "../helpers/settling.js";
import { mine, openCounter, sign, serve } from "./counter.js";
import type { Counter } from "./counter.js";

/** Half the order of the curve, rounded down: the largest `s` the escrow takes. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The twin of a signature, good for the same key and refused by the escrow. */
function twinOf(signature: string): string {
  const { r, s, v } = Signature.from(signature);
  const twin = (ORDER - BigInt(s)).toString(16).padStart(64, "0");
  return `${r}${twin}${v === 27 ? "1c" : "1b"}`;
}

describe("A merchant's till", () => {
  let shop: Cards;
  let counter: Counter;
  const haircut = () => ({ cardId: shop.cards.count, units: 1n, item: "one haircut" });

  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployTill);
    counter = await openCounter(shop);
  });

  describe("charging", () => {
    it("returns what a card has left, signed visits taken off, and refuses a card that cannot be used", async () => {
      const { cardId } = haircut();
      expect(await counter.till.usableCard(cardId)).to.include({ consumed: 0n, left: 20n });
      await serve(counter, { ...haircut(), units: 3n }, shop.holder);
      const { card, consumed, left } = await counter.till.usableCard(cardId.toUpperCase().replace("0X", "0x"));
      expect([card.consumed, consumed, left]).to.deep.equal([0n, 3n, 17n]);
      expect(await rejectionOf(counter.till.usableCard(shop.cards.pass))).to.be.instanceOf(CardIsPassError);
    });

    it("asks for the consumption so far with the visit, and the head of the chain of receipts", async () => {
      const request = await counter.till.requestConsumption(haircut());
      const { message, signer } = request.toSign;
      expect(signer).to.equal(shop.holder.address);
      const itemHash = hashItem(request.salt, "one haircut");
      const receipt = nextReceipt(EMPTY_RECEIPT, shop.cards.count, { cumulative: 1n, itemHash });
      expect(message).to.deep.equal({ cardId: shop.cards.count, cumulative: 1n, receipt });
    });

    it("hides the item behind another salt each time", async () => {
      const [one, two] = [
        await counter.till.requestConsumption(haircut()),
        await counter.till.requestConsumption(haircut()),
      ];
      expect(one.salt).to.match(/^0x[0-9a-f]{64}$/);
      expect(one.salt).not.to.equal(two.salt);
    });

    it("hides it behind a salt that is given", async () => {
      const salt = `0x${"5a".repeat(32)}`;
      const request = await counter.till.requestConsumption({ ...haircut(), salt });
      expect(request.salt).to.equal(salt);
      const itemHash = hashItem(salt, "one haircut");
      expect(request.receipt).to.equal(nextReceipt(EMPTY_RECEIPT, shop.cards.count, { cumulative: 1n, itemHash }));
    });

    for (const salt of ["", "0x5a", `0x${"5a".repeat(33)}`, `0x${"zz".repeat(32)}`]) {
      it(`refuses "${salt.slice(0, 8)}" of ${String(salt.length)} characters as a salt`, async () => {
        const refusal = await rejectionOf(counter.till.requestConsumption({ ...haircut(), salt }));
        expect(refusal).to.be.instanceOf(InvalidInputError).and.include({ field: "salt" });
      });
    }

    for (const [seconds, reads] of [
      [0n, false],
      [59n, false],
      [60n, true],
      [61n, true],
      [-1n, true],
    ] as const) {
      it(`${reads ? "reads" : "does not read"} a card again ${seconds} seconds after it was read, fresh for 60`, async () => {
        const { till, clock } = await openCounter(shop, { freshFor: 60n });
        await till.requestConsumption(haircut());
        await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
        clock.time += seconds;
        await till.requestConsumption(haircut());
        expect((await till.card(shop.cards.count))?.leaving).to.equal(reads);
      });
    }

    it("reads a card for each visit by default", async () => {
      await counter.till.requestConsumption(haircut());
      await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
      await counter.till.requestConsumption(haircut());
      expect((await counter.till.card(shop.cards.count))?.leaving).to.equal(true);
    });

    it("reads the merchant again once what was read of it is no longer fresh", async () => {
      const { till, clock } = await openCounter(shop, { freshFor: 60n });
      await till.requestConsumption(haircut());
      await suspend(shop);
      clock.time += 59n;
      await till.requestConsumption(haircut());
      expect((await till.merchant())?.status).to.equal("Active");
      clock.time += 1n;
      await till.requestConsumption(haircut());
      expect((await till.merchant())?.status).to.equal("Suspended");
    });

    it("lists the newest visit of each card that waits, as a row that settles it", async () => {
      await serve(counter, haircut(), shop.holder);
      await serve(counter, { ...haircut(), units: 2n }, shop.holder);
      await serve(counter, { cardId: shop.cards.plan, amount: "1", item: "tea" }, shop.holder);
      const waiting = await counter.till.waiting();
      expect(waiting.map(({ cardId, cumulative }) => [cardId, cumulative])).to.have.deep.members([
        [shop.cards.count, 3n],
        [shop.cards.plan, 1_000_000n],
      ]);
      const vouchers = waiting.map((each) => keyVoucherOf(each));
      await counter.client.execute("settle", { merchantId: shop.merchantId, vouchers });
      expect((await counter.client.card(shop.cards.count)).consumed).to.equal(3n);
      await mine(2);
      await counter.till.settler.reconcile();
      expect(await counter.till.waiting()).to.deep.equal([]);
    });

    it("shows the holder shop, visit, total and what is left, in visits and money", async () => {
      await serve(counter, haircut(), shop.holder);
      const { display } = await counter.till.requestConsumption({ ...haircut(), units: 2n });
      expect(display).to.deep.equal({
        shop: "Corner Gym",
        item: "one haircut",
        amount: "2 visits",
        total: "3 visits",
        left: "17 visits",
        money: "1020.00 TCNY",
        sentence:
          "Corner Gym: one haircut, 2 visits. Consumed so far: 3 visits. Left after it: 17 visits, worth 1020.00 TCNY of what was paid.",
      });
    });

    it("takes amounts as people write them", async () => {
      const plan = await counter.till.requestConsumption({ cardId: shop.cards.plan, amount: "12.50", item: "lunch" });
      expect(plan.cumulative).to.equal(12_500_000n);
      expect(plan.display.amount).to.equal("12.50 TCNY");
      // 3 000 paid for 4 000 of face.
      expect(plan.display.money).to.equal("2990.625 TCNY");
      const open = await counter.till.requestConsumption({
        cardId: shop.cards.open,
        amount: "0.000001",
        item: "a crumb",
      });
      expect(open.cumulative).to.equal(1n);
      const count = await counter.till.requestConsumption({ cardId: shop.cards.count, amount: "3", item: "family" });
      expect(count.cumulative).to.equal(3n);
    });

    for (const amount of ["0", "-1", "1.5", "one", ""]) {
      it(`refuses "${amount}" visits`, async () => {
        const order = { cardId: shop.cards.count, amount, item: "x" };
        expect(await rejectionOf(counter.till.requestConsumption(order))).to.be.instanceOf(InvalidInputError);
      });
    }

    it("refuses a zero byte in the item, which not every book could keep", async () => {
      const refusal = await rejectionOf(counter.till.requestConsumption({ ...haircut(), item: "a\0b" }));
      expect(refusal).to.be.instanceOf(InvalidInputError).and.include({ field: "item" });
    });

    it("refuses zero units", async () => {
      const refusal = await rejectionOf(counter.till.requestConsumption({ ...haircut(), units: 0n }));
      expect(refusal).to.be.instanceOf(InvalidInputError).and.include({ field: "units" });
    });

    it("goes to the last unit and not further", async () => {
      const all = await counter.till.requestConsumption({ ...haircut(), units: 20n });
      expect(all.display.left).to.equal("0 visits");
      const refusal = await rejectionOf(counter.till.requestConsumption({ ...haircut(), units: 21n }));
      expect(refusal).to.be.instanceOf(OverFaceError).and.include({ cumulative: 21n, face: 20n, left: 20n });
    });

    it("has the first visit of a pass signed as one second, where cooling-off asks that it is unused", async () => {
      const policyId = await anotherPolicy(shop, { coolingOffRequiresUnused: true });
      await shop.escrow.connect(shop.regulator).setMerchantPolicy(shop.merchantId, policyId);
      const terms = { kind: ProgramKind.Pass, price: 360n * TOKEN, units: 30n * DAY, listPrice: 360n * TOKEN };
      const cardId = await buyCard(shop, { program: await anotherProgram(shop, terms) });
      const order = { cardId, item: "first visit", units: 1n };
      expect(await rejectionOf(counter.till.requestConsumption({ ...order, units: 2n }))).to.be.instanceOf(
        OverFaceError,
      );
      const { display } = await counter.till.requestConsumption(order);
      expect(display.sentence).to.include("first visit").and.to.include("ends the right to leave in cooling-off");
      await serve(counter, order, shop.holder);
      expect(await rejectionOf(counter.till.requestConsumption(order))).to.be.instanceOf(CardIsPassError);
      await counter.till.settler.settleNow([cardId]);
      expect((await shop.escrow.card(cardId)).consumed).to.equal(1n);
      expect(await rejectionOf(counter.till.requestConsumption(order))).to.be.instanceOf(CardIsPassError);
      expect((await shop.escrow.quoteExit(cardId)).rule).to.not.equal(ExitRule.CoolingOff);
    });

    it("refuses a pass, another merchant's card, a card that was never sold", async () => {
      const request = (cardId: string) => rejectionOf(counter.till.requestConsumption({ ...haircut(), cardId }));
      expect(await request(shop.cards.pass)).to.be.instanceOf(CardIsPassError);
      expect(await request(shop.secondCard))
        .to.be.instanceOf(CardOfOtherMerchantError)
        .and.include({ merchantId: shop.secondId, expected: shop.merchantId });
      const unsold = encodeCardId({ holder: shop.holder.address, programId: shop.programs.count, serial: 7n });
      expect(await request(unsold))
        .to.be.instanceOf(CardNotUsableError)
        .and.include({ status: "None" });
    });

    it("refuses a closed card", async () => {
      await shop.escrow.connect(shop.operator).refundCard(shop.cards.count);
      const refusal = await rejectionOf(counter.till.requestConsumption(haircut()));
      expect(refusal).to.be.instanceOf(CardNotUsableError).and.include({ status: "Closed" });
    });

    it("takes a card's id in any case", async () => {
      const cardId = `0x${shop.cards.count.slice(2).toUpperCase()}`;
      await serve(counter, { ...haircut(), cardId }, shop.holder);
      expect(await counter.till.vouchers(cardId)).to.have.length(1);
      expect((await counter.till.requestConsumption(haircut())).cumulative).to.equal(2n);
    });
  });

  describe("accepting", () => {
    it("keeps the visit with all it takes to settle and to prove it", async () => {
      const request = await counter.till.requestConsumption(haircut());
      const { kind, voucher: kept } = await counter.till.accept(request, await sign(request, shop.holder));
      expect(kind).to.equal("accepted");
      expect(await counter.till.vouchers(shop.cards.count)).to.deep.equal([kept]);
      expect(kept).to.include({ item: "one haircut", salt: request.salt, previous: EMPTY_RECEIPT, contract: false });
    });

    it("counts on from the newest visit, and chains the receipts", async () => {
      const first = await serve(counter, haircut(), shop.holder);
      const second = await serve(counter, haircut(), shop.holder);
      expect(second.voucher.cumulative).to.equal(2n);
      expect(second.voucher.previous).to.equal(first.voucher.receipt);
    });

    it("takes what the escrow then takes", async () => {
      await serve(counter, haircut(), shop.holder);
      await serve(counter, haircut(), shop.holder);
      const [outcome] = await counter.till.settler.settleNow([shop.cards.count]);
      expect(outcome?.settled).to.be.true;
      expect((await shop.escrow.card(shop.cards.count)).consumed).to.equal(2n);
    });

    it("takes compact signatures, and v as 0 or 1", async () => {
      const one = await counter.till.requestConsumption(haircut());
      await counter.till.accept(one, Signature.from(await sign(one, shop.holder)).compactSerialized);
      const two = await counter.till.requestConsumption(haircut());
      const { r, s, yParity } = Signature.from(await sign(two, shop.holder));
      await counter.till.accept(two, `${r}${s.slice(2)}0${yParity}`);
      expect(await counter.till.vouchers(shop.cards.count)).to.have.length(2);
    });

    const mangled: readonly [string, (good: string) => string, new (...args: never[]) => Error][] = [
      ["nothing", () => "0x", SignatureMalformedError],
      ["no hexadecimal", (good) => `${good.slice(0, -1)}g`, SignatureMalformedError],
      ["63 bytes", (good) => good.slice(0, 128), SignatureMalformedError],
      ["66 bytes", (good) => `${good}00`, SignatureMalformedError],
      ["a v of 29", (good) => `${good.slice(0, 130)}1d`, SignatureMalformedError],
      ["the malleable twin", (good) => twinOf(good), SignatureMalleableError],
      ["the other parity", (good) => good.slice(0, 130) + (good.endsWith("1b") ? "1c" : "1b"), VoucherSignerError],
      [
        "a changed r",
        (good) => `0x${(BigInt(good.slice(0, 66)) ^ 1n).toString(16).padStart(64, "0")}${good.slice(66)}`,
        VoucherSignerError,
      ],
      ["an r of zero", (good) => `0x${"0".repeat(64)}${good.slice(66)}`, VoucherSignerError],
      ["an s of zero", (good) => `${good.slice(0, 66)}${"0".repeat(64)}${good.slice(130)}`, VoucherSignerError],
    ];
    for (const [what, mangle, error] of mangled) {
      it(`refuses ${what}, and the visit is not in the book`, async () => {
        const request = await counter.till.requestConsumption(haircut());
        const good = await sign(request, shop.holder);
        expect(await rejectionOf(counter.till.accept(request, mangle(good)))).to.be.instanceOf(error);
        expect(await counter.till.vouchers(shop.cards.count)).to.deep.equal([]);
        await counter.till.accept(request, good);
      });
    }

    it("refuses what another account has signed, or the holder for another visit", async () => {
      const request = await counter.till.requestConsumption(haircut());
      const dearer = await counter.till.requestConsumption({ ...haircut(), units: 2n });
      expect(await rejectionOf(counter.till.accept(request, await sign(request, shop.other))))
        .to.be.instanceOf(VoucherSignerError)
        .and.include({ holder: shop.holder.address });
      expect(await rejectionOf(counter.till.accept(dearer, await sign(request, shop.holder)))).to.be.instanceOf(
        VoucherSignerError,
      );
    });

    it("takes the key's signature off line where the holder's account has code (EIP-7702)", async () => {
      await ethers.provider.send("hardhat_setCode", [shop.holder.address, "0x00"]);
      const answer = await serve(counter, haircut(), shop.holder);
      expect(answer.kind).to.equal("accepted");
      expect(answer.voucher.contract).to.be.false;
      const request = await counter.till.requestConsumption(haircut());
      const unsure = await counter.till.accept(request, await sign(request, shop.other));
      expect(unsure, "the code may say yes, on chain").to.include({ kind: "settleFirst", because: "ContractHolder" });
    });

    it("takes the answer to what was asked last, at another till of the book too", async () => {
      const request = await counter.till.requestConsumption({ ...haircut(), item: "12n" });
      await counter.till.keepRequest(request);
      const { cardId, cumulative, receipt } = request;
      const answer = { cardId, cumulative, receipt, signature: await sign(request, shop.holder) };
      const { till } = await openCounter(shop, { store: counter.store });
      expect((await till.acceptVoucher(answer)).kind).to.equal("accepted");
      expect((await counter.till.vouchers(cardId)).map(({ item }) => item)).to.deep.equal(["12n"]);
      expect(await rejectionOf(counter.till.acceptVoucher(answer))).to.be.instanceOf(VoucherRepeatedError);
    });

    it("takes no answer that was not asked for, or was asked before another", async () => {
      const [first, second] = [
        await counter.till.requestConsumption(haircut()),
        await counter.till.requestConsumption(haircut()),
      ];
      const answerTo = async ({ cardId, cumulative, receipt, ...rest }: ConsumptionRequest) => ({
        ...{ cardId, cumulative, receipt },
        signature: await sign({ cardId, cumulative, receipt, ...rest }, shop.holder),
      });
      expect(await rejectionOf(counter.till.acceptVoucher(await answerTo(first))))
        .to.be.instanceOf(VoucherNotRequestedError)
        .and.include({ cardId: first.cardId, cumulative: 1n });
      await counter.till.keepRequest(first);
      await counter.till.keepRequest(second);
      expect(await rejectionOf(counter.till.acceptVoucher(await answerTo(first)))).to.be.instanceOf(
        VoucherNotRequestedError,
      );
      const stranger = { ...(await answerTo(second)), signature: await sign(second, shop.other) };
      expect(await rejectionOf(counter.till.acceptVoucher(stranger))).to.be.instanceOf(VoucherSignerError);
      expect((await counter.till.acceptVoucher(await answerTo(second))).kind).to.equal("accepted");
    });

    it("asks the contract that holds a card whether it has signed (ERC-1271)", async () => {
      const wallet = await (await ethers.deployContract("KeyWallet", [shop.holder.address])).getAddress();
      await shop.escrow.connect(shop.payer).buy(shop.programs.count, wallet, 1_200n * TOKEN, 0n);
      const order = {
        ...haircut(),
        cardId: encodeCardId({ holder: wallet, programId: shop.programs.count, serial: 0n }),
      };
      const request = await counter.till.requestConsumption(order);
      await counter.till.keepRequest(request);
      const { cardId, cumulative, receipt } = request;
      const answer = { cardId, cumulative, receipt, signature: await sign(request, shop.holder) };
      const strange = { ...answer, signature: await sign(request, shop.other) };
      expect(await rejectionOf(counter.till.acceptVoucher(strange)))
        .to.be.instanceOf(VoucherSignerError)
        .and.include({ holder: wallet });
      expect(await counter.till.vouchers(cardId)).to.deep.equal([]);
      expect(await counter.till.acceptVoucher(answer)).to.include({ kind: "settleFirst", because: "ContractHolder" });
    });

    it("keeps a replayed visit once", async () => {
      const request = await counter.till.requestConsumption(haircut());
      const signature = await sign(request, shop.holder);
      await counter.till.accept(request, signature);
      const refusal = await rejectionOf(counter.till.accept(request, signature));
      expect(refusal).to.be.instanceOf(VoucherRepeatedError).and.include({ cumulative: 1n });
      await serve(counter, haircut(), shop.holder);
      expect(await rejectionOf(counter.till.accept(request, signature))).to.be.instanceOf(VoucherRepeatedError);
    });

    it("refuses the second of two requests for the same place", async () => {
      const [one, two] = [
        await counter.till.requestConsumption(haircut()),
        await counter.till.requestConsumption(haircut()),
      ];
      await counter.till.accept(one, await sign(one, shop.holder));
      const refusal = await rejectionOf(counter.till.accept(two, await sign(two, shop.holder)));
      expect(refusal).to.be.instanceOf(RequestStaleError).and.include({ cumulative: 1n, consumed: 1n });
    });

    it("lets one of two tills with one book win", async () => {
      const other = await openCounter(shop, { store: counter.store });
      const [one, two] = [
        await counter.till.requestConsumption(haircut()),
        await other.till.requestConsumption(haircut()),
      ];
      const results = await Promise.allSettled([
        counter.till.accept(one, await sign(one, shop.holder)),
        other.till.accept(two, await sign(two, shop.holder)),
      ]);
      expect(results.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
      const lost = results.find((result) => result.status === "rejected");
      expect(lost?.reason).to.be.instanceOf(RequestStaleError);
    });

    it("refuses a visit signed before something newer was settled elsewhere", async () => {
      const request = await counter.till.requestConsumption(haircut());
      await shop.escrow
        .connect(shop.operator)
        .settle(shop.merchantId, [await signVoucher(shop.escrow, shop.holder, shop.cards.count, 1n)]);
      await counter.till.refresh(shop.cards.count);
      const refusal = await rejectionOf(counter.till.accept(request, await sign(request, shop.holder)));
      expect(refusal).to.be.instanceOf(RequestStaleError).and.include({ consumed: 1n });
    });

    it("builds on what was settled elsewhere: its count and its receipt", async () => {
      const voucher = await signVoucher(shop.escrow, shop.holder, shop.cards.count, 3n);
      await shop.escrow.connect(shop.operator).settle(shop.merchantId, [voucher]);
      const request = await counter.till.requestConsumption(haircut());
      expect(request).to.include({ cumulative: 4n, previous: voucher.receipt });
    });
  });

  describe("a card that may be closed soon", () => {
    it("has its visit settled before it is served, while a request to leave is pending", async () => {
      const request = await counter.till.requestConsumption(haircut());
      await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
      const early = await counter.till.accept(request, await sign(request, shop.holder));
      expect(early.kind, "off line nobody knows yet").to.equal("accepted");
      const answer = await serve(counter, haircut(), shop.holder);
      expect(answer).to.include({ kind: "settleFirst", because: "ExitPending" });
      const outcomes = await counter.till.settler.settleNow([shop.cards.count]);
      expect(outcomes.map(({ settled }) => settled)).to.deep.equal([true]);
      expect((await shop.escrow.card(shop.cards.count)).consumed).to.equal(2n);
    });

    it("the same while a move is pending, or a dispute open", async () => {
      await shop.escrow.connect(shop.holder).requestMove(shop.cards.count, shop.other);
      expect(await serve(counter, haircut(), shop.holder)).to.include({
        kind: "settleFirst",
        because: "MovePending",
      });
      // Within cooling-off nobody can complain.
      await advance(7n * DAY);
      counter.clock.time = await now();
      await shop.escrow.connect(shop.holder).complain(shop.cards.count, EMPTY_RECEIPT);
      expect(await serve(counter, haircut(), shop.holder)).to.include({
        kind: "settleFirst",
        because: "DisputeOpen",
      });
    });

    it("the same while a recovery address asks for the card", async () => {
      await shop.escrow.connect(shop.holder).setRecovery(shop.relayer);
      await shop.escrow.connect(shop.relayer).requestMove(shop.cards.count, shop.other);
      expect(await serve(counter, haircut(), shop.holder)).to.include({ because: "MovePending" });
      await shop.escrow.connect(shop.holder).cancelMove(shop.cards.count);
      expect(await serve(counter, haircut(), shop.holder)).to.include({ kind: "accepted" });
    });

    it("goes on under its new id with a chain of its own, counting what was consumed", async () => {
      await serve(counter, haircut(), shop.holder);
      await counter.till.settler.settleNow([shop.cards.count]);
      const moved = await moveAtOnce(shop, shop.cards.count, shop.stranger);
      expect(await rejectionOf(counter.till.requestConsumption(haircut()))).to.be.instanceOf(CardNotUsableError);
      const request = await counter.till.requestConsumption({ ...haircut(), cardId: moved });
      expect(request).to.include({ cumulative: 2n, previous: EMPTY_RECEIPT });
      await counter.till.accept(request, await sign(request, shop.stranger));
    });
  });

  describe("the merchant's status", () => {
    it("lets a suspended merchant serve", async () => {
      await suspend(shop);
      expect(await serve(counter, haircut(), shop.holder)).to.include({ kind: "accepted" });
    });

    it("charges nothing after a default flag", async () => {
      const request = await counter.till.requestConsumption(haircut());
      await flagDefault(shop);
      const refusal = await rejectionOf(counter.till.requestConsumption(haircut()));
      expect(refusal).to.be.instanceOf(MerchantNotServingError).and.include({ status: "Defaulted" });
      expect(await rejectionOf(counter.till.accept(request, await sign(request, shop.holder)))).to.be.instanceOf(
        MerchantNotServingError,
      );
    });

    it("lets a merchant in run-off serve, and settles first when the notice is over", async () => {
      const { noticeEndsAt } = await runOff(shop);
      counter.clock.time = noticeEndsAt - 1n;
      expect(await serve(counter, haircut(), shop.holder)).to.include({ kind: "accepted" });
      counter.clock.time = noticeEndsAt;
      expect(await serve(counter, haircut(), shop.holder)).to.include({
        kind: "settleFirst",
        because: "RunOffEnding",
      });
    });
  });

  describe("off line", () => {
    /** A client whose node can be switched off. */
    async function switchable(): Promise<{ client: EscrowClient; line: { up: boolean } }> {
      const line = { up: true };
      const provider = new Proxy(ethers.provider, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (!line.up) throw Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
            return Reflect.apply(value, target, args) as unknown;
          };
        },
      });
      return { client: await EscrowClient.connect(provider, { escrow: await shop.escrow.getAddress() }), line };
    }

    it("serves cards it knows, and names what to do about others", async () => {
      const { client, line } = await switchable();
      const till = await openCounter(shop, { client });
      await till.till.requestConsumption(haircut());
      line.up = false;
      await serve(till, haircut(), shop.holder);
      await serve(till, haircut(), shop.holder);
      expect(await till.till.vouchers(shop.cards.count)).to.have.length(2);
      const unknown = await rejectionOf(till.till.requestConsumption({ ...haircut(), cardId: shop.cards.plan }));
      expect(unknown).to.have.property("name", "CardUnknownError");
    });

    for (const [when, offset, serves] of [
      ["at the limit", 0n, true],
      ["a second after it", 1n, false],
    ] as const) {
      it(`${serves ? "serves" : "refuses"} ${when} of what it last read`, async () => {
        const { client, line } = await switchable();
        const till = await openCounter(shop, { client, offlineFor: 3_600n });
        await till.till.requestConsumption(haircut());
        line.up = false;
        till.clock.time += 3_600n + offset;
        const refusal = await rejectionOf(till.till.requestConsumption(haircut()));
        if (serves) expect(refusal).to.equal(undefined);
        else expect(refusal).to.be.instanceOf(CardStateTooOldError).and.include({ age: 3_601n, limit: 3_600n });
      });
    }

    for (const [behind, serves] of [
      [300n, true],
      [301n, false],
    ] as const) {
      it(`${serves ? "serves" : "refuses"} with a clock that is ${behind} seconds behind what it last read`, async () => {
        const { client, line } = await switchable();
        const till = await openCounter(shop, { client });
        const request = await till.till.requestConsumption(haircut());
        const readAt = till.clock.time;
        line.up = false;
        till.clock.time -= behind;
        const refusals = [
          await rejectionOf(till.till.requestConsumption(haircut())),
          await rejectionOf(till.till.accept(request, await sign(request, shop.holder))),
        ];
        for (const refusal of refusals) {
          if (serves) expect(refusal).to.equal(undefined);
          else
            expect(refusal)
              .to.be.instanceOf(TillClockError)
              .and.include({ now: readAt - behind, readAt });
        }
      });
    }

    it("never relies on what is older than half an exit delay", async () => {
      const { client, line } = await switchable();
      const till = await openCounter(shop, { client, offlineFor: 30n * DAY });
      await till.till.requestConsumption(haircut());
      line.up = false;
      till.clock.time += (5n * DAY) / 2n + 1n;
      expect(await rejectionOf(till.till.requestConsumption(haircut()))).to.be.instanceOf(CardStateTooOldError);
    });

    it("has every visit signed that way settled in time, though the holder left right after", async () => {
      const request = await counter.till.requestConsumption(haircut());
      const { exitDelay } = (await counter.till.card(shop.cards.count))!;
      await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
      const askedAt = await now();
      counter.clock.time += exitDelay / 2n;
      const late = await rejectionOf(counter.till.accept(request, await sign(request, shop.holder)));
      expect(late).to.be.instanceOf(CardStateTooOldError);
      counter.clock.time -= exitDelay / 2n - 12n * 3_600n;
      await counter.till.accept(request, await sign(request, shop.holder));
      await at(askedAt + exitDelay - 1n);
      const [outcome] = await counter.till.settler.settleNow([shop.cards.count]);
      expect(outcome?.settled).to.be.true;
    });
  });

  describe("proofs", () => {
    it("proves each visit against what is settled on chain, and no other", async () => {
      const kept = [];
      for (const item of ["a cut", "a shave", "a wash"]) {
        kept.push((await serve(counter, { ...haircut(), item }, shop.holder)).voucher);
      }
      await counter.till.settler.settleNow([shop.cards.count]);
      const settled = (await counter.client.history.lastSettlement(shop.cards.count))!.args.receipt;
      for (const { receipt, item, salt, cumulative } of kept) {
        const proof = await counter.till.proveConsumption(shop.cards.count, receipt, settled);
        expect(verifyConsumption(proof, settled)).to.be.true;
        expect(proof.link).to.deep.equal({ cumulative, itemHash: hashItem(salt, item) });
        expect(verifyConsumption({ ...proof, link: { ...proof.link, cumulative: cumulative + 1n } }, settled)).to.be
          .false;
      }
    });

    it("leads to the newest receipt unless another is given, and to that alone", async () => {
      const one = await serve(counter, haircut(), shop.holder);
      const two = await serve(counter, haircut(), shop.holder);
      const proof = await counter.till.proveConsumption(shop.cards.count, one.voucher.receipt);
      expect(proof.settles).to.equal(two.voucher.receipt);
      const early = await counter.till.proveConsumption(shop.cards.count, one.voucher.receipt, one.voucher.receipt);
      expect(early.later).to.deep.equal([]);
      const prove = (receipt: string, settled?: string) =>
        rejectionOf(counter.till.proveConsumption(shop.cards.count, receipt, settled));
      expect(await prove(EMPTY_RECEIPT)).to.be.instanceOf(VoucherUnknownError);
      expect(await prove(two.voucher.receipt, one.voucher.receipt)).to.be.instanceOf(VoucherUnknownError);
    });

    it("proves visits on both sides of one that another till settled", async () => {
      const one = await serve(counter, haircut(), shop.holder);
      const voucher = await signVoucher(shop.escrow, shop.holder, shop.cards.count, 5n);
      await shop.escrow.connect(shop.operator).settle(shop.merchantId, [voucher]);
      const two = await serve(counter, haircut(), shop.holder);
      const first = await counter.till.proveConsumption(shop.cards.count, one.voucher.receipt);
      expect(first.settles).to.equal(one.voucher.receipt);
      const second = await counter.till.proveConsumption(shop.cards.count, two.voucher.receipt);
      expect(second.previous).to.equal(voucher.receipt);
      expect(verifyConsumption(second, second.settles)).to.be.true;
    });
  });

  it("refuses the book of another merchant", async () => {
    const refusal = await rejectionOf(openCounter({ ...shop, merchantId: shop.secondId }, { store: counter.store }));
    expect(refusal).to.be.instanceOf(BookMismatchError);
    await openCounter(shop, { store: counter.store });
  });

  it("finds its book as it was after a restart", async () => {
    const store = new MemoryTillStore();
    await serve(await openCounter(shop, { store }), haircut(), shop.holder);
    await advance(60n);
    const again = await openCounter(shop, { store });
    expect((await again.till.requestConsumption(haircut())).cumulative).to.equal(2n);
    expect((await again.till.card(shop.cards.count))?.principal).to.equal(1_200n * TOKEN);
  });
});
