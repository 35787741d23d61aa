import { useNames } from "../chain/reading/useNames";
import { short } from "../lib/short";

/** An account by name, with the address behind it. */
export function Account({ address }: { readonly address: string }) {
  const names = useNames();
  const name = names.known(address);
  return name === undefined ? (
    <span className="mono" title={address}>
      {short(address)}
    </span>
  ) : (
    <span title={address}>{name}</span>
  );
}
