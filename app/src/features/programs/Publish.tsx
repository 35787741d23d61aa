import { hasFees } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useRead, useTokenOf } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { Failure, Progress } from "../../ui/answers";
import { Field, TextField } from "../../ui/fields";
import { NOTHING_TYPED, readTerms } from "./terms";
import type { TypedProgram } from "./terms";

/** A form that publishes a program. */
export function Publish({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const token = useTokenOf(merchantId);
  const policy = useRead(["policy of", merchantId], async (reader) =>
    reader.policy((await reader.merchant(merchantId)).policyId),
  );
  const { state, run, busy } = useAction();
  const [form, setForm] = useState(NOTHING_TYPED);
  const [invalid, setInvalid] = useState<unknown>();
  const set = (change: Partial<TypedProgram>): void => {
    setForm({ ...form, ...change });
  };
  const { kind } = form;
  const publish = (): void => {
    if (token.data === undefined) return;
    try {
      const terms = readTerms(form, token.data);
      setInvalid(undefined);
      void run(({ send }) => send(client.call("publishProgram", { merchantId, terms })));
    } catch (error) {
      setInvalid(error);
    }
  };
  return (
    <details className="panel">
      <summary>{t("Publish a program")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          publish();
        }}
      >
        <Field label={t("Kind")}>
          {(id) => (
            <select
              id={id}
              value={kind}
              onChange={(event) => {
                set({ kind: event.target.value as TypedProgram["kind"] });
              }}
            >
              <option value="Count">{t("Visits")}</option>
              <option value="StoredValue">{t("Money to spend")}</option>
              <option value="Pass">{t("Pass for a time")}</option>
            </select>
          )}
        </Field>
        <TextField
          label={t("Name")}
          value={form.name}
          required
          maxLength={40}
          onChange={(event) => {
            set({ name: event.target.value });
          }}
        />
        <TextField
          label={t("Price")}
          inputMode="decimal"
          value={form.price}
          onChange={(event) => {
            set({ price: event.target.value });
          }}
          hint={kind === "StoredValue" ? t("Empty: any amount, spent one for one.") : undefined}
        />
        <TextField
          label={kind === "StoredValue" ? t("Face value") : kind === "Count" ? t("Number of visits") : t("Days")}
          inputMode="decimal"
          value={form.units}
          onChange={(event) => {
            set({ units: event.target.value });
          }}
        />
        {kind === "Count" ? (
          <TextField
            label={t("Price of all visits without the discount")}
            inputMode="decimal"
            value={form.listPrice}
            onChange={(event) => {
              set({ listPrice: event.target.value });
            }}
            hint={t("Counts for those who leave early. Empty: no discount.")}
          />
        ) : null}
        <label className="check">
          <input
            type="checkbox"
            checked={form.bearer}
            onChange={(event) => {
              set({ bearer: event.target.checked });
            }}
          />
          {t("Bearer card")}
        </label>
        {policy.data !== undefined && hasFees(policy.data) ? (
          <label className="check">
            <input
              type="checkbox"
              checked={form.feeFree}
              onChange={(event) => {
                set({ feeFree: event.target.checked });
              }}
            />
            {t("Take no fee for leaving, although the rules allow one")}
          </label>
        ) : null}
        <p className="hint">{t("A program never changes once it is published.")}</p>
        <button type="submit" className="button" disabled={busy}>
          {t("Publish")}
        </button>
        {invalid === undefined ? null : <Failure error={invalid} />}
      </form>
      <Progress state={state} />
    </details>
  );
}
