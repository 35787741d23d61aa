import { expect } from "chai";
import hre from "hardhat";

import { filesBelow, page, read } from "../helpers/markdown.js";

/* One vocabulary, that of docs/glossary.md: what a word was called before does not come back. */

/** Identifiers that are retired, and what to write instead. Everyday words are not held: only what names a thing of the project. */
const identifiers: Readonly<Record<string, string>> = {
  // Kinds of programs, and rules.
  Session: "Count",
  Term: "Pass",
  Silence: "NoObjection",
  maxSessions: "maxCount",
  maxTerm: "maxPassTerm",
  maxTermDays: "maxPassTermDays",
  longestTerm: "longestPassTerm",
  // Consumptions and vouchers.
  SignedConsumption: "KeyVoucher",
  ContractConsumption: "ContractVoucher",
  SignedConsumptionStruct: "KeyVoucherStruct",
  ContractConsumptionStruct: "ContractVoucherStruct",
  VisitOrder: "ConsumptionOrder",
  AskedVisit: "PendingConsumption",
  Charge: "ConsumptionRequest",
  ChargeDisplay: "ConsumptionDisplay",
  ChargeableCard: "UsableCard",
  requireChargeable: "requireUsable",
  BookedVisit: "BookedVoucher",
  LostVisit: "LostVoucher",
  RestoredVisit: "RestoredVoucher",
  VisitRow: "VoucherRow",
  SentRow: "SentVoucher",
  PlannedRow: "PlannedVoucher",
  RowOutcome: "VoucherOutcome",
  contractRow: "contractVoucher",
  contractRows: "contractVouchers",
  keyRow: "keyVoucher",
  maxRows: "maxVouchers",
  enoughRows: "enoughVouchers",
  perRow: "perVoucher",
  CONTRACT_ROW_GAS: "CONTRACT_VOUCHER_GAS",
  signRow: "signVoucher",
  signContractRow: "signContractVoucher",
  SignedRow: "SignedVoucher",
  SignedVisit: "StoredVoucher",
  unsignedRow: "spoiltVoucher",
  asContractRow: "asContractVoucher",
  readRows: "readVouchers",
  readRowFiles: "readVoucherFiles",
  readContractRowFiles: "readContractVoucherFiles",
  CarriedRow: "CarriedVoucher",
  VisitStaleError: "RequestStaleError",
  VisitRepeatedError: "VoucherRepeatedError",
  VisitNotAskedError: "VoucherNotRequestedError",
  VisitUnknownError: "VoucherUnknownError",
  VisitProof: "ConsumptionProof",
  VisitRequest: "ConsumptionLink",
  KeptVisit: "StoredReceiptLink",
  proveVisit: "proveConsumption",
  verifyVisit: "verifyConsumption",
  acceptAnswer: "acceptVoucher",
  askConsumption: "consumptionRequest",
  askSettlement: "settlementRequest",
  askExit: "exitRequest",
  askComplaint: "complaintRequest",
  askAuthorization: "authorizationRequest",
  askPermit: "permitRequest",
  till_visits: "till_vouchers",
  rowOf: "keyVoucherOf",
  visitOf: "voucherOf",
  proveBookedVisit: "proveBookedConsumption",
  restoreVisit: "restoreVoucher",
  confirmVisit: "confirmConsumption",
  ROW_GAS: "ITEM_GAS",
  // What the till does.
  sendRemembered: "sendRecorded",
  sendDearer: "replaceWithHigherFee",
  Departure: "PreparedTransaction",
  departure: "prepared",
  // The watcher.
  KeptNotice: "KeptChainEvent",
  NoticeRow: "ChainEventRow",
  noticeOf: "chainEventOf",
  noticeOfRow: "chainEventOfRow",
  onNotice: "onChainEvent",
  retracted: "removed",
  retractions: "removals",
  watch_notices: "watch_events",
  PassingFault: "TransientFault",
  // Asking a node, the ledger.
  askedView: "rpcView",
  askedOfEach: "rpcEach",
  untilMined: "confirm",
  EventFold: "EventLedger",
  FoldedState: "LedgerState",
  FoldedMerchant: "LedgerMerchant",
  FoldedCard: "LedgerCard",
  FoldedAccount: "LedgerAccount",
  FoldableEvent: "LedgerEvent",
  foldEvents: "ledgerState",
  // Commands.
  asksAgain: "needsRequest",
  HARDHAT_PORT: "DEFAULT_PORT",
  // The demo and the fuzz tests.
  StoryError: "DemoError",
  StoryResult: "DemoResult",
  StoryArguments: "DemoArguments",
  Told: "PlayedStep",
  playLife: "playRun",
  LifeFailure: "FuzzFailure",
  LifeOptions: "FuzzOptions",
  LIVES_MINUTES: "FUZZ_MINUTES",
  LIVES_COMPARE: "FUZZ_COMPARE",
  // Contracts.
  _countedUntil: "_accruesUntil",
  _openCard: "_requireOpenCard",
};

