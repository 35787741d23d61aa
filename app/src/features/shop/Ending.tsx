import type { MerchantView } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useAction } from "../../chain/sending/action";
import { SendButton } from "../../components/SendButton";
import { useWriter } from "../../i18n/writing";
import { secondsOf } from "../../lib/days";
import { Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Figures, Section } from "../../ui/panels";
import { RefundAll } from "../leaving/RefundAll";

/** Closing a shop in order: the form that begins it, and the refunds when the notice is over. */
export function Ending(props: {
  readonly merchantId: bigint;
  readonly merchant: MerchantView;
  readonly owner: boolean;
  readonly outstanding: bigint;
}) {
  const { merchantId, merchant, owner, outstanding } = props;
  if (merchant.status === "RunOff")
    return <RunningOff merchantId={merchantId} merchant={merchant} outstanding={outstanding} />;
  return owner && merchant.status === "Active" ? <BeginToClose merchantId={merchantId} /> : null;
}

function RunningOff(props: {
  readonly merchantId: bigint;
  readonly merchant: MerchantView;
  readonly outstanding: bigint;
}) {
  const { merchantId, merchant, outstanding } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(undefined);
  const action = useAction();
  const over = now >= merchant.noticeEndsAt;
  return (
    <Section title={t("Closing in order")}>
      <Figures
        items={[
          [t("Last day of service"), writer.day(merchant.lastServiceAt)],
          [t("Notice ends"), writer.time(merchant.noticeEndsAt)],
        ]}
      />
      {over ? (
        <>
          <RefundAll merchantId={merchantId} />
          <SendButton
            action={action}
            disabled={outstanding > 0n}
            call={() => client.call("closeMerchant", { merchantId })}
          >
            {t("Close the shop")}
          </SendButton>
        </>
      ) : (
        <p>
          {t("{{time}} to go; then everybody is refunded.", { time: writer.duration(merchant.noticeEndsAt - now) })}
        </p>
      )}
      <Progress state={action.state} />
    </Section>
  );
}

function BeginToClose({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const { state, run, busy } = useAction();
  const [day, setDay] = useState("");
  return (
    <details className="panel">
      <summary>{t("Close the shop in order")}</summary>
      <p>
        {t("From now on nothing is sold, and after the notice everybody gets what is left. This cannot be taken back.")}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(({ send }) =>
            send(client.call("startRunOff", { merchantId, lastServiceAt: secondsOf(day, "23:59:00") })),
          );
        }}
      >
        <TextField
          label={t("Last day of service")}
          type="date"
          required
          value={day}
          onChange={(event) => {
            setDay(event.target.value);
          }}
        />
        <button type="submit" className="button danger" disabled={busy || day === ""}>
          {t("Begin to close")}
        </button>
      </form>
      <Progress state={state} />
    </details>
  );
}
