/**
 * Which folder may import which. `npm run lint:imports` holds it for `src/` and `scripts/`; the rules of the console are in
 * app/.dependency-cruiser.mjs. Imports of types alone count.
 */

/** Folders of src/, each with those it may import besides itself. What stands further down is imported by nothing above it. */
const PACKAGE = {
  utils: [],
  contracts: ["utils"],
  format: ["utils", "contracts"],
  actions: ["utils", "contracts"],
  presets: ["utils", "contracts"],
  client: ["utils", "contracts", "format", "actions"],
  watcher: ["utils", "contracts"],
  ledger: ["utils", "contracts", "format"],
  till: ["utils", "contracts", "actions", "client", "watcher"],
  node: ["utils", "watcher", "till"],
  locales: ["utils", "contracts", "format", "presets", "client", "till"],
};

/** Folders of scripts/, likewise. */
const SCRIPTS = {
  terminal: [],
  packages: [],
  commands: ["terminal"],
  demo: ["terminal"],
  docs: ["terminal", "packages"],
  app: ["terminal", "packages", "demo"],
  quality: ["terminal", "packages", "app"],
};

function layers(root, folders) {
  return Object.entries(folders).map(([folder, allowed]) => ({
    name: `${root}-${folder}`,
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
    ...layers("src", PACKAGE),
    ...layers("scripts", SCRIPTS),
    {
      name: "package-stands-alone",
      comment: "The package imports its own modules, its data, the contracts' types and what is installed.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(?:app|contracts|deploy|docs|scripts|test)/|^hardhat\\.config" },
    },
    {
      name: "databases-and-servers-only-in-node",
      comment: "Everything but src/node runs in a browser.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/node/" },
      to: {
        path: "^(?:node:)?(?:assert|child_process|crypto|events|fs|http|https|net|os|path|process|sqlite|stream|url|util|worker_threads)(?:/|$)|node_modules/(?:@types/)?(?:pg|prom-client)/",
        dependencyTypesNot: ["local"],
      },
    },
    {
      name: "nothing-of-development",
      comment: "Whoever installs the package does not get its devDependencies.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"],
        dependencyTypesNot: ["npm", "npm-peer", "npm-optional", "type-only"],
      },
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
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^types/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
