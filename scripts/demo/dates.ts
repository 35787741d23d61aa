import { DAY, coolingOffOf } from "../../src/contracts/policy.js";
import type { PlannedStep, Program, Scenario } from "./model.js";
import type { Problem } from "./planner.js";
import type { StepName } from "./scenario.js";

/*
 * Checks by the rules alone whether the contracts allow each step of a scenario on its day. All periods are whole days, and a step never
 * comes at an earlier hour than the ones before, so days can be compared.
 */

/** Days between a request of a recovery address and the move. Source: `Moves.RECOVERY_DELAY`. */
const RECOVERY_DELAY = 30;
/** Days of a suspension, and of the time after it without another one. Source: `Supervision.SUSPENSION`. */
const SUSPENSION = 90;
/** Days in which a list of claims can be objected to. Source: `Distributions.OBJECTION_PERIOD`. */
const OBJECTION_PERIOD = 14;

/** A request to leave. */
interface ExitDates {
  readonly askedOn: number;
  readonly dueOn: number;
  /** Missing for a pass, whose request does not lapse. */
  readonly lapsesOn: number | undefined;
}

/** A complaint, or an exit that the merchant contests. */
interface DisputeDates {
  readonly kind: "complaint" | "contest";
  readonly begunOn: number;
  readonly rulingFrom: number;
  readonly rulingUntil: number;
}

/** A pending move. */
interface MoveDates {
  readonly askedOn: number;
  readonly dueOn: number;
  readonly lapsesOn: number;
  readonly byRecovery: boolean;
}

/** Dates of what is pending for a card. */
interface CardDates {
  readonly program: Program;
  readonly holder: string;
  exit?: ExitDates | undefined;
  dispute?: DisputeDates | undefined;
  move?: (MoveDates & { readonly to: string }) | undefined;
  /** The first day for the next complaint, and how the last one ended. */
  complaintFrom?: number;
  complaintEnd?: "dismissed" | "taken back" | "ended";
  /** The first day after cooling-off; missing where a use ends it before. */
  regretUntil?: number | undefined;
}

/** Dates of what is pending for a merchant. */
interface MerchantDates {
  /** The day the notice of its run-off ends. */
  noticeEndsOn?: number;
  /** The day the final settlement window ends, while it is flagged. */
  windowEndsOn?: number | undefined;
  /** Whether it was ever flagged: a request does not lapse in the time under a flag. */
  everFlagged: boolean;
  /** The day its last suspension ends. */
  suspendedUntil?: number;
  /** The day from which its surety may be taken back. */
  suretyEndsOn?: number;
  /** The day from which its list of claims is paid. */
  claimsOpenOn?: number;
  /** The date of the newest balance that the merchant has reported; and that a reporter has. */
  reportedAsOf?: number;
  certifiedAsOf?: number;
}

/**
 * Finds the steps that come too early or too late.
 *
 * @param scenario A scenario without other problems.
 * @returns The problems, in the order of the file. Steps that must be refused are left out: they may come at any time.
 */
export function misdatedSteps(scenario: Scenario): readonly Problem[] {
  const dates = new Dates(scenario);
  for (const act of scenario.acts) for (const planned of act.steps) dates.take(planned);
  return dates.problems;
}

/** The periods of a preset, in days. */
type Periods = Scenario["preset"]["policy"];

/** Path and day of a step. */
type Place = Pick<PlannedStep, "path" | "day">;

/** Checks and updates the dates for a step of one kind. */
type Handler<Name extends StepName> = (planned: PlannedStep<Name>) => void;

class Dates {
  readonly problems: Problem[] = [];

  readonly #programs: ReadonlyMap<string, Program>;
  readonly #policies: ReadonlyMap<string, Periods>;
  readonly #cards = new Map<string, CardDates>();
  readonly #merchants = new Map<string, MerchantDates>();

  constructor({ merchants }: Scenario) {
    const programs = merchants.flatMap((merchant) => merchant.programs);
    this.#programs = new Map(programs.map((program) => [program.reference, program]));
    this.#policies = new Map(merchants.map(({ id, preset }) => [id, preset.policy]));
  }

