import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { useNames } from "../../chain/reading/useNames";
import { Dialog } from "../../ui/Dialog";
import { escrowAbi } from "./abi";
import { developmentWallet } from "./state";

/** The development wallet's window: it shows a message or a call, and asks whether to sign or send it. */
export default function DevelopmentDialog() {
  const { t } = useTranslation();
  const names = useNames();
  const { question, trusting } = useSyncExternalStore(developmentWallet.subscribe, developmentWallet.get);
  if (question === undefined) return null;
  const { account, kind, content, answer } = question;
  return (
    <Dialog
      title={kind === "sign" ? t("Development wallet: sign?") : t("Development wallet: send?")}
      onClose={() => {
        answer(false);
      }}
    >
      <p className="quiet">{t("As {{name}}", { name: names.account(account.address) })}</p>
      <dl className="fields wallet-fields">
        {rowsOf(content).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={trusting}
          onChange={(event) => {
            developmentWallet.trust(event.target.checked);
          }}
        />
        {t("From now on agree without asking")}
      </label>
      <div className="row end">
        <button
          type="button"
          className="button plain"
          onClick={() => {
            answer(false);
          }}
        >
          {t("Decline")}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            answer(true);
          }}
          autoFocus
        >
          {kind === "sign" ? t("Sign") : t("Send")}
        </button>
      </div>
    </Dialog>
  );
}

function rowsOf(content: unknown): (readonly [string, string])[] {
  const { message, primaryType, data, to } = content as Readonly<Record<string, unknown>>;
  if (message !== undefined) {
    return [
      ["", String(primaryType)] as const,
      ...Object.entries(message as object).map(([k, v]) => [k, text(v)] as const),
    ];
  }
  const call = escrowAbi.parseTransaction({ data: String(data) });
  return [
    ["to", String(to)] as const,
    ["call", call?.name ?? String(data).slice(0, 10)] as const,
    ...(call?.fragment.inputs.map((input, i) => [input.name, text(call.args[i])] as const) ?? []),
  ];
}

function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const written = JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each));
  return written.length > 300 ? `${written.slice(0, 300)}…` : written;
}
