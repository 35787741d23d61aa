import ts from "typescript";

import { read } from "./markdown.js";

/** What stands for a value in the title of a test that is written once for many. */
const VALUE = "…";

/** The first argument of a call, as a title; `undefined` if it is no text. */
function titleOf(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (!ts.isTemplateExpression(argument)) return undefined;
  return argument.head.text + argument.templateSpans.map(({ literal }) => VALUE + literal.text).join("");
}

/** The titles of a test file, of groups and of tests, in the order of the file; a value in one is written as `…`. */
export function titlesOf(file: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ["describe", "it"].includes(node.expression.getText())) {
      const title = titleOf(node.arguments[0]);
      if (title !== undefined) titles.push(title);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true));
  return titles;
}
