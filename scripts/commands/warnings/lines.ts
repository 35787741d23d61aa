import { Contract, Interface } from "ethers";
import type { ContractRunner } from "ethers";

import { isEvent } from "../../../src/contracts/events.js";
import type { EscrowEvent } from "../../../src/contracts/events.js";
import { describeWarning } from "../../../src/format/warnings.js";
import type { ChainEvent } from "../../../src/watcher/index.js";
import { IPrepaidEscrow__factory } from "../../../types/ethers-contracts/index.js";

/** Decimals and symbol of a token. */
interface TokenUnits {
  readonly decimals: number;
  readonly symbol: string;
}

/**
 * Writes events as sentences, amounts in the merchant's token.
 *
 * @param escrow The escrow of the merchants; without it amounts are in base units.
 * @param runner The provider that reads the tokens of merchants.
 */
export function sentences(
  escrow: string | undefined,
  runner: ContractRunner,
): (chainEvent: ChainEvent) => Promise<string> {
  const tokenOf = escrow === undefined ? () => Promise.resolve(undefined) : tokensOf(escrow, runner);
  return async (chainEvent) => await sentence(chainEvent, tokenOf);
}

/** A chain event as one line of JSON, with chain numbers as strings. */
export function jsonLine(chainEvent: ChainEvent): string {
  return JSON.stringify(chainEvent, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

async function sentence(
  { kind, event }: ChainEvent,
  tokenOf: (merchantId: bigint) => Promise<TokenUnits | undefined>,
): Promise<string> {
  const place = `block ${event.blockNumber}${kind === "removed" ? ", taken back" : ""}`;
  return printable(`${place}: ${await describe(event, tokenOf)}`);
}

/** A text from the chain that is safe to print: control and direction characters are shown as numbers. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ""}}`);
}

async function describe(
  event: EscrowEvent,
  tokenOf: (merchantId: bigint) => Promise<TokenUnits | undefined>,
): Promise<string> {
  if (isEvent(event, "WarningRaised")) {
    return describeWarning(event, (await tokenOf(event.args.merchantId)) ?? { decimals: 0, symbol: "base units" });
  }
  if (isEvent(event, "WarningCleared")) return `Cleared for merchant ${event.args.merchantId}: ${event.args.kind}.`;
  const values = Object.entries(event.args).map(([name, value]) => `${name} ${written(value)}`);
  return `${event.name} (${values.join(", ")})`;
}

/** A value of an event, on one line. */
function written(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item)).replaceAll(
    '"',
    "",
  );
}

/** Reads the token of each merchant once: it never changes. If it cannot be read, amounts are in base units. */
function tokensOf(address: string, runner: ContractRunner): (merchantId: bigint) => Promise<TokenUnits | undefined> {
  const escrow = IPrepaidEscrow__factory.connect(address, runner);
  const known = new Map<bigint, TokenUnits>();
  return async (merchantId) => {
    const found = known.get(merchantId);
    if (found !== undefined) return found;
    try {
      const { token } = await escrow.merchant(merchantId);
      const erc20 = new Contract(token, metadata, runner);
      const answers: unknown[] = await Promise.all([erc20.getFunction("decimals")(), erc20.getFunction("symbol")()]);
      const units = { decimals: Number(answers[0]), symbol: String(answers[1]) };
      known.set(merchantId, units);
      return units;
    } catch {
      return undefined;
    }
  };
}

const metadata = new Interface(["function decimals() view returns (uint8)", "function symbol() view returns (string)"]);
