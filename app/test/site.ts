import { existsSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

import hre from "hardhat";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";

import { serve } from "../../scripts/app/serve.js";
import { setStage } from "../../scripts/app/stage.js";
import type { Stage } from "../../scripts/app/stage.js";
import { loadScenario } from "../../scripts/demo/plan.js";

const PAGE = fileURLToPath(new URL("..", import.meta.url));

export const DESKTOP = { width: 1280, height: 860 } as const;
export const PHONE = { width: 360, height: 740 } as const;

/** A console over a chain of its own, and a browser. */
export interface Site {
  readonly url: string;
  readonly stage: Stage;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Debian's Chromium, or what CHROMIUM names. */
function chromiumPath(): string {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (file) => file !== undefined && existsSync(file),
  );
  if (found === undefined)
    throw new Error("No Chromium was found: install Debian's package chromium, or name one in CHROMIUM.");
  return found;
}

/** @param camera A file of pictures that the browser takes for its camera, if it is to have one. */
export async function openBrowser(camera?: string): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
      ...(camera === undefined
        ? []
        : ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${camera}`]),
    ],
  });
}

/** @param camera See {@link openBrowser}. */
export async function openSite({ camera }: { readonly camera?: string } = {}): Promise<Site> {
  const scenario = await loadScenario(path.join(PAGE, "dev", "scenario.json"));
  const stage = await setStage(scenario, hre.network);
  const { connection, settings } = stage;
  const server: Server = await serve({
    provider: connection.provider,
    folder: path.join(PAGE, "dist"),
    settings,
    port: 0,
  });
  const browser = await openBrowser(camera);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stage,
    browser,
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await stage.close();
    },
  };
}

/** What one person sees: a context of its own, so that nothing is shared but the chain. */
export class Person {
  /** What the page complained of. */
  readonly complaints: string[] = [];

  private constructor(
    readonly site: Site,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      // The browser's messages about the content security policy, among others.
      if (message.type() === "error" && !message.text().includes("Failed to load resource"))
        this.complaints.push(message.text());
    });
    page.setDefaultTimeout(45_000);
  }

  static async enter(
    site: Site,
    viewport: { readonly width: number; readonly height: number },
    locale = "en-GB",
  ): Promise<Person> {
    const context = await site.browser.newContext({ viewport, locale, timezoneId: "UTC", acceptDownloads: true });
    // The loader of TypeScript names functions with a helper that pages do not have.
    await context.addInitScript("globalThis.__name = (named) => named;");
    return new Person(site, context, await context.newPage());
  }

  /** Opens the page, connects the development wallet, and has it agree without asking. */
  async connect(): Promise<void> {
    const { page } = this;
    await page.goto(this.site.url);
    await page.getByRole("button", { name: "Connect wallet" }).click();
    await page.getByRole("button", { name: "Development wallet" }).click();
    await page.getByRole("combobox", { name: "You are" }).waitFor();
  }

  /** Becomes one of the people of the scenario. */
  async become(name: string, role = "consumer"): Promise<void> {
    const person = this.site.stage.people.find((each) => each.name === name && each.role === role);
    if (person === undefined) throw new RangeError(`The scenario has no ${name} as ${role}.`);
    await this.page.getByRole("combobox", { name: "You are" }).selectOption(person.address);
  }

  /** Goes to a page by its link, as scanning a code does. */
  async goTo(route: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, route);
  }

  /** Presses a button and agrees in the wallet to everything until the page shows how it ended. */
  async act(button: Locator, options: { readonly where?: Locator } = {}): Promise<"done" | "failed"> {
    const { page } = this;
    const where = options.where ?? page.locator("main");
    const before = await page
      .locator("[data-toast]")
      .evaluateAll((all) => all.map((each) => Number(each.getAttribute("data-toast"))));
    await button.click();
    const ask = page.locator("dialog").getByRole("button", { name: /^(Sign|Send)$/ });
    const done = page
      .locator("[data-toast]")
      .and(page.locator(`:not(${before.map((number) => `[data-toast="${number}"]`).join(",") || "x"})`));
    const failed = where.locator(".alert.bad[role=alert]");
    for (;;) {
      await ask.or(done).or(failed).first().waitFor();
      if (await ask.isVisible()) {
        await page.locator("dialog").getByRole("checkbox").check();
        await ask.click();
        await ask.waitFor({ state: "hidden" });
      } else {
        return (await failed.first().isVisible()) ? "failed" : "done";
      }
    }
  }

  /** Lets days pass on the chain. */
  async pass(days: number): Promise<void> {
    const { provider } = this.site.stage.connection;
    await provider.request({ method: "evm_increaseTime", params: [days * 86_400] });
    await provider.request({ method: "evm_mine", params: [] });
    await this.page.evaluate(() => undefined);
  }

  panel(title: string | RegExp): Locator {
    return this.page
      .locator("section.panel, details.panel")
      .filter({ has: this.page.locator("h2, summary", { hasText: title }) });
  }

  button(name: string | RegExp): Locator {
    return this.page.locator("main").getByRole("button", { name });
  }
}
