import { useQuery } from "@tanstack/react-query";
import { decodeCardId } from "prepaid-escrow";
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { TILL_CHANNEL } from "../consumer/SignPage";
import { useCardsOf, useLedger, useNames, useRead } from "../lib/chain";
import { linkTo, readCardId, readSignature, writeVisitRequest } from "../lib/links";
import { isOpen, useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Account, Badge, Copy, Failure, Figures, Section, TextField } from "../ui/kit";
import { TillError } from "./till";
import type { Voucher } from "./till";
import { useBook, useTill } from "./useTill";

const Code = lazy(() => import("../ui/Code"));
const Scanner = lazy(() => import("../ui/Scanner"));

/** Serving card holders. */
export function TillPage({ merchantId, signature }: { readonly merchantId: bigint; readonly signature?: string }) {
  const { t } = useTranslation();
  const till = useTill(merchantId);
  const { refresh } = useBook(merchantId);
  const [card, setCard] = useState("");
  const [taken, setTaken] = useState<{ readonly voucher: Voucher } | { readonly error: unknown }>();
  const [asked, setAsked] = useState<string>();
  const cardId = readCardId(card);
  const take = useCallback(
    (text: string) => {
      Promise.resolve()
        .then(() => till.take(readSignature(text)))
        .then(
          (voucher) => {
            setTaken({ voucher });
            setAsked(undefined);
            void refresh();
          },
          (error: unknown) => {
            setTaken({ error });
          },
        );
    },
    [till],
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
      {taken === undefined ? null : "voucher" in taken ? (
        <Accepted voucher={taken.voucher} merchantId={merchantId} />
      ) : (
        <Refused error={taken.error} />
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
  const names = useNames();
  const units = useUnits();
  const token = useRead(["token of", merchantId], (client) => client.tokenOf(merchantId), { still: true });
  const writer = useWriter(token.data);
  const [amount, setAmount] = useState("1");
  const [item, setItem] = useState("");
  const [error, setError] = useState<unknown>();
  const look = useQuery({ queryKey: ["look", cardId], queryFn: () => till.look(cardId), retry: 0 });
  if (look.error) return <Refused error={look.error} />;
  if (look.data === undefined || token.data === undefined) return null;
  const { card, program, consumed, face } = look.data;
  const money = program.kind === "StoredValue";
  const ask = (): void => {
    Promise.resolve()
      .then(async () => {
        const count = money ? token.data.parse(amount) : /^\d+$/.test(amount.trim()) ? BigInt(amount.trim()) : 0n;
        const visit = await till.ask(
          cardId,
          count,
          item.trim() === "" ? names.program(decodeCardId(cardId).programId) : item.trim(),
        );
        setError(undefined);
        onAsked(linkTo(writeVisitRequest(visit)));
      })
      .catch((problem: unknown) => {
        setError(problem);
      });
  };
  return (
    <Section title={t("2. What is it for?")}>
      <Figures
        items={[
          [t("Holder"), <Account key="holder" address={decodeCardId(cardId).holder} />],
          [t("Program"), names.program(decodeCardId(cardId).programId)],
          [t("Left"), units.write(program, face - consumed, writer)],
        ]}
      />
      {card.exitRequestedAt > 0n || card.moving ? (
        <p className="alert bad">
          {t("The holder has asked to leave or to move this card. Settle this visit at once, before that falls due.")}
        </p>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <TextField
          label={money ? (isOpen(program) ? t("Amount") : t("Amount of face value")) : t("Visits")}
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
      {error === undefined ? null : (
        <Refused
          error={error}
          left={
            error instanceof TillError && error.left !== undefined
              ? units.write(program, error.left, writer)
              : undefined
          }
        />
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

function Accepted({ voucher, merchantId }: { readonly voucher: Voucher; readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  return (
    <p className="alert good" role="status" data-till="accepted">
      <Badge tone="good">{t("accepted")}</Badge>{" "}
      {t("{{name}} has signed. It is in the book and survives a reload.", {
        name: names.account(decodeCardId(voucher.cardId).holder),
      })}{" "}
      <Link href={`/shop/${merchantId}/book`}>{t("To the book")}</Link>
    </p>
  );
}

/** Why a till says no. */
export function Refused({ error, left }: { readonly error: unknown; readonly left?: string | undefined }) {
  const { t } = useTranslation();
  if (!(error instanceof TillError)) return <Failure error={error} />;
  const words = {
    cardUnknown: t("There is no such card. Ask for its code again."),
    cardClosed: t("The card is closed; nothing is left on it."),
    otherMerchant: t("The card is of another shop."),
    pass: t("A pass is paid by time and needs no signature."),
    tooMuch: t("There is not so much left on the card: {{left}}. Ask for less.", { left: left ?? "" }),
    nothing: t("Say how much, more than nothing."),
    notAsked: t("This till has not asked for this visit. Ask for it here first."),
    otherContent: t("What was signed is not what was asked last. Ask again."),
    badSignature: t("The signature is not the holder's. Have the holder sign with the card's own wallet."),
  };
  return (
    <p className="alert bad" role="alert" data-till="refused" data-error={error.refusal}>
      <Badge tone="bad">{t("refused")}</Badge> {words[error.refusal]}
    </p>
  );
}
