import type { Writer } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { SendButton } from "../../components/SendButton";
import { Progress } from "../../ui/answers";
import { Section } from "../../ui/panels";

/** The amount that can be paid out to the shop, and a button that pays it. */
export function Payout(props: {
  readonly merchantId: bigint;
  readonly payout: string;
  readonly amount: bigint;
  readonly writer: Writer;
}) {
  const { merchantId, payout, amount, writer } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const action = useAction();
  return (
    <Section title={t("Payout")}>
      <p>
        {t("Goes to")} <Account address={payout} />.
      </p>
      <SendButton action={action} disabled={amount === 0n} call={() => client.call("payOut", { merchantId })}>
        {t("Pay out {{amount}}", { amount: writer.amount(amount) })}
      </SendButton>
      <Progress state={action.state} />
    </Section>
  );
}
