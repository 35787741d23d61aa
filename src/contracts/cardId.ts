import { getAddress, toBeHex } from "ethers";

import { InvalidInputError } from "../utils/invalidInput.js";

const MAX_PROGRAM_ID = 2n ** 32n - 1n;
const MAX_SERIAL = 2n ** 64n - 1n;

/** The parts of a card id. */
export interface CardIdParts {
  /** Owner of the card, checksummed. */
  readonly holder: string;
  /** Id of the program. */
  readonly programId: bigint;
  /** Number of the card among the holder's cards of that program. */
  readonly serial: bigint;
}

/**
 * The id of a card: holder (160 bits) ‖ program (32) ‖ serial (64).
 *
 * @throws InvalidInputError if the holder is no address, or a number does not fit.
 * Source: `contracts/types/CardId.sol`.
 */
export function encodeCardId(parts: CardIdParts): string {
  const holder = checksummed("holder", parts.holder);
  requireWithin("programId", parts.programId, MAX_PROGRAM_ID);
  requireWithin("serial", parts.serial, MAX_SERIAL);
  return toBeHex((BigInt(holder) << 96n) | (parts.programId << 64n) | parts.serial, 32);
}

/**
 * Decodes a card id.
 *
 * @param cardId 32 bytes in hexadecimal.
 * @throws InvalidInputError if it has another form.
 */
export function decodeCardId(cardId: string): CardIdParts {
  if (!/^0x[0-9a-fA-F]{64}$/.test(cardId)) {
    throw new InvalidInputError("cardId", cardId, "0x and 64 hexadecimal digits", "copy the whole id");
  }
  const value = BigInt(cardId);
  return {
    holder: getAddress(toBeHex(value >> 96n, 20)),
    programId: (value >> 64n) & MAX_PROGRAM_ID,
    serial: value & MAX_SERIAL,
  };
}

function checksummed(field: string, address: string): string {
  try {
    return getAddress(address);
  } catch {
    throw new InvalidInputError(field, address, "an address with 40 hexadecimal digits", "check it for typing errors");
  }
}

function requireWithin(field: string, value: bigint, max: bigint): void {
  if (value < 0n || value > max) {
    throw new InvalidInputError(field, value, `0 to ${max}`, "use the number the contract gave");
  }
}
