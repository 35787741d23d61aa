import type { Call } from "prepaid-escrow";
import type { ReactNode } from "react";

import type { Action } from "../chain/sending/action";

/** A button that sends one call. */
export function SendButton(props: {
  readonly action: Action;
  readonly call: () => Call | Promise<Call>;
  readonly look?: "plain" | "plain small";
  readonly disabled?: boolean;
  readonly children: ReactNode;
}) {
  const { action, call, look, disabled, children } = props;
  return (
    <button
      type="button"
      className={look === undefined ? "button" : `button ${look}`}
      disabled={action.busy || disabled === true}
      onClick={() => void action.run(async ({ send }) => send(await call()))}
    >
      {children}
    </button>
  );
}
