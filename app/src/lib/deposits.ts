import type { DepositView, DistributionView, EscrowClient, RuleView, SuretyView } from "prepaid-escrow";

/** What the register says of a merchant. */
export interface DepositPicture {
  readonly merchantId: bigint;
  readonly deposit: DepositView;
  readonly surety: SuretyView;
  readonly rule: RuleView;
  readonly distribution: DistributionView;
}

/** Asks the register about a merchant. */
export async function readDeposit({ deposits }: EscrowClient, merchantId: bigint): Promise<DepositPicture> {
  const [deposit, surety, rule, distribution] = await Promise.all([
    deposits.depositOf(merchantId),
    deposits.surety(merchantId),
    deposits.rule(merchantId),
    deposits.distribution(merchantId),
  ]);
  return { merchantId, deposit, surety, rule, distribution };
}
