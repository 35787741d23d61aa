import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { successfulResult } from "hardhat/utils/result";

import type { Benchmark, Figure } from "./figure.js";
import { table } from "../../terminal/text.js";

/** The benchmarks. Each is loaded after the one before has ended, so that none slows another down. */
const benchmarks: readonly (() => Promise<{ readonly default: Benchmark }>)[] = [
  () => import("./decoding.js"),
  () => import("./till.js"),
  () => import("./watcher.js"),
];

/** `npm run bench`: measures the speed of the till and the watcher beside their limits. */
const bench: NewTaskActionFunction = async () => {
  const figures: Figure[] = [];
  for (const load of benchmarks) {
    const { default: measure } = await load();
    figures.push(...(await measure((line) => process.stderr.write(`${line}\n`))));
  }
  const columns = [
    { title: "What", align: "left", wraps: true },
    { title: "Measured", align: "right" },
    { title: "Limit", align: "right" },
    { title: "Of it", align: "right" },
    { title: "What limits", align: "left", wraps: true },
  ] as const;
  process.stdout.write(`${table(columns, figures.map(row), (head) => head)}\n`);
  return successfulResult();
};

export default bench;

function row({ what, value, unit, limit }: Figure): string[] {
  const written = (number: number): string =>
    `${number.toLocaleString("en", { maximumSignificantDigits: 4 }).replaceAll(",", " ")}${unit === "ms" ? " ms" : "/s"}`;
  if (limit === undefined) return [what, written(value), "–", "–", "–"];
  const share = unit === "ms" ? limit.value / value : value / limit.value;
  return [what, written(value), written(limit.value), `${Math.round(share * 100)} %`, limit.what];
}
