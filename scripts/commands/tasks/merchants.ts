import { account, amount, gas, evidence, group, merchant, number, reads, text, writes } from "./build.js";

/** Commands about merchants, their programs, policies and supervision. */
export const merchants = [
  group(
    "merchant",
    "Merchants: register, show, list, cards, waiting, operator, operators, payout, owner, set-policy, set-cap, pay-out, review-warnings",
  ),
  reads(["merchant", "show"], "Show a merchant as it stands now")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).show)
    .build(),
  reads(["merchant", "list"], "List all merchants, with what is outstanding")
    .setAction(async () => (await import("../merchant.js")).listAll)
    .build(),
  reads(["merchant", "cards"], "List all cards a merchant has sold")
    .addPositionalArgument(merchant)
    .addFlag({ name: "open", description: "Only those that are open" })
    .setAction(async () => (await import("../merchant.js")).cards)
    .build(),
  reads(["merchant", "waiting"], "List exits, disputes and moves that wait, with their times")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).waiting)
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
    .setAction(async () => (await import("../merchant.js")).register)
    .build(),
  writes(["merchant", "set-policy"], "Put a merchant under another policy, as the regulator")
    .addPositionalArgument(merchant)
    .addPositionalArgument(number("policy", "Number of the policy"))
    .setAction(async () => (await import("../merchant.js")).setPolicy)
    .build(),
  writes(["merchant", "set-cap"], "Set the cap of a merchant's outstanding, as the regulator")
    .addPositionalArgument(merchant)
    .addPositionalArgument({ name: "cap", description: "Whole tokens; 0 for none" })
    .setAction(async () => (await import("../merchant.js")).setCap)
    .build(),
  reads(["merchant", "operators"], "List who may act for a merchant at its tills")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).operators)
    .build(),
  writes(["merchant", "operator"], "Enable or disable an operator, as the owner")
    .addPositionalArgument(merchant)
    .addPositionalArgument({ name: "account", description: "The operator" })
    .addFlag({ name: "remove", description: "Disable it" })
    .setAction(async () => (await import("../merchant.js")).operator)
    .build(),
  group(["merchant", "payout"], "Where a merchant is paid: show, set, cancel"),
  reads(["merchant", "payout", "show"], "Show where a merchant is paid, and a change that waits")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).changes)
    .build(),
  writes(["merchant", "payout", "set"], "Announce another payout address, as the owner; it waits 7 days")
    .addPositionalArgument(merchant)
    .addPositionalArgument(account)
    .setAction(async () => (await import("../merchant.js")).setPayout)
    .build(),
  writes(["merchant", "payout", "cancel"], "Take the announcement back")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).cancelPayout)
    .build(),
  group(["merchant", "owner"], "Who owns a merchant: show, transfer, accept, cancel"),
  reads(["merchant", "owner", "show"], "Show who owns a merchant, and a transfer that waits")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).changes)
    .build(),
  writes(["merchant", "owner", "transfer"], "Offer a merchant to another owner; it can be accepted after 7 days")
    .addPositionalArgument(merchant)
    .addPositionalArgument(account)
    .setAction(async () => (await import("../merchant.js")).transferOwnership)
    .build(),
  writes(["merchant", "owner", "accept"], "Take over a merchant that was offered to the account")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).acceptOwnership)
    .build(),
  writes(["merchant", "owner", "cancel"], "Take the offer back")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).cancelOwnership)
    .build(),

  writes(["merchant", "review-warnings"], "Raise or clear the warnings about a merchant by its figures of now")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).reviewWarnings)
    .build(),

  group("pool", "A merchant's pool: show"),
  reads(["pool", "show"], "Show a merchant's balance, outstanding, releasable and cap, and the warnings that stand")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).pool)
    .build(),
  group("exposure", "What one holder has at one merchant: report"),
  writes(["exposure", "report"], "Report that a holder's open cards at a merchant are over the limit together")
    .addPositionalArgument(merchant)
    .addPositionalArgument({ name: "holder", description: "The holder" })
    .setAction(async () => (await import("../merchant.js")).reportExposure)
    .build(),
  group("token", "The token of a merchant: show, approve"),
  reads(["token", "show"], "Show what the account has of a merchant's token, and what may be taken of it")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).token)
    .build(),
  writes(["token", "approve"], "Let the escrow take an amount of a merchant's token, as buying needs it")
    .addPositionalArgument(merchant)
    .addPositionalArgument(amount)
    .addFlag({ name: "forRegister", description: "Let the deposit register take it, as paying in needs it" })
    .setAction(async () => (await import("../merchant.js")).approve)
    .build(),

  group("program", "What merchants sell: publish, retire, show, list"),
  reads(["program", "show"], "Show a program")
    .addPositionalArgument(number("program", "Number of the program"))
    .setAction(async () => (await import("../program.js")).show)
    .build(),
  reads(["program", "list"], "List the programs of a merchant, or of all")
    .addOption(text("merchant", "Number of the merchant (default: all)"))
    .setAction(async () => (await import("../program.js")).listAll)
    .build(),
  writes(["program", "publish"], "Put a program on sale, as the owner")
    .addPositionalArgument(merchant)
    .addOption(text("kind", "stored-value, count or pass"))
    .addOption({ name: "price", defaultValue: "0", description: "Whole tokens; 0 sells any amount" })
    .addOption(text("units", "What a card gives: whole tokens, visits, or a period such as 365 d"))
    .addOption(text("listPrice", "Price of all units without discount (default: no discount)"))
    .addFlag({ name: "bearer", description: "Cards are not in a name, and under the lower limit" })
    .addFlag({ name: "feeFree", description: "Take none of the policy's fees for leaving" })
    .addOption({ name: "metadata", defaultValue: "", description: "URI of the program's description" })
    .setAction(async () => (await import("../program.js")).publish)
    .build(),
  writes(["program", "retire"], "Take a program off sale for good, as the owner")
    .addPositionalArgument(number("program", "Number of the program"))
    .setAction(async () => (await import("../program.js")).retire)
    .build(),

  group("policy", "The rules merchants are under: add, show, list"),
  reads(["policy", "show"], "Show the rules of a policy")
    .addPositionalArgument(number("policy", "Number of the policy"))
    .setAction(async () => (await import("../policy.js")).policy)
    .build(),
  reads(["policy", "list"], "List all policies")
    .setAction(async () => (await import("../policy.js")).listAll)
    .build(),
  writes(["policy", "add"], "Add a policy made of a preset, as the regulator")
    .addVariadicArgument({
      name: "preset",
      description: "Name of a preset of npm run preset, or several joined by a plus sign",
    })
    .addOption(text("token", "Address of the token; it must be money of the preset's currency"))
    .setAction(async () => (await import("../policy.js")).add)
    .build(),

  group(
    "supervision",
    "The regulator's acts: suspend, resume, run-off, close, flag-default, withdraw-default, refund-all",
  ),
  writes(["supervision", "suspend"], "Stop a merchant's sales and payouts for 90 days, as the regulator")
    .addPositionalArgument(merchant)
    .addOption(evidence)
    .setAction(async () => (await import("../supervision.js")).suspend)
    .build(),
  writes(["supervision", "resume"], "End a suspension, as the regulator")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../supervision.js")).resume)
    .build(),
  writes(["supervision", "run-off"], "Begin to close a merchant in order, as its owner or the regulator")
    .addPositionalArgument(merchant)
    .addOption(text("lastServiceAt", "Last moment of service, such as 2026-05-01T00:00:00Z"))
    .setAction(async () => (await import("../supervision.js")).runOff)
    .build(),
  writes(["supervision", "close"], "Close a merchant that has run off, once nothing is outstanding")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../supervision.js")).close)
    .build(),
  writes(["supervision", "flag-default"], "Flag a merchant as defaulted, as the regulator")
    .addPositionalArgument(merchant)
    .addOption(evidence)
    .addOption(text("serviceStoppedAt", "When its service stopped, such as 2026-05-01T00:00:00Z (default: now)"))
    .setAction(async () => (await import("../supervision.js")).flagDefault)
    .build(),
  writes(["supervision", "withdraw-default"], "Withdraw a default flag, once, before its window ends")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../supervision.js")).withdrawDefault)
    .build(),
  writes(["supervision", "refund-all"], "Refund every open card after a default or a run-off; repeat it to go on")
    .addPositionalArgument(merchant)
    .addOption(gas)
    .setAction(async () => (await import("../supervision.js")).refundAll)
    .build(),
];
