import { decodeCardId, isEvent, standingWarnings } from "prepaid-escrow";
import type { DisputeKindName, EscrowEvent, MerchantStatusName, ProgramTerms, StandingWarning } from "prepaid-escrow";

/*
 * A picture of all merchants and cards, made of events alone, for the pages that list many of them. Every figure is one that an
 * event carries; what a page shows of a single card or merchant it asks the contracts.
 */

export interface LedgerMerchant {
  readonly merchantId: bigint;
  owner: string;
  readonly token: string;
  readonly vault: string;
  policyId: bigint;
  readonly metadataURI: string;
  /** Whole tokens, zero for none. */
  cap: bigint;
  outstanding: bigint;
  balance: bigint;
  /** As the last event left it; a suspension also ends by itself at `suspendedUntil`. */
  status: MerchantStatusName;
  suspendedUntil: bigint;
  windowEndsAt: bigint;
  noticeEndsAt: bigint;
  readonly operators: Set<string>;
  readonly cardIds: string[];
  openCards: number;
  openComplaints: number;
  /** Of the newest events. */
  evidence: { readonly of: string; readonly hash: string; readonly blockNumber: number }[];
}

export interface LedgerProgram {
  readonly programId: bigint;
  readonly merchantId: bigint;
  readonly policyId: bigint;
  readonly terms: ProgramTerms;
  retired: boolean;
}

export interface LedgerDispute {
  readonly kind: DisputeKindName;
  readonly rulingFrom: bigint;
  readonly rulingUntil: bigint;
  readonly evidence: string;
  readonly transactionHash: string;
}

export interface LedgerCard {
  readonly cardId: string;
  readonly merchantId: bigint;
  readonly programId: bigint;
  readonly holder: string;
  principal: bigint;
  released: bigint;
  refunded: bigint;
  /** In units of its program. */
  consumed: bigint;
  /** Head of the receipts that are settled. */
  receipt: string;
  open: boolean;
  exit: { readonly executableAt: bigint; readonly lapsesAt: bigint } | undefined;
  dispute: LedgerDispute | undefined;
  move:
    { readonly to: string; readonly by: string; readonly executableAt: bigint; readonly lapsesAt: bigint } | undefined;
}

/** What stands after all events so far. */
export interface Ledger {
  readonly events: readonly EscrowEvent[];
  readonly merchants: ReadonlyMap<bigint, LedgerMerchant>;
  readonly programs: ReadonlyMap<bigint, LedgerProgram>;
  readonly cards: ReadonlyMap<string, LedgerCard>;
  readonly warnings: readonly StandingWarning[];
  /** Whether the newest blocks have been read. */
  readonly caughtUp: boolean;
  readonly block: number;
  readonly fault: string | undefined;
}

export const EMPTY: Ledger = {
  events: [],
  merchants: new Map(),
  programs: new Map(),
  cards: new Map(),
  warnings: [],
  caughtUp: false,
  block: 0,
  fault: undefined,
};

/** Books events, oldest first. */
export class Bookkeeper {
  readonly events: EscrowEvent[] = [];
  readonly merchants = new Map<bigint, LedgerMerchant>();
  readonly programs = new Map<bigint, LedgerProgram>();
  readonly cards = new Map<string, LedgerCard>();
  warnings: StandingWarning[] = [];

