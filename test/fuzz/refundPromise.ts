import { ZeroHash } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import { ExitRule } from "../../src/contracts/enums.js";
import type { EscrowEvent, EscrowEventArgs, EscrowEventName } from "../../src/contracts/events.js";
import type { ExitQuote } from "../../src/contracts/views.js";
import type { TimedEvent } from "../../src/ledger/eventLedger.js";
import { DAY } from "../helpers/fixture.js";
import { excess, max, min } from "../model/fraction.js";
import type { Policy } from "../model/state.js";
import type { FuzzRun } from "./handlers.js";
import { hold } from "./promise.js";
import type { Stage } from "./stage.js";

/*
 * Promise 14: what a closing pays, and what counts as the time of a pass. Checked on what events have said and on quotes of the
 * chain; the model has no say here.
 */

const NUMBER = 14;
const BPS = 10_000n;
const MAX_COOLING_OFF_SHARE = 60n * DAY;
const LATEST_START = 365n * DAY;

/** Cards that are looked at each time. */
const SOME = 3;

interface ProgramGhost {
  readonly policyId: bigint;
  readonly isPass: boolean;
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly feeFree: boolean;
}

interface MerchantGhost {
  suspendedUntil: bigint;
  inRunOff: boolean;
  /** Nothing is left of its cards. */
  closed: boolean;
  lastServiceAt?: bigint;
  /** The flag that is up. */
  flag?: { readonly flaggedAt: bigint; readonly stoppedAt: bigint };
  /** The flag that was taken back. */
  withdrawn?: { readonly from: bigint; readonly to: bigint };
}

interface CardGhost {
  readonly merchantId: bigint;
  readonly programId: bigint;
  readonly principal: bigint;
  /** When a pass began, moved by its extensions. */
  startsAt: bigint;
  /** Units that the holder has signed, and units that are booked: signed or counted. */
  signed: bigint;
  booked: bigint;
  coolingOffOver: boolean;
  open: boolean;
  /** The pending request to leave a pass, which does not lapse. */
  requestedAt?: bigint;
}

type Takers = {
  readonly [Name in EscrowEventName]?: (args: EscrowEventArgs<Name>, timestamp: bigint) => void;
};

export class RefundPromise {
  readonly #policies = new Map<bigint, Policy>();
  readonly #programs = new Map<bigint, ProgramGhost>();
  readonly #merchants = new Map<bigint, MerchantGhost>();
  readonly #cards = new Map<string, CardGhost>();

  /** @param look Counts that the promise was looked at. */
  constructor(private readonly look: (number: number) => void) {}

  take(event: TimedEvent): void {
    const taker = this.#takers[event.name] as ((args: EscrowEvent["args"], timestamp: bigint) => void) | undefined;
    taker?.(event.args, event.timestamp);
  }

