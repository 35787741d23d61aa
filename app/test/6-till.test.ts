import { expect } from "chai";
import { HDNodeWallet, Wallet } from "ethers";

import { decodeCardId } from "../../src/contracts/cardId.js";
import { hashItem, nextReceipt } from "../../src/actions/receipts.js";
import { consumptionRequest } from "../../src/actions/signing.js";
import { escrowDomain } from "../../src/contracts/typedData.js";
import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

/** Code that approves every signature (ERC-1271), and code that returns nothing. */
const YES = `0x7f1626ba7e${"00".repeat(28)}60005260206000f3`;
const NOTHING = "0x00";

describe("The till of a shop", () => {
  let site: Site;
  let person: Person;

  before(async () => {
    site = await openSite();
    person = await Person.enter(site, DESKTOP);
    await person.connect();
    await person.become("Glow Hair Studio", "operator");
  });
  after(async () => {
    await site.close();
  });
  afterEach(() => {
    expect(person.complaints).to.deep.equal([]);
  });

  /** Asks a visitor for one visit; what the link asks to be signed, and the answer's link but for the signature. */
  async function ask(name: string) {
    const { page } = person;
    await person.goTo("/shop/2/till");
    await page.getByLabel(/The card's code/).fill(name);
    await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
    await page.getByLabel("What is consumed").fill("one cut");
    await person.button("Ask for the signature").click();
    const link = await page.locator("[data-link=visit]").innerText();
    const [, chainId = "", escrow = "", , cardId = "", , count = "", previous = "", salt = "", item = ""] =
      link.split("~");
    const cumulative = BigInt(count);
    const itemHash = hashItem(salt, decodeURIComponent(item));
    const message = { cardId, cumulative, receipt: nextReceipt(previous, cardId, { cumulative, itemHash }) };
    const { holder } = decodeCardId(cardId);
    const request = consumptionRequest(escrowDomain(BigInt(chainId), escrow), holder, message);
    return { holder, request, answer: `/shop/2/till/1~${cardId}~${count}~${message.receipt}` };
  }

  it("has one book in all windows of a browser, and takes an answer once", async () => {
    const { holder, request, answer } = await ask("Wang Fang");
    const key = site.stage.people.find(({ address }) => address === holder)?.key ?? "";
    const signature = await new Wallet(key).signTypedData(request.domain, request.types, request.message);
    const window = await person.context.newPage();
    await window.goto(`${site.url}#${answer}~${signature}`);
    await window.locator("[data-till=accepted]").waitFor();
    await person.goTo("/shop/2/book");
    await person.page.locator("[data-voucher]", { hasText: "Wang Fang" }).waitFor();
    await person.goTo(`${answer}~${signature}`);
    await person.page.locator("[data-error=VoucherRepeatedError]").waitFor();
    await window.close();
  });

  it("saves its book as a file, which another browser brings back and settles", async () => {
    const { holder, request, answer } = await ask("Wang Fang");
    const key = site.stage.people.find(({ address }) => address === holder)?.key ?? "";
    const signature = await new Wallet(key).signTypedData(request.domain, request.types, request.message);
    await person.goTo(`${answer}~${signature}`);
    await person.page.locator("[data-till=accepted]").waitFor();
    await person.goTo("/shop/2/book");
    await person.page.locator("[data-voucher]", { hasText: "Wang Fang" }).waitFor();
    const open = await person.page.locator("[data-voucher]").count();
    const [file] = await Promise.all([person.page.waitForEvent("download"), person.button("Save a backup").click()]);
    const backup = await file.path();

    const other = await Person.enter(site, PHONE);
    await other.connect();
    await other.become("Harbour Noodle House", "operator");
    await other.goTo("/shop/1/book");
    const bring = other.page.getByLabel("Bring back a backup");
    await bring.setInputFiles(backup);
    await other.page.locator("[data-error=BookMismatchError]").waitFor();
    await bring.setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    await other.page.locator("[data-error=InvalidInputError]").waitFor();

    await other.become("Glow Hair Studio", "operator");
    await other.goTo("/shop/2/book");
    await bring.setInputFiles(backup);
    // What the demo has left is in every browser of a local chain; the visits of this test and the one before are not.
    await other.page.locator("[data-backup=restored]", { hasText: /^2 visits brought back/ }).waitFor();
    const voucher = other.page.locator("[data-voucher]", { hasText: "Wang Fang" });
    expect(await voucher.innerText()).to.equal(
      await person.page.locator("[data-voucher]", { hasText: "Wang Fang" }).innerText(),
    );
    expect(await other.page.locator("[data-voucher]").count()).to.equal(open);
    expect(await other.act(other.button("Settle all"))).to.equal("done");
    await other.page.getByText("Everything signed here is settled.").waitFor();
    expect(other.complaints).to.deep.equal([]);
    await other.context.close();
  });

  it("refuses what another key has signed", async () => {
    const { request, answer } = await ask("Wang Fang");
    const stranger = HDNodeWallet.createRandom();
    const signature = await stranger.signTypedData(request.domain, request.types, request.message);
    await person.goTo(`${answer}~${signature}`);
    await person.page.locator("[data-error=VoucherSignerError]").waitFor();
  });

  it("asks a wallet that is a contract whether it has signed, and serves after settling alone", async () => {
    const { provider } = site.stage.connection;
    const { holder, answer } = await ask("Wang Fang");
    await provider.request({ method: "hardhat_setCode", params: [holder, NOTHING] });
    await person.goTo(`${answer}~0x1234`);
    await person.page.locator("[data-error=VoucherSignerError]").waitFor();

    await provider.request({ method: "hardhat_setCode", params: [holder, YES] });
    await person.goTo(`${(await ask("Wang Fang")).answer}~0x1234`);
    const settling = person.panel("Do not serve yet");
    await settling.getByText("The holder's wallet is a contract").waitFor();
    expect(await person.act(person.button("Settle it now"), { where: settling })).to.equal("done");
    await settling.getByText("It is settled: serve the holder.").waitFor();
  });
});
