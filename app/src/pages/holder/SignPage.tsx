import { InvalidInputError, WrongContractError, WrongNetworkError } from "prepaid-escrow";
import { useMemo } from "react";

import { useChain } from "../../chain/node/context";
import { Visit } from "../../features/signing/Visit";
import { readConsumptionLink } from "../../lib/links";
import { Failure } from "../../ui/answers";

/** A visit for its holder to look at and sign. */
export default function SignPage({ text }: { readonly text: string }) {
  const { deployment, client } = useChain();
  const read = useMemo(() => {
    try {
      const consumption = readConsumptionLink(text);
      if (consumption.chainId !== deployment.chainId)
        throw new WrongNetworkError(BigInt(consumption.chainId), BigInt(deployment.chainId));
      if (consumption.escrow.toLowerCase() !== client.escrow.toLowerCase())
        throw new WrongContractError(consumption.escrow, "PrepaidEscrow", client.chainId);
      if (consumption.cumulative <= consumption.from)
        throw new InvalidInputError(
          "visit",
          consumption.cumulative - consumption.from,
          "more than 0",
          "ask the till for another code",
        );
      return { consumption };
    } catch (error) {
      return { error };
    }
  }, [text, deployment, client]);
  return read.consumption === undefined ? <Failure error={read.error} /> : <Visit visit={read.consumption} />;
}
