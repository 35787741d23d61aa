import type { EscrowClient } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useAction } from "../../chain/sending/action";
import { linkTo } from "../../lib/links";
import { LinkCode } from "../../ui/LinkCode";
import { Progress } from "../../ui/answers";
import { relayedCall, writeRelay } from "./relays";
import type { Relayed } from "./relays";

/** For a holder without money for fees: signs an operation, and shows the link by which anybody can send it. */
export default function SignForOthers(props: {
  readonly button: string;
  readonly disabled?: boolean;
  /** Has the wallet sign. */
  readonly sign: (client: EscrowClient) => Promise<Relayed>;
}) {
  const { t } = useTranslation();
  const { deployment, client } = useChain();
  const { state, run, busy } = useAction();
  const [link, setLink] = useState<string>();
  const sign = (): void => {
    setLink(undefined);
    void run(async ({ client: signing }) => {
      const relayed = await props.sign(signing);
      // A refusal by the contract is shown to the holder, before the link goes to anybody.
      await signing.simulateCall(relayedCall(signing, relayed));
      setLink(linkTo(writeRelay({ ...relayed, chainId: deployment.chainId, escrow: client.escrow })));
    });
  };
  return (
    <details>
      <summary>{t("No money for fees? Sign it, and let somebody else send it")}</summary>
      <p className="hint">
        {t("It costs you nothing, does nothing but this, and is good for a day. Any wallet can send it.")}
      </p>
      <button type="button" className="button plain" disabled={busy || props.disabled === true} onClick={sign}>
        {props.button}
      </button>
      <Progress
        state={state}
        done={t("Signed. Nothing has happened yet: show the code or send the link to somebody.")}
      />
      {link === undefined ? null : (
        <LinkCode link={link} code={t("Code of what you signed")} copy={t("Copy the link")} shown="relay" />
      )}
    </details>
  );
}
