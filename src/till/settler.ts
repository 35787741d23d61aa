import { hexlify, randomBytes } from "ethers";

import { rpcCall } from "../client/rpc.js";
import type { ContractVoucher, EscrowOperation, KeyVoucher } from "../actions/calls.js";
import type { EscrowClient } from "../client/client.js";
import type { ProviderLike, ReceiptLike } from "../client/ethersLike.js";
import type { SendMemory } from "../client/sending.js";
import { NodeUnreachableError, OutcomeUnknownError } from "../client/errors.js";
import { decodeEvents, isEvent } from "../contracts/events.js";
import { pause } from "../utils/waiting.js";
import { TillError } from "./errors.js";
import type { KnownState } from "./knownState.js";
import { planSettlement } from "./planning.js";
import type { SettlementPlan, PlannedVoucher, PlanOptions } from "./planning.js";
import { replaceWithHigherFee } from "./sending.js";
import type { BookedVoucher, LossReason, SentBatch, TillStore } from "./store.js";
import { isSignedByContract } from "./verifier.js";

/** The result of a voucher in a block. */
export interface VoucherOutcome {
  readonly voucher: BookedVoucher;
  /** Whether it is settled as of that block, which is not final yet. */
  readonly settled: boolean;
  /** Why not. */
  readonly reason?: LossReason;
}

/** The result of {@link Settler.reconcile}. */
export interface Reconciliation {
  /** Settlements that became final; settlements that are gone, whose vouchers are open again. */
  readonly final: readonly SentBatch[];
  readonly requeued: readonly SentBatch[];
  /** Settlements that are not final yet. */
  readonly pending: readonly SentBatch[];
  /** Vouchers that this call found lost. */
  readonly lost: readonly { readonly voucher: BookedVoucher; readonly reason: LossReason }[];
}

