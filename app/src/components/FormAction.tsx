import type { Token } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../chain/sending/action";
import type { Acting } from "../chain/sending/action";
import { Failure, Progress } from "../ui/answers";
import { TextField } from "../ui/fields";
import { EvidenceFields, useEvidence } from "./Evidence";
import { readFields } from "./formFields";
import type { FormField, Given } from "./formFields";

/** An operation behind a title: its fields, whether it needs evidence, and what it sends. */
export function FormAction(props: {
  readonly title: string;
  readonly about?: string;
  readonly fields: readonly FormField[];
  readonly evidence?: string;
  readonly token?: Token | undefined;
  readonly button: string;
  readonly danger?: boolean;
  readonly open?: boolean;
  /** Sends it; evidence is given as its hash. */
  readonly act: (acting: Acting, given: Given & { readonly evidence: string }) => Promise<unknown>;
}) {
  const { title, about, fields, token, button, danger, act } = props;
  const { t } = useTranslation();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [invalid, setInvalid] = useState<unknown>();
  const evidence = useEvidence();
  const { state, run, busy } = useAction();
  return (
    <details className="panel" open={props.open}>
      <summary>{title}</summary>
      {about === undefined ? null : <p>{about}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          try {
            const given = readFields(fields, values, token);
            setInvalid(undefined);
            void run(async (acting) =>
              act(acting, { ...given, evidence: props.evidence === undefined ? "" : await evidence.hash() }),
            );
          } catch (error) {
            setInvalid(error);
          }
        }}
      >
        {fields.map(({ key, label, as, optional, hint }) => (
          <TextField
            key={key}
            label={label}
            hint={hint}
            required={optional !== true}
            type={as === "day" ? "date" : "text"}
            inputMode={as === "amount" ? "decimal" : as === "number" ? "numeric" : "text"}
            className={as === "address" ? "mono" : ""}
            value={values[key] ?? ""}
            onChange={(event) => {
              setValues({ ...values, [key]: event.target.value });
            }}
          />
        ))}
        {props.evidence === undefined ? null : <EvidenceFields evidence={evidence} label={props.evidence} />}
        <button
          type="submit"
          className={`button ${danger === true ? "danger" : ""}`}
          disabled={busy || (props.evidence !== undefined && !evidence.given)}
        >
          {button}
        </button>
      </form>
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress state={state} done={t("Done.")} />
    </details>
  );
}
