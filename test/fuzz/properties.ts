import { ZeroAddress, ZeroHash } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import type { EscrowEvent, EscrowEventArgs, EscrowEventName } from "../../src/contracts/events.js";
import { ledgerState } from "../../src/ledger/eventLedger.js";
import type { TimedEvent } from "../../src/ledger/eventLedger.js";
import type { CardView, ExitQuote, MerchantView } from "../../src/contracts/views.js";
import { ExitRule } from "../../src/contracts/enums.js";
import { DAY } from "../helpers/fixture.js";
import type { FuzzRun } from "./handlers.js";
import { hold } from "./promise.js";
import { RefundPromise } from "./refundPromise.js";
import { allCards, nameFields } from "./run.js";
import type { Watcher } from "./run.js";
import { same, show } from "./stage.js";
import type { Call, Outcome, Stage } from "./stage.js";

/** Rules by which a request to leave is executed when its own time has come. */
const BY_REQUEST: readonly bigint[] = [ExitRule.CoolingOff, ExitRule.Unilateral, ExitRule.NoObjection];

/*
 * What must always hold, checked on the chain's own answers and on what its events have said: the model has no say here. Each
 * check carries the number that the design gives it.
 */

interface Ghost {
  readonly merchantId: bigint;
  principal: bigint;
  released: bigint;
  refunded: bigint;
  consumed: bigint;
}

interface MerchantGhost {
  readonly vault: string;
  payout: string;
  nextPayout?: { readonly to: string; readonly at: bigint };
  purchases: bigint;
  paidOut: bigint;
  refunds: bigint;
  released: bigint;
  /** Of the flag that is up. */
  windowEndsAt?: bigint;
}

/** What is done about an event, by its name. */
type Takers = {
  readonly [Name in EscrowEventName]?: (args: EscrowEventArgs<Name>, timestamp: bigint) => void;
};

