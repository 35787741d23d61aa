import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { FormAction } from "../../components/FormAction";
import { CARDS_AT_ONCE, batchesOf } from "../../lib/batches";

/** Extending passes, for an operator of their merchant. */
export function Extending({ title, cardIds }: { readonly title: string; readonly cardIds: readonly string[] }) {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <FormAction
      title={title}
      about={t(
        "The days are added at the end. Passes whose holder has asked to leave, or that are in dispute, are left out.",
      )}
      fields={[{ key: "days", label: t("Days"), as: "number" }]}
      button={t("Extend")}
      act={async ({ send }, { big }) => {
        const extension = big("days") * 86_400n;
        for (const batch of batchesOf(cardIds, CARDS_AT_ONCE))
          await send(client.call("extendPasses", { cardIds: batch, extension }));
      }}
    />
  );
}
