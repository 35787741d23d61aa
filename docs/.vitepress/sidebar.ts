/** A group of pages: its title, and each page's title and address. */
export type Group = readonly [title: string, pages: readonly (readonly [title: string, address: string])[]];

/** The pages written by hand, in the order in which a stranger reads them. */
export const groups: readonly Group[] = [
  [
    "Start",
    [
      ["Prepaid Escrow", "/"],
      ["The demo", "/demo"],
      ["The console", "/console"],
      ["A card's life, by hand", "/by-hand"],
      ["Deployment", "/deployment"],
      ["Scenarios", "/scenarios"],
    ],
  ],
  [
    "How it works",
    [
      ["Overview", "/overview"],
      ["Promises", "/promises"],
      ["Presets", "/presets"],
      ["Refunds in many laws", "/legal"],
      ["Gas", "/gas"],
      ["Architecture", "/architecture"],
      ["Glossary", "/glossary"],
    ],
  ],
  [
    "Build on it",
    [
      ["The package", "/package"],
      ["The till", "/till"],
      ["Watching", "/watching"],
      ["Commands on a network", "/commands"],
      ["API reference", "/api/"],
    ],
  ],
  [
    "Operations",
    [
      ["All operations", "/operations/"],
      ["Merchants and programs", "/operations/merchants-and-programs"],
      ["Buying", "/operations/buying"],
      ["Settling", "/operations/settling"],
      ["Passes", "/operations/passes"],
      ["Paying out", "/operations/paying-out"],
      ["Leaving", "/operations/leaving"],
      ["Disputes", "/operations/disputes"],
      ["Moving", "/operations/moving"],
      ["Warnings", "/operations/warnings"],
      ["Suspension", "/operations/suspension"],
      ["Run-off", "/operations/run-off"],
      ["Default", "/operations/default"],
      ["Deposit: rules and reports", "/operations/deposit-rules-and-reports"],
      ["Deposit: money", "/operations/deposit-money"],
      ["Deposit: surety", "/operations/deposit-surety"],
      ["Deposit: default", "/operations/deposit-default"],
    ],
  ],
  [
    "Threat model",
    [
      ["How to read it", "/threat-model/"],
      ["Assumptions", "/threat-model/assumptions"],
      ["Holder", "/threat-model/holder"],
      ["Payer", "/threat-model/payer"],
      ["Merchant's owner", "/threat-model/owner"],
      ["Operator", "/threat-model/operator"],
      ["Payout address", "/threat-model/payout"],
      ["Regulator", "/threat-model/regulator"],
      ["Association", "/threat-model/association"],
      ["Reporter", "/threat-model/reporter"],
      ["Administrator", "/threat-model/administrator"],
      ["Surety", "/threat-model/surety"],
      ["Relayer, and anyone", "/threat-model/relayer"],
      ["Token's issuer", "/threat-model/issuer"],
      ["Node and RPC", "/threat-model/node"],
      ["Till software", "/threat-model/till"],
      ["Contract wallet", "/threat-model/contract-wallet"],
      ["Anybody", "/threat-model/anybody"],
    ],
  ],
  [
    "Assurance",
    [
      ["Security", "/security"],
      ["Invariants", "/invariants"],
      ["Proofs", "/proofs"],
      ["Static analysis", "/analysis"],
      ["Mutation", "/mutation"],
      ["Coverage", "/coverage"],
      ["Random runs", "/fuzz"],
    ],
  ],
  [
    "The repository",
    [
      ["Every npm command", "/development"],
      ["Changelog", "/changelog"],
      ["Decisions", "/adr/"],
    ],
  ],
];