/** A ledger of what the events have said. */
export class Promises implements Watcher {
  readonly #merchants = new Map<bigint, MerchantGhost>();
  readonly #cards = new Map<string, Ghost>();
  readonly #vaults = new Set<string>();
  readonly #booked = new Set<string>();
  #read = 0;
  /** How often each promise was looked at. */
  readonly looked = new Map<number, number>();
  readonly #refunds = new RefundPromise((number) => {
    this.#look(number);
  });

  #look(number: number): void {
    this.looked.set(number, (this.looked.get(number) ?? 0) + 1);
  }

  after(outcome: Outcome, run: FuzzRun): void {
    const { stage } = run;
    // The beginning of a run is told of by its events alone.
    while (this.#read < stage.events.length) this.#take(stage.events[this.#read++]!);
    this.#payments(outcome, stage);
    this.#vouchers(outcome);
  }

  readonly #takers: Takers = {
    MerchantRegistered: (args) => {
      this.#merchants.set(args.merchantId, {
        vault: args.vault,
        payout: args.payout,
        purchases: 0n,
        paidOut: 0n,
        refunds: 0n,
        released: 0n,
      });
      this.#vaults.add(args.vault);
    },
    PayoutChangeStarted: (args, timestamp) => {
      const m = this.#merchants.get(args.merchantId)!;
      m.payout = payoutOf(m, timestamp);
      m.nextPayout = { to: args.payout, at: args.effectiveAt };
    },
    PayoutChangeCancelled: (args) => {
      delete this.#merchants.get(args.merchantId)!.nextPayout;
    },
    DefaultFlagged: (args) => {
      this.#merchants.get(args.merchantId)!.windowEndsAt = args.windowEndsAt;
    },
    DefaultWithdrawn: (args) => {
      delete this.#merchants.get(args.merchantId)!.windowEndsAt;
    },
    CardOpened: (args) => {
      this.#cards.set(args.cardId, {
        merchantId: args.merchantId,
        principal: args.principal,
        released: 0n,
        refunded: 0n,
        consumed: 0n,
      });
      this.#merchants.get(args.merchantId)!.purchases += args.principal;
    },
    CardMoved: (args) => {
      const ghost = this.#cards.get(args.cardId)!;
      this.#cards.set(args.newCardId, { ...ghost });
      // Nothing is left under the old id.
      ghost.refunded = ghost.principal - ghost.released;
    },
    ConsumptionSettled: (args) => {
      this.#consume(args);
    },
    PassAccrued: (args) => {
      this.#consume(args);
    },
    CardRefunded: (args) => {
      const ghost = this.#cards.get(args.cardId)!;
      ghost.released += args.released;
      ghost.refunded += args.refunded;
      const m = this.#merchants.get(args.merchantId)!;
      m.released += args.released;
      m.refunds += args.refunded;
    },
    PaidOut: (args, timestamp) => {
      const m = this.#merchants.get(args.merchantId)!;
      m.paidOut += args.amount;
      hold(5, m.paidOut <= m.released, `merchant ${args.merchantId} was paid ${m.paidOut} of ${m.released} earned`);
      hold(
        5,
        m.paidOut <= m.released,
        `merchant ${args.merchantId} was paid ${m.paidOut} and had earned ${m.released}`,
      );
      this.#look(8);
      const inWindow = m.windowEndsAt !== undefined && timestamp < m.windowEndsAt;
      hold(8, !inWindow, `merchant ${args.merchantId} was paid ${args.amount} in its final window`);
      const balance = m.purchases - m.paidOut - m.refunds;
      hold(8, balance >= args.outstanding, `a payout left ${balance} for claims of ${args.outstanding}`);
    },
    VaultOpened: (args) => {
      this.#vaults.add(args.vault);
    },
    Withdrawn: (args) => {
      this.#look(12);
      hold(12, args.deposit >= args.required, `a withdrawal left ${args.deposit} of ${args.required}`);
    },
  };

  #consume(args: EscrowEventArgs<"ConsumptionSettled" | "PassAccrued">): void {
    const ghost = this.#cards.get(args.cardId)!;
    this.#look(6);
    hold(
      6,
      args.cumulative >= ghost.consumed,
      `${args.cardId} was consumed to ${args.cumulative} after ${ghost.consumed}`,
    );
    ghost.consumed = args.cumulative;
    ghost.released += args.released;
    this.#merchants.get(args.merchantId)!.released += args.released;
  }

  #take(event: TimedEvent): void {
    const taker = this.#takers[event.name] as ((args: EscrowEvent["args"], timestamp: bigint) => void) | undefined;
    taker?.(event.args, event.timestamp);
    this.#refunds.take(event);
  }

  /** Whatever leaves an escrow vault is a payout to the payout address, or a refund to the holder or whom the holder named. */
  #payments({ call, said, events }: Outcome, stage: Stage): void {
    const due: string[] = [];
    for (const { name, args, timestamp } of events) {
      if (name === "PaidOut") {
        const m = this.#merchants.get(args.merchantId)!;
        hold(10, args.payout === payoutOf(m, timestamp), `a payout went to ${args.payout}`);
        if (args.amount !== 0n) due.push(`${m.vault} ${args.payout} ${args.amount}`);
      }
      if (name !== "CardRefunded") continue;
      const { holder } = decodeCardId(args.cardId);
      const byHolder = call.name === "executeExitTo" && call.sender === holder && call.args[1] === args.recipient;
      hold(10, args.recipient === holder || byHolder, `a refund of ${args.cardId} went to ${args.recipient}`);
      const { vault } = this.#merchants.get(args.merchantId)!;
      if (args.refunded !== 0n) due.push(`${vault} ${args.recipient} ${args.refunded}`);
    }
    const vaults = new Set([...this.#merchants.values()].map(({ vault }) => vault));
    const left = said
      .filter(({ name, args }) => name === "Transfer" && vaults.has(args.from as string))
      .map(({ args }) => `${String(args.from)} ${String(args.to)} ${String(args.value)}`);
    if (left.length > 0) this.#look(10);
    hold(10, same(left.toSorted(), due.toSorted()), `left vaults: ${show(left)}; due: ${show(due)}`);
    if (call.to !== "register") return;
    // 12. Nothing of the register takes the money of cards. A claimant who names an escrow vault as recipient gives it a present.
    const touched = said.some(({ args }) => vaults.has(args.from as string));
    hold(12, !touched, `${call.name} moved tokens of an escrow vault of ${stage.set.addresses.escrow}`);
  }

  /** A voucher that was booked once is booked no more. */
  #vouchers({ said }: Outcome): void {
    for (const { name, args } of said) {
      if (name !== "ConsumptionSettled") continue;
      const voucher = `${String(args.cardId)} ${String(args.cumulative)} ${String(args.receipt)}`;
      this.#look(7);
      hold(7, !this.#booked.has(voucher), `voucher ${voucher} was booked twice`);
      this.#booked.add(voucher);
    }
  }

  /* FROM TIME TO TIME */

  async now(run: FuzzRun): Promise<void> {
    const { stage } = run;
    const ids = allCards(stage);
    const cards = new Map<string, { readonly card: CardView; readonly remaining: bigint }>();
    const answers = await stage.ask(
      "escrow",
      ids.flatMap((id) => [["card", id] as const, ["remaining", id] as const]),
    );
    ids.forEach((id, i) => {
      const card = nameFields("card", answers[2 * i]) as CardView;
      cards.set(id, { card, remaining: answers[2 * i + 1] as bigint });
    });
    const programs = new Map<bigint, { readonly merchantId: bigint; readonly units: bigint; readonly kind: bigint }>();
    const programIds = [...new Set(ids.map((id) => decodeCardId(id).programId))];
    const views = await stage.ask(
      "escrow",
      programIds.map((id) => ["program", id] as const),
    );
    programIds.forEach((id, i) => programs.set(id, views[i] as never));

    const remainingOf = new Map<bigint, bigint>();
    for (const [cardId, { card, remaining }] of cards) {
      const { merchantId, units } = programs.get(decodeCardId(cardId).programId)!;
      remainingOf.set(merchantId, (remainingOf.get(merchantId) ?? 0n) + remaining);
      const ghost = this.#cards.get(cardId)!;
      this.#look(3);
      const all = ghost.released + ghost.refunded + remaining;
      hold(
        3,
        all === ghost.principal,
        `${cardId}: released and refunded and remaining are ${all} of ${ghost.principal}`,
      );
      if (card.status === "None") continue;
      hold(
        6,
        card.consumed >= ghost.consumed,
        `${cardId}: consumption fell from ${ghost.consumed} to ${card.consumed}`,
      );
      const face = units === 0n ? card.principal : units;
      hold(6, card.consumed <= face, `${cardId}: consumed ${card.consumed} of ${face}`);
    }
    await this.#money(stage, remainingOf);
    await this.#registerMoney(stage);
    await this.#oneRate(run);
    await this.#fold(stage, cards);
    await this.#lastVisit(run, cards);
    await this.#refunds.now(run);
  }

  async #money(stage: Stage, remainingOf: ReadonlyMap<bigint, bigint>): Promise<void> {
    for (const [id, m] of this.#merchants) {
      const [pool, merchant] = (await stage.ask("escrow", [
        ["pool", id],
        ["merchant", id],
      ])) as [{ readonly outstanding: bigint; readonly balance: bigint }, { readonly token: string }];
      const [held] = (await stage.ask(targetOf(stage, merchant.token), [["balanceOf", m.vault]])) as [bigint];
      const { outstanding, balance } = pool;
      for (const number of [1, 2, 4, 5]) this.#look(number);
      hold(1, held >= balance, `merchant ${id}: the vault holds ${held} of ${balance}`);
      const remaining = remainingOf.get(id) ?? 0n;
      hold(2, outstanding === remaining, `merchant ${id}: outstanding is ${outstanding}, its cards hold ${remaining}`);
      const accounted = m.purchases - m.paidOut - m.refunds;
      hold(3, balance === accounted, `merchant ${id}: balance is ${balance}, what came and went leaves ${accounted}`);
      hold(4, balance >= outstanding, `merchant ${id}: ${balance} lies there for ${outstanding}`);
      hold(5, m.paidOut <= m.released, `merchant ${id} was paid ${m.paidOut} and had earned ${m.released}`);
      const [releasable] = (await stage.ask("escrow", [["releasable", id]])) as [bigint];
      hold(5, releasable === m.released - m.paidOut, `merchant ${id}: releasable is ${releasable}`);
    }
  }

  async #registerMoney(stage: Stage): Promise<void> {
    for (const id of this.#merchants.keys()) {
      const [deposit, surety, distribution] = (await stage.ask("register", [
        ["depositOf", id],
        ["surety", id],
        ["distribution", id],
      ])) as [
        { readonly deposit: bigint; readonly vault: string },
        { readonly amount: bigint; readonly vault: string },
        { readonly claims: bigint; readonly paid: bigint; readonly root: string; readonly funded: bigint },
      ];
      const [merchant] = (await stage.ask("escrow", [["merchant", id]])) as [{ readonly token: string }];
      const [held, suretyHeld] = (await stage.ask(targetOf(stage, merchant.token), [
        ["balanceOf", deposit.vault],
        ["balanceOf", surety.vault],
      ])) as [bigint, bigint];
      hold(1, held >= deposit.deposit, `deposit of merchant ${id}: the vault holds ${held} of ${deposit.deposit}`);
      hold(
        1,
        suretyHeld >= surety.amount,
        `surety of merchant ${id}: the vault holds ${suretyHeld} of ${surety.amount}`,
      );
      const { paid, claims, root } = distribution;
      if (root === ZeroHash) continue;
      this.#look(12);
      hold(12, paid <= claims, `merchant ${id}: claims of ${claims} were paid ${paid}`);
    }
  }

  /** 12: whoever claims is paid at one rate: the totals of any two claims differ by less than a base unit from it. */
  async #oneRate({ stage, lists }: FuzzRun): Promise<void> {
    for (const id of this.#merchants.keys()) {
      const [distribution] = (await stage.ask("register", [["distribution", id]])) as [
        { readonly root: string; readonly opensAt: bigint },
      ];
      const lines = lists.get(distribution.root);
      if (lines === undefined || stage.now < distribution.opensAt) continue;
      const quotes = await stage.whatIf(async () => {
        const told = lines.map((line) => ({ ...line, provesRoot: distribution.root }));
        const sender = stage.set.people.stranger;
        const at = stage.now + 1n;
        await stage.play({ to: "register", name: "claimMany", sender, args: [id, lines], told: [id, told], at });
        return (await stage.ask(
          "register",
          lines.map(({ index, account, amount }) => ["quoteClaim", id, index, account, amount] as const),
        )) as (readonly [paid: bigint, due: bigint])[];
      });
      // Who is refused by the token, or comes after the published sum is reached, has not been paid.
      const paid = lines.flatMap(({ amount }, i) => {
        const [had, due] = quotes[i]!;
        return had > 0n && due === 0n ? [{ amount, had }] : [];
      });
      for (const one of paid) {
        for (const other of paid) {
          this.#look(12);
          const difference = one.had * other.amount - other.had * one.amount;
          const fair = difference < one.amount && difference > -other.amount;
          hold(12, fair, `merchant ${id}: ${one.had} of ${one.amount}, but ${other.had} of ${other.amount}`);
        }
      }
    }
  }

  /** The end, whatever happened before: after a flag and its window everybody has the money that was left. */
  async end(run: FuzzRun): Promise<void> {
    const { stage } = run;
    const play = async (call: Pick<Call, "name" | "sender" | "args"> & Partial<Call>): Promise<Outcome> => {
      const outcome = await stage.play({ to: "escrow", at: stage.now + 1n, ...call });
      this.after(outcome, run);
      return outcome;
    };
    const { regulator, stranger, admin } = stage.set.people;
    for (const id of this.#merchants.keys()) {
      await play({ name: "flagDefault", sender: regulator, args: [id, stage.now, ZeroHash] });
    }
    for (const account of [...stage.set.rich, stage.set.people.payout, stage.set.people.secondPayout]) {
      const value = account === stage.set.people.blockedHolder;
      await play({ to: "blockingToken", name: "setBlocked", sender: admin, args: [account, value] });
    }
    // The longest window there is.
    stage.now += 30n * DAY;
    for (const [id, m] of this.#merchants) {
      const mine = allCards(stage).filter((cardId) => this.#cards.get(cardId)?.merchantId === id);
      for (let i = 0; i < mine.length; i += 40) {
        await play({ name: "refundCards", sender: stranger, args: [id, mine.slice(i, i + 40)] });
      }
      for (const cardId of mine) {
        // Whom the token refuses.
        const { holder } = decodeCardId(cardId);
        if (holder === stage.set.people.blockedHolder) {
          await play({ name: "executeExitTo", sender: holder, args: [cardId, stranger] });
        }
      }
      await play({ name: "payOut", sender: stranger, args: [id] });
      const [pool] = (await stage.ask("escrow", [["pool", id]])) as [
        { readonly outstanding: bigint; readonly balance: bigint },
      ];
      hold(9, pool.outstanding === 0n, `merchant ${id}: ${pool.outstanding} is outstanding at the end`);
      const left = m.purchases - m.paidOut - m.refunds;
      hold(3, pool.balance === left, `merchant ${id}: ${pool.balance} lies there at the end, not ${left}`);
    }
    this.#look(9);
  }

  async #fold(
    stage: Stage,
    cards: ReadonlyMap<string, { readonly card: CardView; readonly remaining: bigint }>,
  ): Promise<void> {
    const folded = ledgerState(stage.events, stage.now);
    this.#look(11);
    const compare = (what: string, told: unknown, read: unknown): void => {
      hold(11, same(told, read), `${what}\nevents: ${show(told)}\nchain: ${show(read)}`);
    };
    for (const [cardId, { card, remaining }] of cards) {
      const [dispute, move, quote] = (await stage.ask("escrow", [
        ["dispute", cardId],
        ["pendingMove", cardId],
        ["quoteExit", cardId],
      ])) as [unknown, unknown, Omit<ExitQuote, "rule"> & { readonly rule: bigint }];
      const told = folded.cards.get(cardId);
      if (told === undefined) {
        compare(`card ${cardId}`, "None", card.status);
        continue;
      }
      compare(`card ${cardId}`, told.card, card);
      compare(`remaining of ${cardId}`, told.remaining, remaining);
      compare(`dispute of ${cardId}`, told.dispute, nameFields("dispute", dispute));
      compare(`move of ${cardId}`, told.move, move);
      // A closing or a flag has dates of its own.
      if (told.exit.lapsesAt !== 0n && BY_REQUEST.includes(quote.rule)) {
        const { executableAt, lapsesAt } = quote;
        compare(`exit of ${cardId}`, told.exit, { executableAt, lapsesAt });
      }
    }
    for (const [id, { merchant, pool, warnings, operators }] of folded.merchants) {
      const [view, poolView, releasable, standing] = await stage.ask("escrow", [
        ["merchant", id],
        ["pool", id],
        ["releasable", id],
        ["warnings", id],
      ]);
      compare(`merchant ${id}`, merchant, nameFields("merchant", view));
      compare(`pool of ${id}`, pool, { ...(poolView as object), releasable });
      compare(`warnings about ${id}`, warnings, nameFields("warnings", standing));
      const people = Object.values(stage.set.people);
      const isOperator = await stage.ask(
        "escrow",
        people.map((person) => ["isOperator", id, person] as const),
      );
      compare(
        `operators of ${id}`,
        people.map((person) => operators.has(person)),
        isOperator,
      );
      const account = folded.accounts.get(id)!;
      const [rule, deposit, surety, distribution, deposited] = await stage.ask("register", [
        ["rule", id],
        ["depositOf", id],
        ["surety", id],
        ["distribution", id],
        ["warnings", id],
      ]);
      compare(`rule of ${id}`, account.rule, rule);
      compare(`deposit of ${id}`, account.deposit, withVault(deposit, account.deposit.vault));
      compare(`surety of ${id}`, account.surety, withVault(surety, account.surety.vault));
      compare(`distribution of ${id}`, account.distribution, distribution);
      compare(`the register's warnings about ${id}`, account.warnings, nameFields("warnings", deposited));
    }
    for (const [programId, program] of folded.programs) {
      const [view] = await stage.ask("escrow", [["program", programId]]);
      compare(`program ${programId}`, program, nameFields("program", view));
    }
    for (const [holder, account] of folded.recoveries) {
      const [recovery] = await stage.ask("escrow", [["recoveryOf", holder]]);
      compare(`recovery address of ${holder}`, account, recovery);
    }
  }

  /** 13: a visit signed before a pending delay ends is booked in the last second of it, whatever the holder does meanwhile. */
  async #lastVisit(run: FuzzRun, cards: ReadonlyMap<string, { readonly card: CardView }>): Promise<void> {
    const { stage, random } = run;
    for (const [cardId, { card }] of cards) {
      const { holder, programId } = decodeCardId(cardId);
      if (card.status !== "Open" || !stage.set.keys.has(holder)) continue;
      const [quote, move, program] = (await stage.ask("escrow", [
        ["quoteExit", cardId],
        ["pendingMove", cardId],
        ["program", programId],
      ])) as [ExitQuote, { readonly executableAt: bigint }, { merchantId: bigint; kind: bigint; units: bigint }];
      const dueAt = card.exitRequestedAt !== 0n ? quote.executableAt : move.executableAt;
      const face = program.units === 0n ? card.principal : program.units;
      if (dueAt < stage.now + 6n || program.kind === 2n || card.consumed >= face) continue;
      const { merchantId } = program;
      const [merchant] = (await stage.ask("escrow", [["merchant", merchantId]])) as [MerchantView];
      const status = nameFields("merchant", merchant) as MerchantView;
      if (status.status === "Defaulted" || status.status === "Closed") continue;
      const [operates] = await stage.ask("escrow", [["isOperator", merchantId, stage.set.people.operator]]);
      if (operates !== true) continue;
      const voucher = { cardId, cumulative: card.consumed + 1n, receipt: ZeroHash, signedBy: holder };
      this.#look(13);
      const { said } = await stage.whatIf(async () => {
        // The holder does all it can.
        const tricks = [
          ["cancelExit", [cardId]],
          ["requestExit", [cardId]],
          ["executeExit", [cardId]],
          ["executeExitTo", [cardId, stage.set.people.stranger]],
          ["requestMove", [cardId, stage.set.people.stranger]],
          ["executeMove", [cardId, 0n]],
          ["complain", [cardId, ZeroHash]],
          ["setRecovery", [ZeroAddress]],
        ] as const;
        for (let i = 0n; i < 4n; i++) {
          const [name, args] = random.pick(tricks);
          await stage.play({ to: "escrow", name, sender: holder, args, at: stage.now + 1n });
        }
        const args = [merchantId, [stage.signVoucher(voucher)]];
        const told = [merchantId, [voucher]];
        const sender = stage.set.people.operator;
        return await stage.play({ to: "escrow", name: "settle", sender, args, told, at: dueAt - 1n });
      });
      const booked = said.some(({ name, args }) => name === "ConsumptionSettled" && args.cardId === cardId);
      hold(13, booked, `a visit on ${cardId} was not booked at ${dueAt - 1n}: ${show(said)}`);
      return;
    }
  }
}

function payoutOf(m: MerchantGhost, now: bigint): string {
  return m.nextPayout !== undefined && now >= m.nextPayout.at ? m.nextPayout.to : m.payout;
}

function targetOf(stage: Stage, token: string): "plainToken" | "blockingToken" {
  return token === stage.set.addresses.plainToken ? "plainToken" : "blockingToken";
}

/** The chain knows where a vault would be before there is one. */
function withVault(view: unknown, vault: string): unknown {
  return vault === ZeroAddress ? { ...(view as object), vault } : view;
}
