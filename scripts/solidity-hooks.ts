import path from "node:path";

import type { SolidityHooks } from "hardhat/types/hooks";

const hooks: Partial<SolidityHooks> = {
  /**
   * Finds the compiler from the project's folder. Hardhat knows a build by its settings, this path among them: with an
   * absolute one a copy of the project would compile everything again.
   */
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Hardhat 3.18 has no other place to resolve the path.
  getCompiler: async (context, config, next) =>
    await next(
      context,
      config.path === undefined ? config : { ...config, path: path.resolve(context.config.paths.root, config.path) },
    ),

  /** Leaves warnings about the sources of npm packages out of the build's output: nobody here can act on them. */
  getCompilationJobErrors: async (context, job, output, next) => {
    const errors = await next(context, job, output);
    return errors.filter(
      ({ severity, formattedMessage }) =>
        severity === "error" || !/^\s*--> .*\bnode_modules\b/m.test(formattedMessage ?? ""),
    );
  },
};

export default () => Promise.resolve(hooks);
