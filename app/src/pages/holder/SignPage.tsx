import { InvalidInputError, WrongContractError, WrongNetworkError } from "prepaid-escrow";
import { useMemo } from "react";

import { useChain } from "../../chain/node/context";
import { Visit } from "../../features/signing/Visit";
import { readVisitRequest } from "../../lib/links";
import { Failure } from "../../ui/answers";

/** A visit for its holder to look at and sign. */
export default function SignPage({ text }: { readonly text: string }) {
  const { deployment, client } = useChain();
  const read = useMemo(() => {
    try {
      const visit = readVisitRequest(text);
      if (visit.chainId !== deployment.chainId)
        throw new WrongNetworkError(BigInt(visit.chainId), BigInt(deployment.chainId));
      if (visit.escrow.toLowerCase() !== client.escrow.toLowerCase())
        throw new WrongContractError(visit.escrow, "PrepaidEscrow", client.chainId);
      if (visit.cumulative <= visit.from)
        throw new InvalidInputError(
          "visit",
          visit.cumulative - visit.from,
          "more than 0",
          "ask the till for another code",
        );
      return { visit };
    } catch (error) {
      return { error };
    }
  }, [text, deployment, client]);
  return read.visit === undefined ? <Failure error={read.error} /> : <Visit visit={read.visit} />;
}
