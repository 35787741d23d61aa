import i18next from "i18next";
import { initReactI18next } from "react-i18next";

/** English needs entries only where the singular differs from the plural. */
const plurals = {
  "{{count}} visits_one": "{{number}} visit",
  "{{count}} visits_other": "{{number}} visits",
  "Refund {{count}} cards_one": "Refund {{count}} card",
  "Refund {{count}} cards_other": "Refund {{count}} cards",
  "Count the time of {{count}} passes_one": "Count the time of {{count}} pass",
  "Count the time of {{count}} passes_other": "Count the time of {{count}} passes",
  "{{count}} cards settled, {{amount}} released to the shop._one":
    "{{count}} card settled, {{amount}} released to the shop.",
  "{{count}} cards settled, {{amount}} released to the shop._other":
    "{{count}} cards settled, {{amount}} released to the shop.",
  "{{count}} more go with the next transaction._one": "{{count}} more goes with the next transaction.",
  "{{count}} more go with the next transaction._other": "{{count}} more go with the next transaction.",
  "{{count}} cards are in transactions that are not final yet; the book keeps them until they are._one":
    "{{count}} card is in a transaction that is not final yet; the book keeps it until it is.",
  "{{count}} cards are in transactions that are not final yet; the book keeps them until they are._other":
    "{{count}} cards are in transactions that are not final yet; the book keeps them until they are.",
  "Lost: {{count}} visits_one": "Lost: {{count}} visit",
  "Lost: {{count}} visits_other": "Lost: {{count}} visits",
};

const LANGUAGE = "console.language";

/** English texts are in the pages. Other languages are looked up by them, and loaded when they are chosen. */
export async function startLanguages(): Promise<void> {
  const stored = localStorage.getItem(LANGUAGE);
  const preferred = navigator.languages.find((each) => /^(zh|en)/.test(each))?.startsWith("zh") === true ? "zh" : "en";
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: plurals } },
    returnEmptyString: false,
  });
  await chooseLanguage(stored ?? preferred);
}

export async function chooseLanguage(language: string): Promise<void> {
  if (language === "zh" && !i18next.hasResourceBundle("zh", "translation")) {
    const { zh } = await import("./zh");
    i18next.addResourceBundle("zh", "translation", zh);
  }
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  await i18next.changeLanguage(language);
}

/** Changes the language, and remembers it. */
export async function setLanguage(language: string): Promise<void> {
  localStorage.setItem(LANGUAGE, language);
  await chooseLanguage(language);
}
