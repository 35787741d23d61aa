import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { expect } from "chai";
import type { Interface } from "ethers";
import { AbiCoder, getAddress, id, toBeHex, zeroPadValue } from "ethers";

import { IPrepaidEscrow__factory } from "../../src/contracts/abi.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The most that a first look may load, compressed. */
const FIRST_LOAD = 300_000;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe("Quality", () => {
  let site: Site;

  before(async () => {
    site = await openSite();
  });
  after(async () => {
    await site.close();
  });

  /** Every page, and who looks at it. */
  const pages: readonly (readonly [route: string, name: string, role: string, ready: string])[] = [
    ["/", "Li Na", "consumer", ".doors"],
    ["/cards", "Li Na", "consumer", ".card-face:not(.loading)"],
    ["card", "Li Na", "consumer", ".legend"],
    ["/buy", "Li Na", "consumer", ".offer strong"],
    ["/buy/2/3", "Li Na", "consumer", ".rights"],
    ["/account", "Li Na", "consumer", "form"],
    ["/shop", "Glow Hair Studio", "owner", ".offer"],
    ["/shop/2", "Glow Hair Studio", "owner", ".figures"],
    ["/shop/2/till", "Glow Hair Studio", "operator", "input"],
    ["/shop/2/book", "Glow Hair Studio", "operator", "[data-voucher]"],
    ["/shop/2/waiting", "Glow Hair Studio", "operator", "section.panel"],
    ["/shop/2/cards", "Glow Hair Studio", "operator", ".grid-row"],
    ["/shop/2/programs", "Glow Hair Studio", "owner", ".list li"],
    ["/watch", "Regulator", "regulator", "[data-warning]"],
    ["/watch/merchants", "Regulator", "regulator", ".grid-row"],
    ["/watch/merchant/3", "Regulator", "regulator", "figcaption"],
    ["/watch/disputes", "Consumer association", "association", "section.panel"],
    ["/watch/deposits", "Regulator", "regulator", ".grid-row"],
    ["/watch/deposit/5", "Regulator", "regulator", ".figures"],
    ["/watch/policies", "Regulator", "regulator", "[data-policy]"],
  ];

  for (const [name, viewport, locale] of [
    ["desktop, English", DESKTOP, "en-GB"],
    ["phone, Chinese", PHONE, "zh-CN"],
  ] as const) {
    it(`has no serious problem of accessibility on any page, and none is wider than the screen (${name})`, async () => {
      const person = await Person.enter(site, viewport, locale);
      await person.page.goto(site.url);
      await person.page.locator(".tools .button").last().click();
      await person.page.locator("dialog .choice").click();
      await person.page.locator(".development select").waitFor();
      const problems: string[] = [];
      for (const [route, who, role, ready] of pages) {
        const known = site.stage.people.find((each) => each.name === who && each.role === role);
        await person.page.locator(".development select").selectOption(known?.address ?? "");
        if (route === "card") await person.page.locator(".card-face:not(.loading)").first().click();
        else await person.goTo(route);
        await person.page.locator(`main ${ready}`).first().waitFor();
        await person.page.locator("main details").evaluateAll((all) => {
          for (const each of all) (each as HTMLDetailsElement).open = true;
        });
        const width = await person.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (width > 0) problems.push(`${route}: ${width} pixels wider than the screen`);
        // Given to the debugger, so that the page's own policy need not allow it.
        const found = await person.page.evaluate(
          `${AXE}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)`,
        );
        for (const { id: rule, impact, nodes } of found as Violation[]) {
          if (impact === "serious" || impact === "critical")
            problems.push(`${route}: ${rule}: ${nodes[0]?.html.slice(0, 160) ?? ""}`);
        }
      }
      expect(problems).to.deep.equal([]);
      expect(person.complaints).to.deep.equal([]);
      await person.context.close();
    });
  }

  it("draws a merchant's history in the chart's own style, the legend below the lines", async () => {
    const person = await Person.enter(site, DESKTOP);
    await person.page.goto(`${site.url}#/watch/merchant/3`);
    // The chart is drawn again while history is being read, so that both are looked at in one moment.
    await person.page.waitForFunction(() => {
      const [lines, legend] = [".chart canvas", ".chart .u-legend"].map((part) =>
        document.querySelector(part)?.getBoundingClientRect(),
      );
      return lines !== undefined && legend !== undefined && lines.height > 0 && legend.top >= lines.bottom;
    });
    await person.context.close();
  });

  it("works with the keyboard alone: skip link, choice of a role, closing a window", async () => {
    const person = await Person.enter(site, DESKTOP);
    const { keyboard } = person.page;
    await person.page.goto(site.url);
    await person.page.locator(".doors").waitFor();
    await keyboard.press("Tab");
    await person.page.locator(".skip:focus").waitFor();
    await keyboard.press("Enter");
    await person.page.locator("main:focus").waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await person.page.getByRole("heading", { name: "My cards" }).waitFor();
    await person.page.getByRole("button", { name: "Connect wallet" }).focus();
    await keyboard.press("Enter");
    await person.page.locator("dialog[open]").waitFor();
    await keyboard.press("Escape");
    await person.page.locator("dialog").waitFor({ state: "detached" });
    await person.context.close();
  });

  it("loads less than 300 kB compressed at first, from nowhere but its own server", async () => {
    const person = await Person.enter(site, DESKTOP);
    const sizes = { gzip: 0, brotli: 0 };
    const foreign: string[] = [];
    person.page.on("response", (response) => {
      if (!response.url().startsWith(site.url)) foreign.push(response.url());
      if (!/\.(js|css|html|svg)(\?|$)|\/$/.test(response.url())) return;
      void response.body().then((body) => {
        sizes.gzip += gzipSync(body).length;
        sizes.brotli += brotliCompressSync(body).length;
      });
    });
    for (const route of ["", "#/cards"]) {
      await person.page.goto(site.url + route);
      await person.page.locator("main h1").waitFor();
      await person.page.waitForTimeout(1_000);
      console.log(
        `      first load of /${route}: ${(sizes.gzip / 1_000).toFixed(0)} kB gzip, ${(sizes.brotli / 1_000).toFixed(0)} kB brotli`,
      );
    }
    expect(sizes.gzip).to.be.lessThan(FIRST_LOAD);
    expect(foreign).to.deep.equal([]);
    await person.context.close();
  });

  describe("Long lists", () => {
    const CARDS = 10_000;
    const MERCHANTS = 5_000;
    let person: Person;

    before(async () => {
      person = await Person.enter(site, DESKTOP);
      await person.page.goto(`${site.url}#/watch`);
      await person.page.locator("[data-feed=live]").waitFor();
      // The page is closed, and its store is given what a watcher would have written on a busy chain.
      await person.page.goto(`${site.url}icon.svg`);
      const logs = syntheticLogs(site, MERCHANTS, CARDS);
      await person.page.evaluate(async (fresh) => {
        const [{ name = "" } = {}] = await indexedDB.databases();
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const request = indexedDB.open(name);
          request.onsuccess = () => {
            resolve(request.result);
          };
          request.onerror = () => {
            reject(new Error("no database"));
          };
        });
        const change = database.transaction(["watch", "chainEvents"], "readwrite");
        const places = change.objectStore("watch");
        const chainEvents = change.objectStore("chainEvents");
        places.get("place").onsuccess = ({ target }) => {
          const place = (target as IDBRequest<{ sequence: number }>).result;
          let { sequence } = place;
          for (const log of fresh) {
            sequence += 1;
            chainEvents.put({ sequence, kind: "event", key: `synthetic:${log.index}`, delivery: 1, log });
          }
          places.put({ ...place, sequence }, "place");
        };
        await new Promise((resolve) => {
          change.oncomplete = resolve;
        });
        database.close();
      }, logs);
    });
    after(async () => {
      await person.context.close();
    });

    for (const [what, route, count] of [
      ["5,000 merchants", "/watch/merchants", MERCHANTS],
      ["10,000 cards", "/shop/1000/cards", CARDS],
    ] as const) {
      it(`scrolls ${what} as smoothly as a hundred`, async () => {
        const { page } = person;
        await page.goto(`${site.url}#${route}`);
        await page
          .getByText(new RegExp(`of ${count}|of 5006`))
          .first()
          .waitFor({ timeout: 60_000 });
        const all = await frames(person);
        expect(await page.locator(".grid-row").count(), "rows that are drawn").to.be.lessThan(80);
        const label = page.getByRole("searchbox", { name: "Filter" });
        await label.fill("01");
        await page.locator(".grid-row").first().waitFor();
        const few = await frames(person);
        console.log(
          `      median frame ${all.median.toFixed(1)} ms, longest ${all.longest.toFixed(0)} ms; filtered ${few.median.toFixed(1)} ms`,
        );
        expect(all.median).to.be.lessThan(Math.max(34, few.median * 2));
      });
    }
  });
});

