import { useQuery } from "@tanstack/react-query";
import { InvalidInputError, formatAmount, isEvent, parseAmount } from "prepaid-escrow";
import type { Preset, PresetPolicy } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import { useChain, useLedger } from "../lib/chain";
import { useTexts } from "../lib/texts";
import { Answer, Failure, Field, Progress, TextField } from "../ui/kit";
import { loadPresets } from "./presets";

type Values = Readonly<Record<keyof PresetPolicy, string | boolean>>;

const MONEY: readonly (keyof PresetPolicy)[] = ["maxNamed", "maxBearer", "maxHolderExposure"];

/** A rule set from one that the package knows, as it is or changed. */
export function AddPolicy() {
  const { t } = useTranslation();
  const presets = useQuery({ queryKey: ["presets"], queryFn: loadPresets, staleTime: "static" });
  return (
    <details className="panel">
      <summary>{t("Add a rule set")}</summary>
      <p>{t("A rule set never changes once it is added. Merchants are put under it when they are registered.")}</p>
      <Answer of={presets}>{(known) => <Choosing known={known} />}</Answer>
    </details>
  );
}

function Choosing({ known }: { readonly known: Awaited<ReturnType<typeof loadPresets>> }) {
  const { t } = useTranslation();
  const [base, setBase] = useState([...known.presets.keys()][0] ?? "");
  const [over, setOver] = useState("");
  const names = [...known.presets.values()];
  const { currency } = known.findPreset(base);
  const preset = known.findPreset(over === "" ? base : `${base} + ${over}`);
  const texts = useTexts();
  const choice = (each: Preset) => (
    <option key={each.name} value={each.name}>
      {each.name} · {texts.presetTitle(each)}
    </option>
  );
  return (
    <>
      <Field label={t("Begin with")}>
        {(id) => (
          <select
            id={id}
            value={base}
            onChange={(event) => {
              setBase(event.target.value);
              setOver("");
            }}
          >
            {names.map(choice)}
          </select>
        )}
      </Field>
      <Field label={t("And over it")} hint={t("What it decides itself takes the place of the other's.")}>
        {(id) => (
          <select
            id={id}
            value={over}
            onChange={(event) => {
              setOver(event.target.value);
            }}
          >
            <option value="">{t("nothing")}</option>
            {names.filter((each) => each.currency === currency && each.name !== base).map(choice)}
          </select>
        )}
      </Field>
      <Editing key={preset.name} preset={preset} policyFromPreset={known.policyFromPreset} />
    </>
  );
}