/** Seconds after which a transaction of the book that no node knows counts as gone: until then a process or a wallet may be sending it. */
const PROPAGATION_TIME = 120n;
/** Time after which the fee of a transaction that is not mined is raised, in seconds. */
const REPRICE_AFTER = 600n;
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
  async settleIfDue(
    options: PlanOptions = {},
  ): Promise<{ readonly plan: SettlementPlan; readonly sent: readonly SentBatch[] }> {
    await this.reconcile();
    const plan = await this.plan(options);
    return { plan, sent: plan.settle && !(await this.#isOver("latest")) ? await this.send(plan) : [] };
  }

  /** Plans a settlement from the last readings; see {@link planSettlement}. */
  async plan(options: PlanOptions = {}): Promise<SettlementPlan> {
    const [open, batches, merchant] = await Promise.all([
      this.store.open(),
      this.store.batches(),
      this.known.merchant().then((known) => known ?? this.known.refreshMerchant()),
    ]);
    const cards = await this.known.cards(open.map(({ voucher }) => voucher.cardId));
    const inFlight = batches.flatMap(({ vouchers }) => vouchers);
    const { decimals } = this.known.token;
    return planSettlement({ open, cards, merchant, inFlight, decimals, now: this.known.now(), options });
  }

  /**
   * Sends a plan. Each transaction is in the book before it is sent.
   *
   * @throws RevertError if the escrow refuses the whole batch (the signer is no operator, the window is over): nothing was sent.
   */
  async send({
    vouchers,
    contractVouchers,
    payOut,
  }: Pick<SettlementPlan, "vouchers" | "contractVouchers" | "payOut">): Promise<SentBatch[]> {
    const sent: SentBatch[] = [];
    if (vouchers.length > 0) sent.push(await this.#send(payOut ? "settleAndPayOut" : "settle", vouchers));
    if (contractVouchers.length > 0) sent.push(await this.#send("settleContractHolders", contractVouchers));
    return sent;
  }

  /**
   * Settles the newest vouchers of some cards at once and waits for the block: for vouchers that must be settled before serving.
   *
   * @param options `timeout`: longest wait in milliseconds. Default: 120 000.
   * @returns Whether the newest voucher of each card is settled. A voucher that its contract denies (ERC-1271) is marked as lost, so that
   * the next consumption does not build on it.
   * @throws OutcomeUnknownError if the block takes longer; the voucher stays in the book.
   */
  async settleNow(cardIds: readonly string[], options: { readonly timeout?: number } = {}): Promise<VoucherOutcome[]> {
    const wanted = new Set(cardIds.map((id) => id.toLowerCase()));
    await this.#review(await this.#ask((provider) => provider.getBlockNumber()));
    const mine = (await this.store.open())
      .filter(({ voucher }) => wanted.has(voucher.cardId))
      .map(({ voucher }) => voucher);
    const batches = await this.store.batches();
    const isIn = (voucher: BookedVoucher) => (batch: SentBatch) =>
      batch.vouchers.some(({ cardId, cumulative }) => cardId === voucher.cardId && cumulative >= voucher.cumulative);
    const fresh = mine.filter((voucher) => !batches.some(isIn(voucher)));
    const refused: VoucherOutcome[] = [];
    for (const voucher of fresh.filter(({ contract }) => contract)) {
      // The escrow would skip a voucher that its contract denies, and the gas would be wasted.
      if (await isSignedByContract(this.client, voucher)) continue;
      refused.push({ voucher, settled: false, reason: "BadSignature" });
    }
    const sent = await this.send({
      vouchers: fresh.filter(({ contract }) => !contract).map((voucher) => ({ voucher, worth: 0n })),
      contractVouchers: fresh
        .filter((voucher) => voucher.contract && !refused.some((one) => one.voucher === voucher))
        .map((voucher) => ({ voucher, worth: 0n })),
      payOut: false,
    });
    const deadline = Date.now() + (options.timeout ?? 120_000);
    const outcomes = [...refused];
    for (const batch of [...batches, ...sent]) {
      const inBatch = mine.filter((voucher) => isIn(voucher)(batch));
      if (inBatch.length === 0) continue;
      const receipt = await this.#mined(batch, deadline);
      outcomes.push(...outcomesOf(this.client, receipt, inBatch));
    }
    for (const { voucher, settled, reason } of outcomes) {
      await this.known.refresh(voucher.cardId);
      if (!settled && voucher.contract && reason === "BadSignature") {
        await this.store.markLost(voucher.cardId, voucher.cumulative, reason);
      }
      wanted.delete(voucher.cardId);
    }
    // A card without an open voucher was settled by another till.
    for (const cardId of wanted) {
      const voucher = await this.store.newest(cardId);
      if (voucher !== undefined) outcomes.push({ voucher, settled: true });
    }
    return outcomes;
  }

  /**
   * Compares the book with the chain: forgets settlements that are final, reopens the vouchers of settlements that were dropped,
   * replaced or undone by a reorganisation, and marks vouchers that are lost. Call it regularly, and after a restart.
   *
   * @throws NodeUnreachableError if the node does not answer, BookFailedError if the book fails.
   */
  async reconcile(): Promise<Reconciliation> {
    const head = await this.#ask((provider) => provider.getBlockNumber());
    const found = await this.#review(head);
    await this.known.refreshMerchant();
    const over = await this.#isOver(this.#finalBlock(head));
    const lost: { voucher: BookedVoucher; reason: LossReason }[] = [];
    const open = await this.store.open();
    for (let start = 0; start < open.length; start += AT_ONCE) {
      const some = open.slice(start, start + AT_ONCE);
      const reasons = await Promise.all(some.map(({ voucher }) => this.#look(voucher, over, head)));
      for (const [i, reason] of reasons.entries()) {
        const voucher = some[i]?.voucher;
        if (reason === undefined || voucher === undefined) continue;
        lost.push({ voucher, reason });
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

  async #send(operation: EscrowOperation, planned: readonly PlannedVoucher[]): Promise<SentBatch> {
    const merchantId = this.known.merchantId;
    const vouchers = planned.map(({ voucher }) => voucher);
    const call =
      operation === "settleContractHolders"
        ? this.client.call(operation, { merchantId, vouchers: vouchers.map(contractVoucherOf) })
        : this.client.call(operation as "settle", { merchantId, vouchers: vouchers.map(keyVoucherOf) });
    const about = {
      id: hexlify(randomBytes(16)),
      operation,
      vouchers: vouchers.map(({ cardId, cumulative }) => ({ cardId, cumulative })),
      sentAt: this.known.now(),
    };
    // `submit` calls `remember` before it returns, so `kept` is set by then.
    let kept!: SentBatch;
    const memory: SendMemory = {
      remember: async (prepared) => {
        kept = { ...about, ...prepared };
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
      await this.#markSettled(receipt);
      return "final";
    }
    if (hash !== undefined && (await this.#ask((provider) => provider.getTransaction(hash))) !== null) {
      if (raw !== undefined && this.known.now() - sentAt >= REPRICE_AFTER) await this.#replaceWithHigherFee(batch, raw);
      return "pending";
    }
    // Another transaction has used its nonce, so it will never be mined. Settling its vouchers again is harmless.
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
    return this.known.now() - sentAt < PROPAGATION_TIME ? "pending" : "requeued";
  }

  /** Replaces a transaction that is not mined by one with a higher fee. `#look` finds the result, whichever of the two is mined. */
  async #replaceWithHigherFee(batch: SentBatch, raw: string): Promise<void> {
    try {
      await replaceWithHigherFee(this.client, raw, async (prepared) => {
        await this.store.keepBatch({ ...batch, ...prepared, sentAt: this.known.now() });
      });
    } catch (error) {
      if (error instanceof NodeUnreachableError || error instanceof TillError) throw error;
      // Refused (too little money, or mined meanwhile): the first transaction still stands.
      await this.store.keepBatch(batch);
    }
  }

  /** Records the vouchers of a final settlement. */
  async #markSettled(receipt: ReceiptLike): Promise<void> {
    const logs = receipt.logs.filter(({ address }) => address === this.client.escrow);
    for (const event of decodeEvents(logs)) {
      if (isEvent(event, "ConsumptionSettled")) {
        await this.store.settle(event.args.cardId, event.args.cumulative);
      }
    }
  }

  /** Reads the card of an open voucher: records final settlements, and marks the voucher if it is lost. Returns the reason. */
  async #look(voucher: BookedVoucher, over: boolean, head: number): Promise<LossReason | undefined> {
    const { cardId, cumulative } = voucher;
    const card = await this.known.refresh(cardId);
    if (card.status === "Open" && card.consumed < cumulative && !over) return undefined;
    // A result counts once it is final.
    const final = await this.client.card(cardId, this.#finalBlock(head));
    const gone = card.status !== "Open" && final.status === card.status;
    // A card refunded after a default or a run-off is deleted; only the log still has its cumulative.
    const deleted = gone && card.status === "None";
    const consumed = deleted ? await this.#lastSettled(cardId) : final.consumed;
    // If the node gives no old logs, the voucher stays open.
    if (consumed === undefined) return undefined;
    if (consumed > 0n) await this.store.settle(cardId, consumed);
    if (consumed >= cumulative || card.consumed >= cumulative) return undefined;
    const reason = gone ? "CardNotOpen" : over ? "WindowOver" : undefined;
    if (reason !== undefined) await this.store.markLost(cardId, consumed + 1n, reason);
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

  /** Cumulative of the last settlement in the log, in units; `undefined` if the node gives no old logs. */
  async #lastSettled(cardId: string): Promise<bigint | undefined> {
    try {
      return (await this.client.history.lastSettlement(cardId))?.args.cumulative ?? 0n;
    } catch {
      return undefined;
    }
  }

  async #ask<T>(question: (provider: ProviderLike) => Promise<T>): Promise<T> {
    return await rpcCall(() => question(this.client.provider));
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

/** A booked voucher of a holder with a key, in the form that `settle` and `settlementRequest` take. */
export function keyVoucherOf({ cardId, cumulative, receipt, signature }: BookedVoucher): KeyVoucher {
  return { cardId, cumulative, receipt, r: signature.slice(0, 66), vs: `0x${signature.slice(66)}` };
}

function contractVoucherOf({ cardId, cumulative, receipt, signature }: BookedVoucher): ContractVoucher {
  return { cardId, cumulative, receipt, signature };
}

/** The results of some vouchers in a block. A cumulative at or below the settled one counts as settled. */
function outcomesOf(client: EscrowClient, receipt: ReceiptLike, vouchers: readonly BookedVoucher[]): VoucherOutcome[] {
  const events = decodeEvents(receipt.logs.filter(({ address }) => address === client.escrow));
  return vouchers.map((voucher) => {
    const skipped = events
      .filter((event) => isEvent(event, "ConsumptionSkipped"))
      .find(({ args }) => args.cardId === voucher.cardId);
    const booked = events
      .filter((event) => isEvent(event, "ConsumptionSettled"))
      .some(({ args }) => args.cardId === voucher.cardId && args.cumulative >= voucher.cumulative);
    if (booked || skipped?.args.reason === "Stale") return { voucher, settled: true };
    return { voucher, settled: false, ...(skipped === undefined ? {} : { reason: skipped.args.reason }) };
  });
}
