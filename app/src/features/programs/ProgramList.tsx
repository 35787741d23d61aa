import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useTokenOf } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { SendButton } from "../../components/SendButton";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { linkTo } from "../../lib/links";
import { LinkCode } from "../../ui/LinkCode";
import { Progress } from "../../ui/answers";
import { Badge, Empty, Section } from "../../ui/panels";

/** What the shop sells and has sold. */
export function ProgramList({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const { client } = useChain();
  const { programs, caughtUp } = useLedger();
  const token = useTokenOf(merchantId);
  const writer = useWriter(token.data);
  const action = useAction();
  const mine = [...programs].filter(([, program]) => program.merchantId === merchantId);
  return (
    <Section title={t("Programs")}>
      {mine.length === 0 ? <Empty>{caughtUp ? t("Nothing is published yet.") : t("Reading the chain …")}</Empty> : null}
      <ul className="list">
        {mine.map(([programId, program]) => (
          <li key={programId.toString()}>
            <div className="row">
              <span>
                <strong>{names.program(programId)}</strong>{" "}
                <span className="quiet">
                  {program.price === 0n
                    ? t("any amount")
                    : `${writer.amount(program.price)} · ${units.write(program, program.units, writer)}`}
                </span>
              </span>
              {program.retired ? (
                <Badge tone="calm">{t("retired")}</Badge>
              ) : (
                <SendButton action={action} look="plain small" call={() => client.call("retireProgram", { programId })}>
                  {t("Stop selling")}
                </SendButton>
              )}
            </div>
            {program.retired ? null : (
              <details>
                <summary>{t("Link and code for customers")}</summary>
                <LinkCode
                  link={linkTo(`/buy/${merchantId}/${programId}`)}
                  code={t("Code of {{name}}", { name: names.program(programId) })}
                  copy={t("Copy the link")}
                />
              </details>
            )}
          </li>
        ))}
      </ul>
      <Progress state={action.state} />
    </Section>
  );
}
