import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

/** An option with a text. It may be left out. */
function text<const Name extends string>(name: Name, description: string) {
  return { name, type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined, description } as const;
}

const store = text("store", "SQLite file, or postgresql://…, that keeps the place");
const webhook = text("webhook", "Address that warnings are sent to, signed with the secret in WEBHOOK_SECRET");
const webhooks = text("webhooks", "JSON file of several endpoints");

/** The commands about warnings. */
export const warningTasks = [
  emptyTask("warnings", "Warnings: watch, dead-letters, redeliver, forget").build(),
  task(["warnings", "watch"], "Print the warnings of the escrow and the deposit register until stopped")
    .addOption(text("escrow", "Address of the escrow (default: as deployed from this folder)"))
    .addOption(text("register", "Address of the deposit register (default: as deployed from this folder)"))
    .addOption(text("from", "First block to read (default: the block of the deployment)"))
    .addOption(text("confirmations", "Blocks on top of a block before its events are printed (default: 12, locally 0)"))
    .addOption(store)
    .addOption(text("events", "Names of events, with commas between, or all (default: warnings)"))
    .addOption(webhook)
    .addOption(webhooks)
    .addOption(text("healthPort", "Port that serves /health and /metrics"))
    .addOption({ name: "healthHost", defaultValue: "127.0.0.1", description: "Address that port is opened at" })
    .addFlag({ name: "jsonLines", description: "Write one JSON object a line" })
    .addFlag({ name: "once", description: "End when everything so far is printed" })
    .setAction(async () => await import("./watch.js"))
    .build(),
  task(["warnings", "dead-letters"], "Show the events that no endpoint took, and where each reader stands")
    .addOption(store)
    .addFlag({ name: "json", description: "Write one JSON object a line" })
    .setAction(async () => (await import("./dead.js")).list)
    .build(),
  task(["warnings", "redeliver"], "Send the events that were set aside once more")
    .addOption(store)
    .addOption(webhook)
    .addOption(webhooks)
    .setAction(async () => (await import("./dead.js")).redeliver)
    .build(),
  task(["warnings", "forget"], "End a reader's place in the store, which keeps every later event for it")
    .addPositionalArgument({ name: "reader", description: "The reader, as warnings dead-letters shows it" })
    .addOption(store)
    .setAction(async () => (await import("./dead.js")).forget)
    .build(),
];
