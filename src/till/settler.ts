import { hexlify, randomBytes } from "ethers";
import type { Provider, TransactionReceipt } from "ethers";

import { asked } from "../client/rpc.js";
import type { ContractConsumption, EscrowOperation, SignedConsumption } from "../actions/calls.js";
import type { EscrowClient } from "../client/client.js";
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

/** What became of a row in a block. */
export interface RowOutcome {
  readonly visit: BookedVisit;
  /** Whether it is on chain; as of that block, which is final only later. */
  readonly settled: boolean;
  /** Why not. */
  readonly reason?: LossReason;
}

/** What a look at the chain has found. */
export interface Reconciliation {
  /** Settlements that became final, and those that are gone and whose rows wait again. */
  readonly final: readonly SentBatch[];
  readonly requeued: readonly SentBatch[];
  /** Settlements that are not final yet. */
  readonly pending: readonly SentBatch[];
  /** Visits that can never be settled any more, found just now. */
  readonly lost: readonly { readonly visit: BookedVisit; readonly reason: LossReason }[];
}

/** Seconds that a transaction may take from being remembered to being known: in another process, or on a wallet's own way to the nodes. */
const DEPARTURE = 120n;
/** Seconds after which a transaction that is not mined is paid more for. */
const PATIENCE = 600n;
/** Cards that are read at once. */
const AT_ONCE = 100;

/** Settles what a till's book has, and watches it until it is final. */
export class Settler {
  constructor(
    private readonly known: KnownState,
    private readonly client: EscrowClient,
    private readonly store: TillStore,
    /** Blocks that must lie on top of a settlement until it is final. */
    readonly confirmations: number,
  ) {}

  /**
   * One turn of the wheel: looks at what was sent and at every card with an open voucher, and settles if it is time.
   *
   * @returns The plan, and what was sent of it.
   */
  async turn(options: PlanOptions = {}): Promise<{ readonly plan: Plan; readonly sent: readonly SentBatch[] }> {
    await this.reconcile();
    const plan = await this.plan(options);
    return { plan, sent: plan.settle && !(await this.#isOver("latest")) ? await this.send(plan) : [] };
  }

  /** What to settle now, from what was last read; see {@link planSettlement}. */
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
   * Sends a plan. Each transaction is in the book before it leaves.
   *
   * @throws RevertError if the escrow refuses the whole batch (no operator, window over): nothing was sent.
   */
  async send({ rows, contractRows, payOut }: Pick<Plan, "rows" | "contractRows" | "payOut">): Promise<SentBatch[]> {
    const sent: SentBatch[] = [];
    if (rows.length > 0) sent.push(await this.#send(payOut ? "settleAndPayOut" : "settle", rows));
    if (contractRows.length > 0) sent.push(await this.#send("settleContractHolders", contractRows));
    return sent;
  }

  /**
   * Settles the newest vouchers of some cards on the spot and waits until that is in a block: for visits that must not be served
   * before.
   *
   * @param options `timeout`: milliseconds to wait, 120 000 unless told otherwise.
   * @returns For the newest visit of each card whether it is settled. A voucher of a contract that the chain does not take is lost, so
   * that the next visit does not count it.
   * @throws OutcomeUnknownError if it takes longer; the voucher stays in the book.
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
      // Spares the gas for what the escrow would skip; a contract that changes its mind after this is found out on chain.
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
    // What is not open any more was settled by somebody else.
    for (const cardId of wanted) {
      const visit = await this.store.newest(cardId);
      if (visit !== undefined) outcomes.push({ visit, settled: true });
    }
    return outcomes;
  }

  /**
   * Looks at what was sent and at the cards of all open vouchers: forgets what is final, puts back what was dropped, replaced or
   * undone by a change of the chain, and names what is lost. To be called every now and then, and after a restart.
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

  /** What has become of everything that was sent. */
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
    // Another transaction has its place, so it will never be mined; settling its rows again is harmless.
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

  /** Pays more for a transaction that nobody mines. Whichever of the two is mined, the cards say so. */
  async #hasten(batch: SentBatch, raw: string): Promise<void> {
    try {
      await sendDearer(this.client, raw, async (departure) => {
        await this.store.keepBatch({ ...batch, ...departure, sentAt: this.known.now() });
      });
    } catch (error) {
      if (error instanceof NodeUnreachableError || error instanceof TillError) throw error;
      // Refused (too little money, mined meanwhile): what was sent before still stands.
      await this.store.keepBatch(batch);
    }
  }

  /** Keeps what a final settlement says. */
  async #conclude(receipt: TransactionReceipt): Promise<void> {
    const logs = receipt.logs.filter(({ address }) => address === this.client.escrow);
    for (const event of decodeEvents(logs)) {
      if (isEvent(event, "ConsumptionSettled")) {
        await this.store.settle(event.args.cardId, event.args.cumulative);
      }
    }
  }

  /** Looks at the card of an open voucher: what is settled for good, and whether the voucher is lost. */
  async #look(visit: BookedVisit, over: boolean, head: number): Promise<LossReason | undefined> {
    const { cardId, cumulative } = visit;
    const card = await this.known.refresh(cardId);
    if (card.status === "Open" && card.consumed < cumulative && !over) return undefined;
    // Good or bad, it counts when it can no longer change.
    const final = await this.client.card(cardId, this.#finalBlock(head));
    const gone = card.status !== "Open" && final.status === card.status;
    // Refunded after a default or a run-off, a card is deleted with all it said; only the log still tells.
    const deleted = gone && card.status === "None";
    const consumed = deleted ? await this.#lastSettled(cardId) : final.consumed;
    // A node that does not tell old logs leaves it open.
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

  /** Up to where the log says that a card was settled; `undefined` if the node does not tell. */
  async #lastSettled(cardId: string): Promise<bigint | undefined> {
    try {
      return (await this.client.history.lastSettlement(cardId))?.args.cumulative ?? 0n;
    } catch {
      return undefined;
    }
  }

  async #ask<T>(question: (provider: Provider) => Promise<T>): Promise<T> {
    return await asked(() => question(this.client.provider));
  }

  async #mined({ hash }: SentBatch, deadline: number): Promise<TransactionReceipt> {
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

/** What a block says of some rows. A row that says no more than what was settled already is settled. */
function outcomesOf(client: EscrowClient, receipt: TransactionReceipt, visits: readonly BookedVisit[]): RowOutcome[] {
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
