import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { decodeEvents, isEvent } from "../../src/contracts/events.js";
import type { EscrowEvent } from "../../src/contracts/events.js";
import { EventLedger, ledgerState, needsTime } from "../../src/ledger/eventLedger.js";
import type { TimedEvent } from "../../src/ledger/eventLedger.js";
import { plain } from "../../src/utils/results.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { EVIDENCE, runOff } from "../helpers/leaving.js";
import { deployRegister, flag, listOf, pay, placeSurety, publish, report, setRule } from "../helpers/register.js";
import type { RegisterShop } from "../helpers/register.js";

/* Random runs compare all state with the events; here is what a user of the package meets. */

/** All events of both contracts. */
async function untimedEventsOf({ escrow, register }: RegisterShop): Promise<EscrowEvent[]> {
  const address = [await escrow.getAddress(), await register.getAddress()];
  return decodeEvents(await ethers.provider.getLogs({ address, fromBlock: 0 }));
}

/** All events of both contracts with the times of their blocks. */
async function eventsOf(shop: RegisterShop): Promise<TimedEvent[]> {
  const timed: TimedEvent[] = [];
  for (const event of await untimedEventsOf(shop)) {
    const block = await ethers.provider.getBlock(event.blockNumber);
    timed.push({ ...event, timestamp: BigInt(block!.timestamp) });
  }
  return timed;
}

