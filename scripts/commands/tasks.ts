import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

/** Builds a command that reads, with the options that all of them have. */
function reads(id: string | string[], description: string) {
  return task(id, description)
    .addOption(
      text("escrow", "Address of the escrow (default: as deployed from this folder, or as the package knows it)"),
    )
    .addOption(text("from", "Account to act as (default: the network's first)"))
    .addFlag({ name: "json", description: "Write JSON for programs" });
}

/** Builds a command that sends a transaction. */
function writes(id: string | string[], description: string) {
  return reads(id, description).addFlag({ name: "dryRun", description: "Try it and price it, but send nothing" });
}

/** An option that is text, or not given. */
function text<const Name extends string>(name: Name, description: string) {
  return { name, type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined, description } as const;
}

const card = { name: "card", description: "Id of the card, 32 bytes in hexadecimal" } as const;
const merchant = { name: "merchant", type: ArgumentType.BIGINT, description: "Number of the merchant" } as const;

/** The commands over the package, by group. */
export const commands = [
  emptyTask("card", "Cards: show, find, buy, leave, move").build(),
  reads(["card", "show"], "Show a card, and what leaving would pay and why")
    .addPositionalArgument(card)
    .setAction(async () => (await import("./card.js")).show)
    .build(),
  reads(["card", "find"], "Find all cards of a holder, without an indexer")
    .addPositionalArgument({
      name: "holder",
      description: "The holder (default: the account itself)",
      defaultValue: "",
    })
    .addOption({
      name: "gap",
      defaultValue: "20",
      description: "Unused serials in a row that end the search of a program",
    })
    .setAction(async () => (await import("./card.js")).find)
    .build(),
  writes(["card", "buy"], "Buy a card, with an allowance or a permit")
    .addPositionalArgument({ name: "program", type: ArgumentType.BIGINT, description: "Number of the program" })
    .addOption(text("holder", "Who the card is for (default: the account itself)"))
    .addOption(text("amount", "Whole tokens to pay, such as 12.50 (default: the program's price)"))
    .addOption(text("serial", "Serial of the card (default: the lowest free one)"))
    .addOption(text("startsAt", "When a pass begins, such as 2026-05-01T00:00:00Z (default: now)"))
    .addFlag({ name: "permit", description: "Sign a permit (ERC-2612) on the way, instead of an allowance" })
    .setAction(async () => (await import("./card.js")).buy)
    .build(),
  writes(["card", "leave"], "Ask to leave; once that is due, take the refund")
    .addPositionalArgument(card)
    .addFlag({ name: "cancel", description: "Take the request back" })
    .addOption(text("to", "Take the refund at another address"))
    .setAction(async () => (await import("./card.js")).leave)
    .build(),
  writes(["card", "move"], "Move a card to another holder: ask, consent, execute or cancel")
    .addPositionalArgument(card)
    .addOption(text("to", "Ask for a move to this holder"))
    .addFlag({ name: "consent", description: "As an operator of the merchant, consent to the move" })
    .addFlag({ name: "execute", description: "Execute the move once it is due" })
    .addFlag({ name: "cancel", description: "Cancel the move" })
    .setAction(async () => (await import("./card.js")).move)
    .build(),

  emptyTask("merchant", "Merchants: show, register, operators, operator").build(),
  reads(["merchant", "show"], "Show a merchant as it stands now")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("./merchant.js")).show)
    .build(),
  writes(["merchant", "register"], "Register a merchant, as the regulator")
    .addOption(text("owner", "Manages programs, operators and payout"))
    .addOption(text("payout", "Receives the merchant's money (default: the owner)"))
    .addOption(text("policy", "Number of the policy"))
    .addOption({
      name: "cap",
      defaultValue: "0",
      description: "Cap of what is outstanding, in whole tokens; 0 for none",
    })
    .addOption({ name: "metadata", defaultValue: "", description: "URI of the merchant's description" })
    .setAction(async () => (await import("./merchant.js")).register)
    .build(),
  reads(["merchant", "operators"], "List who may act for a merchant at its tills")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("./merchant.js")).operators)
    .build(),
  writes(["merchant", "operator"], "Enable or disable an operator, as the owner")
    .addPositionalArgument(merchant)
    .addPositionalArgument({ name: "account", description: "The operator" })
    .addFlag({ name: "remove", description: "Disable it" })
    .setAction(async () => (await import("./merchant.js")).operator)
    .build(),

  emptyTask("pool", "A merchant's pool: show").build(),
  reads(["pool", "show"], "Show what a merchant owes, holds and may be paid, and the warnings that are up")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("./merchant.js")).pool)
    .build(),

  emptyTask("policy", "Policies: show").build(),
  reads(["policy", "show"], "Show the rules of a policy")
    .addPositionalArgument({ name: "policy", type: ArgumentType.BIGINT, description: "Number of the policy" })
    .setAction(async () => (await import("./merchant.js")).policy)
    .build(),

  writes("settle", "Book signed consumption")
    .addPositionalArgument(merchant)
    .addPositionalArgument({ name: "rows", description: "JSON file with the signed rows" })
    .addFlag({ name: "payOut", description: "Pay the merchant out in the same transaction" })
    .setAction(async () => (await import("./merchant.js")).settle)
    .build(),
  writes("payout", "Pay a merchant what it has earned")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("./merchant.js")).payOut)
    .build(),
  writes("complain", "Complain about a card")
    .addPositionalArgument(card)
    .addOption(text("evidence", "File with what is brought forward, or its hash"))
    .setAction(async () => (await import("./card.js")).complain)
    .build(),
  writes("resolve", "Rule on a dispute, as the consumer association")
    .addPositionalArgument(card)
    .addOption(text("award", "Close the card with this much for the holder, in whole tokens"))
    .addFlag({ name: "dismiss", description: "Dismiss the dispute" })
    .addOption(text("decision", "File with the decision, or its hash"))
    .setAction(async () => (await import("./card.js")).resolve)
    .build(),
];
