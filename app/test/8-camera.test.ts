import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import type { Locator } from "playwright-core";

import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

const WIDTH = 640;
const HEIGHT = 480;
/** Colour of a picture that has none. */
const GREY = 128;

/** A code of the page as a camera sees it: two pictures in YUV4MPEG2, black on white in the middle. */
function pictureOf({ size, dark }: Code): Buffer {
  const scale = Math.floor(HEIGHT / size);
  const [left, top] = [(WIDTH - scale * size) >> 1, (HEIGHT - scale * size) >> 1];
  const light = Buffer.alloc(WIDTH * HEIGHT, 235);
  for (const [x, y] of dark)
    for (let row = 0; row < scale; row++) {
      const from = (top + y * scale + row) * WIDTH + left + x * scale;
      light.fill(16, from, from + scale);
    }
  const frame = [Buffer.from("FRAME\n"), light, Buffer.alloc((WIDTH * HEIGHT) / 2, GREY)];
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...frame, ...frame]);
}

interface Code {
  /** Modules of a side. */
  readonly size: number;
  readonly dark: readonly (readonly [x: number, y: number])[];
}

/** What a page shows as a code, module by module. */
async function codeOf(shown: Locator): Promise<Code> {
  await shown.waitFor();
  const size = Number((await shown.getAttribute("viewBox"))?.split(" ")[2]);
  const drawn = (await shown.locator("path").getAttribute("d")) ?? "";
  const dark = [...drawn.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
  expect(dark.length).to.be.greaterThan(200);
  return { size, dark };
}

describe("Camera", () => {
  let site: Site;
  let folder: string;
  let camera: string;
  let holder: Person;
  let till: Person;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "camera-"));
    camera = path.join(folder, "seen.y4m");
    await writeFile(camera, pictureOf({ size: 20, dark: [] }));
    site = await openSite({ camera });
    holder = await Person.enter(site, PHONE);
    till = await Person.enter(site, DESKTOP);
    await holder.connect();
    await holder.become("Wang Fang");
    await till.connect();
    await till.become("Glow Hair Studio", "operator");
  });
  after(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });
  afterEach(() => {
    expect(holder.complaints, "what the holder's page complained of").to.deep.equal([]);
    expect(till.complaints, "what the till's page complained of").to.deep.equal([]);
  });

  it("shows that the camera is not allowed, and that the link can be pasted", async () => {
    await till.goTo("/shop/2/till");
    await till.button("Scan").click();
    await till.page.getByText(/^The camera cannot be used/).waitFor();
    await till.button("Close the camera").click();
  });

  it("reads the card from the holder's screen", async () => {
    await till.context.grantPermissions(["camera"]);
    await holder.goTo("/cards");
    await holder.page.locator("a.card-face", { hasText: "20 cuts" }).click();
    await holder.page.getByText("Show the card at the till").click();
    await writeFile(camera, pictureOf(await codeOf(holder.page.getByRole("img", { name: "Code of this card" }))));
    await till.button("Scan").click();
    await till.page.getByLabel("Visits").waitFor();
    expect(await till.page.locator("video").count()).to.equal(0);
  });

  it("reads the signature from the holder's screen, and the till takes it", async () => {
    await till.page.getByLabel("Visits").fill("1");
    await till.page.getByLabel("What is consumed").fill("a cut");
    await till.button("Ask for the signature").click();
    await holder.goTo(new URL(await till.page.locator("[data-link=visit]").innerText()).hash.slice(1));
    expect(await holder.act(holder.button("Sign this visit"))).to.equal("done");
    await writeFile(camera, pictureOf(await codeOf(holder.page.getByRole("img", { name: "Code of your signature" }))));
    await till.panel("3. The holder signs").getByRole("button", { name: "Scan" }).click();
    await till.page.locator("[data-till=accepted]").waitFor();
  });
});
