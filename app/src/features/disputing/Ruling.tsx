import type { Quote } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import type { Action } from "../../chain/sending/action";
import { EvidenceFields, useEvidence } from "../../components/Evidence";
import { Failure } from "../../ui/answers";
import { TextField } from "../../ui/fields";

/** The association's decision, for the holder or for the shop. */
export function Ruling(props: { readonly cardId: string; readonly quote: Quote | undefined; readonly action: Action }) {
  const { cardId, quote, action } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const evidence = useEvidence();
  const [award, setAward] = useState("");
  const [invalid, setInvalid] = useState<unknown>();
  const rule = (upheld: boolean): void => {
    let awarded = 0n;
    try {
      if (upheld && quote !== undefined) awarded = award.trim() === "" ? quote.refund : quote.token.parse(award);
      setInvalid(undefined);
    } catch (error) {
      setInvalid(error);
      return;
    }
    void action.run(async ({ send }) =>
      send(client.call("resolve", { cardId, upheld, awarded, decision: await evidence.hash() })),
    );
  };
  return (
    <>
      <details>
        <summary>{t("Rule")}</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
          }}
        >
          <EvidenceFields evidence={evidence} label={t("Decision and reasons")} />
          <TextField
            label={t("Award, if for the holder (empty: the least)")}
            inputMode="decimal"
            value={award}
            onChange={(event) => {
              setAward(event.target.value);
            }}
          />
          <div className="row start">
            <button
              type="button"
              className="button"
              disabled={action.busy || !evidence.given}
              onClick={() => {
                rule(true);
              }}
            >
              {t("For the holder")}
            </button>
            <button
              type="button"
              className="button plain"
              disabled={action.busy || !evidence.given}
              onClick={() => {
                rule(false);
              }}
            >
              {t("For the shop")}
            </button>
          </div>
        </form>
      </details>
      {invalid === undefined ? null : <Failure error={invalid} />}
    </>
  );
}
