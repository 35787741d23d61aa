import { ZeroAddress } from "ethers";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { SendButton } from "../../components/SendButton";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Badge, Figures } from "../../ui/panels";
import { Announced } from "./Announced";
import type { Registered } from "./registered";

/** A merchant's deposit, surety and dates at the register. */
export function DepositState({ merchantId, token, deposit, surety, rule }: Registered) {
  const { t } = useTranslation();
  const { client } = useChain();
  const writer = useWriter(token);
  const action = useAction();
  const day = (time: bigint): string => (time === 0n ? "–" : writer.day(time));
  return (
    <>
      <Figures
        items={[
          [t("Reported balance"), writer.amount(deposit.reported)],
          [t("Required"), writer.amount(deposit.required)],
          [
            t("Deposit"),
            <span key="deposit">
              {writer.amount(deposit.deposit)}{" "}
              {deposit.deposit < deposit.required ? <Badge tone="bad">{t("short")}</Badge> : null}
            </span>,
          ],
          [t("Surety counted"), writer.amount(surety.counted)],
          [t("Surety until"), day(surety.endsAt)],
          [t("Next report by"), day(deposit.reportDueAt)],
          [t("Deposit complete by"), day(rule.cureBy)],
        ]}
      />
      {surety.party === ZeroAddress ? null : (
        <p>
          {t("Surety of")} <Account address={surety.party} /> · {writer.amount(surety.amount)}
        </p>
      )}
      <Announced merchantId={merchantId} token={token} />
      <p>
        <SendButton action={action} look="plain" call={() => client.call("refreshWarnings", { merchantId })}>
          {t("Look at the dates again")}
        </SendButton>
      </p>
      <Progress state={action.state} />
    </>
  );
}
