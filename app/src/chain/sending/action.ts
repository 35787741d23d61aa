import { TransactionDroppedError } from "prepaid-escrow";
import type { Call, Outcome, EscrowClient } from "prepaid-escrow";
import { useCallback, useRef, useState } from "react";

import type { ActionState } from "../../lib/actionState";
import { useRefresh } from "../reading/useRead";
import { useSigning } from "./signing";
import { toasts } from "./toasts";

/** The means of an action. */
export interface Acting {
  /** Signs and sends with the connected wallet. */
  readonly client: EscrowClient;
  /** Sends a call, and shows its progress. */
  readonly send: (call: Call) => Promise<Outcome>;
  /** Shows a transaction that was sent by other means. */
  readonly sent: (hash: string) => void;
}

/** Runs one action at a time and keeps its state; `run` returns whether the action succeeded. */
export function useAction() {
  const [state, setState] = useState<ActionState>({ step: "idle" });
  const busy = useRef(false);
  const signing = useSigning();
  const refresh = useRefresh();
  const signingRef = useRef(signing);
  signingRef.current = signing;
  const run = useCallback(
    async (act: (acting: Acting) => Promise<unknown>): Promise<boolean> => {
      if (busy.current) return false;
      busy.current = true;
      setState({ step: "asking" });
      let hash: string | undefined;
      try {
        const client = signingRef.current();
        const sent = (known: string): void => {
          hash = known;
          setState({ step: "sent", hash: known });
        };
        const send = async (call: Call): Promise<Outcome> => {
          setState({ step: "asking" });
          return await client.send(call, { onSent: sent });
        };
        await act({ client, send, sent });
        setState(hash === undefined ? { step: "done" } : { step: "done", hash });
        toasts.add(hash);
        await refresh();
        return true;
      } catch (error) {
        setState({ step: "failed", error });
        if (error instanceof TransactionDroppedError) await refresh();
        return false;
      } finally {
        busy.current = false;
      }
    },
    [refresh],
  );
  const reset = useCallback(() => {
    setState({ step: "idle" });
  }, []);
  return { state, run, reset, busy: state.step === "asking" || state.step === "sent" };
}

/** An action of a page: its state, and the function that runs it. */
export type Action = ReturnType<typeof useAction>;
