/**
 * Does some work, and prints its name and duration on standard error.
 *
 * @param what Name of the work at the beginning of a line: "Building the page".
 */
export async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  process.stderr.write(`${what} ... `);
  const result = await work();
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}