/** Commands, headwords and paths that are retired: a pattern for each, and what to write instead. */
const phrases: readonly (readonly [pattern: string, instead: string])[] = [
  ["consumption (?:sign|verify)\\b(?!ed)", "voucher sign, voucher verify"],
  ["hh -- (?:settle|settle-contract-holders)\\b", "voucher settle, voucher settle-contract-holders"],
  ["hh -- pay-out\\b", "merchant pay-out"],
  ["hh -- (?:complain|resolve|execute-dispute)\\b", "dispute complain, dispute resolve, dispute execute"],
  ["card contest\\b", "dispute contest"],
  ["warnings dead\\b(?!-)", "warnings dead-letters"],
  ["--kind (?:session|term)\\b", "--kind count, --kind pass"],
  ["session cards?\\b", "count card"],
  ["term cards?\\b", "pass"],
  ["(?<!deposit )\\b[Rr]ule sets?\\b", "preset (data), policy (on chain)"],
  ["hardhat story\\b", "hardhat demo"],
  ["hardhat lives\\b", "hardhat fuzz"],
  ["npm run lives\\b", "npm run fuzz"],
  ["scripts/story\\b", "scripts/demo"],
  ["test/stories\\b", "test/demo"],
  ["test/lives\\b", "test/fuzz"],
  ["[Rr]andom lives\\b", "random runs"],
  ["Settling\\.fall\\b", "Settling.reduceOutstanding"],
  ["Exits\\s*\\.leaving\\b", "Exits.loadExit"],
  ["\\.bury\\(", "deadLetter"],
  ["\\bnew Bell\\(", "Notifier"],
  ["ledger/fold\\b", "ledger/eventLedger"],
  ["ledger/folded\\b", "ledger/ledgerViews"],
  ["sdk/fold\\b", "sdk/ledger"],
  ["\\b[Ff]old(?:ing|s)? (?:an |of )?events?\\b", "apply an event"],
  ["warnings/tell\\b", "warnings/lines"],
];

const places: readonly (readonly [folder: string, ...extensions: readonly string[]])[] = [
  ["contracts", ".sol"],
  ["src", ".ts"],
  ["scripts", ".ts", ".mjs", ".json", ".txt"],
  ["test", ".ts", ".sol", ".json"],
  ["app/src", ".ts", ".tsx", ".css"],
  ["app/test", ".ts"],
  ["app/dev", ".json"],
  ["deploy", ".ts", ".json5"],
  ["docs", ".md"],
  ["data", ".json", ".md"],
];

/** Sources, documentation and commands; not what quotes old words: the changelog, the glossary, and this list. */
const files = [
  ...places.flatMap(([folder, ...extensions]) => extensions.flatMap((extension) => filesBelow(folder, extension))),
  "README.md",
  "SECURITY.md",
  "hardhat.config.ts",
].filter((file) => !/(^|\/)(node_modules|dist|cache)\/|(^|\/)(glossary\.md|vocabulary\.test\.ts)$/.test(file));

const retired = new RegExp(
  [
    `(?<![\\w$])(?:${Object.keys(identifiers).join("|")})(?![\\w$])`,
    ...phrases.map(([pattern]) => `(?:${pattern})`),
  ].join("|"),
  "g",
);

/** What to write instead of something that the pattern has found. */
function insteadOf(found: string): string {
  const phrase = phrases.find(([pattern]) => new RegExp(`^(?:${pattern})$`).test(found));
  return identifiers[found] ?? phrase?.[1] ?? "see docs/glossary.md";
}

/** Every retired word of a text: `file:line: "word" is retired; write …`. */
function findingsIn(file: string, text: string): string[] {
  return [...text.matchAll(retired)].map(({ 0: found, index }) => {
    const line = text.slice(0, index).split("\n").length;
    return `${file}:${line}: "${found}" is retired; write ${insteadOf(found)}`;
  });
}

