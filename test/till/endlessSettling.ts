/*
 * A till that serves visits until it is killed, as a program of its own: `node --import tsx endlessSettling.ts`. It prints each visit's
 * receipt when `accept` has answered, and not before.
 */
import { writeSync } from "node:fs";

import { JsonRpcProvider } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import { BookFailedError, Till, RequestStaleError } from "../../src/till/index.js";
import { openPostgresTillStore, openSqliteTillStore } from "../../src/node/index.js";
import { walletOf } from "./wallets.js";

const { NODE, ESCROW, BOOK, CARD } = process.env as Record<"NODE" | "ESCROW" | "BOOK" | "CARD", string>;
const HOLDER = 7;

const provider = new JsonRpcProvider(NODE);
const client = await EscrowClient.connect(provider, { escrow: ESCROW });
const holder = walletOf(HOLDER);

/** A server that is being restarted is waited for. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BookFailedError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const store = await patiently(() =>
  BOOK.startsWith("postgresql:") ? openPostgresTillStore(BOOK) : openSqliteTillStore(BOOK),
);
const till = await patiently(() => Till.open({ client, merchantId: 1n, shop: "Corner Gym", store }));
for (;;) {
  try {
    const request = await till.requestConsumption({ cardId: CARD, units: 1n, item: "a crumb" });
    const { domain, types, message } = request.toSign;
    const { voucher } = await till.accept(request, await holder.signTypedData(domain, types, message));
    // Written whole before anything else happens, so that the parent has every printed line when this process is killed.
    writeSync(1, `${voucher.receipt}\n`);
  } catch (error) {
    // A book that failed, and a place that another till has taken, are no reason to stop.
    if (!(error instanceof BookFailedError || error instanceof RequestStaleError)) throw error;
  }
}
