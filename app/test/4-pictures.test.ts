import path from "node:path";
import { fileURLToPath } from "node:url";

import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));

/** The pictures of the README: `UPDATE_SNAPSHOTS=1 npm run test:app -- app/test/4-pictures.test.ts`. */
describe("Pictures", function () {
  let site: Site;

  before(async function () {
    if (process.env.UPDATE_SNAPSHOTS === undefined) this.skip();
    site = await openSite();
  });
  after(async () => {
    if (process.env.UPDATE_SNAPSHOTS !== undefined) await site.close();
  });

  async function picture(person: Person, name: string): Promise<void> {
    await person.page.locator(".toast").first().waitFor({ state: "detached" });
    await person.page.waitForTimeout(1_500);
    await person.page.locator(".development").evaluate((bar) => {
      bar.style.display = "none";
    });
    await person.page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
    await person.page.locator(".development").evaluate((bar) => {
      bar.style.display = "";
    });
  }

  it("shows cards, a visit on a phone, a shop that ran away, and the feed", async () => {
    const desk = await Person.enter(site, { ...DESKTOP, height: 720 });
    await desk.connect();
    await desk.become("Li Na");
    for (const [program, ready] of [
      ["/buy/2/3", "20 of 20 visits left"],
      ["/buy/5/7", "10 of 10 visits left"],
    ] as const) {
      await desk.goTo(program);
      await desk.act(desk.button(/^Buy for/));
      await desk.page.locator("a.card-face", { hasText: ready }).waitFor();
    }
    await picture(desk, "console-cards");

    const phone = await Person.enter(site, { ...PHONE, height: 720 }, "zh-CN");
    await phone.page.goto(site.url);
    await phone.page.locator(".tools .button").last().click();
    await phone.page.locator("dialog .choice").click();
    const li = site.stage.people.find(({ name }) => name === "Li Na")?.address ?? "";
    await phone.page.locator(".development select").selectOption(li);
    await desk.become("Glow Hair Studio", "operator");
    await desk.goTo("/shop/2/book");
    await desk.page.locator("[data-voucher]").first().waitFor();
    await desk.goTo("/shop/2/till");
    await desk.page.getByLabel(/The card's code/).fill("Li Na");
    await desk.page.getByRole("button", { name: /^Li Na · 20 cuts/ }).click();
    await desk.page.getByLabel("What is consumed").fill("剪发 Cut");
    await desk.button("Ask for the signature").click();
    const link = await desk.page.locator("[data-link=visit]").innerText();
    await phone.goTo(new URL(link).hash.slice(1));
    await phone.page.getByText("剪发 Cut", { exact: true }).waitFor();
    await picture(phone, "console-visit");

    await desk.become("Regulator", "regulator");
    await desk.goTo("/watch/merchant/2");
    await desk.page.locator("figcaption").waitFor();
    await picture(desk, "console-merchant");
    await desk.goTo("/watch/merchants");
    await desk.page.locator(".grid-row").first().waitFor();
    await picture(desk, "console-merchants");
  });
});
