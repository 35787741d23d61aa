import path from "node:path";

import type { SolidityHooks } from "hardhat/types/hooks";

const hooks: Partial<SolidityHooks> = {
  /**
   * Gives the compiler's path relative to the project's folder. The path is one of the settings that identify a build: with an
   * absolute path, a copy of the project would compile everything again.
   */
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Hardhat 3.18 has no other place to resolve the path.
  getCompiler: async (context, config, next) =>
    await next(
      context,
      config.path === undefined ? config : { ...config, path: path.resolve(context.config.paths.root, config.path) },
    ),

  /** Removes warnings about the sources of npm packages from the build's output: this project cannot act on them. */
  getCompilationJobErrors: async (context, job, output, next) => {
    const errors = await next(context, job, output);
    return errors.filter(
      ({ severity, formattedMessage }) =>
        severity === "error" || !/^\s*--> .*\bnode_modules\b/m.test(formattedMessage ?? ""),
    );
  },
};

export default () => Promise.resolve(hooks);
