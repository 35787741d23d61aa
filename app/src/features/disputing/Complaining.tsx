import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { EvidenceFields, useEvidence } from "../../components/Evidence";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Badge, Section } from "../../ui/panels";
import type { ShownCard } from "../card/shownCard";
import { EndComplaint, isEndable } from "./EndComplaint";

const SignForOthers = lazy(() => import("../relaying/SignForOthers"));

/** Complaining to the association about the shop. */
export function Complaining({ cardId, card, quote }: ShownCard) {
  const { t } = useTranslation();
  const { client } = useChain();
  const writer = useWriter(undefined);
  const now = useNow();
  const evidence = useEvidence();
  const action = useAction();
  const { state, run, busy } = action;
  const dispute = useRead(["dispute of", cardId, card.disputed], (reader) => reader.dispute(cardId));
  if (card.exitRequestedAt > 0n) return null;
  const from = dispute.data?.complaintFrom ?? 0n;
  if (card.disputed) {
    return dispute.data?.kind === "Complaint" ? (
      <Section title={t("Complaint")} aside={<Badge tone="wait">{t("open")}</Badge>}>
        <p>
          {now < dispute.data.rulingUntil
            ? t("The association decides by {{time}}.", { time: writer.time(dispute.data.rulingUntil) })
            : t("Nobody has ruled in time: you may have the card paid, or keep it.")}
        </p>
        {isEndable(dispute.data, quote, now) ? <EndComplaint cardId={cardId} action={action} /> : null}
        <Progress state={state} />
      </Section>
    ) : null;
  }
  if (quote.rule === "CoolingOff") {
    return (
      <details className="panel">
        <summary>{t("Complain about the shop")}</summary>
        <p>{t("You can still change your mind: leaving pays as much as a complaint could, and sooner.")}</p>
      </details>
    );
  }
  return (
    <details className="panel">
      <summary>{t("Complain about the shop")}</summary>
      {from > now ? (
        <p>{t("After the last complaint, the next is accepted from {{time}}.", { time: writer.time(from) })}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(async ({ send }) => send(client.call("complain", { cardId, evidence: await evidence.hash() })));
          }}
        >
          <EvidenceFields evidence={evidence} label={t("What is wrong?")} />
          <button type="submit" className="button" disabled={busy || !evidence.given}>
            {t("Complain")}
          </button>
        </form>
      )}
      <Progress state={state} done={t("The association has your complaint.")} />
      {from > now ? null : (
        <Suspense fallback={null}>
          <SignForOthers
            button={t("Sign the complaint")}
            disabled={!evidence.given}
            sign={async (signing) => ({
              operation: "complainWithSignature",
              input: await signing.sign(await signing.complaintRequest(cardId, await evidence.hash())),
            })}
          />
        </Suspense>
      )}
    </details>
  );
}
