import { useTranslation } from "react-i18next";

import { useLedger } from "../../chain/reading/useLedger";
import { useRead, useTokenOf } from "../../chain/reading/useRead";
import { useAccount } from "../../chain/wallet/useWallets";
import { Ending } from "../../features/shop/Ending";
import { Payout } from "../../features/shop/Payout";
import { Tills } from "../../features/shop/Tills";
import { StandingWarnings } from "../../features/warnings/StandingWarnings";
import { useStatusWords } from "../../i18n/words";
import { useWriter } from "../../i18n/writing";
import { Answer } from "../../ui/answers";
import { Badge, Empty, Figures, Section } from "../../ui/panels";

/** The shop's money, warnings and tills, and closing it. */
export function ShopPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const account = useAccount();
  const status = useStatusWords();
  const shop = useRead(["shop", merchantId], async (reader) => {
    const [merchant, pool, token] = await Promise.all([
      reader.merchant(merchantId),
      reader.pool(merchantId),
      reader.tokenOf(merchantId),
    ]);
    return { merchant, pool, token };
  });
  const writer = useWriter(shop.data?.token);
  return (
    <Answer of={shop}>
      {({ merchant, pool }) => (
        <>
          <Figures
            items={[
              [
                t("Status"),
                <Badge key="status" tone={status.tone(merchant.status)}>
                  {status.word(merchant.status)}
                </Badge>,
              ],
              [t("Owed to holders"), writer.amount(pool.outstanding)],
              [t("To be paid out"), writer.amount(pool.releasable)],
              [t("In the vault"), writer.amount(pool.balance)],
              [t("Ceiling"), pool.outstandingCap === 0n ? t("none") : writer.wholeTokens(pool.outstandingCap)],
            ]}
          />
          <Payout merchantId={merchantId} payout={merchant.payout} amount={pool.releasable} writer={writer} />
          <Warnings merchantId={merchantId} />
          <Tills merchantId={merchantId} owner={merchant.owner === account} />
          <Ending
            merchantId={merchantId}
            merchant={merchant}
            owner={merchant.owner === account}
            outstanding={pool.outstanding}
          />
        </>
      )}
    </Answer>
  );
}

function Warnings({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { warnings, caughtUp } = useLedger();
  const token = useTokenOf(merchantId);
  const writer = useWriter(token.data);
  const mine = warnings.filter((warning) => warning.merchantId === merchantId);
  return (
    <Section title={t("Warnings that are up")}>
      {mine.length === 0 ? <Empty>{caughtUp ? t("None.") : t("Reading the chain …")}</Empty> : null}
      <StandingWarnings warnings={mine} writer={writer} />
    </Section>
  );
}
