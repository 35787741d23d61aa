import { useId } from "react";
import type { ComponentProps, ReactNode } from "react";

/** A labelled field with a hint below. */
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
