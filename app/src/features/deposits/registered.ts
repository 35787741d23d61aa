import type { DepositView, DistributionView, RuleView, SuretyView, Token } from "prepaid-escrow";

import { useRead } from "../../chain/reading/useRead";

/** A merchant at the deposit register. */
export interface Registered {
  readonly merchantId: bigint;
  readonly token: Token;
  readonly deposit: DepositView;
  readonly surety: SuretyView;
  readonly rule: RuleView;
  readonly distribution: DistributionView;
}

/** Reads a merchant at the deposit register for its page. */
export function useRegistered(merchantId: bigint) {
  return useRead(["deposit", merchantId], async (client): Promise<Registered> => {
    const { deposits } = client;
    const [token, deposit, surety, rule, distribution] = await Promise.all([
      client.tokenOf(merchantId),
      deposits.depositOf(merchantId),
      deposits.surety(merchantId),
      deposits.rule(merchantId),
      deposits.distribution(merchantId),
    ]);
    return { merchantId, token, deposit, surety, rule, distribution };
  });
}
