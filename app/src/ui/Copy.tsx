import { useState } from "react";
import { useTranslation } from "react-i18next";

/** A button that copies a text. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="button plain"
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true);
          setTimeout(() => {
            setCopied(false);
          }, 2_000);
        });
      }}
    >
      <span aria-live="polite">{copied ? t("Copied") : label}</span>
    </button>
  );
}
