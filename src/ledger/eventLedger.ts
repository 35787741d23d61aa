import type { EscrowEvent } from "../contracts/events.js";
import type { ProgramView } from "../contracts/views.js";
import { accountAt } from "./accountAt.js";
import { applyEvent } from "./apply.js";
import { cardAt } from "./cardAt.js";
import type { LedgerAccount, LedgerCard, LedgerMerchant, LedgerState } from "./ledgerViews.js";
import { countCards, merchantAt } from "./merchantAt.js";
import { emptyState } from "./state.js";
import type { LedgerTables } from "./state.js";

/** An event and the time of its block, in Unix seconds. */
export type TimedEvent = EscrowEvent & { readonly timestamp: bigint };

/** An event to apply. The time of its block, in Unix seconds, may be left out unless {@link needsTime} holds for it. */
export type LedgerEvent = EscrowEvent & { readonly timestamp?: bigint };

/**
 * Whether applying an event needs the time of its block. Nearly all events carry the times that matter; only for a refund in a
 * run-off does the time of the block decide whether the card was closed or deleted.
 */
export function needsTime({ name, args }: EscrowEvent): boolean {
  return name === "CardRefunded" && args.rule === "RunOff";
}

/**
 * The state of the contracts, from their events alone. It needs no archive node, and it can check a node's views.
 *
 * @param events All events of the escrow, from the deployment on and in order; with those of the deposit register if `accounts` is
 * wanted.
 * @param now The moment of the answer, in Unix seconds: the time of the last block, or a later time if nothing has happened since.
 * @throws RangeError if an event refers to a policy, program, merchant or card without an earlier event, which means that events are
 * missing; and if an event for which {@link needsTime} holds comes without a time.
 * Source: the views of `contracts/PrepaidEscrow.sol` and `contracts/DepositRegister.sol`.
 */
export function ledgerState(events: readonly LedgerEvent[], now: bigint): LedgerState {
  const ledger = new EventLedger();
  for (const event of events) ledger.apply(event);
  return ledger.at(now);
}

/** Does the same as {@link ledgerState} for events that arrive one by one. */
export class EventLedger {
  readonly #state: LedgerTables = emptyState();

  /**
   * Takes the next event.
   *
   * @throws RangeError as {@link ledgerState} does.
   */
  apply(event: LedgerEvent): void {
    applyEvent(this.#state, event);
  }

  /**
   * The state at a moment, from the events taken so far.
   *
   * @param now In Unix seconds, not before the last event.
   * @throws RangeError as {@link ledgerState} does.
   */
  at(now: bigint): LedgerState {
    const state = this.#state;
    return {
      ...programsOf(state),
      merchants: merchantsAt(state, now),
      cards: cardsAt(state, now),
      recoveries: new Map([...state.recoveries].map(([holder, { account }]) => [holder, account])),
      accounts: accountsAt(state, now),
    };
  }
}

function merchantsAt(state: LedgerTables, now: bigint): ReadonlyMap<bigint, LedgerMerchant> {
  const counts = countCards(state);
  const merchants = new Map<bigint, LedgerMerchant>();
  for (const [merchantId, row] of state.merchants)
    merchants.set(merchantId, merchantAt(row, counts.get(merchantId), now));
  return merchants;
}

function accountsAt(state: LedgerTables, now: bigint): ReadonlyMap<bigint, LedgerAccount> {
  const accounts = new Map<bigint, LedgerAccount>();
  for (const [merchantId] of state.merchants) accounts.set(merchantId, accountAt(state, merchantId, now));
  return accounts;
}

function cardsAt(state: LedgerTables, now: bigint): ReadonlyMap<string, LedgerCard> {
  const cards = new Map<string, LedgerCard>();
  for (const [cardId] of state.cards) cards.set(cardId, cardAt(state, cardId, now));
  for (const [cardId] of state.complaintFrom) if (!cards.has(cardId)) cards.set(cardId, cardAt(state, cardId, now));
  return cards;
}

function programsOf(state: LedgerTables): Pick<LedgerState, "programs" | "programURIs"> {
  const programs = new Map<bigint, ProgramView>();
  const programURIs = new Map<bigint, string>();
  for (const [programId, row] of state.programs) {
    const { merchantId, policyId, kind, bearer, retired, price, units, listPrice, feeFree } = row;
    programs.set(programId, { merchantId, policyId, kind, bearer, retired, price, units, listPrice, feeFree });
    programURIs.set(programId, row.metadataURI);
  }
  return { programs, programURIs };
}
