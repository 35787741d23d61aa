import { isEvent } from "prepaid-escrow";
import type { Preset, PresetPolicy } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { useAction } from "../../chain/sending/action";
import { Failure, Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { InForce } from "./InForce";
import { useLabels } from "./labels";
import type { loadPresets } from "./presets";
import { readValues, written } from "./values";

/** A preset's rules in a form, to be added as they are or changed. */
export function EditPolicy(props: {
  readonly preset: Preset;
  readonly known: Awaited<ReturnType<typeof loadPresets>>;
}) {
  const { preset, known } = props;
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
      const made = known.policyFromPreset({ ...preset, policy }, address, decimals);
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
      <InForce preset={preset} known={known} />
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
        {t("Add the policy")}
      </button>
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress
        state={state}
        done={added === undefined ? t("Done.") : t("It is policy {{number}}.", { number: added.toString() })}
      />
    </form>
  );
}
