import { existsSync, readFileSync } from "node:fs";

import { keccak256 } from "ethers";

import { InvalidInputError } from "../../src/invalidInput.js";

/**
 * The hash that stands for a document on chain: of a file, the keccak256 of its bytes.
 *
 * @param option Name of the option.
 * @param value A file, or the hash itself.
 */
export function hashOf(option: string, value: string): string {
  if (/^0x[0-9a-fA-F]{64}$/.test(value)) return value;
  if (!existsSync(value)) {
    throw new InvalidInputError(`--${option}`, value, "a file, or a hash of 32 bytes", "check the path");
  }
  return keccak256(readFileSync(value));
}
