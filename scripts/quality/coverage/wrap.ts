import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

/** The file of the functions that conditions are wrapped into. */
export const PROBES = "Branches.sol";

/** A node of the compiler's syntax tree; `src` is `start:length:file`, in bytes. */
interface Node {
  readonly nodeType: string;
  readonly src: string;
  readonly [member: string]: unknown;
}
/** A place at which the code can branch. */
export interface Branch {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** The values that count, each with its line in the probes' file; no line if it cannot be measured. */
  readonly outcomes: readonly (readonly [value: string, probe: number | undefined])[];
}

export const toPosix = (name: string) => name.split(path.sep).join("/");

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "nodeType" in value;
const rangeOf = ({ src }: Node) => {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return { start, end: start + length };
};

/** All nodes below `value`, in the order of the tree. */
function* nodesOf(value: unknown): Generator<Node> {
  if (isNode(value)) yield value;
  if (typeof value !== "object" || value === null) return;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

/** The operands that decide a condition. */
function operandsOf(condition: unknown): Node[] {
  if (!isNode(condition)) return [];
  const { nodeType, operator, leftExpression, rightExpression, components } = condition;
  if (nodeType === "BinaryOperation" && (operator === "&&" || operator === "||")) {
    return [...operandsOf(leftExpression), ...operandsOf(rightExpression)];
  }
  if (nodeType === "TupleExpression" && Array.isArray(components)) return operandsOf(components[0]);
  return [condition];
}

/** The conditions of a node to wrap. */
function conditionsOf(node: Node): Node[] {
  switch (node.nodeType) {
    case "IfStatement":
    case "Conditional":
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
      return operandsOf(node.condition);
    case "BinaryOperation":
      return node.operator === "&&" || node.operator === "||" ? operandsOf(node) : [];
    case "FunctionCall": {
      const { expression, arguments: args } = node as Node & { expression: Node; arguments: Node[] };
      return expression.nodeType === "Identifier" && expression.name === "require" ? operandsOf(args[0]) : [];
    }
    default:
      return [];
  }
}

/** Wraps the conditions of the Solidity files below `folder` in place. Returns the branches that are measured. */
export async function wrapConditions(folder: string): Promise<Branch[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".sol")).sort();
  const contents = new Map<string, Buffer>();
  for (const name of names) contents.set(name, await readFile(path.join(folder, name)));
  const trees = parse(contents);

  const branches: Branch[] = [];
  const probes = ["pragma solidity >=0.8.0;"];
  for (const [name, content] of contents) {
    // The insertions at an offset: first the brackets of conditions that end there, then the calls that begin there, the outer ones first.
    const closing = new Map<number, string>();
    const opening = new Map<number, string>();
    const insert = (into: Map<number, string>, at: number, text: string) => into.set(at, (into.get(at) ?? "") + text);
    const note = (node: Node, outcomes: Branch["outcomes"]) => {
      const { start, end } = rangeOf(node);
      const line = content.subarray(0, start).toString().split("\n").length;
      const text = content.subarray(start, end).toString().replace(/\s+/g, " ").slice(0, 90);
      branches.push({ file: path.posix.join("contracts", toPosix(name)), line, text, outcomes });
    };
    const wrapped = new Set<string>();
    for (const node of nodesOf(trees.get(name))) {
      for (const condition of conditionsOf(node).filter(({ src }) => !wrapped.has(src))) {
        wrapped.add(condition.src);
        const first = probes.length + 1;
        const probe = `branch${first}`;
        probes.push(
          `function ${probe}(bool c) pure returns (bool) {`,
          "if (c) {",
          "return true;",
          "}",
          "return false;",
          "}",
        );
        insert(opening, rangeOf(condition).start, `${probe}(`);
        insert(closing, rangeOf(condition).end, ")");
        note(condition, [
          ["true", first + 2],
          ["false", first + 4],
        ]);
      }
      if (node.nodeType === "TryCatchClause") {
        const first = probes.length + 1;
        probes.push(`function branch${first}() pure returns (bool) {`, "return true;", "}");
        insert(opening, rangeOf(node.block as Node).start + 1, `branch${first}();`);
        note(node, [["reached", first + 1]]);
      }
      if (/^Yul(If|Switch|ForLoop)$/.test(node.nodeType)) {
        note(node, [
          ["true", undefined],
          ["false", undefined],
        ]);
      }
    }
    if (opening.size === 0) continue;
    const pragma = [...nodesOf(trees.get(name))].find(({ nodeType }) => nodeType === "PragmaDirective");
    if (pragma === undefined) throw new Error(`${name} has no pragma`);
    const up = "../".repeat(toPosix(name).split("/").length - 1);
    insert(closing, rangeOf(pragma).end, ` import "${up === "" ? "./" : up}${PROBES}";`);

    const offsets = [...new Set([...closing.keys(), ...opening.keys()])].sort((a, b) => a - b);
    let text = "";
    let from = 0;
    for (const offset of offsets) {
      text += content.subarray(from, offset).toString() + (closing.get(offset) ?? "") + (opening.get(offset) ?? "");
      from = offset;
    }
    await writeFile(path.join(folder, name), text + content.subarray(from).toString());
  }
  await writeFile(path.join(folder, PROBES), `${probes.join("\n")}\n`);
  return branches;
}

/** The compiler's syntax trees of these sources. Imports are not resolved. */
function parse(sources: ReadonlyMap<string, Buffer>): Map<string, unknown> {
  const solc = createRequire(import.meta.url)("solc") as {
    compile: (input: string, callbacks: { import: () => { contents: string } }) => string;
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...sources].map(([name, content]) => [name, { content: content.toString() }])),
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: () => ({ contents: "" }) })) as {
    errors?: readonly { severity: string; formattedMessage: string }[];
    sources: Record<string, { ast: unknown }>;
  };
  const failure = output.errors?.find(({ severity }) => severity === "error");
  if (failure !== undefined) throw new Error(failure.formattedMessage);
  return new Map(Object.entries(output.sources).map(([name, { ast }]) => [name, ast]));
}
