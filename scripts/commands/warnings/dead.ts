import { existsSync } from "node:fs";

import type { NewTaskActionFunction } from "hardhat/types/tasks";

import { InvalidInputError } from "../../../src/utils/invalidInput.js";
import { formatTime } from "../../../src/utils/units.js";
import type * as WatcherModule from "../../../src/watcher/index.js";
import type { DeadLetter } from "../../../src/watcher/index.js";
import { table } from "../../terminal/text.js";
import { withExitCode } from "./failing.js";

interface StoreArguments {
  readonly store: string | undefined;
}

interface DeadArguments extends StoreArguments {
  readonly json: boolean;
}

interface RedeliverArguments extends StoreArguments {
  readonly webhook: string | undefined;
  readonly webhooks: string | undefined;
}

/** `warnings dead-letters`: lists the dead letters, and the place of each reader. */
export const list: { readonly default: NewTaskActionFunction<DeadArguments> } = {
  default: async ({ store: place, json }) =>
    await withExitCode(async () => {
      const { chainEventOf } = await import("../../../src/watcher/index.js");
      const { openStore } = await import("../../../src/node/index.js");
      const store = await openStore(requireStore(place));
      try {
        const [letters, readers] = await Promise.all([store.deadLetters(), store.readers()]);
        if (json) {
          const { jsonLine } = await import("./lines.js");
          for (const { reader, chainEvent, tries, reason, diedAt } of letters) {
            const { event, ...rest } = chainEventOf(chainEvent);
            const line = JSON.parse(jsonLine({ event, ...rest })) as object;
            print(JSON.stringify({ reader, tries, reason, diedAt, ...line }));
          }
          return;
        }
        print(letters.length === 0 ? "No event was set aside." : lettersTable(letters, chainEventOf));
        const rows = readers.map(({ name, waiting, tries }) => [name, String(waiting), tries?.reason ?? ""]);
        const columns = [
          { title: "Reader", align: "left" },
          { title: "Waiting", align: "right" },
          { title: "Tried in vain because", align: "left", wraps: true },
        ] as const;
        if (rows.length > 0) print(`\n${table(columns, rows, (head) => head)}`);
      } finally {
        await store.close();
      }
    }),
};

/** `warnings redeliver`: sends each dead letter again, and removes those that the endpoint takes. */
export const redeliver: { readonly default: NewTaskActionFunction<RedeliverArguments> } = {
  default: async ({ store: place, webhook, webhooks }) =>
    await withExitCode(async () => {
      const { WebhookSender, WatchError, chainEventOf } = await import("../../../src/watcher/index.js");
      const { openStore } = await import("../../../src/node/index.js");
      const { endpointsOf } = await import("./endpoints.js");
      const endpoints = await endpointsOf(webhooks, webhook);
      if (endpoints.length === 0) {
        throw new InvalidInputError(
          "--webhooks",
          "missing",
          "a file of endpoints",
          "give the one that watch was given",
        );
      }
      const store = await openStore(requireStore(place));
      try {
        const deliveries = new Map(
          endpoints.map((endpoint) => new WebhookSender(endpoint, store)).map((d) => [d.reader, d]),
        );
        let failed = 0;
        for (const { reader, chainEvent } of await store.deadLetters()) {
          const delivery = deliveries.get(reader);
          if (delivery === undefined) continue;
          const reason = await delivery.send(chainEventOf(chainEvent));
          if (reason === undefined) await store.removeDeadLetter(reader, chainEvent.sequence);
          else failed += 1;
          print(`Event ${chainEvent.sequence} to ${reader}: ${reason ?? "delivered"}.`);
        }
        if (failed > 0)
          throw new WatchError(`${failed} of them were not taken. Next: see to the receiver, then again.`);
      } finally {
        await store.close();
      }
    }),
};

/** `warnings forget`: removes a reader's place from the store. */
export const forget: { readonly default: NewTaskActionFunction<StoreArguments & { readonly reader: string }> } = {
  default: async ({ store: place, reader }) =>
    await withExitCode(async () => {
      const { openStore } = await import("../../../src/node/index.js");
      const store = await openStore(requireStore(place));
      try {
        if (!(await store.removeReader(reader))) {
          const names = (await store.readers()).map(({ name }) => `"${name}"`).join(", ");
          throw new InvalidInputError(
            "reader",
            reader,
            names === "" ? "nobody: the store has none" : names,
            "choose one",
          );
        }
        print(`The store no longer keeps the place of "${reader}".`);
      } finally {
        await store.close();
      }
    }),
};

function lettersTable(letters: readonly DeadLetter[], chainEventOf: (typeof WatcherModule)["chainEventOf"]): string {
  const rows = letters.map(({ reader, chainEvent, tries, reason, diedAt }) => {
    const { event, kind, sequence } = chainEventOf(chainEvent);
    const what = `${event.name}${kind === "removed" ? ", taken back" : ""}, block ${event.blockNumber}`;
    return [reader, String(sequence), what, String(tries), reason, formatTime(BigInt(Math.floor(diedAt / 1_000)))];
  });
  const columns = [
    { title: "Reader", align: "left" },
    { title: "Event", align: "right" },
    { title: "What", align: "left", wraps: true },
    { title: "Tries", align: "right" },
    { title: "Why", align: "left", wraps: true },
    { title: "Set aside", align: "left" },
  ] as const;
  return table(columns, rows, (head) => head);
}

/** Checks that the store exists: opening a missing file would create an empty store. */
function requireStore(place: string | undefined): string {
  const remedy = "give the one that watch was given";
  if (place === undefined) throw new InvalidInputError("--store", "missing", "a file or postgresql://…", remedy);
  if (!/^postgres(?:ql)?:/.test(place) && !existsSync(place)) {
    throw new InvalidInputError("--store", place, "a file that is there, or postgresql://…", remedy);
  }
  return place;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
