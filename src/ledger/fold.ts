import { ZeroAddress, ZeroHash } from "ethers";

import { decodeCardId } from "../contracts/cardId.js";
import type { MerchantStatusName, WarningKindName, WarningLevelName } from "../contracts/enums.js";
import type { DepositRule } from "../contracts/depositRule.js";
import type { EscrowEvent, EscrowEventArgs } from "../contracts/events.js";
import type { DepositView, DistributionView, RuleView, SuretyView } from "../contracts/registerViews.js";
import type {
  CardView,
  DisputeView,
  ExitQuote,
  MerchantView,
  MoveView,
  PoolView,
  ProgramView,
  WarningView,
} from "../contracts/views.js";
import { lastingWarnings } from "../format/warnings.js";

/* WHAT IS FOLDED */

/** An event and the time of its block, in Unix seconds. */
export type TimedEvent = EscrowEvent & { readonly timestamp: bigint };

/** An event to fold, with the time of its block if {@link needsTime} says so. */
export type FoldableEvent = EscrowEvent & { readonly timestamp?: bigint };

/**
 * Whether folding an event needs the time of its block. Nearly all events say themselves when they happened; the block is needed
 * to tell whether a card of a run-off closed before the notice ended.
 */
export function needsTime({ name, args }: EscrowEvent): boolean {
  return name === "CardRefunded" && args.rule === "RunOff";
}

/** A merchant, its pool, and who works its tills. */
export interface FoldedMerchant {
  /** As registered; no view tells it. */
  readonly metadataURI: string;
  readonly merchant: MerchantView;
  readonly pool: PoolView;
  /** The escrow's lasting warnings that are up. */
  readonly warnings: readonly WarningView[];
  readonly operators: ReadonlySet<string>;
  /** How many of its cards are open. */
  readonly openCards: number;
}

/** A card, its pending exit, its dispute, and its pending move. */
export interface FoldedCard {
  readonly merchantId: bigint;
  readonly card: CardView;
  /** Principal not yet released, in token base units. */
  readonly remaining: bigint;
  /** From when a pending exit can be executed by the request alone, and when it lapses; zero where none is. */
  readonly exit: Pick<ExitQuote, "executableAt" | "lapsesAt">;
  readonly dispute: DisputeView;
  readonly move: MoveView;
}

/** A merchant's account with the deposit register. */
export interface FoldedAccount {
  readonly rule: RuleView;
  /** The vaults of deposit and surety are the zero address until money has come. */
  readonly deposit: DepositView;
  readonly surety: SuretyView;
  readonly distribution: DistributionView;
  /** The register's lasting warnings that are up. */
  readonly warnings: readonly WarningView[];
}

/** All state of the escrow and the deposit register, as their views answer at one moment. */
export interface FoldedState {
  readonly merchants: ReadonlyMap<bigint, FoldedMerchant>;
  readonly programs: ReadonlyMap<bigint, ProgramView>;
  /** Of each program, as published; no view tells it. */
  readonly programURIs: ReadonlyMap<bigint, string>;
  /** By card id. Cards that were deleted after a refund of everybody are not there, or have only the wait for a complaint. */
  readonly cards: ReadonlyMap<string, FoldedCard>;
  /** The recovery address of each holder that ever named one. */
  readonly recoveries: ReadonlyMap<string, string>;
  /** By merchant id. */
  readonly accounts: ReadonlyMap<bigint, FoldedAccount>;
}

/**
 * The state of the contracts, from nothing but their events: for whoever has the logs and no archive node, and for whoever wants to
 * check one against the other.
 *
 * @param events All events of the escrow, and of the register if its accounts are wanted, from the deployment on and in order.
 * @param now The moment to answer for, in Unix seconds: the time of the last block, or later if nothing has happened since.
 * @throws RangeError if an event speaks of a policy, program, merchant or card that none before it has told of, for then some are
 * missing, and if one comes without the time that {@link needsTime} asks for.
 * Source: the views of `contracts/PrepaidEscrow.sol` and `contracts/DepositRegister.sol`.
 */
export function foldEvents(events: readonly FoldableEvent[], now: bigint): FoldedState {
  const fold = new EventFold();
  for (const event of events) fold.take(event);
  return fold.at(now);
}

/* RECORDS */

const DAY = 86_400n;
const LOOSENING_DELAY = 30n * DAY;
const SURETY_NOTICE = 30n * DAY;
const SURETY_BINDING = 365n * DAY;
const OBJECTION_PERIOD = 14n * DAY;
const BPS = 10_000n;

