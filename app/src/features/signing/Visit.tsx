import { useQuery, useQueryClient } from "@tanstack/react-query";
import { decodeCardId, faceOf } from "prepaid-escrow";
import type { CardView, ContractVoucher, MerchantView, ProgramView, Token } from "prepaid-escrow";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useNames } from "../../chain/reading/useNames";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import type { StoredReceipt } from "../../chain/storage/database";
import { useAccount } from "../../chain/wallet/useWallets";
import { Account } from "../../components/Account";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { linkTo, writeSignature } from "../../lib/links";
import type { ConsumptionLink } from "../../lib/links";
import { LinkCode } from "../../ui/LinkCode";
import { Answer, Progress } from "../../ui/answers";
import { Figures, Section } from "../../ui/panels";
import { receiptsOf } from "../receipts/standing";
import { confirmConsumption, receiptOf } from "./confirm";

/** The card of a visit, for its holder to look at. */
export function Visit({ visit }: { readonly visit: ConsumptionLink }) {
  const { t } = useTranslation();
  const { database } = useChain();
  const account = useAccount();
  const { holder, programId } = decodeCardId(visit.cardId);
  const shown = useRead(["visit", visit.cardId], async (client) => {
    const [card, program] = await Promise.all([client.card(visit.cardId), client.program(programId)]);
    const [token, merchant] = await Promise.all([
      client.tokenOf(program.merchantId),
      client.merchant(program.merchantId),
    ]);
    return { card, program, token, merchant };
  });
  const known = useQuery({ queryKey: ["receipts", visit.cardId], queryFn: () => receiptsOf(database, visit.cardId) });
  return (
    <>
      <h1>{t("Confirm a visit")}</h1>
      {account === holder ? null : (
        <p className="alert bad">
          {t("This is for the holder of the card,")} <Account address={holder} />.{" "}
          {t("Switch your wallet to that account.")}
        </p>
      )}
      <Answer of={shown}>
        {(about) => (
          <ConsumptionBody
            visit={visit}
            mine={account === holder}
            kept={known.data ?? []}
            programId={programId}
            {...about}
          />
        )}
      </Answer>
    </>
  );
}

function ConsumptionBody(props: {
  readonly visit: ConsumptionLink;
  readonly mine: boolean;
  /** Visits of the card that this browser knows, oldest first. */
  readonly kept: readonly StoredReceipt[];
  readonly programId: bigint;
  readonly card: CardView;
  readonly program: ProgramView;
  readonly token: Token;
  readonly merchant: MerchantView;
}) {
  const { visit, mine, kept, programId, card, program, token, merchant } = props;
  const { t } = useTranslation();
  const { database } = useChain();
  const queries = useQueryClient();
  const names = useNames();
  const units = useUnits();
  const writer = useWriter(token);
  const { state, run, busy } = useAction();
  const face = faceOf(card.principal, program.units);
  const { cardId, from, cumulative } = visit;
  const { receipt } = receiptOf(visit);
  const signature = kept.find((entry) => entry.receipt === receipt)?.signature;
  const signed: ContractVoucher | undefined =
    signature === undefined ? undefined : { cardId, cumulative, receipt, signature };
  const signedBefore = kept.findLast((entry) => entry.receipt !== receipt)?.cumulative ?? 0n;
  const own = signedBefore > card.consumed ? signedBefore : card.consumed;
  const problem =
    card.status !== "Open"
      ? t("This card is not open.")
      : program.merchantId !== visit.merchantId
        ? t("This card is of another shop.")
        : visit.cumulative > face
          ? t("There is not so much left on the card.")
          : undefined;
  const confirm = (): void => {
    void run(async ({ client }) => {
      await confirmConsumption(client, database, visit);
      await queries.invalidateQueries({ queryKey: ["receipts", cardId] });
    });
  };
  return (
    <>
      <Section title={names.merchant(visit.merchantId)}>
        <p className="lead">{visit.item}</p>
        <Figures
          items={[
            [
              t("This visit"),
              <strong key="visit">{units.write(program, visit.cumulative - visit.from, writer)}</strong>,
            ],
            [t("Used in all"), units.write(program, visit.cumulative, writer)],
            [t("Left after it"), units.write(program, face > visit.cumulative ? face - visit.cumulative : 0n, writer)],
            [
              t("Card"),
              <Link key="card" href={`/card/${visit.cardId}`}>
                {names.program(programId)}
              </Link>,
            ],
          ]}
        />
        {signed !== undefined || from === own ? null : (
          <p className="alert bad">
            {t(
              "The shop counts {{theirs}} before this visit; this browser and the chain know of {{own}}. By signing you confirm {{all}} in all.",
              {
                theirs: units.write(program, visit.from, writer),
                own: units.write(program, own, writer),
                all: units.write(program, visit.cumulative, writer),
              },
            )}
          </p>
        )}
        {merchant.status === "Defaulted" ? (
          <p className="alert bad">
            {t("This shop was flagged as defaulted. Sign only for what you have had before.")}
          </p>
        ) : null}
        {problem === undefined ? null : <p className="alert bad">{problem}</p>}
        {signed === undefined ? (
          <button type="button" className="button" disabled={!mine || busy || problem !== undefined} onClick={confirm}>
            {t("Sign this visit")}
          </button>
        ) : null}
        {signed === undefined ? (
          <Progress state={state} />
        ) : (
          <p className="alert good" role="status">
            {t("Signed. Show the code to the till, or send it the link.")}
          </p>
        )}
      </Section>
      {signed === undefined ? null : (
        <Section title={t("For the till")}>
          <LinkCode
            link={linkTo(writeSignature(visit.merchantId, signed))}
            code={t("Code of your signature")}
            copy={t("Copy the link for the till")}
            shown="signature"
          />
        </Section>
      )}
    </>
  );
}
