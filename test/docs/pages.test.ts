import { existsSync, statSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { Interface } from "ethers";
import hre from "hardhat";
import { TaskDefinitionType } from "hardhat/types/tasks";
import type { Task } from "hardhat/types/tasks";

import { commands } from "../../scripts/commands/tasks.js";

import {
  AccessManager__factory,
  DepositRegister__factory,
  DepositVault__factory,
  IDepositRegister__factory,
  IERC3009__factory,
  IPrepaidEscrow__factory,
  IVaultFactory__factory,
  MerchantVault__factory,
  PrepaidEscrow__factory,
  TestToken__factory,
} from "../../types/ethers-contracts/index.js";
import { ROOT, anchorOf, filesBelow, page, read } from "../helpers/markdown.js";
import type { Page } from "../helpers/markdown.js";

const pages: readonly Page[] = ["README.md", "SECURITY.md", "CHANGELOG.md", ...filesBelow("docs", ".md")].map(page);

/** Other files with commands for a person to type. */
const instructions = [".env.example", ...filesBelow("deploy", ".json5"), ...filesBelow("deploy", ".ts")];

const abis = [
  IDepositRegister__factory,
  DepositRegister__factory,
  DepositVault__factory,
  IPrepaidEscrow__factory,
  PrepaidEscrow__factory,
  MerchantVault__factory,
  IVaultFactory__factory,
  IERC3009__factory,
  AccessManager__factory,
  TestToken__factory,
].map(({ abi }) => new Interface(abi));

/** Parameter names of each function, event and error, by name; those of overloads side by side. */
const declared = new Map<string, string[]>();
for (const abi of abis) {
  const add = ({ name, inputs }: { name: string; inputs: readonly { name: string }[] }): void => {
    declared.set(name, [...(declared.get(name) ?? []), inputs.map((input) => input.name).join(", ")]);
  };
  abi.forEachFunction(add);
  abi.forEachEvent(add);
  abi.forEachError(add);
}

/** Every source in which a name can stand. */
const sources = [
  ...["contracts", "test/mocks"].flatMap((folder) => filesBelow(folder, ".sol")),
  ...["src", "deploy", "scripts"].flatMap((folder) => filesBelow(folder, ".ts")),
  ...filesBelow("data", ".json"),
  "package.json",
  "hardhat.config.ts",
  ".env.example",
];
const words = new Set(sources.flatMap((file) => read(file).match(/\w+/g) ?? []));
const solidityFunctions = new Set(
  sources
    .filter((file) => file.endsWith(".sol"))
    .flatMap((file) => [...read(file).matchAll(/\bfunction (\w+)/g)].map((match) => match[1]!)),
);

const manifest = JSON.parse(read("package.json")) as {
  readonly name: string;
  readonly scripts: Record<string, string>;
  readonly exports: Record<string, unknown>;
};
const { scripts } = manifest;

for (const one of pages) {
  describe(one.file, () => {
    it("links to what exists", () => {
      for (const link of one.links.filter((target) => !/^https?:/.test(target))) {
        const [target = "", anchor] = link.split("#");
        const file = target === "" ? one.file : path.posix.join(path.posix.dirname(one.file), target);
        expect(existsSync(path.join(ROOT, file)), `${link} exists`).to.be.true;
        if (anchor !== undefined) expect(page(file).headings.map(anchorOf), link).to.include(anchor);
      }
    });

    it("names paths that exist", () => {
      const isPath = /^[\w.@-]+(?:\/[\w.@-]+)*\/?$/;
      const named = one.spans.filter((span) => isPath.test(span) && /\/|\.(?:ts|sol|json|mjs|md)$/.test(span));
      for (const name of named.filter((span) => !span.startsWith("@"))) {
        if (name.startsWith(`${manifest.name}/`)) {
          // What a program imports.
          expect(Object.keys(manifest.exports)).to.include(name.replace(manifest.name, "."));
          continue;
        }
        const file = path.join(ROOT, name);
        expect(existsSync(file), `${name} exists`).to.be.true;
        if (name.endsWith("/")) expect(statSync(file).isDirectory(), `${name} is a folder`).to.be.true;
      }
    });

    it("writes calls, events and errors as the contracts have them", () => {
      for (const span of one.spans) {
        const match = /^(\w+)\(((?:\w+(?:, \w+)*)?)\)$/.exec(span);
        if (match === null) continue;
        const [, name, parameters] = match;
        if (name!.startsWith("_")) {
          expect([...solidityFunctions], "internal functions").to.include(name);
          continue;
        }
        expect(declared.has(name!), `${name!} is in an ABI`).to.be.true;
        if (parameters !== "") expect(declared.get(name!), span).to.include(parameters);
      }
    });

    it("uses no name that the sources do not have", () => {
      const isName = /^(?:[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|_\w+|[A-Z]+(?:_[A-Z0-9]+)+)$/;
      const unknown = one.spans.filter((span) => isName.test(span) && !words.has(span) && !declared.has(span));
      expect(unknown).to.be.empty;
    });
  });
}

/** Paths of files below the folders of the project that a text names, in backticks or not; those of links are checked with the links. */
function pathsIn(text: string): string[] {
  const folders = "app|contracts|data|deploy|docs|scripts|snapshots|src|test";
  return [
    ...text.matchAll(new RegExp(`(?<![\\w./@#-])(?:${folders})/[\\w./-]*\\w\\.(?:json5?|mjs|sol|tsx?|txt|md)\\b`, "g")),
  ].map(([found]) => found);
}

/** Files that a command writes. */
const generated = /^(?:app\/dist|deploy\/deployments|docs\/\.vitepress\/dist|docs\/api)\//;

describe("Paths in prose and help", () => {
  const texts = [
    ...pages.map(({ file, prose }) => [file, prose.replaceAll(/\]\([^)]*\)/g, "]")] as const),
    ...["data/scenarios/README.md", ...filesBelow("scripts/help", ".txt")].map((file) => [file, read(file)] as const),
  ];

  it("are those of files that exist", () => {
    const named = texts.flatMap(([file, text]) => pathsIn(text).map((name) => `${file}: ${name}`));
    expect(named.length).to.be.at.least(40);
    const lost = named.filter((each) => {
      const name = each.split(": ")[1]!;
      return !generated.test(name) && !existsSync(path.join(ROOT, name));
    });
    expect(lost).to.deep.equal([]);
  });

  it("and are found in backticks, in brackets and at the end of a sentence, not inside another path", () => {
    const text =
      "in IndexedDB (app/src/a.ts), `src/b.ts`, see docs/c.md. Not ../src/d.ts, my/src/e.ts, @x/src/f.ts, src/g.";
    expect(pathsIn(text)).to.deep.equal(["app/src/a.ts", "src/b.ts", "docs/c.md"]);
  });
});

