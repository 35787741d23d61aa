import { InvalidInputError, NO_THRESHOLD, approveCall, claimList } from "prepaid-escrow";
import type {
  ClaimList,
  DepositView,
  DistributionView,
  EscrowClient,
  RuleView,
  SuretyView,
  Token,
} from "prepaid-escrow";
import { ZeroAddress, ZeroHash, getAddress } from "ethers";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useAction } from "../lib/actions";
import { CARDS_AT_ONCE, batchesOf } from "../lib/batches";
import { useChain, useNames, useNow, useRead } from "../lib/chain";
import { hashEvidence } from "../lib/evidence";
import { useWriter } from "../lib/writing";
import { FormAction } from "../ui/FormAction";
import { Account, Answer, Badge, Failure, Field, Figures, Progress, Section } from "../ui/kit";
import { Announced } from "./Announced";
import { Objections } from "./Objections";

/** What the register says of a merchant. */
interface DepositPicture {
  readonly deposit: DepositView;
  readonly surety: SuretyView;
  readonly rule: RuleView;
  readonly distribution: DistributionView;
}

async function readDeposit({ deposits }: EscrowClient, merchantId: bigint): Promise<DepositPicture> {
  const [deposit, surety, rule, distribution] = await Promise.all([
    deposits.depositOf(merchantId),
    deposits.surety(merchantId),
    deposits.rule(merchantId),
    deposits.distribution(merchantId),
  ]);
  return { deposit, surety, rule, distribution };
}

/** One merchant at the deposit register, and what each party does there. */
export function DepositPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const shown = useRead(["deposit", merchantId], async (client) => {
    const [picture, token] = await Promise.all([readDeposit(client, merchantId), client.tokenOf(merchantId)]);
    return { picture, token };
  });
  return (
    <>
      <p className="crumbs">
        <Link href="/watch/deposits">{t("Deposit register")}</Link>
      </p>
      <h1>{names.merchant(merchantId)}</h1>
      <Answer of={shown}>{(about) => <Body merchantId={merchantId} {...about} />}</Answer>
    </>
  );
}

function Body({
  merchantId,
  picture,
  token,
}: {
  readonly merchantId: bigint;
  readonly picture: DepositPicture;
  readonly token: Token;
}) {
  const { t } = useTranslation();
  const { client } = useChain();
  const writer = useWriter(token);
  const { state, run, busy } = useAction();
  const { deposit, surety, rule, distribution } = picture;
  const day = (time: bigint): string => (time === 0n ? "–" : writer.day(time));
  const spend = async (
    send: (call: ReturnType<typeof approveCall>) => Promise<unknown>,
    amount: bigint,
  ): Promise<void> => {
    if (amount > 0n) await send(approveCall(token.address, { spender: client.register ?? ZeroAddress, value: amount }));
  };
  return (
    <>
      <Figures
        items={[
          [t("Reported balance"), writer.amount(deposit.reported)],
          [t("Required"), writer.amount(deposit.required)],
          [
            t("Deposit"),
            <span key="deposit">
              {writer.amount(deposit.deposit)}{" "}
              {deposit.deposit < deposit.required ? <Badge tone="bad">{t("short")}</Badge> : null}
            </span>,
          ],
          [t("Surety counted"), writer.amount(surety.counted)],
          [t("Surety until"), day(surety.endsAt)],
          [t("Next report by"), day(deposit.reportDueAt)],
          [t("Deposit complete by"), day(rule.cureBy)],
        ]}
      />
      {surety.party === ZeroAddress ? null : (
        <p>
          {t("Surety of")} <Account address={surety.party} /> · {writer.amount(surety.amount)}
        </p>
      )}
      <Announced merchantId={merchantId} token={token} />
      <p>
        <button
          type="button"
          className="button plain"
          disabled={busy}
          onClick={() => void run(({ send }) => send(client.call("refreshWarnings", { merchantId })))}
        >
          {t("Look at the dates again")}
        </button>
      </p>
      <Progress state={state} />
      <h2>{t("Owner, auditor, anyone")}</h2>
      <FormAction
        title={t("Report the balance")}
        token={token}
        fields={[
          { key: "amount", label: t("Balance of cards sold outside the escrow"), as: "amount" },
          { key: "asOf", label: t("As of (empty: now)"), as: "day", optional: true },
        ]}
        evidence={t("What it is based on")}
        button={t("Report")}
        act={async ({ send }, { big, evidence }) => {
          // Each report is of a later moment than the one before: of the newest block, not of when the page last looked.
          const asOf = big("asOf") === 0n ? await client.now() : big("asOf");
          return await send(client.call("reportOutstanding", { merchantId, amount: big("amount"), asOf, evidence }));
        }}
      />
      <FormAction
        title={t("Pay into the deposit")}
        token={token}
        fields={[{ key: "amount", label: t("Amount"), as: "amount" }]}
        button={t("Pay in")}
        act={async ({ send }, { big }) => {
          await spend(send, big("amount"));
          await send(client.call("deposit", { merchantId, amount: big("amount") }));
        }}
      />
      <FormAction
        title={t("Take out what is not required")}
        token={token}
        fields={[{ key: "amount", label: t("Amount"), as: "amount" }]}
        button={t("Take out")}
        act={({ send }, { big }) => send(client.call("withdraw", { merchantId, amount: big("amount") }))}
      />
      <FormAction
        title={t("Name a surety")}
        fields={[{ key: "surety", label: t("Address of the bank or insurer"), as: "address" }]}
        button={t("Name this address")}
        act={({ send }, { text }) => send(client.call("nameSurety", { merchantId, surety: text("surety") }))}
      />
      <h2>{t("Surety")}</h2>
      <FormAction
        title={t("Stand surety")}
        token={token}
        fields={[
          { key: "amount", label: t("Amount (empty: only prolong)"), as: "amount", optional: true },
          { key: "endsAt", label: t("Until"), as: "day" },
        ]}
        button={t("Place")}
        act={async ({ send }, { big }) => {
          await spend(send, big("amount"));
          await send(client.call("placeSurety", { merchantId, amount: big("amount"), endsAt: big("endsAt") }));
        }}
      />
      <FormAction
        title={t("Take the surety back")}
        fields={[{ key: "recipient", label: t("To"), as: "address" }]}
        button={t("Take back")}
        act={({ send }, { text }) => send(client.call("takeBackSurety", { merchantId, recipient: text("recipient") }))}
      />
      <h2>{t("Regulator")}</h2>
      <FormAction
        title={t("Set the rule")}
        token={token}
        about={t(
          "The share applies to the whole reported balance. A rule that asks less somewhere acts 30 days later.",
        )}
        fields={[
          { key: "bps", label: t("Share in basis points (3000 is 30 %)"), as: "number" },
          { key: "threshold", label: t("Above this balance (empty: no second tier)"), as: "amount", optional: true },
          { key: "bps1", label: t("Share above it, in basis points"), as: "number", optional: true },
          { key: "days", label: t("Days between two reports, 0 for none"), as: "number", optional: true },
          { key: "cureBy", label: t("Deposit complete by"), as: "day", end: true },
        ]}
        button={t("Set")}
        act={({ send }, { big }) => {
          const threshold1 = big("threshold") === 0n ? NO_THRESHOLD : big("threshold");
          const bps1 = big("threshold") === 0n ? big("bps") : big("bps1");
          const rule = {
            bps0: big("bps"),
            threshold1,
            bps1,
            threshold2: NO_THRESHOLD,
            bps2: bps1,
            reportDays: big("days"),
          };
          return send(client.call("setRule", { merchantId, rule, cureBy: big("cureBy") }));
        }}
      />
      <Claims merchantId={merchantId} distribution={distribution} token={token} />
      <Objections merchantId={merchantId} />
    </>
  );
}

