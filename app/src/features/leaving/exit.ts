import type { DisputeView } from "prepaid-escrow";

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
  /** The time for a ruling has passed without one. */
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
    unruled: dispute !== undefined && now >= dispute.rulingUntil,
    askable: mine && !pending && !everybody && (!card.disputed || dispute?.kind === "Complaint"),
  };
}