describe("Commands in the documentation", () => {
  const texts = [
    ...pages.map(({ file, text }) => [file, text] as const),
    ...instructions.map((file) => [file, read(file)] as const),
  ];

  it("are scripts of package.json", () => {
    let seen = 0;
    for (const [file, text] of texts) {
      for (const [, command, name] of text.matchAll(/\bnpm (start|test|run ([\w:-]+))/g)) {
        expect(scripts, `${file}: npm ${command!}`).to.have.property(name ?? command!);
        seen += 1;
      }
    }
    expect(seen).to.be.at.least(15);
  });

  it("are tasks of Hardhat", () => {
    let seen = 0;
    for (const [file, text] of texts) {
      for (const [, line] of text.matchAll(/npm run hh -- ([a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*)?)/g)) {
        const [first = "", second] = line!.split(" ");
        const task = hre.tasks.rootTasks.get(first);
        expect(task, `${file}: ${line!}`).to.not.be.undefined;
        if (second !== undefined && task!.subtasks.size > 0) {
          expect([...task!.subtasks.keys()], `${file}: ${line!}`).to.include(second);
        }
        seen += 1;
      }
    }
    expect(seen).to.be.at.least(5);
  });

  it("stand in prose, in help and in the sources under the names that they have", () => {
    const named = [
      ...pages.flatMap(({ file, spans }) => spans.map((span) => [file, span] as const)),
      ...["scripts", "src", "app/src"].flatMap((folder) =>
        [".ts", ".tsx", ".txt"].flatMap((extension) =>
          filesBelow(folder, extension).flatMap((file) =>
            [...read(file).matchAll(/npm run hh -- ([a-z][a-z -]*[a-z])/g)].map((match) => [file, match[1]!] as const),
          ),
        ),
      ),
    ];
    let seen = 0;
    const unknown = named.filter(([, text]) => {
      const [first, ...rest] = /^[a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*)+/.exec(text)?.[0].split(" ") ?? [];
      let task = first === undefined ? undefined : hre.tasks.rootTasks.get(first);
      if (task === undefined) return false;
      seen += 1;
      while (task !== undefined && task.subtasks.size > 0 && rest.length > 0) task = task.subtasks.get(rest.shift()!);
      return task === undefined;
    });
    expect(unknown).to.deep.equal([]);
    expect(seen).to.be.at.least(50);
  });

  it("are all in the line that describes their group, and no other", () => {
    const groups = commands.filter(
      ({ type, description }) => type === TaskDefinitionType.EMPTY_TASK && description !== "",
    );
    expect(groups.length).to.be.at.least(10);
    for (const { id, description } of groups) {
      const group = id
        .slice(1)
        .reduce<Task | undefined>((task, word) => task?.subtasks.get(word), hre.tasks.rootTasks.get(id[0]!));
      const listed = description.slice(description.lastIndexOf(": ") + 2).split(", ");
      expect(listed, id.join(" ")).to.have.members([...group!.subtasks.keys()]);
    }
  });

  it("deploy modules that exist", () => {
    let seen = 0;
    for (const [file, text] of texts) {
      for (const [module] of text.matchAll(/\bdeploy\/(?:modules|parameters)\/[\w.-]+\w/g)) {
        expect(existsSync(path.join(ROOT, module)), `${file}: ${module}`).to.be.true;
        seen += 1;
      }
    }
    expect(seen).to.be.at.least(5);
  });
});
