import { ZeroHash } from "ethers";
import { isEvent } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useLedger } from "../../chain/reading/useLedger";
import { useRead } from "../../chain/reading/useRead";
import { Account } from "../../components/Account";
import { EvidenceLink } from "../../components/Evidence";
import { FormAction } from "../../components/FormAction";
import { useWriter } from "../../i18n/writing";
import { Section } from "../../ui/panels";

/** The most objections under one flag: `MAX_OBJECTIONS` of the register. */
const MOST = 3;

/** Objections to the claims on a deposit: a list of them, and a form while there is time. */
export function Objections({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(undefined);
  const { events } = useLedger();
  const { data } = useRead(["distribution", merchantId], (reader) => reader.deposits.distribution(merchantId));
  if (data === undefined) return null;
  const { root, objections, objectionsEndAt } = data;
  const made = events
    .filter((event) => isEvent(event, "ClaimsObjected"))
    .filter(({ args }) => args.merchantId === merchantId);
  const open = root !== ZeroHash && now < objectionsEndAt && objections < MOST;
  return (
    <>
      {made.length === 0 ? null : (
        <Section title={t("Objections")}>
          <p>
            {t("{{used}} of {{most}} were made under this flag; each took a list back.", {
              used: Number(objections),
              most: MOST,
            })}
          </p>
          <ul className="list">
            {made.map(({ args, transactionHash }) => (
              <li key={transactionHash}>
                <Account address={args.objector} />: <EvidenceLink hash={args.evidence} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {open ? (
        <FormAction
          title={t("Object to the list")}
          about={t(
            "Until {{time}} the owner and the surety, once each, and the regulator can have the list taken back. The association then publishes another.",
            { time: writer.time(objectionsEndAt) },
          )}
          fields={[]}
          evidence={t("What is wrong with it?")}
          button={t("Object")}
          act={({ send }, { evidence }) => send(client.call("objectToClaims", { merchantId, root, evidence }))}
        />
      ) : null}
    </>
  );
}
