/**
 * Which folder of app/src may import which. app/test/0-imports.test.ts holds it; the rules of the package are in
 * ../.dependency-cruiser.mjs. Imports of types alone count.
 */

/** Folders of app/src, each with those it may import besides itself. What stands further down is imported by nothing above it. */
const FOLDERS = {
  // Pure helpers.
  lib: [],
  // Texts, amounts and times in the reader's language.
  i18n: ["lib"],
  // Controls that know nothing of the chain.
  ui: ["lib", "i18n"],
  // Settings, wallet, node, events and sending.
  chain: ["lib", "i18n"],
  // Controls that know the chain, for every feature.
  components: ["lib", "i18n", "ui", "chain"],
  // What people do here, one folder a matter; features may import each other, but in no circle.
  features: ["lib", "i18n", "ui", "chain", "components"],
  // Pages of a role, made of features.
  pages: ["lib", "i18n", "ui", "chain", "components", "features"],
  // The frame of every page.
  shell: ["lib", "i18n", "ui", "chain", "components", "features", "pages"],
};

/** Folders of app/src/chain, likewise. */
const CHAIN = {
  // The browser's database, and evidence in it.
  storage: [],
  // Wallets of the browser.
  wallet: [],
  // The watcher in the browser, and the ledger it makes.
  following: ["storage"],
  // Settings, the node, and what a page has of the chain.
  node: ["storage", "wallet", "following"],
  // Hooks that read.
  reading: ["storage", "wallet", "following", "node"],
  // The hook that sends.
  sending: ["storage", "wallet", "following", "node", "reading"],
};

const ROLES = ["holder", "merchant", "supervision"];

function layers(root, folders) {
  return Object.entries(folders).map(([folder, allowed]) => ({
    name: `${root.replaceAll("/", "-")}-${folder}`,
    comment: `${root}/${folder} imports nothing of ${root}/ but ${["itself", ...allowed].join(", ")}.`,
    severity: "error",
    from: { path: `^${root}/${folder}/` },
    to: { path: `^${root}/`, pathNot: `^${root}/(?:${[folder, ...allowed].join("|")})/` },
  }));
}

export default {
  forbidden: [
    {
      name: "no-circular",
      comment: "Two modules that import each other are one module in two files.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-circular-folders",
      comment: "Two features that import each other are one feature in two folders.",
      severity: "error",
      scope: "folder",
      from: { path: "^src/(?:chain|features)/" },
      to: { circular: true },
    },
    ...layers("src", FOLDERS),
    ...layers("src/chain", CHAIN),
    ...ROLES.map((role) => ({
      name: `pages-of-${role}`,
      comment: "Pages of a role import no other role's pages; what two roles share is a feature.",
      severity: "error",
      from: { path: `^src/pages/${role}/` },
      to: { path: "^src/pages/", pathNot: `^src/pages/${role}/` },
    })),
    {
      name: "package-by-name",
      comment:
        "The console imports the package as its users do, by its name, and nothing else of the repository but the contracts' types.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^\\.\\./", pathNot: "^\\.\\./(?:types|node_modules)/", dependencyTypesNot: ["aliased"] },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere is checked by no other rule.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^\\.\\./"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "browser", "default"] },
  },
};