const noRule: DepositRule = {
  bps0: 0n,
  threshold1: 0n,
  bps1: 0n,
  threshold2: 0n,
  bps2: 0n,
  reportDays: 0n,
};

interface Dates {
  readonly flaggedAt: bigint;
  readonly serviceStoppedAt: bigint;
  readonly windowEndsAt: bigint;
}

interface Merchant {
  readonly metadataURI: string;
  readonly vault: string;
  readonly token: string;
  owner: string;
  payout: string;
  nextPayout: { readonly to: string; readonly at: bigint } | undefined;
  nextOwner: { readonly to: string; readonly at: bigint } | undefined;
  policyId: bigint;
  readonly operators: Set<string>;
  /** As last told: a suspension lapses without an event. */
  status: MerchantStatusName;
  suspendedUntil: bigint;
  lastServiceAt: bigint;
  noticeEndsAt: bigint;
  flag: Dates | undefined;
  withdrawn: { readonly flaggedAt: bigint; readonly withdrawnAt: bigint } | undefined;
  outstanding: bigint;
  balance: bigint;
  outstandingCap: bigint;
  readonly warnings: Map<WarningKindName, WarningLevelName>;
}

type Program = ProgramView & { readonly exitDelay: bigint; readonly metadataURI: string };

interface Card {
  readonly principal: bigint;
  readonly openedAt: bigint;
  readonly merchantId: bigint;
  open: boolean;
  consumed: bigint;
  /** Principal released so far, in token base units. */
  released: bigint;
  exitRequestedAt: bigint;
  nonce: bigint;
  dispute: Pick<DisputeView, "kind" | "value" | "rulingFrom" | "rulingUntil"> | undefined;
  contestDismissed: boolean;
  move: Move | undefined;
}

interface Move {
  readonly to: string;
  readonly by: string;
  readonly requestedAt: bigint;
  readonly executableAt: bigint;
  readonly exitDelay: bigint;
  /** Of a recovery address: how often its holder had named one. */
  readonly naming: bigint | undefined;
}

/** What a merchant has of cards. */
interface Counts {
  readonly openCards: number;
  readonly complaintCount: bigint;
  readonly complaintValue: bigint;
}

interface Figure {
  readonly amount: bigint;
  readonly asOf: bigint;
  readonly actsAt: bigint;
}

interface Distribution {
  root: string;
  claims: bigint;
  publishedAt: bigint;
  objectedAt: bigint;
  objections: bigint;
  counted: bigint;
  paid: bigint;
  drawn: bigint;
  suretyFree: boolean;
}

interface Account {
  deposit: bigint;
  depositVault: string;
  suretyVault: string;
  rule: DepositRule;
  ruleSince: bigint;
  cureBy: bigint;
  nextRule: { readonly rule: DepositRule; readonly at: bigint } | undefined;
  reportsSince: bigint;
  reported: Omit<Figure, "actsAt">;
  waiting: readonly Figure[];
  /** The figure of the report that is being told of, if it was the owner's. */
  said: Omit<Figure, "actsAt"> | undefined;
  ownerAsOf: bigint;
  certified: Omit<Figure, "actsAt">;
  named: string;
  party: string;
  surety: bigint;
  suretyEndsAt: bigint;
  readonly warnings: Map<WarningKindName, WarningLevelName>;
  claimsOpen: boolean;
  /** Of the first flag, and of the one after a withdrawal. */
  readonly distributions: readonly [Distribution, Distribution];
}

const emptyDistribution = (): Distribution => ({
  root: ZeroHash,
  claims: 0n,
  publishedAt: 0n,
  objectedAt: 0n,
  objections: 0n,
  counted: 0n,
  paid: 0n,
  drawn: 0n,
  suretyFree: false,
});

const emptyAccount = (): Account => ({
  deposit: 0n,
  depositVault: ZeroAddress,
  suretyVault: ZeroAddress,
  rule: noRule,
  ruleSince: 0n,
  cureBy: 0n,
  nextRule: undefined,
  reportsSince: 0n,
  reported: { amount: 0n, asOf: 0n },
  waiting: [],
  said: undefined,
  ownerAsOf: 0n,
  certified: { amount: 0n, asOf: 0n },
  named: ZeroAddress,
  party: ZeroAddress,
  surety: 0n,
  suretyEndsAt: 0n,
  warnings: new Map(),
  claimsOpen: false,
  distributions: [emptyDistribution(), emptyDistribution()],
});

const noCard: CardView = {
  status: "None",
  principal: 0n,
  consumed: 0n,
  openedAt: 0n,
  exitRequestedAt: 0n,
  nonce: 0n,
  disputed: false,
  moving: false,
};

