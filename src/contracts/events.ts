import { Interface } from "ethers";
import type { EventFragment } from "ethers";

import { IDepositRegister__factory, IPrepaidEscrow__factory } from "./abi.js";
import type { IDepositRegister, IPrepaidEscrow, TypedContractEvent } from "./abi.js";
import {
  ClaimSkipReason,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  SkipReason,
  WarningKind,
  WarningLevel,
  nameOf,
} from "./enums.js";
import type {
  ClaimSkipReasonName,
  DisputeKindName,
  ExitRuleName,
  MerchantStatusName,
  ProgramKindName,
  SkipReasonName,
  WarningKindName,
  WarningLevelName,
} from "./enums.js";
import { compileReader } from "./logDecoder.js";
import type { LogReader } from "./logDecoder.js";
import { plain } from "../utils/results.js";

type Filters = IPrepaidEscrow["filters"] & Omit<IDepositRegister["filters"], keyof IPrepaidEscrow["filters"]>;
type OutputOf<Event> =
  Event extends TypedContractEvent<infer Input, infer Tuple, infer Output> ? [Input, Tuple, Output][2] : never;

/** The name of an event of the escrow or of the deposit register, which share those of warnings. */
export type EscrowEventName = Exclude<keyof Filters, `${string}(${string}`>;

/** The fields that are numbers of an enumeration on chain and names here. */
interface NamedFields {
  ConsumptionSkipped: { reason: SkipReasonName };
  CardRefunded: { rule: ExitRuleName };
  DisputeDismissed: { kind: DisputeKindName };
  DisputeUpheld: { kind: DisputeKindName };
  DefaultWithdrawn: { status: MerchantStatusName };
  ClaimSkipped: { reason: ClaimSkipReasonName };
  WarningRaised: { kind: WarningKindName; level: WarningLevelName };
  WarningCleared: { kind: WarningKindName };
  ProgramPublished: {
    terms: {
      kind: ProgramKindName;
      bearer: boolean;
      price: bigint;
      units: bigint;
      listPrice: bigint;
      feeFree: boolean;
      metadataURI: string;
    };
  };
}

type Fields<Name extends EscrowEventName> = OutputOf<Filters[Name]>;

/** The values of an event: amounts in token base units, times in Unix seconds, enumerations by name. */
export type EscrowEventArgs<Name extends EscrowEventName> = Readonly<
  Name extends keyof NamedFields ? Omit<Fields<Name>, keyof NamedFields[Name]> & NamedFields[Name] : Fields<Name>
>;

/** The fields of a log that decoding needs. ethers' `Log` has them, and so has a result of `eth_getLogs` with its numbers read. */
export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** Position of the log in its block. */
  readonly index: number;
}

/** An event and where it was found. */
export interface DecodedEvent<Name extends EscrowEventName> {
  readonly name: Name;
  readonly args: EscrowEventArgs<Name>;
  /** The contract that emitted it. */
  readonly address: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** Position of the log in its block. */
  readonly index: number;
}

/** Any event of the escrow or of the deposit register, with `name` as the discriminant. */
export type EscrowEvent = { [Name in EscrowEventName]: DecodedEvent<Name> }[EscrowEventName];

/** By topic; ethers would hash every event of the ABI again for each log. */
const fragments = new Map<string, EventFragment>();
for (const { abi } of [IPrepaidEscrow__factory, IDepositRegister__factory]) {
  new Interface(abi).forEachEvent((fragment) => fragments.set(fragment.topicHash, fragment));
}
const abi = new Interface([...fragments.values()]);
/** By topic. Each is compiled for its first log. */
const readers = new Map<string, LogReader>();
/** The types name the events of the same ABIs. */
const topics = Object.fromEntries([...fragments].map(([topic, { name }]) => [name, topic])) as Record<
  EscrowEventName,
  string
>;

/** The names of all events of the escrow and the deposit register. */
export const eventNames: readonly EscrowEventName[] = [...fragments.values()].map(
  ({ name }) => name as EscrowEventName,
);

const enumsOf: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, bigint>>>>>> = {
  ConsumptionSkipped: { reason: SkipReason },
  CardRefunded: { rule: ExitRule },
  DisputeDismissed: { kind: DisputeKind },
  DisputeUpheld: { kind: DisputeKind },
  DefaultWithdrawn: { status: MerchantStatus },
  ClaimSkipped: { reason: ClaimSkipReason },
  WarningRaised: { kind: WarningKind, level: WarningLevel },
  WarningCleared: { kind: WarningKind },
};

/**
 * An event of the escrow or of the deposit register, read from its log.
 *
 * @param log A log of one of them. Filter logs by their addresses: other contracts may emit events of the same name.
 * @returns `undefined` if it is another event (the role manager's `AuthorityUpdated`, a token's `Transfer`, ...).
 * @throws RangeError if an enumeration has an unknown number: the contract is newer than this package.
 */
export function decodeEvent(log: RawLog): EscrowEvent | undefined {
  const [topic = ""] = log.topics;
  const fragment = fragments.get(topic);
  if (fragment === undefined) return undefined;
  const { name } = fragment;
  let read = readers.get(topic);
  if (read === undefined) readers.set(topic, (read = compileReader(fragment)));
  const args =
    read(log.topics, log.data) ??
    (plain(abi.decodeEventLog(fragment, log.data, log.topics)) as Record<string, unknown>);
  const enums = enumsOf[name];
  if (enums !== undefined) {
    for (const field in enums) args[field] = nameOf(enums[field] ?? {}, args[field] as bigint);
  }
  if (name === "ProgramPublished") {
    const terms = args.terms as Record<string, unknown>;
    args.terms = { ...terms, kind: nameOf(ProgramKind, terms.kind as bigint) };
  }
  const { address, blockNumber, blockHash, transactionHash, index } = log;
  // Names and values are those of the ABI the types are made from.
  return { name, args, address, blockNumber, blockHash, transactionHash, index } as EscrowEvent;
}

/**
 * The events of the escrow and of the deposit register among these logs, in their order.
 *
 * @param logs Logs of the two contracts.
 */
export function decodeEvents(logs: readonly RawLog[]): EscrowEvent[] {
  return logs.map(decodeEvent).filter((event) => event !== undefined);
}

/** Whether an event has this name, with its values typed. */
export function isEvent<Name extends EscrowEventName>(
  event: EscrowEvent,
  name: Name,
): event is EscrowEvent & DecodedEvent<Name> {
  return event.name === name;
}

/** The topic that a node filters this event by. */
export function topicOf(name: EscrowEventName): string {
  return topics[name];
}
