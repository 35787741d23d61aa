import { useQuery } from "@tanstack/react-query";
import { OverFaceError } from "prepaid-escrow/till";
import { decodeCardId } from "prepaid-escrow";
import type { Acceptance, RowOutcome } from "prepaid-escrow/till";
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { TILL_CHANNEL } from "../consumer/SignPage";
import { useAction } from "../lib/actions";
import { useCardsOf, useChain, useLedger, useNames } from "../lib/chain";
import { linkTo, readCardId, readSignature, writeVisitRequest } from "../lib/links";
import { useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Account, Badge, Copy, Failure, Figures, Progress, Section, TextField } from "../ui/kit";
import { useUrgencyWords } from "../ui/words";
import { keepReceipt, useBook, useTill } from "./useTill";

const Code = lazy(() => import("../ui/Code"));
const Scanner = lazy(() => import("../ui/Scanner"));

/** Serving card holders. */
export function TillPage({ merchantId, signature }: { readonly merchantId: bigint; readonly signature?: string }) {
  const { t } = useTranslation();
  const till = useTill(merchantId);
  const { database } = useChain();
  const { refresh } = useBook(merchantId);
  const [card, setCard] = useState("");
  const [taken, setTaken] = useState<{ readonly acceptance: Acceptance } | { readonly error: unknown }>();
  const [asked, setAsked] = useState<string>();
  const cardId = readCardId(card);
  const take = useCallback(
    (text: string) => {
      const accept = async (): Promise<Acceptance> => {
        const answer = readSignature(text);
        const own = await till();
        const acceptance = await own.acceptAnswer(answer);
        // The book has it whether the card's page has its copy or not.
        await keepReceipt(database, own, acceptance.visit).catch(() => undefined);
        return acceptance;
      };
      accept().then(
        (acceptance) => {
          setTaken({ acceptance });
          setAsked(undefined);
          void refresh();
        },
        (error: unknown) => {
          setTaken({ error });
        },
      );
    },
    [till, database, refresh],
  );
  useEffect(() => {
    if (signature !== undefined) take(signature);
  }, [signature, take]);
  useEffect(() => {
    const channel = new BroadcastChannel(TILL_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<{ readonly merchantId: bigint; readonly text: string }>) => {
      if (data.merchantId === merchantId) take(data.text);
    };
    return () => {
      channel.close();
    };
  }, [merchantId, take]);
  return (
    <>
      {taken === undefined ? null : "acceptance" in taken ? (
        <Accepted key={taken.acceptance.visit.receipt} acceptance={taken.acceptance} merchantId={merchantId} />
      ) : (
        <Failure error={taken.error} />
      )}
      <Section title={t("1. Whose card?")}>
        <CardSearch
          merchantId={merchantId}
          value={card}
          onChange={(next) => {
            setCard(next);
            setAsked(undefined);
            setTaken(undefined);
          }}
        />
      </Section>
      {cardId === undefined ? null : (
        <Asking
          key={cardId}
          merchantId={merchantId}
          cardId={cardId}
          onAsked={(link) => {
            setAsked(link);
            setTaken(undefined);
          }}
        />
      )}
      {asked === undefined ? null : (
        <Section title={t("3. The holder signs")}>
          <div className="sides">
            <div>
              <Suspense fallback={null}>
                <Code text={asked} label={t("Code for the holder's phone")} />
              </Suspense>
              <Copy text={asked} label={t("Copy the link for the holder")} />
              <output className="mono wrap small" data-link="visit">
                {asked}
              </output>
            </div>
            <Reply onText={take} />
          </div>
        </Section>
      )}
    </>
  );
}