  /** Checks a step and updates the dates. */
  take(planned: PlannedStep): void {
    if (planned.step.refused !== undefined) return;
    // Each handler stands under the name of its kind of step.
    (this.#handlers[planned.step.do] as Handler<StepName> | undefined)?.(planned);
  }

  /** The handlers of the kinds of step that depend on dates. */
  readonly #handlers: { readonly [Name in StepName]?: Handler<Name> } = {
    buy: (planned) => {
      this.#buy(planned);
    },
    requestExit: ({ day, step }) => {
      const card = this.#card(step);
      const delay = this.#periods(card).exitDelayDays;
      const lapsesOn = card.program.kind === "Pass" ? undefined : day + 2 * delay;
      const exit = { askedOn: day, dueOn: day + delay, lapsesOn };
      if (card.dispute?.kind === "complaint") this.#delayComplaint(card, day, "taken back");
      Object.assign(card, { exit, dispute: undefined, move: undefined });
    },
    cancelExit: ({ step }) => {
      const card = this.#card(step);
      if (card.dispute?.kind === "contest") card.dispute = undefined;
      Object.assign(card, { exit: undefined, move: undefined });
    },
    executeExit: (planned) => {
      this.#executeExit(planned);
    },
    contestExit: (planned) => {
      this.#contestExit(planned);
    },
    complain: (planned) => {
      this.#complain(planned);
    },
    resolve: (planned) => {
      this.#resolve(planned);
    },
    resolveByExtension: (planned) => {
      const card = this.#card(planned.step);
      if (!this.#requireRulingTime(planned, card)) return;
      this.#extend(card, planned.day, planned.step.days);
      card.dispute = undefined;
    },
    executeDispute: (planned) => {
      this.#executeDispute(planned);
    },
    endComplaint: (planned) => {
      this.#endComplaint(planned);
    },
    extendPass: ({ day, step }) => {
      const card = this.#card(step);
      if (card.exit === undefined && card.dispute === undefined) this.#extend(card, day, step.days);
    },
    visit: ({ step }) => {
      // Once the visit is settled, cooling-off is over where it asks for an unused card.
      const card = this.#card(step);
      if (this.#periods(card).coolingOffRequiresUnused) card.regretUntil = undefined;
    },
    setRecovery: ({ step }) => {
      // A move that the former recovery address has requested is void.
      for (const card of this.#cards.values()) {
        if (card.holder === step.consumer && card.move?.byRecovery === true) card.move = undefined;
      }
    },
    requestMove: ({ day, step }) => {
      const card = this.#card(step);
      const delay = this.#periods(card).exitDelayDays;
      const dueOn = day + (step.byRecovery ? RECOVERY_DELAY : delay);
      // The recovery address of a pass ends an old request to leave.
      if (step.byRecovery) card.exit = undefined;
      card.move = { askedOn: day, dueOn, lapsesOn: dueOn + delay, byRecovery: step.byRecovery, to: step.to };
    },
    consentMove: (planned) => {
      this.#consentMove(planned);
    },
    cancelMove: ({ step }) => {
      this.#card(step).move = undefined;
    },
    executeMove: (planned) => {
      this.#executeMove(planned);
    },
    suspend: (planned) => {
      this.#suspend(planned);
    },
    resume: ({ day, step }) => {
      this.#merchant(step).suspendedUntil = day;
    },
    startRunOff: ({ day, step }) => {
      this.#merchant(step).noticeEndsOn = day + this.#policyOf(step.merchant).runOffNoticeDays;
    },
    flagDefault: ({ day, step }) => {
      const windowEndsOn = day + this.#policyOf(step.merchant).finalSettlementDays;
      Object.assign(this.#merchant(step), { windowEndsOn, everFlagged: true });
    },
    withdrawDefault: (planned) => {
      this.#withdrawDefault(planned);
    },
    refundAll: (planned) => {
      this.#refundAll(planned);
    },
    closeMerchant: (planned) => {
      const { noticeEndsOn } = this.#merchant(planned.step);
      const name = planned.step.merchant;
      this.#requireFrom(planned, noticeEndsOn, `the notice of ${name}'s run-off ends on day ${noticeEndsOn ?? ""}`);
    },
    reportOutstanding: (planned) => {
      this.#reportOutstanding(planned);
    },
    placeSurety: (planned) => {
      this.#placeSurety(planned);
    },
    takeBackSurety: (planned) => {
      const { suretyEndsOn } = this.#merchant(planned.step);
      const name = planned.step.merchant;
      this.#requireFrom(planned, suretyEndsOn, `the surety for ${name} stands until day ${suretyEndsOn ?? ""}`);
    },
    publishClaims: ({ day, step }) => {
      const merchant = this.#merchant(step);
      merchant.claimsOpenOn = Math.max(day + OBJECTION_PERIOD, merchant.windowEndsOn ?? 0);
    },
    claimAll: (planned) => {
      const { claimsOpenOn } = this.#merchant(planned.step);
      const name = planned.step.merchant;
      this.#requireFrom(planned, claimsOpenOn, `claims on ${name} are paid from day ${claimsOpenOn ?? ""}`);
    },
  };

  /* LEAVING */

  #buy({ path, day, step }: PlannedStep<"buy">): void {
    const program = this.#programs.get(step.program);
    if (program === undefined) return;
    const { maxAdvanceDays } = this.#policyOf(program.merchant);
    const regretUntil = (step.startsOnDay ?? day) + this.#coolingOffDays(program);
    this.#cards.set(step.card, { program, holder: step.consumer, regretUntil });
    const latest = day + maxAdvanceDays;
    if (step.startsOnDay === undefined || step.startsOnDay <= latest) return;
    const remedy =
      maxAdvanceDays === 0
        ? `the pass of card ${step.card} begins with the purchase, so leave it out`
        : `bought on day ${day}, the pass of card ${step.card} begins on day ${latest} at the latest, so use that day or an earlier one`;
    this.#report(`${path}.startsOnDay`, step.startsOnDay, remedy);
  }

  #executeExit(planned: PlannedStep<"executeExit">): void {
    const card = this.#card(planned.step);
    const { exit } = card;
    if (exit === undefined || card.dispute !== undefined || this.#isFlagged(card)) return;
    const request = `the request to leave with card ${planned.step.card} of day ${exit.askedOn}`;
    this.#requireFrom(planned, exit.dueOn, `${request} is due on day ${exit.dueOn}`);
    if (!this.#everFlagged(card)) {
      this.#requireBefore(planned, exit.lapsesOn, `${request} lapses on day ${exit.lapsesOn ?? ""}`);
    }
  }

  /** Days of cooling-off of a program's cards, a part of a day as a whole one. Source: `MerchantRegistry.publishProgram`. */
  #coolingOffDays(program: Program): number {
    const { coolingOffDays, coolingOffTermBps } = this.#policyOf(program.merchant);
    const coolingOff = BigInt(coolingOffDays) * DAY;
    const seconds = coolingOffOf({ coolingOff, coolingOffTermBps: BigInt(coolingOffTermBps) }, program);
    return Math.ceil(Number(seconds) / Number(DAY));
  }

  /** An extension moves the end of cooling-off only while it is not over. */
  #extend(card: CardDates, day: number, days: number): void {
    if (card.regretUntil !== undefined && day < card.regretUntil) card.regretUntil += days;
  }