const noExit: FoldedCard["exit"] = { executableAt: 0n, lapsesAt: 0n };

const noMove: MoveView = { to: ZeroAddress, by: ZeroAddress, executableAt: 0n, lapsesAt: 0n };

const noCounts: Counts = { openCards: 0, complaintCount: 0n, complaintValue: 0n };

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function known<Key, Value>(records: ReadonlyMap<Key, Value>, key: Key, what: string): Value {
  const record = records.get(key);
  if (record !== undefined) return record;
  throw new RangeError(`No event told of ${what} ${String(key)}. Next: read the events from the deployment on.`);
}

/** The same as {@link foldEvents} for whoever is told of events as they happen: what the events have said so far. */
export class EventFold {
  readonly #policies = new Map<bigint, EscrowEventArgs<"PolicyAdded">["policy"]>();
  readonly #merchants = new Map<bigint, Merchant>();
  readonly #programs = new Map<bigint, Program>();
  readonly #cards = new Map<string, Card>();
  readonly #complaintFrom = new Map<string, bigint>();
  readonly #recoveries = new Map<string, { readonly account: string; readonly naming: bigint }>();
  readonly #accounts = new Map<bigint, Account>();

  /* TAKING EVENTS */

  /**
   * Takes the next event.
   *
   * @throws RangeError as {@link foldEvents} does.
   */
  take(event: FoldableEvent): void {
    const { name, args } = event;
    // Every event is named here, so that a new one is not forgotten.
    switch (name) {
      /* MERCHANTS AND PROGRAMS */

      case "PolicyAdded":
        this.#policies.set(args.policyId, args.policy);
        break;
      case "MerchantRegistered": {
        const { owner, payout, vault, token, policyId, metadataURI } = args;
        this.#merchants.set(args.merchantId, {
          metadataURI,
          vault,
          token,
          owner,
          payout,
          nextPayout: undefined,
          nextOwner: undefined,
          policyId,
          operators: new Set(),
          status: "Active",
          suspendedUntil: 0n,
          lastServiceAt: 0n,
          noticeEndsAt: 0n,
          flag: undefined,
          withdrawn: undefined,
          outstanding: 0n,
          balance: 0n,
          outstandingCap: 0n,
          warnings: new Map(),
        });
        break;
      }
      case "MerchantPolicySet":
        this.#merchant(args.merchantId).policyId = args.policyId;
        break;
      case "OutstandingCapSet":
        this.#merchant(args.merchantId).outstandingCap = args.outstandingCap;
        break;
      case "OperatorSet":
        if (args.enabled) this.#merchant(args.merchantId).operators.add(args.operator);
        else this.#merchant(args.merchantId).operators.delete(args.operator);
        break;
      case "PayoutChangeStarted": {
        const m = this.#merchant(args.merchantId);
        // One change delay lies between a call and its effect: what was due by then is in effect.
        const startedAt = args.effectiveAt - 7n * DAY;
        if (m.nextPayout !== undefined && startedAt >= m.nextPayout.at) m.payout = m.nextPayout.to;
        m.nextPayout = { to: args.payout, at: args.effectiveAt };
        break;
      }
      case "PayoutChangeCancelled":
        this.#merchant(args.merchantId).nextPayout = undefined;
        break;
      case "OwnershipTransferStarted":
        this.#merchant(args.merchantId).nextOwner = { to: args.newOwner, at: args.acceptableAt };
        break;
      case "OwnershipTransferCancelled":
        this.#merchant(args.merchantId).nextOwner = undefined;
        break;
      case "OwnershipTransferred":
        Object.assign(this.#merchant(args.merchantId), { owner: args.newOwner, nextOwner: undefined });
        break;
      case "ProgramPublished": {
        const { merchantId, policyId } = args;
        const { exitDelay } = known(this.#policies, policyId, "policy");
        this.#programs.set(args.programId, { merchantId, policyId, ...args.terms, retired: false, exitDelay });
        break;
      }
      case "ProgramRetired":
        this.#programs.set(args.programId, { ...known(this.#programs, args.programId, "program"), retired: true });
        break;
      case "WarningRaised":
      case "WarningCleared": {
        if (!lastingWarnings[args.kind]) break;
        const ofEscrow = args.kind === "OutstandingCap" || args.kind === "Complaints";
        const { warnings } = ofEscrow ? this.#merchant(args.merchantId) : this.#account(args.merchantId);
        if (name === "WarningRaised") warnings.set(args.kind, args.level);
        else warnings.delete(args.kind);
        break;
      }

      /* CARDS */

      case "CardOpened":
        this.#cards.set(args.cardId, {
          principal: args.principal,
          openedAt: args.startsAt,
          merchantId: args.merchantId,
          open: true,
          consumed: 0n,
          released: 0n,
          exitRequestedAt: 0n,
          nonce: 0n,
          dispute: undefined,
          contestDismissed: false,
          move: undefined,
        });
        this.#setPool(args);
        break;
      case "PoolUpdated":
        this.#setPool(args);
        break;
      case "PaidOut":
        // All that may be paid out is paid out.
        this.#setPool({ ...args, balance: args.outstanding });
        break;
      case "ConsumptionSettled":
      case "PassAccrued": {
        const card = this.#card(args.cardId);
        card.consumed = args.cumulative;
        card.released += args.released;
        break;
      }
      case "ExitRequested": {
        const card = this.#card(args.cardId);
        const exitRequestedAt = 2n * args.executableAt - args.lapsesAt;
        Object.assign(card, { exitRequestedAt, nonce: args.nonce, dispute: undefined, move: undefined });
        break;
      }
      case "ExitCancelled": {
        const card = this.#card(args.cardId);
        Object.assign(card, { exitRequestedAt: 0n, nonce: args.nonce, move: undefined });
        if (card.dispute?.kind === "Contest") card.dispute = undefined;
        break;
      }
      case "CardRefunded": {
        const { noticeEndsAt } = this.#merchant(args.merchantId);
        const deleted = args.rule === "Default" || (args.rule === "RunOff" && timeOf(event) >= noticeEndsAt);
        if (deleted) this.#cards.delete(args.cardId);
        else this.#close(this.#card(args.cardId));
        break;
      }
      case "RefundFailed": {
        const card = this.#card(args.cardId);
        if (card.dispute?.kind === "Complaint") card.dispute = undefined;
        break;
      }

