import { getAddress, isAddress } from "ethers";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { SendButton } from "../../components/SendButton";
import { Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Section } from "../../ui/panels";

/** The wallets that may settle for the shop. */
export function Tills({ merchantId, owner }: { readonly merchantId: bigint; readonly owner: boolean }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const { merchants } = useLedger();
  const [next, setNext] = useState("");
  const action = useAction();
  const operators = [...(merchants.get(merchantId)?.operators ?? [])];
  return (
    <Section title={t("Tills")}>
      <ul className="list">
        {operators.map((operator) => (
          <li key={operator} className="row">
            <span>
              <Account address={operator} /> <span className="quiet mono small wrap">{operator}</span>
            </span>
            {owner ? (
              <SendButton
                action={action}
                look="plain small"
                call={() => client.call("setOperator", { merchantId, operator, enabled: false })}
              >
                {t("Disable")}
              </SendButton>
            ) : null}
          </li>
        ))}
      </ul>
      {owner ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void action.run(({ send }) =>
              send(client.call("setOperator", { merchantId, operator: getAddress(next), enabled: true })),
            );
          }}
        >
          <TextField
            label={t("Address of a till's wallet")}
            className="mono"
            value={next}
            onChange={(event) => {
              setNext(event.target.value.trim());
            }}
          />
          <button type="submit" className="button plain" disabled={action.busy || !isAddress(next)}>
            {t("Enable")}
          </button>
        </form>
      ) : null}
      <Progress state={action.state} />
    </Section>
  );
}
