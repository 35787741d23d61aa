import path from "node:path";

import type { SolidityHooks } from "hardhat/types/hooks";

/** Gives Hardhat's compiler process the whole path of the compiler: that process imports it from a folder of its own. */
const hooks: Partial<SolidityHooks> = {
  // Hardhat's version is pinned, and this version has no other hook for it.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  getCompiler: async (context, config, next) =>
    await next(context, config.path === undefined ? config : { ...config, path: path.resolve(config.path) }),
};

export default () => Promise.resolve(hooks);
