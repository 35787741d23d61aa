import { expect } from "chai";
import hre, { network } from "hardhat";

import demo from "../../scripts/demo/demo.js";
import { Money, counted, grouped, percentOf } from "../../scripts/demo/money.js";
import { ConsoleNarrator } from "../../scripts/demo/narrator.js";
import { planScenario } from "../../scripts/demo/plan.js";
import { play } from "../../scripts/demo/player.js";
import { WIDTH, table, widthOf, wrap } from "../../scripts/terminal/text.js";
import { bundled, smallScenario } from "./scenarios.js";

/** Runs something and answers what it wrote to a stream meanwhile. */
async function written(stream: NodeJS.WriteStream, work: () => Promise<unknown>): Promise<string> {
  const original = stream.write.bind(stream);
  let text = "";
  stream.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    await work();
  } finally {
    stream.write = original;
  }
  return text;
}

describe("The demo's output", () => {
  describe("on the screen", () => {
    let lines: string[];

    before(async () => {
      const { file, data } = bundled("season");
      const scenario = planScenario(file, data, 20);
      const text = await written(process.stdout, async () => {
        await play(scenario, network, new ConsoleNarrator());
      });
      lines = text.split("\n");
    });

    it("takes at most 100 columns", () => {
      expect(lines.filter((line) => widthOf(line) > WIDTH)).to.deep.equal([]);
    });

    it("names who is in it, those who paid cash as well, and how many presets they are under", () => {
      const text = lines.slice(0, 15).join(" ").replace(/ {2,}/g, " ");
      expect(text).to.include("5 merchants, 16 consumers, 120 regulars, 20 members, 300 bathers");
      expect(text).to.include("registers the merchants under 3 presets");
    });

    it("names whose cards stand in two rows, and who only signed, each as one name", () => {
      const text = lines.join(" ").replace(/ {2,}/g, " ");
      expect(text).to.include(
        "Cards of Wu Guoqiang, Wu Xiaoyan, Zhou Jun, Zhou Li and Zhou Li (new phone) were presents or moved: " +
          "paid for in one row, used in another.",
      );
      expect(text).to.include("Tang Wei, Zhou Li (new phone) and Qian Rui only ever signed");
    });

    it("warns a terminal that is narrower than it", async () => {
      const { isTTY, columns } = process.stdout;
      const { file, data } = bundled("hairdresser");
      Object.assign(process.stdout, { isTTY: true, columns: 80 });
      const text = await written(process.stdout, () => {
        new ConsoleNarrator().begin(planScenario(file, data));
        return Promise.resolve();
      }).finally(() => Object.assign(process.stdout, { isTTY, columns }));
      expect(text).to.match(/^This is written for 100 columns; the terminal has 80\.\n/);
    });

    it("has one table for each act", () => {
      const acts = lines.filter((line) => line.startsWith("Act "));
      const tables = lines.filter((line) => line.startsWith("  In this act "));
      expect([acts.length, tables.length]).to.deep.equal([16, 16]);
    });

    it("has a table of the deposit register for each act in which something happens there", () => {
      const places = lines.flatMap((line, i) => (/^(Act | {2}Deposit register )/.test(line) ? [i] : []));
      const acts = places.flatMap((at, i) => ((lines[places[i + 1] ?? 0] ?? "").startsWith("  Deposit") ? [at] : []));
      expect(acts.map((at) => lines[at]?.slice(0, 6))).to.deep.equal(["Act 13", "Act 14", "Act 15", "Act 16"]);
    });

    it("has the warning, the refusals and the zeros of the reconciliation", () => {
      const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
      expect(count(/⚠ .*CardOverLimit at Harbour Noodle House/)).to.equal(1);
      expect(count(/⚠ .*warning Complaints at Moonlight Tea Garden, 3 complaints/)).to.equal(1);
      expect(count(/⚠ .*cleared Complaints at Moonlight Tea Garden/)).to.equal(1);
      expect(count(/⚠ .*warning DepositShort at Jade Spring Baths, the deposit is$/)).to.equal(2);
      expect(count(/⚠ .*cleared DepositShort at Jade Spring Baths$/)).to.equal(1);
      expect(count(/^ {2}✘ day/)).to.equal(14);
      expect(count(/ 0 ✔$/)).to.equal(6);
    });

    it("gives the times of warnings in days", () => {
      const text = lines.join(" ").replace(/ {2,}/g, " ");
      expect(text).to.include("the surety ends in 26 days; it counts only until 30 days before");
      expect(text).to.include("nothing has been reported for 121 days, and 120 days are allowed");
    });

    it("ends with what was owed outside the escrow and at which rate it was paid", () => {
      const text = lines.join(" ");
      expect(text).to.include("Outside the escrow it owed 524,676.00 CNY to 300 bathers: they have had 298,000.00 CNY");
      expect(text).to.include("from its deposit and its surety, 56.79 % being the rate for all.");
    });

    it("needs no colors where nobody looks at a terminal", function () {
      if (process.stdout.isTTY) this.skip();
      expect(lines.filter((line) => line.includes("\u001b"))).to.deep.equal([]);
    });
  });

  it("has what waits for those who paid cash and have not come, and names no surety where none gave anything", async () => {
    const shop = { merchant: "hairdresser" };
    const steps = [
      { day: 1, do: "deposit", ...shop, amount: 400 },
      { day: 2, do: "flagDefault", ...shop, serviceStoppedDay: 2, evidence: "closed" },
      { do: "publishClaims", ...shop, claimants: "guests" },
      { day: 16, do: "claimAll", ...shop, percent: 40 },
    ];
    const text = await written(process.stdout, async () => {
      await play(planScenario("small.json", smallScenario(steps)), network, new ConsoleNarrator());
    });
    expect(text.replaceAll("\n", " ")).to.include(
      "Hairdresser ran away with nobody's money in the escrow. " +
        "Outside the escrow it owed 500.00 CNY to 5 guests: they have had 160.00 CNY from its deposit, " +
        "80 % being the rate for all, and 240.00 CNY waits for them.",
    );
  });

  describe("with input that cannot be played", () => {
    const nothing = { scenario: undefined, cards: undefined, json: undefined };
    const inputs = [
      { name: "--cards", args: { ...nothing, cards: "none" } },
      { name: "--scenario", args: { ...nothing, scenario: "/nowhere/story.json" } },
      { name: "--json", args: { ...nothing, json: "/nowhere/result.json" } },
    ];
    for (const { name, args } of inputs) {
      it(`prints one sentence about ${name} and fails`, async () => {
        let result: unknown;
        const text = await written(process.stderr, async () => {
          result = await demo(args, hre);
        });
        expect(text).to.match(new RegExp(`^Error: ${name} is "[^\\n]+\\.\\n$`));
        expect(result).to.have.property("success", false);
      });
    }
  });

  describe("money", () => {
    const yuan = new Money("CNY", 2);

    it("has thousands separators, the currency's decimals and its name", () => {
      expect(yuan.full(1_134_794_877_420n)).to.equal("1,134,794.88 CNY");
      expect(yuan.bare(999_994_999n)).to.equal("999.99");
      expect(yuan.bare(999_995_000n)).to.equal("1,000.00");
      expect(yuan.bare(-1_005_000n)).to.equal("-1.01");
      expect(new Money("JPY", 0).full(1_234_500_000n)).to.equal("1,235 JPY");
    });

    it("is a dash in a table when there is none", () => {
      expect([yuan.cell(0n), yuan.cell(1n)]).to.deep.equal(["–", "0.00"]);
    });

    it("counts things", () => {
      expect([grouped(1_234_567), counted(1, "card"), counted(2_000n, "card")]).to.deep.equal([
        "1,234,567",
        "1 card",
        "2,000 cards",
      ]);
      expect(counted(2, "batch", "batches")).to.equal("2 batches");
    });

    it("writes a share as a percentage, rounded down, and nothing of nothing as all", () => {
      expect([percentOf(2n, 3n), percentOf(1n, 2n), percentOf(0n, 0n)]).to.deep.equal(["66.66 %", "50 %", "100 %"]);
    });
  });

  describe("text", () => {
    it("breaks at spaces and indents what follows", () => {
      expect(wrap("one two three four", 9, "  ")).to.equal("one two\n  three\n  four");
    });

    it("knows that Chinese takes two columns, and breaks it anywhere", () => {
      expect(widthOf("面馆 A")).to.equal(6);
      expect(wrap("海港面馆的牛肉面", 6)).to.equal("海港面\n馆的牛\n肉面");
    });

    it("shortens the first column of a table that would be too wide", () => {
      const columns = [
        { title: "Name", align: "left" },
        { title: "Amount", align: "right" },
      ] as const;
      const drawn = table(columns, [["x".repeat(200), "1"]], (header) => header).split("\n");
      expect(Math.max(...drawn.map(widthOf))).to.equal(WIDTH);
      expect(drawn).to.have.length(3);
    });

    it("breaks a column that may be broken into lines instead", () => {
      const columns = [
        { title: "Name", align: "left" },
        { title: "What", align: "left", wraps: true },
        { title: "Amount", align: "right" },
      ] as const;
      const drawn = table(columns, [["one\ntwo", "long words ".repeat(3).trim(), "1"]], (header) => header, 34);
      expect(drawn.split("\n")).to.deep.equal([
        "  Name  What                Amount",
        "  ────  ──────────────────  ──────",
        "  one   long words long          1",
        "  two   words long words",
      ]);
    });
  });
});
