/** The code a failed command asked for. */
let wanted: number | undefined;

// Hardhat ends every failed task with 1; this says more where there is more to say, and changes nothing else.
process.on("exit", () => {
  if (process.exitCode === 1 && wanted !== undefined) process.exitCode = wanted;
});

/** Ends the process with this code instead of 1, if Hardhat takes the command for failed. */
export function exitWith(code: number): void {
  wanted = code;
}
