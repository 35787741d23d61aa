import type { DisputeView, ExitQuote } from "prepaid-escrow";

import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import type { ShownCard } from "../card/shownCard";

/** Where a card stands on its way to be paid back. */
export interface Exit {
  /** The holder has asked to leave. */
  readonly pending: boolean;
  /** The time to wait is over. */
  readonly due: boolean;
  /** Every card of the shop is paid back: it was flagged, or its notice of closing is over. */
  readonly everybody: boolean;
  readonly dispute: DisputeView | undefined;
  /** The time for a ruling has passed without one, and the account can have the card paid. */
  readonly unruled: boolean;
  /** The holder can ask to leave. */
  readonly askable: boolean;
}

export function useExit({ cardId, card, quote, merchant, mine }: ShownCard): Exit {
  const now = useNow();
  const { data } = useRead(["dispute", cardId, card.disputed], (reader) => reader.dispute(cardId), {
    enabled: card.disputed,
  });
  const dispute = data?.kind === "None" ? undefined : data;
  const pending = card.exitRequestedAt > 0n;
  const everybody = quote.rule === "Default" || (quote.rule === "RunOff" && now >= merchant.noticeEndsAt);
  return {
    ...{ pending, everybody, dispute },
    due: quote.executableAt <= now,
    unruled: dispute !== undefined && now >= dispute.rulingUntil && (mine || isAnyones(dispute, quote)),
    askable: mine && !pending && !everybody && (!card.disputed || dispute?.kind === "Complaint"),
  };
}

/** Whether anyone can have a card paid on whose dispute nobody ruled: a complaint that costs its holder something is the holder's. */
export function isAnyones({ kind }: Pick<DisputeView, "kind">, { forfeited }: Pick<ExitQuote, "forfeited">): boolean {
  return kind === "Contest" || forfeited === 0n;
}