/** Reads "address amount" lines. */
function readList(text: string, token: Token): ClaimList {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [account = "", amount = ""] = line.split(/[\s,;]+/);
      try {
        return { account: getAddress(account), amount: token.parse(amount) };
      } catch {
        throw new InvalidInputError("line", line, "an address and an amount", "write one claim a line");
      }
    });
  return claimList(lines);
}

function Claims({
  merchantId,
  distribution,
  token,
}: {
  readonly merchantId: bigint;
  readonly distribution: DistributionView;
  readonly token: Token;
}) {
  const { t } = useTranslation();
  const { client, database } = useChain();
  const now = useNow();
  const writer = useWriter(token);
  const { state, run, busy } = useAction();
  const [text, setText] = useState("");
  const [invalid, setInvalid] = useState<unknown>();
  const [done, setDone] = useState<readonly [number, number]>();
  const published = distribution.root !== ZeroHash;
  const withList = (act: (list: ClaimList) => Promise<unknown>): void => {
    try {
      const list = readList(text, token);
      setInvalid(undefined);
      void act(list);
    } catch (error) {
      setInvalid(error);
    }
  };
  return (
    <Section title={t("Claims after a default")}>
      {published ? (
        <Figures
          items={[
            [t("Claims"), writer.amount(distribution.claims)],
            [t("Money for them"), writer.amount(distribution.funded)],
            [t("Paid"), writer.amount(distribution.paid)],
            [t("Open from"), writer.time(distribution.opensAt)],
          ]}
        />
      ) : null}
      <Field
        label={t("List, one address and amount a line")}
        hint={t("The association publishes its root and sum; anyone who has the list can have the claims paid.")}
      >
        {(id) => (
          <textarea
            id={id}
            rows={4}
            className="mono"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        )}
      </Field>
      <div className="row start">
        <button
          type="button"
          className="button plain"
          disabled={busy || text.trim() === ""}
          onClick={() => {
            withList((list) =>
              run(async ({ send }) =>
                send(
                  client.call("publishClaims", {
                    merchantId,
                    root: list.root,
                    claims: list.claims,
                    evidence: await hashEvidence(database, text, []),
                  }),
                ),
              ),
            );
          }}
        >
          {t("Publish")}
        </button>
        {published ? (
          <button
            type="button"
            className="button"
            disabled={busy || text.trim() === "" || now < distribution.opensAt}
            onClick={() => {
              withList((list) =>
                run(async ({ send }) => {
                  setDone([0, list.lines.length]);
                  for (const [i, claims] of batchesOf(list.lines, CARDS_AT_ONCE / 2).entries()) {
                    await send(client.call("claimMany", { merchantId, claims }));
                    setDone([Math.min(list.lines.length, (i + 1) * (CARDS_AT_ONCE / 2)), list.lines.length]);
                  }
                }),
              );
            }}
          >
            {t("Have the claims paid")}
          </button>
        ) : null}
        {published ? (
          <button
            type="button"
            className="button plain"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("paySurplus", { merchantId })))}
          >
            {t("Pay the surplus")}
          </button>
        ) : null}
      </div>
      {done === undefined ? null : <progress value={done[0]} max={done[1]} aria-label={t("Claims")} />}
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress state={state} />
    </Section>
  );
}
