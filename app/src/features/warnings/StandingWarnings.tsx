import type { StandingWarning, Writer } from "prepaid-escrow";

import { useWarningWords } from "../../i18n/words";
import { Badge } from "../../ui/panels";

/** A merchant's warnings that are up. */
export function StandingWarnings(props: { readonly warnings: readonly StandingWarning[]; readonly writer: Writer }) {
  const words = useWarningWords();
  return (
    <ul className="list">
      {props.warnings.map((warning) => (
        <li key={warning.kind}>
          <Badge tone={warning.level === "Notice" ? "wait" : "bad"}>{words.level(warning.level)}</Badge>{" "}
          {words.kind(warning.kind)} · {words.figures(warning, props.writer)}
        </li>
      ))}
    </ul>
  );
}
