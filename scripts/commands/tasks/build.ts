import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

/** Builds a command that reads, with the options of all commands. */
export function reads(id: string | string[], description: string) {
  return task(id, description)
    .addOption(
      text("escrow", "Address of the escrow (default: as deployed from this folder, or as the package knows it)"),
    )
    .addOption(text("register", "Address of the deposit register (default: the same)"))
    .addOption(text("deployBlock", "Block of the escrow's deployment; older events are not read (default: the same)"))
    .addOption(text("from", "Account to act as (default: the network's first)"))
    .addFlag({ name: "json", description: "Write JSON for programs" });
}

/** Builds a command that sends transactions. */
export function writes(id: string | string[], description: string) {
  return reads(id, description).addFlag({ name: "dryRun", description: "Try it and price it, but send nothing" });
}

/** A name that only groups commands. */
export function group(id: string | string[], description: string) {
  return emptyTask(id, description).build();
}

/** An option with a text. It may be left out. */
export function text<const Name extends string>(name: Name, description: string) {
  return { name, type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined, description } as const;
}

/** An argument that is a number. */
export function number<const Name extends string>(name: Name, description: string) {
  return { name, type: ArgumentType.BIGINT, description } as const;
}

export const card = { name: "card", description: "Id of the card, 32 bytes in hexadecimal" } as const;
export const merchant = number("merchant", "Number of the merchant");
export const account = { name: "account", description: "Address of the account" } as const;
export const amount = { name: "amount", description: "Whole tokens, such as 12.50" } as const;
export const evidence = text("evidence", "File with what is brought forward, or its hash");
export const decision = text("decision", "File with the decision, or its hash");
export const days = text("days", "How many days");
/** Well below the limit of one transaction (EIP-7825). */
export const gas = { name: "gas", defaultValue: "10000000", description: "Most gas of one transaction" } as const;
export const out = text("out", "Write it to this file (default: on the screen)");
export const voucherFiles = {
  name: "vouchers",
  description: "Files with vouchers: lines of voucher sign, or JSON",
} as const;
/** The options of a card to buy. */
export const order = {
  program: number("program", "Number of the program"),
  holder: text("holder", "Who the card is for (default: the account itself)"),
  amount: text("amount", "Whole tokens to pay, such as 12.50 (default: the program's price)"),
  serial: text("serial", "Serial of the card (default: the lowest free one)"),
  startsAt: text("startsAt", "When a pass begins, such as 2026-05-01T00:00:00Z (default: now)"),
} as const;
