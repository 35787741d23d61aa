import { ZeroHash } from "ethers";
import type { ClaimList } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useAction } from "../../chain/sending/action";
import { hashEvidence } from "../../chain/storage/evidence";
import { useWriter } from "../../i18n/writing";
import { CARDS_AT_ONCE, batchesOf } from "../../lib/batches";
import { Failure, Progress } from "../../ui/answers";
import { Field } from "../../ui/fields";
import { Figures, Section } from "../../ui/panels";
import { readClaims } from "./claimLines";
import type { Registered } from "./registered";

/** Claims after a default: publishing their list, and having them paid. */
export function Claims({ merchantId, distribution, token }: Pick<Registered, "merchantId" | "distribution" | "token">) {
  const { t } = useTranslation();
  const { client, database } = useChain();
  const now = useNow();
  const writer = useWriter(token);
  const { state, run, busy } = useAction();
  const [text, setText] = useState("");
  const [invalid, setInvalid] = useState<unknown>();
  const [done, setDone] = useState<readonly [number, number]>();
  const published = distribution.root !== ZeroHash;
  const withList = (act: (list: ClaimList) => Promise<unknown>): void => {
    try {
      const list = readClaims(text, token);
      setInvalid(undefined);
      void act(list);
    } catch (error) {
      setInvalid(error);
    }
  };
  return (
    <Section title={t("Claims after a default")}>
      {published ? (
        <Figures
          items={[
            [t("Claims"), writer.amount(distribution.claims)],
            [t("Money for them"), writer.amount(distribution.funded)],
            [t("Paid"), writer.amount(distribution.paid)],
            [t("Open from"), writer.time(distribution.opensAt)],
          ]}
        />
      ) : null}
      <Field
        label={t("List, one address and amount a line")}
        hint={t("The association publishes its root and sum; anyone who has the list can have the claims paid.")}
      >
        {(id) => (
          <textarea
            id={id}
            rows={4}
            className="mono"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        )}
      </Field>
      <div className="row start">
        <button
          type="button"
          className="button plain"
          disabled={busy || text.trim() === ""}
          onClick={() => {
            withList((list) =>
              run(async ({ send }) =>
                send(
                  client.call("publishClaims", {
                    merchantId,
                    root: list.root,
                    claims: list.claims,
                    evidence: await hashEvidence(database, text, []),
                  }),
                ),
              ),
            );
          }}
        >
          {t("Publish")}
        </button>
        {published ? (
          <button
            type="button"
            className="button"
            disabled={busy || text.trim() === "" || now < distribution.opensAt}
            onClick={() => {
              withList((list) =>
                run(async ({ send }) => {
                  setDone([0, list.lines.length]);
                  for (const [i, claims] of batchesOf(list.lines, CARDS_AT_ONCE / 2).entries()) {
                    await send(client.call("claimMany", { merchantId, claims }));
                    setDone([Math.min(list.lines.length, (i + 1) * (CARDS_AT_ONCE / 2)), list.lines.length]);
                  }
                }),
              );
            }}
          >
            {t("Have the claims paid")}
          </button>
        ) : null}
        {published ? (
          <button
            type="button"
            className="button plain"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("paySurplus", { merchantId })))}
          >
            {t("Pay the surplus")}
          </button>
        ) : null}
      </div>
      {done === undefined ? null : <progress value={done[0]} max={done[1]} aria-label={t("Claims")} />}
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress state={state} />
    </Section>
  );
}
