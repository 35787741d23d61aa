import { formatTime } from "../../../src/utils/units.js";
import { readerOf } from "../../../src/watcher/index.js";
import type { DeliveryReport } from "../../../src/watcher/index.js";

/** The line about a delivery: about a failure, or a success after one; `undefined` for others. */
export function reportLine({
  endpoint,
  chainEvent,
  outcome,
  tries,
  reason,
  nextAt,
}: DeliveryReport): string | undefined {
  const what = `Event ${chainEvent.sequence} to webhook ${endpoint}`;
  switch (outcome) {
    case "delivered":
      return tries === 1 ? undefined : `${what}: delivered at the ${tries}. try.`;
    case "failed":
      return `${what}: ${reason ?? "failed"}; tried again at ${formatTime(BigInt(Math.ceil((nextAt ?? 0) / 1_000)))}.`;
    case "gone":
      return (
        `${what}: ${reason ?? "failed"}, it wants no more; nothing else is sent there, and its place is kept. ` +
        `Next: correct its address and start again, or end its place: npm run hh -- warnings forget "${readerOf(endpoint)}" --store PLACE`
      );
    case "dead":
      return `${what}: ${reason ?? "failed"}, ${tries} times; set aside. See: npm run hh -- warnings dead-letters --store PLACE`;
  }
}
