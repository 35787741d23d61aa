import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

export const hash = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);

/** The result of `make`, which is kept in a file of that name for later calls. */
export async function remembered<T>(file: string, make: () => T | Promise<T>): Promise<T> {
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as T;
  const made = await make();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(made));
  return made;
}

/** Reads a file with one JSON object on each line; an empty list if there is no file. */
export async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as T);
}
