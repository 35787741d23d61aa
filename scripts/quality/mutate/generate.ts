import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";

import { run } from "../proof/run.js";
import type { Tools } from "../proof/tools.js";

/** One change of one file: the bytes from `start` to `end` become `text`. */
export interface Change {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** All changes of a file by universalmutator, each once, in the order of the file. */
export async function generate(tools: Tools, file: string): Promise<Change[]> {
  const mutate = await tools.python("mutate");
  const folder = path.join(tools.folder, "mutants", file);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const source = path.join(tools.root, file);
  const args = [source, "solidity", "--noCheck", "--mutantDir", folder];
  const { code, output } = await run(mutate, args, { cwd: folder, seconds: 600 });
  if (code !== 0) throw new Error(`universalmutator failed:\n${output}`);
  const original = await readFile(source);
  const found = new Map<string, Change>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".sol")) continue;
    const change = difference(file, original, await readFile(path.join(folder, name)));
    if (change !== undefined) found.set(`${change.start} ${change.end} ${change.text}`, change);
  }
  await rm(folder, { recursive: true });
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1));
}

function difference(file: string, before: Buffer, after: Buffer): Change | undefined {
  if (before.equals(after)) return undefined;
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let left = 0;
  const most = Math.min(before.length, after.length) - start;
  while (left < most && before[before.length - 1 - left] === after[after.length - 1 - left]) left += 1;
  const line = before.subarray(0, start).toString("latin1").split("\n").length;
  const text = after.subarray(start, after.length - left).toString();
  return { file, line, start, end: before.length - left, text };
}
