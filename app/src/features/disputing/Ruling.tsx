import type { Quote } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import type { Action } from "../../chain/sending/action";
import { EvidenceFields, useEvidence } from "../../components/Evidence";
import { Failure } from "../../ui/answers";
import { TextField } from "../../ui/fields";

/** The association's decision, for the holder or for the shop. */
export function Ruling(props: {
  readonly cardId: string;
  readonly quote: Quote | undefined;
  /** Whether the ruling can extend the card: it is a pass, and its holder complained. */
  readonly extendable: boolean;
  readonly action: Action;
}) {
  const { cardId, quote, extendable, action } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const evidence = useEvidence();
  const [award, setAward] = useState("");
  const [days, setDays] = useState("");
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
  const extend = (): void => {
    void action.run(async ({ send }) =>
      send(
        client.call("resolveByExtension", {
          cardId,
          extension: BigInt(days) * 86_400n,
          decision: await evidence.hash(),
        }),
      ),
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
          {extendable ? (
            <>
              <TextField
                label={t("Days to extend the pass by, instead of an award")}
                inputMode="numeric"
                value={days}
                onChange={(event) => {
                  setDays(event.target.value.trim());
                }}
              />
              <button
                type="button"
                className="button plain"
                disabled={action.busy || !evidence.given || !/^[1-9]\d{0,3}$/.test(days)}
                onClick={extend}
              >
                {t("Extend the pass")}
              </button>
            </>
          ) : null}
        </form>
      </details>
      {invalid === undefined ? null : <Failure error={invalid} />}
    </>
  );
}
