import { hexlify, randomBytes } from "ethers";

import { asked } from "../client/rpc.js";
import type { ContractConsumption, EscrowOperation, SignedConsumption } from "../actions/calls.js";
import type { EscrowClient } from "../client/client.js";
import type { ProviderLike, ReceiptLike } from "../client/ethersLike.js";
import type { SendMemory } from "../client/sending.js";
import { NodeUnreachableError, OutcomeUnknownError } from "../client/errors.js";
import { decodeEvents, isEvent } from "../contracts/events.js";
import { pause } from "../utils/waiting.js";
import { TillError } from "./errors.js";
import type { KnownState } from "./knownState.js";
import { planSettlement } from "./planning.js";
import type { Plan, PlannedRow, PlanOptions } from "./planning.js";
import { sendDearer } from "./sending.js";
import type { BookedVisit, LossReason, SentBatch, TillStore } from "./store.js";
import { isSignedByContract } from "./verifier.js";

/** The result of a row in a block. */
export interface RowOutcome {
  readonly visit: BookedVisit;
  /** Whether it is settled as of that block, which is not final yet. */
  readonly settled: boolean;
  /** Why not. */
  readonly reason?: LossReason;
}

/** The result of {@link Settler.reconcile}. */
export interface Reconciliation {
  /** Settlements that became final; settlements that are gone, whose rows are open again. */
  readonly final: readonly SentBatch[];
  readonly requeued: readonly SentBatch[];
  /** Settlements that are not final yet. */
  readonly pending: readonly SentBatch[];
  /** Visits found just now that can never be settled. */
  readonly lost: readonly { readonly visit: BookedVisit; readonly reason: LossReason }[];
}

/** Time from keeping a transaction in the book until a node must know it, in seconds: another process or a wallet may still be sending. */
const DEPARTURE = 120n;
/** Time after which the fee of a transaction that is not mined is raised, in seconds. */
const PATIENCE = 600n;
/** Number of cards that are read at once. */
const AT_ONCE = 100;

/** Settles the open vouchers of a till's book, and follows each settlement until it is final. */
export class Settler {
  constructor(
    private readonly known: KnownState,
    private readonly client: EscrowClient,
    private readonly store: TillStore,
    /** Number of blocks that must follow a settlement until it counts as final. */
    readonly confirmations: number,
  ) {}

