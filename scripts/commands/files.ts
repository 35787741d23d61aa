import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

import { keccak256 } from "ethers";
import { z } from "zod";

import { InvalidInputError } from "../../src/utils/invalidInput.js";

/* The form of chain values in JSON. */

export const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "32 bytes in hexadecimal");
export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address");
export const bytes = z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/, "hexadecimal");
export const digits = z.string().regex(/^\d+$/, "digits").transform(BigInt);

/** Thrown when a file cannot be written: the disk is full, or the folder is missing or may not be written to. */
export class FileUnwritableError extends Error {
  override readonly name = "FileUnwritableError";

  constructor(
    readonly file: string,
    readonly code: string,
    options: ErrorOptions,
  ) {
    const why = code === "ENOSPC" ? "the disk is full" : code;
    super(
      `${file} cannot be written (${why}); what was there before is as it was. Next: make room or choose another file, then repeat.`,
      options,
    );
  }
}

/**
 * The hash of a document for the chain: keccak256 of a file's bytes, or the hash that was given.
 *
 * @param option Name of the option.
 * @param value A file, or the hash itself.
 */
export function hashOf(option: string, value: string): string {
  if (/^0x[0-9a-fA-F]{64}$/.test(value)) return value;
  return keccak256(read(`--${option}`, value, "a file that can be read, or a hash of 32 bytes"));
}

/** A file's text. */
export function readText(what: string, file: string): string {
  return read(what, file, "a file that can be read").toString("utf8");
}

function read(what: string, file: string, allowed: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(what, file, allowed, `check the path (${code})`);
  }
}

/**
 * Reads a JSON text, and checks it against a schema.
 *
 * @param what Name of the text, for the error.
 * @param allowed The expected content, in words.
 */
export function parseJson<Schema extends z.ZodType>(
  what: string,
  text: string,
  schema: Schema,
  allowed: string,
): z.infer<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new InvalidInputError(what, "no JSON", allowed, "correct the file");
  }
  const { data, error } = schema.safeParse(content);
  if (error === undefined) return data;
  const [issue] = error.issues;
  const place = [what, ...(issue?.path ?? [])].join(".");
  throw new InvalidInputError(place, issue?.message ?? "unreadable", allowed, "correct the file");
}

/**
 * Writes a file whole or not at all.
 *
 * @throws FileUnwritableError if that fails; an earlier file is then unchanged.
 */
export function writeWhole(file: string, text: string): void {
  // A device or a pipe cannot be replaced, so it is written to directly.
  const special = existsSync(file) && !statSync(file).isFile();
  const draft = special ? file : `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    if (!special) renameSync(draft, file);
  } catch (error) {
    if (!special) rmSync(draft, { force: true });
    throw new FileUnwritableError(file, (error as NodeJS.ErrnoException).code ?? "unknown", { cause: error });
  }
}
