/**
 * Does some work, and prints on the error output what it is and how many seconds it took.
 *
 * @param what Begins a line: "Building the page".
 */
export async function say<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  process.stderr.write(`${what} ... `);
  const result = await work();
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}