  /**
   * One round of settling: {@link reconcile}, then {@link plan}, then {@link send} if the plan is due.
   *
   * @returns The plan, and the settlements that were sent.
   * @throws NodeUnreachableError, BookFailedError or RevertError as these do.
   */
  async turn(options: PlanOptions = {}): Promise<{ readonly plan: Plan; readonly sent: readonly SentBatch[] }> {
    await this.reconcile();
    const plan = await this.plan(options);
    return { plan, sent: plan.settle && !(await this.#isOver("latest")) ? await this.send(plan) : [] };
  }

  /** Plans a settlement from the last readings; see {@link planSettlement}. */
  async plan(options: PlanOptions = {}): Promise<Plan> {
    const [open, batches, merchant] = await Promise.all([
      this.store.open(),
      this.store.batches(),
      this.known.merchant().then((known) => known ?? this.known.refreshMerchant()),
    ]);
    const cards = await this.known.cards(open.map(({ visit }) => visit.cardId));
    const inFlight = batches.flatMap(({ rows }) => rows);
    const { decimals } = this.known.token;
    return planSettlement({ open, cards, merchant, inFlight, decimals, now: this.known.now(), options });
  }

  /**
   * Sends a plan. Each transaction is in the book before it is sent.
   *
   * @throws RevertError if the escrow refuses the whole batch (the signer is no operator, the window is over): nothing was sent.
   */
  async send({ rows, contractRows, payOut }: Pick<Plan, "rows" | "contractRows" | "payOut">): Promise<SentBatch[]> {
    const sent: SentBatch[] = [];
    if (rows.length > 0) sent.push(await this.#send(payOut ? "settleAndPayOut" : "settle", rows));
    if (contractRows.length > 0) sent.push(await this.#send("settleContractHolders", contractRows));
    return sent;
  }

  /**
   * Settles the newest vouchers of some cards at once and waits for the block: for visits that must be settled before they are served.
   *
   * @param options `timeout`: longest wait in milliseconds. Default: 120 000.
   * @returns Whether the newest visit of each card is settled. A voucher whose signature its contract denies is lost, so that the
   * next visit does not count it.
   * @throws OutcomeUnknownError if the block takes longer; the voucher stays in the book.
   */
  async settleNow(cardIds: readonly string[], options: { readonly timeout?: number } = {}): Promise<RowOutcome[]> {
    const wanted = new Set(cardIds.map((id) => id.toLowerCase()));
    await this.#review(await this.#ask((provider) => provider.getBlockNumber()));
    const mine = (await this.store.open()).filter(({ visit }) => wanted.has(visit.cardId)).map(({ visit }) => visit);
    const batches = await this.store.batches();
    const isIn = (visit: BookedVisit) => (batch: SentBatch) =>
      batch.rows.some(({ cardId, cumulative }) => cardId === visit.cardId && cumulative >= visit.cumulative);
    const fresh = mine.filter((visit) => !batches.some(isIn(visit)));
    const refused: RowOutcome[] = [];
    for (const visit of fresh.filter(({ contract }) => contract)) {
      // A row that the escrow would skip wastes gas. If the contract changes its answer later, the escrow skips the row.
      if (await isSignedByContract(this.client, visit)) continue;
      refused.push({ visit, settled: false, reason: "BadSignature" });
    }
    const sent = await this.send({
      rows: fresh.filter(({ contract }) => !contract).map((visit) => ({ visit, worth: 0n })),
      contractRows: fresh
        .filter((visit) => visit.contract && !refused.some((one) => one.visit === visit))
        .map((visit) => ({ visit, worth: 0n })),
      payOut: false,
    });
    const deadline = Date.now() + (options.timeout ?? 120_000);
    const outcomes = [...refused];
    for (const batch of [...batches, ...sent]) {
      const inBatch = mine.filter((visit) => isIn(visit)(batch));
      if (inBatch.length === 0) continue;
      const receipt = await this.#mined(batch, deadline);
      outcomes.push(...outcomesOf(this.client, receipt, inBatch));
    }
    for (const { visit, settled, reason } of outcomes) {
      await this.known.refresh(visit.cardId);
      if (!settled && visit.contract && reason === "BadSignature") {
        await this.store.lose(visit.cardId, visit.cumulative, reason);
      }
      wanted.delete(visit.cardId);
    }
    // A card without an open voucher was settled by another till.
    for (const cardId of wanted) {
      const visit = await this.store.newest(cardId);
      if (visit !== undefined) outcomes.push({ visit, settled: true });
    }
    return outcomes;
  }

  /**
   * Compares the book with the chain: forgets settlements that are final, reopens the rows of settlements that were dropped, replaced
   * or undone by a reorganisation, and marks visits that are lost. Call it regularly, and after a restart.
   *
   * @throws NodeUnreachableError if the node does not answer, BookFailedError if the book fails.
   */
  async reconcile(): Promise<Reconciliation> {
    const head = await this.#ask((provider) => provider.getBlockNumber());
    const found = await this.#review(head);
    await this.known.refreshMerchant();
    const over = await this.#isOver(this.#finalBlock(head));
    const lost: { visit: BookedVisit; reason: LossReason }[] = [];
    const open = await this.store.open();
    for (let start = 0; start < open.length; start += AT_ONCE) {
      const some = open.slice(start, start + AT_ONCE);
      const reasons = await Promise.all(some.map(({ visit }) => this.#look(visit, over, head)));
      for (const [i, reason] of reasons.entries()) {
        const visit = some[i]?.visit;
        if (reason === undefined || visit === undefined) continue;
        lost.push({ visit, reason });
      }
    }
    return { ...found, lost };
  }

  /* INSIDE */

  /** The state of every settlement that was sent. */
  async #review(head: number): Promise<Omit<Reconciliation, "lost">> {
    const found = { final: [] as SentBatch[], requeued: [] as SentBatch[], pending: [] as SentBatch[] };
    for (const batch of await this.store.batches()) {
      const state = await this.#stateOf(batch, head);
      found[state].push(batch);
      if (state !== "pending") await this.store.dropBatch(batch.id);
    }
    return found;
  }

  async #send(operation: EscrowOperation, rows: readonly PlannedRow[]): Promise<SentBatch> {
    const merchantId = this.known.merchantId;
    const visits = rows.map(({ visit }) => visit);
    const call =
      operation === "settleContractHolders"
        ? this.client.call(operation, { merchantId, rows: visits.map(contractRow) })
        : this.client.call(operation as "settle", { merchantId, rows: visits.map(rowOf) });
    const about = {
      id: hexlify(randomBytes(16)),
      operation,
      rows: visits.map(({ cardId, cumulative }) => ({ cardId, cumulative })),
      sentAt: this.known.now(),
    };
    // Remembered before it leaves, so that it is set when `submit` returns.
    let kept!: SentBatch;
    const memory: SendMemory = {
      remember: async (departure) => {
        kept = { ...about, ...departure };
        await this.store.keepBatch(kept);
      },
      forget: async () => {
        await this.store.dropBatch(about.id);
      },
    };
    await this.client.submit(call, { memory });
    return kept;
  }

  /** Whether a settlement is final, on its way, or gone. */
  async #stateOf(batch: SentBatch, head: number): Promise<"final" | "pending" | "requeued"> {
    const { hash, raw, from, nonce, sentAt } = batch;
    const receipt = hash === undefined ? null : await this.#ask((provider) => provider.getTransactionReceipt(hash));
    if (receipt !== null) {
      if (head - receipt.blockNumber < this.confirmations) return "pending";
      if (receipt.status !== 1) return "requeued";
      await this.#conclude(receipt);
      return "final";
    }
    if (hash !== undefined && (await this.#ask((provider) => provider.getTransaction(hash))) !== null) {
      if (raw !== undefined && this.known.now() - sentAt >= PATIENCE) await this.#hasten(batch, raw);
      return "pending";
    }
    // Another transaction has used its nonce, so it will never be mined. Settling its rows again is harmless.
    const next = await this.#ask((provider) => provider.getTransactionCount(from, "latest"));
    if (next > nonce) return "requeued";
    if (raw !== undefined) {
      try {
        await this.#ask((provider) => provider.broadcastTransaction(raw));
        return "pending";
      } catch (error) {
        if (error instanceof NodeUnreachableError) throw error;
        return "requeued";
      }
    }
    return this.known.now() - sentAt < DEPARTURE ? "pending" : "requeued";
  }

  /** Replaces a transaction that is not mined by one with a higher fee. The cards show the result, whichever of the two is mined. */
  async #hasten(batch: SentBatch, raw: string): Promise<void> {
    try {
      await sendDearer(this.client, raw, async (departure) => {
        await this.store.keepBatch({ ...batch, ...departure, sentAt: this.known.now() });
      });
    } catch (error) {
      if (error instanceof NodeUnreachableError || error instanceof TillError) throw error;
      // Refused (too little money, or mined meanwhile): the first transaction still stands.
      await this.store.keepBatch(batch);
    }
  }

  /** Records the rows of a final settlement. */
  async #conclude(receipt: ReceiptLike): Promise<void> {
    const logs = receipt.logs.filter(({ address }) => address === this.client.escrow);
    for (const event of decodeEvents(logs)) {
      if (isEvent(event, "ConsumptionSettled")) {
        await this.store.settle(event.args.cardId, event.args.cumulative);
      }
    }
  }

  /** Reads the card of an open voucher: records final settlements, and marks the voucher if it is lost. Returns why it is. */
  async #look(visit: BookedVisit, over: boolean, head: number): Promise<LossReason | undefined> {
    const { cardId, cumulative } = visit;
    const card = await this.known.refresh(cardId);
    if (card.status === "Open" && card.consumed < cumulative && !over) return undefined;
    // A result counts once it is final.
    const final = await this.client.card(cardId, this.#finalBlock(head));
    const gone = card.status !== "Open" && final.status === card.status;
    // A card refunded after a default or a run-off is deleted; only the log still has its consumption.
    const deleted = gone && card.status === "None";
    const consumed = deleted ? await this.#lastSettled(cardId) : final.consumed;
    // If the node gives no old logs, the voucher stays open.
    if (consumed === undefined) return undefined;
    if (consumed > 0n) await this.store.settle(cardId, consumed);
    if (consumed >= cumulative || card.consumed >= cumulative) return undefined;
    const reason = gone ? "CardNotOpen" : over ? "WindowOver" : undefined;
    if (reason !== undefined) await this.store.lose(cardId, consumed + 1n, reason);
    return reason;
  }

  /** Whether the final settlement window was over at a block. */
  async #isOver(block: number | "latest"): Promise<boolean> {
    const merchant = await this.known.merchant();
    return merchant?.status === "Defaulted" && (await this.client.now(block)) >= merchant.windowEndsAt;
  }

  /** The newest block that counts as final. */
  #finalBlock(head: number): number {
    return Math.max(0, head - this.confirmations);
  }

