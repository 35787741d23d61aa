import { account, amount, evidence, gas, group, merchant, number, reads, text, writes } from "./build.js";

const file = {
  name: "file",
  description: "List of claims: CSV or JSON with account and amount in whole tokens",
} as const;

/** Commands about the deposit register. */
export const deposits = [
  group(
    "deposit",
    "Deposits for cards sold outside the escrow: show, report, pay-in, book, withdraw, refresh-warnings, pay-surplus, rule, surety, claims",
  ),
  reads(["deposit", "show"], "Show a merchant's deposit, what it must be, and the warnings that stand")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).show)
    .build(),
  writes(["deposit", "report"], "Report the balance outside the escrow, as owner or reporter")
    .addPositionalArgument(merchant)
    .addPositionalArgument(amount)
    .addOption(text("asOf", "The date it is of, such as 2026-05-01T00:00:00Z (default: now)"))
    .addOption(evidence)
    .setAction(async () => (await import("../deposit.js")).report)
    .build(),
  writes(["deposit", "pay-in"], "Add to a deposit, with the account's allowance")
    .addPositionalArgument(merchant)
    .addPositionalArgument(amount)
    .setAction(async () => (await import("../deposit.js")).payIn)
    .build(),
  writes(["deposit", "book"], "Count tokens that were sent straight to the deposit vault")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).book)
    .build(),
  writes(["deposit", "withdraw"], "Take out what is not required, as the owner")
    .addPositionalArgument(merchant)
    .addPositionalArgument(amount)
    .setAction(async () => (await import("../deposit.js")).withdraw)
    .build(),
  writes(["deposit", "refresh-warnings"], "Raise and clear the warnings that time has changed")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).refreshWarnings)
    .build(),
  writes(["deposit", "pay-surplus"], "Pay what exceeds the claims to the surety, then to the merchant")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).paySurplus)
    .build(),

  group(["deposit", "rule"], "How much must be deposited: show, set"),
  reads(["deposit", "rule", "show"], "Show the rule in force, and one that waits")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).showRule)
    .build(),
  writes(["deposit", "rule", "set"], "Set a rule, as the regulator")
    .addPositionalArgument(merchant)
    .addOption(text("preset", "Preset of npm run preset to take it from"))
    .addOption({ name: "rule", defaultValue: "GENERAL", description: "Which of the preset's rules" })
    .addOption(text("share", "Or one share of the whole balance, in basis points"))
    .addOption({ name: "reportDays", defaultValue: "0", description: "With --share, days between reports; 0 for none" })
    .addOption(text("cureBy", "By when it is to be met, such as 2026-05-01T00:00:00Z"))
    .setAction(async () => (await import("../deposit.js")).setRule)
    .build(),

  group(["deposit", "surety"], "What a bank or an insurer stands for: show, name, place, take-back"),
  reads(["deposit", "surety", "show"], "Show the surety that stands")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).showSurety)
    .build(),
  writes(["deposit", "surety", "name"], "Name who may place a surety, as the owner")
    .addPositionalArgument(merchant)
    .addPositionalArgument(account)
    .setAction(async () => (await import("../deposit.js")).nameSurety)
    .build(),
  writes(["deposit", "surety", "place"], "Place a surety, add to it or prolong it, with the account's allowance")
    .addPositionalArgument(merchant)
    .addPositionalArgument(amount)
    .addOption(text("endsAt", "When it may be taken back, such as 2027-05-01T00:00:00Z"))
    .setAction(async () => (await import("../deposit.js")).placeSurety)
    .build(),
  writes(["deposit", "surety", "take-back"], "Give a surety that has ended back to its party")
    .addPositionalArgument(merchant)
    .addOption(text("to", "As its party, take it back at another address"))
    .setAction(async () => (await import("../deposit.js")).takeBackSurety)
    .build(),

  group(["deposit", "claims"], "Distribution after a default: show, list, publish, object, open, claim, pay"),
  reads(["deposit", "claims", "show"], "Show how a deposit is distributed")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).showClaims)
    .build(),
  reads(["deposit", "claims", "list"], "List the claims of a file, with what each has had and what is due")
    .addPositionalArgument(merchant)
    .addPositionalArgument(file)
    .setAction(async () => (await import("../deposit.js")).listClaims)
    .build(),
  writes(["deposit", "claims", "publish"], "Publish a list of claims, as the consumer association")
    .addPositionalArgument(merchant)
    .addPositionalArgument(file)
    .addOption(text("evidence", "File with the list as it can be read, or its hash (default: the list itself)"))
    .setAction(async () => (await import("../deposit.js")).publishClaims)
    .build(),
  writes(["deposit", "claims", "object"], "Object to the list that stands, as owner, surety or regulator")
    .addPositionalArgument(merchant)
    .addOption(evidence)
    .setAction(async () => (await import("../deposit.js")).objectToClaims)
    .build(),
  writes(["deposit", "claims", "open"], "Open the claims when they are due")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../deposit.js")).openClaims)
    .build(),
  writes(["deposit", "claims", "claim"], "Pay one line of the list that stands")
    .addPositionalArgument(merchant)
    .addPositionalArgument(file)
    .addPositionalArgument(number("index", "Number of the line, counted from 0"))
    .addOption(text("to", "As the claimant, take the money at another address"))
    .setAction(async () => (await import("../deposit.js")).claim)
    .build(),
  writes(["deposit", "claims", "pay"], "Pay every line of the list that something is due to; repeat it to go on")
    .addPositionalArgument(merchant)
    .addPositionalArgument(file)
    .addOption(gas)
    .setAction(async () => (await import("../deposit.js")).payClaims)
    .build(),
];
