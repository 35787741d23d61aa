import {
  card,
  days,
  decision,
  evidence,
  gas,
  group,
  merchant,
  order,
  out,
  reads,
  voucherFiles,
  text,
  writes,
} from "./build.js";

/** Commands about cards, and requests to sign. */
export const cards = [
  group("dispute", "Disputes: complain, contest, resolve, extend, execute, end"),
  group("card", "Cards: find, show, buy, leave, move, refund, accrue, extend, recovery"),
  reads(["card", "show"], "Show a card, and what leaving would pay and why")
    .addPositionalArgument(card)
    .setAction(async () => (await import("../card.js")).show)
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
    .setAction(async () => (await import("../card.js")).find)
    .build(),
  writes(["card", "buy"], "Buy a card, with an allowance or a permit")
    .addPositionalArgument(order.program)
    .addOption(order.holder)
    .addOption(order.amount)
    .addOption(order.serial)
    .addOption(order.startsAt)
    .addFlag({ name: "permit", description: "Sign a permit (ERC-2612) on the way, instead of an allowance" })
    .setAction(async () => (await import("../card.js")).buy)
    .build(),
  writes(["card", "leave"], "Ask to leave; once that is due, take the refund")
    .addPositionalArgument(card)
    .addFlag({ name: "cancel", description: "Take the request back" })
    .addOption(text("to", "Take the refund at another address"))
    .setAction(async () => (await import("../card.js")).leave)
    .build(),
  writes(["card", "move"], "Move a card to another holder: ask, consent, execute or cancel")
    .addPositionalArgument(card)
    .addOption(text("to", "Ask for a move to this holder"))
    .addFlag({ name: "consent", description: "As an operator of the merchant, consent to the move" })
    .addFlag({ name: "execute", description: "Execute the move once it is due" })
    .addFlag({ name: "cancel", description: "Cancel the move" })
    .setAction(async () => (await import("../card.js")).move)
    .build(),
  writes(["card", "refund"], "As an operator, agree to a holder's leaving and pay all that remains")
    .addPositionalArgument(card)
    .setAction(async () => (await import("../card.js")).refund)
    .build(),
  writes(["dispute", "contest"], "As an operator, contest a holder's exit, which opens a dispute")
    .addPositionalArgument(card)
    .addOption(evidence)
    .setAction(async () => (await import("../card.js")).contest)
    .build(),
  writes(["card", "accrue"], "Book the time of passes")
    .addVariadicArgument({ name: "cards", description: "Ids of the passes" })
    .addOption(gas)
    .setAction(async () => (await import("../card.js")).accrue)
    .build(),
  writes(["card", "extend"], "As an operator, extend passes: each counts as begun so much later")
    .addVariadicArgument({ name: "cards", description: "Ids of the passes" })
    .addOption(days)
    .addOption(gas)
    .setAction(async () => (await import("../card.js")).extend)
    .build(),
  group(["card", "recovery"], "Who may ask to move a holder's cards should the key be lost: show, set"),
  reads(["card", "recovery", "show"], "Show whom a holder has named")
    .addPositionalArgument({
      name: "holder",
      description: "The holder (default: the account itself)",
      defaultValue: "",
    })
    .setAction(async () => (await import("../card.js")).recoveryOf)
    .build(),
  writes(["card", "recovery", "set"], "As a holder, name who may ask to move the account's cards")
    .addPositionalArgument({ name: "to", description: "A friend, a wallet, the association", defaultValue: "" })
    .addFlag({ name: "remove", description: "Name nobody" })
    .setAction(async () => (await import("../card.js")).recovery)
    .build(),

  group("request", "What one account signs and anyone sends: exit, complaint, settlement, purchase, relay"),
  reads(["request", "exit"], "Sign a request to leave, good for a day")
    .addPositionalArgument(card)
    .addOption(out)
    .setAction(async () => (await import("../request.js")).exit)
    .build(),
  reads(["request", "complaint"], "Sign a complaint, good for a day")
    .addPositionalArgument(card)
    .addOption(evidence)
    .addOption(out)
    .setAction(async () => (await import("../request.js")).complaint)
    .build(),
  reads(["request", "settlement"], "As an operator, sign a batch of vouchers, good for a day")
    .addPositionalArgument(merchant)
    .addVariadicArgument(voucherFiles)
    .addOption(out)
    .setAction(async () => (await import("../request.js")).settlement)
    .build(),
  reads(["request", "purchase"], "As the payer, sign the price of a card (ERC-3009), good for a day")
    .addPositionalArgument(order.program)
    .addOption(order.holder)
    .addOption(order.amount)
    .addOption(order.serial)
    .addOption(order.startsAt)
    .addOption(out)
    .setAction(async () => (await import("../request.js")).purchaseOf)
    .build(),
  writes(["request", "relay"], "Send what another account signed")
    .addPositionalArgument({ name: "file", description: "What request exit, complaint, settlement or purchase wrote" })
    .setAction(async () => (await import("../request.js")).relay)
    .build(),

  writes(["dispute", "complain"], "Complain about a card")
    .addPositionalArgument(card)
    .addOption(evidence)
    .setAction(async () => (await import("../card.js")).complain)
    .build(),
  writes(["dispute", "resolve"], "Rule on a dispute, as the consumer association")
    .addPositionalArgument(card)
    .addOption(text("award", "Close the card with this much for the holder, in whole tokens"))
    .addFlag({ name: "dismiss", description: "Dismiss the dispute" })
    .addOption(decision)
    .setAction(async () => (await import("../card.js")).resolve)
    .build(),
  writes(["dispute", "extend"], "Rule on a complaint about a pass by extending it, as the consumer association")
    .addPositionalArgument(card)
    .addOption(days)
    .addOption(decision)
    .setAction(async () => (await import("../card.js")).resolveByExtension)
    .build(),
  writes(["dispute", "execute"], "Carry out a dispute on which nobody ruled in time")
    .addPositionalArgument(card)
    .setAction(async () => (await import("../card.js")).executeDispute)
    .build(),
  writes(["dispute", "end"], "End a complaint on which nobody ruled and that its holder has not carried out")
    .addPositionalArgument(card)
    .setAction(async () => (await import("../card.js")).endComplaint)
    .build(),
];
