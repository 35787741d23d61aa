import { useQuery } from "@tanstack/react-query";
import type { Preset } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useTexts } from "../../i18n/texts";
import { Answer } from "../../ui/answers";
import { Field } from "../../ui/fields";
import { EditPolicy } from "./EditPolicy";
import { loadPresets } from "./presets";

/** Adds a policy: a preset of the package as it is, or changed. */
export function AddPolicy() {
  const { t } = useTranslation();
  const presets = useQuery({ queryKey: ["presets"], queryFn: loadPresets, staleTime: "static" });
  return (
    <details className="panel">
      <summary>{t("Add a policy")}</summary>
      <p>{t("A policy never changes once it is added. Merchants are put under it when they are registered.")}</p>
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
      <EditPolicy key={preset.name} preset={preset} known={known} />
    </>
  );
}
