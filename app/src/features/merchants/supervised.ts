import type { MerchantView, PoolView, Token } from "prepaid-escrow";

import { useRead } from "../../chain/reading/useRead";

/** A merchant as the regulator sees it. */
export interface Supervised {
  readonly merchantId: bigint;
  readonly merchant: MerchantView;
  readonly pool: PoolView;
  readonly token: Token;
  /** Tokens in the vault, as the token counts them. */
  readonly held: bigint;
}

/** Reads a merchant for the regulator's page. */
export function useSupervised(merchantId: bigint) {
  return useRead(["merchant", merchantId], async (reader): Promise<Supervised> => {
    const [merchant, pool, token] = await Promise.all([
      reader.merchant(merchantId),
      reader.pool(merchantId),
      reader.tokenOf(merchantId),
    ]);
    return { merchantId, merchant, pool, token, held: await reader.balance(token.address, merchant.vault) };
  });
}

/** Whether every card can be refunded: the window after a flag, or the notice of closing, is over. */
export function isRefundable({ status, windowEndsAt, noticeEndsAt }: MerchantView, now: bigint): boolean {
  return (status === "Defaulted" && now >= windowEndsAt) || (status === "RunOff" && now >= noticeEndsAt);
}