/** Scrolls a table for a while and measures the time between frames. */
async function frames(person: Person): Promise<{ readonly median: number; readonly longest: number }> {
  const times = await person.page.evaluate(async () => {
    const table = document.querySelector(".grid-table");
    if (table === null) throw new Error("There is no table.");
    const measured: number[] = [];
    let before = performance.now();
    for (let i = 0; i < 90; i++) {
      table.scrollTop += 480;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      measured.push(now - before);
      before = now;
    }
    table.scrollTop = 0;
    return measured.slice(5);
  });
  const sorted = [...times].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 };
}

/** Logs of many merchants, one of them with many cards. */
function syntheticLogs(site: Site, merchants: number, cards: number) {
  const abi: Interface = IPrepaidEscrow__factory.createInterface();
  const { escrow } = (site.stage.settings as { readonly deployments: readonly { readonly escrow: string }[] })
    .deployments[0] ?? { escrow: "" };
  const token = getAddress(toBeHex(7, 20));
  const coder = AbiCoder.defaultAbiCoder();
  const address = (i: number): string => getAddress(`0x${id(`person ${i}`).slice(26)}`);
  const topic = (name: string): string => abi.getEvent(name)?.topicHash ?? "";
  const word = (value: number | bigint): string => zeroPadValue(toBeHex(value), 32);
  let index = 1_000_000;
  const log = (topics: string[], data: string) => {
    index += 1;
    return {
      address: escrow,
      topics,
      data,
      blockNumber: 1,
      blockHash: id("synthetic"),
      transactionHash: id(String(index)),
      index,
    };
  };
  const logs = Array.from({ length: merchants }, (_, i) => {
    const owner = address(i);
    const uri = `data:application/json,${encodeURIComponent(JSON.stringify({ name: `Shop ${i}` }))}`;
    const data = coder.encode(["address", "address", "address", "uint32", "string"], [owner, token, owner, 1, uri]);
    return log([topic("MerchantRegistered"), word(1_000 + i), zeroPadValue(owner, 32)], data);
  });
  for (let i = 0; i < cards; i++) {
    const holder = address(i);
    const cardId = encodeCardId({ holder, programId: 1_000n, serial: 0n });
    const principal = 1_000_000n * BigInt((i * 7_919) % 5_000);
    const data = coder.encode(
      ["address", "uint256", "uint256", "uint256", "uint256"],
      [holder, principal, 0, principal, principal],
    );
    logs.push(log([topic("CardOpened"), word(1_000), cardId, zeroPadValue(holder, 32)], data));
  }
  return logs;
}
