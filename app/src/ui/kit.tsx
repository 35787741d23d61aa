import { useEffect, useId, useRef, useState } from "react";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { ActionState } from "../lib/actions";
import { short, useLedger, useNames } from "../lib/chain";
import { useSentence } from "../lib/errors";

/** A window over the page: the browser's own, which keeps the focus inside and closes with Escape. */
export function Dialog(props: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode }) {
  const { title, onClose, children } = props;
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="row">
        <h2 id={id}>{title}</h2>
        <button type="button" className="icon" aria-label={t("Close")} onClick={onClose}>
          ×
        </button>
      </header>
      {children}
    </dialog>
  );
}

/** A named part of a page. */
export function Section(props: { readonly title: string; readonly aside?: ReactNode; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="row">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** A labelled field; what is wrong with it is said below. */
export function Field(props: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children(id)}
      {props.hint === undefined ? null : <p className="hint">{props.hint}</p>}
    </div>
  );
}

export function TextField(
  props: { readonly label: string; readonly hint?: string | undefined } & Omit<ComponentProps<"input">, "id">,
) {
  const { label, hint, ...rest } = props;
  return (
    <Field label={label} hint={hint}>
      {(id) => <input id={id} autoComplete="off" spellCheck={false} {...rest} />}
    </Field>
  );
}

/** Something asked of the chain: what is there so far, what went wrong, or what it says. */
export function Answer<Value>(props: {
  readonly of: { readonly data: Value | undefined; readonly error: unknown; readonly isLoading: boolean };
  readonly children: (value: Value) => ReactNode;
}) {
  const { t } = useTranslation();
  const { data, error, isLoading } = props.of;
  if (data !== undefined) return props.children(data);
  if (error !== null && error !== undefined) return <Failure error={error} />;
  return isLoading ? (
    <p className="quiet" role="status">
      {t("Reading the chain …")}
    </p>
  ) : null;
}

/** Said beside what is listed, while it is not all there is yet. */
export function StillReading() {
  const { t } = useTranslation();
  const { caughtUp } = useLedger();
  return caughtUp ? null : (
    <span className="late" role="status">
      <Badge tone="wait">{t("reading history …")}</Badge>
    </span>
  );
}

/** What went wrong and what to do. */
export function Failure({ error }: { readonly error: unknown }) {
  const sentence = useSentence(error);
  return (
    <p className="alert bad" role="alert" data-error={error instanceof Error ? error.name : "Error"}>
      {sentence}
    </p>
  );
}

/** Where an action stands, read out as it changes. */
export function Progress({ state, done }: { readonly state: ActionState; readonly done?: string }) {
  const { t } = useTranslation();
  switch (state.step) {
    case "idle":
      return null;
    case "asking":
      return (
        <p className="alert" role="status">
          {t("Confirm it in your wallet.")}
        </p>
      );
    case "sent":
      return (
        <p className="alert" role="status">
          {t("Sent; waiting for the chain to take it up.")} <span className="mono">{short(state.hash)}</span>
        </p>
      );
    case "done":
      return (
        <p className="alert good" role="status">
          {done ?? t("Done.")}
        </p>
      );
    case "failed":
      return <Failure error={state.error} />;
  }
}

/** An account by name, with the address behind it. */
export function Account({ address }: { readonly address: string }) {
  const names = useNames();
  const name = names.known(address);
  return name === undefined ? (
    <span className="mono" title={address}>
      {short(address)}
    </span>
  ) : (
    <span title={address}>{name}</span>
  );
}

/** A text to hand on, with a button that copies it. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="button plain"
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true);
          setTimeout(() => {
            setCopied(false);
          }, 2_000);
        });
      }}
    >
      <span aria-live="polite">{copied ? t("Copied") : label}</span>
    </button>
  );
}

export function Badge({
  tone,
  children,
}: {
  readonly tone: "good" | "bad" | "wait" | "calm";
  readonly children: ReactNode;
}) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** Figures side by side. */
export function Figures({ items }: { readonly items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="figures">
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
