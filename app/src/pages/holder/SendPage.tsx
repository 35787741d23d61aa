import { InvalidInputError, WrongContractError, WrongNetworkError } from "prepaid-escrow";
import { useMemo } from "react";

import { useChain } from "../../chain/node/context";
import { Signed } from "../../features/relaying/Signed";
import { readRelay, relayedCall } from "../../features/relaying/relays";
import { Failure } from "../../ui/answers";

/** An operation that a holder has signed, for any other wallet to send. */
export default function SendPage({ text }: { readonly text: string }) {
  const { deployment, client } = useChain();
  const read = useMemo(() => {
    try {
      const relay = readRelay(text);
      if (relay.chainId !== deployment.chainId)
        throw new WrongNetworkError(BigInt(relay.chainId), BigInt(deployment.chainId));
      if (relay.escrow.toLowerCase() !== client.escrow.toLowerCase())
        throw new WrongContractError(relay.escrow, "PrepaidEscrow", client.chainId);
      // The call is built here, so that a value that does not fit is an error before anything is shown.
      relayedCall(client, relay);
      return { relay };
    } catch (error) {
      return { error: error instanceof Error ? error : new InvalidInputError("link", text, "a link", "scan it again") };
    }
  }, [text, deployment, client]);
  return read.relay === undefined ? <Failure error={read.error} /> : <Signed relay={read.relay} />;
}
