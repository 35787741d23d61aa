import { decodeCardId } from "prepaid-escrow";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useNames } from "../../chain/reading/useNames";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { useAccount } from "../../chain/wallet/useWallets";
import { Account } from "../../components/Account";
import { EvidenceLink } from "../../components/Evidence";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Figures, Section } from "../../ui/panels";
import { goodUntil, relayedCall } from "./relays";
import type { Relay } from "./relays";

/** A signed operation, and a button that sends it. */
export function Signed({ relay }: { readonly relay: Relay }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const account = useAccount();
  const now = useNow();
  const writer = useWriter(undefined);
  const { state, run, busy } = useAction();
  const until = goodUntil(relay);
  const late = now > until;
  return (
    <>
      <h1>{t("Send it for somebody")}</h1>
      <Section title={useTitle(relay)}>
        <About relay={relay} />
        <p>
          {t("You pay the fee and nothing else. What is sent does only what was signed, whoever sends it.")}{" "}
          {late ? null : t("Good until {{time}}.", { time: writer.time(until) })}
        </p>
        {late ? (
          <p className="alert bad">{t("It was good until {{time}}. Ask for another.", { time: writer.time(until) })}</p>
        ) : null}
        <button
          type="button"
          className="button"
          disabled={busy || late || account === undefined || state.step === "done"}
          onClick={() => void run(({ send }) => send(relayedCall(client, relay)))}
        >
          {t("Send it")}
        </button>
        {account === undefined ? <p className="hint">{t("Connect your wallet to send it.")}</p> : null}
        <Progress state={state} done={t("Sent, and done.")} />
      </Section>
    </>
  );
}

function useTitle({ operation }: Relay): string {
  const { t } = useTranslation();
  return {
    requestExitWithSignature: t("A request to leave"),
    complainWithSignature: t("A complaint"),
    buyWithAuthorization: t("A purchase"),
  }[operation];
}

function About({ relay }: { readonly relay: Relay }) {
  const { t } = useTranslation();
  if (relay.operation === "buyWithAuthorization") return <AboutPurchase input={relay.input} />;
  const { cardId } = relay.input;
  const items: (readonly [string, ReactNode])[] = [
    [t("Holder"), <Account key="holder" address={decodeCardId(cardId).holder} />],
    [t("Card"), <CardName key="card" cardId={cardId} />],
  ];
  if (relay.operation === "complainWithSignature")
    items.push([t("Evidence"), <EvidenceLink key="evidence" hash={relay.input.evidence} />]);
  return <Figures items={items} />;
}

function CardName({ cardId }: { readonly cardId: string }) {
  const names = useNames();
  return <Link href={`/card/${cardId}`}>{names.program(decodeCardId(cardId).programId)}</Link>;
}

function AboutPurchase({
  input,
}: {
  readonly input: Extract<Relay, { readonly operation: "buyWithAuthorization" }>["input"];
}) {
  const { t } = useTranslation();
  const names = useNames();
  const { programId, principal, holder } = input.purchase;
  const { data } = useRead(["sold", programId], async (client) => {
    const { merchantId } = await client.program(programId);
    return { merchantId, token: await client.tokenOf(merchantId) };
  });
  const writer = useWriter(data?.token);
  if (data === undefined) return null;
  return (
    <Figures
      items={[
        [t("Shop"), names.merchant(data.merchantId)],
        [
          t("Program"),
          <Link key="program" href={`/buy/${data.merchantId}/${programId}`}>
            {names.program(programId)}
          </Link>,
        ],
        [t("Paid"), writer.amount(principal)],
        [t("Paid by"), <Account key="payer" address={input.payer} />],
        [t("Holder"), <Account key="holder" address={holder} />],
      ]}
    />
  );
}
