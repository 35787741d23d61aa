import { getAddress } from "ethers";
import { InvalidInputError } from "prepaid-escrow";
import type { Token } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import type { Acting } from "../lib/actions";
import { EvidenceFields, useEvidence } from "./Evidence";
import { Failure, Progress, TextField } from "./kit";

/** What a field of a form asks for. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  /** `day`: its beginning, or its end with `end`. */
  readonly as: "amount" | "address" | "number" | "day" | "text";
  readonly end?: boolean;
  readonly optional?: boolean;
  readonly hint?: string;
}

/** What was given: amounts in base units, days as Unix seconds, evidence as its hash. */
export interface Given {
  readonly big: (key: string) => bigint;
  readonly text: (key: string) => string;
  readonly evidence: string;
}

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
  readonly act: (acting: Acting, given: Given) => Promise<unknown>;
}) {
  const { title, about, fields, token, button, danger, act } = props;
  const { t } = useTranslation();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [invalid, setInvalid] = useState<unknown>();
  const evidence = useEvidence();
  const { state, run, busy } = useAction();
  const read = (): Omit<Given, "evidence"> => {
    const read = new Map<string, bigint | string>();
    for (const { key, as, end, label } of fields) {
      const text = (values[key] ?? "").trim();
      if (text === "" && as !== "text") {
        read.set(key, 0n);
      } else if (as === "amount") {
        read.set(key, token?.parse(text) ?? 0n);
      } else if (as === "number") {
        if (!/^\d+$/.test(text)) throw new InvalidInputError(label, text, "a whole number", "write digits only");
        read.set(key, BigInt(text));
      } else if (as === "day") {
        read.set(key, BigInt(Math.floor(Date.parse(`${text}T${end === true ? "23:59:59" : "00:00:00"}`) / 1_000)));
      } else if (as === "address") {
        try {
          read.set(key, getAddress(text));
        } catch {
          throw new InvalidInputError(
            label,
            text,
            "an address with 40 hexadecimal digits",
            "check it for typing errors",
          );
        }
      } else {
        read.set(key, text);
      }
    }
    return {
      big: (key) => BigInt(read.get(key) ?? 0n),
      text: (key) => String(read.get(key) ?? ""),
    };
  };
  return (
    <details className="panel" open={props.open}>
      <summary>{title}</summary>
      {about === undefined ? null : <p>{about}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          try {
            const given = read();
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
