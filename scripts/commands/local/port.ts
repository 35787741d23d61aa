/** The port of the local node if `LOCAL_PORT` is not set. It is Hardhat's default, too. */
export const DEFAULT_PORT = 8545;

/** Thrown when `LOCAL_PORT` is no port. */
export class PortError extends Error {
  override readonly name = "PortError";

  constructor(readonly value: string) {
    super(
      `LOCAL_PORT is "${value}"; allowed are whole numbers from 1 to 65535. Next: change it, or leave it out for ${DEFAULT_PORT}.`,
    );
  }
}

/**
 * The port of the local node, the same for `npm run node`, `npm run deploy:local` and every command with
 * `--network localhost`.
 *
 * @param value `LOCAL_PORT` of the environment or of `.env`; an empty one counts as none.
 * @returns The port.
 * @throws PortError if the value is no port.
 */
export function localPort(value: string | undefined): number {
  if (value === undefined || value === "") return DEFAULT_PORT;
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port < 1 || port > 65_535) throw new PortError(value);
  return port;
}

/** {@link localPort} of the environment, for the configuration. A wrong value ends the process with one sentence. */
export function configuredPort(): number {
  try {
    return localPort(process.env.LOCAL_PORT);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    process.exit(1);
  }
}