/** Everything that a file of code names: comments are left out, for a word in a comment is no name. */
function namesOf(file: string): string[] {
  const code = read(file).replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, "");
  return code.match(/[A-Za-z_]\w*/g) ?? [];
}

/** What the glossary names and the repository does not have. */
function missingOf(spans: readonly string[]): string[] {
  const code = [...filesBelow("contracts", ".sol"), ...filesBelow("src", ".ts")];
  const names = new Set(code.flatMap(namesOf));
  const scripts = Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts);
  const kinds = ["stored-value", "count", "pass"].filter((kind) => read("scripts/commands/program.ts").includes(kind));
  const presets = read("data/presets.json");
  const isTask = (words: readonly string[]): boolean => {
    let task = hre.tasks.rootTasks.get(words[0]!);
    for (const word of words.slice(1)) task = task?.subtasks.get(word);
    return task !== undefined;
  };
  const exists = (span: string): boolean => {
    const npm = /^npm (?:run )?(\S+)$/.exec(span);
    if (npm !== null) return scripts.includes(npm[1]!);
    const kind = /^--kind (\S+)$/.exec(span);
    if (kind !== null) return kinds.includes(kind[1]!);
    if (/^[a-z]+(?: [a-z]+(?:-[a-z]+)*)+$/.test(span)) return isTask(span.split(" "));
    if (/^[A-Z]{2}(?:-[A-Z0-9]+)+$/.test(span)) return presets.includes(`"${span}"`);
    if (/^[A-Za-z_]\w*(?:\.\w+)*$/.test(span)) return span.split(".").every((name) => names.has(name));
    return filesBelow("test", ".ts").includes(span) || filesBelow("data", ".json").includes(span);
  };
  return spans.filter((span) => !exists(span));
}

describe("The vocabulary", () => {
  it("has no retired word in sources, documentation and commands", () => {
    expect(files.length).to.be.at.least(300);
    expect(files.flatMap((file) => findingsIn(file, read(file)))).to.deep.equal([]);
  });

  it("finds a retired word wherever it stands, and names file, line and the word to use", () => {
    const text = 'const a: BookedVisit;\n\nnpm run hh -- consumption sign 0x1\ntake "Silence"';
    expect(findingsIn("x.ts", text)).to.deep.equal([
      'x.ts:1: "BookedVisit" is retired; write BookedVoucher',
      'x.ts:3: "consumption sign" is retired; write voucher sign, voucher verify',
      'x.ts:4: "Silence" is retired; write NoObjection',
    ]);
    expect(findingsIn("x.ts", "BookedVisitor, _BookedVisit, deposit rule set 1, consumption signed")).to.deep.equal([]);
  });

  it("retires no word that takes the place of another", () => {
    const current = new Set(Object.values(identifiers));
    expect(Object.keys(identifiers).filter((word) => current.has(word))).to.deep.equal([]);
  });

  it("explains the words that took their place", () => {
    const glossary = read("docs/glossary.md");
    for (const word of ["consumption", "voucher", "chain event", "delivery", "count card", "pass", "preset", "demo"])
      expect(glossary, word).to.include(`**${word}**`);
  });

  it("names nothing in its glossary that does not exist: identifiers, commands, options, presets, files", () => {
    const { spans } = page("docs/glossary.md");
    expect(spans.length).to.be.at.least(100);
    expect(missingOf(spans)).to.deep.equal([]);
    const invented = [
      "BookedVisit",
      "client.bookedVisits",
      "card contest",
      "npm run lives2",
      "--kind term",
      "XX-NOWHERE-1",
      "a/b.ts",
    ];
    expect(missingOf([...invented, "Till", "client.quote", "voucher sign"])).to.deep.equal(invented);
  });

  it("has the Chinese words of the glossary in the Chinese texts", () => {
    const texts = ["app/src/i18n/zh.ts", ...filesBelow("src/locales", ".ts")].map(read).join("\n");
    const chinese = page("docs/glossary.md").prose.match(/\p{Script=Han}+/gu) ?? [];
    expect(chinese.length).to.be.at.least(30);
    expect(chinese.filter((word) => !texts.includes(word))).to.deep.equal([]);
  });
});