  #contestExit(planned: PlannedStep<"contestExit">): void {
    const card = this.#card(planned.step);
    const { exit } = card;
    if (exit === undefined || this.#isFlagged(card)) return;
    const request = `the request to leave with card ${planned.step.card} of day ${exit.askedOn}`;
    this.#requireBefore(planned, exit.dueOn, `${request} is due on day ${exit.dueOn} and can be contested before`);
    card.dispute = this.#disputeFrom(card, planned.day, "contest");
  }

  /* DISPUTES */

  #complain(planned: PlannedStep<"complain">): void {
    const card = this.#card(planned.step);
    const { complaintFrom, complaintEnd = "", regretUntil } = card;
    const name = planned.step.card;
    if (!this.#everFlagged(card)) {
      const regret = `card ${name} is in cooling-off until day ${regretUntil ?? ""}, where asking to leave pays as much`;
      this.#requireFrom(planned, regretUntil, regret);
    }
    const ended = `a complaint about card ${name} was ${complaintEnd}, and the next one can come on day ${complaintFrom ?? ""}`;
    this.#requireFrom(planned, complaintFrom, ended);
    Object.assign(card, {
      dispute: this.#disputeFrom(card, planned.day, "complaint"),
      exit: undefined,
      move: undefined,
    });
  }

  #resolve(planned: PlannedStep<"resolve">): void {
    const card = this.#card(planned.step);
    if (!this.#requireRulingTime(planned, card)) return;
    if (card.dispute?.kind === "contest") card.exit = undefined;
    else this.#delayComplaint(card, planned.day, "dismissed");
    card.dispute = undefined;
  }

  /** Checks that a ruling comes in its time. Returns false where the contracts refuse it for another reason. */
  #requireRulingTime(planned: Place & { readonly step: { readonly card: string } }, card: CardDates): boolean {
    const { dispute } = card;
    if (dispute === undefined || this.#isFlagged(card)) return false;
    const { rulingFrom, rulingUntil } = dispute;
    const about = `the dispute about card ${planned.step.card} of day ${dispute.begunOn}`;
    this.#requireFrom(planned, rulingFrom, `${about} can be ruled on from day ${rulingFrom}`);
    this.#requireBefore(planned, rulingUntil, `${about} can be ruled on before day ${rulingUntil}`);
    return true;
  }

  /** A complaint without success delays the next one by a ruling timeout. */
  #delayComplaint(card: CardDates, day: number, complaintEnd: NonNullable<CardDates["complaintEnd"]>): void {
    Object.assign(card, { complaintFrom: day + this.#periods(card).rulingTimeoutDays, complaintEnd });
  }

  #endComplaint(planned: PlannedStep<"endComplaint">): void {
    const card = this.#card(planned.step);
    const { dispute } = card;
    if (dispute?.kind !== "complaint" || this.#isFlagged(card)) return;
    const from = dispute.rulingUntil + this.#periods(card).exitDelayDays;
    const about = `the complaint about card ${planned.step.card} of day ${dispute.begunOn}`;
    if (!this.#everFlagged(card)) this.#requireFrom(planned, from, `${about} can be ended from day ${from}`);
    this.#delayComplaint(card, planned.day, "ended");
    card.dispute = undefined;
  }

  #executeDispute(planned: PlannedStep<"executeDispute">): void {
    const card = this.#card(planned.step);
    const { dispute } = card;
    if (dispute === undefined || this.#isFlagged(card)) return;
    const { begunOn, rulingUntil } = dispute;
    const about = `the dispute about card ${planned.step.card} of day ${begunOn}`;
    this.#requireFrom(planned, rulingUntil, `${about} can be ruled on until day ${rulingUntil}`);
  }

  /** The days of a dispute that begins on `day`. */
  #disputeFrom(card: CardDates, day: number, kind: DisputeDates["kind"]): DisputeDates {
    const { exitDelayDays, rulingTimeoutDays } = this.#periods(card);
    return { kind, begunOn: day, rulingFrom: day + exitDelayDays, rulingUntil: day + rulingTimeoutDays };
  }

  /* MOVING */

  #consentMove(planned: PlannedStep<"consentMove">): void {
    const card = this.#card(planned.step);
    const { move } = card;
    if (move === undefined || this.#isFlagged(card)) return;
    const { askedOn, dueOn } = move;
    const about = `the move of card ${planned.step.card} of day ${askedOn}`;
    this.#requireBefore(planned, dueOn, `${about} is due on day ${dueOn} and needs consent only before`);
    const { exitDelayDays } = this.#periods(card);
    card.move = { ...move, dueOn: planned.day, lapsesOn: planned.day + exitDelayDays };
  }

  #executeMove(planned: PlannedStep<"executeMove">): void {
    const { step } = planned;
    const card = this.#card(step);
    const { move } = card;
    if (move === undefined) return;
    if (!this.#isFlagged(card)) {
      const about = `the move of card ${step.card} of day ${move.askedOn}`;
      this.#requireFrom(planned, move.dueOn, `${about} is due on day ${move.dueOn}`);
      if (!this.#everFlagged(card)) {
        this.#requireBefore(planned, move.lapsesOn, `${about} lapses on day ${move.lapsesOn}`);
      }
    }
    this.#cards.set(step.as, { ...card, holder: move.to, move: undefined });
  }

  /* MERCHANTS */

  #suspend(planned: PlannedStep<"suspend">): void {
    const merchant = this.#merchant(planned.step);
    const { suspendedUntil } = merchant;
    const next = suspendedUntil === undefined ? undefined : suspendedUntil + SUSPENSION;
    const ended = `the last suspension of ${planned.step.merchant} ends on day ${suspendedUntil ?? ""}`;
    this.#requireFrom(planned, next, `${ended} and the next one can come on day ${next ?? ""}`);
    merchant.suspendedUntil = planned.day + SUSPENSION;
  }

  #withdrawDefault(planned: PlannedStep<"withdrawDefault">): void {
    const merchant = this.#merchant(planned.step);
    const { windowEndsOn } = merchant;
    const window = `the final settlement window of ${planned.step.merchant} ends on day ${windowEndsOn ?? ""}`;
    this.#requireBefore(planned, windowEndsOn, `${window} and the flag can be withdrawn before`);
    merchant.windowEndsOn = undefined;
  }

  #refundAll(planned: PlannedStep<"refundAll">): void {
    const { windowEndsOn, noticeEndsOn } = this.#merchant(planned.step);
    const name = planned.step.merchant;
    if (windowEndsOn === undefined) {
      this.#requireFrom(planned, noticeEndsOn, `the notice of ${name}'s run-off ends on day ${noticeEndsOn ?? ""}`);
    } else {
      this.#requireFrom(planned, windowEndsOn, `the final settlement window of ${name} ends on day ${windowEndsOn}`);
    }
  }

  /* THE DEPOSIT REGISTER */

  #reportOutstanding({ path, day, step }: PlannedStep<"reportOutstanding">): void {
    const merchant = this.#merchant(step);
    const field = step.byReporter ? "certifiedAsOf" : "reportedAsOf";
    const asOf = step.asOfDay ?? day;
    const last = merchant[field];
    if (last !== undefined && asOf <= last) {
      const who = step.byReporter ? "a reporter" : step.merchant;
      const remedy = `${who} has reported the balance of ${step.merchant} on day ${last} already, so use day ${last + 1} or a later one`;
      this.#report(`${path}.${step.asOfDay === undefined ? "day" : "asOfDay"}`, asOf, remedy);
    }
    merchant[field] = asOf;
  }

  #placeSurety({ path, step }: PlannedStep<"placeSurety">): void {
    const merchant = this.#merchant(step);
    const { suretyEndsOn } = merchant;
    if (suretyEndsOn !== undefined && step.endDay < suretyEndsOn) {
      const remedy = `the surety for ${step.merchant} stands until day ${suretyEndsOn}, so use that day or a later one`;
      this.#report(`${path}.endDay`, step.endDay, remedy);
    }
    merchant.suretyEndsOn = step.endDay;
  }

  /* INSIDE */

  /** Reports a step before the day `from`. */
  #requireFrom({ path, day }: Place, from: number | undefined, fact: string): void {
    if (from === undefined || day >= from) return;
    this.#report(`${path}.day`, day, `${fact}, so use that day or a later one`);
  }

  /** Reports a step on the day `end` or later. */
  #requireBefore({ path, day }: Place, end: number | undefined, fact: string): void {
    if (end === undefined || day < end) return;
    this.#report(`${path}.day`, day, `${fact}, so use day ${end - 1} or an earlier one`);
  }

  #report(path: string, value: unknown, remedy: string): void {
    this.problems.push({ path, value, remedy });
  }

  #card({ card }: { readonly card: string }): CardDates {
    const dates = this.#cards.get(card);
    // The plan has checked that each card was bought before.
    if (dates === undefined) throw new RangeError(`No step buys a card ${card}.`);
    return dates;
  }

  #merchant({ merchant }: { readonly merchant: string }): MerchantDates {
    const dates = this.#merchants.get(merchant) ?? { everFlagged: false };
    this.#merchants.set(merchant, dates);
    return dates;
  }

  /** Whether the merchant of a card is flagged: the contracts then refuse the step for that reason, on any day. */
  #isFlagged({ program }: CardDates): boolean {
    return this.#merchant(program).windowEndsOn !== undefined;
  }

  #everFlagged({ program }: CardDates): boolean {
    return this.#merchant(program).everFlagged;
  }

  #periods({ program }: CardDates): Periods {
    return this.#policyOf(program.merchant);
  }

  #policyOf(merchant: string): Periods {
    const policy = this.#policies.get(merchant);
    // The plan has checked that each merchant is described.
    if (policy === undefined) throw new RangeError(`The scenario describes no merchant ${merchant}.`);
    return policy;
  }
}
