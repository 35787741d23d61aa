import type { Language } from "prepaid-escrow";
import { useEffect, useState } from "react";

import { useLocale } from "./locale";

/** The package's sentence for an error, in the reader's language. */
export async function sentenceOf(error: unknown, language: Language): Promise<string> {
  if (language === "zh") {
    // Only readers of Chinese load these sentences.
    const { explainErrorInChinese } = await import("prepaid-escrow/locales/zh");
    const sentence = explainErrorInChinese(error);
    if (sentence !== undefined) return sentence;
  }
  return error instanceof Error ? error.message : String(error);
}

export function useSentence(error: unknown): string {
  const { language } = useLocale();
  const [sentence, setSentence] = useState("");
  useEffect(() => {
    let current = true;
    void sentenceOf(error, language).then((text) => {
      if (current) setSentence(text);
    });
    return () => {
      current = false;
    };
  }, [error, language]);
  return sentence;
}
