import { decodeCardId, isEvent, mostToAward, releasedBy } from "prepaid-escrow";
import type { LedgerCard } from "prepaid-escrow/ledger";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { EvidenceLink } from "../../components/Evidence";
import { SendButton } from "../../components/SendButton";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Badge, Figures, Section } from "../../ui/panels";
import { isAnyones } from "../leaving/exit";
import { EndComplaint, isEndable } from "./EndComplaint";
import { Ruling } from "./Ruling";

/** A dispute before the association: both sides, the figures, and the ruling. */
export function Dispute({ cardId, card }: { readonly cardId: string; readonly card: LedgerCard }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const now = useNow();
  const { merchantId, dispute } = card;
  const complaint = dispute.kind === "Complaint";
  const { programId, holder } = decodeCardId(cardId);
  const action = useAction();
  const { data: about } = useRead(["dispute about", cardId], async (reader) => {
    const [quote, view, program, merchant] = await Promise.all([
      reader.quote(cardId),
      reader.card(cardId),
      reader.program(programId),
      reader.merchant(merchantId),
    ]);
    const policy = await reader.policy(program.policyId);
    return { quote, view, program, most: mostToAward({ card: view, quote, dispute, program, policy, merchant }) };
  });
  const writer = useWriter(about?.quote.token);
  const early = now < dispute.rulingFrom;
  const late = now >= dispute.rulingUntil;
  return (
    <Section
      title={`${names.account(holder)} · ${names.merchant(merchantId)}`}
      aside={
        <Badge tone={late ? "bad" : early ? "calm" : "wait"}>{complaint ? t("complaint") : t("contested exit")}</Badge>
      }
    >
      <p className={early || late ? "quiet" : "lead"}>
        {early
          ? t("Can be ruled on from {{time}}.", { time: writer.time(dispute.rulingFrom) })
          : late
            ? complaint
              ? t("Not ruled on in time; the holder may have the card paid, or keep it.")
              : t("Not ruled on in time; anyone may execute it.")
            : t("{{time}} left to rule.", { time: writer.duration(dispute.rulingUntil - now) })}
      </p>
      <Sides cardId={cardId} merchantId={merchantId} />
      {about === undefined ? null : (
        <Figures
          items={[
            [t("Paid"), writer.amount(about.view.principal)],
            [
              t("Used, at the price paid"),
              writer.amount(releasedBy(about.quote.consumed, about.view.principal, about.program.units)),
            ],
            [t("Least to award"), writer.amount(about.quote.refund)],
            [t("Most to award"), writer.amount(about.most)],
          ]}
        />
      )}
      {early || late ? null : (
        <Ruling
          cardId={cardId}
          quote={about?.quote}
          extendable={complaint && about?.program.kind === "Pass"}
          action={action}
        />
      )}
      {late && about !== undefined && isEndable(dispute, about.quote, now) ? (
        <EndComplaint cardId={cardId} action={action} />
      ) : null}
      {late && about !== undefined && isAnyones(dispute, about.quote) ? (
        <SendButton action={action} call={() => client.call("executeDispute", { cardId })}>
          {t("Execute")}
        </SendButton>
      ) : null}
      <Progress state={action.state} />
    </Section>
  );
}

/** Holder and shop, each with its evidence. */
function Sides({ cardId, merchantId }: { readonly cardId: string; readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const { events } = useLedger();
  const { programId, holder } = decodeCardId(cardId);
  // Both sides have given evidence where a complaint came before a contest, or after one.
  const evidenceOf = (name: "ComplaintOpened" | "ExitContested") =>
    events
      .filter((event) => isEvent(event, name))
      .filter(({ args }) => args.cardId === cardId)
      .map(({ args, transactionHash }) => (
        <p key={transactionHash}>
          <EvidenceLink hash={args.evidence} />
        </p>
      ));
  return (
    <div className="sides">
      <div>
        <h3>{t("The holder")}</h3>
        <p>
          <Account address={holder} /> · <Link href={`/card/${cardId}`}>{names.program(programId)}</Link>
        </p>
        {evidenceOf("ComplaintOpened")}
      </div>
      <div>
        <h3>{t("The shop")}</h3>
        <p>
          <Link href={`/watch/merchant/${merchantId}`}>{names.merchant(merchantId)}</Link>
        </p>
        {evidenceOf("ExitContested")}
      </div>
    </div>
  );
}