  book(events: readonly EscrowEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.#book(event);
    }
    this.warnings = standingWarnings(events, this.warnings);
  }

  #book(event: EscrowEvent): void {
    if (isEvent(event, "MerchantRegistered")) {
      const { merchantId, owner, token, vault, policyId, metadataURI } = event.args;
      this.merchants.set(merchantId, {
        ...{ merchantId, owner, token, vault, policyId, metadataURI, cap: 0n, outstanding: 0n, balance: 0n },
        ...{ status: "Active", suspendedUntil: 0n, windowEndsAt: 0n, noticeEndsAt: 0n },
        ...{ operators: new Set<string>(), cardIds: [], openCards: 0, openComplaints: 0, evidence: [] },
      });
      return;
    }
    const args = event.args as { readonly merchantId?: bigint; readonly cardId?: string };
    const merchant = args.merchantId === undefined ? undefined : this.merchants.get(args.merchantId);
    const card = args.cardId === undefined ? undefined : this.cards.get(args.cardId);
    if (merchant !== undefined) this.#bookMerchant(event, merchant);
    if (merchant !== undefined && isEvent(event, "CardOpened"))
      this.#open(merchant, event.args.cardId, event.args.principal);
    else if (merchant !== undefined && card !== undefined) this.#bookCard(event, merchant, card);
    if (isEvent(event, "ProgramPublished")) {
      const { programId, merchantId, policyId, terms } = event.args;
      this.programs.set(programId, { programId, merchantId, policyId, terms, retired: false });
    } else if (isEvent(event, "ProgramRetired")) {
      const program = this.programs.get(event.args.programId);
      if (program !== undefined) program.retired = true;
    }
  }

  #open(merchant: LedgerMerchant, cardId: string, principal: bigint): void {
    const { holder, programId } = decodeCardId(cardId);
    this.cards.set(cardId, {
      ...{
        cardId,
        merchantId: merchant.merchantId,
        programId,
        holder,
        principal,
        released: 0n,
        refunded: 0n,
        consumed: 0n,
      },
      ...{ receipt: `0x${"0".repeat(64)}`, open: true, exit: undefined, dispute: undefined, move: undefined },
    });
    merchant.cardIds.push(cardId);
    merchant.openCards += 1;
  }

  #bookMerchant(event: EscrowEvent, merchant: LedgerMerchant): void {
    const noted = (of: string, hash: string): void => {
      merchant.evidence.push({ of, hash, blockNumber: event.blockNumber });
    };
    switch (event.name) {
      case "CardOpened":
      case "PoolUpdated":
        merchant.outstanding = event.args.outstanding;
        merchant.balance = event.args.balance;
        break;
      case "PaidOut":
        merchant.outstanding = event.args.outstanding;
        merchant.balance = event.args.outstanding;
        break;
      case "OutstandingCapSet":
        merchant.cap = event.args.outstandingCap;
        break;
      case "MerchantPolicySet":
        merchant.policyId = event.args.policyId;
        break;
      case "OwnershipTransferred":
        merchant.owner = event.args.newOwner;
        break;
      case "OperatorSet":
        if (event.args.enabled) merchant.operators.add(event.args.operator);
        else merchant.operators.delete(event.args.operator);
        break;
      case "MerchantSuspended":
        merchant.status = "Suspended";
        merchant.suspendedUntil = event.args.until;
        noted(event.name, event.args.evidence);
        break;
      case "MerchantResumed":
        merchant.status = "Active";
        break;
      case "RunOffStarted":
        merchant.status = "RunOff";
        merchant.noticeEndsAt = event.args.noticeEndsAt;
        break;
      case "MerchantClosed":
        merchant.status = "Closed";
        break;
      case "DefaultFlagged":
        merchant.status = "Defaulted";
        merchant.windowEndsAt = event.args.windowEndsAt;
        noted(event.name, event.args.evidence);
        break;
      case "DefaultWithdrawn":
        merchant.status = event.args.status;
        merchant.suspendedUntil = event.args.suspendedUntil;
        break;
      default:
    }
  }

  #bookCard(event: EscrowEvent, merchant: LedgerMerchant, card: LedgerCard): void {
    const { transactionHash } = event;
    const endDispute = (): void => {
      if (card.dispute?.kind === "Complaint") merchant.openComplaints -= 1;
      card.dispute = undefined;
    };
    const close = (): void => {
      endDispute();
      if (card.open) merchant.openCards -= 1;
      Object.assign(card, { open: false, exit: undefined, move: undefined });
    };
    switch (event.name) {
      case "ConsumptionSettled":
        card.released += event.args.released;
        card.consumed = event.args.cumulative;
        card.receipt = event.args.receipt;
        break;
      case "PassAccrued":
        card.released += event.args.released;
        card.consumed = event.args.cumulative;
        break;
      case "ExitRequested":
        endDispute();
        card.move = undefined;
        card.exit = { executableAt: event.args.executableAt, lapsesAt: event.args.lapsesAt };
        break;
      case "ExitCancelled":
        endDispute();
        card.exit = undefined;
        break;
      case "CardRefunded":
        card.released += event.args.released;
        card.refunded += event.args.refunded;
        close();
        break;
      case "ComplaintOpened":
        merchant.openComplaints += 1;
        card.move = undefined;
        card.dispute = { kind: "Complaint", ...event.args, transactionHash };
        break;
      case "ExitContested":
        card.exit = undefined;
        card.dispute = { kind: "Contest", ...event.args, transactionHash };
        break;
      case "DisputeDismissed":
      case "DisputeUpheld":
        endDispute();
        break;
      case "MoveRequested":
        card.move = { ...event.args };
        break;
      case "MoveConsented":
        if (card.move !== undefined) card.move = { ...card.move, executableAt: event.args.executableAt };
        break;
      case "MoveCancelled":
        card.move = undefined;
        break;
      case "CardMoved": {
        const { newCardId } = event.args;
        const { holder, programId } = decodeCardId(newCardId);
        this.cards.set(newCardId, { ...card, cardId: newCardId, holder, programId, move: undefined });
        merchant.cardIds.push(newCardId);
        merchant.openCards += 1;
        close();
        break;
      }
      default:
    }
  }
}
