import Mocha from "mocha";

/** Loads tests once, and plays them one at a time. */
export class Player {
  readonly #mocha: Mocha;
  readonly #tests: ReadonlyMap<string, readonly Mocha.Test[]>;

  private constructor(mocha: Mocha, tests: ReadonlyMap<string, readonly Mocha.Test[]>) {
    this.#mocha = mocha;
    this.#tests = tests;
  }

  /** @param files Paths of test files. */
  static async load(files: readonly string[]): Promise<Player> {
    const mocha = new Mocha({
      timeout: 120_000,
      reporter: function silent() {
        // `play` returns the result of a test.
      } as unknown as Mocha.ReporterConstructor,
    });
    mocha.cleanReferencesAfterRun(false);
    for (const file of files) mocha.addFile(file);
    await mocha.loadFilesAsync();
    const tests = new Map<string, Mocha.Test[]>();
    mocha.suite.eachTest((test: Mocha.Test) => {
      const file = test.file ?? "";
      tests.set(file, [...(tests.get(file) ?? []), test]);
    });
    return new Player(mocha, tests);
  }

  /** The tests of a file, in their order. */
  of(file: string): readonly Mocha.Test[] {
    return this.#tests.get(file) ?? [];
  }

  /** Plays one test with its hooks. Returns whether all of them passed. */
  async play(test: Mocha.Test): Promise<boolean> {
    const undo: (() => void)[] = [];
    let child: Mocha.Suite | undefined;
    for (let suite = test.parent; suite !== undefined; child = suite, suite = suite.parent) {
      const pruned = suite;
      const { suites, tests } = suite;
      undo.push(() => Object.assign(pruned, { suites, tests }));
      pruned.suites = child === undefined ? [] : [child];
      pruned.tests = child === undefined ? [test] : [];
    }
    let passed = true;
    try {
      await new Promise<void>((resolve) => {
        const runner = this.#mocha.run(() => {
          resolve();
        });
        runner.on("fail", () => {
          passed = false;
        });
      });
    } finally {
      for (const put of undo) put();
    }
    return passed;
  }
}
