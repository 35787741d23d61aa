import type { Language } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

/** The reader's language, and its locale with the browser's region. */
export function useLocale(): { readonly language: Language; readonly locale: string } {
  const { i18n } = useTranslation();
  const language: Language = i18n.language.startsWith("zh") ? "zh" : "en";
  const locale = navigator.languages.find((each) => each.startsWith(language)) ?? (language === "zh" ? "zh-CN" : "en");
  return { language, locale };
}
