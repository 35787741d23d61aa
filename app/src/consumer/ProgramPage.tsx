import { TokenDomainUnknownError } from "prepaid-escrow";
import type { EscrowClient, MerchantView, Order, Policy, ProgramView, Token } from "prepaid-escrow";
import { getAddress, isAddress } from "ethers";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";

import { useAction } from "../lib/actions";
import type { Acting } from "../lib/actions";
import { useAccount, useNames, useNow, useRead } from "../lib/chain";
import { useTexts } from "../lib/texts";
import { isOpen, useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Answer, Badge, Failure, Figures, Progress, Section, TextField } from "../ui/kit";

const SignForOthers = lazy(() => import("./SignForOthers"));

/** One program: its rights in plain words, and how to buy. */
export default function ProgramPage({ programId }: { readonly programId: bigint }) {
  const shown = useRead(["offer", programId], async (client) => {
    const program = await client.program(programId);
    const [merchant, policy, token] = await Promise.all([
      client.merchant(program.merchantId),
      client.policy(program.policyId),
      client.tokenOf(program.merchantId),
    ]);
    return { program, merchant, policy, token };
  });
  return <Answer of={shown}>{(offer) => <ProgramBody programId={programId} {...offer} />}</Answer>;
}

function ProgramBody(props: {
  readonly programId: bigint;
  readonly program: ProgramView;
  readonly merchant: MerchantView;
  readonly policy: Policy;
  readonly token: Token;
}) {
  const { programId, program, merchant, policy, token } = props;
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const texts = useTexts();
  const writer = useWriter(token);
  const open = isOpen(program);
  const onSale = !program.retired && merchant.status === "Active" && merchant.policyId === program.policyId;
  return (
    <>
      <p className="crumbs">
        <Link href={`/buy/${program.merchantId}`}>{names.merchant(program.merchantId)}</Link>
      </p>
      <h1>
        {names.program(programId)} {onSale ? null : <Badge tone="bad">{t("not on sale")}</Badge>}
      </h1>
      <Figures
        items={
          open
            ? [[t("You pay"), t("any amount")]]
            : [
                [t("You pay"), writer.amount(program.price)],
                [t("You get"), units.write(program, program.units, writer)],
                ...(program.listPrice > program.price
                  ? ([[t("Without the discount"), writer.amount(program.listPrice)]] as const)
                  : []),
              ]
        }
      />
      <Section title={t("Your rights")}>
        <ul className="rights">
          {texts.rights(program, policy, writer).map(({ right, title, text }) => (
            <li key={right}>
              <strong>{title}</strong>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </Section>
      {onSale ? <Buying {...props} /> : null}
    </>
  );
}

function Buying({ programId, program, policy, token }: Parameters<typeof ProgramBody>[0]) {
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
  const later = program.kind === "Term" && policy.maxAdvance > 0n;
  const order = (): Order => ({
    programId,
    ...(open ? { principal: token.parse(amount) } : {}),
    ...(holder === "" ? {} : { holder: getAddress(holder) }),
    ...(start === "" ? {} : { startsAt: BigInt(Math.floor(Date.parse(`${start}T00:00:00`) / 1_000)) }),
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
              input: await signing.sign(await signing.askAuthorization(order())),
            })}
          />
        </Suspense>
      )}
    </Section>
  );
}

function dayOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1_000).toISOString().slice(0, 10);
}

/** Pays with an allowance that is there, with a permit where the token has it, or else with an approval before. */
async function pay({ client, send }: Acting, order: Order, token: Token): Promise<void> {
  const purchase = await client.purchase(order);
  const enough = (await client.allowance(token.address, await client.account())) >= purchase.principal;
  if (!enough) {
    const permit = await permitOf(client, order);
    if (permit !== undefined) {
      await send(client.call("buyWithPermit", await client.sign(permit)));
      return;
    }
    const { approveCall } = await import("prepaid-escrow");
    await send(approveCall(token.address, { spender: client.escrow, value: purchase.principal }));
  }
  await send(client.buyCall(purchase));
}

async function permitOf(client: EscrowClient, order: Order) {
  try {
    return await client.askPermit(order);
  } catch (error) {
    // Tokens without permits have neither a domain nor nonces.
    if (error instanceof TokenDomainUnknownError || (error instanceof Error && error.name === "UnknownRevertError"))
      return undefined;
    throw error;
  }
}
