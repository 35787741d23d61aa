import { useQuery } from "@tanstack/react-query";
import { describeRights, describeWarning, explainQuote } from "prepaid-escrow";
import type { DecodedEvent, Policy, Preset, ProgramView, Quote, Right, Token, Writer } from "prepaid-escrow";

import { useLocale } from "./locale";

/** The package's sentences in the reader's language. Only readers of Chinese load the Chinese ones. */
export function useTexts() {
  const { language } = useLocale();
  const { data: chinese } = useQuery({
    queryKey: ["chinese"],
    queryFn: () => import("prepaid-escrow/locales/zh"),
    enabled: language === "zh",
    staleTime: "static",
  });
  return {
    quote: (quote: Quote, writer: Writer): string =>
      language === "zh"
        ? (chinese?.explainQuoteInChinese(quote, writer) ?? "")
        : explainQuote(quote, quote.token, writer),
    warning: (event: DecodedEvent<"WarningRaised">, token: Token, writer: Writer): string =>
      language === "zh"
        ? (chinese?.describeWarningInChinese(event, writer) ?? "")
        : describeWarning(event, token, writer),
    presetTitle: (preset: Preset): string =>
      language === "zh" ? (chinese?.presetTitleInChinese(preset) ?? "") : preset.title,
    rights: (program: ProgramView, policy: Policy, writer: Writer): readonly Right[] =>
      language === "zh"
        ? chinese === undefined
          ? []
          : describeRights(program, policy, writer, chinese.chinese)
        : describeRights(program, policy, writer),
  };
}
