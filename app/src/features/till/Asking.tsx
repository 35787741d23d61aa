import { useQuery } from "@tanstack/react-query";
import { decodeCardId } from "prepaid-escrow";
import { OverFaceError } from "prepaid-escrow/till";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNames } from "../../chain/reading/useNames";
import { Account } from "../../components/Account";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { linkTo, writeConsumptionLink } from "../../lib/links";
import { Failure } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Figures, Section } from "../../ui/panels";
import { useTill } from "./useTill";

/** A form for a consumption: its amount and item. It makes the link by which the holder signs. */
export function Asking({
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
      return { token: own.token, ...(await own.usableCard(cardId)) };
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
      const request = await own.requestConsumption({
        ...{ cardId, amount },
        item: item.trim() === "" ? names.program(programId) : item.trim(),
      });
      await own.keepRequest(request);
      setError(undefined);
      const { consumed: from, cumulative, previous, salt } = request;
      const about = { chainId: deployment.chainId, escrow: client.escrow, merchantId, item: request.item };
      onAsked(linkTo(writeConsumptionLink({ ...about, cardId: request.cardId, from, cumulative, previous, salt })));
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
