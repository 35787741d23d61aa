import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import ts from "typescript";

import { ROOT, filesBelow } from "../helpers/markdown.js";

/** What a file loads before it runs: imports of values, not of types, and not those a function makes when it is called. */
function loadedBy(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isTypes = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : !ts.isExportDeclaration(statement) || statement.isTypeOnly;
    const { moduleSpecifier } = statement as ts.ImportDeclaration | ts.ExportDeclaration;
    return isTypes || moduleSpecifier === undefined ? [] : [(moduleSpecifier as ts.StringLiteral).text];
  });
}

describe("The till in a browser", () => {
  it("loads nothing but ethers until a book or the native library is asked for", () => {
    const loaded = new Set<string>();
    for (const file of filesBelow("src/till", ".ts")) {
      for (const name of loadedBy(file)) if (!name.startsWith(".")) loaded.add(name);
    }
    expect([...loaded]).to.deep.equal(["ethers"]);
  });
});