describe("The state from events", () => {
  it("has cards, pools, disputes and moves as the contracts return them", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, other, operator, regulator, programs, merchantId } = shop;
    const visited = await buyCard(shop, { program: programs.count });
    const moved = await buyCard(shop, { program: programs.plan });
    const disputed = await buyCard(shop, { program: programs.open });
    await advance(7n * DAY);
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, visited, 3n)]);
    await escrow.connect(holder).requestMove(moved, other);
    await escrow.connect(holder).complain(disputed, EVIDENCE);
    await escrow.connect(holder).requestExit(visited);
    await escrow.connect(regulator).suspend(merchantId, EVIDENCE);

    const state = ledgerState(await eventsOf(shop), await now());

    expect(state.cards.get(visited)!.card).to.include({ status: "Open", consumed: 3n, nonce: 1n });
    expect(state.cards.get(visited)!.card.exitRequestedAt).to.equal((await escrow.card(visited)).exitRequestedAt);
    expect(state.cards.get(visited)!.remaining).to.equal(1_020n * TOKEN);
    expect(state.cards.get(moved)!.move).to.deep.equal(plain(await escrow.pendingMove(moved)));
    expect(state.cards.get(disputed)!.dispute).to.include({ kind: "Complaint", value: 1_000n * TOKEN });
    const { executableAt, lapsesAt } = await escrow.quoteExit(visited);
    expect(state.cards.get(visited)!.exit).to.deep.equal({ executableAt, lapsesAt });
    expect(state.cards.get(moved)).to.deep.include({ merchantId, exit: { executableAt: 0n, lapsesAt: 0n } });
    const { merchant, pool, operators, openCards } = state.merchants.get(merchantId)!;
    expect(openCards).to.equal(3);
    expect(merchant).to.include({ status: "Suspended", complaintCount: 1n, complaintValue: 1_000n * TOKEN });
    const { outstanding, balance } = await escrow.pool(merchantId);
    expect(pool).to.deep.equal({ outstanding, balance, releasable: 180n * TOKEN, outstandingCap: 0n });
    expect(operators).to.deep.equal(new Set([operator.address]));
    expect(state.programs.size).to.equal(4);
  });

  it("has what has lapsed by the requested time", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, regulator, programs, merchantId } = shop;
    const card = await buyCard(shop, { program: programs.count });
    await escrow.connect(holder).requestExit(card);
    const requestedAt = await now();
    await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
    const events = await eventsOf(shop);

    const exitAt = (moment: bigint) => ledgerState(events, moment).cards.get(card)!.card.exitRequestedAt;
    expect(exitAt(requestedAt + 10n * DAY - 1n)).to.equal(requestedAt);
    expect(exitAt(requestedAt + 10n * DAY)).to.equal(0n);
    const statusAt = (moment: bigint) => ledgerState(events, moment).merchants.get(merchantId)!.merchant.status;
    const { suspendedUntil } = await escrow.merchant(merchantId);
    expect(statusAt(suspendedUntil - 1n)).to.equal("Suspended");
    expect(statusAt(suspendedUntil)).to.equal("Active");
  });

  /** A pass, its complaint and its extensions as the contracts' views have them. */
  async function expectSame(shop: RegisterShop, cardId: string): Promise<void> {
    await networkHelpers.mine();
    const { card, dispute, move } = ledgerState(await eventsOf(shop), await now()).cards.get(cardId)!;
    const { status, ...view } = plain(await shop.escrow.card(cardId)) as Record<string, unknown>;
    expect(status).to.equal(1n);
    expect(card).to.deep.equal({ ...view, status: "Open" });
    const { kind, ...times } = plain(await shop.escrow.dispute(cardId)) as Record<string, unknown>;
    expect(dispute).to.deep.equal({ ...times, kind: ["None", "Complaint", "Contest"][Number(kind)] });
    expect(move).to.deep.equal(plain(await shop.escrow.pendingMove(cardId)));
  }

  it("tells that a request to leave a pass does not lapse", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const pass = await buyCard(shop, { program: shop.programs.pass });
    await shop.escrow.connect(shop.holder).requestExit(pass);
    const requestedAt = await now();
    const exitAt = async (moment: bigint) => ledgerState(await eventsOf(shop), moment).cards.get(pass)!;
    for (const later of [0n, 10n * DAY, 300n * DAY]) {
      const { card, exit } = await exitAt(requestedAt + later);
      expect(card.exitRequestedAt).to.equal(requestedAt);
      expect(exit).to.deep.equal({ executableAt: requestedAt + 5n * DAY, lapsesAt: 0n });
    }
    await advance(300n * DAY);
    await expectSame(shop, pass);
  });

  it("moves the start of an extended pass, and keeps a cooling-off over that was over", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, operator, programs } = shop;
    const early = await buyCard(shop, { program: programs.pass });
    const openedAt = await now();
    await escrow.connect(operator).extendPasses([early], 3n * DAY);
    await expectSame(shop, early);
    const { card } = ledgerState(await eventsOf(shop), await now()).cards.get(early)!;
    expect(card).to.include({ openedAt: openedAt + 3n * DAY, coolingOffOver: false });

    // One second before cooling-off ends, and at its end.
    for (const [time, coolingOffOver] of [
      [openedAt + 10n * DAY - 1n, false],
      [openedAt + 20n * DAY, true],
    ] as const) {
      await at(time);
      await escrow.connect(operator).extendPasses([early], 10n * DAY);
      await expectSame(shop, early);
      expect(ledgerState(await eventsOf(shop), await now()).cards.get(early)!.card.coolingOffOver).to.equal(
        coolingOffOver,
      );
    }
  });

  it("prolongs cooling-off by the time under a withdrawn flag", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, operator, regulator, programs, merchantId } = shop;
    const passes = [await buyCard(shop, { program: programs.pass }), await buyCard(shop, { program: programs.pass })];
    const openedAt = await now();
    await escrow.connect(regulator).flagDefault(merchantId, openedAt, EVIDENCE);
    const flaggedAt = await now();
    await advance(3n * DAY);
    await escrow.connect(regulator).withdrawDefault(merchantId);
    const pause = (await now()) - flaggedAt;
    // The first is extended one second before its cooling-off ends, the second at its end.
    for (const [i, pass] of passes.entries()) {
      const end = (await escrow.card(pass)).openedAt + 7n * DAY + pause;
      await at(i === 0 ? end - 1n : end);
      await escrow.connect(operator).extendPasses([pass], DAY);
      await expectSame(shop, pass);
      expect((await escrow.card(pass)).coolingOffOver).to.equal(i === 1);
    }
  });

  it("keeps over a cooling-off that a policy does not have", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const policyId = await anotherPolicy(shop, { coolingOff: 0n });
    const merchantId = await anotherMerchant(shop, { policyId });
    const terms = { kind: 2n, price: 100n * TOKEN, units: 100n * DAY, listPrice: 100n * TOKEN };
    const program = await anotherProgram(shop, terms, merchantId);
    const pass = await buyCard(shop, { program, startsAt: (await now()) + 10n * DAY });
    await shop.escrow.connect(shop.operator).extendPasses([pass], DAY);
    await expectSame(shop, pass);
    expect((await shop.escrow.card(pass)).coolingOffOver).to.equal(true);
  });

  it("ends complaints without a ruling, with the wait for the next one", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, stranger, association, programs } = shop;
    const [taken, ended, extended] = [
      await buyCard(shop, { program: programs.pass }),
      await buyCard(shop, { program: programs.pass }),
      await buyCard(shop, { program: programs.pass }),
    ];
    await advance(7n * DAY);
    for (const card of [taken, ended, extended]) await escrow.connect(holder).complain(card, EVIDENCE);
    await escrow.connect(holder).requestExit(taken);
    await expectSame(shop, taken);
    await advance(6n * DAY);
    await escrow.connect(association).resolveByExtension(extended, 30n * DAY, EVIDENCE);
    await expectSame(shop, extended);
    const { rulingUntil } = await escrow.dispute(ended);
    await at(rulingUntil + 5n * DAY);
    await escrow.connect(stranger).endComplaint(ended);
    await expectSame(shop, ended);
    const { cards, merchants } = ledgerState(await eventsOf(shop), await now());
    expect(cards.get(taken)!.dispute.complaintFrom).to.be.greaterThan(0n);
    expect(cards.get(ended)!.dispute.complaintFrom).to.equal((await escrow.dispute(ended)).complaintFrom);
    expect(cards.get(extended)!.dispute.complaintFrom).to.equal(0n);
    expect(merchants.get(shop.merchantId)!.merchant.complaintCount).to.equal(0n);
  });

  it("ends an old request to leave a pass when its recovery address asks to move it", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, other, payer, programs } = shop;
    await escrow.connect(holder).setRecovery(other);
    const pass = await buyCard(shop, { program: programs.pass });
    const later = await buyCard(shop, { program: programs.pass, startsAt: (await now()) + 29n * DAY });
    for (const card of [pass, later]) await escrow.connect(holder).requestExit(card);
    await advance(11n * DAY);
    for (const card of [pass, later]) {
      await escrow.connect(other).requestMove(card, payer);
      await expectSame(shop, card);
      expect((await escrow.card(card)).exitRequestedAt).to.equal(0n);
    }
  });

  it("extends a pass by the time of a contest that was dismissed", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, operator, association, programs } = shop;
    const policyId = await anotherPolicy(shop, { feePriceBps: 1_000n });
    const merchantId = await anotherMerchant(shop, { policyId });
    const terms = { kind: 2n, price: 3_650n * TOKEN, units: 365n * DAY, listPrice: 3_650n * TOKEN };
    const pass = await buyCard(shop, { program: await anotherProgram(shop, terms, merchantId) });
    expect(programs.pass).to.not.equal(0n);
    await advance(8n * DAY);
    await escrow.connect(holder).requestExit(pass);
    await escrow.connect(operator).contestExit(pass, EVIDENCE);
    await expectSame(shop, pass);
    await advance(6n * DAY);
    await escrow.connect(association).resolve(pass, false, 0n, EVIDENCE);
    await expectSame(shop, pass);
  });

  it("tells which programs are free of fees", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const policyId = await anotherPolicy(shop, { coolingOffFeeBps: 100n });
    const merchantId = await anotherMerchant(shop, { policyId });
    const terms = { kind: 1n, price: 100n, units: 10n, listPrice: 100n };
    const charged = await anotherProgram(shop, terms, merchantId);
    const free = await anotherProgram(shop, { ...terms, feeFree: true }, merchantId);
    const { programs } = ledgerState(await eventsOf(shop), await now());
    for (const program of [shop.programs.count, charged, free]) {
      expect(programs.get(program)!.feeFree).to.equal((await shop.escrow.program(program)).feeFree);
    }
    expect([programs.get(charged)!.feeFree, programs.get(free)!.feeFree]).to.deep.equal([false, true]);
  });

  it("forgets cards that were deleted, and keeps those that closed", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, operator, regulator, stranger, programs, merchantId } = shop;
    const closed = await buyCard(shop, { program: programs.count });
    const deleted = await buyCard(shop, { program: programs.count });
    await escrow.connect(operator).refundCard(closed);
    await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
    await advance(7n * DAY);
    await escrow.connect(stranger).refundCards(merchantId, [deleted]);

    const { cards } = ledgerState(await eventsOf(shop), await now());
    expect(cards.get(closed)!.card.status).to.equal("Closed");
    expect(cards.has(deleted)).to.equal(false);
  });

  it("needs the time of a block where an event has no time, and names the event", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const card = await buyCard(shop, { program: shop.programs.count });
    const { noticeEndsAt } = await runOff(shop);
    await at(noticeEndsAt);
    await shop.escrow.refundCards(shop.merchantId, [card]);
    const events = await eventsOf(shop);
    const untimed = await untimedEventsOf(shop);
    expect(() => ledgerState(untimed, 0n)).to.throw(RangeError, /CardRefunded .* time of block \d+/);
    const timed = events.map((event, i) => (needsTime(event) ? event : untimed[i]!));
    expect(ledgerState(timed, await now())).to.deep.equal(ledgerState(events, await now()));
  });

  it("goes on with what happens next", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { escrow, holder, programs } = shop;
    const card = await buyCard(shop, { program: programs.count });
    const before = await eventsOf(shop);
    const ledger = new EventLedger();
    for (const event of before) ledger.apply(event);
    expect(ledger.at(await now())).to.deep.equal(ledgerState(before, await now()));
    await escrow.connect(holder).requestExit(card);
    const all = await eventsOf(shop);
    for (const event of all.slice(before.length)) ledger.apply(event);
    expect(ledger.at(await now())).to.deep.equal(ledgerState(all, await now()));
  });

  it("has the addresses of descriptions, which no view returns", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const events = await eventsOf(shop);
    const { merchants, programs, programURIs } = ledgerState(events, await now());
    const [registered] = events.filter((event) => isEvent(event, "MerchantRegistered"));
    expect(merchants.get(shop.merchantId)!.metadataURI).to.equal(registered!.args.metadataURI);
    expect([...programURIs.keys()]).to.deep.equal([...programs.keys()]);
    const published = events.filter((event) => isEvent(event, "ProgramPublished"));
    expect([...programURIs.values()]).to.deep.equal(published.map(({ args }) => args.terms.metadataURI));
  });

  it("has a register account, with the figures that wait", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, owner, merchantId } = shop;
    await setRule(shop, { bps0: 2_000n, reportDays: 30n });
    await report(shop, owner, 10_000n * TOKEN);
    await pay(shop, 1_500n * TOKEN);
    await placeSurety(shop, 200n * TOKEN);
    await report(shop, owner, 4_000n * TOKEN);
    const events = await eventsOf(shop);
    const reportedAt = await now();

    const { rule, deposit, surety, warnings } = ledgerState(events, reportedAt).accounts.get(merchantId)!;
    expect(rule).to.deep.equal(plain(await register.rule(merchantId)));
    expect(deposit).to.deep.equal(plain(await register.depositOf(merchantId)));
    expect(surety).to.deep.equal(plain(await register.surety(merchantId)));
    expect(warnings).to.deep.equal([{ kind: "DepositShort", level: "Warning" }]);

    // The lower figure comes into force by itself.
    await at(reportedAt + 30n * DAY);
    await networkHelpers.mine();
    const later = ledgerState(events, await now()).accounts.get(merchantId)!.deposit;
    expect(later).to.deep.equal(plain(await register.depositOf(merchantId)));
    expect(later.reported).to.equal(4_000n * TOKEN);
  });

  it("has since when a rule is in force and a surety bound without the time of any block", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { register, owner, holder, merchantId } = shop;
    await setRule(shop, { bps0: 2_000n, reportDays: 0n });
    await advance(10n * DAY);
    await setRule(shop, { bps0: 3_000n, reportDays: 30n });
    await pay(shop, 1n);
    await placeSurety(shop, 200n * TOKEN);
    await flag(shop);
    const list = listOf([{ account: holder.address, amount: 10n }]);
    await publish(shop, list);
    await register.connect(owner).objectToClaims(merchantId, list.root, EVIDENCE);
    const objectedAt = await now();
    const events = (await eventsOf(shop)).map((event) => ({ ...event, timestamp: 0n }));

    // The list that is asked for anew keeps the surety bound for 365 days: before and after they end.
    const bound: boolean[] = [];
    for (const moment of [objectedAt + 1n, objectedAt + 365n * DAY - 1n, objectedAt + 365n * DAY]) {
      await at(moment);
      await networkHelpers.mine();
      const { rule, surety, deposit } = ledgerState(events, moment).accounts.get(merchantId)!;
      expect(rule).to.deep.equal(plain(await register.rule(merchantId)));
      expect(surety).to.deep.equal(plain(await register.surety(merchantId)));
      expect(deposit).to.deep.equal(plain(await register.depositOf(merchantId)));
      bound.push(surety.bound);
    }
    expect(bound).to.deep.equal([true, true, false]);
  });

  it("has an account without any event as empty", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const { surety, deposit } = ledgerState(await eventsOf(shop), await now()).accounts.get(shop.merchantId)!;
    expect([surety.party, surety.vault, deposit.vault]).to.deep.equal([ZeroAddress, ZeroAddress, ZeroAddress]);
    expect(deposit.required).to.equal(0n);
  });

  it("throws where events are missing rather than answer without them", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    await buyCard(shop, { program: shop.programs.count });
    const events = await eventsOf(shop);
    const some = events.filter(({ name }) => name !== "MerchantRegistered");
    expect(() => ledgerState(some, 0n)).to.throw(RangeError);
  });
});
