import { getAddress, isAddress } from "ethers";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useAction } from "../../chain/sending/action";
import type { Action } from "../../chain/sending/action";
import { SendButton } from "../../components/SendButton";
import { useTexts } from "../../i18n/texts";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Badge, Section } from "../../ui/panels";
import type { ShownCard } from "../card/shownCard";
import { useExit } from "./exit";
import type { Exit } from "./exit";

const SignForOthers = lazy(() => import("../relaying/SignForOthers"));

/** The refund on leaving, and asking for it. */
export function Leaving(shown: ShownCard) {
  const { cardId, card, quote, mine } = shown;
  const { t } = useTranslation();
  const now = useNow();
  const writer = useWriter(quote.token);
  const action = useAction();
  const exit = useExit(shown);
  const { pending, due, everybody, dispute, unruled, askable } = exit;
  const sentence = useTexts().quote(quote, writer);
  return (
    <Section
      title={t("Leave")}
      aside={pending ? <Badge tone="wait">{due ? t("ready to be paid") : t("asked")}</Badge> : undefined}
    >
      <p className="lead">{sentence}</p>
      {pending && !due && !card.disputed ? (
        <p className="countdown" role="timer">
          {t("{{time}} to go", { time: writer.duration(quote.executableAt - now) })}
        </p>
      ) : null}
      {dispute === undefined ? null : (
        <p>
          {dispute.kind === "Contest"
            ? t("The association can rule from {{from}} until {{until}}. After that anyone may have the card paid.", {
                from: writer.time(dispute.rulingFrom),
                until: writer.time(dispute.rulingUntil),
              })
            : t(
                "The association can rule from {{from}} until {{until}}. After that the holder may have the card paid.",
                {
                  from: writer.time(dispute.rulingFrom),
                  until: writer.time(dispute.rulingUntil),
                },
              )}
        </p>
      )}
      <ExitButtons shown={shown} exit={exit} action={action} />
      {mine && (unruled || ((pending || everybody) && due)) ? <PayElsewhere cardId={cardId} action={action} /> : null}
      <Progress state={action.state} />
      {askable ? (
        <Suspense fallback={null}>
          <SignForOthers
            button={t("Sign the request to leave")}
            sign={async (signing) => ({
              operation: "requestExitWithSignature",
              input: await signing.sign(await signing.exitRequest(cardId)),
            })}
          />
        </Suspense>
      ) : null}
    </Section>
  );
}

function ExitButtons(props: { readonly shown: ShownCard; readonly exit: Exit; readonly action: Action }) {
  const { action, shown, exit } = props;
  const { cardId, card, quote, program, mine } = shown;
  const { pending, due, everybody, unruled, askable } = exit;
  const { t } = useTranslation();
  const { client } = useChain();
  const writer = useWriter(quote.token);
  const paid = t("Have it paid: {{amount}}", { amount: writer.amount(quote.refund) });
  return (
    <div className="row">
      {askable ? (
        <SendButton action={action} call={() => client.call("requestExit", { cardId })}>
          {t("Ask to leave")}
        </SendButton>
      ) : null}
      {pending && due && !everybody && !card.disputed ? (
        <SendButton action={action} call={() => client.call("executeExit", { cardId })}>
          {paid}
        </SendButton>
      ) : null}
      {everybody && due ? (
        <SendButton
          action={action}
          call={() => client.call("refundCards", { merchantId: program.merchantId, cardIds: [cardId] })}
        >
          {paid}
        </SendButton>
      ) : null}
      {mine && pending && !everybody ? (
        <SendButton action={action} look="plain" call={() => client.call("cancelExit", { cardId })}>
          {t("Stay after all")}
        </SendButton>
      ) : null}
      {unruled ? (
        <SendButton action={action} call={() => client.call("executeDispute", { cardId })}>
          {t("Nobody has ruled: have it paid")}
        </SendButton>
      ) : null}
    </div>
  );
}

function PayElsewhere({ cardId, action }: { readonly cardId: string; readonly action: Action }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const [recipient, setRecipient] = useState("");
  return (
    <details>
      <summary>{t("Pay to another address")}</summary>
      <TextField
        label={t("Address")}
        value={recipient}
        onChange={(event) => {
          setRecipient(event.target.value);
        }}
        className="mono"
      />
      <SendButton
        action={action}
        look="plain"
        disabled={!isAddress(recipient)}
        call={() => client.call("executeExitTo", { cardId, recipient: getAddress(recipient) })}
      >
        {t("Pay there")}
      </SendButton>
    </details>
  );
}
