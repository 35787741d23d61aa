import type { JobMutant } from "./job.js";

/** A test that reaches a mutant. */
export interface Candidate {
  readonly name: string;
  readonly milliseconds: number;
  readonly test: Mocha.Test;
}

interface Tally {
  tries: number;
  kills: number;
}

/** How often each test killed the mutants of a line and of a file that it was played for. */
export class Kills {
  readonly #tallies = new Map<string, Tally>();

  count({ file, line }: JobMutant, test: string, killed: boolean): void {
    for (const place of [file, `${file}:${line}`]) {
      const key = `${place} ${test}`;
      const tally = this.#tallies.get(key) ?? { tries: 0, kills: 0 };
      tally.tries += 1;
      if (killed) tally.kills += 1;
      this.#tallies.set(key, tally);
    }
  }

  /** How likely it is that a test kills this mutant; half for what was never tried. */
  chance({ file, line }: JobMutant, test: string): number {
    const of = (place: string): number => {
      const { tries, kills } = this.#tallies.get(`${place} ${test}`) ?? { tries: 0, kills: 0 };
      return (kills + 0.5) / (tries + 1);
    };
    return of(file) * of(`${file}:${line}`);
  }
}

/** The tests, by the chance of a kill for the time they take. */
export function byPromise(tests: readonly Candidate[], kills: Kills, mutant: JobMutant): Candidate[] {
  const promise = new Map(tests.map((test) => [test, kills.chance(mutant, test.name) / (test.milliseconds + 10)]));
  return tests.toSorted((a, b) => (promise.get(b) ?? 0) - (promise.get(a) ?? 0));
}
