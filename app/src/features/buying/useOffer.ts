import type { MerchantView, Policy, ProgramView, Token } from "prepaid-escrow";

import { useRead } from "../../chain/reading/useRead";

/** A program with everything its page shows. */
export interface Offered {
  readonly programId: bigint;
  readonly program: ProgramView;
  readonly merchant: MerchantView;
  readonly policy: Policy;
  readonly token: Token;
}

/** Reads a program for its page. */
export function useOffer(programId: bigint) {
  return useRead(["offer", programId], async (client): Promise<Offered> => {
    const program = await client.program(programId);
    const [merchant, policy, token] = await Promise.all([
      client.merchant(program.merchantId),
      client.policy(program.policyId),
      client.tokenOf(program.merchantId),
    ]);
    return { programId, program, merchant, policy, token };
  });
}
