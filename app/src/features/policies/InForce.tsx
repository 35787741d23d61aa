import type { Preset } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { loadPresets } from "./presets";

/** The first and the last day of a preset's law, and a warning of each of its parts that is not in force today. */
export function InForce(props: {
  readonly preset: Preset;
  readonly known: Pick<Awaited<ReturnType<typeof loadPresets>>, "calendarDay" | "presetsOutOfForce">;
}) {
  const { preset, known } = props;
  const { t } = useTranslation();
  const [today] = useState(() => known.calendarDay(new Date()));
  const { validFrom, validUntil } = preset;
  return (
    <>
      {validFrom === undefined && validUntil === undefined ? null : (
        <p className="quiet">
          {validFrom === undefined
            ? t("In force until {{until}}", { until: validUntil })
            : validUntil === undefined
              ? t("In force from {{from}}", { from: validFrom })
              : t("In force from {{from}} to {{until}}", { from: validFrom, until: validUntil })}
        </p>
      )}
      {known.presetsOutOfForce([preset], today).map(({ preset: part, force }) => (
        <p key={part.name} className="alert" role="status" data-force={force}>
          {force === "Draft"
            ? t("{{name}} is a draft, and not in force.", { name: part.name })
            : force === "NotYet"
              ? t("{{name}} is not in force before {{day}}.", { name: part.name, day: part.validFrom })
              : t("{{name}} is no longer in force: it ended on {{day}}.", { name: part.name, day: part.validUntil })}
        </p>
      ))}
    </>
  );
}
