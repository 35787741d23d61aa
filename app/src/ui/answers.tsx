import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useSentence } from "../i18n/sentences";
import type { ActionState } from "../lib/actionState";
import { short } from "../lib/short";

/** A question to the chain: its answer, or the error, or a note that the chain is being read. */
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

/** An error in one sentence, with the next step. */
export function Failure({ error }: { readonly error: unknown }) {
  const sentence = useSentence(error);
  return (
    <p className="alert bad" role="alert" data-error={error instanceof Error ? error.name : "Error"}>
      {sentence}
    </p>
  );
}

/** The state of an action; screen readers read it out as it changes. */
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
