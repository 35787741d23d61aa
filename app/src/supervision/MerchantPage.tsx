import { isEvent } from "prepaid-escrow";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useAction } from "../lib/actions";
import { useChain, useLedger, useNames, useNow, useRead } from "../lib/chain";
import { useWriter } from "../lib/writing";
import { EvidenceLink } from "../ui/Evidence";
import { FormAction } from "../ui/FormAction";
import { Account, Answer, Badge, Figures, Progress, Section, StillReading } from "../ui/kit";
import { useStatusWords, useWarningWords } from "../ui/words";
import { RefundAll } from "./RefundAll";

const History = lazy(() => import("./History"));

/** One merchant before the regulator. */
export function MerchantPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const now = useNow();
  const status = useStatusWords();
  const words = useWarningWords();
  const ledger = useLedger();
  const { state, run, busy } = useAction();
  const shown = useRead(["merchant", merchantId], async (reader) => {
    const [merchant, pool, token] = await Promise.all([
      reader.merchant(merchantId),
      reader.pool(merchantId),
      reader.tokenOf(merchantId),
    ]);
    return { merchant, pool, token, held: await reader.balance(token.address, merchant.vault) };
  });
  const writer = useWriter(shown.data?.token);
  const known = ledger.merchants.get(merchantId);
  const warnings = ledger.warnings.filter((warning) => warning.merchantId === merchantId);
  const grounds = ledger.events
    .filter((event) => isEvent(event, "MerchantSuspended") || isEvent(event, "DefaultFlagged"))
    .filter(({ args }) => args.merchantId === merchantId);
  return (
    <>
      <div className="row">
        <h1>{names.merchant(merchantId)}</h1>
        <StillReading />
      </div>
      <Answer of={shown}>
        {({ merchant, pool, token, held }) => {
          const windowOver = merchant.status === "Defaulted" && now >= merchant.windowEndsAt;
          const noticeOver = merchant.status === "RunOff" && now >= merchant.noticeEndsAt;
          return (
            <>
              <Figures
                items={[
                  [
                    t("Status"),
                    <Badge key="status" tone={status.tone(merchant.status)}>
                      {status.word(merchant.status)}
                    </Badge>,
                  ],
                  [t("Outstanding"), writer.amount(pool.outstanding)],
                  [t("In the vault, by the token"), writer.amount(held)],
                  [t("Ceiling"), pool.outstandingCap === 0n ? t("none") : writer.wholeTokens(pool.outstandingCap)],
                  [t("Open cards"), ledger.caughtUp ? writer.number(known?.openCards ?? 0) : "…"],
                  [t("Open complaints"), writer.number(merchant.complaintCount)],
                ]}
              />
              {merchant.status === "Defaulted" ? (
                <p className="alert bad">
                  {windowOver
                    ? t("The final settlement window ended on {{time}}: everybody can be refunded.", {
                        time: writer.time(merchant.windowEndsAt),
                      })
                    : t("Flagged. Signed visits can be settled until {{time}}; then everybody can be refunded.", {
                        time: writer.time(merchant.windowEndsAt),
                      })}
                </p>
              ) : null}
              {merchant.status === "Suspended" ? (
                <p className="alert bad">
                  {t("Suspended until {{time}}.", { time: writer.time(merchant.suspendedUntil) })}
                </p>
              ) : null}
              {merchant.status === "RunOff" ? (
                <p className="alert">
                  {t("Closing in order; the notice ends on {{time}}.", { time: writer.time(merchant.noticeEndsAt) })}
                </p>
              ) : null}
              {warnings.length === 0 ? null : (
                <Section title={t("Warnings that are up")}>
                  <ul className="list">
                    {warnings.map((warning) => (
                      <li key={warning.kind}>
                        <Badge tone={warning.level === "Notice" ? "wait" : "bad"}>{words.level(warning.level)}</Badge>{" "}
                        {words.kind(warning.kind)} · {words.figures(warning, writer)}
                      </li>
                    ))}
                  </ul>
                </Section>
              )}
              <Section title={t("History")}>
                <Suspense fallback={<p role="status">{t("Loading …")}</p>}>
                  <History events={ledger.events} merchantId={merchantId} token={token} />
                </Suspense>
              </Section>
              {windowOver || noticeOver ? (
                <Section title={t("Refunds")}>
                  <RefundAll merchantId={merchantId} />
                </Section>
              ) : null}
              <Section title={t("Who and what")}>
                <dl className="fields">
                  <div>
                    <dt>{t("Owner")}</dt>
                    <dd>
                      <Account address={merchant.owner} /> <span className="mono small">{merchant.owner}</span>
                    </dd>
                  </div>
                  <div>
                    <dt>{t("Payout")}</dt>
                    <dd className="mono small">{merchant.payout}</dd>
                  </div>
                  <div>
                    <dt>{t("Vault")}</dt>
                    <dd className="mono small">{merchant.vault}</dd>
                  </div>
                  <div>
                    <dt>{t("Rule set")}</dt>
                    <dd>
                      <Link href="/watch/policies">{String(merchant.policyId)}</Link>
                    </dd>
                  </div>
                  {grounds.map(({ name, args, transactionHash, index }) => (
                    <div key={`${transactionHash}${index}`}>
                      <dt>{name === "DefaultFlagged" ? t("Flag") : t("Suspension")}</dt>
                      <dd>
                        <EvidenceLink hash={args.evidence} />
                      </dd>
                    </div>
                  ))}
                </dl>
                <p className="row start">
                  <Link href={`/shop/${merchantId}/cards`}>{t("All cards")}</Link>
                  {client.register === undefined ? null : (
                    <Link href={`/watch/deposit/${merchantId}`}>{t("Deposit register")}</Link>
                  )}
                </p>
              </Section>
              {merchant.status === "Active" ? (
                <FormAction
                  title={t("Suspend")}
                  about={t("Sales and payouts stop for 90 days at most. Holders can leave all the while.")}
                  fields={[]}
                  evidence={t("Grounds")}
                  button={t("Suspend")}
                  act={({ send }, { evidence }) => send(client.call("suspend", { merchantId, evidence }))}
                />
              ) : null}
              {merchant.status === "Suspended" ? (
                <Section title={t("Suspension")}>
                  <button
                    type="button"
                    className="button"
                    disabled={busy}
                    onClick={() => void run(({ send }) => send(client.call("resume", { merchantId })))}
                  >
                    {t("Let it go on")}
                  </button>
                </Section>
              ) : null}
              {merchant.status === "Active" || merchant.status === "Suspended" || merchant.status === "RunOff" ? (
                <FormAction
                  title={t("Flag a default")}
                  about={t(
                    "One transaction for all cards: from now on the shop is paid nothing, and after the final settlement window everybody is refunded.",
                  )}
                  fields={[{ key: "stopped", label: t("No service since (beginning of the day)"), as: "day" }]}
                  evidence={t("Grounds")}
                  button={t("Flag the default")}
                  danger
                  act={({ send }, { big, evidence }) =>
                    send(client.call("flagDefault", { merchantId, serviceStoppedAt: big("stopped"), evidence }))
                  }
                />
              ) : null}
              {merchant.status === "Defaulted" && !windowOver ? (
                <Section title={t("Flag")}>
                  <p>{t("A flag can be withdrawn once, before the window ends.")}</p>
                  <button
                    type="button"
                    className="button plain"
                    disabled={busy}
                    onClick={() => void run(({ send }) => send(client.call("withdrawDefault", { merchantId })))}
                  >
                    {t("Withdraw the flag")}
                  </button>
                </Section>
              ) : null}
              <FormAction
                title={t("Set the ceiling")}
                fields={[{ key: "cap", label: t("Ceiling in whole tokens, 0 for none"), as: "number" }]}
                button={t("Set")}
                act={({ send }, { big }) =>
                  send(client.call("setOutstandingCap", { merchantId, outstandingCap: big("cap") }))
                }
              />
              <FormAction
                title={t("Put under another rule set")}
                about={t("Programs of the old one are sold no more; cards that are sold keep their rules.")}
                fields={[{ key: "policyId", label: t("Rule set (policy id)"), as: "number" }]}
                button={t("Put under it")}
                act={({ send }, { big }) =>
                  send(client.call("setMerchantPolicy", { merchantId, policyId: big("policyId") }))
                }
              />
              <Progress state={state} />
            </>
          );
        }}
      </Answer>
    </>
  );
}