      /* DISPUTES AND MOVES */

      case "ComplaintOpened": {
        const { value, rulingFrom, rulingUntil, nonce } = args;
        const dispute = { kind: "Complaint", value, rulingFrom, rulingUntil };
        Object.assign(this.#card(args.cardId), { dispute, nonce, exitRequestedAt: 0n, move: undefined });
        break;
      }
      case "ExitContested": {
        const { rulingFrom, rulingUntil } = args;
        this.#card(args.cardId).dispute = { kind: "Contest", value: 0n, rulingFrom, rulingUntil };
        break;
      }
      case "DisputeDismissed": {
        const card = this.#card(args.cardId);
        card.dispute = undefined;
        if (args.kind === "Contest") Object.assign(card, { exitRequestedAt: 0n, contestDismissed: true });
        else this.#complaintFrom.set(args.cardId, args.complaintFrom);
        break;
      }
      case "MoveRequested": {
        const { holder } = decodeCardId(args.cardId);
        const card = this.#card(args.cardId);
        const { to, by, executableAt, lapsesAt } = args;
        const exitDelay = lapsesAt - executableAt;
        const recovery = by === holder ? undefined : known(this.#recoveries, holder, "a recovery address of");
        const requestedAt = executableAt - (recovery === undefined ? exitDelay : 30n * DAY);
        card.move = { to, by, requestedAt, executableAt, exitDelay, naming: recovery?.naming };
        card.nonce = args.nonce;
        break;
      }
      case "MoveConsented": {
        const card = this.#card(args.cardId);
        const { executableAt } = args;
        if (card.move !== undefined) card.move = { ...card.move, requestedAt: executableAt, executableAt };
        break;
      }
      case "MoveCancelled":
        this.#card(args.cardId).move = undefined;
        break;
      case "CardMoved": {
        const card = this.#card(args.cardId);
        this.#cards.set(args.newCardId, { ...card, move: undefined });
        this.#close(card);
        const complaintFrom = this.#complaintFrom.get(args.cardId);
        if (complaintFrom !== undefined) this.#complaintFrom.set(args.newCardId, complaintFrom);
        break;
      }
      case "RecoverySet": {
        const naming = (this.#recoveries.get(args.holder)?.naming ?? 0n) + 1n;
        this.#recoveries.set(args.holder, { account: args.recovery, naming });
        break;
      }

      /* SUPERVISION */

      case "MerchantSuspended":
        Object.assign(this.#merchant(args.merchantId), { status: "Suspended", suspendedUntil: args.until });
        break;
      case "MerchantResumed":
        Object.assign(this.#merchant(args.merchantId), { status: "Active", suspendedUntil: args.suspendedUntil });
        break;
      case "RunOffStarted": {
        const { lastServiceAt, noticeEndsAt } = args;
        Object.assign(this.#merchant(args.merchantId), { status: "RunOff", lastServiceAt, noticeEndsAt });
        break;
      }
      case "MerchantClosed":
        this.#merchant(args.merchantId).status = "Closed";
        break;
      case "DefaultFlagged": {
        const m = this.#merchant(args.merchantId);
        const { serviceStoppedAt, windowEndsAt } = args;
        const flaggedAt = windowEndsAt - known(this.#policies, m.policyId, "policy").finalSettlement;
        Object.assign(m, { status: "Defaulted", flag: { flaggedAt, serviceStoppedAt, windowEndsAt } });
        break;
      }
      case "DefaultWithdrawn": {
        const m = this.#merchant(args.merchantId);
        const { status, suspendedUntil, withdrawnAt } = args;
        const flaggedAt = m.flag?.flaggedAt ?? 0n;
        Object.assign(m, { status, suspendedUntil, withdrawn: { flaggedAt, withdrawnAt } });
        break;
      }

      /* RULES AND REPORTS */

      case "RuleTightened": {
        const a = this.#account(args.merchantId);
        const { rule, since, cureBy } = args;
        this.#applyNextRule(a, since);
        if (a.rule.reportDays === 0n) a.reportsSince = since;
        Object.assign(a, { rule, ruleSince: since, cureBy, nextRule: undefined });
        break;
      }
      case "RuleLooseningAnnounced": {
        const a = this.#account(args.merchantId);
        this.#applyNextRule(a, args.effectiveAt - LOOSENING_DELAY);
        a.nextRule = { rule: args.rule, at: args.effectiveAt };
        break;
      }
      case "OutstandingReported": {
        const a = this.#account(args.merchantId);
        const { amount, asOf } = args;
        a.said = undefined;
        if (args.certified) {
          a.certified = { amount, asOf };
          break;
        }
        a.ownerAsOf = asOf;
        // Of a date that a reporter speaks of, an owner's lower figure is the reporter's.
        const covered = asOf <= a.certified.asOf && amount < a.certified.amount;
        a.said = covered ? a.certified : { amount, asOf };
        break;
      }
      case "ReportedFiguresSet": {
        const a = this.#account(args.merchantId);
        const figures = [
          { amount: args.next, actsAt: args.nextActsAt },
          { amount: args.later, actsAt: args.laterActsAt },
        ].filter(({ actsAt }) => actsAt !== 0n);
        a.waiting = figures.map((figure, i) => {
          // What an owner says last waits last; any other figure waited before.
          const before = a.waiting.find(({ amount, actsAt }) => amount === figure.amount && actsAt === figure.actsAt);
          const last = i === figures.length - 1 ? a.said : undefined;
          return { ...figure, asOf: last?.asOf ?? before?.asOf ?? 0n };
        });
        a.reported = { amount: args.reported, asOf: args.reportedAsOf };
        break;
      }

      /* DEPOSIT AND SURETY */

      case "VaultOpened": {
        const a = this.#account(args.merchantId);
        if (args.forSurety) a.suretyVault = args.vault;
        else a.depositVault = args.vault;
        break;
      }
      case "Deposited":
      case "Withdrawn":
      case "SurplusPaid":
        this.#account(args.merchantId).deposit = args.deposit;
        break;
      case "SuretyNamed":
        this.#account(args.merchantId).named = args.surety;
        break;
      case "SuretyPlaced": {
        const { surety: party, amount: surety, endsAt: suretyEndsAt } = args;
        Object.assign(this.#account(args.merchantId), { party, surety, suretyEndsAt });
        break;
      }
      case "SuretyTakenBack":
        this.#account(args.merchantId).surety = 0n;
        break;

      /* DISTRIBUTION */

      case "ClaimsPublished": {
        const { root, claims } = args;
        const publishedAt = args.objectionsEndAt - OBJECTION_PERIOD;
        Object.assign(this.#distribution(args.merchantId), {
          root,
          claims,
          publishedAt,
          suretyFree: !args.suretyBound,
        });
        break;
      }
      case "ClaimsObjected": {
        const none = { root: ZeroHash, claims: 0n, publishedAt: 0n };
        const { objections, objectedAt } = args;
        Object.assign(this.#distribution(args.merchantId), { ...none, objections, objectedAt });
        break;
      }
      case "SuretyDrawn":
        Object.assign(this.#account(args.merchantId), { surety: args.suretyLeft, deposit: args.deposit });
        break;
      case "ClaimsOpened":
        Object.assign(this.#account(args.merchantId), { deposit: args.deposit, claimsOpen: true });
        this.#distribution(args.merchantId).drawn = args.drawn;
        break;
      case "DistributionUpdated": {
        const { counted, paid } = args;
        this.#account(args.merchantId).deposit = args.deposit;
        Object.assign(this.#distribution(args.merchantId), { counted, paid });
        break;
      }
      case "SuretyRepaid":
      case "SuretyRestored":
        this.#account(args.merchantId).deposit = args.deposit;
        this.#distribution(args.merchantId).drawn = args.drawn;
        if (name === "SuretyRestored") this.#account(args.merchantId).surety = args.restored;
        break;

      /* WHAT CHANGES NO STATE, or changes it by another event of the same call */

      case "ClaimPaid":
      case "ClaimSkipped":
      case "ConsumptionSkipped":
      case "DisputeUpheld":
      case "RuleLooseningCancelled":
      case "SuretyDrawFailed":
        break;
    }
  }

  #setPool({ merchantId, outstanding, balance }: Record<"merchantId" | "outstanding" | "balance", bigint>): void {
    Object.assign(this.#merchant(merchantId), { outstanding, balance });
  }

  #close(card: Card): void {
    Object.assign(card, { open: false, dispute: undefined, move: undefined, contestDismissed: false });
  }

  #applyNextRule(a: Account, now: bigint): void {
    const next = a.nextRule;
    if (next === undefined || now < next.at) return;
    if (a.rule.reportDays === 0n) a.reportsSince = next.at;
    Object.assign(a, { rule: next.rule, ruleSince: next.at, nextRule: undefined });
  }

  #merchant(merchantId: bigint): Merchant {
    return known(this.#merchants, merchantId, "merchant");
  }

  #card(cardId: string): Card {
    return known(this.#cards, cardId, "card");
  }

  #account(merchantId: bigint): Account {
    let account = this.#accounts.get(merchantId);
    if (account === undefined) this.#accounts.set(merchantId, (account = emptyAccount()));
    return account;
  }

  /** Of the flag that is up, or would come next. */
  #distribution(merchantId: bigint): Distribution {
    const second = this.#merchants.get(merchantId)?.withdrawn !== undefined;
    return this.#account(merchantId).distributions[second ? 1 : 0];
  }

  /* ANSWERING */

  /** What stands at a moment, in Unix seconds; see {@link foldEvents}. */
  at(now: bigint): FoldedState {
    const merchants = new Map<bigint, FoldedMerchant>();
    const accounts = new Map<bigint, FoldedAccount>();
    const counts = this.#counts();
    for (const merchantId of this.#merchants.keys()) {
      merchants.set(merchantId, this.#merchantAt(merchantId, counts.get(merchantId) ?? noCounts, now));
      accounts.set(merchantId, this.#accountAt(merchantId, now));
    }
    const cards = new Map<string, FoldedCard>();
    for (const cardId of new Set([...this.#cards.keys(), ...this.#complaintFrom.keys()])) {
      cards.set(cardId, this.#cardAt(cardId, now));
    }
    const programs = new Map<bigint, ProgramView>();
    const programURIs = new Map<bigint, string>();
    for (const [programId, program] of this.#programs) {
      const { merchantId, policyId, kind, bearer, retired, price, units, listPrice } = program;
      programs.set(programId, { merchantId, policyId, kind, bearer, retired, price, units, listPrice });
      programURIs.set(programId, program.metadataURI);
    }
    const recoveries = new Map([...this.#recoveries].map(([holder, { account }]) => [holder, account]));
    return { merchants, programs, programURIs, cards, recoveries, accounts };
  }

  /** Open cards and complaints of every merchant that has any. */
  #counts(): ReadonlyMap<bigint, Counts> {
    const counts = new Map<bigint, Counts>();
    for (const { merchantId, open, dispute } of this.#cards.values()) {
      if (!open) continue;
      const { openCards, complaintCount, complaintValue } = counts.get(merchantId) ?? noCounts;
      const complained = dispute?.kind === "Complaint";
      counts.set(merchantId, {
        openCards: openCards + 1,
        complaintCount: complained ? complaintCount + 1n : complaintCount,
        complaintValue: complained ? complaintValue + dispute.value : complaintValue,
      });
    }
    return counts;
  }

  #merchantAt(merchantId: bigint, counts: Counts, now: bigint): FoldedMerchant {
    const m = this.#merchant(merchantId);
    const { metadataURI, outstanding, balance, outstandingCap } = m;
    const { openCards, complaintCount, complaintValue } = counts;
    const due = m.nextPayout !== undefined && now >= m.nextPayout.at;
    const waiting = due ? undefined : m.nextPayout;
    const merchant: MerchantView = {
      status: m.status === "Suspended" && now >= m.suspendedUntil ? "Active" : m.status,
      owner: m.owner,
      payout: due ? (m.nextPayout?.to ?? m.payout) : m.payout,
      vault: m.vault,
      token: m.token,
      policyId: m.policyId,
      nextOwner: m.nextOwner?.to ?? ZeroAddress,
      ownershipAcceptableAt: m.nextOwner?.at ?? 0n,
      nextPayout: waiting?.to ?? ZeroAddress,
      payoutChangesAt: waiting?.at ?? 0n,
      suspendedUntil: m.suspendedUntil,
      lastServiceAt: m.lastServiceAt,
      noticeEndsAt: m.noticeEndsAt,
      serviceStoppedAt: m.flag?.serviceStoppedAt ?? 0n,
      flaggedAt: (m.status === "Defaulted" ? m.flag?.flaggedAt : m.withdrawn?.flaggedAt) ?? 0n,
      windowEndsAt: m.flag?.windowEndsAt ?? 0n,
      withdrawnAt: m.withdrawn?.withdrawnAt ?? 0n,
      complaintCount,
      complaintValue,
    };
    const pool = { outstanding, balance, releasable: balance - outstanding, outstandingCap };
    const operators = new Set(m.operators);
    return { metadataURI, merchant, pool, warnings: standing(m.warnings), operators, openCards };
  }

  #cardAt(cardId: string, now: bigint): FoldedCard {
    const card = this.#cards.get(cardId);
    const complaintFrom = this.#complaintFrom.get(cardId) ?? 0n;
    const { kind = "None", value = 0n, rulingFrom = 0n, rulingUntil = 0n } = card?.dispute ?? {};
    const contestDismissed = card?.contestDismissed ?? false;
    const dispute: DisputeView = { kind, value, rulingFrom, rulingUntil, complaintFrom, contestDismissed };
    if (card === undefined) {
      const { merchantId } = known(this.#programs, decodeCardId(cardId).programId, "program");
      return { merchantId, card: noCard, remaining: 0n, exit: noExit, dispute, move: noMove };
    }
    const move = this.#moveAt(cardId, card, now);
    const exit = card.open ? this.#exitAt(cardId, card, now) : undefined;
    const { merchantId, principal, consumed, openedAt, exitRequestedAt, nonce, open } = card;
    return {
      merchantId,
      card: {
        status: open ? "Open" : "Closed",
        principal,
        consumed,
        openedAt,
        exitRequestedAt: exit === undefined ? 0n : exitRequestedAt,
        nonce,
        disputed: card.dispute !== undefined,
        moving: move !== noMove,
      },
      remaining: open ? principal - card.released : 0n,
      exit: exit ?? noExit,
      dispute,
      move,
    };
  }

  /** The exit that is pending, a contested one too; that has no date of its own. */
  #exitAt(cardId: string, card: Card, now: bigint): FoldedCard["exit"] | undefined {
    const { exitRequestedAt, dispute } = card;
    if (exitRequestedAt === 0n) return undefined;
    if (dispute !== undefined) return noExit;
    const { exitDelay } = known(this.#programs, decodeCardId(cardId).programId, "program");
    const m = this.#merchant(card.merchantId);
    const executableAt = exitRequestedAt + exitDelay;
    const lapsesAt = lapseOf(m, exitRequestedAt, executableAt + exitDelay);
    return clockOf(m, now) < lapsesAt ? { executableAt, lapsesAt } : undefined;
  }

  #moveAt(cardId: string, card: Card, now: bigint): MoveView {
    const { move } = card;
    if (!card.open || move === undefined) return noMove;
    const recovery = this.#recoveries.get(decodeCardId(cardId).holder);
    if (move.naming !== undefined && move.naming !== recovery?.naming) return noMove;
    const m = this.#merchant(card.merchantId);
    const lapsesAt = lapseOf(m, move.requestedAt, move.executableAt + move.exitDelay);
    if (clockOf(m, now) >= lapsesAt) return noMove;
    return { to: move.to, by: move.by, executableAt: move.executableAt, lapsesAt };
  }

  #accountAt(merchantId: bigint, now: bigint): FoldedAccount {
    const a = this.#account(merchantId);
    const next = a.nextRule;
    const ruled = next !== undefined && now >= next.at;
    const rule = ruled ? next.rule : a.rule;
    const due = a.waiting.filter(({ actsAt }) => now >= actsAt).length;
    const reported = due === 0 ? a.reported : (a.waiting[due - 1] ?? a.reported);
    const [nextFigure, laterFigure] = a.waiting.slice(due);
    const counted = now + SURETY_NOTICE < a.suretyEndsAt ? a.surety : 0n;
    const required = max(grossOf(rule, reported.amount) - counted, 0n);
    const lastAsOf = max(a.ownerAsOf, a.certified.asOf);
    const askedSince = a.rule.reportDays === 0n ? (next?.at ?? 0n) : a.reportsSince;
    const reportDueAt = rule.reportDays === 0n ? 0n : (lastAsOf || askedSince) + rule.reportDays * DAY;
    const bound = this.#isBound(merchantId, now);
    return {
      rule: {
        rule,
        since: ruled ? next.at : a.ruleSince,
        cureBy: a.cureBy,
        nextRule: ruled || next === undefined ? noRule : next.rule,
        nextRuleAt: ruled || next === undefined ? 0n : next.at,
      },
      deposit: {
        deposit: a.deposit,
        required,
        reported: reported.amount,
        reportedAsOf: reported.asOf,
        lastAsOf,
        reportDueAt,
        nextReported: nextFigure?.amount ?? 0n,
        nextActsAt: nextFigure?.actsAt ?? 0n,
        laterReported: laterFigure?.amount ?? 0n,
        laterActsAt: laterFigure?.actsAt ?? 0n,
        certified: a.certified.amount,
        certifiedAsOf: a.certified.asOf,
        vault: a.depositVault,
      },
      surety: {
        named: a.named,
        party: a.party,
        amount: a.surety,
        counted,
        endsAt: a.suretyEndsAt,
        bound,
        vault: a.suretyVault,
      },
      distribution: this.#distributionAt(merchantId, bound),
      warnings: standing(a.warnings),
    };
  }

  #isBound(merchantId: bigint, now: bigint): boolean {
    const { status, flag } = this.#merchant(merchantId);
    const a = this.#account(merchantId);
    const d = this.#distribution(merchantId);
    if (status !== "Defaulted" || flag === undefined || flag.flaggedAt >= a.suretyEndsAt) return false;
    if (a.claimsOpen || d.suretyFree) return false;
    return d.publishedAt !== 0n || now < max(a.suretyEndsAt, max(flag.flaggedAt, d.objectedAt) + SURETY_BINDING);
  }

  #distributionAt(merchantId: bigint, bound: boolean): DistributionView {
    const { status, flag } = this.#merchant(merchantId);
    const a = this.#account(merchantId);
    const { root, claims, publishedAt, objections, counted, paid, drawn } = this.#distribution(merchantId);
    const none = { root: ZeroHash, claims: 0n, publishedAt: 0n, objectionsEndAt: 0n, opensAt: 0n, objections: 0n };
    const nothing = { counted: 0n, paid: 0n, funded: 0n, drawn: 0n };
    if (status !== "Defaulted" || flag === undefined) return { ...none, ...nothing };
    if (publishedAt === 0n) return { ...none, objections, ...nothing };
    const objectionsEndAt = publishedAt + OBJECTION_PERIOD;
    const opensAt = max(objectionsEndAt, flag.windowEndsAt);
    const funded = min(claims, a.deposit + paid + (bound ? a.surety : 0n));
    return { root, claims, publishedAt, objectionsEndAt, opensAt, objections, counted, paid, funded, drawn };
  }
}

function timeOf({ name, blockNumber, timestamp }: FoldableEvent): bigint {
  if (timestamp !== undefined) return timestamp;
  throw new RangeError(`${name} does not say when it happened. Next: give it the time of block ${blockNumber}.`);
}

function standing(warnings: ReadonlyMap<WarningKindName, WarningLevelName>): WarningView[] {
  const kinds = Object.keys(lastingWarnings) as WarningKindName[];
  return kinds.flatMap((kind) => {
    const level = warnings.get(kind);
    return level === undefined ? [] : [{ kind, level }];
  });
}

/** When a request lapses; the time of a withdrawn flag counts towards no lapse. */
function lapseOf({ withdrawn }: Merchant, requestedAt: bigint, end: bigint): bigint {
  if (withdrawn === undefined) return end;
  const { flaggedAt, withdrawnAt } = withdrawn;
  return requestedAt < withdrawnAt ? end + withdrawnAt - flaggedAt : end;
}

/** What a lapse is measured against: a flag stops the clock. */
function clockOf({ status, flag }: Merchant, now: bigint): bigint {
  return status === "Defaulted" ? (flag?.flaggedAt ?? now) : now;
}

/** What must be kept for a balance before any surety; rounded up. */
function grossOf(rule: DepositRule, reported: bigint): bigint {
  let bps = rule.bps0;
  if (reported > rule.threshold2) bps = rule.bps2;
  else if (reported > rule.threshold1) bps = rule.bps1;
  return (reported * bps + BPS - 1n) / BPS;
}
