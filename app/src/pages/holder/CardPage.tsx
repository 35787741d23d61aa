import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useAccount } from "../../chain/wallet/useWallets";
import { Account } from "../../components/Account";
import { CardState, ShowCard } from "../../features/card/CardState";
import { Extending } from "../../features/card/Extending";
import { useShownCard } from "../../features/card/shownCard";
import type { ShownCard } from "../../features/card/shownCard";
import { Complaining } from "../../features/disputing/Complaining";
import { Leaving } from "../../features/leaving/Leaving";
import { Moving } from "../../features/moving/Moving";
import { Receipts } from "../../features/receipts/Receipts";
import { Answer } from "../../ui/answers";

/** One card: its picture, and everything its holder can do. */
export default function CardPage({ cardId }: { readonly cardId: string }) {
  const account = useAccount();
  const card = useShownCard(cardId);
  return <Answer of={card}>{(shown) => <CardBody {...shown} mine={account === shown.holder} />}</Answer>;
}

function CardBody(shown: ShownCard) {
  const { t } = useTranslation();
  const names = useNames();
  const { cardId, card, program, programId, merchant, holder, mine } = shown;
  const account = useAccount();
  const operators = useLedger().merchants.get(program.merchantId)?.operators;
  const operates = account !== undefined && operators?.has(account) === true;
  const open = card.status === "Open";
  const served = open && merchant.status !== "Defaulted";
  return (
    <>
      <p className="crumbs">
        <Link href="/cards">{t("My cards")}</Link>
      </p>
      <h1>
        {names.merchant(program.merchantId)} · {names.program(programId)}
      </h1>
      {mine ? null : (
        <p className="alert">
          {t("This card is held by")} <Account address={holder} />. {t("You may look; only the holder acts.")}
        </p>
      )}
      <CardState {...shown} />
      {open && mine ? <ShowCard cardId={cardId} /> : null}
      {open ? <Leaving {...shown} /> : null}
      <Receipts {...shown} />
      {served && program.kind === "Pass" && operates ? (
        <Extending title={t("As the shop: extend this pass")} cardIds={[cardId]} />
      ) : null}
      {served && mine ? <Complaining {...shown} /> : null}
      {served && (mine || card.moving) ? <Moving {...shown} /> : null}
    </>
  );
}
