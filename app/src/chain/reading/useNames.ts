import { useMemo, useSyncExternalStore } from "react";

import { nameIn } from "../../lib/names";
import { short } from "../../lib/short";
import { useChain } from "../node/context";

/** The names of merchants, programs and accounts; where there is none, the id or the ends of the address. */
export function useNames() {
  const { settings, follower, nameBook } = useChain();
  const { merchants, programs, accounts } = settings.names ?? {};
  const learned = useSyncExternalStore(nameBook.subscribe, nameBook.version);
  return useMemo(() => {
    // A page that follows events has every name from them.
    const ask = (of: "merchant" | "program", id: bigint) => (follower.started ? undefined : nameBook.get(of, id));
    const byAddress = new Map(Object.entries(accounts ?? {}).map(([address, name]) => [address.toLowerCase(), name]));
    for (const { address, name, role } of settings.development?.accounts ?? []) {
      if (!byAddress.has(address.toLowerCase()))
        byAddress.set(address.toLowerCase(), role === "operator" ? `${name} (till)` : name);
    }
    return {
      merchant: (id: bigint): string =>
        merchants?.[id.toString()] ??
        nameIn(follower.get().merchants.get(id)?.metadataURI) ??
        ask("merchant", id) ??
        `#${id}`,
      program: (id: bigint): string =>
        programs?.[id.toString()] ?? nameIn(follower.get().programURIs.get(id)) ?? ask("program", id) ?? `#${id}`,
      account: (address: string): string => byAddress.get(address.toLowerCase()) ?? short(address),
      known: (address: string): string | undefined => byAddress.get(address.toLowerCase()),
    };
  }, [merchants, programs, accounts, settings, follower, nameBook, learned]);
}