  readonly #takers: Takers = {
    PolicyAdded: ({ policyId, policy }) => {
      this.#policies.set(policyId, policy);
    },
    ProgramPublished: ({ programId, policyId, terms }) => {
      const { units, listPrice, feeFree } = terms;
      this.#programs.set(programId, { policyId, isPass: terms.kind === "Pass", units, listPrice, feeFree });
    },
    MerchantRegistered: ({ merchantId }) => {
      this.#merchants.set(merchantId, { suspendedUntil: 0n, inRunOff: false, closed: false });
    },
    MerchantSuspended: ({ merchantId, until }) => {
      this.#merchant(merchantId).suspendedUntil = until;
    },
    MerchantResumed: ({ merchantId }) => {
      this.#merchant(merchantId).suspendedUntil = 0n;
    },
    RunOffStarted: ({ merchantId, lastServiceAt }) => {
      Object.assign(this.#merchant(merchantId), { suspendedUntil: 0n, inRunOff: true, lastServiceAt });
    },
    MerchantClosed: ({ merchantId }) => {
      this.#merchant(merchantId).closed = true;
    },
    DefaultFlagged: ({ merchantId, serviceStoppedAt }, flaggedAt) => {
      const flag = { flaggedAt, stoppedAt: serviceStoppedAt };
      Object.assign(this.#merchant(merchantId), { suspendedUntil: 0n, flag });
    },
    DefaultWithdrawn: ({ merchantId, status, suspendedUntil, withdrawnAt }) => {
      const m = this.#merchant(merchantId);
      m.withdrawn = { from: m.flag!.flaggedAt, to: withdrawnAt };
      delete m.flag;
      if (status === "Suspended") m.suspendedUntil = suspendedUntil;
    },
    CardOpened: ({ merchantId, cardId, principal, startsAt }) => {
      const { programId } = decodeCardId(cardId);
      const nothing = { signed: 0n, booked: 0n, coolingOffOver: false, open: true };
      this.#cards.set(cardId, { merchantId, programId, principal, startsAt, ...nothing });
    },
    CardMoved: ({ cardId, newCardId }) => {
      this.#cards.set(newCardId, { ...this.#card(cardId) });
      this.#card(cardId).open = false;
    },
    ConsumptionSettled: ({ cardId, cumulative }) => {
      const card = this.#card(cardId);
      card.signed = max(card.signed, cumulative);
      card.booked = max(card.booked, cumulative);
    },
    PassAccrued: ({ cardId, cumulative }, timestamp) => {
      this.#accrued(cardId, cumulative, timestamp);
    },
    PassExtended: (args, timestamp) => {
      this.#extended(args, timestamp);
    },
    ExitRequested: ({ cardId }, timestamp) => {
      const card = this.#card(cardId);
      if (this.#program(card).isPass) card.requestedAt = timestamp;
    },
    ExitCancelled: ({ cardId }) => {
      delete this.#card(cardId).requestedAt;
    },
    DisputeDismissed: ({ cardId, kind }) => {
      if (kind === "Contest") delete this.#card(cardId).requestedAt;
    },
    MoveRequested: ({ cardId }) => {
      // A recovery address ends an old request; any other move is refused while one is pending.
      delete this.#card(cardId).requestedAt;
    },
    CardRefunded: (args, timestamp) => {
      this.#refunded(args, timestamp);
    },
  };

  /* TIME */

  /** Seconds from one moment to another, without those of a flag that was taken back. */
  #seconds({ withdrawn }: MerchantGhost, from: bigint, to: bigint): bigint {
    if (to <= from) return 0n;
    const paused = withdrawn === undefined ? 0n : excess(min(to, withdrawn.to), max(from, withdrawn.from));
    return to - from - paused;
  }

  /** Not after the end of service. */
  #inService({ lastServiceAt, flag }: MerchantGhost, moment: bigint): bigint {
    return [lastServiceAt, flag?.stoppedAt].reduce<bigint>((least, end) => min(least, end ?? least), moment);
  }