function Editing(props: {
  readonly preset: Preset;
  readonly policyFromPreset: Awaited<ReturnType<typeof loadPresets>>["policyFromPreset"];
}) {
  const { preset, policyFromPreset } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const { merchants } = useLedger();
  const labels = useLabels(preset);
  const { state, run, busy } = useAction();
  const original = written(preset);
  const [values, setValues] = useState(original);
  const [typed, setTyped] = useState<string>();
  const token = typed ?? [...merchants.values()][0]?.merchant.token ?? "";
  const [added, setAdded] = useState<bigint>();
  const [invalid, setInvalid] = useState<unknown>();
  const add = (): void => {
    let policy: PresetPolicy;
    try {
      policy = readValues(values, preset, labels);
      setInvalid(undefined);
    } catch (error) {
      setInvalid(error);
      return;
    }
    void run(async ({ send }) => {
      const { address, decimals } = await client.token(token);
      const made = policyFromPreset({ ...preset, policy }, address, decimals);
      const { events } = await send(client.call("addPolicy", { policy: made }));
      setAdded(events.find((event) => isEvent(event, "PolicyAdded"))?.args.policyId);
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <p className="quiet" lang="en">
        {preset.source}
      </p>
      <TextField
        label={t("Token")}
        className="mono"
        required
        value={token}
        onChange={(event) => {
          setTyped(event.target.value.trim());
        }}
        hint={t("Money of {{currency}}; every merchant under these rules sells in it.", { currency: preset.currency })}
      />
      {(Object.keys(labels) as (keyof PresetPolicy)[]).map((field) => {
        const value = values[field];
        const set = (next: string | boolean): void => {
          setValues({ ...values, [field]: next });
        };
        return typeof value === "boolean" ? (
          <label key={field} className="check">
            <input
              type="checkbox"
              checked={value}
              onChange={(event) => {
                set(event.target.checked);
              }}
            />
            {labels[field]}
          </label>
        ) : (
          <TextField
            key={field}
            label={labels[field]}
            inputMode="decimal"
            required
            value={value}
            onChange={(event) => {
              set(event.target.value);
            }}
            hint={
              preset.stated.includes(field) && value === original[field]
                ? t("as {{name}} says", { name: preset.name })
                : undefined
            }
          />
        );
      })}
      {preset.notExpressed.length === 0 ? null : (
        <details>
          <summary>{t("What it asks that the contracts cannot express")}</summary>
          <ul lang="en">
            {preset.notExpressed.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
      <button type="submit" className="button" disabled={busy || token === "" || state.step === "done"}>
        {t("Add the rule set")}
      </button>
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress
        state={state}
        done={added === undefined ? t("Done.") : t("It is rule set {{number}}.", { number: added.toString() })}
      />
    </form>
  );
}

/** A preset's fields as they are typed: amounts in units of the currency. */
function written({ policy, currencyDecimals }: Preset): Values {
  const values = Object.entries(policy).map(([field, value]) => {
    const money = MONEY.includes(field as keyof PresetPolicy);
    return [
      field,
      typeof value === "boolean" ? value : money ? formatAmount(BigInt(value), currencyDecimals) : String(value),
    ];
  });
  // Every field of the preset, under its name.
  return Object.fromEntries(values) as Values;
}

/** @throws InvalidInputError if something typed is no number. */
function readValues(
  values: Values,
  { currencyDecimals }: Preset,
  labels: Readonly<Record<string, string>>,
): PresetPolicy {
  const read: Record<string, number | boolean> = {};
  for (const [field, value] of Object.entries(values)) {
    const label = labels[field] ?? field;
    if (typeof value === "boolean") {
      read[field] = value;
    } else if (MONEY.includes(field as keyof PresetPolicy)) {
      const amount = parseAmount(value.trim(), currencyDecimals);
      const most = BigInt(Number.MAX_SAFE_INTEGER);
      if (amount > most) {
        const allowed = `at most ${formatAmount(most, currencyDecimals)}`;
        throw new InvalidInputError(label, value, allowed, "give 0 for no limit");
      }
      read[field] = Number(amount);
    } else {
      if (!/^\d{1,9}$/.test(value.trim()))
        throw new InvalidInputError(label, value, "a whole number", "write digits only");
      read[field] = Number(value.trim());
    }
  }
  // Read from the same fields that were written.
  return read as unknown as PresetPolicy;
}

/** What each field asks for, in the order of the form. */
function useLabels({ currency }: Preset): Readonly<Record<keyof PresetPolicy, string>> {
  const { t } = useTranslation();
  return {
    exitDelayDays: t("Days until a request to leave is paid"),
    coolingOffDays: t("Days to change one's mind, 0 for none"),
    coolingOffRequiresUnused: t("Changing one's mind ends with the first use"),
    unilateralExit: t("The shop cannot object to leaving"),
    rulingTimeoutDays: t("Days for the association to rule"),
    maxNamed: t("Most on a named card in {{currency}}, 0 for no limit", { currency }),
    maxBearer: t("Most on a bearer card in {{currency}}, 0 for no limit", { currency }),
    rejectOverLimit: t("A card over its limit is refused, not only warned of"),
    maxHolderExposure: t("Most on all cards of a holder at a shop in {{currency}}, 0 for no limit", { currency }),
    rejectOverCap: t("Sales over the merchant's ceiling are refused, not only warned of"),
    maxTermDays: t("Longest pass in days, 0 for no limit"),
    maxSessions: t("Most visits on a card, 0 for no limit"),
    maxAdvanceDays: t("Days ahead that a pass may begin"),
    maxListBps: t("Highest price without discount, in basis points of the price"),
    accrualDelayDays: t("Days until the shop is paid for a day of a pass"),
    complaintCount: t("Open complaints that warn, 0 for none"),
    complaintBps: t("Share of the outstanding balance in complaint that warns, in basis points"),
    runOffNoticeDays: t("Days of notice before a shop closes"),
    finalSettlementDays: t("Days to settle what is signed after a flag"),
  };
}
