"use strict";

// The reporter of a process that runs some of the test files. Mocha sends its events as JSON to the main process.

const { inspect } = require("node:util");
const ParallelBuffered = require("mocha/lib/nodejs/reporters/parallel-buffered");

// Hardhat starts these processes with a TypeScript loader. Programs that tests start do not need it.
delete process.env.NODE_OPTIONS;

const PLAIN = new Set(["string", "number", "boolean"]);

/** Reduces an error to fields that JSON can carry. If an error has a bigint, Mocha loses the results of the whole file. */
function makePlain(error) {
  if (error.cause !== undefined) error.stack += `\n   Caused by: ${inspect(error.cause)}`;
  for (const [key, value] of Object.entries(error)) if (!PLAIN.has(typeof value)) delete error[key];
}

module.exports = class extends ParallelBuffered {
  constructor(runner, options) {
    super(runner, options);
    // Mocha does not count unhandled rejections. It removes this listener after the file.
    process.on("unhandledRejection", (reason) => runner.uncaught(reason));
  }

  createListener(eventName) {
    const listener = super.createListener(eventName);
    const plainly = (runnable, error) => {
      if (error !== undefined) makePlain(error);
      listener(runnable, error);
    };
    this.listeners.set(eventName, plainly);
    return plainly;
  }
};
