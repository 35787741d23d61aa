import { useTranslation } from "react-i18next";

import { setLanguage } from "../i18n";

/** Changes between English and Chinese. */
export function LanguageButton() {
  const { i18n } = useTranslation();
  const chinese = i18n.language === "zh";
  return (
    <button
      type="button"
      className="button plain small"
      lang={chinese ? "en" : "zh-CN"}
      onClick={() => void setLanguage(chinese ? "en" : "zh")}
    >
      {chinese ? "English" : "中文"}
    </button>
  );
}
