import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Reads a scenario that comes with the project, as it is written. */
export function bundled(name: string): { file: string; data: Record<string, unknown> } {
  const file = fileURLToPath(new URL(`../../data/scenarios/${name}.json`, import.meta.url));
  return { file, data: JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown> };
}

/** One step of a scenario, as it is written. */
export type WrittenStep = Record<string, unknown>;

/** A scenario with one hairdresser, one gym, three consumers, a crowd, a bank, guests who paid cash, and these acts. */
export function smallScenario(...acts: readonly WrittenStep[][]): Record<string, unknown> {
  return {
    title: "A small demo",
    currency: "CNY",
    preset: "CN-WEIHAI-2021 + CN-SPC-2025",
    start: "2026-01-05",
    seed: "small",
    merchants: {
      hairdresser: {
        name: "Hairdresser",
        programs: {
          cuts: { kind: "count", name: "20 cuts", price: 1200, visits: 20, listPrice: 1600 },
          purse: { kind: "storedValue", name: "Any amount" },
        },
      },
      gym: { name: "Gym", cap: 10_000, programs: { annual: { kind: "pass", name: "Year", price: "2180", days: 365 } } },
    },
    consumers: { ann: { name: "Ann" }, bob: { name: "Bob" }, cat: { name: "Cat" } },
    crowds: { members: { name: "member", program: "gym/annual", count: 5 } },
    parties: { bank: { name: "Bank" } },
    claimants: { guests: { name: "guest", merchant: "hairdresser", count: 5, owed: { min: 100, max: 100 } } },
    acts: acts.map((steps, i) => ({ title: `Act ${String(i + 1)}`, steps })),
  };
}
