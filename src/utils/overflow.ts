/**
 * The time that did not fit its field, in Unix seconds; `undefined` if the number is no time.
 *
 * A number that overflows 32 bits is a time: no other field of that width comes near its limit. A number that overflows 64 bits holds
 * the end of a final window in its upper half, and the time at which service stopped in its lower half.
 */
export function overflownTime({ value, bits }: { readonly value: bigint; readonly bits: bigint }): bigint | undefined {
  if (bits === 32n) return value;
  return bits === 64n ? value >> 32n : undefined;
}
