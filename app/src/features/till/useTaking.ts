import type { Acceptance } from "prepaid-escrow/till";
import { useCallback, useEffect, useRef } from "react";

import { useChain } from "../../chain/node/context";
import { readSignature } from "../../lib/links";
import { TILL_CHANNEL } from "../signing/channel";
import { keepReceipt } from "./keepReceipt";
import { useBook } from "./useBook";
import { useTill } from "./useTill";

/** The outcome of a holder's answer. */
export type Taken = { readonly acceptance: Acceptance } | { readonly error: unknown };

/**
 * Takes holders' answers into the book: `signature`, answers from other windows of this browser, and those given to the
 * returned function.
 *
 * @param onTaken Called with each one's outcome.
 */
export function useTaking(merchantId: bigint, signature: string | undefined, onTaken: (taken: Taken) => void) {
  const till = useTill(merchantId);
  const { database } = useChain();
  const { refresh } = useBook(merchantId);
  const taken = useRef(onTaken);
  taken.current = onTaken;
  const take = useCallback(
    (text: string) => {
      const accept = async (): Promise<Acceptance> => {
        const answer = readSignature(text);
        const own = await till();
        const acceptance = await own.acceptVoucher(answer);
        // The consumption is in the book even if the copy for the card's page cannot be kept.
        await keepReceipt(database, own, acceptance.voucher).catch(() => undefined);
        return acceptance;
      };
      accept().then(
        (acceptance) => {
          taken.current({ acceptance });
          void refresh();
        },
        (error: unknown) => {
          taken.current({ error });
        },
      );
    },
    [till, database, refresh],
  );
  useEffect(() => {
    if (signature !== undefined) take(signature);
  }, [signature, take]);
  useEffect(() => {
    const channel = new BroadcastChannel(TILL_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<{ readonly merchantId: bigint; readonly text: string }>) => {
      if (data.merchantId === merchantId) take(data.text);
    };
    return () => {
      channel.close();
    };
  }, [merchantId, take]);
  return take;
}
