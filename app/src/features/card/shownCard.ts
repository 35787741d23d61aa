import { decodeCardId } from "prepaid-escrow";
import type { CardView, MerchantView, Policy, ProgramView, Quote } from "prepaid-escrow";

import { useRead } from "../../chain/reading/useRead";

/** A card with everything its page shows. */
export interface ShownCard {
  readonly cardId: string;
  readonly holder: string;
  readonly card: CardView;
  readonly program: ProgramView;
  readonly programId: bigint;
  readonly merchant: MerchantView;
  /** The policy that the card was sold under. */
  readonly policy: Policy;
  readonly quote: Quote;
  /** Whether the connected account holds it. */
  readonly mine: boolean;
}

/** Reads a card for its page. */
export function useShownCard(cardId: string) {
  return useRead(["card", cardId], async (client): Promise<Omit<ShownCard, "mine">> => {
    const { holder, programId } = decodeCardId(cardId);
    const [card, program, quote] = await Promise.all([
      client.card(cardId),
      client.program(programId),
      client.quote(cardId),
    ]);
    const [merchant, policy] = await Promise.all([
      client.merchant(program.merchantId),
      client.policy(program.policyId),
    ]);
    return { cardId, holder, programId, card, program, quote, merchant, policy };
  });
}
