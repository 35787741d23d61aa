/** The exit code of a failed command. */
let wanted: number | undefined;

// Hardhat ends every failed task with 1. This replaces the code if a command has set another one.
process.on("exit", () => {
  if (process.exitCode === 1 && wanted !== undefined) process.exitCode = wanted;
});

/** Sets the exit code of the process for a command that fails. */
export function exitWith(code: number): void {
  wanted = code;
}
