/**
 * Keeps one harmless line of ethers off the screen.
 *
 * The compiler writes enum names instead of `uint8` into the ABI of a linked library, and ethers reports each of them
 * (`[Warning] Invalid Fragment`) whenever Ignition reads such an ABI for its constructor, which no library has.
 */
export function silenceLibraryAbiWarnings(): void {
  const print = console.log;
  console.log = (...values: unknown[]): void => {
    const [first] = values;
    if (typeof first === "string" && /^\[Warning\] Invalid Fragment .*"internalType":"enum /s.test(first)) return;
    print(...values);
  };
}
