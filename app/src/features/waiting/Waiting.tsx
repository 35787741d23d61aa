import { decodeCardId, isEvent } from "prepaid-escrow";
import type { LedgerCard } from "prepaid-escrow/ledger";
import { useTranslation } from "react-i18next";

import { useNow } from "../../chain/reading/clock";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { EvidenceLink } from "../../components/Evidence";
import { useTexts } from "../../i18n/texts";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Badge, Section } from "../../ui/panels";
import { Answers } from "./Answers";

/** A card whose holder leaves, complains or moves it, and the shop's answers. */
export function Waiting(props: { readonly cardId: string; readonly entry: LedgerCard; readonly merchantId: bigint }) {
  const { cardId, entry, merchantId } = props;
  const { t } = useTranslation();
  const names = useNames();
  const now = useNow();
  const texts = useTexts();
  const action = useAction();
  const { holder, programId } = decodeCardId(cardId);
  const { events } = useLedger();
  const exit = entry.exit.executableAt === 0n ? undefined : entry.exit;
  const dispute = entry.dispute.kind === "None" ? undefined : entry.dispute;
  const move = entry.move.executableAt === 0n ? undefined : entry.move;
  const opened = events
    .filter((event) => isEvent(event, "ComplaintOpened") || isEvent(event, "ExitContested"))
    .findLast(({ args }) => args.cardId === cardId);
  const quote = useRead(["quote", cardId], (reader) => reader.quote(cardId));
  const writer = useWriter(quote.data?.token);
  const left = (until: bigint): string =>
    until > now ? t("{{time}} to go", { time: writer.duration(until - now) }) : t("due");
  const title = `${names.account(holder)} · ${names.program(programId)}`;
  return (
    <Section
      title={title}
      aside={
        <Badge tone="wait">
          {exit
            ? t("leaving")
            : dispute
              ? dispute.kind === "Complaint"
                ? t("complaint")
                : t("contested")
              : t("moving")}
        </Badge>
      }
    >
      {exit ? <p className="lead">{left(exit.executableAt)}</p> : null}
      {quote.data && move === undefined ? (
        <p>{t("To the holder: {{quote}}", { quote: texts.quote(quote.data, writer) })}</p>
      ) : null}
      {dispute ? (
        <p>
          {t("The association rules from {{from}} until {{until}}.", {
            from: writer.time(dispute.rulingFrom),
            until: writer.time(dispute.rulingUntil),
          })}{" "}
          {opened === undefined ? null : <EvidenceLink hash={opened.args.evidence} />}
        </p>
      ) : null}
      {move ? (
        <p>
          {t("The card goes to")} <Account address={move.to} />, {left(move.executableAt)}
        </p>
      ) : null}
      <Answers cardId={cardId} entry={entry} quote={quote.data} action={action} />
      <Progress state={action.state} />
      <p className="quiet small mono wrap">
        {t("Shop")} {String(merchantId)} · {cardId}
      </p>
    </Section>
  );
}
