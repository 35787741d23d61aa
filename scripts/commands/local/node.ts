import { once } from "node:events";
import { createServer } from "node:net";

import type { TaskOverrideActionFunction } from "hardhat/types/tasks";
import { errorResult } from "hardhat/utils/result";

import { DEFAULT_PORT, localPort } from "./port.js";

interface NodeArguments {
  readonly hostname?: string | undefined;
  readonly port?: number;
}

/**
 * `npm run node`: starts Hardhat's node on the port of `LOCAL_PORT`, or prints one line if that port is taken. Hardhat fills in the
 * default port without `--port`, so the default counts as no `--port`.
 */
const node: TaskOverrideActionFunction<NodeArguments> = async (args, _hre, runSuper) => {
  const port = args.port === undefined || args.port === DEFAULT_PORT ? localPort(process.env.LOCAL_PORT) : args.port;
  const reason = await whyNotFree(port, args.hostname ?? "127.0.0.1");
  if (reason !== undefined) {
    process.stderr.write(
      `Error: port ${port} cannot be used (${reason}). Next: end what uses it, or choose another port for the node and ` +
        "for every command: LOCAL_PORT=8600 npm run node.\n",
    );
    return errorResult();
  }
  const result: unknown = await runSuper({ ...args, port });
  return result;
};

export default node;

/** The system's error code if no server can listen on a port; `undefined` if one can. */
async function whyNotFree(port: number, hostname: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, hostname);
    await once(server, "listening");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  server.close();
  await once(server, "close");
  return undefined;
}
