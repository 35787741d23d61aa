import type { SolidityHooks } from "hardhat/types/hooks";

/** Leaves warnings about the sources of npm packages out of the build's output: nobody here can act on them. */
const hooks: Partial<SolidityHooks> = {
  getCompilationJobErrors: async (context, job, output, next) => {
    const errors = await next(context, job, output);
    return errors.filter(
      ({ severity, formattedMessage }) =>
        severity === "error" || !/^\s*--> .*\bnode_modules\b/m.test(formattedMessage ?? ""),
    );
  },
};

export default () => Promise.resolve(hooks);