  #isInCoolingOff(card: CardGhost, moment: bigint): boolean {
    const program = this.#program(card);
    const { coolingOff, coolingOffTermBps } = this.#policy(program);
    const ofTerm = program.isPass ? min((program.units * coolingOffTermBps) / BPS, MAX_COOLING_OFF_SHARE) : 0n;
    const period = max(coolingOff, ofTerm);
    if (period === 0n || card.coolingOffOver) return false;
    return this.#seconds(this.#merchant(card.merchantId), card.startsAt, moment) < period;
  }

  /** Seconds of a pass by a moment. */
  #timeOf(card: CardGhost, moment: bigint): bigint {
    return min(this.#seconds(this.#merchant(card.merchantId), card.startsAt, moment), this.#program(card).units);
  }

  /* EVENTS */

  /** No time counts too soon, beyond the moment of a closing, in a suspension, or that would have to be given back. */
  #accrued(cardId: string, cumulative: bigint, now: bigint): void {
    const card = this.#card(cardId);
    const m = this.#merchant(card.merchantId);
    const policy = this.#policy(this.#program(card));
    const closing = this.#inService(m, card.requestedAt ?? m.flag?.flaggedAt ?? now);
    const most = this.#timeOf(card, min(closing, now - policy.accrualDelay));
    this.look(NUMBER);
    hold(NUMBER, cumulative <= most, `${cardId} was counted to ${cumulative}, and had run ${most} seconds that count`);
    hold(NUMBER, now >= m.suspendedUntil, `${cardId} was counted in a suspension`);
    const unused = card.booked === 0n || !policy.coolingOffRequiresUnused;
    hold(NUMBER, !(unused && this.#isInCoolingOff(card, closing)), `${cardId} was counted and can be regretted`);
    card.booked = cumulative;
  }

  /** A pass is extended to the second. */
  #extended({ cardId, extension, startsAt, coolingOffOver }: EscrowEventArgs<"PassExtended">, now: bigint): void {
    const card = this.#card(cardId);
    const credit = this.#seconds(this.#merchant(card.merchantId), card.startsAt, startsAt);
    this.look(NUMBER);
    hold(NUMBER, startsAt <= now + LATEST_START, `${cardId} would begin at ${startsAt}`);
    hold(NUMBER, credit === extension, `${cardId} was extended by ${credit} of ${extension} seconds`);
    const m = this.#merchant(card.merchantId);
    const lost = coolingOffOver && this.#isInCoolingOff(card, this.#inService(m, now));
    hold(NUMBER, !lost, `${cardId} lost its cooling-off by an extension`);
    card.coolingOffOver = coolingOffOver;
    card.startsAt = startsAt;
  }

  /** At least the principal, less the list price of what was signed or has run, less the fee of the policy. */
  #refunded({ cardId, rule, released, refunded }: EscrowEventArgs<"CardRefunded">, now: bigint): void {
    const card = this.#card(cardId);
    const m = this.#merchant(card.merchantId);
    const program = this.#program(card);
    const { principal } = card;
    // What was booked before a stop of service or an extension was known stays booked.
    const consumed = program.isPass ? max(card.booked, this.#timeOf(card, this.#inService(m, now))) : card.signed;
    const price = (of: bigint): bigint => (program.units === 0n ? consumed : (consumed * of) / program.units);
    this.look(NUMBER);
    if (rule === "MerchantConsent" || rule === "RunOff" || rule === "Default") {
      const least = principal - price(principal);
      hold(NUMBER, refunded >= least, `${cardId} was paid ${refunded} at issuer's cause, not ${least}`);
    } else {
      const rest = excess(principal, price(program.listPrice));
      const fee = program.feeFree || m.inRunOff || now < m.suspendedUntil ? 0n : this.#fee(card, consumed, rest);
      const least = excess(rest, fee);
      hold(NUMBER, refunded >= least, `${cardId} was paid ${refunded} by ${rule}, not ${least}: the fee is ${fee}`);
    }
    const asked = card.requestedAt !== undefined;
    const counts = rule === "MerchantConsent" && program.isPass && !asked && released !== 0n;
    hold(NUMBER, !counts, `${cardId}: the merchant was paid ${released} of time for paying back`);
    card.open = false;
  }

  /** The fee of who leaves after cooling-off. */
  #fee(card: CardGhost, consumed: bigint, rest: bigint): bigint {
    const program = this.#program(card);
    const { feeFlat, feeMax, feePriceBps, feeRestBps } = this.#policy(program);
    const half = card.principal / 2n;
    if (feeFlat !== 0n && consumed === 0n && !program.isPass) return min(feeFlat, half);
    const shares = (card.principal * feePriceBps) / BPS + (rest * feeRestBps) / BPS;
    return min(feeMax === 0n ? shares : min(shares, feeMax), half);
  }

  /* FROM TIME TO TIME */

  async now(run: FuzzRun): Promise<void> {
    await this.#waiting(run);
    await this.#consuming(run);
    await this.#quoted(run);
  }

  /** Waiting raises no refund, unless the end of service comes or a suspension, in which no fee is due, is on. */
  async #waiting({ stage, random }: FuzzRun): Promise<void> {
    const ids = [...this.#cards]
      .filter(([, { open, merchantId }]) => open && this.#merchant(merchantId).suspendedUntil <= stage.now)
      .map(([cardId]) => cardId);
    if (ids.length === 0) return;
    const wait = random.pick([1n, random.between(1n, DAY), random.between(DAY, 40n * DAY), 200n * DAY]);
    const before = await quotesOf(stage, ids);
    const after = await stage.whatIf(async () => {
      await stage.wait(stage.now + wait);
      return await quotesOf(stage, ids);
    });
    ids.forEach((cardId, i) => {
      const [first, later] = [before[i]!, after[i]!];
      const ends = later.rule === ExitRule.RunOff && first.rule !== ExitRule.RunOff;
      this.look(NUMBER);
      const told = `${cardId}: after ${wait} seconds more the refund is ${later.refund}, not ${first.refund}`;
      hold(NUMBER, ends || later.refund <= first.refund, told);
    });
  }

  /** Consuming raises no refund, except that of an unused card for which a flat fee is due. */
  async #consuming(run: FuzzRun): Promise<void> {
    const { stage, random } = run;
    const { operator } = stage.set.people;
    const usable = [...this.#cards].filter(([cardId, card]) => {
      const program = this.#program(card);
      const face = program.units === 0n ? card.principal : program.units;
      const signs = !program.isPass || (card.booked === 0n && this.#policy(program).coolingOffRequiresUnused);
      const { flag } = this.#merchant(card.merchantId);
      const hasKey = stage.set.keys.has(decodeCardId(cardId).holder);
      return card.open && flag === undefined && signs && card.booked < face && hasKey;
    });
    for (let i = 0; i < SOME && usable.length > 0; i++) {
      const [cardId, card] = random.pick(usable);
      const at = stage.now + 1n;
      const [unused] = await stage.whatIf(async () => {
        await stage.wait(at);
        return await quotesOf(stage, [cardId]);
      });
      const { holder } = decodeCardId(cardId);
      const cumulative = card.booked + 1n;
      const voucher = { cardId, cumulative, receipt: ZeroHash, signedBy: holder };
      const used = await stage.whatIf(async () => {
        const args = [card.merchantId, [stage.signVoucher(voucher)]];
        const told = [card.merchantId, [voucher]];
        const { said } = await stage.play({ to: "escrow", name: "settle", sender: operator, args, told, at });
        const booked = said.some(({ name }) => name === "ConsumptionSettled");
        return booked ? (await quotesOf(stage, [cardId]))[0] : undefined;
      });
      if (used === undefined) continue;
      const program = this.#program(card);
      const flat = card.booked === 0n && !program.isPass && this.#policy(program).feeFlat !== 0n;
      this.look(NUMBER);
      const told = `${cardId}: with ${cumulative} consumed the refund is ${used.refund}, not ${unused!.refund}`;
      hold(NUMBER, flat || used.refund <= unused!.refund, told);
    }
  }

  /** A request that falls due pays what was quoted before. */
  async #quoted({ stage, random }: FuzzRun): Promise<void> {
    const cards = [...this.#cards].filter(([cardId, { open, merchantId }]) => {
      const { flag, closed } = this.#merchant(merchantId);
      return open && flag === undefined && !closed && stage.set.keys.has(decodeCardId(cardId).holder);
    });
    const endOf = ({ merchantId }: CardGhost): bigint => {
      const { lastServiceAt = 0n, suspendedUntil } = this.#merchant(merchantId);
      return max(lastServiceAt, suspendedUntil);
    };
    const ending = cards.filter(([, card]) => endOf(card) > stage.now + DAY);
    for (let i = 0; i < SOME && cards.length > 0; i++) {
      const [cardId, card] = random.pick(ending.length > 0 && random.chance(70n) ? ending : cards);
      await stage.whatIf(async () => {
        // Mostly the end of service, or of the suspension, comes before the request is due.
        const ends = endOf(card);
        if (ends > stage.now + DAY && random.chance(70n)) await stage.wait(ends - random.between(2n, DAY));
        await this.#paidAsQuoted(stage, cardId);
      });
    }
  }

  async #paidAsQuoted(stage: Stage, cardId: string): Promise<void> {
    const call = { to: "escrow", sender: decodeCardId(cardId).holder } as const;
    const [card] = (await stage.ask("escrow", [["card", cardId]])) as [{ readonly exitRequestedAt: bigint }];
    if (card.exitRequestedAt === 0n) {
      await stage.play({ ...call, name: "requestExit", args: [cardId], at: stage.now + 1n });
    }
    const [quote] = await quotesOf(stage, [cardId]);
    const at = max(quote!.executableAt, stage.now + 1n);
    const args = [cardId, stage.set.people.liquidator];
    const { refused, said } = await stage.play({ ...call, name: "executeExitTo", args, at });
    hold(9, refused === undefined, `${cardId} was quoted for ${at} and refused: ${refused}`);
    const paid = said.find(({ name }) => name === "CardRefunded")?.args.refunded;
    this.look(NUMBER);
    hold(NUMBER, paid === quote!.refund, `${cardId} was quoted ${quote!.refund} at ${at} and paid ${String(paid)}`);
  }

  /* RECORDS */

  #card(cardId: string): CardGhost {
    return this.#cards.get(cardId)!;
  }

  #program({ programId }: CardGhost): ProgramGhost {
    return this.#programs.get(programId)!;
  }

  #policy({ policyId }: ProgramGhost): Policy {
    return this.#policies.get(policyId)!;
  }

  #merchant(merchantId: bigint): MerchantGhost {
    return this.#merchants.get(merchantId)!;
  }
}

type Quote = Omit<ExitQuote, "rule"> & { readonly rule: bigint };

async function quotesOf(stage: Stage, cardIds: readonly string[]): Promise<readonly Quote[]> {
  return (await stage.ask(
    "escrow",
    cardIds.map((cardId) => ["quoteExit", cardId] as const),
  )) as Quote[];
}
