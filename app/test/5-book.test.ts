import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { id } from "ethers";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "vite";

import { BookFailedError, BookMismatchError } from "../../src/till/index.js";
import type { TillStore } from "../../src/till/index.js";
import { rejectionOf } from "../../test/helpers/errors.js";
import { CARD, behavesLikeABook, bookedVoucherOf } from "../../test/till/book.js";
import { openBrowser } from "./site.js";

const METHODS = [
  ...(["bind", "newest", "append", "vouchers", "open", "settle", "markLost", "lost", "remember", "recall"] as const),
  ...(["batches", "keepBatch", "dropBatch", "close"] as const),
] satisfies (keyof TillStore)[];

type Result = { readonly answer: unknown } | { readonly failure: Readonly<Record<string, string>> };
type Book = Readonly<Record<string, (...values: readonly unknown[]) => Promise<unknown>>>;

/** The page's module as a script that leaves `book` behind. */
async function bundle(): Promise<string> {
  const file = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: "error",
    resolve: { alias: { "../../src/till/index.js": file("../../src/till/errors.ts") } },
    build: {
      write: false,
      lib: { entry: file("../src/features/till/tillStore.ts"), formats: ["iife"], name: "book" },
    },
  });
  const [made] = [built].flat();
  if (made === undefined || !("output" in made)) throw new Error("Nothing was built.");
  return `${made.output[0].code}; globalThis.book = book;`;
}

/** A book in a page, and what its errors were there. */
async function openIn(page: Page, name: string): Promise<TillStore> {
  const store = await page.evaluateHandle(
    (place) =>
      (globalThis as unknown as { book: { openTillStore(at: string): Promise<Book> } }).book.openTillStore(place),
    name,
  );
  const call = async (method: string, values: readonly unknown[]): Promise<unknown> => {
    const result: Result = await store.evaluate(
      async (book, asked) => {
        try {
          return { answer: await book[asked.method]?.(...asked.values) };
        } catch (error) {
          return { failure: { ...(error as Record<string, string>), name: (error as Error).name } };
        }
      },
      { method, values },
    );
    if ("answer" in result) return result.answer;
    const { failure } = result;
    if (failure.name === "BookMismatchError") throw new BookMismatchError(failure.kept ?? "", failure.asked ?? "");
    if (failure.name === "BookFailedError") throw new BookFailedError(failure.place ?? "", failure.reason ?? "");
    throw new Error(`The page failed with ${JSON.stringify(failure)}.`);
  };
  const methods = METHODS.map((method) => [method, (...values: unknown[]) => call(method, values)] as const);
  return Object.fromEntries(methods) as unknown as TillStore;
}

describe("A till's book in a browser", () => {
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let books = 0;
  const newName = (): string => `till ${(books += 1)}`;
  const newPage = async (): Promise<Page> => {
    const opened = await context.newPage();
    await opened.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return opened;
  };

  before(async () => {
    server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await openBrowser();
    context = await browser.newContext();
    await context.addInitScript({ content: `globalThis.__name = (named) => named;${await bundle()}` });
    page = await newPage();
  });
  after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  behavesLikeABook(() => {
    const name = newName();
    return Promise.resolve(() => openIn(page, name));
  });

  it("keeps what was accepted when the window is closed at once", async () => {
    const name = newName();
    const window = await newPage();
    const store = await openIn(window, name);
    await store.bind("merchant 1");
    expect(await store.append(bookedVoucherOf(1n), 0n)).to.equal(true);
    await window.close();
    const again = await openIn(await newPage(), name);
    expect(await again.vouchers(CARD)).to.deep.equal([bookedVoucherOf(1n)]);
    expect(await rejectionOf(again.bind("merchant 2"))).to.be.instanceOf(BookMismatchError);
  });

  it("lets one of three windows have each place, and loses nothing", async () => {
    const name = newName();
    const windows = await Promise.all([newPage(), newPage(), newPage()]);
    const stores = await Promise.all(windows.map((window) => openIn(window, name)));
    const won = await Promise.all(
      stores.map(async (store, i) => {
        let wins = 0;
        for (let tries = 0; tries < 30; tries += 1) {
          const after = (await store.newest(CARD))?.cumulative ?? 0n;
          if (await store.append(bookedVoucherOf(after + 1n, { receipt: id(`${i} ${tries}`) }), after)) wins += 1;
        }
        return wins;
      }),
    );
    const vouchers = (await stores[0]?.vouchers(CARD)) ?? [];
    expect(vouchers).to.have.length(won.reduce((sum, wins) => sum + wins, 0));
    expect(vouchers.map(({ cumulative }) => cumulative)).to.deep.equal(vouchers.map((_, i) => BigInt(i) + 1n));
  });

  it("throws BookFailedError when it cannot be used", async () => {
    const name = newName();
    const store = await openIn(page, name);
    await store.close();
    expect(await rejectionOf(store.append(bookedVoucherOf(1n), 0n)))
      .to.be.instanceOf(BookFailedError)
      .and.include({ place: name });
  });
});
