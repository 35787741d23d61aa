import { isEvent } from "prepaid-escrow";
import type { DecodedEvent, EscrowEvent } from "prepaid-escrow";

import type { CsvColumn } from "../../lib/csv";

/** A warning that was raised or cleared. */
export type Warning = DecodedEvent<"WarningRaised"> | DecodedEvent<"WarningCleared">;

/** The warnings among events, newest first. */
export function warningsOf(events: readonly EscrowEvent[]): (EscrowEvent & Warning)[] {
  return events.filter(isWarning).reverse();
}

function isWarning(event: EscrowEvent): event is EscrowEvent & Warning {
  return isEvent(event, "WarningRaised") || isEvent(event, "WarningCleared");
}

/** Columns of the feed as a file. */
export const FEED_COLUMNS: readonly CsvColumn<Warning>[] = [
  { label: "block", value: ({ blockNumber }) => blockNumber },
  { label: "event", value: ({ name }) => name },
  { label: "merchant", value: ({ args }) => args.merchantId },
  { label: "kind", value: ({ args }) => args.kind },
  { label: "level", value: ({ args }) => ("level" in args ? args.level : "") },
  { label: "observed", value: ({ args }) => ("observed" in args ? args.observed : "") },
  { label: "limit", value: ({ args }) => ("limit" in args ? args.limit : "") },
  { label: "transaction", value: ({ transactionHash }) => transactionHash },
];