/** Finds a card by its code, its id, or its holder. */
function CardSearch({
  merchantId,
  value,
  onChange,
}: {
  readonly merchantId: bigint;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const names = useNames();
  const { programs } = useLedger();
  const cards = useCardsOf(merchantId);
  const [camera, setCamera] = useState(false);
  const found = useMemo(() => {
    const wanted = value.trim().toLowerCase();
    if (wanted === "" || readCardId(value) !== undefined) return [];
    const matching = [];
    for (const [cardId, { card }] of cards) {
      const { holder, programId } = decodeCardId(cardId);
      if (card.status !== "Open" || programs.get(programId)?.kind === "Term") continue;
      if (names.account(holder).toLowerCase().includes(wanted) || holder.toLowerCase().includes(wanted))
        matching.push({ cardId, holder, programId });
      if (matching.length === 6) break;
    }
    return matching;
  }, [value, cards, programs, names]);
  return (
    <>
      <TextField
        label={t("The card's code, link or id, or its holder")}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
      {found.length === 0 ? null : (
        <ul className="offers">
          {found.map((card) => (
            <li key={card.cardId}>
              <button
                type="button"
                className="choice"
                onClick={() => {
                  onChange(card.cardId);
                }}
              >
                {names.account(card.holder)} · {names.program(card.programId)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className="button plain"
        onClick={() => {
          setCamera(!camera);
        }}
      >
        {camera ? t("Close the camera") : t("Scan")}
      </button>
      {camera ? (
        <Suspense fallback={null}>
          <Scanner
            onText={(text) => {
              setCamera(false);
              onChange(text);
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}

function Asking({
  merchantId,
  cardId,
  onAsked,
}: {
  readonly merchantId: bigint;
  readonly cardId: string;
  readonly onAsked: (link: string) => void;
}) {
  const { t } = useTranslation();
  const till = useTill(merchantId);
  const { client, deployment } = useChain();
  const names = useNames();
  const units = useUnits();
  const [amount, setAmount] = useState("1");
  const [item, setItem] = useState("");
  const [error, setError] = useState<unknown>();
  const look = useQuery({
    queryKey: ["look", merchantId.toString(), cardId],
    queryFn: async () => {
      const own = await till();
      return { token: own.token, ...(await own.look(cardId)) };
    },
    retry: 0,
  });
  const writer = useWriter(look.data?.token);
  if (look.error) return <Failure error={look.error} />;
  if (look.data === undefined) return null;
  const { card, left } = look.data;
  const { holder, programId } = decodeCardId(cardId);
  const money = card.kind === "StoredValue";
  const ask = async (): Promise<void> => {
    try {
      const own = await till();
      const charge = await own.charge({
        ...{ cardId, amount },
        item: item.trim() === "" ? names.program(programId) : item.trim(),
      });
      await own.expect(charge);
      setError(undefined);
      const { consumed: from, cumulative, previous, salt } = charge;
      const about = { chainId: deployment.chainId, escrow: client.escrow, merchantId, item: charge.item };
      onAsked(linkTo(writeVisitRequest({ ...about, cardId: charge.cardId, from, cumulative, previous, salt })));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Section title={t("2. What is it for?")}>
      <Figures
        items={[
          [t("Holder"), <Account key="holder" address={holder} />],
          [t("Program"), names.program(programId)],
          [t("Left"), units.write(card, left, writer)],
        ]}
      />
      {card.leaving || card.moving ? (
        <p className="alert bad">
          {t("The holder has asked to leave or to move this card. Settle this visit at once, before that falls due.")}
        </p>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <TextField
          label={money ? (card.units === 0n ? t("Amount") : t("Amount of face value")) : t("Visits")}
          inputMode={money ? "decimal" : "numeric"}
          value={amount}
          onChange={(event) => {
            setAmount(event.target.value);
          }}
          required
        />
        <TextField
          label={t("What is consumed")}
          value={item}
          maxLength={80}
          onChange={(event) => {
            setItem(event.target.value);
          }}
        />
        <button type="submit" className="button">
          {t("Ask for the signature")}
        </button>
      </form>
      {error === undefined ? null : error instanceof OverFaceError ? (
        <p className="alert bad" role="alert" data-error={error.name}>
          {t("There is not so much left on the card: {{left}}. Ask for less.", {
            left: units.write(card, error.left, writer),
          })}
        </p>
      ) : (
        <Failure error={error} />
      )}
    </Section>
  );
}

function Reply({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [camera, setCamera] = useState(false);
  return (
    <div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onText(text);
        }}
      >
        <TextField
          label={t("Link with the holder's signature")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
          className="mono"
        />
        <div className="row start">
          <button type="submit" className="button" disabled={text.trim() === ""}>
            {t("Take it")}
          </button>
          <button
            type="button"
            className="button plain"
            onClick={() => {
              setCamera(!camera);
            }}
          >
            {camera ? t("Close the camera") : t("Scan")}
          </button>
        </div>
      </form>
      {camera ? (
        <Suspense fallback={null}>
          <Scanner
            onText={(found) => {
              setCamera(false);
              onText(found);
            }}
          />
        </Suspense>
      ) : null}
    </div>
  );
}

function Accepted({ acceptance, merchantId }: { readonly acceptance: Acceptance; readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const { holder } = decodeCardId(acceptance.visit.cardId);
  return (
    <>
      <p className="alert good" role="status" data-till={acceptance.kind}>
        <Badge tone="good">{t("accepted")}</Badge>{" "}
        {t("{{name}} has signed. It is in the book and survives a reload.", { name: names.account(holder) })}{" "}
        <Link href={`/shop/${merchantId}/book`}>{t("To the book")}</Link>
      </p>
      {acceptance.kind === "settleFirst" ? <SettleFirst acceptance={acceptance} merchantId={merchantId} /> : null}
    </>
  );
}

/** A visit that is not to be served before it is on chain. */
function SettleFirst(props: {
  readonly acceptance: Extract<Acceptance, { readonly kind: "settleFirst" }>;
  readonly merchantId: bigint;
}) {
  const { acceptance, merchantId } = props;
  const { t } = useTranslation();
  const urgency = useUrgencyWords();
  const till = useTill(merchantId);
  const { refresh } = useBook(merchantId);
  const { state, run, busy } = useAction();
  const [outcome, setOutcome] = useState<RowOutcome>();
  return (
    <Section title={t("Do not serve yet")}>
      <p>
        {urgency(acceptance.because)} {t("This visit has to be settled before it is served.")}
      </p>
      {outcome === undefined ? (
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() =>
            void run(async ({ client }) => {
              const { settler } = await till(client);
              setOutcome((await settler.settleNow([acceptance.visit.cardId])).at(0));
            }).then(refresh)
          }
        >
          {t("Settle it now")}
        </button>
      ) : (
        <p className={outcome.settled ? "alert good" : "alert bad"} role="status" data-till="settled">
          {outcome.settled
            ? t("It is settled: serve the holder.")
            : t("It was not settled ({{reason}}). Do not serve.", { reason: outcome.reason ?? "" })}
        </p>
      )}
      <Progress state={state} />
    </Section>
  );
}
