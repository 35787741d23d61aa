import { expect } from "chai";
import { Wallet, keccak256 } from "ethers";
import type { Route } from "playwright-core";

import { EscrowClient } from "../../src/client/client.js";
import { escrowCall } from "../../src/actions/calls.js";
import { contracts, warningsOnChain } from "./chain.js";
import { DESKTOP, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

interface Question {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What goes wrong outside the page: it shows what happened and what to do, and loses nothing that was signed. */
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

  /** Every warning of the feed, the newest first. */
  const warningsShown = async (): Promise<string[]> =>
    await person.page
      .locator("[data-warning]")
      .evaluateAll((each) => each.map((entry) => entry.getAttribute("data-warning") ?? ""));
  /** The regulator sets a ceiling from elsewhere; zero takes it away. */
  const setCeiling = async (outstandingCap: bigint): Promise<void> => {
    const [regulator] = site.stage.people.filter(({ role }) => role === "regulator");
    const call = escrowCall(contracts(site).escrow, "setOutstandingCap", { merchantId: 2n, outstandingCap });
    const params = [{ from: regulator?.address, ...call, gas: "0x100000" }];
    await site.stage.connection.provider.request({ method: "eth_sendTransaction", params });
  };
  const refusal = (name: string) => person.page.locator(`[data-error=${name}]`);

  it("shows that no wallet is there, and still shows what shops offer", async () => {
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

  it("shows that the wallet is on another chain, and has it switch", async () => {
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

  it("shows that the wallet's user declined, and nothing was sent", async () => {
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await person.button("Ask to leave").click();
    await person.page.locator("dialog").getByRole("button", { name: "Decline" }).click();
    await refusal("RejectedByUserError").waitFor();
    await person.button("Ask to leave").waitFor();
  });

  it("shows what the token refuses", async () => {
    await person.connect();
    await person.become("Regulator", "regulator");
    await person.goTo("/buy/2/3");
    expect(await person.act(person.button(/^Buy for/))).to.equal("failed");
    await refusal("RevertError").filter({ hasText: "tokens" }).or(refusal("RevertError")).first().waitFor();
  });

  it("shows what the contract refuses, in Chinese too", async () => {
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
    await setCeiling(1_000n);
    const all = await warningsOnChain(site);
    await person.page.unroute("**/rpc");
    await person.page
      .locator(".banners [data-error=NodeUnreachableError]")
      .waitFor({ state: "detached", timeout: 30_000 });
    await person.page.locator(`[data-warning="${all.at(-1) ?? ""}"]`).waitFor({ timeout: 30_000 });
    expect(await warningsShown()).to.deep.equal([...all].reverse());
    expect(all.length).to.be.greaterThan(2);
    // And after a reload, from the browser's own store.
    await person.page.reload();
    await person.page.locator(`[data-warning="${all[0] ?? ""}"]`).waitFor();
    expect(await person.page.locator("[data-warning]").count()).to.equal(all.length);
  });

  it("comes through a minute without the node: shows the fault and every warning once, and keeps what was signed", async () => {
    const till = await Person.enter(site, DESKTOP);
    const holder = await Person.enter(site, DESKTOP);
    try {
      for (const each of [person, till, holder]) await each.connect();
      await holder.become("Wang Fang");
      await till.become("Glow Hair Studio", "operator");
      await till.goTo("/shop/2/till");
      await till.page.getByLabel(/The card's code/).fill("Wang Fang");
      await till.page.getByRole("button", { name: /^Wang Fang/ }).click();
      await till.page.getByLabel("Visits").fill("3");
      await till.button("Ask for the signature").click();
      await holder.goTo(new URL(await till.page.locator("[data-link=visit]").innerText()).hash.slice(1));
      expect(await holder.act(holder.button("Sign this visit"))).to.equal("done");
      const reply = await holder.page.locator("[data-link=signature]").innerText();
      await till.page.getByLabel("Link with the holder's signature").fill(reply);
      await till.button("Take it").click();
      await till.page.locator("[data-till=accepted]").waitFor();
      await till.goTo("/shop/2/book");
      const voucher = till.page.locator("[data-voucher]", { hasText: "Wang Fang" });
      await voucher.waitFor();
      await person.become("Regulator", "regulator");
      await person.goTo("/watch");
      await person.page.locator("[data-feed=live]").waitFor();

      // Half of the time the node takes questions and answers none, then it takes none.
      let silent: "hanging" | "gone" = "hanging";
      const hanging: Route[] = [];
      const silence = async (route: Route): Promise<void> => {
        if (silent === "gone") await route.abort();
        else hanging.push(route);
      };
      for (const { page } of [person, till]) await page.route("**/rpc", silence);
      const began = Date.now();
      const before = await warningsOnChain(site);
      // How many warnings these are depends on whether the first ceiling stands already.
      for (const ceiling of [1_000n, 0n, 2_000n]) await setCeiling(ceiling);
      const all = await warningsOnChain(site);
      expect(all.length).to.be.greaterThan(before.length + 1);
      await person.page.waitForTimeout(30_000);
      silent = "gone";
      for (const route of hanging) await route.abort().catch(() => undefined);
      for (const { page } of [person, till])
        await page.locator(".banners [data-error=NodeUnreachableError]").waitFor({ timeout: 30_000 });
      await till.button("Settle all").click();
      await till.page.locator("main [data-error=NodeUnreachableError]").first().waitFor();
      await voucher.waitFor();
      expect(await warningsShown(), "what is shown is from before").to.deep.equal([...before].reverse());
      await person.page.waitForTimeout(Math.max(0, 61_000 - (Date.now() - began)));

      for (const { page } of [person, till]) await page.unroute("**/rpc");
      for (const { page } of [person, till])
        await page
          .locator(".banners [data-error=NodeUnreachableError]")
          .waitFor({ state: "detached", timeout: 30_000 });
      await person.page.locator(`[data-warning="${all.at(-1) ?? ""}"]`).waitFor({ timeout: 30_000 });
      expect(await warningsShown()).to.deep.equal([...all].reverse());
      await till.page.reload();
      await voucher.getByText("4 visits").waitFor();
      expect(await till.act(till.button("Settle all"))).to.equal("done");
      await till.page.getByText("Everything signed here is settled.").waitFor();
    } finally {
      await till.context.close();
      await holder.context.close();
    }
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

  it("does not report that nothing has happened where no node has ever known the transaction", async () => {
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await onSend((raw) => Promise.resolve(keccak256(raw)));
    await person.button("Ask to leave").click();
    await person.page.locator("dialog").getByRole("button", { name: "Send" }).click();
    await refusal("OutcomeUnknownError").waitFor({ timeout: 120_000 });
  });

  it("shows that a transaction was dropped, and that nothing has happened", async () => {
    const { provider } = site.stage.connection;
    await person.connect();
    await person.become("Wang Fang");
    await person.goTo("/cards");
    await person.page.locator("a.card-face").first().click();
    await person.button("Ask to leave").waitFor();
    site.stage.hold();
    await provider.request({ method: "evm_setAutomine", params: [false] });
    try {
      let hash = "";
      await onSend(async (raw) => {
        hash = keccak256(raw);
        await provider.request({ method: "eth_sendRawTransaction", params: [raw] });
        return hash;
      });
      await person.button("Ask to leave").click();
      await person.page.locator("dialog").getByRole("button", { name: "Send" }).click();
      await person.page.getByText(/^Sent; waiting/).waitFor();
      // The page has looked for it, and found it.
      await person.page.waitForTimeout(5_000);
      await provider.request({ method: "hardhat_dropTransaction", params: [hash] });
      await refusal("TransactionDroppedError").waitFor({ timeout: 40_000 });
    } finally {
      await provider.request({ method: "evm_setAutomine", params: [true] });
    }
    site.stage.go();
    await person.button("Ask to leave").waitFor();
  });

  it("shows that a transaction was replaced, and by which", async () => {
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
      // A replacement is found by the transaction's nonce, which the page has once a node knows the transaction.
      const seen = person.page.waitForResponse(
        (response) => response.request().postData()?.includes("eth_getTransactionByHash") ?? false,
      );
      await person.page.locator("dialog").getByRole("button", { name: "Send" }).click();
      await person.page.getByText(/^Sent; waiting/).waitFor();
      await seen;
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
    await refusal("VoucherNotRequestedError").waitFor();
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

  describe("A token whose issuer blocks accounts", () => {
    let block: (account: string, blocked: boolean) => Promise<void>;

    before(async () => {
      // The stage's token gets the code of one with a block list, as the large stablecoins have it; balances stay.
      const { ethers, provider } = site.stage.connection;
      const client = await EscrowClient.connect(ethers.provider, contracts(site));
      const { token } = await client.merchant(2n);
      const model = await ethers.deployContract("BlockingToken");
      await model.waitForDeployment();
      const code: unknown = await provider.request({ method: "eth_getCode", params: [model.target, "latest"] });
      await provider.request({ method: "hardhat_setCode", params: [token, code] });
      const blocking = await ethers.getContractAt("BlockingToken", token);
      block = async (account, blocked) => {
        await (await blocking.getFunction("setBlocked").send(account, blocked)).wait();
      };
    });
    const addressOf = (name: string): string => site.stage.people.find((each) => each.name === name)?.address ?? "";

    it("names the account to its buyer, and sells to it again once it is free", async () => {
      await block(addressOf("Li Na"), true);
      await person.connect();
      await person.become("Li Na");
      await person.goTo("/buy/2/3");
      expect(await person.act(person.button(/^Buy for/))).to.equal("failed");
      await refusal("TokenRefusedError").getByText(addressOf("Li Na")).waitFor();
      await person.page.getByRole("button", { name: "中文" }).click();
      await refusal("TokenRefusedError").getByText("为何被冻结").waitFor();
      await person.page.getByRole("button", { name: "English" }).click();
      await block(addressOf("Li Na"), false);
      expect(await person.act(person.button(/^Buy for/))).to.equal("done");
    });

    it("shows that a frozen vault pays nobody, and keeps what is signed until it does", async () => {
      const client = await EscrowClient.connect(site.stage.connection.ethers.provider, contracts(site));
      const { vault } = await client.merchant(1n);
      await block(vault, true);
      await person.connect();
      await person.become("Harbour Noodle House", "operator");
      await person.goTo("/shop/1/book");
      const voucher = person.page.locator("[data-voucher]", { hasText: "Zhao Min" });
      await voucher.waitFor();
      expect(await person.act(person.button("Settle and be paid"))).to.equal("failed");
      await refusal("TokenRefusedError").getByText("moves nothing out of the merchant's vault").waitFor();
      await voucher.waitFor();
      await block(vault, false);
      expect(await person.act(person.button("Settle and be paid"))).to.equal("done");
      await voucher.waitFor({ state: "detached" });
    });

    it("keeps the refund of a holder who is blocked, until it is sent to another address", async () => {
      await person.connect();
      await person.become("Zhao Min");
      await person.pass(4);
      await block(addressOf("Zhao Min"), true);
      await person.goTo("/cards");
      await person.page.locator("a.card-face").first().click();
      const leave = person.panel("Leave");
      expect(await person.act(leave.getByRole("button", { name: /^Have it paid/ }), { where: leave })).to.equal(
        "failed",
      );
      await refusal("TokenRefusedError").getByText("a refund paid to another address").waitFor();
      await leave.getByText("Pay to another address").click();
      await leave.getByLabel("Address").fill(addressOf("Sun Lei"));
      expect(await person.act(leave.getByRole("button", { name: "Pay there" }), { where: leave })).to.equal("done");
      await person.page.getByText("This card is closed; nothing is left on it.").first().waitFor();
    });
  });
});
