import { getAddress, isAddress } from "ethers";
import type { Order } from "prepaid-escrow";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";

import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { useAccount } from "../../chain/wallet/useWallets";
import { isOpen } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { dayOf, secondsOf } from "../../lib/days";
import { Failure, Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Section } from "../../ui/panels";
import type { Offered } from "./useOffer";
import { pay } from "./pay";

const SignForOthers = lazy(() => import("../relaying/SignForOthers"));

/** Buying a card of a program, for oneself or for somebody else. */
export function Buying({ programId, program, policy, token }: Offered) {
  const { t } = useTranslation();
  const account = useAccount();
  const writer = useWriter(token);
  const now = useNow();
  const [, goTo] = useLocation();
  const [amount, setAmount] = useState("");
  const [holder, setHolder] = useState("");
  const [start, setStart] = useState("");
  const [invalid, setInvalid] = useState<unknown>();
  const { state, run, busy } = useAction();
  const balance = useRead(
    ["balance", token.address, account],
    (client) => client.balance(token.address, account ?? ""),
    { enabled: account !== undefined },
  );
  const open = isOpen(program);
  const later = program.kind === "Pass" && policy.maxAdvance > 0n;
  const order = (): Order => ({
    programId,
    ...(open ? { principal: token.parse(amount) } : {}),
    ...(holder === "" ? {} : { holder: getAddress(holder) }),
    ...(start === "" ? {} : { startsAt: secondsOf(start, "00:00:00") }),
  });
  const buy = (): void => {
    let wanted: Order;
    try {
      wanted = order();
      setInvalid(undefined);
    } catch (error) {
      setInvalid(error);
      return;
    }
    void run((acting) => pay(acting, wanted, token)).then((bought) => {
      if (bought && holder === "") goTo("/cards");
    });
  };
  return (
    <Section title={t("Buy")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          buy();
        }}
      >
        {open ? (
          <TextField
            label={t("Amount in {{symbol}}", { symbol: token.symbol })}
            inputMode="decimal"
            required
            value={amount}
            onChange={(event) => {
              setAmount(event.target.value);
            }}
          />
        ) : null}
        {later ? (
          <TextField
            label={t("Begins on (today if empty)")}
            type="date"
            value={start}
            min={dayOf(now + 86_400n)}
            max={dayOf(now + policy.maxAdvance - 86_400n)}
            onChange={(event) => {
              setStart(event.target.value);
            }}
          />
        ) : null}
        <details>
          <summary>{t("For somebody else")}</summary>
          <TextField
            label={t("Their address")}
            className="mono"
            value={holder}
            onChange={(event) => {
              setHolder(event.target.value.trim());
            }}
            hint={t("The card is theirs from the beginning; you only pay.")}
          />
        </details>
        {balance.data === undefined ? null : (
          <p className="quiet">{t("You have {{amount}}", { amount: writer.amount(balance.data) })}</p>
        )}
        <button
          type="submit"
          className="button"
          disabled={busy || account === undefined || (holder !== "" && !isAddress(holder))}
        >
          {open ? t("Buy") : t("Buy for {{amount}}", { amount: writer.amount(program.price) })}
        </button>
        {account === undefined ? <p className="hint">{t("Connect your wallet to buy.")}</p> : null}
        {invalid === undefined ? null : <Failure error={invalid} />}
      </form>
      <Progress state={state} done={t("Bought. The money lies in the shop's vault, out of its reach.")} />
      {account === undefined ? null : (
        <Suspense fallback={null}>
          <SignForOthers
            button={t("Sign the payment")}
            sign={async (signing) => ({
              operation: "buyWithAuthorization",
              input: await signing.sign(await signing.authorizationRequest(order())),
            })}
          />
        </Suspense>
      )}
    </Section>
  );
}
