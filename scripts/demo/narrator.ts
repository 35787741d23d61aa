import { styleText } from "node:util";

import { Listr } from "listr2";

import type { Page } from "./ledger.js";
import type { Act, Scenario } from "./model.js";
import type { MerchantStanding, Narrator, PlayedStep, Progress } from "./player.js";
import {
  actHeading,
  actTable,
  closingLines,
  depositReconciliationTable,
  depositTable,
  givenLine,
  consumerTable,
  heading,
  programTable,
  reconciliationTable,
  titleOf,
} from "./report.js";
import type { DemoResult, WarningResult } from "./result.js";
import { WIDTH, widthOf, wrap } from "../terminal/text.js";
import type { World } from "./world.js";

/** Milliseconds between two lines of progress if the output is no terminal. */
const QUIET = 2_000;

/**
 * Prints the demo on standard output. On a terminal a spinner shows the progress; the lines that remain are the same everywhere.
 */
export class ConsoleNarrator implements Narrator {
  readonly #terminal = process.stdout.isTTY;
  readonly #warnings: string[] = [];
  #showLive: ((text: string) => void) | undefined;
  #dayWidth = 1;

  begin(scenario: Scenario): void {
    const days = scenario.acts.flatMap((act) => act.steps.map(({ day }) => day));
    this.#dayWidth = String(Math.max(...days)).length;
    if (this.#terminal && process.stdout.columns < WIDTH) {
      print(`This is written for ${WIDTH} columns; the terminal has ${process.stdout.columns}.\n`);
    }
    print(titleOf(scenario));
    print("");
  }

  async prepare<Result>(
    attempt: string,
    work: () => Promise<Result>,
    done: (result: Result) => string,
  ): Promise<Result> {
    const result = await this.#live(attempt, work);
    this.#line(mark("done"), done(result));
    return result;
  }

  opened(world: World): void {
    print(programTable(world));
  }

  beginAct(number: number, act: Act, scenario: Scenario): void {
    print(actHeading(number, act, scenario));
    print("");
  }

  async step(day: number, attempt: string, play: (progress: Progress) => Promise<PlayedStep>): Promise<void> {
    const { text, refused } = await this.#live(attempt, play);
    const when = styleText("dim", `day ${String(day).padStart(this.#dayWidth)}`);
    this.#line(`${mark(refused ? "refused" : "done")} ${when} `, text);
    for (const warning of this.#warnings.splice(0)) this.#line(mark("warning"), warning);
  }

  warn({ block, level, text }: WarningResult): void {
    const line = styleText("yellow", `Regulator's subscription, block ${block}: ${level.toLowerCase()} ${text}`);
    this.#warnings.push(line);
    this.#showLive?.(line);
  }

  endAct(world: World, { cards, deposits }: Page, standings: readonly MerchantStanding[]): void {
    print(actTable(world, cards, standings));
    if (deposits.size > 0) print(depositTable(world, deposits, standings));
  }

  finish(world: World, result: DemoResult): void {
    const { money } = world;
    const { currency } = result.scenario;
    print(heading(`Who got what, in ${currency}`));
    print(consumerTable(result, money));
    const given = givenLine(result);
    if (given !== undefined) print(`\n${wrap(given, WIDTH)}`);
    print(heading(`Reconciliation, in ${currency}`));
    print(reconciliationTable(result, money));
    if (result.merchants.some(({ deposit }) => deposit !== null)) {
      print(heading(`Deposit register, in ${currency}`));
      print(depositReconciliationTable(result, money));
    }
    print("");
    for (const line of closingLines(world, result)) print(wrap(line, WIDTH));
  }

  /** Does some work while a spinner shows its name. */
  async #live<Result>(attempt: string, work: (progress: Progress) => Promise<Result>): Promise<Result> {
    if (!this.#terminal) {
      const show = (text: string) => {
        this.#line(mark("under way"), text);
      };
      return await work(quietly(show));
    }
    let result: { value: Result } | undefined;
    const task = {
      title: attempt,
      task: async (_context: unknown, shown: { output: string }) => {
        const show = (text: string) => {
          shown.output = text;
        };
        this.#showLive = show;
        result = { value: await work(show) };
      },
    };
    try {
      await new Listr([task], { rendererOptions: { clearOutput: true, formatOutput: "truncate" } }).run();
    } finally {
      this.#showLive = undefined;
    }
    if (result === undefined) throw new Error(`"${attempt}" ended without a result.`);
    return result.value;
  }

  #line(prefix: string, text: string): void {
    const start = `  ${prefix} `;
    const indent = widthOf(start);
    print(start + wrap(text, WIDTH - indent, " ".repeat(indent)));
  }
}

/** Lets a text through at most every {@link QUIET} milliseconds. */
function quietly(show: (text: string) => void): Progress {
  let last = performance.now();
  return (text) => {
    if (performance.now() - last < QUIET) return;
    last = performance.now();
    show(text);
  };
}

function mark(kind: "done" | "refused" | "warning" | "under way"): string {
  switch (kind) {
    case "done":
      return styleText("green", "✔");
    case "refused":
      return styleText("red", "✘");
    case "warning":
      return styleText("yellow", "⚠");
    case "under way":
      return styleText("dim", "…");
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints nothing, for callers that need the result alone. */
export const silentNarrator: Narrator = {
  begin: () => undefined,
  prepare: async (_attempt, work) => await work(),
  opened: () => undefined,
  beginAct: () => undefined,
  step: async (_day, _attempt, play) => {
    await play(() => undefined);
  },
  warn: () => undefined,
  endAct: () => undefined,
  finish: () => undefined,
};
