import { decodeCardId } from "prepaid-escrow";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useCardsOf, useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { readCardId } from "../../lib/links";
import { TextField } from "../../ui/fields";
import { useCamera } from "./useCamera";

/** Finds a card by its code, its id, or its holder. */
export function CardSearch({
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
  const camera = useCamera(onChange);
  const found = useMemo(() => {
    const wanted = value.trim().toLowerCase();
    if (wanted === "" || readCardId(value) !== undefined) return [];
    const matching = [];
    for (const [cardId, { card }] of cards) {
      const { holder, programId } = decodeCardId(cardId);
      if (card.status !== "Open" || programs.get(programId)?.kind === "Pass") continue;
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
      {camera.button}
      {camera.picture}
    </>
  );
}
