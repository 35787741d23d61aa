import type { JobMutant } from "./job.js";

/** A test that reaches a mutant. */
export interface Candidate {
  readonly file: string;
  /** Index among the tests of the file. */
  readonly index: number;
  readonly milliseconds: number;
  readonly test: Mocha.Test;
}

interface Tally {
  tries: number;
  kills: number;
}

/** Factor for the chances of a file's tests after each of them that does not kill. */
const DISAPPOINTMENT = 0.8;
/** Time that playing a test adds to its own time, in milliseconds. */
const OVERHEAD = 10;

/** For each test: how many of the mutants it was played for it killed, by line and by file. */
export class Kills {
  readonly #tallies = new Map<string, Tally>();

  count({ file, line }: JobMutant, test: Candidate, killed: boolean): void {
    for (const place of [file, `${file}:${line}`]) {
      const key = `${place} ${test.file} ${test.index}`;
      const tally = this.#tallies.get(key) ?? { tries: 0, kills: 0 };
      tally.tries += 1;
      if (killed) tally.kills += 1;
      this.#tallies.set(key, tally);
    }
  }

  /** The chance that a test kills a mutant, by its results so far; one in four if it was never played. */
  chance({ file, line }: JobMutant, test: Candidate): number {
    const of = (place: string): number => {
      const { tries, kills } = this.#tallies.get(`${place} ${test.file} ${test.index}`) ?? { tries: 0, kills: 0 };
      return (kills + 0.5) / (tries + 1);
    };
    return of(file) * of(`${file}:${line}`);
  }
}

/** Yields the tests by their chance of a kill per time. A caller that takes another one reports that the last did not kill. */
export function* byPromise(tests: readonly Candidate[], kills: Kills, mutant: JobMutant): Generator<Candidate> {
  const left = new Map(tests.map((test) => [test, kills.chance(mutant, test) / (test.milliseconds + OVERHEAD)]));
  const patience = new Map<string, number>();
  while (left.size !== 0) {
    let best: Candidate | undefined;
    let most = -1;
    for (const [test, promise] of left) {
      const now = promise * (patience.get(test.file) ?? 1);
      if (now > most) [best, most] = [test, now];
    }
    if (best === undefined) return;
    left.delete(best);
    yield best;
    patience.set(best.file, (patience.get(best.file) ?? 1) * DISAPPOINTMENT);
  }
}
