import { getAddress } from "ethers";
import type { EventFragment, ParamType } from "ethers";

/** Hexadecimal digits of a word of 32 bytes. */
const WORD = 64;
const ZEROS = "0".repeat(WORD);

/**
 * Reads the word that starts at a place of a hexadecimal text.
 *
 * @returns `undefined` if digits that the type does not use are not zero: ethers then decodes the log.
 */
type ReadWord = (hex: string, start: number) => unknown;

/** Reads a value that begins at a word of the data. */
interface Reader {
  /** Number of words of the value. */
  readonly words: number;
  readonly read: ReadWord;
}

/** Checksummed addresses by their 40 digits: many logs have the same addresses. */
const checksums = new Map<string, string>();
/** Largest number of addresses that are kept: about 1 MB. */
const MOST_ADDRESSES = 8_192;

function checksummed(digits: string): string {
  let address = checksums.get(digits);
  if (address === undefined) {
    address = getAddress(`0x${digits}`);
    if (checksums.size >= MOST_ADDRESSES) checksums.clear();
    checksums.set(digits, address);
  }
  return address;
}

/** A reader of values that are right-aligned in the word, after zeros. */
function atEnd(bytes: number, convert: (digits: string) => unknown): ReadWord {
  const zeros = WORD - 2 * bytes;
  const padding = ZEROS.slice(0, zeros);
  return (hex, start) => (hex.startsWith(padding, start) ? convert(hex.slice(start + zeros, start + WORD)) : undefined);
}

const readAddress = atEnd(20, checksummed);
const readBool = atEnd(1, (digits) => (digits === "01" ? true : digits === "00" ? false : undefined));

/** The reader of a parameter; `undefined` for a type without a fixed length, or one that no event here has. */
function readerOf(type: ParamType): Reader | undefined {
  if (type.baseType === "tuple") return type.components === null ? undefined : structOf(type.components);
  if (type.baseType === "address") return { words: 1, read: readAddress };
  if (type.baseType === "bool") return { words: 1, read: readBool };
  if (type.baseType === "bytes32") return { words: 1, read: (hex, start) => `0x${hex.slice(start, start + WORD)}` };
  const [, bits] = /^uint(\d+)$/.exec(type.baseType) ?? [];
  if (bits === undefined) return undefined;
  return { words: 1, read: atEnd(Number(bits) / 8, (digits) => BigInt(`0x${digits}`)) };
}

function structOf(components: readonly ParamType[]): Reader | undefined {
  const fields: { readonly name: string; readonly offset: number; readonly read: ReadWord }[] = [];
  let words = 0;
  for (const component of components) {
    const reader = readerOf(component);
    if (reader === undefined) return undefined;
    fields.push({ name: component.name, offset: words * WORD, read: reader.read });
    words += reader.words;
  }
  const read: ReadWord = (hex, start) => {
    const values: Record<string, unknown> = {};
    for (const { name, offset, read: readField } of fields) {
      const value = readField(hex, start + offset);
      if (value === undefined) return undefined;
      values[name] = value;
    }
    return values;
  };
  return { words, read };
}

/** Reads the values of a log by their names; `undefined` if ethers must decode it. */
export type LogReader = (topics: readonly string[], data: string) => Record<string, unknown> | undefined;

const TOPIC = /^0x[0-9a-f]{64}$/;
const DATA = /^0x[0-9a-f]*$/;

/**
 * Compiles an event into a reader of its logs.
 *
 * It reads logs with exactly the words of the event, in lower case, whose unused digits are zero: contracts and nodes produce no others.
 * ethers decodes all other logs, and events with a text, a list or bytes, so that values and errors are the same as ethers'.
 */
export function compileReader({ inputs }: EventFragment): LogReader {
  const fields: { readonly name: string; readonly topic: number; readonly start: number; readonly read: ReadWord }[] =
    [];
  let topicsUsed = 1;
  let words = 0;
  for (const input of inputs) {
    const reader = readerOf(input);
    // For an indexed struct, ethers returns a hash.
    if (reader === undefined || (input.indexed === true && reader.words !== 1)) return () => undefined;
    const topic = input.indexed === true ? topicsUsed : 0;
    fields.push({ name: input.name, topic, start: topic === 0 ? 2 + words * WORD : 2, read: reader.read });
    if (topic === 0) words += reader.words;
    else topicsUsed += 1;
  }
  const [length, topicCount] = [2 + words * WORD, topicsUsed];
  return (topics, data) => {
    if (data.length !== length || topics.length !== topicCount || !DATA.test(data)) return undefined;
    const values: Record<string, unknown> = {};
    for (const { name, topic, start, read } of fields) {
      const hex = topic === 0 ? data : (topics[topic] ?? "");
      if (topic !== 0 && !TOPIC.test(hex)) return undefined;
      const value = read(hex, start);
      if (value === undefined) return undefined;
      values[name] = value;
    }
    return values;
  };
}
