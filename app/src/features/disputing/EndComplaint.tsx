import type { DisputeView, ExitQuote } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import type { Action } from "../../chain/sending/action";
import { SendButton } from "../../components/SendButton";

/** Whether anyone can end a complaint on which nobody ruled: its holder has had the time to have the card paid. */
export function isEndable(
  { kind, rulingUntil }: Pick<DisputeView, "kind" | "rulingUntil">,
  { lapsesAt }: Pick<ExitQuote, "lapsesAt">,
  now: bigint,
): boolean {
  return kind === "Complaint" && now >= rulingUntil && lapsesAt > 0n && now >= lapsesAt;
}

/** Ends a complaint without effect. */
export function EndComplaint({ cardId, action }: { readonly cardId: string; readonly action: Action }) {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <SendButton action={action} look="plain" call={() => client.call("endComplaint", { cardId })}>
      {t("End the complaint without effect")}
    </SendButton>
  );
}
