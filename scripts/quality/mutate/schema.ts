import { compile, REMAPPINGS, type Sources } from "../proof/compile.js";
import type { Change } from "./generate.js";

/** The file of the function that reads which mutant is on. */
export const SWITCH = "contracts/Mutants.sol";
/** The balance of this account is the number of the mutant that is on. With a balance of zero the contracts are unchanged. */
export const SWITCH_ACCOUNT = "0x0000000000000000000000000000000000A17E12";
/** With this balance no mutant is on, and the contracts report the places that are reached. */
export const RECORD = 2n ** 128n;
/** With this balance no mutant is on. */
export const NO_MUTANT = RECORD - 1n;

/**
 * The code in pure functions reads a balance too, so the reading functions are cast to pure ones. `isWithin` is called once for all
 * mutants of a place, and sends the number of the first one to Hardhat's coverage address.
 */
const SWITCH_SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;
function readWithin(uint256 first, uint256 last) view returns (bool) {
    uint256 on = address(${SWITCH_ACCOUNT}).balance;
    if (on == ${RECORD}) {
        assembly ("memory-safe") {
            mstore(0, first)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, 0, 32, 0, 0))
        }
    }
    return first <= on && on <= last;
}
function readUpTo(uint256 last) view returns (bool) {
    return address(${SWITCH_ACCOUNT}).balance <= last;
}
function isWithin(uint256 first, uint256 last) pure returns (bool) {
    function(uint256, uint256) internal view returns (bool) read = readWithin;
    function(uint256, uint256) internal pure returns (bool) asPure;
    assembly ("memory-safe") {
        asPure := read
    }
    return asPure(first, last);
}
function isUpTo(uint256 last) pure returns (bool) {
    function(uint256) internal view returns (bool) read = readUpTo;
    function(uint256) internal pure returns (bool) asPure;
    assembly ("memory-safe") {
        asPure := read
    }
    return asPure(last);
}
`;

export interface Mutant extends Change {
  /** Mutants of one place have consecutive numbers. */
  readonly number: number;
  /** The number of the first mutant of the same place, which a test records when it reaches the place. */
  readonly site: number;
  /** The source text before and after the change. */
  readonly before: string;
  readonly after: string;
}

interface Node {
  readonly nodeType: string;
  readonly src: string;
  readonly [member: string]: unknown;
}

/** A part of the source whose version can be chosen at run time. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly kind: "expression" | "statement" | "jump";
}

interface Placed {
  readonly mutant: Mutant;
  readonly place: Place;
}

/** A part that is replaced as a whole by one of its versions. */
interface Site extends Place {
  readonly mutants: Mutant[];
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "nodeType" in value;
const rangeOf = ({ src }: Node): { start: number; end: number } => {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return { start, end: start + length };
};

/** Whether a change inserts a jump between two statements. */
const isJump = ({ start, end, text }: Change): boolean => start === end && /^\s*(continue|break);\s*$/.test(text);

/** Number of changes whose grammar is checked at once. */
const AT_ONCE = 500;

const STATEMENTS = ["ExpressionStatement", "Return", "RevertStatement", "EmitStatement", "Break", "Continue"];

/** The smallest place around a change whose version can be chosen at run time. */
function placeOf(tree: unknown, change: Change): Place | undefined {
  let found: Place | undefined;
  const visit = (value: unknown, inLoopHead: boolean): void => {
    if (typeof value !== "object" || value === null) return;
    if (isNode(value)) {
      const { nodeType } = value;
      const { start, end } = rangeOf(value);
      if (nodeType === "InlineAssembly" || change.start < start || change.end > end) {
        // A part of an assembly block cannot be replaced from outside.
        if (nodeType === "InlineAssembly" && change.start < end && change.end > start) found = undefined;
        return;
      }
      if (STATEMENTS.includes(nodeType) && !inLoopHead) {
        // The node ends before its semicolon.
        found = { start, end: end + 1, kind: "statement" };
      }
      const conditions = ["IfStatement", "Conditional", "ForStatement", "WhileStatement"];
      const chosen = conditions.includes(nodeType)
        ? value.condition
        : nodeType === "VariableDeclarationStatement"
          ? value.initialValue
          : undefined;
      if (isNode(chosen)) {
        const range = rangeOf(chosen);
        if (range.start <= change.start && change.end <= range.end) found = { ...range, kind: "expression" };
      }
      if (isJump(change) && Array.isArray(value.statements) && change.start > start) {
        const within = value.statements
          .filter(isNode)
          .some((one) => rangeOf(one).start < change.start && change.start <= rangeOf(one).end);
        found = within ? undefined : { start: change.start, end: change.start, kind: "jump" };
      }
      if (nodeType === "ForStatement") {
        for (const [name, child] of Object.entries(value)) {
          visit(child, name === "initializationExpression" || name === "loopExpression");
        }
        return;
      }
    }
    for (const child of Object.values(value)) visit(child, false);
  };
  visit(tree, false);
  return found;
}

/** All mutants in one set of sources. */
export interface Schema {
  readonly sources: Sources;
  readonly mutants: readonly Mutant[];
  /** By file: number of changes that can be chosen at run time and are grammatical. Some of them may not compile. */
  readonly candidates: Readonly<Record<string, number>>;
}

/**
 * Merges changes into one set of sources, in which the balance of {@link SWITCH_ACCOUNT} decides which change is on. Changes that cannot
 * be chosen at run time (declarations, assembly, comments) and changes that do not compile are left out.
 *
 * @param changes The changes. A sample takes the first ones.
 * @param sample Number of changes of each file. Default: all.
 */
export function merge(root: string, originals: Sources, changes: readonly Change[], sample?: number): Schema {
  const trees = treesOf(root, originals);
  const fitting: Placed[] = [];
  for (const change of changes) {
    const place = placeOf(trees[change.file], change);
    if (place === undefined) continue;
    const bytes = Buffer.from(originals[change.file] ?? "");
    const before = bytes.subarray(place.start, place.end).toString();
    const after =
      bytes.subarray(place.start, change.start).toString() +
      change.text +
      bytes.subarray(change.end, place.end).toString();
    const squeezed = (text: string): string => text.replaceAll(/\s+/g, "");
    if (squeezed(before) === squeezed(after)) continue;
    fitting.push({ mutant: { ...change, number: fitting.length + 1, site: 0, before, after }, place });
  }
  const placed: Placed[] = [];
  for (let i = 0; i < fitting.length; i += AT_ONCE) placed.push(...grammatical(fitting.slice(i, i + AT_ONCE)));
  const candidates: Record<string, number> = {};
  for (const { mutant } of placed) candidates[mutant.file] = (candidates[mutant.file] ?? 0) + 1;

  // About half of them do not compile.
  let inside = sample === undefined ? placed : firstOf(placed, sample * 3);
  for (;;) {
    const { sources, spans } = write(originals, inside, "chains");
    const failed = failures(root, sources);
    if (failed.length === 0) break;
    const out = new Set<number>();
    for (const { file, at } of failed) {
      for (const span of spans) if (span.file === file && span.start <= at && at < span.end) out.add(span.number);
    }
    if (out.size === 0) throw new Error(`What is merged does not compile: ${failed[0]?.message ?? ""}`);
    inside = inside.filter(({ mutant }) => !out.has(mutant.number));
  }
  inside = numbered(sample === undefined ? inside : firstOf(inside, sample));
  const { sources } = write(originals, inside, "trees");
  const [failed] = failures(root, sources);
  if (failed !== undefined) {
    throw new Error(`Mutants that compile one by one do not as a tree, in ${failed.file}: ${failed.message}`);
  }
  return { sources, mutants: inside.map(({ mutant }) => mutant), candidates };
}

/** Numbers the mutants anew, place by place: 1, 2, 3 … */
function numbered(placed: readonly Placed[]): Placed[] {
  const numbers = new Map<Mutant, { readonly number: number; readonly site: number }>();
  for (const file of new Set(placed.map(({ mutant }) => mutant.file))) {
    for (const { mutants } of sitesOf(placed, file)) {
      const site = numbers.size + 1;
      for (const mutant of mutants) numbers.set(mutant, { number: numbers.size + 1, site });
    }
  }
  return placed.map(({ mutant, place }) => ({ mutant: { ...mutant, ...numbers.get(mutant) }, place }));
}

/** The places of a file in their order. An outer place comes before the inner ones. */
function sitesOf(placed: readonly Placed[], file: string): Site[] {
  const sites = new Map<string, Site>();
  for (const { mutant, place } of placed) {
    if (mutant.file !== file) continue;
    const key = `${place.start} ${place.end} ${place.kind}`;
    const site = sites.get(key) ?? { ...place, mutants: [] };
    site.mutants.push(mutant);
    sites.set(key, site);
  }
  return [...sites.values()].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** The first `count` of each file. */
function firstOf(placed: readonly Placed[], count: number): Placed[] {
  const taken = new Map<string, number>();
  return placed.filter(({ mutant: { file } }) => {
    const before = taken.get(file) ?? 0;
    taken.set(file, before + 1);
    return before < count;
  });
}

/** The changes whose text is a statement or an expression, as their place requires. */
function grammatical(placed: readonly Placed[]): Placed[] {
  const sources: Sources = {};
  for (const { mutant, place } of placed) {
    const body = place.kind === "expression" ? `(${mutant.after});` : mutant.after;
    sources[`${mutant.number}.sol`] = `function f() { while (true) { ${body} } }`;
  }
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { stopAfter: "parsing" },
  };
  const { errors = [] } = compile(".", sources, input, { tolerant: true });
  const broken = new Set(
    errors.filter(({ severity }) => severity === "error").map(({ sourceLocation }) => sourceLocation?.file),
  );
  return placed.filter(({ mutant }) => !broken.has(`${mutant.number}.sol`));
}

interface Span {
  readonly file: string;
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

interface Written {
  readonly sources: Sources;
  /** The span of each mutant and its condition, in a chain. */
  readonly spans: readonly Span[];
}

/**
 * Writes all versions of each place side by side. In a chain, a compiler error is found at its own mutant. A binary tree stays shallow
 * with hundreds of versions; the syntax tree of a long chain would be too deep for the tools that read it.
 */
function write(originals: Sources, placed: readonly Placed[], shape: "chains" | "trees"): Written {
  const sources: Sources = { ...originals, [SWITCH]: SWITCH_SOURCE };
  const spans: Span[] = [];
  for (const file of new Set(placed.map(({ mutant }) => mutant.file))) {
    const ordered = sitesOf(placed, file);
    const bytes = Buffer.from(originals[file] ?? "");
    const up = "../".repeat(file.split("/").length - 2);
    const pragma = "pragma solidity 0.8.36;";
    const line = `${pragma} import {isUpTo, isWithin} from "${up === "" ? "./" : up}Mutants.sol";`;
    const shift = Buffer.byteLength(line) - Buffer.byteLength(pragma);
    let text = "";
    let length = 0;
    const add = (more: string): void => {
      text += more;
      length += Buffer.byteLength(more);
    };
    /** Writes all versions of the site before `next`, with the sites inside it. Returns the index of the next site. */
    const put = ({ start, end, kind, mutants }: Site, next: number): number => {
      let after = next;
      const [open, close] = kind === "expression" ? ["(", ")"] : ["{ ", " }"];
      const choose = (question: string, first: () => void, second: () => void): void => {
        add(kind === "expression" ? `${question} ? ` : `if (${question}) `);
        first();
        add(kind === "expression" ? " : " : " else ");
        second();
      };
      /** Writes some versions. The condition of the first begins at `asked`. `undefined` is the original. */
      const versions = (some: readonly (Mutant | undefined)[], asked: number): void => {
        const [mutant] = some;
        if (some.length === 1) {
          add(open);
          if (mutant === undefined) after = range(start, end, next);
          else add(mutant.after.trim());
          add(close);
          if (mutant !== undefined) {
            spans.push({ file, number: mutant.number, start: asked + shift, end: length + shift });
          }
          return;
        }
        const half = shape === "chains" ? 1 : Math.floor(some.length / 2);
        const at = length;
        choose(
          `isUpTo(${some[half - 1]?.number ?? 0})`,
          () => {
            versions(some.slice(0, half), at);
          },
          () => {
            versions(some.slice(half), length);
          },
        );
      };
      add(open);
      if (shape === "chains") versions([...mutants, undefined], length);
      else {
        choose(
          `isWithin(${mutants[0]?.number ?? 0}, ${mutants.at(-1)?.number ?? 0})`,
          () => {
            versions(mutants, length);
          },
          () => {
            versions([undefined], length);
          },
        );
      }
      add(close);
      return after;
    };
    /** Writes the bytes from `from` to `to`, with the sites inside them, beginning at `next`. Returns the index of the next site. */
    const range = (from: number, to: number, next: number): number => {
      let at = from;
      let i = next;
      for (let site = ordered[i]; site !== undefined && site.end <= to && site.start >= at; site = ordered[i]) {
        add(bytes.subarray(at, site.start).toString());
        i = put(site, i + 1);
        at = site.end;
      }
      add(bytes.subarray(at, to).toString());
      return i;
    };
    range(0, bytes.length, 0);
    sources[file] = text.replace(pragma, line);
  }
  return { sources, spans };
}

function treesOf(root: string, sources: Sources): Record<string, unknown> {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { remappings: REMAPPINGS, outputSelection: { "*": { "": ["ast"] } } },
  };
  return Object.fromEntries(
    Object.entries(compile(root, sources, input).sources).map(([file, { ast }]) => [file, ast]),
  );
}

/** The compiler errors of these sources, at most 256: the compiler then gives up. */
function failures(root: string, sources: Sources): { file: string; at: number; message: string }[] {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { remappings: REMAPPINGS, outputSelection: {} },
  };
  const { errors = [] } = compile(root, sources, input, { tolerant: true });
  return errors
    .filter(({ severity }) => severity === "error")
    .map(({ sourceLocation, message }) => ({
      file: sourceLocation?.file ?? "",
      at: sourceLocation?.start ?? 0,
      message,
    }));
}
