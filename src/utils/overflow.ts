/**
 * The time that did not fit its field, in Unix seconds; `undefined` for another number.
 *
 * Times have 32 bits, and of the numbers with so many only they come to their end; 64 bits have the end of a final window above the
 * moment at which the service stopped.
 */
export function overflownTime({ value, bits }: { readonly value: bigint; readonly bits: bigint }): bigint | undefined {
  if (bits === 32n) return value;
  return bits === 64n ? value >> 32n : undefined;
}