  /** Consumption by the last settlement in the log, in units; `undefined` if the node gives no old logs. */
  async #lastSettled(cardId: string): Promise<bigint | undefined> {
    try {
      return (await this.client.history.lastSettlement(cardId))?.args.cumulative ?? 0n;
    } catch {
      return undefined;
    }
  }

  async #ask<T>(question: (provider: ProviderLike) => Promise<T>): Promise<T> {
    return await asked(() => question(this.client.provider));
  }

  async #mined({ hash }: SentBatch, deadline: number): Promise<ReceiptLike> {
    for (;;) {
      const receipt = hash === undefined ? null : await this.#ask((provider) => provider.getTransactionReceipt(hash));
      if (receipt !== null) return receipt;
      if (Date.now() >= deadline) throw new OutcomeUnknownError(hash, {});
      await pause(Math.min(500, Math.max(1, deadline - Date.now())));
    }
  }
}

/** The row of a batch that settles a visit of a holder with a key; what `askSettlement` of the client takes. */
export function rowOf({ cardId, cumulative, receipt, signature }: BookedVisit): SignedConsumption {
  return { cardId, cumulative, receipt, r: signature.slice(0, 66), vs: `0x${signature.slice(66)}` };
}

function contractRow({ cardId, cumulative, receipt, signature }: BookedVisit): ContractConsumption {
  return { cardId, cumulative, receipt, signature };
}

/** The results of some rows in a block. A cumulative at or below the settled one counts as settled. */
function outcomesOf(client: EscrowClient, receipt: ReceiptLike, visits: readonly BookedVisit[]): RowOutcome[] {
  const events = decodeEvents(receipt.logs.filter(({ address }) => address === client.escrow));
  return visits.map((visit) => {
    const skipped = events
      .filter((event) => isEvent(event, "ConsumptionSkipped"))
      .find(({ args }) => args.cardId === visit.cardId);
    const booked = events
      .filter((event) => isEvent(event, "ConsumptionSettled"))
      .some(({ args }) => args.cardId === visit.cardId && args.cumulative >= visit.cumulative);
    if (booked || skipped?.args.reason === "Stale") return { visit, settled: true };
    return { visit, settled: false, ...(skipped === undefined ? {} : { reason: skipped.args.reason }) };
  });
}
