import { card, gas, group, merchant, number, reads, voucherFiles, text, writes } from "./build.js";

/** Commands about vouchers: signing, settling, paying out, proving. */
export const vouchers = [
  group("voucher", "Vouchers, a holder's signed consumptions: sign, verify, settle, settle-contract-holders"),
  reads(["voucher", "sign"], "As the holder, sign what has been consumed so far, as a line that can be carried")
    .addPositionalArgument(card)
    .addPositionalArgument({
      name: "cumulative",
      description: "The card's consumption so far, the newest included: visits, or whole tokens of stored value",
    })
    .addOption(text("item", "What was consumed; hashed with a salt into the receipt, with --receipts"))
    .addOption(text("receipts", "File that keeps the card's visits; the new one is added"))
    .addOption(text("receipt", "The receipt itself, where another program keeps them"))
    .addOption(text("out", "Also write the voucher to this file, as JSON if it ends in .json"))
    .setAction(async () => (await import("../voucher.js")).sign)
    .build(),
  reads(["voucher", "verify"], "Check vouchers against the chain, without sending anything")
    .addPositionalArgument({ name: "voucher", description: "The line of voucher sign, or a file with vouchers" })
    .setAction(async () => (await import("../voucher.js")).verify)
    .build(),
  writes(["voucher", "settle"], "Book vouchers, as an operator")
    .addPositionalArgument(merchant)
    .addVariadicArgument(voucherFiles)
    .addFlag({ name: "payOut", description: "Pay the merchant out with the last of the transactions" })
    .addOption(gas)
    .setAction(async () => (await import("../voucher.js")).settle)
    .build(),
  writes(["voucher", "settle-contract-holders"], "Book vouchers of holders that are contracts, as an operator")
    .addPositionalArgument(merchant)
    .addVariadicArgument({ name: "vouchers", description: "JSON files with cardId, cumulative, receipt and signature" })
    .addOption(gas)
    .setAction(async () => (await import("../voucher.js")).settleContractHolders)
    .build(),
  writes(["merchant", "pay-out"], "Pay a merchant what it has earned")
    .addPositionalArgument(merchant)
    .setAction(async () => (await import("../merchant.js")).payOut)
    .build(),
  group("proof", "Proofs of single consumptions: show"),
  reads(["proof", "show"], "Prove one consumption of a file of receipts against what was settled")
    .addPositionalArgument({ name: "receipts", description: "File that voucher sign keeps with --receipts" })
    .addPositionalArgument(number("visit", "Which consumption of the file, counted from 1"))
    .setAction(async () => (await import("../voucher.js")).proof)
    .build(),
];
