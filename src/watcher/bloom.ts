import { getBytes, keccak256 } from "ethers";

/**
 * Whether a block with this bloom filter may hold a log with this address or topic. `false` is certain, `true` is not.
 *
 * @param bloom The 256 bytes of a block's `logsBloom`.
 * @param item An address or a topic.
 */
export function mayHold(bloom: string, item: string): boolean {
  const filter = getBytes(bloom);
  const hash = getBytes(keccak256(item));
  // Three bits. The low 11 bits of each of the first three pairs of bytes give a position, counted from the end.
  return [0, 2, 4].every((place) => {
    const bit = ((hash[place] ?? 0) * 256 + (hash[place + 1] ?? 0)) % 2048;
    return ((filter[255 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
  });
}

/** Whether a filter is worth reading: some chains leave it out, or leave it at zero whatever the block holds. */
export function isUsable(bloom: string | undefined): bloom is string {
  return bloom?.length === 514 && /[1-9a-f]/i.test(bloom.slice(2));
}
