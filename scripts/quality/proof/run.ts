import { spawn } from "node:child_process";

export interface Ran {
  /** Exit code; undefined after a timeout. */
  readonly code: number | undefined;
  /** Standard output and standard error together, in the order written. */
  readonly output: string;
}

/** Runs a program, and ends it and its child processes after a timeout. Never throws: the exit code of a missing program is 127. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly seconds: number },
): Promise<Ran> {
  return await new Promise((resolve) => {
    const group = process.platform !== "win32";
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: group,
    });
    const chunks: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid === undefined) return;
      if (group) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    }, options.seconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, output: error.message });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: late ? undefined : (code ?? 1), output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}
