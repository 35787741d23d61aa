import type { ProgramTerms } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Suspense, lazy } from "react";

import { useAction } from "../lib/actions";
import { useChain, useLedger, useNames, useRead } from "../lib/chain";
import { linkTo } from "../lib/links";
import { nameUri } from "../lib/names";
import { useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Badge, Copy, Empty, Failure, Field, Progress, Section, TextField } from "../ui/kit";

const Code = lazy(() => import("../ui/Code"));

/** What the shop sells. */
export function ProgramsPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const { client } = useChain();
  const { programs, caughtUp } = useLedger();
  const token = useRead(["token of", merchantId], (reader) => reader.tokenOf(merchantId), { still: true });
  const writer = useWriter(token.data);
  const { state, run, busy } = useAction();
  const mine = [...programs].filter(([, program]) => program.merchantId === merchantId);
  return (
    <>
      <Section title={t("Programs")}>
        {mine.length === 0 ? (
          <Empty>{caughtUp ? t("Nothing is published yet.") : t("Reading the chain …")}</Empty>
        ) : null}
        <ul className="list">
          {mine.map(([programId, program]) => (
            <li key={programId.toString()}>
              <div className="row">
                <span>
                  <strong>{names.program(programId)}</strong>{" "}
                  <span className="quiet">
                    {program.price === 0n
                      ? t("any amount")
                      : `${writer.amount(program.price)} · ${units.write(program, program.units, writer)}`}
                  </span>
                </span>
                {program.retired ? (
                  <Badge tone="calm">{t("retired")}</Badge>
                ) : (
                  <button
                    type="button"
                    className="button plain small"
                    disabled={busy}
                    onClick={() => void run(({ send }) => send(client.call("retireProgram", { programId })))}
                  >
                    {t("Stop selling")}
                  </button>
                )}
              </div>
              {program.retired ? null : (
                <details>
                  <summary>{t("Link and code for customers")}</summary>
                  <Suspense fallback={null}>
                    <Code
                      text={linkTo(`/buy/${merchantId}/${programId}`)}
                      label={t("Code of {{name}}", { name: names.program(programId) })}
                    />
                  </Suspense>
                  <Copy text={linkTo(`/buy/${merchantId}/${programId}`)} label={t("Copy the link")} />
                </details>
              )}
            </li>
          ))}
        </ul>
        <Progress state={state} />
      </Section>
      <Publish merchantId={merchantId} />
    </>
  );
}

function Publish({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const token = useRead(["token of", merchantId], (reader) => reader.tokenOf(merchantId), { still: true });
  const { state, run, busy } = useAction();
  const [form, setForm] = useState({
    kind: "Session" as ProgramTerms["kind"],
    name: "",
    price: "",
    units: "",
    listPrice: "",
    bearer: false,
  });
  const [invalid, setInvalid] = useState<unknown>();
  const set = (change: Partial<typeof form>): void => {
    setForm({ ...form, ...change });
  };
  const { kind } = form;
  const publish = (): void => {
    if (token.data === undefined) return;
    try {
      const { data } = token;
      const parse = (text: string): bigint => (text.trim() === "" ? 0n : data.parse(text));
      const price = parse(form.price);
      const units =
        kind === "StoredValue"
          ? parse(form.units)
          : BigInt(form.units.trim() === "" ? 0 : form.units.trim()) * (kind === "Term" ? 86_400n : 1n);
      const listPrice =
        kind === "StoredValue"
          ? units
          : kind === "Term" || form.listPrice.trim() === ""
            ? price
            : parse(form.listPrice);
      setInvalid(undefined);
      const terms: ProgramTerms = {
        kind,
        bearer: form.bearer,
        price,
        units,
        listPrice,
        metadataURI: nameUri(form.name.trim()),
      };
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
                set({ kind: event.target.value as ProgramTerms["kind"] });
              }}
            >
              <option value="Session">{t("Visits")}</option>
              <option value="StoredValue">{t("Money to spend")}</option>
              <option value="Term">{t("Pass for a time")}</option>
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
          label={kind === "StoredValue" ? t("Face value") : kind === "Session" ? t("Number of visits") : t("Days")}
          inputMode="decimal"
          value={form.units}
          onChange={(event) => {
            set({ units: event.target.value });
          }}
        />
        {kind === "Session" ? (
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
