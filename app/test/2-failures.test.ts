import { expect } from "chai";
import { Wallet, keccak256 } from "ethers";
import type { Route } from "playwright-core";

import { warningsOnChain } from "./chain.js";
import { DESKTOP, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

interface Question {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What goes wrong outside the page: it says what happened and what to do, and loses nothing that was signed. */
describe("Failures", () => {
  let site: Site;
  let person: Person;

  before(async () => {
    site = await openSite();
  });
  after(async () => {
    await site.close();
  });
  beforeEach(async () => {
    person = await Person.enter(site, DESKTOP);
  });
  afterEach(async () => {
    site.stage.go();
    await person.context.close();
  });

  const refusal = (name: string) => person.page.locator(`[data-error=${name}]`);

  it("says that no wallet is there, and still shows what shops offer", async () => {
    await person.page.route("**/console.json", async (route) => {
      const settings = (await (await route.fetch()).json()) as Record<string, unknown>;
      await route.fulfill({ json: { ...settings, development: undefined } });
    });
    await person.page.goto(site.url);
    await person.page.getByRole("button", { name: "Connect wallet" }).click();
    await refusal("NoWallet").waitFor();
    await person.page.getByRole("button", { name: "Close" }).click();
    await person.goTo("/buy/2/3");
    await person.panel("Your rights").waitFor();
  });

  it("says that the wallet is on another chain, and asks it to switch", async () => {
    await person.page.addInitScript(() => {
      const asked: string[] = [];
      const provider = {
        request: ({ method }: { method: string }) => {
          asked.push(method);
          if (method === "eth_chainId") return Promise.resolve("0x1");
          if (method.startsWith("eth_") && method.endsWith("ccounts")) return Promise.resolve([`0x${"11".repeat(20)}`]);
          return Promise.reject(Object.assign(new Error("Chain not added to the wallet."), { code: 4902 }));
        },
      };
      const info = { uuid: "1", name: "Another wallet", icon: "icon.svg", rdns: "test.another" };
      const announce = (): void => {
        window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info, provider } }));
      };
      window.addEventListener("eip6963:requestProvider", announce);
      Object.assign(window, { asked });
    });
    await person.page.goto(site.url);
    await person.page.getByRole("button", { name: "Connect wallet" }).click();
    await person.page.getByRole("button", { name: "Another wallet" }).click();
    await refusal("WrongNetworkError").first().waitFor();
    await person.page.getByRole("button", { name: "Switch" }).click();
    await person.page.getByText("Chain not added to the wallet.").waitFor();
    await person.goTo("/watch/merchant/3");
    await person.button(/^Refund 122/).click();
    await person.page.locator("main [data-error=WrongNetworkError]").waitFor();
  });

  it("says that the wallet's user declined, and nothing was sent", async () => {
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await person.button("Ask to leave").click();
    await person.page.locator("dialog").getByRole("button", { name: "Decline" }).click();
    await refusal("RejectedByUserError").waitFor();
    await person.button("Ask to leave").waitFor();
  });

  it("says what the token refuses", async () => {
    await person.connect();
    await person.become("Regulator", "regulator");
    await person.goTo("/buy/2/3");
    expect(await person.act(person.button(/^Buy for/))).to.equal("failed");
    await refusal("RevertError").filter({ hasText: "tokens" }).or(refusal("RevertError")).first().waitFor();
  });

  it("says what the contract refuses, in Chinese too", async () => {
    await person.connect();
    await person.become("Zhao Min");
    await person.goTo("/shop/2");
    await person.page.getByRole("button", { name: "中文" }).click();
    await person.goTo("/watch/merchant/2");
    await person.page.getByText("设定上限", { exact: true }).click();
    await person.page.getByLabel("上限（整数代币").or(person.page.getByRole("textbox").last()).first().fill("5");
    await person.page.getByRole("button", { name: "设定", exact: true }).click();
    await refusal("RevertError").getByText("没有此功能所需的角色").waitFor();
  });

  it("goes on by itself after the node was gone, without a gap and without a double", async () => {
    await person.connect();
    await person.become("Regulator", "regulator");
    await person.goTo("/watch");
    await person.page.locator("[data-feed=live]").waitFor();
    await person.page.route("**/rpc", (route) => route.abort());
    await person.page.locator(".banners [data-error=NodeUnreachableError]").waitFor({ timeout: 30_000 });
    // Meanwhile the regulator lowers a ceiling elsewhere, and a sale raises a warning.
    const { provider } = site.stage.connection;
    const [from] = site.stage.people.filter(({ role }) => role === "regulator");
    const { escrowCall } = await import("../../src/calls.js");
    const { escrow } = (site.stage.settings as { deployments: { escrow: string }[] }).deployments[0] ?? { escrow: "" };
    const call = escrowCall(escrow, "setOutstandingCap", { merchantId: 2n, outstandingCap: 1_000n });
    await provider.request({
      method: "eth_sendTransaction",
      params: [{ from: from?.address, ...call, gas: "0x100000" }],
    });
    const all = await warningsOnChain(site);
    await person.page.unroute("**/rpc");
    await person.page
      .locator(".banners [data-error=NodeUnreachableError]")
      .waitFor({ state: "detached", timeout: 30_000 });
    await person.page.locator(`[data-warning="${all.at(-1) ?? ""}"]`).waitFor({ timeout: 30_000 });
    const shown = await person.page
      .locator("[data-warning]")
      .evaluateAll((each) => each.map((entry) => entry.getAttribute("data-warning") ?? ""));
    expect(shown).to.deep.equal([...all].reverse());
    expect(all.length).to.be.greaterThan(2);
    // And after a reload, from the browser's own store.
    await person.page.reload();
    await person.page.locator(`[data-warning="${all[0] ?? ""}"]`).waitFor();
    expect(await person.page.locator("[data-warning]").count()).to.equal(all.length);
  });

  /** Answers transactions in place of the node. */
  async function onSend(answer: (raw: string) => Promise<string>): Promise<void> {
    await person.page.route("**/rpc", async (route: Route) => {
      const body = route.request().postDataJSON() as Question | Question[];
      const questions = Array.isArray(body) ? body : [body];
      const sent = questions.find(({ method }) => method === "eth_sendRawTransaction");
      if (sent === undefined) {
        await route.fallback();
        return;
      }
      const result = await answer(sent.params[0] as string);
      const rest = questions.filter((question) => question !== sent);
      const answers =
        rest.length === 0 ? [] : ((await (await route.fetch({ postData: JSON.stringify(rest) })).json()) as unknown[]);
      const reply = { jsonrpc: "2.0", id: sent.id, result };
      await route.fulfill({ json: Array.isArray(body) ? [...answers, reply] : reply });
    });
  }

  it("says that a transaction was dropped, and that nothing has happened", async () => {
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await onSend((raw) => Promise.resolve(keccak256(raw)));
    await person.button("Ask to leave").click();
    await person.page.locator("dialog").getByRole("button", { name: "Send" }).click();
    await refusal("TransactionDroppedError").waitFor({ timeout: 40_000 });
    await person.button("Ask to leave").waitFor();
  });

  it("says that a transaction was replaced, and by which", async () => {
    const { provider } = site.stage.connection;
    const wang = site.stage.people.find(({ name }) => name === "Wang Fang");
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await person.button("Ask to leave").waitFor();
    site.stage.hold();
    await provider.request({ method: "evm_setAutomine", params: [false] });
    try {
      await person.button("Ask to leave").click();
      await person.page.locator("dialog").getByRole("button", { name: "Send" }).click();
      await person.page.getByText(/^Sent; waiting/).waitFor();
      const nonce = Number(
        await provider.request({ method: "eth_getTransactionCount", params: [wang?.address, "latest"] }),
      );
      const gasPrice = 50n * 10n ** 9n;
      const cancel = { to: wang?.address ?? "", nonce, gasPrice, gasLimit: 21_000n, chainId: 31_337n, type: 0 };
      const signed = await new Wallet(wang?.key ?? "").signTransaction(cancel);
      await provider.request({ method: "eth_sendRawTransaction", params: [signed] });
      for (let i = 0; i < 3; i++) await provider.request({ method: "evm_mine", params: [] });
    } finally {
      await provider.request({ method: "evm_setAutomine", params: [true] });
      site.stage.go();
    }
    await refusal("TransactionReplacedError").waitFor({ timeout: 40_000 });
    await person.button("Ask to leave").waitFor();
  });

  it("refuses at the till what was not asked, what was cut, and who is not the holder", async () => {
    await person.connect();
    await person.become("Glow Hair Studio", "operator");
    await person.goTo(`/shop/2/till/1~0x${"11".repeat(32)}~1~0x${"22".repeat(32)}~0x${"33".repeat(64)}`);
    await refusal("VisitNotAskedError").waitFor();
    await person.goTo("/shop/2/till/1~0x11");
    await refusal("InvalidInputError").waitFor();
    await person.goTo("/shop/2/till");
    await person.page.getByLabel(/The card's code/).fill("Wang Fang");
    await person.page.getByRole("button", { name: /^Wang Fang/ }).click();
    await person.page.getByLabel("Visits").fill("21");
    await person.button("Ask for the signature").click();
    await refusal("OverFaceError").waitFor();
    await person.page.getByLabel("Visits").fill("1");
    await person.button("Ask for the signature").click();
    const link = await person.page.locator("[data-link=visit]").innerText();
    await person.goTo(new URL(link).hash.slice(1));
    await person.page.getByText(/^This is for the holder/).waitFor();
    expect(await person.button("Sign this visit").isDisabled()).to.equal(true);
  });
});
